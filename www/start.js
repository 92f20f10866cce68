/** What runs first on the lab's own page: the worker starts, and loads the engine, while the rest of the page's code is on its way. */
import { startAhead } from "./engine/spawn.js";

startAhead();
import("./lab-page.js");
