/** Downloads the files of a checkpoint together: progress over all of them, out of the cache where they lie there, and all or nothing. */

/** @import { Tell } from "./source.js" */

import { openCache } from "./cache.js";
import { reasonOf, shortened } from "./printed.js";

/** @typedef {{ url: string, isOptional: boolean }} Wanted */

/** A downloaded file. @typedef {{ blob: Blob, cached: boolean }} Downloaded */

/** A file on its way. `total` is null where the server does not say. @typedef {{ url: string, name: string, response: Response, cached: boolean, loaded: number, total: number | null }} Coming */

/** Bytes that are collected before they are handed to a Blob, which a browser may keep on disk. */
const BLOCK = 4 << 20;

/** Characters of an address in an error. */
const MOST_URL = 160;

/**
 * @param {Wanted[]} wanted the last one is the largest
 * @param {{ cache: boolean | string, tell: Tell, signal?: AbortSignal | null }} options
 * @returns {Promise<{ files: Downloaded[], keep: () => Promise<void> }>} an optional file that is not there is left out
 */
export const download = async (wanted, { cache, tell, signal }) => {
  const store = await openCache(cache);
  const halt = new AbortController();
  const stop = () => halt.abort(signal?.reason);
  signal?.addEventListener("abort", stop);
  try {
    signal?.throwIfAborted();
    const coming = await Promise.all(wanted.map((file) => begin(file, store, halt.signal)));
    /** @type {Downloaded[]} */
    const files = [];
    const there = coming.filter((file) => file !== null);
    for (const [i, file] of coming.entries()) if (file) files[i] = await receive(file, there, tell);
    return { files, keep: () => keep(store, there, files.filter(Boolean)) };
  } catch (error) {
    // Nobody waits for the other downloads any more.
    halt.abort();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
};

/**
 * @param {Wanted} wanted
 * @param {Cache | null} store
 * @param {AbortSignal} signal
 * @returns {Promise<Coming | null>}
 */
const begin = async ({ url, isOptional }, store, signal) => {
  const name = new URL(url).pathname.split("/").at(-1) ?? "";
  const found = await store?.match(url, { ignoreVary: true });
  const response = found ?? (await reached(url, signal));
  if (isOptional && response.status === 404) return null;
  if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
  // What was packed for the way is longer here than the server says.
  const isPacked = response.headers.get("content-encoding") !== null;
  const total = isPacked ? null : Number(response.headers.get("content-length")) || null;
  return { url, name, response, cached: found !== undefined, loaded: 0, total };
};

/**
 * What an address answers. Where nobody does, the platform's own words name no address.
 * @param {string} url
 * @param {AbortSignal | null} [signal]
 */
export const reached = async (url, signal) => {
  try {
    return await fetch(url, { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    const reason =
      cause instanceof Error && cause.cause ? `${reasonOf(cause)}: ${reasonOf(cause.cause)}` : reasonOf(cause);
    throw new Error(`${shortened(url, MOST_URL)} could not be reached (${reason})`, { cause });
  }
};

/**
 * @param {Coming} file
 * @param {Coming[]} all
 * @param {Tell} tell
 * @returns {Promise<Downloaded>}
 */
const receive = async (file, all, tell) => {
  const { name, response, cached } = file;
  const count = (/** @type {number} */ n) => {
    file.loaded += n;
    const loaded = all.reduce((sum, { loaded }) => sum + loaded, 0);
    // A small file of unknown length hardly counts beside the weights.
    const total = all.reduce((sum, { loaded, total }) => sum + (total ?? loaded), 0);
    return tell({ stage: "download", file: name, cached, loaded, total: all.at(-1)?.total == null ? null : total });
  };
  const blob = cached ? await response.blob() : await collect(/** @type {any} */ (response.body), file, count);
  if (cached) await count(blob.size);
  file.total = file.loaded;
  return { blob, cached };
};

/**
 * All of a stream, with no more than a block of it outside the Blob.
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} body
 * @param {Coming} file
 * @param {(n: number) => Promise<void>} count
 */
const collect = async (body, file, count) => {
  const read = async (/** @type {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>} */ reader) => {
    try {
      return await reader.read();
    } catch (cause) {
      const found = `${shortened(file.url, MOST_URL)} broke off after ${file.loaded} bytes`;
      throw new Error(`${found} (${reasonOf(cause)})`, { cause });
    }
  };
  /** @type {Blob[]} */
  const blocks = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  let parts = [];
  let n = 0;
  const reader = body.getReader();
  for (let next = await read(reader); !next.done; next = await read(reader)) {
    parts.push(next.value);
    n += next.value.length;
    if (n >= BLOCK) {
      blocks.push(new Blob(parts));
      [parts, n] = [[], 0];
    }
    await count(next.value.length);
  }
  return new Blob([...blocks, ...parts]);
};

/**
 * @param {Cache | null} store
 * @param {Coming[]} coming
 * @param {Downloaded[]} files
 */
const keep = async (store, coming, files) => {
  for (const [i, { blob, cached }] of files.entries()) {
    if (!store || cached) continue;
    const headers = { "content-length": String(blob.size) };
    // A full cache is no error: the model works without it.
    await store.put(coming[i].url, new Response(blob, { headers })).catch(() => {});
  }
};
