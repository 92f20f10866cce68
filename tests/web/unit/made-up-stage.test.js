/** A stage that is only in the specs is everywhere on the page: nothing else has to be told of it. */
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { partsOf } from "./support/template.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const STAGE = {
  name: "made_up",
  label: "Made-up",
  about: "Keeps what it likes.",
  reason: "only {evidence_percent} liked, {percent} needed",
  brief: "under {percent} liked",
  group: "truncation",
  shows: "share_of_top",
  filter: true,
  settings: ["made_up"],
};
const SETTING = {
  ...STAGE,
  stage: "made_up",
  table: "sampling",
  kind: "probability",
  choices: [],
  off: 0,
  above: "at least {percent} liked",
  below: "",
  symbol: "m",
  does: "liked at least {percent}",
  slider: { min: 0, max: 1, step: 0.1 },
  greedy: null,
};
const STAGE_ELSEWHERE = { sampler: "made_up", switch: "" };
const SETTING_ELSEWHERE = {
  names: { transformers: "made_up", vllm: "made_up", "llama.cpp": "--made-up" },
  differs: { vllm: "vLLM likes other tokens." },
};
const PYTHON = {
  pytorch: ["# made-up", "logits = like(logits, {made_up})"],
  numpy: ["logits = like(logits, {made_up})"],
};

