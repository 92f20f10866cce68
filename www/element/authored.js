import { VIEWS } from "../components/tabs.js";
import { ENGLISH, LANGUAGES, languageOf, loadLanguage, wordsOf } from "../lib/languages.js";
import { problemFrom } from "../state/problems.js";
import { attributeOf, changeOf, choicesOf, inForceOf, NAMES, readGiven, startOf } from "./given.js";
import { LitBase } from "./lit-base.js";
import { listed, THEMES } from "./looks.js";
import { PARTS } from "./pages.js";
import { languageAround, schemeAround, watchPage } from "./surroundings.js";

/**
 * The side of the element that its author sees: attributes and properties, followed at any time, what is wrong with them, the language and the
 * theme. The reader's side is in logit-lab-element.js.
 *
 * @typedef {import("../tasks/conductor.js").Store} Store
 * @typedef {import("../state/lab-state.js").Action} Action
 * @typedef {import("../lib/languages.js").Part<import("../lib/languages.js").Dictionary>} Sentences
 * @typedef {{ tabs: readonly import("../state/types.js").View[], isReadonly: boolean }} Author   what the author leaves to the reader
 */

/** What a reader of a locked lab may still do. @type {readonly Action["type"][]} */
const WITHOUT_CHANGE = [
  "select",
  "peek",
  "view",
  "compare",
  "contenders",
  "generate",
  "play",
  "step",
  "stop",
  "slowly",
  "hold",
  "commit",
];

/** A list as an attribute or as an array. */
const LIST = Object.freeze({ converter: { fromAttribute: (/** @type {string | null} */ text) => text } });

/** HTML's way is that the attribute is there; frameworks write "false". */
const FLAG = Object.freeze({
  converter: { fromAttribute: (/** @type {string | null} */ text) => text !== null && text !== "false" },
});

/** Some names are properties by themselves: these are set through their own. */
const BY_THEMSELVES = Object.freeze(["tab", "token"]);

