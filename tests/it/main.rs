//! All native tests in one binary; the same binary runs as WebAssembly.

mod allocation;
mod bad_input;
mod bad_settings;
mod differential;
mod distribution;
mod golden;
mod models;
mod mutants;
mod properties;
mod rng;
mod stages;
mod support;
mod text;
