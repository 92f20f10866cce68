import "./trusted-types.js";
import { adoptStyles, html, nothing } from "lit";
import { problemSentence, sentence } from "../components/problem.js";
import { afterPaint, nextTask } from "../lib/frames.js";
import { watchPaper } from "../lib/paper.js";
import { savesData } from "../lib/saving.js";
import { until } from "../lib/until.js";
import { isPromisedComing, promised } from "../state/chosen.js";
import { reduce, startState, stepToExplain } from "../state/lab-state.js";
import { problemFrom } from "../state/problems.js";
import { makeStore } from "../state/store.js";
import { HAS_GPT, OURS } from "../tasks/our-gpt.js";
import { RECORDED, SMOLLM2 } from "../tasks/our-smollm2.js";
import { holdLab } from "../tasks/shared-lab.js";
import { AuthoredElement } from "./authored.js";
import { clear, equip } from "./bench.js";
import { eventsOf } from "./events.js";
import { FOCUS_AFTER, focusOn, followSelection, showModel, showProblem } from "./focus.js";
import { startOf } from "./given.js";
import { Later } from "./later.js";
import { lock } from "./lock.js";
import { listed } from "./looks.js";
import { labPage, PARTS, partPage } from "./pages.js";
import { SeenOrder } from "./seen-order.js";
import { stylesWith } from "./styles.js";
import { taken } from "./taken.js";

/** The tab a part belongs to, where it needs what only that tab computes. @type {Record<string, import("../state/types.js").View>} */
const TAB_OF = { distribution: "tokens", strip: "stages", stages: "stages", compare: "compare", timings: "timings" };

/** Models with a row of their own; of the others there is more to say. */
const ROWS_OF_OURS = Object.freeze(["notebook", "counted", "gpt", "recorded"]);

/** So many milliseconds is a picture waited for before heads and controls are rendered without it. */
const LATE_MS = 100;

/** Names the tag for `document.querySelector("logit-lab")`. @typedef {import("./tags.js").LogitLabTags} LogitLabTags */

/**
 * The lab as an element: a prompt, settings, the text token by token, and why each token was drawn.
 *
 * What an author can set, as attribute and property, at any time: `prompt`; `model` and what it is made of; every setting; `view`, `controls`,
 * `tabs`, `tab`, `token`, `readonly`, `theme`, `lang`, `strings`, `autoload`, `share-base`, `smollm2`. custom-elements.json and docs/embed.md list them.
 *
 * The host's URL and storage are never touched. All elements of a page share one engine.
 *
 * @fires backend-change - the engine runs, or something else computes; detail { kind, adapter, reason, lost, thread }
 * @fires config-change - the prompt, the model, a setting or a token put in by hand changed; detail { prompt, model, fields, forced }
 * @fires generate-start - tokens are being drawn; detail { prompt }
 * @fires generate-end - the text is there; detail { text, tokens, labels, probabilities, finish_reason, seed, settings }
 * @fires select - a token was chosen; detail { index, token, label, probability, trace }
 * @fires error - detail { code, message, place }; does not bubble
 * @slot before - shown above the lab
 * @slot after - shown below the lab
 * @csspart text - also river, settings, tabs, panel, place, mistakes
 * @cssprop --logit-lab-size - the size of the body text, 15px; also -paper, -surface, -line, -line-strong, -ink, -muted, -water-a, -water-b, -accent, -accent-soft, -wrong, -font, -serif, -mono
 */
export class LogitLabElement extends AuthoredElement {
  /** @override */
  static styles = stylesWith([]);

  /** @override @type {import("lit").PropertyDeclarations} */
  static properties = {
    stop_of_tour: { state: true },
    is_model_open: { state: true },
    is_problem_shown: { state: true },
    is_printed: { state: true },
    n_parts: { state: true },
  };

