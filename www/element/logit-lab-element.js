import { html, LitElement } from "lit";
import { FIRST_ROWS } from "../components/distribution.js";
import { folded, knobPanel } from "../components/knob-panel.js";
import { lossNotice, machinePanel, machineSummary } from "../components/machine.js";
import { pageProblem } from "../components/problem.js";
import { promptBar } from "../components/prompt-bar.js";
import { stages } from "../components/stages.js";
import { placeLine, statusLine } from "../components/status.js";
import { sweep } from "../components/sweep.js";
import { timings } from "../components/timings.js";
import { tokenLegend, tokenText } from "../components/token-text.js";
import { why } from "../components/why.js";
import { createLab } from "../engine/index.js";
import { makeFormat } from "../lib/format.js";
import { en } from "../lib/strings.js";
import { Conductor } from "../state/conductor.js";
import { KNOBS } from "../state/knobs.js";
import { reduce, startState } from "../state/lab-state.js";
import { Machinist } from "../state/machine.js";
import { problemFrom } from "../state/problems.js";
import { makeStore } from "../state/store.js";
import { Sweeper } from "../state/sweep.js";
import { eventsOf } from "./events.js";
import { styles } from "./styles.js";

const WORDS = Object.freeze({ t: en, format: makeFormat(en) });

/**
 * The lab as an element: a prompt, knobs, the text token by token, and why each token was drawn.
 *
 * Attributes (read once, when the element is put on a page): `prompt`, and every knob in kebab case (`temperature`, `top-k`,
 * `top-p`, `min-p`, `repetition-penalty`, `presence-penalty`, `frequency-penalty`, `seed`, `rng`, `max-new-tokens`);
 * `theme`: "light" or "dark", otherwise the page's.
 *
 * The host's URL and storage are never touched.
 *
 * @fires backend-change - the engine runs; detail { kind, adapter, reason, thread }
 * @fires config-change - the prompt, the model or a knob changed
 * @fires generate-start - tokens are being drawn
 * @fires generate-end - the text is there; detail { text, tokens, finish_reason, seed, settings }
 * @fires error - detail { code, message, place }; does not bubble
 * @cssprop --logit-lab-accent - the one hue; also -ink, -muted, -line, -surface, -panel, -font, -mono
 */
export class LogitLabElement extends LitElement {
  /** @override */
  static styles = styles;

  /** @override */
  static properties = { n_rows: { state: true } };

  #starting = false;
  /** The focus is on the notice of a loss, which goes away when it is answered. */
  #isOnNotice = false;

