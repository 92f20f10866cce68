// bad_words: adds the biases of the sequences that the CPU found. (B, V) → (B, V), in place. Spec: src/stages/bad_words/mod.rs.
// Kernel: bias.
