// The GPUs that native programs find through Vulkan.
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename } from "node:path";

/**
 * The environment with the system's Vulkan drivers and the one that Chromium brings: with Mesa's there are two GPUs in software on every
 * machine.
 * @returns {Record<string, string>}
 */
export function vulkanDrivers() {
  if (process.platform !== "linux" || process.env.VK_DRIVER_FILES) return {};
  const files = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/lib/chromium"]
    .filter((directory) => existsSync(directory))
    .flatMap((directory) => readdirSync(directory).map((name) => `${directory}/${name}`));
  const drivers = files.filter((file) => /icd.*\.json$/.test(basename(file)));
  return { VK_DRIVER_FILES: drivers.join(":"), XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir() };
}
