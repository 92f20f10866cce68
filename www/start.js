/** What runs first on the lab's own page. The engine's files come, and its worker starts, while the rest of the page's code is on its way. */
import { holdLab } from "./tasks/shared-lab.js";

// The engine stays as long as the page; if it fails, the lab tells of it.
holdLab().catch(() => {});
import("./lab-page.js");
// The browser reads its tables of number formats with the first one that is made; later, that would hold up the first picture.
setTimeout(() => new Intl.NumberFormat("en"));
