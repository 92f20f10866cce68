// npm start [-- --port N]: sets everything up, builds the engine and serves the page on this machine.
import { parseArgs } from "node:util";
import { command } from "./lib/command.js";
import { buildEngine } from "./lib/engine.js";
import { root } from "./lib/run.js";

const { values } = parseArgs({ options: { port: { type: "string", default: "5173" } } });

await command(async () => {
  await buildEngine();
  const { createServer } = await import("vite");
  const server = await createServer({ configFile: `${root}/vite.config.js`, server: { port: Number(values.port) } });
  await server.listen();
  console.log(`\nLogit Lab is served at ${server.resolvedUrls?.local[0]}\nStop it with Ctrl+C.`);
});
