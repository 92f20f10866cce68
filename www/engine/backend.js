/** What a lab computes on, from one engine to the next. */

/** @import { Connection } from "./connection.js" */
/** @import { Host } from "./host.js" */
/** @import { Backend, BackendName } from "./types.js" */

import { invalidSetting, LabError } from "./error.js";
import { Turns } from "./turns.js";

/**
 * @param {unknown} backend
 * @returns {asserts backend is BackendName}
 * @throws {LabError} `invalid_setting`
 */
export function requireBackend(backend) {
  if (backend !== "auto" && backend !== "cpu" && backend !== "webgpu")
    throw invalidSetting("backend", backend, 'use "auto", "cpu" or "webgpu"');
}

export class BackendChoice {
  /** Whom to tell of a change. @type {(backend: Readonly<Backend>) => void} */
  onChange = () => {};
  #wish;
  #checks = false;
  #isFirst = true;
  /** Looking for a GPU takes a while; whoever asks last gets his way. */
  #turns = new Turns();
  /** @type {Readonly<Backend>} */
  #now = Object.freeze({ kind: "cpu", adapter: null, reason: "the engine is starting", lost: false });

  /** @param {BackendName} wish */
  constructor(wish) {
    this.#wish = wish;
  }

  /** What computes, and why that. */
  get now() {
    return this.#now;
  }

  /** News from the engine. @param {Backend} backend */
  hear = (backend) => {
    this.#now = Object.freeze(backend);
    this.onChange(this.#now);
  };

  /**
   * Brings a fresh engine to where the last one was.
   * @param {Host} host
   * @returns {Promise<import("./host.js").About>}
   * @throws {LabError} `backend_unavailable`, `backend_fault` if the first one cannot have the backend asked for by name
   */
  async apply(host) {
    try {
      const about = await host.call("begin", this.#wish).catch((error) => {
        if (this.#isFirst) throw advised(error);
        // Once a lab runs, it goes on.
        return host.call("begin", "auto");
      });
      if (this.#checks) await host.call("check", true);
      this.#isFirst = false;
      return about;
    } catch (error) {
      host.dispose();
      throw error;
    }
  }

  /**
   * @param {Connection} connection
   * @param {BackendName} [wish] default: the one there is, looked for again
   * @returns {Promise<Readonly<Backend>>}
   */
  async change(connection, wish) {
    return this.#turns.take(async () => {
      const wanted = wish ?? this.#wish;
      const isDone = await connection.call("prefer", wanted);
      if (!isDone) await connection.call("prepare", wanted);
      this.#wish = wanted;
      if (!isDone) await connection.call("adopt");
      return this.#now;
    });
  }

  /** @param {Connection} connection @param {boolean} on */
  async check(connection, on) {
    this.#checks = on;
    await connection.call("check", on);
  }
}

/** @param {unknown} error */
const advised = (error) => {
  if (!(error instanceof LabError) || !error.code.startsWith("backend_")) return error;
  const { code, message, setting, kernel } = error;
  return new LabError(code, `${message}; use backend: "auto" or "cpu", which draw the same tokens`, {
    setting,
    kernel,
    cause: error,
  });
};
