/** What makes labs. */

/** @import { LabOptions } from "./types.js" */

import { BackendChoice, requireBackend } from "./backend.js";
import { refuseUnknown } from "./check.js";
import { Connection } from "./connection.js";
import { invalidSetting } from "./error.js";
import { Lab } from "./lab.js";
import { readOptions } from "./plain.js";
import { startHost } from "./start.js";

/** Loads what reads a GPT's files. @typedef {() => Promise<Pick<typeof import("./checkpoint.js"), "checkpointReader">>} LoadCheckpoints */

/**
 * What makes labs.
 * @param {LoadCheckpoints} loadCheckpoints called by the first who asks for a GPT
 */
export const labMaker =
  (loadCheckpoints) =>
  /**
   * Loads the engine and makes a lab.
   * @param {LabOptions} [options]
   * @returns {Promise<Lab>}
   * @throws {LabError} `wasm_load`, `backend_unavailable`, `backend_fault`, `invalid_setting`, `unknown_setting`
   */
  async (options = {}) => {
    const given = readOptions("options", options, ["wasm"]);
    refuseUnknown(given, ["backend", "thread", "wasm"]);
    const { backend = "auto", thread = "here", wasm } = given;
    requireBackend(backend);
    if (!["auto", "here", "worker"].includes(thread))
      throw invalidSetting("thread", thread, 'use "auto", "here" or "worker"');
    const choice = new BackendChoice(backend);
    let version = "";
    const start = async () => {
      const host = await startHost(thread, wasm, choice.hear);
      ({ version } = await choice.apply(host));
      return host;
    };
    const host = await start();
    return new Lab(new Connection(host, start), { version, thread: host.thread, choice, loadCheckpoints });
  };
