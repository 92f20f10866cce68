/** Every language says everything, and nothing is said that no page shows. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import test from "node:test";
import { problemSentence } from "../../../www/components/problem.js";
import { SETTINGS as SETTING_SPECS, STAGES } from "../../../www/generated/spec.js";
import { LANGUAGES, laidOver, languageOf, loadLanguage, OF_TABS, oddIn, wordsOf } from "../../../www/lib/languages.js";
import { labelInSentence, settingIn, stageIn } from "../../../www/lib/spec-words.js";
import { enOfGpt } from "../../../www/lib/strings-of-gpt.js";
import { tabs } from "../../../www/lib/strings-of-tabs.js";
import { ORDERS, PRESETS } from "../../../www/state/presets.js";
import { problemFrom } from "../../../www/state/problems.js";
import { isNumber, SETTINGS } from "../../../www/state/settings.js";
import { NOTEBOOKS_FOUR } from "../../../www/state/start.js";
import { en } from "./support/english.js";

const ENGLISH = { ...en, ...enOfGpt };
const OTHERS = await Promise.all(
  LANGUAGES.filter((name) => name !== en.lang).map(async (name) => /** @type {any} */ (await loadLanguage(name))),
);

/** @typedef {[path: string, value: unknown]} Leaf */

/** Every sentence of a dictionary, by where it stands. @param {object} group @param {string} [where] @returns {Leaf[]} */
const leaves = (group, where = "") =>
  Object.entries(group).flatMap(([name, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? leaves(value, `${where}${name}.`)
      : [/** @type {Leaf} */ ([`${where}${name}`, value])],
  );

/** Without what is found by the names of the specs and by the codes of the engine's errors. @param {object} dictionary */
const ownLeaves = (dictionary) => leaves(dictionary).filter(([path]) => !/^(?:spec|named|errors)\./.test(path));

/** Errors of the engine that a reader of the page can come to. */
const ERRORS = [
  "constraint_empty",
  "constraint_syntax",
  "constraint_too_complex",
  "constraint_too_large",
  "constraint_unsupported",
  "empty_prompt",
  "engine_lost",
  "invalid_logits",
  "invalid_setting",
  "invalid_token",
  "limit_exceeded",
  "nothing_allowed",
  "nothing_left",
  "out_of_memory",
  "token_not_allowed",
];

/** What a function is called with, so that what it says can be told apart. */
const MARKS = ["⟨one⟩", "⟨two⟩", "⟨three⟩", "⟨four⟩"];

/** What a sentence says, with its parts marked. @param {unknown} sentence */
const said = (sentence) =>
  typeof sentence === "function" ? String(sentence(...MARKS.slice(0, sentence.length))) : String(sentence);

/** Whether a text has so many words that it is no name. @param {string} text */
const isSentence = (text) => /\p{L}{2,}\s+\p{L}{2,}\s+\p{L}{2,}\s+\p{L}{2,}/u.test(text);

for (const words of OTHERS) {
  test(`${words.lang}: no sentence is missing, and none is too many`, () => {
    const paths = (/** @type {object} */ dictionary) => ownLeaves(dictionary).map(([path]) => path);
    assert.deepEqual(paths(words).sort(), paths(ENGLISH).sort());
  });

  test(`${words.lang}: every sentence is of the same kind, and says the same parts`, () => {
    const theirs = new Map(ownLeaves(words));
    for (const [path, ours] of ownLeaves(ENGLISH)) {
      const theirs_too = theirs.get(path);
      assert.equal(typeof theirs_too, typeof ours, path);
      if (typeof ours !== "function" || typeof theirs_too !== "function") continue;
      assert.equal(theirs_too.length, ours.length, path);
      for (const mark of MARKS)
        assert.equal(
          said(theirs_too).includes(mark),
          said(ours).includes(mark),
          `${path} says ${mark}: ${said(theirs_too)}`,
        );
    }
  });

  test(`${words.lang}: no sentence is English`, () => {
    const theirs = new Map(ownLeaves(words));
    for (const [path, ours] of ownLeaves(ENGLISH))
      if (isSentence(said(ours))) assert.notEqual(said(theirs.get(path)), said(ours), path);
  });

  test(`${words.lang}: every stage and setting of the page, preset, order and comparison is told`, () => {
    const shown = SETTING_SPECS.filter(({ name }) => SETTINGS.some((setting) => setting.name === name));
    for (const [kind, specs, said_of, english] of /** @type {[string, readonly any[], Record<string, any>, any][]} */ ([
      ["stage", STAGES, words.spec.stages, tabs.spec.stages],
      ["setting", [...shown, SETTINGS.find(({ name }) => name === "off")], words.spec.settings, tabs.spec.settings],
    ])) {
      assert.deepEqual(Object.keys(said_of).sort(), specs.map(({ name }) => name).sort(), `${kind}s`);
      for (const first_screen of specs) {
        const spec = { ...first_screen, ...english[first_screen.name] };
        const translated = said_of[spec.name];
        const texts = ["label", "about", "reason", "brief", "does", "above", "below"].filter((text) => spec[text]);
        assert.deepEqual(Object.keys(translated).sort(), texts.toSorted(), spec.name);
        for (const text of texts) {
          const parts = (/** @type {string} */ sentence) => (sentence.match(/\{\w+\}/g) ?? []).sort();
          assert.deepEqual(parts(translated[text]), parts(spec[text]), `${spec.name}.${text}`);
          if (isSentence(spec[text])) assert.notEqual(translated[text], spec[text], `${spec.name}.${text}`);
        }
      }
    }
    const named = [...PRESETS, ...ORDERS, ...NOTEBOOKS_FOUR];
    assert.deepEqual(Object.keys(words.named).sort(), [...new Set(named.map(({ name }) => name))].sort());
    for (const { name, ...rest } of named)
      if ("sentence" in rest) assert.notEqual(words.named[name].sentence ?? rest.sentence, rest.sentence, name);
  });

  test(`${words.lang}: an error of the engine's is told in the language, with its setting, value and token`, () => {
    assert.deepEqual(Object.keys(words.errors).sort(), ERRORS);
    const said_words = wordsOf([words]);
    const told = (/** @type {object} */ error) =>
      problemSentence(problemFrom({ message: "in English", ...error }), said_words);
    for (const { name, kind } of SETTINGS.filter(isNumber)) {
      const sentence = told({ code: "invalid_setting", setting: name, value: "-7" });
      assert.match(sentence, new RegExp(`^${name} = -7 .+`), kind);
      assert.doesNotMatch(sentence, /in English/);
    }
    assert.match(told({ code: "invalid_token", index: 99 }), /99/);
    const form = SETTINGS.find(({ kind }) => kind === "form")?.name;
    const refused = {
      code: "invalid_setting",
      setting: form,
      value: "[a",
      message: `${form} = [a is not valid: unclosed`,
    };
    assert.match(told(refused), /(Englisch|inglés)\): .unclosed.\.$/, "a parser's own words are quoted");
    const placed = `${form} = [a cannot be understood: line 2, column 7: unclosed`;
    const at = { code: "constraint_syntax", setting: form, value: "[a", line: 2, column: 7, message: placed };
    assert.match(told(at), /\(\p{L}+ 2, \p{L}+ 7\).*: .unclosed.\.$/u, "with the place, once");
    assert.match(told({ code: "token_not_allowed", setting: form, index: 3 }), / 3 /);
    const left = (/** @type {object} */ more) => told({ code: "nothing_left", ...more });
    assert.match(left({ stage: "bias" }), /\bbias\b/i);
    assert.match(left({ stage: "bias", setting: form, value: "[a" }), /^Bias .* (Form|forma)\b/);
    assert.match(left({ stage: form, setting: form, value: "[a" }), /^(Die Form|La forma) /);
    for (const code of ERRORS) assert.doesNotMatch(told({ code }), /in English|undefined/, code);
    assert.match(told({ code: "model_format" }), /in English/i, "what has no sentence there is told in English");
  });

  test(`${words.lang}: whatever is not told there is told in English`, () => {
    const { t } = wordsOf([words, { run: { generate: "·" } }]);
    assert.equal(t.run.generate, "·");
    assert.equal(t.run.stop, words.run.stop);
    assert.equal(wordsOf([{ run: { generate: "·" } }]).t.run.stop, en.run.stop);
    assert.equal(laidOver(enOfGpt, t).gpt.cancel, words.gpt.cancel);
  });
}

test("every sentence is shown somewhere", async () => {
  const www = new URL("../../../www/", import.meta.url);
  const names = (await readdir(www, { recursive: true })).filter(
    (name) => name.endsWith(".js") && !/^(?:words|engine\/pkg|generated)\/|^lib\/strings/.test(name),
  );
  const sources = await Promise.all(names.map((name) => readFile(new URL(name, www), "utf8")));
  const codes = sources.map((source) => source.replaceAll(/\/\*\*.*?\*\//gs, ""));
  const unused = ownLeaves(ENGLISH).filter(([path]) => {
    const steps = path.split(".");
    const [last, group] = [steps.at(-1), steps.at(-2)];
    const isNamed = new RegExp(`\\.${last}\\b|\\{[^{}]*\\b${last}\\b[^{}]*\\}`);
    const speaksOfIt = new RegExp(`\\b${group ?? last}\\b`);
    // A group may be looked up by a name that the state holds: t.model[kind].
    const isLookedUp = (/** @type {string} */ code) => steps.slice(0, -1).some((step) => code.includes(`.${step}[`));
    return !codes.some((code) => (isNamed.test(code) && speaksOfIt.test(code)) || isLookedUp(code));
  });
  assert.deepEqual(
    unused.map(([path]) => path),
    [],
  );
});

test("numbers, percentages and quotation marks are those of the language", async () => {
  /** @param {string} lang */
  const formatOf = async (lang) => wordsOf([await loadLanguage(lang)], lang).format;
  await Promise.all([
    formatOf("de").then((format) => {
      assert.equal(format.percent(0.054), "5,4\u00a0%");
      assert.equal(format.whole(49152), "49.152");
      assert.equal(format.quoted("q"), "„q“");
      assert.equal(format.tokens(1), "1 Token");
      assert.equal(format.either(["a", "b", "c"]), "a, b oder c");
    }),
    formatOf("es").then((format) => {
      assert.equal(format.percent(0.054), "5,4\u00a0%");
      assert.equal(format.whole(49152), "49.152");
      assert.equal(format.quoted("q"), "«q»");
      assert.equal(format.tokens(2), "2 tokens");
      assert.equal(format.either(["a", "b", "c"]), "a, b o c");
    }),
    loadLanguage("de").then((german) => {
      assert.equal(wordsOf([german], "de-AT").format.whole(49152), "49\u00a0152");
      const stage = STAGES.find(({ label }) => label === "Temperature");
      assert.ok(stage);
      const { t } = wordsOf([german]);
      assert.equal(labelInSentence(stage, t), "Temperatur");
      assert.equal(labelInSentence(stage, en), "temperature");
      assert.equal(stageIn(stage, t).label, "Temperatur");
      assert.equal(settingIn({ name: "seed", label: "Seed" }, t).name, "seed");
    }),
  ]);
});

test("sizes, which no NumberFormat prints, look like those that one prints", () => {
  for (const words of [en, ...OTHERS]) {
    const printer = new Intl.NumberFormat(words.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    const { bytes } = wordsOf([words], words.lang).format;
    for (const n of [0, 40_000, 3_240_000, 98_100_000, 999_900_000])
      assert.equal(bytes(n), `${printer.format(n / 1e6)} MB`);
  }
});

test("a language by its tag", () => {
  assert.deepEqual(["de", "de-AT", "ES-mx", ""].map(languageOf), ["de", "de", "es", ""]);
});

test("an author's sentences for the tabs are looked at once the tabs are there, the others at once", () => {
  assert.deepEqual([...OF_TABS, "spec"].sort(), Object.keys(tabs).sort());
  const strings = { run: { genrate: "Go" }, tour: { lable: "Tour" } };
  assert.deepEqual(oddIn(strings), ["run.genrate"]);
  assert.deepEqual(oddIn(strings, tabs), ["run.genrate", "tour.lable"]);
});
