// mirostat: keeps what is at most so many steps surprising, as epsilon_cutoff does. Spec: src/stages/mirostat/mod.rs. Params: ⌊μ · 2^24⌋.
// Kernel: epsilon_cutoff.
