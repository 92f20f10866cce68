//! All native tests in one binary; the same binary runs as WebAssembly.

mod golden;
mod models;
mod rng;
mod text;
