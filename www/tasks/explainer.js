import { stepToExplain, wantedStep } from "../state/lab-state.js";
import { problemFrom } from "../state/problems.js";
import { isOneText, settingsByIds } from "../state/run.js";
import { isRetuned, settingsOf } from "../state/wanted.js";
import { TEXT_DEPENDS_ON } from "./conductor.js";
import { arrived, explainAhead, explainStep } from "./drawing.js";
import { told } from "./told.js";

/**
 * Keeps what explains the text up to date: the chosen token first, then the one the pointer is on, and beside them what the view shows of the
 * whole text. It works beside the conductor and asks about tokens that are there, whether or not the text goes on meanwhile. The engine takes
 * small steps in turn, so text, explanations and facts do not wait for each other longer than a step takes.
 *
 * @typedef {import("../state/types.js").LabState} LabState
 * @typedef {import("../state/types.js").Run} Run
 * @typedef {() => Promise<void>} Task
 */
export class Explainer {
  #store;
  #lab;
  #shelf;
  #conductor;
  /** What is done one after the other: what explains a token, and what tells of whole texts. @type {((state: LabState) => Task | undefined)[]} */
  #lanes = [
    (state) => this.#ahead(state) ?? this.#step(state) ?? this.#peek(state) ?? this.#rules(state),
    (state) => this.#facts(state) ?? this.#compare(state),
  ];
  /** The lanes that are at work. @type {Set<number>} */
  #busy = new Set();
  #isDisposed = false;
  /** What drew the text that was there before: a model of a lab that has ended. */
  #before;
  /** What was last asked for, so that what failed is not asked for again and again. @type {Record<string, unknown[]>} */
  #asked = {};
  /** What tells of whole texts: called off once it is about others. */
  #whole = {
    of: (/** @type {LabState} */ _state) => /** @type {unknown[]} */ ([]),
    key: /** @type {unknown[]} */ ([]),
    controller: new AbortController(),
  };
  /** Computes the picture in this thread while a control is dragged; loaded by the first drag. @type {import("./near.js").Near | null} */
  #near = null;
  /** @type {Promise<void> | null} */
  #nearing = null;
  #unsubscribe;

  /**
   * @param {import("./conductor.js").Store} store
   * @param {import("../engine/lab.js").Lab} lab stays the caller's to dispose
   * @param {import("./shelf.js").Shelf} shelf
   * @param {import("./conductor.js").Conductor} conductor whose models these are
   */
  constructor(store, lab, shelf, conductor) {
    this.#store = store;
    this.#lab = lab;
    this.#shelf = shelf;
    this.#conductor = conductor;
    this.#before = store.state.run?.model;
    this.#unsubscribe = store.subscribe((state) => {
      if (isOther(this.#whole.key, this.#whole.of(state))) this.#whole.controller.abort();
      for (const lane of this.#lanes.keys()) if (!this.#busy.has(lane)) void this.#work(lane);
    });
  }

  /** Stops for good. */
  dispose() {
    this.#unsubscribe();
    this.#isDisposed = true;
    this.#near?.dispose();
    this.#whole.controller.abort();
  }

  /** @param {number} lane */
  async #work(lane) {
    this.#busy.add(lane);
    await null; // the event that asked for this is handled to its end first
    for (let task = this.#next(lane); task; task = this.#next(lane)) {
      const { run } = this.#store.state;
      try {
        await task();
      } catch (error) {
        this.#fail(error, run);
      }
    }
    this.#busy.delete(lane);
  }

  /** The most urgent of what is out of date. @param {number} lane */
  #next(lane) {
    const { state } = this.#store;
    const isBefore = this.#before !== undefined && state.run?.model === this.#before;
    return this.#isDisposed || isBefore ? undefined : this.#lanes[lane](state);
  }

  /**
   * @param {string} what
   * @param {unknown[]} key equal keys have equal answers
   * @param {() => Promise<void>} task
   */
  #once(what, key, task) {
    if (!isOther(this.#asked[what], key)) return undefined;
    return () => {
      this.#asked[what] = key;
      return task();
    };
  }

  /**
   * With other settings the chosen token's picture comes at once, and does not wait for the text that is drawn with them.
   * @param {LabState} state
   */
  #ahead(state) {
    const { fields, forced, held } = state;
    const here = stepAhead(state);
    if (!here) return undefined;
    const { run, index } = here;
    return this.#once("ahead", [run.settings, index, here.drawn, fields, forced], async () => {
      // While a control moves only the picture is shown.
      const is_whole = !held && run.vocab.length <= SMALL;
      const far = { lab: this.#lab, model: run.model };
      const asked = told(run.model, settingsOf(state, undefined)).then((settings) => {
        const place = (held && this.#nearby()?.place(run, index, settings)) || far;
        return explainAhead(place, here, settings, { fields, forced, is_whole });
      });
      // What is wrong with the settings is said where the text is drawn with them.
      const ahead = await asked.catch(() => null);
      const now = stepAhead(this.#store.state);
      if (ahead && isOneText(now?.run, run) && now?.index === index)
        this.#store.dispatch({ type: "traced", step: ahead });
    });
  }

  /** Null until it is loaded; if it cannot be, the worker computes the picture. */
  #nearby() {
    this.#nearing ??= import("./near.js").then(
      ({ Near }) => {
        if (!this.#isDisposed) this.#near = new Near(this.#lab);
      },
      () => {},
    );
    return this.#near;
  }

  /** Why the chosen token was drawn. @param {LabState} state */
  #step(state) {
    const { run, step, view } = state;
    const wanted = stepToExplain(state);
    if (!run || !wanted || (isOneText(step?.run, run) && step?.index === wanted.index && step.drawn === wanted.drawn))
      return undefined;
    return this.#once("step", [run.settings, wanted.index, wanted.drawn], async () => {
      const came = step?.index === wanted.index ? arrived(step, run) : null;
      if (came) return this.#store.dispatch({ type: "traced", step: came });
      const found = await explainStep(this.#lab, run, wanted, view === "stages");
      if (!isOneText(this.#store.state.run, run)) return;
      this.#store.dispatch({ type: "traced", step: found.step });
      if (found.rules) this.#tell({ rules: { step: found.step, rules: found.rules } });
    });
  }

  /** What else could have been drawn at the token that the pointer is on. @param {LabState} state */
  #peek({ run, peeked, peek, step }) {
    if (!run || peeked === null || peeked >= run.tokens.length) return undefined;
    if (isOneText(peek?.run, run) && peek?.index === peeked) return undefined;
    return this.#once("peek", [run.settings, peeked], async () => {
      const isChosen = step?.drawn && step.index === peeked && isOneText(step.run, run);
      this.#tell({ peek: isChosen ? step : (await explainStep(this.#lab, run, { index: peeked, drawn: true })).step });
    });
  }

  /** What other systems would keep, where the step came without. @param {LabState} state */
  #rules({ view, step, rules }) {
    if (view !== "stages" || !step || step.ahead || rules?.step === step) return undefined;
    return this.#once("rules", [step], async () => {
      this.#tell({ rules: { step, rules: await this.#lab.rules(step.trace.logits, settingsByIds(step)) } });
    });
  }

  /** @param {LabState} state */
  #facts({ view, run, facts }) {
    if (view !== "draws" || !run || run.finish_reason === null || run.tokens.length === 0 || facts?.run === run)
      return undefined;
    return this.#once("facts", [run], async () => {
      const signal = this.#begin((state) => [state.run, state.view]);
      const { factsOf } = await import("./asides.js");
      const facts = await factsOf(this.#lab, run, signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
      if (facts) this.#tell({ facts });
      // Called off, it is to be asked for again when the view is looked at again.
      else this.#asked.facts = [];
    });
  }

  /** @param {LabState} state */
  #compare(state) {
    if (state.view !== "compare" || state.status !== "idle") return undefined;
    return this.#once("compare", comparedBy(state), async () => {
      const signal = this.#begin(comparedBy);
      const model = await this.#conductor.model();
      const tell = (/** @type {any} */ found) => signal.aborted || this.#tell(found);
      const { compare } = await import("./asides.js");
      await compare({ lab: this.#lab, shelf: this.#shelf, state, model, signal, tell });
    });
  }

  /** @param {(state: LabState) => unknown[]} of what it is about @returns {AbortSignal} aborted when that is something else */
  #begin(of) {
    this.#whole = { of, key: of(this.#store.state), controller: new AbortController() };
    return this.#whole.controller.signal;
  }

  /** @param {import("../state/types.js").Found} found */
  #tell(found) {
    this.#store.dispatch({ type: "found", found });
  }

  /** @param {unknown} error @param {Run | null} run what was explained */
  #fail(error, run) {
    const problem = problemFrom(error);
    this.#conductor.note(problem.code);
    // Of a text that has gone nobody wants to hear.
    if (problem.code !== "disposed" && isOneText(run, this.#store.state.run))
      this.#store.dispatch({ type: "failed", problem });
  }
}

