//! Logit Lab: logits in, token out, and the reason why.
//!
//! The flow is one way: `prompt → tokens → model → logits (B, V) → stages, in the plan's order → softmax → draw → token → text`.
//!
//! | to … | look at |
//! | --- | --- |
//! | ask for something | [`settings`], validated once into a [`plan`] |
//! | draw a token | [`backend`]: logits, plan, history and randomness in, [`backend::Step`] out |
//! | see why | [`trace`]: a column per stage and the draw itself; of any token of a text: [`explain`]; as bands: [`picture`] |
//! | know more of a text | [`facts`], [`statistics`]; what others would keep: [`rules`] |
//! | make text | [`generate`]: the notebook's loop over any [`model`]; what a backend runs of one: `network` |
//! | repeat PyTorch | [`rng`]: its generator, bit for bit |

pub mod backend;
pub mod error;
pub mod explain;
pub mod facts;
pub mod generate;
pub mod history;
pub mod lanes;
mod mask;
pub mod model;
pub mod network;
mod number;
pub mod picture;
pub mod plan;
pub mod rng;
mod rows;
pub mod rules;
pub mod sample;
pub mod settings;
pub mod stages;
pub mod statistics;
pub mod text;
pub mod timing;
pub mod token;
pub mod trace;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub mod web;
