/** A real Chromium, the system's own. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

/** The browser's address: CHROMIUM, or where the distributions put it. */
const executablePath = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path && existsSync(path));

const args = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** WebGPU without a graphics card: real shaders, compiled by Tint and run by SwiftShader on the CPU. */
const webgpu = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/**
 * A missing browser is a failure, with the command to install one.
 * @param {{ hasGpu?: boolean }} [options] without `hasGpu` there is no adapter
 */
export function launchChromium({ hasGpu = false } = {}) {
  assert.ok(executablePath, "no Chromium found: apt-get install -y chromium, or set CHROMIUM to its path");
  return chromium.launch({ executablePath, args: hasGpu ? [...args, ...webgpu] : args });
}
