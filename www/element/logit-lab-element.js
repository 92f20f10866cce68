import { adoptStyles, LitElement } from "lit";
import { FIRST_ROWS } from "../components/distribution.js";
import { placePeek } from "../components/token-peek.js";
import { arrive } from "../components/tour.js";
import { makeFormat } from "../lib/format.js";
import { en } from "../lib/strings.js";
import { promised } from "../state/chosen.js";
import { reduce, startState } from "../state/lab-state.js";
import { isGptAsked } from "../state/models.js";
import { problemFrom } from "../state/problems.js";
import { SETTINGS } from "../state/settings.js";
import { makeStore } from "../state/store.js";
import { Conductor } from "../tasks/conductor.js";
import { Explainer } from "../tasks/explainer.js";
import { HAS_GPT, OURS } from "../tasks/our-gpt.js";
import { Resampler } from "../tasks/resampler.js";
import { holdLab } from "../tasks/shared-lab.js";
import { Shelf } from "../tasks/shelf.js";
import { StageTimer } from "../tasks/stage-timer.js";
import { Sweeper } from "../tasks/sweeper.js";
import { eventsOf } from "./events.js";
import { FOCUS_AFTER, focusOn, followSelection } from "./focus.js";
import { labPage, partPage } from "./pages.js";
import { stylesWith } from "./styles.js";

const WORDS = Object.freeze({ t: en, format: makeFormat(en) });

/** What `view` can name: the whole lab, or one part of it. */
export const PARTS = Object.freeze(["lab", "distribution", "strip", "stages", "compare", "timings"]);

/** The tab a part belongs to, where it needs what only that tab computes. @type {Record<string, import("../state/types.js").View>} */
const TAB_OF = { stages: "stages", compare: "compare", timings: "timings" };

/** Models with a row of their own; of the others there is more to say. */
const ROWS_OF_OURS = Object.freeze(["notebook", "counted", "gpt"]);

/** What comes later, each in a file of its own: with the first text, and with the first wish for a GPT. */
const LATER = Object.freeze({ views: () => import("./views.js"), gpt: () => import("./gpt.js") });

/** Names the tag for `document.querySelector("logit-lab")`. @typedef {import("./tags.js").LogitLabTags} LogitLabTags */

/**
 * What an element needs of the engine, from its start to its end.
 * @typedef {Awaited<ReturnType<typeof holdLab>> & { conductor: Conductor, explainer: Explainer, shelf: Shelf, sweeper: Sweeper, resampler: Resampler, timer: StageTimer, stopListening: () => void }} Bench
 */

/**
 * The lab as an element: a prompt, settings, the text token by token, and why each token was drawn.
 *
 * Attributes, followed at any time: `prompt`, and every setting in kebab case, as custom-elements.json lists them; each setting is a
 * property under its own name, too. `view`: "lab" or one part of it ("distribution", "strip", "stages", "compare", "timings"); `controls`:
 * the settings to show, by name; `theme`: "light" or "dark", otherwise the page's; `share-base`: the address that links of this lab begin
 * with.
 *
 * The host's URL and storage are never touched. All elements of a page share one engine.
 *
 * @fires backend-change - the engine runs, or something else computes; detail { kind, adapter, reason, lost, thread }
 * @fires config-change - the prompt, the model, a setting or a token put in by hand changed; detail { prompt, model, fields, forced }
 * @fires generate-start - tokens are being drawn
 * @fires generate-end - the text is there; detail { text, tokens, finish_reason, seed, settings }
 * @fires select - a token was chosen; detail { index, token, probability, trace }
 * @fires error - detail { code, message, place }; does not bubble
 * @slot before - shown above the lab
 * @slot after - shown below the lab
 * @csspart prompt - also text, knobs, tabs, panel, place
 * @cssprop --logit-lab-size - the size of the body text, 15px; also -paper, -surface, -line, -line-strong, -ink, -muted, -water-a, -water-b, -accent, -accent-soft, -wrong, -font, -serif, -mono
 */
export class LogitLabElement extends LitElement {
  /** @override */
  static styles = stylesWith([]);

  /** @override */
  static properties = {
    n_rows: { state: true },
    later: { state: true },
    stop_of_tour: { state: true },
    is_model_open: { state: true },
    view: { type: String },
    controls: { type: String },
    shareBase: { attribute: "share-base" },
  };

