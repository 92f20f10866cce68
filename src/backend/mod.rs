//! A backend turns logits (B, V) into tokens (B). Same coin, same token, on every backend.

pub mod cpu;

use crate::{
    error::Result,
    history::History,
    plan::Plan,
    rng::Draw,
    token::TokenId,
    trace::StepTrace,
};

/// One row of a batch: its plan, its past and its randomness.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// What happens before the draw.
    pub plan: &'a Plan,
    /// The tokens so far; empty where no stage looks at them.
    pub history: &'a History,
    /// The randomness.
    pub draw: Draw<'a>,
}

/// The outcome of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The token drawn.
    pub token: TokenId,
    /// Its final probability, after all stages; 1 for greedy.
    pub probability: f32,
    /// How many tokens were left to draw from.
    pub kept: u32,
    /// Every stage's column, on request.
    pub trace: Option<Box<StepTrace>>,
}

/// Samples tokens. Model and backend do not know each other; they meet in `generate.rs`.
#[allow(async_fn_in_trait, reason = "the crate runs single-threaded; no Send bound is wanted")]
pub trait Backend {
    /// Draws one token per row from `logits`, (B, V) row after row, and appends B steps to `out`.
    ///
    /// The logits are scratch space: their values after the call are unspecified.
    ///
    /// # Errors
    /// `InvalidLogits` (NaN or +inf, found before anything is computed), `NothingLeft` (a row without a token), `WrongLength`.
    /// On an error `out` is as it was.
    async fn step(&mut self, logits: &mut [f32], rows: &[Row<'_>], want_trace: bool, out: &mut Vec<Step>) -> Result<()>;
}
