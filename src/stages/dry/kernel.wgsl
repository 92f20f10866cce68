// dry: subtracts the penalties that the CPU found. (B, V) → (B, V), in place. Spec: src/stages/dry/mod.rs.
// Kernel: bias.