  /** What the buttons do. @type {import("./pages.js").Actions & { gpt: import("../state/types.js").GptActions }} */
  #actions = {
    run: { generate: () => this.generate(), step: () => this.step(), stop: () => this.stop() },
    machine: {
      choose: (wish) => void this.bench?.backend.choose(wish),
      check: (on) => void this.bench?.backend.check(on),
    },
    sweep: {
      start: () => void this.#instruments()?.sweeper.start(),
      stop: () => this.bench?.instruments?.sweeper.stop(),
    },
    gpt: { load: (...asked) => void this.bench?.shelf.load(...asked), cancel: () => this.bench?.shelf.cancel() },
    resampler: {
      draw: (n) => void this.#instruments()?.resampler.draw(n),
      stop: () => this.bench?.instruments?.resampler.stop(),
    },
    timeStages: () => void this.#instruments()?.timer.start(),
    loadViews: () => void this.#later.load("views"),
    again: () => {
      this.#later.forget();
      return this.bench ? this.bench.conductor.replay() : void this.#start();
    },
  };
  /** What the list of models does. @type {import("../components/model-list.js").ModelActions} */
  #models;
  /** @type {import("./gpt.js").PartsOfGpt | null} */
  #parts_of_gpt = null;
  #now = () => this.store.state;
  #isStarting = false;
  /** The user's own GPT, should the element leave the page and come back. @type {File[]} */
  #files = [];
  /** The model that was in force last. @type {import("../state/types.js").ModelChoice["kind"] | null} */
  #modelShown = null;
  /** Whether the tab of many draws has been opened, and has drawn. */
  #hasDrawn = false;
  /** Where the focus goes when what it is on goes away. @type {string | null} */
  #focusNext = null;
  /** What had the focus last. @type {Element | null} */
  #focused = null;
  /** Where the keyboard was before the tour. @type {Element | null} */
  #beforeTour = null;
  /** Nothing is loaded for a lab that nobody has come near. */
  #near = new IntersectionObserver((seen) => seen.some(({ isIntersecting }) => isIntersecting) && void this.#start(), {
    rootMargin: "50%",
  });
  #order = new SeenOrder(() => this.renderRoot);
  #later;
  #leavePaper = () => {};
  #becomeWhole = () => {};
  /** Resolves once all of the page is about to be rendered. @type {Promise<void>} */
  #whole = new Promise((resolve) => {
    this.#becomeWhole = resolve;
  });

  constructor() {
    const store = makeStore(reduce, startState());
    super(store);
    /** @type {number | null} */
    this.stop_of_tour = null;
    /** Whether what the model is made of is shown. */
    this.is_model_open = false;
    /** Whether what is wrong stands beside what it is about; where that is not shown, it has to stand elsewhere. */
    this.is_problem_shown = true;
    /** Whether the page goes on paper now. */
    this.is_printed = false;
    /** Parts of the page that are rendered, each in a task of its own: text and models, the picture, what stands below it. */
    this.n_parts = 1;
    this.store = store;
    this.#models = {
      choose: (kind) => this.#chooseModel(kind),
      cancel: () => this.#cancelModel(),
      open: (open) => {
        this.is_model_open = open;
      },
      ours: HAS_GPT ? OURS : null,
      smollm2: SMOLLM2.bytes,
      recorded: RECORDED !== null,
    };
    this.#later = new Later(store.dispatch, () => {
      adoptStyles(/** @type {ShadowRoot} */ (this.renderRoot), stylesWith(this.#later.styles));
      const { views } = this.#later.parts;
      if (views) this.takeTabs(views);
      this.requestUpdate();
    });
    /** @type {import("./bench.js").Bench | null} */
    this.bench = null;
    /** @type {() => void} */
    this.becomeReady = () => {};
    /** Resolves once the engine runs. @type {Promise<void>} */
    this.ready = new Promise((resolve) => {
      this.becomeReady = () => resolve();
    });
    store.subscribe((state, before) => {
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
  connectedCallback() {
    super.connectedCallback();
    this.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab takes single letters otherwise
    this.#near.observe(this);
    this.#order.observe(this);
    this.#leavePaper = watchPaper((isPrinted) => {
      this.is_printed = isPrinted;
      if (this.isUpdatePending) this.performUpdate();
    });
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.#near.disconnect();
    this.#order.disconnect();
    this.#leavePaper();
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
    void this.#later.load("views").then(() => this.#goOnTour(0));
  }

  /** @param {number | null} stop */
  #goOnTour(stop) {
    this.stop_of_tour = stop;
    if (stop === null && this.#beforeTour instanceof HTMLElement) this.#beforeTour.focus();
  }

  /** Prompt, model and settings as they were at first. */
  reset() {
    const { prompt, model, fields } = startState();
    const given = startOf(this.given);
    this.setState({ prompt, model, forced: {}, goal: "all", ...given, fields: { ...fields, ...given.fields } });
  }

  /** What the page is set to: everything needed to make this text again. */
  getState() {
    const { prompt, fields, goal } = this.store.state;
    const { model, forced } = promised(this.store.state);
    return { prompt, model: { ...model }, fields: { ...fields }, forced: { ...forced }, goal };
  }

  /**
   * @override
   * @param {import("./taken.js").Change} settings what `getState` gave, or a part of it
   * @throws {import("../engine/error.js").LabError} `invalid_setting` or `unknown_setting`; then nothing is changed
   */
  setState(settings) {
    this.store.dispatch({ type: "settings", ...taken(settings) });
    this.#autoload();
  }

  /** What the buttons of the tabs work with. */
  #instruments() {
    const { bench } = this;
    const { views } = this.#later.parts;
    if (!bench || !views) return null;
    bench.instruments ??= new views.Instruments(this.store, bench);
    return bench.instruments;
  }

  /** A GPT that the author names: it is loaded where the author wants that and the reader does not save data, otherwise the reader loads it. */
  #autoload() {
    const { at, wanted } = this.store.state.shelf;
    if (!wanted || at) return;
    // A large one is only loaded by a press.
    if (this.autoload && !savesData() && wanted.kind !== "smollm2") void this.bench?.shelf.load();
    else if (!ROWS_OF_OURS.includes(wanted.kind)) this.is_model_open = true;
  }

  /** @override */
  render() {
    const { state } = this.store;
    const part = this.view !== null && PARTS.includes(this.view) ? this.view : "lab";
    const context = {
      state,
      now: this.#now,
      listen: this.store.subscribe,
      words: this.words,
      send: this.send,
      author: this.author,
    };
    const { views, gpt } = this.#later.parts;
    if (gpt) this.#parts_of_gpt ??= gpt.partsOfGpt(this.#actions.gpt);
    const given = {
      actions: this.#actions,
      views,
      gpt: this.#parts_of_gpt,
      controls: this.controls === null ? null : listed(this.controls).map((name) => name.replaceAll("-", "_")),
      shareBase: this.shareBase,
      isPrinted: this.is_printed,
      nParts: this.n_parts,
      models: this.#models,
      isModelOpen: this.is_model_open,
      tour: { stop: this.stop_of_tour, go: (/** @type {number | null} */ stop) => this.#goOnTour(stop) },
    };
    return html`${this.#said()}${part === "lab" ? labPage(context, given) : partPage(part, context, given)}`;
  }

  /** What the author has to mend, what has no place of its own, and why a button did nothing. */
  #said() {
    const { problem } = this.store.state;
    const { t } = this.words;
    const wrong = problem && !this.is_problem_shown ? [problemSentence(problem, this.words)] : [];
    const said = [...this.mistakes.map(sentence), ...wrong, ...(this.is_refused ? [t.author.locked] : [])];
    if (said.length === 0) return nothing;
    return html`<ul class="mistakes ground" part="mistakes" dir=${t.dir} role="status">${said.map((one) => html`<li>${one}</li>`)}</ul>`;
  }

  /**
   * Another model. One of ours that has to be loaded comes first, and until it is there everything stays.
   * @param {import("../state/types.js").ModelChoice["kind"]} kind
   */
  #chooseModel(kind) {
    const { shelf } = this.store.state;
    if (shelf.at && shelf.wanted?.kind === kind) return;
    this.send({ type: "model", change: { kind } });
    const { wanted } = this.store.state.shelf;
    const isOffered = wanted?.kind === "gpt" || wanted?.kind === "smollm2";
    if (isOffered) void this.ready.then(() => this.bench?.shelf.load());
    else if (!ROWS_OF_OURS.includes(kind)) this.is_model_open = true;
  }

  /** Stops loading: nothing is wanted any more. */
  #cancelModel() {
    this.bench?.shelf.cancel();
    this.store.dispatch({ type: "model", change: { kind: this.store.state.model.kind } });
  }

  /** @override The other parts follow at once. */
  async firstUpdated() {
    for (const n of [2, 3]) {
      await nextTask();
      this.n_parts = n;
    }
    this.#becomeWhole();
  }

  /** @override Until all of the page is there. */
  async getUpdateComplete() {
    if (this.hasUpdated || this.isUpdatePending) await this.#whole;
    return super.getUpdateComplete();
  }

  /** @override While a control moves, its picture comes first. */
  async scheduleUpdate() {
    if (this.store.state.held) await this.#picturePainted();
    this.performUpdate();
  }

  /** @override @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (changed.has("smollm2"))
      this.store.dispatch({ type: "shelf", change: { smollm2: this.smollm2 ?? SMOLLM2.address } });
    const focused = this.shadowRoot?.activeElement;
    if (focused) {
      this.#focused = focused;
      this.#focusNext = Object.entries(FOCUS_AFTER).find(([part]) => focused.closest(part))?.[1] ?? null;
    }
    if (this.bench) this.#later.follow(this.store.state);
    if (this.is_model_open) void this.#later.load("views");
    const tab = TAB_OF[this.view ?? ""];
    if (tab && this.store.state.view !== tab) this.store.dispatch({ type: "view", view: tab });
  }

  /** The tab of many draws begins with some. */
  #drawAtFirst() {
    const { view, step } = this.store.state;
    const instruments = view === "draws" && step ? this.#instruments() : null;
    if (instruments && !this.#hasDrawn) void instruments.resampler.begin();
    this.#hasDrawn = instruments !== null;
  }

  /** @override @param {Map<string, unknown>} changed */
  updated(changed) {
    const root = this.renderRoot;
    this.#order.keep();
    this.#later.parts.views?.placePeek(root);
    const { kind } = this.store.state.model;
    // In a frame, which lays the page out anyway.
    if (kind !== this.#modelShown) requestAnimationFrame(() => showModel(root));
    this.#modelShown = kind;
    if (changed.has("stop_of_tour")) this.#later.parts.views?.arrive(root, this.stop_of_tour);
    // What is to have the focus may come later than what had it goes: a token that is drawn again.
    const isLost = !this.#focused?.isConnected && this.ownerDocument.activeElement === this.ownerDocument.body;
    if (this.#focusNext && isLost) focusOn(root.querySelector(this.#focusNext));
    this.#drawAtFirst();
    lock(root, this.readonly);
    this.is_problem_shown = showProblem(root, this.store.state.problem);
    followSelection(/** @type {ShadowRoot} */ (root), this.store.state.status === "playing");
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
      this.bench = equip(this.store, held, this.#files);
      this.store.dispatch({ type: "ready" });
      this.#autoload();
      this.bench.conductor.replay();
      this.becomeReady();
      void this.#loadViews();
      // What else could compute is found out when the engine has nothing else to do.
      await this.#firstText();
      await held.backend.start();
    } catch (error) {
      this.store.dispatch({ type: "lost", problem: { ...problemFrom(error), place: "page" } });
    } finally {
      this.#isStarting = false;
    }
  }

  /** The views come with a part that is one of them, otherwise once the first text has been painted. */
  async #loadViews() {
    if (this.view === null || this.view === "lab") await this.#firstText();
    await this.#later.load("views");
  }

  /** Resolves once the first text is on the screen, or it is known that there will be none for a while. */
  async #firstText() {
    await until(this.store, isSettled);
    await afterPaint();
  }

  /** Resolves when the picture that is wanted has been painted, or is late. */
  async #picturePainted() {
    // Without asking for frames: one in which nothing changes would make the picture's own wait for the screen.
    await until(this.store, isPictured, LATE_MS);
  }

  #end() {
    const { bench } = this;
    this.bench = null;
    if (bench) this.#files = clear(bench);
  }
}

/** Whether there is a text with the explanation of a token, or nothing that would be one soon. @param {import("../state/types.js").LabState} state */
const isSettled = (state) =>
  state.step !== null ||
  state.problem !== null ||
  isPromisedComing(state) ||
  (state.run !== null && stepToExplain(state) === null);

/** Whether the picture is that of the settings as they are. @param {import("../state/types.js").LabState} state */
const isPictured = ({ step, fields, forced }) => step?.ahead?.fields === fields && step.ahead.forced === forced;
