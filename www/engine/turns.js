/** One call after the other: what is asked for while something is under way waits for its turn, in the order of asking. */
export class Turns {
  /** Settles when everything so far is done; null when nothing is under way. @type {Promise<unknown> | null} */
  #last = null;

  /**
   * Does the work now if nothing is under way, and answers at once if the work does.
   * @template T
   * @param {() => T | Promise<T>} work
   * @returns {T | Promise<T>}
   */
  take(work) {
    const result = this.#last ? this.#last.then(work) : work();
    if (!(result instanceof Promise)) return result;
    const done = result.then(nothing, nothing);
    this.#last = done;
    done.then(() => {
      if (this.#last === done) this.#last = null;
    });
    return result;
  }
}

const nothing = () => {};
