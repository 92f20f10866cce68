import { en as first } from "../../../../www/lib/strings.js";
import { tabs } from "../../../../www/lib/strings-of-tabs.js";

/** Everything that the page says in English, once it is all there. */
export const en = { ...first, ...tabs };
