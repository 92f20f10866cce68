import { createLab } from "../engine/index.js";
import { BackendController } from "./backend-controller.js";

/**
 * One engine for every element of a page: one worker, one GPU. It starts with the first that needs it and goes with the last.
 *
 * @typedef {{ lab: import("../engine/lab.js").Lab, backend: BackendController }} Shared
 */

/** @type {Promise<Shared> | null} */
let starting = null;
let holders = 0;

/**
 * @returns {Promise<Shared & { release: () => void }>} call `release` once when it is no longer needed
 * @throws {import("../engine/error.js").LabError} as `createLab`; the next call tries again
 */
export async function holdLab() {
  holders += 1;
  starting ??= start();
  const mine = starting;
  try {
    const shared = await mine;
    return { ...shared, release: once(() => drop(mine)) };
  } catch (error) {
    holders -= 1;
    if (starting === mine) starting = null;
    throw error;
  }
}

async function start() {
  const lab = await createLab({ thread: "auto", backend: "cpu" });
  return { lab, backend: new BackendController(lab) };
}

/** @param {Promise<Shared>} held */
async function drop(held) {
  holders -= 1;
  if (holders > 0) return;
  starting = null;
  const { lab, backend } = await held;
  backend.dispose();
  lab.dispose();
}

/** @param {() => void} act */
function once(act) {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}
