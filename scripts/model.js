// npm run model NAME: fetches a model once, for the page on this machine and for tests.
import { command } from "./lib/command.js";
import { fetchModel, MODELS } from "./lib/models.js";

await command(async () => {
  const [name] = process.argv.slice(2);
  if (!Object.hasOwn(MODELS, name ?? "")) {
    const known = Object.entries(MODELS).map(([name, { about }]) => `  npm run model ${name}   ${about}`);
    throw new Error(`Say which model:\n${known.join("\n")}`);
  }
  console.log(await fetchModel(name));
});
