import { nextTask } from "../lib/frames.js";
import { isGptAsked } from "../state/models.js";
import { problemFrom } from "../state/problems.js";

/**
 * What comes later, each in a file of its own: the tabs with the first text, and what a GPT needs with the first wish for one.
 *
 * @typedef {import("../state/types.js").LabState} LabState
 * @typedef {{ views?: typeof import("./views.js") | null, gpt?: typeof import("./gpt.js") }} Parts   null: it did not come
 */

/** What each is loaded with. */
const LOADERS = Object.freeze({ views: () => import("./views.js"), gpt: () => import("./gpt.js") });

export class Later {
  /** @type {Parts} */
  parts = {};
  #dispatch;
  #tell;
  /** The view that was shown last. @type {import("../state/types.js").View} */
  #view = "stages";
  #wasGptAsked = false;

  /**
   * @param {(action: import("../state/lab-state.js").Action) => void} dispatch
   * @param {() => void} tell that something has come, or has not
   */
  constructor(dispatch, tell) {
    this.#dispatch = dispatch;
    this.#tell = tell;
  }

  /** The styles of what has come. */
  get styles() {
    return Object.values(this.parts).flatMap((part) => part?.styles ?? []);
  }

  /** Where something did not come, the next tab, or the next choice of a GPT, asks for it again. @param {LabState} state */
  follow(state) {
    if (state.view !== this.#view) void this.load("views");
    this.#view = state.view;
    if (isGptAsked(state) && !this.#wasGptAsked) void this.load("gpt");
    this.#wasGptAsked = isGptAsked(state);
  }

  /** Lets the next look at the state ask for everything again. */
  forget() {
    this.#wasGptAsked = false;
  }

  /** @param {keyof typeof LOADERS} part */
  async load(part) {
    if (this.parts[part]) return;
    try {
      const loaded = await LOADERS[part]();
      await nextTask();
      this.parts = { ...this.parts, [part]: loaded };
    } catch (error) {
      // The tabs say it in their own place: the text is there all the same.
      if (part === "views") this.parts = { ...this.parts, views: null };
      else this.#dispatch({ type: "failed", problem: { ...problemFrom(error), place: "page" } });
    }
    this.#tell();
  }
}
