// What the commands need on this machine. Each function installs what it can, or throws a `Missing` with the command to run.
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { capture, root, run } from "./run.js";

/** Something that has to be installed by hand. */
export class Missing extends Error {}

/** Node ≥ 20.19: the oldest that runs the page's bundler. */
export function needNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Missing(`Node ${process.versions.node} is too old: install Node 20.19 or newer from https://nodejs.org.`);
}

/** The packages of package-lock.json. */
export async function needPackages() {
  if (packagesAreInstalled()) return;
  console.log("Installing the npm packages …");
  const npm = process.env.npm_execpath;
  await (npm ? run(process.execPath, [npm, "ci"]) : run("npm", ["ci"]));
}

/** npm notes what it has installed in node_modules/.package-lock.json. */
function packagesAreInstalled() {
  const note = `${root}/node_modules/.package-lock.json`;
  if (!existsSync(note)) return false;
  const wanted = readLock(`${root}/package-lock.json`);
  const installed = readLock(note);
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || optional || installed[path]?.version === version,
  );
}

/**
 * @param {string} path
 * @returns {Record<string, { version: string, optional?: boolean }>}
 */
function readLock(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages;
}

/**
 * Rust with the wanted targets and components, as rust-toolchain.toml has them; installs through rustup what is missing.
 * @param {{ targets: string[], components?: string[] }} wanted
 */
export async function needRust({ targets, components = [] }) {
  needLinker();
  if (!findProgram("cargo")) {
    throw new Missing(
      "Rust is missing. Install it from https://rustup.rs with:\n  curl https://sh.rustup.rs -sSf | sh -s -- -y && . ~/.cargo/env",
    );
  }
  if (!findProgram("rustup")) return needRustWithoutRustup(targets);
  const toolchain = pinnedToolchain();
  if (capture("rustup", ["run", toolchain, "rustc", "--version"]) === null) {
    await run("rustup", ["toolchain", "install", toolchain, "--profile", "minimal", "--no-self-update"]);
  }
  await addMissing("target", toolchain, targets);
  await addMissing("component", toolchain, components);
}

/** The version that rust-toolchain.toml asks for. */
function pinnedToolchain() {
  const channel = /^channel = "(.+)"$/m.exec(readFileSync(`${root}/rust-toolchain.toml`, "utf8"));
  if (!channel) throw new Error("rust-toolchain.toml names no channel");
  return channel[1];
}

/**
 * @param {"target" | "component"} kind
 * @param {string} toolchain
 * @param {string[]} wanted
 */
async function addMissing(kind, toolchain, wanted) {
  const installed = capture("rustup", [kind, "list", "--installed", "--toolchain", toolchain])?.split("\n") ?? [];
  // A component is listed with the machine it is for after its name.
  const has = (/** @type {string} */ name) =>
    installed.some((item) => item === name || (kind === "component" && item.startsWith(`${name}-`)));
  const missing = wanted.filter((name) => !has(name));
  if (missing.length > 0) await run("rustup", [kind, "add", "--toolchain", toolchain, ...missing]);
}

/**
 * A Rust from a package manager: nothing can be added to it, so look.
 * @param {string[]} targets
 */
function needRustWithoutRustup(targets) {
  const libraries = capture("rustc", ["--print", "sysroot"]);
  for (const target of targets) {
    if (existsSync(`${libraries}/lib/rustlib/${target}`)) continue;
    throw new Missing(
      `This Rust lacks the target ${target} and rustup is missing: install Rust from https://rustup.rs.`,
    );
  }
}

function needLinker() {
  if (process.platform === "win32" || findProgram("cc")) return;
  throw new Missing(
    `Rust needs a C linker and there is no \`cc\`. Install it with:\n  ${aptCommand(["gcc", "libc6-dev"])}`,
  );
}

/**
 * A Chromium to drive: `CHROMIUM`, or one of the usual names on the path; on Debian and as root it is installed. Its headless shell is the same
 * engine without windows, and takes a third less time.
 * @returns {Promise<string>} its path
 */
