/** Numbers as people paste them: what is read, what is refused and how it is said, and prints of many formats read back. */
import assert from "node:assert/strict";
import test from "node:test";
import { readWhole } from "../../../www/lib/number-in.js";
import { readLists, readLogits, readNumber, readNumbers } from "../../../www/lib/numbers.js";
import { parseLabels, parseLogits } from "../../../www/state/logits.js";

const five = [2, -1.5, 0.3, 4.2, -0.8];
const MASKED = Number.NEGATIVE_INFINITY;

/** @param {string} text */
function numbersIn(text) {
  const read = readNumbers(text);
  assert.ok("numbers" in read, `${text}: ${JSON.stringify(read)}`);
  return read.numbers;
}

/** @param {string} text */
function problemIn(text) {
  const read = readNumbers(text);
  assert.ok("problem" in read, `${text}: ${JSON.stringify(read)}`);
  return read.problem;
}

const FIVE = [
  "[2.0, -1.5, 0.3, 4.2, -0.8]",
  "2.0 -1.5 .3 4.2 -0.8",
  "2.0, -1.5, 0.3, 4.2, -0.8,",
  "2,-1.5,0.3,4.2,-0.8",
  "2\n-1.5\n0.3\n4.2\n-8e-1\n",
  "2\t-1.5\t0.3\t4.2\t-0.8",
  "2; -1.5; 0.3; 4.2; -0.8",
  "+2.0, −1.5, 0.3, 4.2, −0.8",
  "2,0; -1,5; 0,3; 4,2; -0,8",
  "2,0\n-1,5\n0,3\n4,2\n-0,8",
  "2,0\t-1,5\t0,3\t4,2\t-0,8",
  "[2,0; -1,5; 0,3; 4,2; -0,8]",
  "tensor([[ 2.0000, -1.5000,  0.3000,  4.2000, -0.8000]], device='cuda:0', grad_fn=<AddBackward0>)",
  "tensor([2.0, -1.5, 0.3, 4.2, -0.8], dtype=torch.float64)",
  "tensor([[ 2.0000, -1.5000,  0.3000,  4.2000, -0.8000]],\n       device='cuda:0', dtype=torch.float64, grad_fn=<SoftmaxBackward0>)",
  "array([ 2. , -1.5,  0.3,  4.2, -0.8], dtype=float32)",
  "[ 2.  -1.5  0.3  4.2 -0.8]",
  "[[2.0, -1.5, 0.3, 4.2, -0.8]]",
  "[np.float32(2.0), np.float32(-1.5), np.float32(0.3), np.float32(4.2), np.float32(-0.8)]",
  "logits = torch.tensor([2.0, -1.5, 0.3, 4.2, -0.8])",
  "x = np.array([2.0, -1.5, 0.3, 4.2, -0.8], dtype=np.float32)",
  "torch.FloatTensor([2.0, -1.5, 0.3, 4.2, -0.8]).tolist()",
  "Parameter containing:\ntensor([ 2.0000, -1.5000,  0.3000,  4.2000, -0.8000], requires_grad=True)",
  "Array([ 2. , -1.5,  0.3,  4.2, -0.8], dtype=float32)",
  "<tf.Tensor: shape=(5,), dtype=float32, numpy=array([ 2. , -1.5,  0.3,  4.2, -0.8], dtype=float32)>",
  "Float32Array(5) [ 2, -1.5, 0.3, 4.2, -0.8 ]",
  "(5) [2, -1.5, 0.3, 4.2, -0.8]",
  "(2.0, -1.5, 0.3, 4.2, -0.8,)",
  "Out[7]: [2.0, -1.5, 0.3, 4.2, -0.8]",
  '{"logits": [2.0, -1.5, 0.3, 4.2, -0.8]}',
];

test("JSON, lists and the prints of Python's libraries are read", () => {
  for (const text of FIVE) {
    assert.deepEqual(numbersIn(text).values, five, text);
    assert.deepEqual(parseLogits(text), { logits: five, labels: null }, text);
  }
  assert.deepEqual(numbersIn("2,0; -1,5; 0,3").values, [2, -1.5, 0.3]);
  assert.deepEqual(numbersIn("[np.float64(0.0971)]").values, [0.0971]);
  assert.deepEqual(numbersIn("tensor(3.5000)").values, [3.5]);
});

