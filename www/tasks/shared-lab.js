import { createLab } from "../engine/index.js";
import { shared } from "../lib/shared.js";
import { BackendController } from "./backend-controller.js";

/**
 * One engine for every element of a page: one worker, one GPU. It starts with the first that needs it and goes with the last.
 *
 * @typedef {{ lab: import("../engine/lab.js").Lab, backend: BackendController }} Shared
 */

const hold = shared(
  async () => {
    const lab = await createLab({ thread: "auto", backend: "cpu" });
    return { lab, backend: new BackendController(lab) };
  },
  ({ lab, backend }) => {
    backend.dispose();
    lab.dispose();
  },
);

/**
 * @returns {Promise<Shared & { release: () => void }>} call `release` when it is no longer needed
 * @throws {import("../engine/error.js").LabError} as `createLab`; the next call tries again
 */
export async function holdLab() {
  const { made, release } = await hold();
  return { ...made, release };
}
