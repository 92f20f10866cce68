/** The page that compares a GPU with the CPU, and keeps what came out as JSON. */
import "../theme.js";
import { createLab } from "../engine/index.js";
import { version } from "../engine/version.js";
import { PRESETS } from "../state/presets.js";
import { compareDraws, compareTokens, N_DRAWS, N_TOKENS } from "./proof.js";

const at = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
const { start, far, said, report, save } = Object.fromEntries(
  ["start", "far", "said", "report", "save"].map((id) => [id, at(id)]),
);

start.addEventListener("click", async () => {
  start.disabled = true;
  for (const shown of [report, save]) shown.hidden = true;
  far.hidden = false;
  said.textContent = "Comparing …";
  try {
    show(await compared());
  } catch (error) {
    said.textContent = `Nothing was compared: ${/** @type {Error} */ (error).message}`;
  } finally {
    start.disabled = false;
    far.hidden = true;
  }
});

save.addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([report.textContent], { type: "application/json" }));
  link.download = "logit-lab-proof.json";
  link.click();
  URL.revokeObjectURL(link.href);
});

/** Everything, on a lab of each kind. */
async function compared() {
  const labs = [];
  try {
    const sides = [];
    for (const backend of /** @type {const} */ (["cpu", "webgpu"])) {
      const lab = await createLab({ backend });
      labs.push(lab);
      sides.push({ lab, model: await lab.model({ kind: "gpt" }) });
    }
    const [cpu, gpu] = sides;
    const { adapter } = gpu.lab.backend;
    // ?draws=…&tokens=… for a shorter look, as the tests take.
    const asked = new URLSearchParams(location.search);
    const n = (/** @type {string} */ name, /** @type {number} */ most) =>
      Math.min(most, Number(asked.get(name)) || most);
    const tell = (/** @type {number} */ done) => {
      far.value = done;
    };
    const draws = await compareDraws({ cpu, gpu, presets: PRESETS, n: n("draws", N_DRAWS), tell });
    const tokens = await compareTokens({ gpu, n: n("tokens", N_TOKENS), tell: (done) => tell(N_DRAWS + done) });
    const { kind, lost } = gpu.lab.backend;
    if (kind !== "webgpu" || lost) throw new Error("the GPU was lost on the way");
    const about = { made: new Date().toISOString(), version, browser: navigator.userAgent, adapter };
    return { ...about, draws, tokens };
  } finally {
    for (const lab of labs) lab.dispose();
  }
}

/** @param {Awaited<ReturnType<typeof compared>>} found */
function show(found) {
  const { draws, tokens } = found;
  const n_draws = draws.n - draws.same_bits;
  const n_tokens = (tokens?.rows ?? 0) - (tokens?.same_tokens ?? 0);
  const equal = n_draws === 0 && n_tokens === 0;
  const counts = `${draws.n.toLocaleString("en")} draws and ${(tokens?.rows ?? 0).toLocaleString("en")} tokens`;
  said.textContent = equal
    ? `Equal: ${counts}.`
    : `Not equal: of ${counts}, ${n_draws} draws and ${n_tokens} tokens differ. The first of each is below.`;
  report.textContent = JSON.stringify({ equal, ...found }, null, 2);
  for (const shown of [report, save]) shown.hidden = false;
}
