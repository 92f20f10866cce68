/** A run as code and as data. The JavaScript is run; the Python is compiled, and its sampling step run where NumPy is. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { pathToFileURL } from "node:url";
import { STAGES_ELSEWHERE } from "../../../www/generated/elsewhere.js";
import { STAGES } from "../../../www/generated/spec.js";
import { codeFor, TARGETS } from "../../../www/state/export/code.js";
import { toCsv, toJson } from "../../../www/state/export/data.js";
import { startState } from "../../../www/state/lab-state.js";
import { modelSpec } from "../../../www/state/models.js";
import { PRESETS } from "../../../www/state/presets.js";
import { engineSettings, fieldsOfPreset } from "../../../www/state/settings.js";
import { drawRun, emptyRun, encodePrompt } from "../../../www/tasks/drawing.js";
import { makeModel } from "../../../www/tasks/make-model.js";
import { openLab } from "./support/index.js";

const lab = await openLab();
after(() => lab.dispose());
const folder = await mkdtemp(join(tmpdir(), "logitlab-export-"));
after(() => rm(folder, { recursive: true }));

/** @param {Partial<import("../../../www/state/types.js").Snapshot>} change */
async function runOf(change) {
  const { prompt, model, fields, forced } = { ...startState(), ...change };
  const snapshot = { prompt, model, fields: { ...startState().fields, ...fields }, forced, run: null };
  const made = await makeModel(lab, model);
  const settings = {
    ...engineSettings(snapshot.fields),
    ...(Object.keys(forced).length > 0 ? { forced_tokens: forced } : {}),
  };
  let run = emptyRun(made, await encodePrompt(made, prompt), settings, 0);
  for await (run of drawRun(lab, run, new AbortController().signal));
  return { snapshot, run };
}

/** @param {import("../../../www/state/types.js").Run} run */
const textOf = (run) => [...run.prompt_ids, ...run.tokens].map((id) => run.vocab[id]).join("");

const start = startState();
/** @type {Record<string, Partial<import("../../../www/state/types.js").Snapshot>>} */
const STATES = {
  "as the page starts": {},
  "own weights, penalties, another order": {
    model: { ...start.model, kind: "bigram", seed: "12", rng: "philox" },
    fields: {
      repetition_penalty: "1.3",
      presence_penalty: "0.2",
      min_p: "0.02",
      top_k: "12",
      order: "top_k,temperature",
    },
  },
  "a counted text": {
    model: { ...start.model, kind: "counted", text: 'she said "sea shells" \\ twice\n' },
    prompt: "she",
  },
  "pasted logits, a stage switched off": {
    model: { ...start.model, kind: "logits", logits: "tensor([1.0, -inf, 2e-1])", labels: "a\nb\n'c" },
    fields: { off: "top_p" },
  },
  "greedy, with a token put in by hand": { fields: { temperature: "0", top_k: "5" }, forced: { 3: 16 } },
  "a form for the output": { fields: { constraint: "[a-z]{3,9}(,|\\.)", temperature: "1.4" } },
  "torch's numbers and a long seed": { fields: { rng: "torch", seed: "9223372036854775813", temperature: "1.4" } },
};

/** What the JavaScript of a run writes. @param {string} name @param {Awaited<ReturnType<typeof runOf>>} what */
async function writtenBy(name, what) {
  const { code } = codeFor("javascript", what);
  const library = new URL("../../../www/engine/index.js", import.meta.url).href;
  const file = join(folder, `${name.replace(/\W/g, "-")}.mjs`);
  await writeFile(
    file,
    code
      .replace('"logitlab"', JSON.stringify(library))
      .replace("console.log(step.text)", "globalThis.made = step.text"),
  );
  await import(pathToFileURL(file).href);
  return /** @type {any} */ (globalThis).made;
}

for (const [name, change] of Object.entries(STATES))
  test(`the JavaScript of a run writes its text again: ${name}`, async () => {
    const what = await runOf(change);
    assert.equal(await writtenBy(name, what), textOf(what.run));
  });