export class AuthoredElement extends /** @type {(new (...args: any[]) => import("./tags.js").GivenProperties) & typeof LitBase} */ (
  LitBase
) {
  /** @override @type {import("lit").PropertyDeclarations} */
  static properties = {
    view: { type: String },
    controls: LIST,
    tabs: LIST,
    theme: { type: String },
    readonly: FLAG,
    autoload: FLAG,
    shareBase: { attribute: "share-base" },
    smollm2: { type: String },
    strings: { attribute: false },
    words: { state: true },
    mistakes: { state: true },
    is_refused: { state: true },
  };

  #store;
  #internals = this.attachInternals();
  /** Whether the lab has been given what its author had set before it came to the page. */
  #isGiven = false;
  /** What properties have to be that are something else, by name. @type {Record<string, string>} */
  #wrong = {};
  /** Values that are none of those there are, by name. @type {Record<string, string>} */
  #odd = {};
  /** The tab and the token to start with, as the author wrote them. @type {{ tab: string | null, token: unknown }} */
  #start = { tab: null, token: null };
  /** The language whose sentences are there, and what they are. @type {{ language: string, sentences: Sentences }} */
  #loaded = { language: LANGUAGES[0], sentences: {} };
  /** What the tabs say in English, and what finds an author's mistakes, once they are there. @type {Pick<typeof import("./views.js"), "sentences" | "mistakesOf" | "tellConsole" | "tellRefused"> | null} */
  #of_tabs = null;
  #attributes = new MutationObserver(() => this.#check());
  #unwatch = () => {};
  /** @type {Author} */
  #author = { tabs: VIEWS, isReadonly: false };

  /** @param {Store} store */
  constructor(store) {
    super();
    this.#store = store;
    /** What is set by the author, as text. @type {import("./given.js").Given} */
    this.given = {};
    /** "lab", or one part of it. @type {string | null} */
    this.view = null;
    /** The settings to show, by name; null: all. @type {string | readonly string[] | null} */
    this.controls = null;
    /** The tabs to show, by name; null: all. @type {string | readonly string[] | null} */
    this.tabs = null;
    /** @type {string | null} */
    this.theme = null;
    /** Whether the reader can look at everything and change nothing. @type {boolean} */
    this.readonly = false;
    /** Whether a GPT that the author names is loaded without asking the reader. @type {boolean} */
    this.autoload = false;
    /** The address that links of this lab begin with. @type {string | null} */
    this.shareBase = null;
    /** Where SmolLM2 lies, which the list of models then offers; null: where the site says. @type {string | null} */
    this.smollm2 = null;
    /** Sentences of the author's own. @type {Sentences | null} */
    this.strings = null;
    /** @type {import("../lib/languages.js").Words} */
    this.words = ENGLISH;
    /** What the author has to mend, in sentences. @type {readonly string[]} */
    this.mistakes = [];
    /** Whether the reader has just tried to change a locked lab. */
    this.is_refused = false;
  }

  /** @override */
  static get observedAttributes() {
    // biome-ignore lint/complexity/noThisInStatic: Lit makes its list for the class that asks
    return [...super.observedAttributes, "lang", ...BY_THEMSELVES, ...NAMES.map(attributeOf)];
  }

  /** @override @param {string} attribute @param {string | null} before @param {string | null} now */
  attributeChangedCallback(attribute, before, now) {
    super.attributeChangedCallback(attribute, before, now);
    if (before === now) return;
    const name = attribute.replaceAll("-", "_");
    if (NAMES.includes(name) || BY_THEMSELVES.includes(name)) Reflect.set(this, name, now);
    if (attribute === "lang") this.#speak();
  }

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    if (!this.#isGiven) {
      this.#takeEarlyProperties();
      this.#isGiven = true;
      // What the author has set is the beginning, not something to undo.
      this.#store.dispatch({ type: "settings", ...startOf(this.given), quietly: true });
      this.#open();
    }
    this.#attributes.observe(this, { attributes: true });
    this.#unwatch = watchPage(() => this.#lookAround());
    this.#lookAround();
    this.#check();
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    this.#attributes.disconnect();
    this.#unwatch();
  }

  /** @override @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (changed.has("theme")) this.#lookAround();
    if (changed.has("strings")) this.#speak();
    if (["view", "controls", "tabs", "theme", "words", "strings"].some((name) => changed.has(name))) this.#check();
    const { tabs } = this.author;
    if (!tabs.includes(this.#store.state.view)) this.#store.dispatch({ type: "view", view: tabs[0] });
  }

  /** What the author leaves to the reader. @returns {Author} */
  get author() {
    const named = listed(this.tabs);
    const chosen = VIEWS.filter((view) => named.includes(view));
    const tabs = chosen.length > 0 ? chosen : VIEWS;
    // The same object for the same wishes: what is shown is compared by it.
    const { isReadonly, tabs: before } = this.#author;
    if (isReadonly !== this.readonly || before.join() !== tabs.join())
      this.#author = { tabs, isReadonly: this.readonly };
    return this.#author;
  }

  /** What a reader does: a locked lab can be looked at, and not be changed. @type {(action: Action) => void} */
  send = (action) => {
    const isRefused = this.readonly && !WITHOUT_CHANGE.includes(action.type);
    // The pointer on its way over the text takes nothing back.
    if (action.type !== "peek") this.is_refused = isRefused;
    if (!isRefused) this.#store.dispatch(action);
  };

  /** The tab that is shown. @returns {string} */
  get tab() {
    return this.#store.state.view;
  }
  set tab(tab) {
    this.#start.tab = tab ?? null;
    if (this.#isGiven) this.#open();
  }

  /** The number of the chosen token, as the page counts them: the first new one is 1. @returns {number} */
  get token() {
    return this.#store.state.selected + 1;
  }
  set token(token) {
    this.#start.token = token ?? null;
    if (this.#isGiven) this.#open();
  }

  /**
   * Takes a value of the author's.
   * @param {string} name of the property
   * @param {unknown} value
   */
  give(name, value) {
    const read = readGiven(name, value);
    const { [name]: _, ...wrong } = this.#wrong;
    this.#wrong = "wrong" in read ? { ...wrong, [name]: read.wrong } : wrong;
    const { [name]: before, ...given } = this.given;
    const text = "wrong" in read ? null : read.value;
    const choices = choicesOf(name);
    const isOdd = text !== null && choices.length > 0 && !choices.includes(text);
    const { [name]: __, ...odd } = this.#odd;
    this.#odd = isOdd ? { ...odd, [name]: text } : odd;
    this.given = text === null || isOdd ? given : { ...given, [name]: text };
    if (!this.#isGiven) return;
    if (before !== this.given[name]) this.setState(changeOf(name, this.given));
    this.#check();
  }

  /** What is in force now. @param {string} name of the property */
  current(name) {
    return this.#isGiven
      ? inForceOf(name, this.#store.state)
      : (this.given[name] ?? inForceOf(name, this.#store.state));
  }

  /** @param {import("./given.js").Change} _change */
  setState(_change) {}

  /** A property that was set before the tag was defined hides the element's own. */
  #takeEarlyProperties() {
    for (const name of [...NAMES, ...BY_THEMSELVES]) {
      if (!Object.hasOwn(this, name)) continue;
      const value = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
  }

  /** Shows the tab and the token that the author names. */
  #open() {
    const { tab, token } = this.#start;
    const view = VIEWS.find((name) => name === tab);
    if (view) this.#store.dispatch({ type: "view", view });
    if (Number(token) >= 1) this.#store.dispatch({ type: "select", index: Math.floor(Number(token)) - 1 });
    this.#check();
  }

  /** Looks at the page around: its background, and its language. */
  #lookAround() {
    if (!this.isConnected) return;
    const asked = THEMES.includes(this.theme ?? "") ? this.theme : "auto";
    const scheme = asked === "auto" ? schemeAround(this) : asked;
    for (const name of ["light", "dark"]) this.#internals.states[name === scheme ? "add" : "delete"](name);
    if (this.getAttribute("lang") === "auto") this.#speak();
  }

  /** The tabs have come. @param {Pick<typeof import("./views.js"), "sentences" | "mistakesOf" | "tellConsole" | "tellRefused">} of_tabs */
  takeTabs(of_tabs) {
    this.#of_tabs = of_tabs;
    of_tabs.tellRefused(this, this.#store);
    void this.#speak();
  }

  /** Speaks the language that is asked for, once it is there; English until then, and where it is none of ours. */
  async #speak() {
    const asked = this.getAttribute("lang") ?? "";
    const tag = asked === "auto" ? languageAround(this) : asked;
    const language = LANGUAGES.find((name) => name === languageOf(tag)) ?? LANGUAGES[0];
    try {
      if (language !== this.#loaded.language) this.#loaded = { language, sentences: await loadLanguage(language) };
    } catch (error) {
      console.warn(`<logit-lab>: the language "${language}" did not load: ${problemFrom(error).message}`);
    }
    const own = this.strings ? [this.strings] : [];
    const locale = languageOf(tag) === this.#loaded.language ? tag : undefined;
    this.words = wordsOf(
      [this.#of_tabs?.sentences ?? {}, this.#loaded.sentences, ...own],
      this.strings?.lang ? undefined : locale,
    );
  }

  /** Says what is wrong with what the author has written, here and on the console. */
  #check() {
    if (!this.isConnected || !this.#of_tabs) return;
    const { mistakesOf, sentences, tellConsole } = this.#of_tabs;
    const { view, controls, tabs, theme } = this;
    const looks = { view, controls, tabs, theme, lang: this.getAttribute("lang"), ...this.#start };
    const author = {
      attributes: this.getAttributeNames(),
      looks,
      odd: this.#odd,
      wrong: this.#wrong,
      given: this.given,
      strings: this.strings,
      of_tabs: sentences,
    };
    const mistakes = mistakesOf(author, { part: PARTS, tabs: VIEWS }, this.words);
    if (mistakes.join("\n") !== this.mistakes.join("\n")) this.mistakes = mistakes;
    tellConsole(this, mistakes);
  }
}

/** Every name of the lab's as a property: null takes back what was given. */
for (const name of NAMES)
  Object.defineProperty(AuthoredElement.prototype, name, {
    configurable: true,
    enumerable: true,
    /** @this {AuthoredElement} */
    get() {
      return this.current(name);
    },
    /** @this {AuthoredElement} @param {unknown} value */
    set(value) {
      this.give(name, value);
    },
  });
