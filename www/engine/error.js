/** What can go wrong, as one class with stable codes. The engine's own errors come from Rust; the few others are made here. */

import { printed, reasonOf, shortened } from "./printed.js";

/**
 * @typedef {object} ErrorDetails
 * @property {string} [setting] the setting at fault
 * @property {unknown} [value] its value
 * @property {number} [row] the row of the batch at fault
 * @property {number} [index] the token id or position at fault
 * @property {number} [line] the line of its text at fault, from 1
 * @property {number} [column] the column of that line, from 1
 * @property {string} [kernel] the GPU kernel at fault
 * @property {string} [tensor] the checkpoint's tensor at fault
 * @property {string} [python] lines that make a file that can be read
 * @property {string} [stage] the stage that removed the last token of the row
 * @property {unknown} [cause] the error underneath
 */

/**
 * @typedef {"invalid_setting" | "unknown_setting" | "invalid_logits" | "wrong_length" | "nothing_left" | "nothing_allowed" | "token_not_allowed" | "constraint_syntax"
 *   | "constraint_unsupported" | "constraint_too_large" | "constraint_empty" | "constraint_too_complex" | "invalid_token" | "empty_prompt" | "cannot_encode" | "chat_template"
 *   | "model_format" | "invalid_tensor" | "model_load" | "wasm_load" | "backend_unavailable" | "backend_fault" | "backend_lost"
 *   | "out_of_memory" | "limit_exceeded" | "engine_lost" | "disposed" | "internal"} ErrorCode
 */

/**
 * Every error of the library. On an error nothing is half-changed.
 *
 * | code | when |
 * | --- | --- |
 * | `invalid_setting`, `unknown_setting` | a setting is out of range, or does not exist |
 * | `invalid_logits`, `wrong_length`, `nothing_left` | the logits hold NaN or +inf, do not fill the batch, or a stage removed the last of them |
 * | `constraint_syntax`, `constraint_unsupported` | a constraint cannot be understood, or not be enforced exactly |
 * | `constraint_too_large`, `constraint_too_complex` | a constraint is larger than is read, or a step of it takes too much work |
 * | `constraint_empty` | no text is of the form that a constraint describes |
 * | `nothing_allowed`, `token_not_allowed` | a constraint allows no token here, or not the one that was put here |
 * | `invalid_token`, `empty_prompt`, `model_format` | ids outside the vocabulary, a prompt or a model that cannot be used |
 * | `cannot_encode` | a text has a character or a token that the model does not have |
 * | `chat_template` | a chat template cannot be used, or refuses the messages |
 * | `invalid_tensor`, `model_load` | a checkpoint with a tensor that is missing or does not fit, or one that cannot be fetched |
 * | `wasm_load`, `backend_unavailable` | the engine cannot be loaded, or not where it was asked for |
 * | `backend_fault`, `backend_lost` | the GPU computes wrong or is gone, and was asked for by name |
 * | `out_of_memory` | more than the GPU has memory for, and it was asked for by name |
 * | `limit_exceeded` | more than one call takes, or than there is memory for |
 * | `engine_lost` | the engine broke down; the lab has a fresh one for the next call |
 * | `disposed` | the lab, model or generator has been given back, before a call or in the middle of one |
 * | `internal` | a fault of the library's own, which no setting can mend |
 */
export class LabError extends Error {
  /** @type {string | undefined} The setting at fault. */
  setting;
  /** @type {unknown} Its value. */
  value;
  /** @type {number | undefined} The row of the batch at fault. */
  row;
  /** @type {number | undefined} The token id or position at fault. */
  index;
  /** @type {number | undefined} The line of a constraint's text at fault, from 1. */
  line;
  /** @type {number | undefined} The column of that line, from 1. */
  column;

  /** @type {string | undefined} The GPU kernel at fault. */
  kernel;
  /** @type {string | undefined} The checkpoint's tensor at fault. */
  tensor;
  /** @type {string | undefined} The stage that removed the last token of the row. */
  stage;
  /** @type {string | undefined} Lines of Python that make of the file one that can be read, or get one; the message ends with them. */
  python;

  /**
   * @param {ErrorCode} code stable, for programs
   * @param {string} message for people: what is wrong and what to do
   * @param {ErrorDetails} [details]
   */
  constructor(code, message, { cause, ...details } = {}) {
    super(details.python ? message : shortened(message, MOST_SAID), cause === undefined ? undefined : { cause });
    this.name = "LabError";
    /** Stable, for programs. @type {ErrorCode} @readonly */
    this.code = code;
    Object.assign(this, details);
    // What the engine quotes is as long as it was given, and so is a tensor's name.
    for (const key of /** @type {const} */ (["setting", "value", "tensor"])) {
      const said = this[key];
      if (typeof said === "string") this[key] = shortened(said, MOST_QUOTED);
    }
  }
}

/** Characters of a message, and of what is quoted in it. */
const [MOST_SAID, MOST_QUOTED] = [1000, 200];

/**
 * What an error looks like on its way between threads and out of wasm.
 * @typedef {{ code: ErrorCode, message: string } & Omit<ErrorDetails, "cause">} PlainError
 */

/** @param {LabError} error @returns {PlainError} */
export const toPlain = ({
  code,
  message,
  setting,
  value,
  row,
  index,
  line,
  column,
  kernel,
  tensor,
  python,
  stage,
}) => ({
  code,
  message,
  setting,
  value,
  row,
  index,
  line,
  column,
  kernel,
  tensor,
  python,
  stage,
});

/** @param {PlainError} plain */
export const fromPlain = ({ code, message, ...details }) => new LabError(code, message, details);

/** @param {unknown} thrown @returns {thrown is PlainError} */
export const isPlain = (thrown) =>
  typeof thrown === "object" &&
  thrown !== null &&
  !(thrown instanceof Error) &&
  "code" in thrown &&
  "message" in thrown;

/**
 * @param {string} setting
 * @param {unknown} value
 * @param {string} expected what to do, as a sentence part: "use a whole number >= 1"
 */
export const invalidSetting = (setting, value, expected) =>
  new LabError("invalid_setting", `${setting} = ${printed(value)} is not valid: ${expected}`, {
    setting,
    value: printed(value),
  });

/** @param {string} what */
export const disposed = (what) => new LabError("disposed", `this ${what} has been disposed of: make a new one`);

/** @param {unknown} [cause] */
export const engineLost = (cause) => {
  const reason = reasonOf(cause ?? "its thread ended");
  const advice = "the lab has a fresh one, so call again; make new generators";
  return new LabError("engine_lost", `the engine broke down (${reason}): ${advice}`, { cause });
};

/**
 * What nobody threw on purpose, so that no setting of a caller's is to blame.
 * @param {unknown} cause
 */
export const internal = (cause) =>
  new LabError("internal", `a fault of the library (${reasonOf(cause)}): please report it`, { cause });
