// npm run build: the deployable site in dist/site and the npm package in dist/npm.
import { command } from "./lib/command.js";
import { needNode, needPackages, needRust } from "./lib/need.js";
import { root, run, runBin } from "./lib/run.js";

await command(async () => {
  needNode();
  await needPackages();
  await needRust({ targets: ["wasm32-unknown-unknown"] });
  await run("cargo", ["xtask", "build"]);
  // These use npm packages, which may just have been installed.
  const { buildPackage, copyEmbed } = await import("./lib/package.js");
  await buildPackage(`${root}/dist/npm`);
  await runBin("publint", ["dist/npm", "--strict"]);
  const { build } = await import("vite");
  await build({ configFile: `${root}/vite.config.js` });
  await copyEmbed(`${root}/dist/npm`, `${root}/dist/site`);
});
