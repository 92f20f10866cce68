//! Logit Lab: logits in, token out, and the reason why.
//!
//! The flow is one way: `prompt → tokens → model → logits (B, V) → stages, in the plan's order → softmax → draw → token → text`.
//!
//! | to … | look at |
//! | --- | --- |
//! | ask for something | [`settings`], validated once into a [`plan`] |
//! | draw a token | [`backend`]: logits, plan, history and randomness in, [`backend::Step`] out; [`cpu`], [`gpu`] |
//! | see why | [`trace`]: a column per stage and the draw itself; of any token of a text: [`explain`]; as bands: [`picture`] |
//! | know more of a text | [`facts`], [`statistics`]; what others would keep: [`rules`] |
//! | make text | [`generate`]: the notebook's loop over any [`model`]; what a backend runs of one: [`network`] |
//! | hold a text to a form | [`grammar`]: what says which tokens may follow; [`stages::Constraint`] |
//! | repeat PyTorch | [`rng`]: its generator, bit for bit |
//!
//! The modules stand in an order, and each imports only from those before it: `core`, which every one may name, [`lanes`], [`rng`], `rows`,
//! [`stages`], [`backend`], [`cpu`], [`gpu`], [`auto`], [`model`], [`settings`], [`generate`], [`explain`], and `web`,
//! the edge to JavaScript.

mod core;
pub mod lanes;
pub mod rng;
mod rows;
pub mod stages;

#[cfg(not(target_os = "wasi"))]
pub mod auto;
pub mod backend;
pub mod cpu;
#[cfg(not(target_os = "wasi"))]
pub mod gpu;

pub mod explain;
pub mod generate;
pub mod model;
pub mod settings;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub mod web;

pub use self::core::{error, grammar, history, network, text, token, trace};
pub use self::{
    explain::{facts, picture, rules, statistics},
    generate::{sample, timing},
    stages::plan,
};