test("infinity is read in all its spellings, and nan as nan", () => {
  const masked = [
    "-inf",
    "-Infinity",
    "−inf",
    "-∞",
    "float('-inf')",
    '-float("inf")',
    "-np.inf",
    "-math.inf",
    "-torch.inf",
    "np.float32(-inf)",
    "Number.NEGATIVE_INFINITY",
  ];
  for (const spelling of masked) assert.deepEqual(numbersIn(`[1.0, ${spelling}]`).values, [1, MASKED], spelling);
  assert.deepEqual(numbersIn("tensor([1., nan, inf])").values, [1, Number.NaN, Number.POSITIVE_INFINITY]);
  assert.deepEqual(readLogits("1, -inf, -Infinity"), { logits: [1, MASKED, MASKED], labels: null });
});

test("names beside the numbers are their labels, also in an API's answer", () => {
  /** @type {[text: string, values: number[], labels: string[]][]} */
  const cases = [
    ['{"cat": 2.0, "dog": -1.5}', [2, -1.5], ["cat", "dog"]],
    ["{'cat': 2.0, ' dog\\n': -inf}", [2, MASKED], ["cat", " dog\n"]],
    ['{"a −1": −2}', [-2], ["a −1"]],
    ["{464: -0.5, 262: -1.25}", [-0.5, -1.25], ["464", "262"]],
    ['[{"token": "cat", "logit": 2.0}, {"token": "dog", "logit": -1.5}]', [2, -1.5], ["cat", "dog"]],
    ['[{"id": 3, "text": " a", "logprob": -0.1, "special": false}]', [-0.1], [" a"]],
    [
      '{"choices": [{"logprobs": {"content": [{"token": " cat", "logprob": -0.2, "bytes": [32, 99], "top_logprobs": [{"token": " cat", "logprob": -0.2, "bytes": [32, 99]}, {"token": " dog", "logprob": -1.7, "bytes": null}]}]}}]}',
      [-0.2, -1.7],
      [" cat", " dog"],
    ],
    ['"top_logprobs": [{" cat": -0.2, " dog": -1.7}]', [-0.2, -1.7], [" cat", " dog"]],
    [
      "[TopLogprob(token=' cat', bytes=[32, 99], logprob=-0.2), TopLogprob(token='x', bytes=None, logprob=-3.5)]",
      [-0.2, -3.5],
      [" cat", "x"],
    ],
    [
      "{464: Logprob(logprob=-0.1, rank=1, decoded_token=' the'), 262: Logprob(logprob=-2.5, rank=2, decoded_token=' a')}",
      [-0.1, -2.5],
      [" the", " a"],
    ],
  ];
  for (const [text, values, labels] of cases) {
    const numbers = numbersIn(text.startsWith('"') ? `{${text}}` : text);
    assert.deepEqual([numbers.values, numbers.labels], [values, labels], text);
  }
});

