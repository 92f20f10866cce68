/**
 * What the browser calls its GPU. wgpu hands on one of the names only, which Chromium leaves empty; delete this file once it hands on all:
 * https://github.com/gfx-rs/wgpu/issues/8819
 * @returns {Promise<string | null>} "nvidia ampere"; "unnamed adapter" where it keeps that to itself, as Firefox does; null without one
 */
export const adapterName = async () => {
  const gpu = /** @type {any} */ (globalThis.navigator)?.gpu;
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (!adapter) return null;
  const { description, vendor, architecture } = adapter.info;
  return description || [vendor, architecture].filter(Boolean).join(" ") || "unnamed adapter";
};

/** Why there is no use in looking for a GPU, if there is none. @returns {string | undefined} */
export const missingGpu = () => {
  if (typeof globalThis.navigator === "object" && "gpu" in navigator && navigator.gpu) return undefined;
  if (globalThis.process?.versions?.node) return "Node has none";
  if (!globalThis.isSecureContext) return "browsers offer it only to pages served by https or from localhost";
  return "this browser has none, or not in this kind of page";
};
