/**
 * Something that several hold at once: the first makes it, and it ends with the last.
 * @template T
 * @param {() => Promise<T>} make
 * @param {(made: T) => void} end
 * @returns {() => Promise<{ made: T, release: () => void }>} rejects as `make` does, and the next call tries again; call `release` when it is no
 *   longer needed
 */
export function shared(make, end) {
  /** @type {Promise<T> | null} */
  let making = null;
  let holders = 0;
  return async () => {
    holders += 1;
    making ??= make();
    const mine = making;
    try {
      const made = await mine;
      let isHeld = true;
      const release = () => {
        if (!isHeld) return;
        isHeld = false;
        holders -= 1;
        if (holders === 0) {
          making = null;
          end(made);
        }
      };
      return { made, release };
    } catch (error) {
      holders -= 1;
      if (making === mine) making = null;
      throw error;
    }
  };
}
