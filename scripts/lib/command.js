// The frame of every command: a sentence for a person instead of a stack trace.
import { Missing } from "./need.js";

/**
 * @param {() => Promise<void>} main
 */
export async function command(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`\n${error instanceof Missing ? "Something is missing. " : ""}${error.message}`);
    process.exitCode = 1;
  }
}
