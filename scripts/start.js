// npm start [-- --port N]: sets everything up, builds the engine and serves the page on this machine.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { command } from "./lib/command.js";
import { buildEngine } from "./lib/engine.js";
import { needNode, needPackages } from "./lib/need.js";
import { root } from "./lib/run.js";

const { values } = parseArgs({ options: { port: { type: "string", default: "5173" } } });

await command(async () => {
  needNode();
  const isFirst = !existsSync(`${root}/www/engine/pkg/logitlab_bg.wasm`);
  if (isFirst)
    console.log("The first start compiles the engine, in about two minutes on two cores. Later ones take seconds.");
  await step("1 of 3: npm packages", needPackages);
  // What the first screen needs comes first, compiled in a hurry.
  await step("2 of 3: engine", () => buildEngine(isFirst ? { modules: ["logitlab"], isQuick: true } : {}));
  await step("3 of 3: server", serve);
  if (!isFirst) return;
  console.log(
    "Meanwhile the engine is built as it is shipped, what reads tokenizers, constraints and chat templates …",
  );
  await step("behind the page: the whole engine", () =>
    buildEngine({ modules: ["logitlab_bpe", "logitlab_grammar", "logitlab_chat"] }).then(() => buildEngine()),
  );
  console.log("All is there. The page loads again by itself.");
});

async function serve() {
  const { createServer } = await import("vite");
  const server = await createServer({ configFile: `${root}/vite.config.js`, server: { port: Number(values.port) } });
  await server.listen();
  console.log(`\nLogit Lab is served at ${server.resolvedUrls?.local[0]}\nStop it with Ctrl+C.\n`);
}

/** @param {string} name @param {() => Promise<void>} work */
async function step(name, work) {
  console.log(`── ${name}`);
  const started = performance.now();
  await work();
  console.log(`── ${name}: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
