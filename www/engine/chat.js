/** What a call for a chat is given. */

/** @import { ChatMessage, ChatOptions } from "./types.js" */

import { refuseUnknown } from "./check.js";
import { invalidSetting } from "./error.js";
import { jsonOf } from "./json.js";
import { MOST_IDS, requireAtMost } from "./limits.js";
import { reading, readOptions } from "./plain.js";

const NAMES = ["template", "tools", "add_generation_prompt", "bos_token", "eos_token", "date"];

/**
 * What a chat template is rendered with.
 * @param {{ chat_template?: string } | null} config a model's
 * @param {readonly ChatMessage[]} messages
 * @param {ChatOptions} [options]
 * @returns {[template: string, json: string, now: number[]]}
 * @throws {LabError} `invalid_setting`, `unknown_setting`, `limit_exceeded`
 */
export const askedOf = (config, messages, options = {}) => {
  const given = readOptions("options", options, ["date"]);
  refuseUnknown(given, NAMES);
  const { template = config?.chat_template, date = new Date(), tools, bos_token = "", eos_token = "" } = given;
  const { add_generation_prompt = true } = given;
  if (typeof template !== "string")
    throw invalidSetting("template", template, "this model's files have none, so give one as a text");
  if (typeof add_generation_prompt !== "boolean")
    throw invalidSetting("add_generation_prompt", add_generation_prompt, "use true or false");
  for (const [name, token] of Object.entries({ bos_token, eos_token }))
    if (typeof token !== "string") throw invalidSetting(name, token, "use the token's text");
  const now = reading("date", () => [date.getFullYear(), date.getMonth() + 1, date.getDate()].concat(clock(date)));
  if (!now.every(Number.isInteger)) throw invalidSetting("date", date, "use a Date that is a time");
  if (!reading("messages", () => Array.isArray(messages)))
    throw invalidSetting("messages", messages, "use a list of objects with role and content");
  const asked = readOptions("messages", { messages });
  const hasTools = tools != null && (!Array.isArray(tools) || tools.length > 0);
  if (hasTools && !Array.isArray(tools)) throw invalidSetting("tools", tools, "use a list of objects");
  if (hasTools && !template.includes("tools"))
    throw invalidSetting("tools", tools, "leave them out: this chat template has no place for tools");
  const said = { ...asked, tools, add_generation_prompt, bos_token, eos_token };
  const json = reading("messages", () => jsonOf(said));
  requireAtMost("messages", json.length, MOST_IDS);
  return [template, json, now];
};

/** @param {Date} date */
const clock = (date) => [date.getHours(), date.getMinutes(), date.getSeconds()];