test("the JavaScript of a run writes its text again: a GPT of several files", async () => {
  const files = {
    "config.json": '{"n_head": 4}',
    "vocab.json": '".abcdefghijklmnopqrstuvwxyz"',
    "model.safetensors": await readFile("tests/golden/courses/makemore.safetensors"),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  /** @type {import("../../../www/state/types.js").ModelChoice} */
  const choice = {
    ...start.model,
    kind: "own-gpt",
    files: Object.keys(files)
      .map((name) => `${name}/9/1`)
      .join("\n"),
  };
  const source = Object.entries(files).map(([name, content]) => new File([content], name));
  const made = await lab.model(/** @type {any} */ (modelSpec(choice, source)));
  const snapshot = { ...start, prompt: ".em", model: choice, run: null };
  let run = emptyRun(made, await encodePrompt(made, ".em"), engineSettings(start.fields), 0);
  for await (run of drawRun(lab, run, new AbortController().signal));
  const before = process.cwd();
  process.chdir(folder);
  try {
    assert.equal(await writtenBy("files", { snapshot, run }), textOf(run));
  } finally {
    process.chdir(before);
  }
});

test("a prompt that is a message is put into the chat template again, and elsewhere that is said", async () => {
  const { snapshot, run } = await runOf({ prompt: 'Say "hi"' });
  const model = /** @type {any} */ ({ ...run.model, config: { chat_template: "{{ x }}", activation: "silu" } });
  const codes = (/** @type {"on" | "off"} */ chat) =>
    TARGETS.map((target) =>
      codeFor(target, {
        snapshot: { ...snapshot, model: { ...snapshot.model, kind: "smollm2", chat } },
        run: { ...run, model },
      }),
    );
  const [javascript, ...others] = codes("on");
  assert.match(javascript.code, /prompt: await model\.chatText\(\[\{ role: "user", content: "Say \\"hi\\"" \}\]\),/);
  for (const { warnings } of others) {
    assert.match(warnings.join(" "), /into the model’s chat template there, too\./);
    assert.doesNotMatch(warnings.join(" "), /GPT2LMHeadModel/, "SmolLM2 is none");
  }
  for (const { code, warnings } of codes("off")) assert.doesNotMatch(code + warnings.join(), /chat/i);
});

test("the Python of every preset compiles, and names every flag", async () => {
  /** @type {Record<string, string>} */
  const python = {};
  for (const preset of PRESETS) {
    const { name } = preset;
    const fields = fieldsOfPreset(preset);
    const { snapshot, run } = await runOf({ fields });
    for (const target of TARGETS) {
      const { code, warnings } = codeFor(target, { snapshot, run });
      assert.doesNotMatch(code, /undefined|NaN|\[object/, `${name}, ${target}`);
      for (const warning of warnings) assert.match(warning, /^[A-Za-z].*\.$/);
      if (["pytorch", "numpy", "transformers", "vllm"].includes(target)) python[`${name}, ${target}`] = code;
    }
    const llama = codeFor("llama.cpp", { snapshot, run }).code;
    for (const flag of ["--samplers", "--temp", "--top-k", "--top-p", "--min-p", "--repeat-penalty", "--seed"])
      assert.ok(llama.includes(`${flag} `), flag);
  }
  const compileAll = "import json, sys\nfor name, code in json.load(sys.stdin).items(): compile(code, name, 'exec')";
  const { status, stderr } = spawnSync("python3", ["-c", compileAll], {
    input: JSON.stringify(python),
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
});

test("what another system does differently is said", async () => {
  const { snapshot, run } = await runOf({
    fields: { top_p: "0.9", top_k: "5", order: "top_p,temperature", presence_penalty: "1", temperature: "0.005" },
    forced: { 1: 2 },
  });
  const warnings = Object.fromEntries(
    TARGETS.map((target) => [target, codeFor(target, { snapshot, run }).warnings.join(" ")]),
  );
  assert.equal(warnings.javascript, "");
  assert.match(
    warnings.transformers,
    /temperature, top-k, top-h, top-p, min-p, [^.]*eta cutoff in this order and no other.*no presence penalty/s,
  );
  assert.match(warnings.vllm, /raises a temperature between 0 and 0\.01/);
  assert.match(warnings["llama.cpp"], /exactly k/);
  for (const target of ["pytorch", "transformers", "vllm", "llama.cpp"])
    assert.match(warnings[target], /put in by hand/);
  // The two in the order asked for, the others after them in llama.cpp's own, adaptive-p last.
  const samplers = STAGES.map(({ name }) => STAGES_ELSEWHERE[name].sampler).filter((name) => name);
  const first = ["top_p", "temperature"];
  const rest = samplers.filter((name) => !first.includes(name));
  assert.ok(codeFor("llama.cpp", { snapshot, run }).code.includes(`--samplers "${[...first, ...rest].join(";")}"`));
});

test("a form for the output is told to those who read it, and others are said to have none", async () => {
  const forms = {
    regex: "[a-z]{2,5}",
    json_schema: '{"const": "it\'s"}',
    grammar: 'root ::= "a" [b-d]+',
    lark: "start: /[a-d]{2,9}/",
  };
  const told = /** @type {Record<string, string[]>} */ ({
    regex: ['structured_outputs=StructuredOutputsParams(regex="[a-z]{2,5}")', ""],
    json_schema: ["StructuredOutputsParams(json=", `--json-schema '{"const": "it'\\''s"}'`],
    grammar: ["StructuredOutputsParams(grammar=", `--grammar 'root ::= "a" [b-d]+'`],
    lark: ["StructuredOutputsParams(grammar=", ""],
  });
  const model = { ...start.model, kind: /** @type {const} */ ("counted"), text: '"it\'s" abcd' };
  for (const [name, constraint] of Object.entries(forms)) {
    const { snapshot, run } = await runOf({ model, prompt: "a", fields: { constraint } });
    const [vllm, llama] = told[name];
    const codes = Object.fromEntries(TARGETS.map((target) => [target, codeFor(target, { snapshot, run })]));
    assert.ok(codes.vllm.code.includes(vllm), codes.vllm.code);
    assert.match(codes.vllm.code, /import StructuredOutputsParams/);
    assert.ok(codes["llama.cpp"].code.includes(llama), codes["llama.cpp"].code);
    const absent = codes["llama.cpp"].warnings.some((warning) => /no constraint/.test(warning));
    assert.equal(absent, llama === "", codes["llama.cpp"].warnings.join(" "));
    assert.match(codes.transformers.warnings.join(" "), /no constraint/);
    assert.match(codes.pytorch.code, /it takes a parser/);
  }
});

test("JSON holds the whole run, CSV a line for each token that no spreadsheet takes for a formula", async () => {
  const { snapshot, run } = await runOf({
    model: { ...start.model, kind: "logits", logits: "1,1,1,1,1", labels: '=1+1\na,b\nc"d\n-x\n ' },
    forced: { 2: 0 },
  });
  const step = /** @type {any} */ ({ run, index: 1, trace: { kept: 5 } });
  const json = JSON.parse(toJson({ snapshot, run, step }));
  assert.deepEqual(json.step, { index: 1, trace: { kept: 5 } });
  const other = JSON.parse(
    toJson({ snapshot, run, step: { ...step, run: { ...run, settings: { ...run.settings } } } }),
  );
  assert.equal(other.step, null, "the step of another text");
  assert.equal(json.seed, "7");
  assert.deepEqual(
    json.tokens.map((/** @type {any} */ token) => token.id),
    run.tokens,
  );
  assert.equal(json.tokens[2].forced, true);
  assert.equal(json.text, textOf(run));
  const lines = toCsv(run).split("\r\n");
  assert.equal(lines[0], "index,id,token,probability,forced");
  assert.equal(lines.length, run.tokens.length + 2);
  for (const [i, id] of run.tokens.entries()) {
    const shown = ["'=1+1", '"a,b"', '"c""d"', "'-x", '" "'][id];
    assert.ok(lines[i + 1].startsWith(`${i},${id},${shown},`), lines[i + 1]);
  }
});

test("JSON of a large vocabulary is a few megabytes, with every number of its step to the last bit", async () => {
  const V = 49_152;
  const logits = Float32Array.from({ length: V }, (_, i) =>
    i % 1000 === 7 ? Number.NEGATIVE_INFINITY : 8 * Math.sin(i * i),
  );
  const { snapshot, run } = await runOf({});
  const vocab = Array.from(logits, (_, id) => ` "${id}]`);
  const trace = await lab.trace(logits, { temperature: 0.8, top_k: 50, top_p: 0.9, seed: 7 });
  const large = { ...run, vocab };
  const text = toJson({ snapshot, run: large, step: /** @type {any} */ ({ run: large, index: 0, trace }) });
  assert.ok(text.length < 5e6, `${text.length} characters`);
  assert.ok(text.split("\n").length < 2000, "a list is one line");
  const read = JSON.parse(text);
  assert.deepEqual(read.vocab, vocab);
  assert.deepEqual(Float32Array.from(read.step.trace.logits), logits);
  assert.deepEqual(Float32Array.from(read.step.trace.probabilities), trace.probabilities);
  assert.equal(read.step.trace.stages.length, 3);
  for (const [i, stage] of trace.stages.entries())
    assert.deepEqual(Float32Array.from(read.step.trace.stages[i].values), stage.values);
  assert.equal(read.step.trace.seed, "7");
});

test("the lesson quotes lines of Rust and WGSL that are still there, and PyTorch's own values", async () => {
  const { LENSES } = await import("../../../www/lesson/lens.js");
  for (const quotes of Object.values(LENSES))
    for (const [language, { file, lines }] of Object.entries(quotes)) {
      if (language === "Python") continue; // the notebook's
      const source = await readFile(new URL(`../../../${file}`, import.meta.url), "utf8");
      for (const line of lines) assert.ok(source.includes(line), `${file}: ${line}`);
    }
  const notebook = JSON.parse(await readFile(new URL("../../golden/goldens.json", import.meta.url), "utf8"));
  const { goldens } = await import("../../../www/lesson/goldens.js");
  for (const [tau, values] of Object.entries(goldens.softmax))
    assert.deepEqual(values, notebook.stable_softmax[tau].f64);
  for (const [name, text] of Object.entries(goldens.texts)) assert.equal(text, notebook.generated[name].text);
  assert.deepEqual(goldens.samples, notebook.seed123_samples);
  assert.deepEqual(goldens["top_p_0.9"], notebook["top_p_0.9_kept"]);
  assert.deepEqual(goldens.top_k_2.tokens, notebook.topk2_tokens);
});