  #isStarting = false;
  /** The view that was shown last. @type {import("../state/types.js").View} */
  #viewBefore = "why";
  /** Whether something of a GPT was. */
  #wasGptAsked = false;
  /** Where the focus goes when what it is on goes away. @type {string | null} */
  #focusNext = null;
  /** Where the keyboard was before the tour. @type {Element | null} */
  #beforeTour = null;
  /** Nothing is loaded for a lab that nobody has come near. */
  #near = new IntersectionObserver((seen) => seen.some(({ isIntersecting }) => isIntersecting) && void this.#start(), {
    rootMargin: "50%",
  });

  constructor() {
    super();
    this.n_rows = FIRST_ROWS;
    /** What has come; null: it did not. @type {{ views?: typeof import("./views.js") | null, gpt?: typeof import("./gpt.js") }} */
    this.later = {};
    /** @type {number | null} */
    this.stop_of_tour = null;
    /** Whether what the model is made of is shown. */
    this.is_model_open = false;
    /** @type {string | null} */
    this.view = null;
    /** @type {string | null} */
    this.controls = null;
    /** @type {string | null} */
    this.shareBase = null;
    this.store = makeStore(reduce, startState());
    /** @type {Bench | null} */
    this.bench = null;
    /** @type {() => void} */
    this.becomeReady = () => {};
    /** Resolves once the engine runs. @type {Promise<void>} */
    this.ready = new Promise((resolve) => {
      this.becomeReady = () => resolve();
    });
    this.store.subscribe((state, before) => {
      this.requestUpdate();
      for (const { type, detail } of eventsOf(state, before)) {
        const travels = type !== "error";
        this.dispatchEvent(new CustomEvent(type, { detail, bubbles: travels, composed: travels }));
      }
    });
  }

  /** The engine, which all elements of a page share; null until it runs. */
  get lab() {
    return this.bench?.lab ?? null;
  }

  /** @override */
  static get observedAttributes() {
    // biome-ignore lint/complexity/noThisInStatic: Lit makes its list for the class that asks
    return [...super.observedAttributes, "prompt", ...SETTINGS.map(({ name }) => attributeOf(name))];
  }

  /** @override @param {string} attribute @param {string | null} before @param {string | null} now */
  attributeChangedCallback(attribute, before, now) {
    super.attributeChangedCallback(attribute, before, now);
    // Before the element is on a page, its attributes are read all at once.
    if (!this.hasUpdated || before === now) return;
    const setting = SETTINGS.find(({ name }) => attributeOf(name) === attribute);
    if (attribute === "prompt") this.setState({ prompt: now ?? startState().prompt });
    else if (setting) this.setState({ fields: { [setting.name]: now ?? setting.start } });
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    this.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab takes single letters otherwise
    if (!this.hasUpdated) {
      this.setState(this.#attributes());
      this.#takeEarlyProperties();
    }
    this.#near.observe(this);
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.#near.disconnect();
    queueMicrotask(() => {
      if (!this.isConnected) this.#end(); // a move on the page is not an end
    });
  }

  /** Makes the whole text, at once or token by token. */
  generate() {
    this.#press({ type: this.store.state.slowly ? "play" : "generate" });
  }

  /** Draws one token more. */
  step() {
    this.#press({ type: "step" });
  }

  /** Stops where the text is now. */
  stop() {
    const { status } = this.store.state;
    if (status === "running" || status === "playing") this.store.dispatch({ type: "stop" });
  }

  /** Shows a newcomer around the whole lab. It can be left at any stop. */
  tour() {
    this.#beforeTour = document.activeElement;
    this.store.dispatch({ type: "view", view: "why" });
    this.#goOnTour(0);
  }

  /** @param {number | null} stop */
  #goOnTour(stop) {
    this.stop_of_tour = stop;
    if (stop === null && this.#beforeTour instanceof HTMLElement) this.#beforeTour.focus();
  }

  /** Prompt, model and settings as they were at first. */
  reset() {
    const { prompt, model, fields } = startState();
    const given = this.#attributes();
    this.setState({
      prompt: given.prompt ?? prompt,
      model,
      fields: { ...fields, ...given.fields },
      forced: {},
      goal: "all",
    });
  }

  /** What the page is set to: everything needed to make this text again. */
  getState() {
    const { prompt, fields, goal } = this.store.state;
    const { model, forced } = promised(this.store.state);
    return { prompt, model: { ...model }, fields: { ...fields }, forced: { ...forced }, goal };
  }

  /**
   * @param {{ prompt?: string, model?: Partial<import("../state/types.js").ModelChoice>, fields?: import("../state/types.js").Fields,
   *   forced?: import("../state/types.js").Forced, goal?: import("../state/types.js").LabState["goal"] }} settings
   */
  setState(settings) {
    this.store.dispatch({ type: "settings", ...settings });
  }

  /** @override */
  render() {
    const { state } = this.store;
    const context = { state, words: WORDS, send: this.store.dispatch };
    const part = this.view !== null && PARTS.includes(this.view) ? this.view : "lab";
    const actions = this.#actions();
    const given = {
      actions,
      views: this.later.views,
      gpt: this.later.gpt?.partsOfGpt(actions.gpt) ?? null,
      rows: {
        n: this.n_rows,
        show: (/** @type {number} */ n) => {
          this.n_rows = n;
        },
      },
      controls: this.controls === null ? null : this.controls.split(/[\s,]+/).map((name) => name.replaceAll("-", "_")),
      shareBase: this.shareBase,
      models: {
        choose: (/** @type {import("../state/types.js").ModelChoice["kind"]} */ kind) => this.#chooseModel(kind),
        cancel: () => this.#cancelModel(),
        open: (/** @type {boolean} */ open) => {
          this.is_model_open = open;
        },
        is_open: this.is_model_open,
        ours: HAS_GPT ? OURS : null,
      },
      tour: { stop: this.stop_of_tour, go: (/** @type {number | null} */ stop) => this.#goOnTour(stop) },
    };
    return part === "lab" ? labPage(context, given) : partPage(part, context, given);
  }

  /**
   * Another model. One of ours that has to be loaded comes first, and until it is there everything stays.
   * @param {import("../state/types.js").ModelChoice["kind"]} kind
   */
  #chooseModel(kind) {
    const { shelf } = this.store.state;
    if (shelf.at && shelf.wanted?.kind === kind) return;
    this.store.dispatch({ type: "model", change: { kind } });
    const { wanted } = this.store.state.shelf;
    if (wanted?.kind === "gpt") void this.ready.then(() => this.bench?.shelf.load());
    if (!ROWS_OF_OURS.includes(kind)) this.is_model_open = true;
  }

  /** Stops loading: nothing is wanted any more. */
  #cancelModel() {
    this.bench?.shelf.cancel();
    this.store.dispatch({ type: "model", change: { kind: this.store.state.model.kind } });
  }

  /** What the buttons do. @returns {import("./pages.js").Actions & { gpt: import("../state/types.js").GptActions }} */
  #actions() {
    const { bench } = this;
    return {
      run: { generate: () => this.generate(), step: () => this.step(), stop: () => this.stop() },
      machine: {
        choose: (wish) => void bench?.backend.choose(wish),
        check: (on) => void bench?.backend.check(on),
      },
      sweep: { start: () => void bench?.sweeper.start(), stop: () => bench?.sweeper.stop() },
      gpt: { load: (...asked) => void bench?.shelf.load(...asked), cancel: () => bench?.shelf.cancel() },
      resampler: { draw: (n) => void bench?.resampler.draw(n), stop: () => bench?.resampler.stop() },
      timeStages: () => void bench?.timer.start(),
      loadViews: () => void this.#load("views"),
      again: () => {
        this.#wasGptAsked = false;
        return bench ? bench.conductor.replay() : void this.#start();
      },
    };
  }

  /** @override */
  willUpdate() {
    const focused = this.shadowRoot?.activeElement;
    this.#focusNext = Object.entries(FOCUS_AFTER).find(([part]) => focused?.closest(part))?.[1] ?? null;
    if (this.bench) this.#loadWhatIsAsked();
    const tab = TAB_OF[this.view ?? ""];
    if (tab && this.store.state.view !== tab) this.store.dispatch({ type: "view", view: tab });
  }

  /** @override @param {Map<string, unknown>} changed */
  updated(changed) {
    const root = this.renderRoot;
    placePeek(root);
    if (changed.has("stop_of_tour") && this.stop_of_tour !== null) arrive(root, this.stop_of_tour);
    if (this.#focusNext && !this.shadowRoot?.activeElement) focusOn(root.querySelector(this.#focusNext));
    const wrong = root.querySelector("details:not([open]) .problem");
    if (wrong) wrong.closest("details")?.setAttribute("open", "");
    followSelection(/** @type {ShadowRoot} */ (root), this.store.state.status === "playing");
  }

  /** @returns {{ prompt?: string, fields: import("../state/types.js").Fields }} */
  #attributes() {
    /** @type {import("../state/types.js").Fields} */
    const fields = {};
    for (const { name } of SETTINGS) {
      const given = this.getAttribute(attributeOf(name));
      if (given !== null) fields[name] = given;
    }
    return { prompt: this.getAttribute("prompt") ?? undefined, fields };
  }

  /** A property that was set before the tag was defined hides the element's own. */
  #takeEarlyProperties() {
    for (const { name } of SETTINGS) {
      if (!Object.hasOwn(this, name)) continue;
      const value = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
  }

  /** @param {{ type: "generate" | "play" | "step" }} button */
  #press(button) {
    if (this.bench) this.store.dispatch(button);
    else void this.#start();
  }

  async #start() {
    if (this.bench || this.#isStarting) return;
    this.#isStarting = true;
    this.store.dispatch({ type: "load" });
    try {
      const held = await holdLab();
      if (!this.isConnected) return held.release(); // taken away meanwhile
      this.bench = this.#equip(held);
      this.store.dispatch({ type: "ready" });
      this.bench.conductor.replay();
      this.becomeReady();
      void held.backend.start();
      void this.#load("views");
    } catch (error) {
      this.store.dispatch({ type: "lost", problem: { ...problemFrom(error), place: "page" } });
    } finally {
      this.#isStarting = false;
    }
  }

  /** Where something did not come, the next tab, or the next choice of a GPT, asks for it again. */
  #loadWhatIsAsked() {
    const { state } = this.store;
    if (state.view !== this.#viewBefore) void this.#load("views");
    this.#viewBefore = state.view;
    if (isGptAsked(state) && !this.#wasGptAsked) void this.#load("gpt");
    this.#wasGptAsked = isGptAsked(state);
  }

  /** @param {keyof typeof LATER} part */
  async #load(part) {
    if (this.later[part]) return;
    try {
      const loaded = await LATER[part]();
      this.later = { ...this.later, [part]: loaded };
      const styles = Object.values(this.later).flatMap((has) => has?.styles ?? []);
      adoptStyles(/** @type {ShadowRoot} */ (this.renderRoot), stylesWith(styles));
    } catch (error) {
      // The tabs say it in their own place: the text is there all the same.
      if (part === "views") this.later = { ...this.later, views: null };
      else this.store.dispatch({ type: "failed", problem: { ...problemFrom(error), place: "page" } });
    }
  }

  /** @param {Awaited<ReturnType<typeof holdLab>>} held @returns {Bench} */
  #equip(held) {
    const { store } = this;
    const { lab, backend } = held;
    const shelf = new Shelf(store, lab);
    const conductor = new Conductor(store, lab, shelf, () => backend.report());
    return {
      ...held,
      conductor,
      explainer: new Explainer(store, lab, shelf, conductor),
      shelf,
      sweeper: new Sweeper(store, lab, () => conductor.model(), shelf),
      resampler: new Resampler(store, lab),
      timer: new StageTimer(store, lab),
      stopListening: backend.listen({
        tell: (now) => store.dispatch({ type: "machinery", ...now }),
        replay: () => conductor.replay(),
      }),
    };
  }

  #end() {
    const { bench } = this;
    this.bench = null;
    bench?.sweeper.stop();
    bench?.resampler.stop();
    bench?.stopListening();
    bench?.explainer.dispose();
    bench?.conductor.dispose();
    bench?.shelf.dispose();
    bench?.release();
  }
}

/** @param {string} name of a setting */
const attributeOf = (name) => name.replaceAll("_", "-");

/** Every setting as a property: text or a number goes in, the field's text comes out; null is the value the page starts with. */
for (const { name, start } of SETTINGS)
  Object.defineProperty(LogitLabElement.prototype, name, {
    configurable: true,
    enumerable: true,
    /** @this {LogitLabElement} */
    get() {
      return this.store.state.fields[name];
    },
    /** @this {LogitLabElement} @param {unknown} value */
    set(value) {
      this.setState({ fields: { [name]: value === null || value === undefined ? start : String(value) } });
    },
  });