/** A copy of the page whose specs have one stage more. */
async function copyWithStage() {
  const folder = await mkdtemp(join(tmpdir(), "logitlab-stage-"));
  const filter = (/** @type {string} */ path) => !/\/pkg$|\/lesson$|\.safetensors$/.test(path);
  await cp(join(root, "www"), join(folder, "www"), { recursive: true, filter });
  await cp(join(root, "scripts/lib/manifest.js"), join(folder, "scripts/lib/manifest.js"));
  await cp(join(root, "package.json"), join(folder, "package.json"));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  const insert = async (/** @type {string} */ name, /** @type {[start: RegExp, line: string][]} */ lines) => {
    const path = join(folder, "www/generated", name);
    let text = await readFile(path, "utf8");
    for (const [start, line] of lines) {
      assert.match(text, start);
      text = text.replace(start, (whole) => `${whole}\n  ${line},`);
    }
    await writeFile(path, text);
  };
  await insert("spec.js", [
    [/export const STAGES = .*\[$/m, JSON.stringify(STAGE)],
    [/export const SETTINGS = .*\[$/m, JSON.stringify(SETTING)],
  ]);
  await insert("elsewhere.js", [
    [/export const STAGES_ELSEWHERE = .*\{$/m, `made_up: ${JSON.stringify(STAGE_ELSEWHERE)}`],
    [/export const SETTINGS_ELSEWHERE = .*\{$/m, `made_up: ${JSON.stringify(SETTING_ELSEWHERE)}`],
  ]);
  await insert("python.js", [[/export const PYTHON = .*\{$/m, `made_up: ${JSON.stringify(PYTHON)}`]]);
  return folder;
}

const folder = await copyWithStage();
after(() => rm(folder, { recursive: true }));

/** @param {string} path in the copy @returns {Promise<any>} */
const load = (path) => import(pathToFileURL(join(folder, path)).href);

const { startState } = await load("www/state/lab-state.js");
const { makeFormat } = await load("www/lib/format.js");
const { en: first } = await load("www/lib/strings.js");
const { tabs } = await load("www/lib/strings-of-tabs.js");
const en = { ...first, ...tabs };
const words = { t: en, format: makeFormat(en) };
const state = { ...startState(), fields: { ...startState().fields, made_up: "0.25" } };

test("it has a control, a place in the comparison and an effect", async () => {
  const { moreBody } = await load("www/river/more.js");
  const parts = partsOf(moreBody({ state, words, send: () => {} }));
  for (const part of ["made_up", "Made-up", "Keeps what it likes.", "at least 25.0% liked"])
    assert.ok(parts.includes(part), part);
  const { COMPARED } = await load("www/state/compare.js");
  assert.ok(COMPARED.some((/** @type {any} */ { name }) => name === "made_up"));
});

test("the element has its attribute and its property, and the manifest says so", async () => {
  const { LogitLabElement } = await load("www/element/logit-lab-element.js");
  assert.ok(LogitLabElement.observedAttributes.includes("made-up"));
  assert.ok("made_up" in LogitLabElement.prototype);
  const { elementManifest } = await load("scripts/lib/manifest.js");
  const [{ attributes, members }] = (await elementManifest()).modules[0].declarations;
  const attribute = attributes.find((/** @type {any} */ { name }) => name === "made-up");
  assert.deepEqual(attribute, {
    name: "made-up",
    type: { text: "number" },
    description: "Keeps what it likes.",
    fieldName: "made_up",
  });
  assert.ok(members.some((/** @type {any} */ { name }) => name === "made_up"));
});

test("a link holds it", async () => {
  const { fromHash, toHash } = await load("www/state/link.js");
  const hash = toHash(state, startState());
  assert.match(hash, /(^|&)made_up=0\.25(&|$)/);
  assert.deepEqual(fromHash(hash).problems, []);
  assert.equal(fromHash(hash).snapshot.fields.made_up, "0.25");
});

test("its column has its name, what it does and why it removes", async () => {
  const { briefOf, doesOf, nameOf } = await load("www/components/stage-words.js");
  const settings = { made_up: 0.25 };
  assert.equal(nameOf("made_up", words), "Made-up");
  assert.equal(doesOf("made_up", settings, words), "liked at least 25%");
  assert.equal(briefOf("made_up", settings, words), "under 25% liked");
});

test("a token that it removes says why", async () => {
  const { reasonOf } = await load("www/components/distribution.js");
  const run = { vocab: ["the", " cat", " sat"], prompt_ids: [2, 0], tokens: [1, 2] };
  const reason = (/** @type {object} */ removal) => reasonOf({ id: 2, removal }, { run, index: 1 }, words);
  assert.equal(reason({ stage: "made_up", evidence: 0.1, limit: 0.25 }), "only 10.0% liked, 25.0% needed");
  assert.equal(reason({ stage: "no_repeat_ngram", evidence: 3, limit: Number.NaN }), "would repeat “the cat sat”");
});

test("every exported program has a line of it", async () => {
  const { codeFor, TARGETS } = await load("www/state/export/code.js");
  const settings = { temperature: 0.8, made_up: 0.25 };
  const run = { settings, seed: 7n, tokens: [1], prompt_ids: [0], model: { kind: "bigram", config: null } };
  const lines = {
    javascript: "  made_up: 0.25,",
    pytorch: "    logits = like(logits, 0.25)",
    numpy: "    logits = like(logits, 0.25)",
    transformers: "    made_up=0.25,",
    vllm: "    made_up=0.25,",
    "llama.cpp": "  --made-up 0.25 \\",
  };
  for (const target of TARGETS) {
    const { code, warnings } = codeFor(target, { snapshot: state, run });
    assert.ok(code.split("\n").includes(/** @type {any} */ (lines)[target]), `${target}:\n${code}`);
    assert.equal(warnings.includes("vLLM likes other tokens."), target === "vllm", target);
  }
  assert.match(codeFor("llama.cpp", { snapshot: state, run }).code, /--samplers "[^"]*made_up/);
});

test("it is switched off where the other stages are timed", async () => {
  const { stageTimes } = await load("www/engine/measure.js");
  /** @type {any[]} */
  const asked = [];
  const engine = {
    trace: async () => ({ stages: [{ stage: "temperature" }], greedy: false }),
    sample: async (/** @type {unknown} */ _, /** @type {unknown} */ settings) => void asked.push(settings),
  };
  await stageTimes(engine, new Float32Array(3), { temperature: 0.8, made_up: 0.25 }, "cpu");
  assert.ok(asked.length > 0 && asked.every(({ made_up }) => made_up === null));
});
