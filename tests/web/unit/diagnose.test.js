/** Check yourself: what PyTorch prints is right as it is printed, and each usual mistake, made in PyTorch, is named. */
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { TASKS } from "../../../www/lesson/diagnose.js";
import { golden, openLab } from "./support/index.js";

/** @type {Awaited<ReturnType<typeof openLab>>} */
let lab;
before(async () => {
  lab = await openLab({ thread: "here" });
});
after(() => lab.dispose());

/** @param {string} name @param {string} text */
async function verdict(name, text) {
  const task = TASKS.find((one) => one.name === name);
  assert.ok(task, name);
  return task.judge(text, lab);
}

/** What is said of each recorded print. @type {Record<string, Record<string, RegExp>>} */
const SAID = {
  "softmax-1.0": {
    log_softmax: /log_softmax/,
    "wrong dim": /wrong dimension.*dim=-1/,
    "no division": /division by their sum is missing/,
    "no division, no maximum": /divide by their sum/,
    "no exp": /logits less their maximum/,
    "no softmax": /logits themselves/,
    twice: /ran twice/,
    sign: /sign of the logits/,
    sorted: /another order/,
    argmax: /argmax/,
    bfloat16: /bfloat16/,
    overflow: /maximum not subtracted/,
  },
  "softmax-0.7": {
    multiplied: /multiplied by tau/,
    "no temperature": /temperature was not used/,
    "no softmax": /divided by tau: softmax is missing/,
    "divided after": /Divide the logits, before softmax/,
    log_softmax: /log_softmax/,
    "no division": /division by their sum is missing/,
  },
  "top-k": {
    "not renormalised": /Not renormalised/,
    "set to 0": /set to 0/,
    "softmax before": /Softmax ran before the filter/,
    "zero, not -inf": /have to become -inf/,
    three: /three tokens/,
    smallest: /two least likely/,
    ids: /tokens that were kept/,
    logits: /softmax is missing/,
  },
  "top-p": {
    dropped: /crosses p was dropped/,
    unsorted: /order of the ids/,
    places: /places in the sorted row/,
    inverted: /mask is inverted/,
  },
  "text-temperature 0.8": {
    sorted: /sorted row \(topk or sort, then multinomial, then gather\)/,
    multiplied: /multiplied by the temperature/,
    "no temperature": /temperature was not used/,
    twice: /ran twice/,
    "seed 42": /seed 42/,
    "one more": /one token too many/,
    "no prompt": /prompt is missing/,
    "other weights": /weights are others/,
  },
  "text-temperature 1.4": { "seed once": /seed was set once/ },
  "text-top-p 0.9": {
    sorted: /sorted row/,
    kept: /among the kept tokens only \(topk, multinomial, gather\)/,
    "kept, by id": /among the kept tokens only/,
    dropped: /crosses p was dropped/,
    "zero, not -inf": /logit of 0/,
    turned: /comparison is turned/,
    "no filter": /filter was not used/,
    "seed once": /seed was set once/,
  },
};

test("what PyTorch prints is right, and each mistake made in PyTorch is named", async () => {
  const { numbers, texts } = JSON.parse(await golden("mistakes.json"));
  const named = Object.entries(texts).map(([name, prints]) => [`text-${name}`, prints]);
  for (const [task, prints] of [...Object.entries(numbers), ...named]) {
    for (const [name, print] of Object.entries(/** @type {Record<string, string>} */ (prints))) {
      const { kind, where, mistake } = await verdict(task, print);
      const about = `${task}, ${name}: ${print}\n${where} ${mistake}`;
      if (name.startsWith("right")) assert.equal(kind, "equal", about);
      else {
        assert.notEqual(kind, "equal", about);
        assert.match(mistake, SAID[task][name], about);
      }
    }
  }
});

test("values count as exactly as they are printed", async () => {
  /** @type {[task: string, text: string, kind: string, where: RegExp][]} */
  const cases = [
    ["softmax-1.0", "tensor([0.0971, 0.0029, 0.0177, 0.8763, 0.0059])", "equal", /All 5/],
    ["softmax-0.7", "tensor([4.1181e-02, 2.7747e-04, 3.6306e-03, 9.5416e-01, 7.5425e-04])", "equal", /All 5/],
    ["softmax-1.0", "[np.float64(0.0971), np.float64(0.002932), 0.017738, 0.876325, 0.005905]", "equal", /All 5/],
    ["softmax-1.0", "[0.0970996, 0.0029321541, 0.0177384969, 0.8763250708580017, 0.0059046322]", "equal", /All 5/],
    [
      "softmax-1.0",
      "tensor([0.0971, 0.0029, 0.0177, 0.8764, 0.0059])",
      "differs",
      /index 3: 0.8764 instead of 0.876325/,
    ],
    ["softmax-1.0", "tensor([0.09712, 0.0029, 0.0177, 0.8763, 0.0059])", "differs", /index 0: 0.09712/],
    ["softmax-1.0", "[0.1, 0.0, 0.0, 0.9, 0.0]", "coarse", /too few digits/],
    ["softmax-1.0", "[0.0971, 0.0029, 0.0177, 0.8763]", "differs", /There are 4 values, and 5 were expected/],
    ["softmax-1.0", "0.0971", "differs", /There is 1 value, and 5/],
    [
      "softmax-1.0",
      "tau=1.0: [0.0971, 0.002932, 0.017738, 0.876325, 0.005905] sum= 0.9999999403953552",
      "equal",
      /All/,
    ],
    [
      "softmax-0.7",
      "tau=1.0: [0.0971, 0.002932, 0.017738, 0.876325, 0.005905] sum= 1.0\ntau=0.7: [0.041181, 0.000277, 0.003631, 0.954157, 0.000754] sum= 1.0",
      "equal",
      /All 5/,
    ],
    ["softmax-1.0", "tensor([0.0971, ..., 0.0059])", "unread", /set_printoptions/],
    ["softmax-1.0", "it works", "unread", /"it" at position 1/],
    ["top-p", "torch.return_types.topk(\nvalues=tensor([4.2, 2.0]),\nindices=tensor([3, 0]))", "equal", /All 2/],
    ["text-greedy", "'the x'", "differs", /number 5: "x" instead of " "/],
  ];
  for (const [task, text, kind, where] of cases) {
    const found = await verdict(task, text);
    assert.equal(found.kind, kind, `${task}: ${text}: ${JSON.stringify(found)}`);
    assert.match(found.where, where);
  }
});
