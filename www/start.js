/** What runs first on the lab's own page. The engine's files come, and its worker starts, while the rest of the page's code is on its way. */
import { holdLab } from "./tasks/shared-lab.js";

// The engine stays as long as the page; if it fails, the lab tells of it.
holdLab().catch(() => {});
import("./lab-page.js");
// The first NumberFormat loads the browser's number tables. Created here, it does not delay the first picture.
setTimeout(() => new Intl.NumberFormat("en"));
