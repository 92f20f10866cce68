/**
 * What the platform brings, as types: the browser's or Node's own where the program that imports this library knows them, else what we need of
 * them. So the declarations hold without `lib.dom`, too.
 */

/** @typedef {typeof globalThis extends { AbortSignal: { prototype: infer T } } ? T : { readonly aborted: boolean, readonly reason: any }} Signal */

/** @typedef {typeof globalThis extends { Event: { prototype: infer T } } ? T : { readonly type: string }} PlatformEvent */

/** @typedef {typeof globalThis extends { URL: { prototype: infer T } } ? T : { readonly href: string }} Url */

/** @typedef {typeof globalThis extends { Blob: { prototype: infer T } } ? T : { readonly size: number, arrayBuffer(): Promise<ArrayBuffer> }} Blobs */

/** @typedef {typeof globalThis extends { WebAssembly: { Module: { prototype: infer T } } } ? T : never} WasmModule */

/** @typedef {typeof globalThis extends { Cache: { prototype: infer T } } ? T : never} ModelCache */

/** @typedef {ArrayBuffer | ArrayBufferView} Bytes */

export {};
