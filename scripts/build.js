// npm run build: the deployable site in dist/site and the npm package in dist/npm; with --no-engine, of the engine that is there.
import { parseArgs } from "node:util";
import { command } from "./lib/command.js";
import { buildEngine } from "./lib/engine.js";
import { root, runBin } from "./lib/run.js";

const { values } = parseArgs({ options: { "no-engine": { type: "boolean" } } });

await command(async () => {
  if (!values["no-engine"]) await buildEngine();
  // These use npm packages, which may just have been installed.
  const { buildPackage, copyEmbed } = await import("./lib/package.js");
  await buildPackage(`${root}/dist/npm`);
  await runBin("publint", ["dist/npm", "--strict"]);
  const { build } = await import("vite");
  await build({ configFile: `${root}/vite.config.js` });
  await copyEmbed(`${root}/dist/npm`, `${root}/dist/site`);
});
