/** Values of every kind that a program may hand over by mistake, each made anew: the oddest throw whatever is done with them. */

class Throwing {
  get anything() {
    throw new Error("of a getter");
  }
  toString() {
    throw new Error("of toString");
  }
  valueOf() {
    throw new Error("of valueOf");
  }
  toJSON() {
    throw new Error("of toJSON");
  }
  [Symbol.toPrimitive]() {
    throw new Error("of toPrimitive");
  }
}

const refuse = () => {
  throw new Error("of a proxy");
};

/** A proxy that lets nothing happen. @param {any} target */
const shut = (target) =>
  new Proxy(
    target,
    Object.fromEntries(["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor"].map((t) => [t, refuse])),
  );

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

const cyclic = () => {
  /** @type {any} */
  const object = { a: 1 };
  object.self = object;
  object.list = [object];
  return object;
};

/** @param {(inner: unknown) => unknown} around */
const deep = (around) => {
  /** @type {unknown} */
  let value = 1;
  for (let i = 0; i < 50_000; i += 1) value = around(value);
  return value;
};

/** @param {any} array */
const detached = (array) => {
  structuredClone(array.buffer ?? array, { transfer: [array.buffer ?? array] });
  return array;
};

/** @type {Record<string, () => unknown>} */
export const ODD_VALUES = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  "a number": () => -1.5,
  NaN: () => Number.NaN,
  infinity: () => Number.POSITIVE_INFINITY,
  "a text": () => "x",
  "no text": () => "",
  "a long text": () => "\u0000y".repeat(30_000),
  "half a character": () => "\ud83d".repeat(1000),
  "a BigInt": () => -5n,
  "a huge BigInt": () => 10n ** 30_000n,
  "a symbol": () => Symbol("s".repeat(30_000)),
  "a function": () => () => {},
  "a class": () => Throwing,
  "an empty list": () => [],
  "a list with holes": () => new Array(5),
  "a long list": () => new Array(30_000).fill("z"),
  "lists in a list": () => Array.from({ length: 50 }, () => Array.from({ length: 50 }, () => ({ a: "b".repeat(99) }))),
  "a deep list": () => deep((inner) => [inner]),
  "an empty object": () => ({}),
  "a deep object": () => deep((inner) => ({ inner })),
  "an object of many names": () => Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`name${i}`, i])),
  "an object with a long name": () => ({ ["n".repeat(30_000)]: 1 }),
  "an object without a prototype": () => Object.create(null),
  "an object in itself": cyclic,
  "a getter that throws": () => ({
    get a() {
      throw new Error("of a getter");
    },
  }),
  "a length that throws": () => ({
    get length() {
      throw new Error("of a length");
    },
  }),
  "a length that is none": () => ({ length: Symbol("length") }),
  "a length without end": () => ({ length: Number.POSITIVE_INFINITY }),
  "an object that throws": () => new Throwing(),
  "a thing like a signal": () => ({ aborted: false }),
  "a shut proxy": () => shut({}),
  "a shut list": () => shut([1]),
  "a revoked proxy": revoked,
  "numbers without end": () => ({
    *[Symbol.iterator]() {
      while (true) yield 0;
    },
  }),
  "an iterator that throws": () => ({
    *[Symbol.iterator]() {
      yield 0;
      throw new Error("of an iterator");
    },
  }),
  "a Map": () => new Map([[{}, [1, 2]]]),
  "a large Map": () => new Map(Array.from({ length: 5_000 }, (_, i) => [i, "m"])),
  "a Set": () => new Set(["a", ["b"]]),
  "a Date": () => new Date(0),
  "a RegExp": () => /x/,
  "an error": () => new RangeError("e".repeat(30_000)),
  "a promise": () => Promise.resolve(1),
  "an ArrayBuffer": () => new ArrayBuffer(8),
  "a detached ArrayBuffer": () => detached(new ArrayBuffer(8)),
  "a SharedArrayBuffer": () => new SharedArrayBuffer(8),
  "many bytes": () => new Uint8Array(200_000),
  "a list of many bytes": () => [new Uint8Array(200_000)],
  "an object with many bytes": () => ({ a: { b: [new Uint8Array(200_000)] } }),
  "many numbers": () => new Float64Array(30_000),
  "detached bytes": () => detached(new Uint8Array(8)),
  "detached numbers": () => detached(new Float32Array(8)),
  "big integers": () => new BigInt64Array(3),
  "a DataView": () => new DataView(new ArrayBuffer(8)),
  "a Blob": () => new Blob(["x"]),
  "a URL": () => new URL("data:,x"),
  "an AbortSignal": () => new AbortController().signal,
};
