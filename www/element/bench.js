import { Conductor } from "../tasks/conductor.js";
import { Explainer } from "../tasks/explainer.js";
import { Shelf } from "../tasks/shelf.js";

/**
 * What an element needs of the engine, from its start to its end.
 * @typedef {Awaited<ReturnType<typeof import("../tasks/shared-lab.js").holdLab>>} Held
 * @typedef {Held & { conductor: Conductor, explainer: Explainer, shelf: Shelf, instruments?: import("./instruments.js").Instruments, stopListening: () => void }} Bench
 *   instruments: what the tabs need, once it was needed
 */

/**
 * @param {import("../tasks/conductor.js").Store} store
 * @param {Held} held
 * @param {File[]} files  of the user's own GPT, where they were chosen before
 * @returns {Bench}
 */
export function equip(store, held, files) {
  const { lab, backend } = held;
  const shelf = new Shelf(store, lab, files);
  const conductor = new Conductor(store, lab, shelf, () => backend.report());
  return {
    ...held,
    conductor,
    explainer: new Explainer(store, lab, shelf, conductor),
    shelf,
    stopListening: backend.listen({
      tell: (now) => store.dispatch({ type: "machinery", ...now }),
      replay: () => conductor.replay(),
    }),
  };
}

/** Stops everything, and gives the engine back. @param {Bench} bench @returns {File[]} what {@link equip} takes */
export function clear(bench) {
  bench.instruments?.stop();
  bench.stopListening();
  bench.explainer.dispose();
  bench.conductor.dispose();
  const files = bench.shelf.dispose();
  bench.release();
  return files;
}
