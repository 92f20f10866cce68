/** Real browsers, the system's own. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { chromium } from "playwright-core";

/** The first of these that is there. @param {(string | undefined)[]} paths */
const firstOf = (...paths) => paths.find((path) => path && existsSync(path));

/** The headless shell is the same engine without the windows around it, and takes a third less time. */
const chromiumPath = firstOf(
  process.env.CHROMIUM,
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
);

/** One with windows, where it is installed: it paints at the pace of a screen, and the shell every frame. */
const windowedPath = firstOf("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", chromiumPath);

const firefoxPath = firstOf(process.env.FIREFOX, "/usr/bin/firefox-esr", "/usr/bin/firefox");

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
 * @param {{ hasGpu?: boolean, hasWindow?: boolean }} [options] without `hasGpu` there is no adapter
 */
export function launchChromium({ hasGpu = false, hasWindow = false } = {}) {
  assert.ok(chromiumPath, "no Chromium found: apt-get install -y chromium-headless-shell, or set CHROMIUM to its path");
  return chromium.launch({
    executablePath: hasWindow ? windowedPath : chromiumPath,
    args: hasGpu ? [...args, ...webgpu] : args,
  });
}

/** The first Firefox ESR that is built with WebGPU on Linux. */
const OLDEST_FIREFOX = 153;

const INSTALL_FIREFOX = "apt-get update && apt-get install -y firefox-esr, or set FIREFOX to its path";

const VULKAN_DRIVERS = "/usr/share/vulkan/icd.d";

/** What a Firefox needs where there is no graphics card: Mesa's Vulkan on the CPU, from Debian's mesa-vulkan-drivers. */
function lavapipe() {
  if (existsSync("/dev/dri") || !existsSync(VULKAN_DRIVERS)) return {};
  const driver = readdirSync(VULKAN_DRIVERS).find((name) => name.startsWith("lvp_icd"));
  return driver ? { VK_DRIVER_FILES: `${VULKAN_DRIVERS}/${driver}` } : {};
}

/** A real Firefox with WebGPU; a missing one, or one too old, is a failure with the command to install one. */
export async function launchFirefox() {
  assert.ok(firefoxPath, `no Firefox found: ${INSTALL_FIREFOX}`);
  // Few tests need what drives it, and every file would take a third of a second to read it.
  const { default: puppeteer } = await import("puppeteer-core");
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: firefoxPath,
    headless: true,
    defaultViewport: null,
    args: ["--width=1280", "--height=900"],
    env: { ...lavapipe(), ...process.env },
    extraPrefsFirefox: {
      "dom.webgpu.enabled": true,
      "dom.webgpu.workers.enabled": true,
      "gfx.webgpu.ignore-blocklist": true,
      "gfx.webrender.all": true,
    },
  });
  const version = await browser.version();
  if (Number(/\d+/.exec(version)?.[0]) >= OLDEST_FIREFOX) return browser;
  await browser.close();
  assert.fail(`${version} at ${firefoxPath} has no WebGPU, ESR ${OLDEST_FIREFOX} has: ${INSTALL_FIREFOX}`);
}
