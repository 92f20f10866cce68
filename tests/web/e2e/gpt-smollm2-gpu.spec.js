/** SmolLM2's own file on WebGPU, by SwiftShader: what the GPU read and drew is what it counts itself. Most of the time goes into the comparison before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { greedyIds, PROMPT, SMOLLM2_ADDRESS, skipsModel } from "./gpt-smollm2-file.js";
import { address, pageTest } from "./support.js";

/** Tokens that are drawn, and those of them whose logits are compared. */
const [N, N_COMPARED] = [2, 1];

/** How far a logit may be from the CPU's, as the engine itself asks of a GPU. */
const isClose = (/** @type {number} */ found, /** @type {number} */ wanted) =>
  Math.abs(found - wanted) <= 1e-3 * (1 + Math.abs(wanted));

const skip = skipsModel();
if (skip) test("SmolLM2 on WebGPU", { skip });
else
  pageTest(
    "SmolLM2's own file on WebGPU: it reads and draws there, the CPU's tokens, and its logits are close",
    async (lab) => {
      await lab.settled();
      const { cpu, gpu } = await lab.element.evaluate(
        async (element, { source, prompt_ids, n, n_compared }) => {
          const { lab } = /** @type {any} */ (element);
          const model = await lab.model({ kind: "gpt", source });
          const run = async (/** @type {object} */ options) => {
            const logits = [];
            let end;
            for await (end of lab.generate({ model, prompt_ids, temperature: 0, ...options }))
              if (end.trace) logits.push(Array.from(end.trace[0].logits));
            const { read, drawn } = { read: end.timings.gpu?.tokens_read, drawn: end.timings.gpu?.tokens_drawn };
            return { ids: Array.from(end.ids).slice(prompt_ids.length), logits, read, drawn };
          };
          const on = async (/** @type {string} */ backend) => {
            const { kind } = await lab.setBackend(backend);
            const compared = await run({ max_new_tokens: n_compared, trace: true });
            return { kind, compared, written: await run({ max_new_tokens: n }) };
          };
          return { cpu: await on("cpu"), gpu: await on("webgpu") };
        },
        { source: address() + SMOLLM2_ADDRESS, prompt_ids: PROMPT.ids, n: N, n_compared: N_COMPARED },
      );
      assert.deepEqual([cpu.written.ids, gpu.written.ids], [greedyIds(N), greedyIds(N)]);
      assert.deepEqual([cpu.kind, cpu.compared.read, cpu.written.read, cpu.written.drawn], ["cpu", ...Array(3)]);
      // The model reads on the GPU what it draws from; traced, the CPU draws, and otherwise the GPU does.
      assert.deepEqual([gpu.kind, gpu.compared.drawn, gpu.written.drawn], ["webgpu", 0, N]);
      assert.ok(gpu.compared.read >= PROMPT.ids.length, `${gpu.compared.read} tokens read before the first`);
      assert.ok(gpu.written.read >= N, `${gpu.written.read} tokens read for ${N}`);
      assert.equal(gpu.compared.logits.length, N_COMPARED);
      for (const [step, logits] of gpu.compared.logits.entries()) {
        const wanted = cpu.compared.logits[step];
        assert.equal(logits.length, wanted.length);
        const far = logits.findIndex((/** @type {number} */ x, /** @type {number} */ id) => !isClose(x, wanted[id]));
        assert.equal(far, -1, `step ${step}, token ${far}: ${logits[far]} on the GPU, ${wanted[far]} on the CPU`);
        // Sums are added up in another order there, so equal bits would be the CPU's own.
        assert.ok(logits.some((/** @type {number} */ x, /** @type {number} */ id) => x !== wanted[id]));
      }
    },
    { hasGpu: true },
  );
