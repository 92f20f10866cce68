/** Logits in every kind of array: read as the numbers they are, or refused with what to do. */

import assert from "node:assert/strict";
import test, { after } from "node:test";
import { LESSON, openLab, refused, wavyLogits } from "./support/index.js";

const lab = await openLab();
after(() => lab.dispose());

/** 2, -1.5, 0.3, 4.2, -0.8 as float16 and as bfloat16. */
const HALVES = Uint16Array.of(0x4000, 0xbe00, 0x34cd, 0x4433, 0xba66);
const BRAINS = Uint16Array.of(0x4000, 0xbfc0, 0x3e9a, 0x4086, 0xbf4d);

test("bits of half precision are no numbers: refused, or read as what dtype says", async () => {
  await refused(() => lab.sample(HALVES, { temperature: 0 }), "invalid_logits", /dtype: "float16" or "bfloat16"/);
  for (const [bits, dtype] of /** @type {const} */ ([
    [HALVES, "float16"],
    [BRAINS, "bfloat16"],
  ])) {
    assert.equal((await lab.sample(bits, { temperature: 0, dtype })).tokens[0], 3);
    assert.equal((await lab.sample(bits, { temperature: 0 }, { dtype })).tokens[0], 3);
    assert.equal(lab.sampleSync(bits, { temperature: 0, dtype }).tokens[0], 3);
    const { logits } = await lab.trace(bits, { dtype });
    for (const [i, x] of logits.entries()) assert.ok(Math.abs(x - LESSON[i]) < 0.02, `${x} is near ${LESSON[i]}`);
    assert.equal((await lab.softmax(bits, { dtype })).length, 5);
    assert.equal((await lab.rules(bits, { dtype, top_k: 1 }))[0].kept[0], 3);
    const model = await lab.model({ kind: "logits", logits: bits, dtype });
    assert.deepEqual(await model.next([0]), logits);
  }
});

test("every float16 is the number it stands for", async () => {
  const finite = Uint16Array.from({ length: 1 << 16 }, (_, half) => half).filter((half) => ((half >> 10) & 31) < 31);
  const { logits } = await lab.trace(finite, { dtype: "float16", temperature: 0 });
  const at = (/** @type {number} */ half) => logits[finite.indexOf(half)];
  assert.equal(at(0x0001), 2 ** -24);
  assert.equal(at(0x03ff), 1023 * 2 ** -24);
  assert.equal(at(0x0400), 2 ** -14);
  assert.equal(at(0x7bff), 65504);
  assert.equal(at(0xc000), -2);
  for (let i = 1; i < 0x7c00; i += 1) assert.ok(logits[i] > logits[i - 1], `${i} ascends`);
  const masked = await lab.sample(Uint16Array.of(0x3c00, 0xfc00), { dtype: "float16", seed: 1 });
  assert.equal(masked.kept[0], 1, "0xfc00 is -Infinity");
  await refused(() => lab.sample(Uint16Array.of(0x3c00, 0x7e00), { dtype: "float16" }), "invalid_logits", /NaN/);
});

test("a dtype that says nothing here is refused", async () => {
  await refused(() => lab.sample(HALVES, { dtype: "half" }), "invalid_setting", /dtype = "half"/, { setting: "dtype" });
  await refused(() => lab.sample(LESSON, { dtype: "float16" }), "invalid_logits", /Float32Array: dtype says/);
  await refused(() => lab.sample([1, 2], { dtype: "float16" }), "invalid_logits", /Array: dtype says/);
});

test("numbers of other kinds", async () => {
  const expected = await lab.trace(LESSON, { seed: 1 });
  assert.deepEqual(await lab.trace(Float64Array.from(LESSON), { seed: 1 }), expected);
  assert.deepEqual(await lab.trace(Array.from(LESSON), { seed: 1 }), expected);
  const kinds = [Int8Array, Uint8Array, Int16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];
  for (const Kind of kinds)
    await refused(() => lab.sample(new Kind(5)), "invalid_logits", new RegExp(`logits is a ${Kind.name}`));
  await refused(() => lab.sample(new DataView(new ArrayBuffer(8))), "invalid_logits", /DataView/);
  await refused(() => lab.sample([1, 2n]), "invalid_logits", /logits\[1\] is bigint/, { index: 1 });
  await refused(() => lab.sample([1, "2"]), "invalid_logits", /logits\[1\] is string/, { index: 1 });
});

test("a Float64Array of a whole vocabulary is read as the Float32Array it rounds to", () => {
  const wide = Float64Array.from(wavyLogits(151_936), (logit) => logit + 1e-9);
  const settings = { top_k: 50, seed: 1, kept_ids: true };
  assert.deepEqual(lab.sampleSync(wide, settings), lab.sampleSync(Float32Array.from(wide), settings));
});
