// no_repeat_ngram: adds −∞ to the tokens that the CPU found. (B, V) → (B, V), in place. Spec: src/stages/no_repeat_ngram/mod.rs.
// Kernel: bias.
