import { Resampler } from "../tasks/resampler.js";
import { StageTimer } from "../tasks/stage-timer.js";
import { Sweeper } from "../tasks/sweeper.js";

/** What draws many times and measures for the tabs: it comes with them. */
export class Instruments {
  /** @param {import("../tasks/conductor.js").Store} store @param {import("./bench.js").Bench} bench */
  constructor(store, { lab, conductor, shelf }) {
    this.sweeper = new Sweeper(store, lab, () => conductor.model(), shelf);
    this.resampler = new Resampler(store, lab);
    this.timer = new StageTimer(store, lab);
  }

  stop() {
    this.sweeper.stop();
    this.resampler.stop();
  }
}