/**
 * The step to picture with new settings before the text is drawn with them, or null. Until the growing text reaches the chosen token, it is a step
 * of the previous text. A control that is held where it was when the text was drawn is pictured, too, if it was elsewhere before.
 * @param {LabState} state
 * @returns {import("../state/types.js").TracedStep | null}
 */
function stepAhead(state) {
  const { run, step } = state;
  const wanted = stepToExplain(state);
  if (!run || !step || (wanted && step.index !== wanted.index)) return null;
  const here = wanted ? { ...step, run, ...wanted } : step;
  const isBack = state.held && step.ahead;
  return isBack || isRetuned({ ...state, run: here.run }) ? here : null;
}

/** A vocabulary that costs nothing to tell of as a whole. What shows every token of a larger one waits for the text. */
const SMALL = 4096;

/** What a comparison is made of. @param {LabState} state */
const comparedBy = (state) => {
  const { by, sentence, rows } = state.comparison;
  return [
    state.run,
    wantedStep(state).index,
    by,
    sentence,
    rows,
    state.shelf.known,
    ...TEXT_DEPENDS_ON.map((key) => state[key]),
  ];
};

/** @param {unknown[] | undefined} a @param {unknown[]} b */
const isOther = (a, b) => a?.length !== b.length || b.some((part, i) => part !== a[i]);
