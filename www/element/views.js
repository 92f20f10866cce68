/** The views behind the tabs and the parts, what is folded and the tour, with their styles. They come after the first text, in a file of their own. */
import { compareStyles } from "../components/compare.js";
import { copyableStyles } from "../components/copyable.js";
import { distributionStyles, tableStyles } from "../components/distribution.js";
import { drawsStyles } from "../components/draws.js";
import { machineStyles } from "../components/machine.js";
import { rulesStyles } from "../components/rules.js";
import { shareStyles } from "../components/share.js";
import { stagesStyles, stripStyles } from "../components/stages-styles.js";
import { sweepStyles } from "../components/sweep.js";
import { plotStyles } from "../components/sweep-plot.js";
import { timingsStyles } from "../components/timings.js";
import { tokensStyles } from "../components/tokens.js";
import { tourStyles } from "../components/tour.js";
import { moreStyles } from "../river/more-styles.js";

export { compareView } from "../components/compare.js";
export { distributionView } from "../components/distribution.js";
export { drawPart } from "../components/draw.js";
export { drawsView } from "../components/draws.js";
export { machinePanel } from "../components/machine.js";
export { shareView } from "../components/share.js";
export { stagesView } from "../components/stages.js";
export { timingsView } from "../components/timings.js";
export { tokensView } from "../components/tokens.js";
export { arrive, tourCard } from "../components/tour.js";
export { moreBody } from "../river/more.js";

export const styles = [
  tableStyles,
  distributionStyles,
  stripStyles,
  stagesStyles,
  tokensStyles,
  timingsStyles,
  sweepStyles,
  plotStyles,
  shareStyles,
  copyableStyles,
  rulesStyles,
  drawsStyles,
  compareStyles,
  machineStyles,
  tourStyles,
  moreStyles,
];
