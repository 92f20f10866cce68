/** The views behind the tabs, with their styles. They come after the first text, in a file of their own. */
import { compareStyles } from "../components/compare.js";
import { oddsStyles } from "../components/odds.js";
import { rulesStyles } from "../components/rules.js";
import { shareStyles } from "../components/share.js";
import { stagesStyles } from "../components/stages.js";
import { sweepStyles } from "../components/sweep.js";
import { plotStyles } from "../components/sweep-plot.js";
import { timingsStyles } from "../components/timings.js";

export { compareView } from "../components/compare.js";
export { oddsView } from "../components/odds.js";
export { shareView } from "../components/share.js";
export { stagesView } from "../components/stages.js";
export { timingsView } from "../components/timings.js";

export const styles = [
  stagesStyles,
  timingsStyles,
  sweepStyles,
  plotStyles,
  shareStyles,
  rulesStyles,
  oddsStyles,
  compareStyles,
];
