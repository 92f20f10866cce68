// Where the page finds SmolLM2: at the address in LOGITLAB_SMOLLM2, or while it is served from its sources, in the file that `npm run model smollm2`
// has fetched; and its recorded rows, which are in the repository.
import { createReadStream, existsSync, statSync } from "node:fs";
import { modelPath } from "./models.js";

/** Where a served page finds the fetched file. */
const PATH = "/smollm2.gguf";

/**
 * Puts the addresses in the place of the nulls that www/tasks/our-smollm2.js has without a build.
 * @returns {import("vite").Plugin}
 */
export function addressOfSmollm2() {
  let isServed = false;
  const path = modelPath("smollm2");
  const serve = (/** @type {{ middlewares: import("vite").Connect.Server }} */ { middlewares }) => {
    middlewares.use(PATH, (_, answer) => {
      if (!existsSync(path)) return answer.writeHead(404).end("npm run model smollm2 fetches it");
      const headers = { "content-type": "application/octet-stream", "content-length": statSync(path).size };
      createReadStream(path).pipe(answer.writeHead(200, headers));
    });
  };
  return {
    name: "address-of-smollm2",
    enforce: "pre",
    configResolved: ({ command }) => {
      isServed = command === "serve";
    },
    transform: (code, id) => {
      if (!id.endsWith("/www/tasks/our-smollm2.js")) return null;
      const address = process.env.LOGITLAB_SMOLLM2 || (isServed && existsSync(path) ? `.${PATH}` : null);
      const rows = 'import rows from "../models/smollm2/rows.bin?url";\n';
      const put = code.replace("address: null", `address: ${JSON.stringify(address)}`);
      return rows + put.replace("RECORDED = null", "RECORDED = new URL(rows, import.meta.url).href");
    },
    configureServer: serve,
    // A built site has the address that was built in; page tests give the element this one.
    configurePreviewServer: serve,
  };
}
