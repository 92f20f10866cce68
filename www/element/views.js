/** The views behind the tabs and the parts, what is folded and the tour, with their styles. They come after the first text, in a file of their own. */
import { compareStyles } from "../components/compare.js";
import { copyableStyles } from "../components/copyable.js";
import { distributionStyles, tableStyles } from "../components/distribution.js";
import { drawsStyles } from "../components/draws.js";
import { lossStyles } from "../components/loss-notice.js";
import { machineStyles } from "../components/machine.js";
import { modelPanelStyles } from "../components/model-panel.js";
import { placeStyles } from "../components/place-line.js";
import { rulesStyles } from "../components/rules.js";
import { shareStyles } from "../components/share.js";
import { stagesStyles } from "../components/stages-styles.js";
import { stripStyles } from "../components/strip-styles.js";
import { sweepStyles } from "../components/sweep.js";
import { plotStyles } from "../components/sweep-plot.js";
import { timingsStyles } from "../components/timings.js";
import { tokenPeekStyles } from "../components/token-peek.js";
import { tokensStyles } from "../components/tokens.js";
import { tourStyles } from "../components/tour.js";
import { countsStyles } from "../river/counts.js";
import { moreStyles } from "../river/more-styles.js";
import { paperStyles } from "./paper-styles.js";

export { changeNote } from "../components/change-note.js";
export { compareView } from "../components/compare.js";
export { copyText } from "../components/copy-text.js";
export { distributionView } from "../components/distribution.js";
export { drawPart } from "../components/draw.js";
export { drawsView } from "../components/draws.js";
export { loopNote } from "../components/loop-note.js";
export { lossNotice } from "../components/loss-notice.js";
export { machinePanel } from "../components/machine.js";
export { mismatch } from "../components/mismatch.js";
export { modelPanel } from "../components/model-panel.js";
export { placeLine } from "../components/place-line.js";
export { shareView } from "../components/share.js";
export { stagesView } from "../components/stages.js";
export { timingsView } from "../components/timings.js";
export { placePeek, tokenPeek } from "../components/token-peek.js";
export { tokensView } from "../components/tokens.js";
export { arrive, tourCard } from "../components/tour.js";
export { tabs as sentences } from "../lib/strings-of-tabs.js";
export { paintCounts } from "../river/counts.js";
export { Hold } from "../river/hold.js";
export { paintLater } from "../river/later.js";
export { moreBody } from "../river/more.js";
export { moveByKey, moveByPointer } from "../river/order.js";
export { draggedTo, dragNeedle, moveNeedle } from "../river/what-if.js";
export { Instruments } from "./instruments.js";
export { mistakesOf, tellConsole, tellRefused } from "./mistakes.js";

export const styles = [
  tableStyles,
  distributionStyles,
  stripStyles,
  stagesStyles,
  tokensStyles,
  tokenPeekStyles,
  timingsStyles,
  sweepStyles,
  plotStyles,
  shareStyles,
  copyableStyles,
  rulesStyles,
  drawsStyles,
  compareStyles,
  machineStyles,
  placeStyles,
  lossStyles,
  modelPanelStyles,
  tourStyles,
  moreStyles,
  countsStyles,
  paperStyles,
];
