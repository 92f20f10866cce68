import { Conductor } from "../tasks/conductor.js";
import { Explainer } from "../tasks/explainer.js";
import { Resampler } from "../tasks/resampler.js";
import { Shelf } from "../tasks/shelf.js";
import { StageTimer } from "../tasks/stage-timer.js";
import { Sweeper } from "../tasks/sweeper.js";

/**
 * What an element needs of the engine, from its start to its end.
 * @typedef {Awaited<ReturnType<typeof import("../tasks/shared-lab.js").holdLab>>} Held
 * @typedef {Held & { conductor: Conductor, explainer: Explainer, shelf: Shelf, sweeper: Sweeper, resampler: Resampler, timer: StageTimer, stopListening: () => void }} Bench
 */

/**
 * @param {import("../tasks/conductor.js").Store} store
 * @param {Held} held
 * @returns {Bench}
 */
export function equip(store, held) {
  const { lab, backend } = held;
  const shelf = new Shelf(store, lab);
  const conductor = new Conductor(store, lab, shelf, () => backend.report());
  return {
    ...held,
    conductor,
    explainer: new Explainer(store, lab, shelf, conductor),
    shelf,
    sweeper: new Sweeper(store, lab, () => conductor.model(), shelf),
    resampler: new Resampler(store, lab),
    timer: new StageTimer(store, lab),
    stopListening: backend.listen({
      tell: (now) => store.dispatch({ type: "machinery", ...now }),
      replay: () => conductor.replay(),
    }),
  };
}

/** Stops everything, and gives the engine back. @param {Bench} bench */
export function clear(bench) {
  bench.sweeper.stop();
  bench.resampler.stop();
  bench.stopListening();
  bench.explainer.dispose();
  bench.conductor.dispose();
  bench.shelf.dispose();
  bench.release();
}