export function needChromium() {
  const names = [
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
  ];
  return needProgram({
    what: "Chromium",
    why: "the page is tested in one",
    find: () => process.env.CHROMIUM ?? names.map(findProgram).find((path) => path !== undefined),
    packages: ["chromium", "chromium-headless-shell", "fonts-dejavu-core", "fonts-noto-color-emoji"],
    otherwise: "set CHROMIUM to the path of a Chromium or Chrome",
  });
}

/** The first Firefox ESR that is built with WebGPU on Linux. */
const OLDEST_FIREFOX = 153;

/**
 * A Firefox with WebGPU to drive: `FIREFOX`, or one on the path; on Debian and as root it is installed, with a GPU in software.
 * @returns {Promise<string>} its path
 */
export function needFirefox() {
  const isNew = (/** @type {string | undefined} */ path) =>
    path !== undefined && Number(/(\d+)\./.exec(capture(path, ["--version"]) ?? "")?.[1]) >= OLDEST_FIREFOX;
  return needProgram({
    what: `Firefox of version ${OLDEST_FIREFOX} or newer`,
    why: "the page is tested in one",
    find: () => process.env.FIREFOX ?? ["firefox-esr", "firefox"].map(findProgram).find(isNew),
    packages: ["firefox-esr", "mesa-vulkan-drivers"],
    otherwise: "set FIREFOX to the path of one",
  });
}

/**
 * WebKit to drive, with a screen that is not there; on Debian and as root both are installed.
 * @returns {Promise<string>} the driver's path
 */
export function needWebKit() {
  return needProgram({
    what: "WebKitWebDriver with xvfb-run",
    why: "the page is tested in WebKit",
    find: () => (findProgram("xvfb-run") ? (process.env.WEBKIT_DRIVER ?? findProgram("WebKitWebDriver")) : undefined),
    packages: ["webkit2gtk-driver", "xvfb", "xauth"],
    otherwise: "set WEBKIT_DRIVER to the path of one",
  });
}

/**
 * Python with virtual environments, for the examples' tools; on Debian and as root it is installed.
 * @returns {Promise<string>} its path
 */
export function needPython() {
  const canMakeVenv = () => capture("python3", ["-c", "import ensurepip, venv"]) !== null;
  return needProgram({
    what: "Python 3 with venv",
    why: "some examples are built by tools from PyPI",
    find: () => (canMakeVenv() ? findProgram("python3") : undefined),
    packages: ["python3", "python3-venv"],
    otherwise: "put one on the path",
  });
}

/**
 * @param {{ what: string, why: string, find: () => string | undefined, packages: string[], otherwise: string }} program
 * @returns {Promise<string>}
 */
async function needProgram({ what, why, find, packages, otherwise }) {
  const found = find();
  if (found) return found;
  if (canInstall()) await install(packages);
  const installed = find();
  if (installed) return installed;
  throw new Missing(`No ${what} was found, and ${why}. Install it with:\n  ${aptCommand(packages)}\nor ${otherwise}.`);
}

/** On Debian and as root. */
export function canInstall() {
  return process.getuid?.() === 0 && findProgram("apt-get") !== undefined;
}

/** @param {string[]} packages of Debian */
export async function install(packages) {
  await run("apt-get", ["update", "-q"]);
  await run("apt-get", ["install", "-qy", "--no-install-recommends", ...packages], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
}

/** @param {string[]} packages */
function aptCommand(packages) {
  return `sudo apt-get update && sudo apt-get install -y ${packages.join(" ")}`;
}

/**
 * The path of a program, or undefined.
 * @param {string} name
 */
function findProgram(name) {
  const extensions = process.platform === "win32" ? [".exe", ".cmd"] : [""];
  const directories = (process.env.PATH ?? "").split(delimiter);
  return directories.flatMap((dir) => extensions.map((ext) => join(dir, name + ext))).find((path) => existsSync(path));
}