test("what is no number is refused, and it is said where and what to do", () => {
  /** @type {[text: string, code: string, sentence: RegExp][]} */
  const cases = [
    ["", "empty", /no numbers yet/],
    ["1, two, 3", "not_a_number", /"two" at position 2/],
    ["1,5.5.5", "not_a_number", /"5.5.5" at position 2/],
    ["1 0x1F", "not_a_number", /"0x1F" at position 2.*hexadecimal/],
    ["[1, null]", "not_a_number", /"null" at position 2.*-inf/],
    ["tensor([True, False])", "not_a_number", /truth values/],
    ['["2.0", 1]', "not_a_number", /"2.0" at position 1.*remove the quotes/],
    ["12%, 88%", "not_a_number", /write 0.12/],
    ["[1_000, 2]", "not_a_number", /write 1000/],
    ["cuda:0", "not_a_number", /not a number/],
    ["1,,2", "empty_item", /no number at position 2/],
    [",1", "empty_item", /position 1/],
    ["[1, , 2]", "empty_item", /position 2/],
    ["1,234.5, 2", "thousands", /"1,234.5".*write 1234.5/],
    ["1,234", "thousands", /write 1234, or put ;/],
    ["1.234,5; 2.345,6", "thousands", /write 1234.5/],
    ["12\u202f345,6\n1", "thousands", /write 12345.6/],
    ["1'234.5 1", "thousands", /write 1234.5/],
    ["1,234; 5,678", "thousands", /write 1234/],
    ["2,0 -1,5 0,3", "decimal_comma", /write 2.0, or put ; between/],
    ["2,0, -1,5, 0,3", "decimal_comma", /decimal comma/],
    ["tensor([-0.0140, -1.5597,  2.0457,  ...,  0.0569])", "elided", /torch\.set_printoptions\(threshold=/],
    ["[0.000e+00 1.000e+00 ... 2.998e+03]", "elided", /np\.set_printoptions\(threshold=/],
    ["[0.1, 0.2, …]", "elided", /set_printoptions\(threshold=/],
    ["[ 0.1, 0.2, ... 50157 more items ]", "elided", /JSON\.stringify/],
    ["[[1, 2], [3]]", "ragged", /row 2/],
    ["[1, 2] [3, 4]", "several", /2 lists/],
    ["torch.return_types.topk(\nvalues=tensor([1.]),\nindices=tensor([3]))", "several", /2 lists/],
    ["[1, [2, 3]]", "mixed", /paste one list/],
    ["1, [2, 3]", "mixed", /list alone/],
    ["[1, 2", "brackets", /never closed/],
    ["1, 2]", "brackets", /closes nothing/],
    ["[1, 2)", "brackets", /closes nothing/],
    ["[".repeat(100_000), "brackets", /deep/],
    ["softmax([1, 2])", "call", /softmax\(…\) is not run here/],
    ["torch.tensor([1, 2]).exp()", "call", /\.exp\(…\) is not run/],
    ['[{"token": "cat", "prob": 0.9}]', "record", /"prob" is a probability/],
    ['{"a": 1, "b"}', "record", /":"/],
    ['{"top_logprobs": [{"a": -1}, {"b": -2}]}', "several", /2 positions/],
  ];
  for (const [text, code, sentence] of cases) {
    const problem = problemIn(text);
    assert.equal(problem.code, code, `${text.slice(0, 80)}: ${problem.sentence}`);
    assert.match(problem.sentence, sentence);
    assert.ok(problem.at >= 0 && problem.at <= text.length, `${text.slice(0, 80)}: ${problem.at}`);
  }
});

test("logits are one row of numbers and -inf that float32 can hold", () => {
  /** @type {[text: string, problem: RegExp][]} */
  const cases = [
    ["1, nan", /"nan" at position 2 is not a logit/],
    ["1, inf", /"inf" at position 2 is not a logit/],
    ["-inf -inf", /every token is masked/],
    ["1e39 1", /1e\+39 at position 1 is beyond float32/],
    ["[[1, 2], [3, 4]]", /2 rows of 2 numbers.*logits\[-1\]/],
    ["[[[1, 2], [3, 4], [5, 6]]]", /3 rows of 2 numbers.*logits\[0\]\[-1\]/],
    ["[]", /empty/],
  ];
  for (const [text, problem] of cases) {
    const read = readLogits(text);
    assert.ok("problem" in read && problem.test(read.problem), `${text}: ${JSON.stringify(read)}`);
  }
  assert.deepEqual(readLogits("[[1.0], [2.0]]"), { logits: [1, 2], labels: null }, "a column");
  assert.match(/** @type {any} */ (parseLogits("1 ".repeat(300_001))).problem, /at most 300000/);
});

test("labels are one for each logit, or those beside the numbers, or none", () => {
  const read = { logits: [1, 2], labels: ["a", "b"] };
  assert.deepEqual(parseLabels("", { ...read, labels: null }), { labels: undefined });
  assert.deepEqual(parseLabels("", read), { labels: ["a", "b"] });
  assert.deepEqual(parseLabels("a\n b\n\n", { logits: [1, 2, 3], labels: null }), { labels: ["a", " b", ""] });
  assert.deepEqual(parseLabels('["x", "y"]', read), { labels: ["x", "y"] });
  assert.deepEqual(parseLabels("['x', 'it\\'s']", read), { labels: ["x", "it's"] });
  assert.deepEqual(parseLabels("[1\n[2", read), { labels: ["[1", "[2"] });
  assert.match(/** @type {any} */ (parseLabels("a", read)).problem, /^there is 1 label for 2 logits/);
  assert.match(
    /** @type {any} */ (parseLabels("a\nb", { logits: [1], labels: null })).problem,
    /2 labels for 1 logit:/,
  );
});

test("a print with words around its lists: digits in words are no numbers", () => {
  const lists = (/** @type {string} */ text) => {
    const read = readLists(text);
    assert.ok("lists" in read, JSON.stringify(read));
    return read.lists.map(({ values }) => values);
  };
  assert.deepEqual(lists("tau=1.0: [0.0971, 0.9029] sum= 0.9999999403953552"), [[0.0971, 0.9029]]);
  assert.deepEqual(
    lists("tensor([[ 2.0000, -1.5000]], device='cuda:0', grad_fn=<SoftmaxBackward0>, dtype=torch.float64)"),
    [[2, -1.5]],
  );
  assert.deepEqual(lists("values=tensor([[4.2, 2.0]]),\nindices=tensor([[3, 0]]))"), [
    [4.2, 2],
    [3, 0],
  ]);
  assert.deepEqual(lists("0.1 0.9"), [[0.1, 0.9]]);
  const elided = readLists("tensor([0.1, ..., 0.2])");
  assert.match("problem" in elided ? elided.problem.sentence : "", /set_printoptions/);
});

test("whole numbers and numbers of a field: read, or refused in a plain sentence", () => {
  assert.deepEqual(readWhole(" 123 ", "seed"), { value: 123n });
  assert.deepEqual(readWhole("18446744073709551615", "seed"), { value: 2n ** 64n - 1n });
  for (const [text, problem] of [
    ["abc", "seed = abc is not a whole number: use a whole number from 0 to 2^64 - 1"],
    ["1.5", "seed = 1.5 is not a whole number: use a whole number from 0 to 2^64 - 1"],
    ["0x10", "seed = 0x10 is not a whole number: use a whole number from 0 to 2^64 - 1"],
    ["", "type a whole number: seed is empty"],
    ["-1", "seed = -1 is out of range: use a whole number from 0 to 2^64 - 1"],
    ["18446744073709551616", "seed = 18446744073709551616 is out of range: use a whole number from 0 to 2^64 - 1"],
  ])
    assert.deepEqual(readWhole(text, "seed"), { problem });
  assert.deepEqual(readNumber(" 0,7 ", "τ"), { value: 0.7 });
  assert.deepEqual(readNumber("−1", "τ"), { value: -1 });
  assert.deepEqual(readNumber("", "τ"), { problem: "type a number: τ is empty" });
  assert.deepEqual(readNumber("hot", "τ"), { problem: "τ = hot is not a number: type one such as 0.7" });
});

/** A small generator for tests, unrelated to the engine's. @param {number} seed */
function randomNumbers(seed) {
  let state = seed;
  return (/** @type {number} */ n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Ways to print a row; each number is printed already. @type {((row: string[]) => string)[]} */
const PRINTS = [
  (row) => row.join(", "),
  (row) => row.join(" "),
  (row) => row.join("\n"),
  (row) => row.join("\t"),
  (row) => row.join(";"),
  (row) => `[${row.join(", ")}]`,
  (row) => `[${row.map((x) => x.padStart(12)).join(" ")}]`,
  (row) => `tensor([[${row.join(",\n        ")}]], device='cuda:0', grad_fn=<AddBackward0>)`,
  (row) => `array([${row.join(", ")}], dtype=float32)`,
  (row) => `[${row.map((x) => `np.float32(${x})`).join(", ")}]`,
  (row) => `{${row.map((x, i) => `"t${i}": ${x}`).join(", ")}}`,
  (row) => `[${row.map((x, i) => `{"token": "t${i}", "logit": ${x}}`).join(", ")}]`,
  (row) => row.map((x) => x.replace(".", ",")).join("; "),
  (row) => row.map((x) => x.replace("-", "−")).join(" "),
];

test("rows printed in any format are read back, with their last digits", () => {
  const below = randomNumbers(11);
  for (let round = 0; round < 3000; round += 1) {
    const values = Array.from({ length: 2 + below(6) }, () => (below(2_000_001) - 1_000_000) / 10 ** (2 + below(5)));
    const n_digits = 4 + below(4);
    const row = values.map((x) => (below(2) ? x.toFixed(n_digits) : x.toExponential(n_digits).replace("e+", "e+0")));
    const print = PRINTS[below(PRINTS.length)];
    const { values: read, units } = numbersIn(print(row));
    assert.deepEqual(read, row.map(Number), print(row));
    for (const [i, x] of read.entries())
      assert.ok(Math.abs(x - values[i]) <= units[i] * 0.5000001, `${print(row)}: ${units[i]}`);
  }
});

test("no text makes it throw anything but a problem", () => {
  const below = randomNumbers(12);
  const pieces = [
    "1",
    "-2.5",
    ",",
    ";",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ":",
    "=",
    "tensor(",
    "'",
    '"',
    "…",
    "...",
    " ",
    "\n",
    "x",
    ".y",
    "<",
    ">",
    "inf",
    "nan",
    "top_logprobs",
    "🙂",
    "\\",
  ];
  for (let round = 0; round < 20_000; round += 1) {
    const text = Array.from({ length: below(14) }, () => pieces[below(pieces.length)]).join("");
    for (const read of [readNumbers(text), readLists(text)])
      if ("problem" in read) assert.match(read.problem.sentence, /./, text);
  }
});