  constructor() {
    super();
    this.n_rows = FIRST_ROWS;
    this.store = makeStore(reduce, startState());
    /** @type {import("../engine/lab.js").Lab | null} */
    this.lab = null;
    /** @type {Conductor | null} */
    this.conductor = null;
    /** @type {Machinist | null} */
    this.machinist = null;
    /** @type {Sweeper | null} */
    this.sweeper = null;
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

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    this.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab takes single letters otherwise
    if (!this.hasUpdated) this.setState(this.#attributes());
    if (!this.lab && !this.#starting) void this.#start();
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    queueMicrotask(() => {
      if (!this.isConnected) this.#end(); // a move on the page is not an end
    });
  }

  /** Makes the whole text, at once or token by token. */
  generate() {
    if (this.conductor) this.store.dispatch({ type: this.store.state.slowly ? "play" : "generate" });
  }

  /** Draws one token more. */
  step() {
    if (this.conductor) this.store.dispatch({ type: "step" });
  }

  /** Stops where the text is now. */
  stop() {
    const { status } = this.store.state;
    if (status === "running" || status === "playing") this.store.dispatch({ type: "stop" });
  }

  /** Prompt, model and knobs as they were at first. */
  reset() {
    const { prompt, model, fields } = startState();
    const given = this.#attributes();
    this.setState({ prompt: given.prompt ?? prompt, model, fields: { ...fields, ...given.fields } });
  }

  /** What the page is set to: everything needed to make this text again. */
  getState() {
    const { prompt, model, fields } = this.store.state;
    return { prompt, model: { ...model }, fields: { ...fields } };
  }

  /** @param {{ prompt?: string, model?: Partial<import("../state/types.js").ModelChoice>, fields?: import("../state/types.js").Fields }} settings */
  setState(settings) {
    this.store.dispatch({ type: "settings", ...settings });
  }

  /** @override */
  render() {
    const { state } = this.store;
    const { t } = WORDS;
    const context = { state, words: WORDS, send: this.store.dispatch };
    const machine = {
      choose: (/** @type {import("../state/types.js").Machine["wish"]} */ wish) => void this.machinist?.choose(wish),
      check: (/** @type {boolean} */ on) => void this.machinist?.check(on),
    };
    const measure = { start: () => void this.sweeper?.start(), stop: () => this.sweeper?.stop() };
    const run = { generate: () => this.generate(), step: () => this.step(), stop: () => this.stop() };
    return html`<div class="lab" lang=${t.lang} @keydown=${keepToOurselves}>
      ${promptBar(context, run)} ${pageProblem(context, () => this.#again())}
      <section class="writing" aria-labelledby="text-heading">
        <header>
          <h2 id="text-heading">${t.text.heading}</h2>
          ${statusLine(context)}
        </header>
        ${lossNotice(context, machine)} ${tokenText(context)} ${tokenLegend(context)}
      </section>
      ${knobPanel(context)}
      <section class="reasons" aria-labelledby="why-heading">
        <h2 id="why-heading">${t.why.heading}</h2>
        ${why(context, this.n_rows, (n_rows) => {
          this.n_rows = n_rows;
        })}
        ${folded("stages", t.stages.heading, state.step ? stages(state.step.trace, context) : "")}
        ${folded("timings", t.timings.heading, html`${timings(context)} ${sweep(context, measure)}`)}
        ${folded("machine", machineSummary(context), machinePanel(context, machine))}
      </section>
      ${placeLine(context)}
    </div>`;
  }

  /** @override */
  willUpdate() {
    this.#isOnNotice = Boolean(this.shadowRoot?.activeElement?.closest(".loss"));
  }

  /** @override */
  updated() {
    const root = this.renderRoot;
    if (this.#isOnNotice && !this.shadowRoot?.activeElement)
      focusOn(root.querySelector('.token[aria-selected="true"]'));
    const wrong = root.querySelector("details:not([open]) .problem");
    if (wrong) wrong.closest("details")?.setAttribute("open", "");
    followSelection(/** @type {ShadowRoot} */ (root), this.store.state.status === "playing");
  }

  /** @returns {{ prompt?: string, fields: import("../state/types.js").Fields }} */
  #attributes() {
    /** @type {import("../state/types.js").Fields} */
    const fields = {};
    for (const { name } of KNOBS) {
      const given = this.getAttribute(name.replaceAll("_", "-"));
      if (given !== null) fields[name] = given;
    }
    return { prompt: this.getAttribute("prompt") ?? undefined, fields };
  }

  async #start() {
    this.#starting = true;
    this.store.dispatch({ type: "load" });
    try {
      const lab = await createLab({ thread: "auto", backend: "cpu" });
      if (!this.isConnected) return lab.dispose(); // taken away meanwhile
      this.lab = lab;
      this.conductor = new Conductor(this.store, lab);
      this.store.dispatch({ type: "ready", place: { ...lab.backend, thread: lab.thread } });
      const { conductor } = this;
      this.machinist = new Machinist(this.store, lab, () => conductor.replay());
      this.sweeper = new Sweeper(this.store, lab, () => conductor.model());
      this.conductor.replay();
      this.becomeReady();
      void this.machinist.start();
    } catch (error) {
      this.store.dispatch({ type: "lost", problem: { ...problemFrom(error), place: "page" } });
    } finally {
      this.#starting = false;
    }
  }

  #end() {
    this.sweeper?.stop();
    this.machinist?.dispose();
    this.conductor?.dispose();
    this.lab?.dispose();
    this.sweeper = null;
    this.machinist = null;
    this.conductor = null;
    this.lab = null;
  }

  #again() {
    if (this.conductor) this.conductor.replay();
    else void this.#start();
  }
}

/** @param {Element | null} element */
function focusOn(element) {
  if (element instanceof HTMLElement) element.focus();
}

/**
 * Keys that a control of ours uses must not turn the slides of the page around it.
 * @param {KeyboardEvent} event
 */
function keepToOurselves(event) {
  const control = event.target instanceof Element && event.target.closest("input, textarea, select, summary, button");
  if (control && event.key !== "Escape" && event.key !== "Tab") event.stopPropagation();
}

/**
 * Keeps the focus on the chosen token, and in a long text the newest in view.
 * @param {ShadowRoot} root
 * @param {boolean} playing
 */
function followSelection(root, playing) {
  const chosen = /** @type {HTMLElement | null} */ (root.querySelector('.token[aria-selected="true"]'));
  const focused = root.activeElement;
  if (chosen && focused !== chosen && focused instanceof HTMLElement && focused.dataset.index) chosen.focus();
  if (!chosen || !playing) return;
  const box = chosen.closest(".tokens");
  if (box) box.scrollTop = chosen.offsetTop - box.clientHeight / 2;
}
