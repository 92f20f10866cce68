/** A lab's line to its engine. It outlives the engine, and knows which objects died with it. */

/** @import { Host, Id, MadeModel, Operations } from "./host.js" */

import { disposed, engineLost, LabError } from "./error.js";

/** Arguments of an operation, with handles in place of numbers. @template {unknown[]} A @typedef {{ [K in keyof A]: A[K] | Handle }} WithHandles */

/** An object inside the engine: a generator, model or run. Once nobody holds the handle, the object is freed. */
export class Handle {
  disposed = false;

  /**
   * @param {string} what
   * @param {Id} id
   * @param {Host} host where the number means something
   * @param {Remake | null} remake how to make it anew; null where what it knew cannot be had again
   */
  constructor(what, id, host, remake) {
    this.what = what;
    this.id = id;
    this.host = host;
    this.remake = remake;
  }
}

/** Makes a model on a host. @typedef {(host: Host) => Promise<MadeModel & { config?: import("./handles.js").GptConfig }>} Remake */

/** What an operation makes, where that is not its name. @type {Partial<Record<keyof Operations, string>>} */
const WHAT = { open: "run", explain: "explanation", forward: "reading", next: "reading", time: "timing" };

export class Connection {
  /** Where the engine runs. @readonly */
  thread;
  #start;
  /** @type {Host | null} null from a breakdown to the next call */
  #host;
  /** @type {Promise<Host> | null} */
  #starting = null;
  #disposed = false;
  /** @type {FinalizationRegistry<{ id: Id, host: Host }>} */
  #forgotten = new FinalizationRegistry(({ id, host }) => this.#close(id, host));

  /**
   * @param {Host} host
   * @param {() => Promise<Host>} start makes another one
   */
  constructor(host, start) {
    this.thread = host.thread;
    this.#host = host;
    this.#start = start;
  }

  /**
   * Calls the engine, a fresh one if the last has broken down. The request leaves before this returns unless there was a breakdown, so calls
   * keep their order.
   * @template {keyof Operations} M
   * @param {M} method
   * @param {WithHandles<Parameters<Operations[M]>>} args
   * @returns {Promise<Awaited<ReturnType<Operations[M]>>>}
   * @throws {LabError}
   */
  async call(method, ...args) {
    const { value } = await this.#ask(method, args);
    return value;
  }

  /**
   * Calls an engine in this thread that answers at once.
   * @template {keyof Operations} M
   * @param {M} method
   * @param {WithHandles<Parameters<Operations[M]>>} args
   * @returns {Awaited<ReturnType<Operations[M]>>}
   * @throws {LabError}
   */
  callNow(method, ...args) {
    if (this.#disposed) throw disposed("lab");
    const host = this.#host;
    if (!host?.callNow) throw engineLost("it starts anew with the next call that can be waited for");
    const ids = args.map((arg) => (arg instanceof Handle ? idNow(host, arg) : arg));
    try {
      return host.callNow(method, .../** @type {any} */ (ids));
    } catch (error) {
      throw this.#noticed(error, host);
    }
  }

  /**
   * Calls an operation that makes an object.
   * @template {"generator" | "model" | "open" | import("./work.js").Work} M
   * @param {M} method
   * @param {WithHandles<Parameters<Operations[M]>>} args
   */
  async make(method, ...args) {
    const { value, host } = await this.#ask(method, args);
    const [spec, generator] = /** @type {Parameters<Operations["model"]>} */ (args);
    const canRemake = method === "model" && generator === undefined;
    const remake = canRemake ? (/** @type {Host} */ other) => other.call("model", spec, generator) : null;
    return { handle: this.#hold(WHAT[method] ?? method, value.id, host, remake), value };
  }

  /**
   * Makes a model in several calls.
   * @param {Remake} read
   */
  async build(read) {
    const host = this.#host ?? (await this.#restart());
    if (this.#disposed) throw disposed("lab");
    try {
      const value = await read(host);
      return { handle: this.#hold("model", value.id, host, read), value };
    } catch (error) {
      throw this.#noticed(error, host);
    }
  }

  /** @param {Handle} handle */
  free(handle) {
    if (handle.disposed) return;
    this.forget(handle);
    this.#close(handle.id, handle.host);
  }

  /** Of an object that the engine has freed by itself. @param {Handle} handle */
  forget(handle) {
    handle.disposed = true;
    this.#forgotten.unregister(handle);
  }

  dispose() {
    this.#disposed = true;
    this.#host?.dispose();
  }

  /**
   * @param {string} what
   * @param {Id} id
   * @param {Host} host
   * @param {Remake | null} remake
   */
  #hold(what, id, host, remake) {
    const handle = new Handle(what, id, host, remake);
    this.#forgotten.register(handle, { id, host }, handle);
    return handle;
  }

  /**
   * @template {keyof Operations} M
   * @param {M} method
   * @param {WithHandles<Parameters<Operations[M]>>} args
   * @returns {Promise<{ value: Awaited<ReturnType<Operations[M]>>, host: Host }>}
   */
  async #ask(method, args) {
    const host = this.#host ?? (await this.#restart());
    if (this.#disposed) throw disposed("lab");
    /** @type {any[]} */
    const plain = [];
    for (const arg of args)
      plain.push(arg instanceof Handle ? (idOn(host, arg) ?? (await this.#remake(arg, host))) : arg);
    try {
      return { value: await host.call(method, .../** @type {Parameters<Operations[M]>} */ (plain)), host };
    } catch (error) {
      throw this.#noticed(error, host);
    }
  }

  /** Takes note of a breakdown. @param {unknown} error @param {Host} host */
  #noticed(error, host) {
    if (!(error instanceof LabError && error.code === "engine_lost")) return error;
    if (this.#host === host) this.#host = null;
    host.dispose();
    return error;
  }

  async #restart() {
    this.#starting ??= this.#start();
    try {
      this.#host = await this.#starting;
      if (this.#disposed) this.#host.dispose();
      return this.#host;
    } finally {
      this.#starting = null;
    }
  }

  /** @param {Handle} handle @param {Host} host */
  async #remake(handle, host) {
    if (!handle.remake) throw engineLost(`this ${handle.what} was lost with it`);
    const { id } = await handle.remake(host);
    // It may still be there, in an engine that others use.
    this.#close(handle.id, handle.host);
    handle.id = id;
    handle.host = host;
    this.#forgotten.unregister(handle);
    this.#forgotten.register(handle, { id, host }, handle);
    return id;
  }

  /** @param {Id} id @param {Host} host */
  #close(id, host) {
    // An engine that is gone has nothing to free.
    host.call("close", id).catch(() => {});
  }
}

/**
 * Of work that takes several calls, between two of them.
 * @param {readonly unknown[]} args what it was begun with
 * @throws {LabError} `disposed` if one of them has been given back since
 */
export const requireAlive = (args) => {
  for (const arg of args) if (arg instanceof Handle && arg.disposed) throw disposed(arg.what);
};

/**
 * The number of an object on a host, or undefined when it died with an earlier one.
 * @param {Host} host
 * @param {Handle} handle
 */
const idOn = (host, handle) => {
  if (handle.disposed) throw disposed(handle.what);
  return handle.host === host ? handle.id : undefined;
};

/** @param {Host} host @param {Handle} handle */
const idNow = (host, handle) => {
  const id = idOn(host, handle);
  if (id === undefined) throw engineLost(`this ${handle.what} was lost with it`);
  return id;
};
