//! A backend turns logits (B, V) into tokens (B). Same coin, same token, on every backend.

#[cfg(not(target_os = "wasi"))]
pub mod auto;
#[cfg(not(target_os = "wasi"))]
pub mod costs;
pub mod cpu;
pub mod decode;
#[cfg(not(target_os = "wasi"))]
pub mod gpu;
#[cfg(not(target_os = "wasi"))]
pub mod probe;

use self::decode::{Contexts, Decode};
use crate::{error::Result, history::History, plan::Plan, rng::Draw, stages::Given, token::TokenId, trace::StepTrace};

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

impl<'a> Row<'a> {
    /// What its stages may look at.
    pub(crate) fn given(&self) -> Given<'a> {
        Given { history: self.history, draw: self.draw }
    }
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

/// Where a backend finds the logits of a first-order chain: what follows a token depends on that token alone.
pub trait Transitions {
    /// V.
    fn vocab_size(&self) -> usize;
    /// Writes to `out` (V) the logits for what follows `token`.
    fn logits_after(&self, token: TokenId, out: &mut [f32]);
}

/// A run of steps of some rows, in which no stage looks at the history and every coin is Philox's.
#[derive(Clone, Copy)]
pub struct Chain<'a> {
    /// The model.
    pub model: &'a dyn Transitions,
    /// What happens before each draw.
    pub plan: &'a Plan,
    /// Seed of the coins.
    pub seed: u64,
    /// Step of the first coin.
    pub first_step: u32,
    /// How many steps.
    pub n: u32,
    /// A row ends with any of these.
    pub eos: &'a [TokenId],
    /// Where each row stands.
    pub rows: &'a [ChainRow],
}

/// One row of a [`Chain`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainRow {
    /// The token before the first step.
    pub last: TokenId,
    /// Row of the coins.
    pub row: u32,
}

/// One entry per step, appended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChainOutput {
    /// The tokens drawn.
    pub tokens: Vec<TokenId>,
    /// Their final probabilities.
    pub probabilities: Vec<f32>,
    /// How many tokens were left to draw from.
    pub kept: Vec<u32>,
}

impl ChainOutput {
    /// Room for this many steps in all; new ones are zero.
    pub fn resize(&mut self, n: usize) {
        self.tokens.resize(n, 0);
        self.probabilities.resize(n, 0.0);
        self.kept.resize(n, 0);
    }

    /// Forgets the first `n` steps.
    pub fn forget(&mut self, n: usize) {
        self.tokens.drain(..n);
        self.probabilities.drain(..n);
        self.kept.drain(..n);
    }

    /// Forgets the steps, keeps the memory.
    pub fn clear(&mut self) {
        self.tokens.clear();
        self.probabilities.clear();
        self.kept.clear();
    }
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
    async fn step(&mut self, logits: &mut [f32], rows: &[Row<'_>], want_trace: bool, out: &mut Vec<Step>)
    -> Result<()>;

    /// What this backend remembers of a chain between calls. One table belongs to one model and one plan.
    type ChainTable: Default;

    /// Draws up to `chain.n` tokens for each row, the same ones as `n` calls of [`step`](Self::step), and appends them to `out`, one
    /// entry per row. Returns false, with nothing done, when this backend has no faster way than `step`. A row ends early after a
    /// token of `chain.eos`, and before a step that fails: that step's error is [`step`](Self::step)'s to report.
    ///
    /// # Errors
    /// Those of the device.
    async fn chain(&mut self, chain: &Chain<'_>, table: &mut Self::ChainTable, out: &mut [ChainOutput])
    -> Result<bool>;

    /// Runs a network by itself: draws up to `decode.n` tokens after each context, and appends them to `out`, one entry per row. Returns
    /// false, with nothing done, when this backend runs no networks, or has a reason not to run this one now. A row ends early before a
    /// step that fails: that step's error is [`step`](Self::step)'s to report. Logits differ from the model's own by rounding.
    ///
    /// # Errors
    /// Those of the device; `LimitExceeded`.
    async fn decode(&mut self, decode: &Decode<'_>, out: &mut [ChainOutput]) -> Result<bool> {
        let _ = (decode, out);
        Ok(false)
    }

    /// Writes to `out` (B, V) the logits for what follows each context, as a network gives them that this backend runs; false, with nothing
    /// done, as in [`decode`](Self::decode).
    ///
    /// # Errors
    /// Those of the device; `LimitExceeded`.
    async fn network_logits(&mut self, contexts: &Contexts<'_>, out: &mut [f32]) -> Result<bool> {
        let _ = (contexts, out);
        Ok(false)
    }

    /// Whether this backend might read these contexts, and wants to be shown first, by [`note_network`](Self::note_network) and
    /// [`prove_network`](Self::prove_network), what that costs and what is right.
    fn doubts_network(&self, contexts: &Contexts<'_>) -> bool {
        let _ = contexts;
        false
    }

    /// Compares what this backend makes of one context of T tokens with the logits (T, V) of the model itself.
    ///
    /// # Errors
    /// `BackendFault` when they are others, and those of the device, where this backend was asked for by name.
    async fn prove_network(&mut self, contexts: &Contexts<'_>, wanted: &[f32]) -> Result<()> {
        let _ = (contexts, wanted);
        Ok(())
    }

    /// Is told that the model itself has read these contexts, and how long that took.
    fn note_network(&mut self, contexts: &Contexts<'_>, ms: f64) {
        let _ = (contexts, ms);
    }

    /// Whether it wants to see the model's own logits beside those it computed.
    fn checks_networks(&self) -> bool {
        false
    }

    /// Draws from its own logits (B, V) and from the model's, if there are any, and notes where the tokens part.
    fn check_network(&mut self, logits: &[f32], reference: &mut Vec<f32>, rows: &[Row<'_>]) {
        let _ = (logits, reference, rows);
    }
}
