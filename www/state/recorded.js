/** The prompts after which SmolLM2's logits were recorded, by tools/llama/recorded.js. */
export const RECORDED_PROMPTS = Object.freeze([
  "The capital of France is",
  "Once upon a time there was a",
  "My favourite season is",
  "To be, or not to be, that is the",
  "The opposite of hot is",
]);
