//! A backend turns logits (B, V) into tokens (B). Same random number, same token, on every backend.

pub mod decode;

use self::decode::{Contexts, Decode};
use crate::{
    core::{error::Result, history::History, token::TokenId, trace::StepTrace},
    rng::Draw,
    stages::{Given, plan::Plan},
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

/// A run of steps of some rows, in which no stage looks at the history and every random number is Philox's.
#[derive(Clone, Copy)]
pub struct Chain<'a> {
    /// The model.
    pub model: &'a dyn Transitions,
    /// What happens before each draw.
    pub plan: &'a Plan,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Step of the first random number.
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
    /// Row of the random numbers.
    pub row: u32,
}

/// What a backend may draw many steps of in one call.
#[derive(Clone, Copy)]
pub enum Ahead<'a> {
    /// A first-order model. A row ends early after a token of `eos`, too.
    Chain(Chain<'a>),
    /// A network.
    Network(Decode<'a>),
}

/// Where logits come from: a model, and the rows it is to read.
pub trait LogitSource {
    /// The model as a network, and what it is to read; None where it is none.
    fn contexts(&self) -> Option<Contexts<'_>>;

    /// The model's own logits (B, V) for what follows each row; false where its time is over before they are all there. Another call then goes on in
    /// the same `out`.
    ///
    /// # Errors
    /// The model's.
    fn logits(&mut self, out: &mut [f32]) -> Result<bool>;

    /// The model's own logits (T, V) after each of these tokens (T); None where its time is over before. Another call then goes on.
    ///
    /// # Errors
    /// The model's.
    fn logits_of(&mut self, ids: &[TokenId]) -> Result<Option<Vec<f32>>>;

    /// A backend has read so many tokens of the contexts by itself, and goes on with the next call.
    fn note_read(&mut self, n_tokens: usize);

    /// The model has taken `ms` milliseconds more; gives what it has taken since it was last done.
    fn spend(&mut self, ms: f64, is_done: bool) -> f64;

    /// The run's clock, which says how long the model takes.
    fn now_ms(&self) -> f64;
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
    /// Makes space for this many steps in all; new ones are zero.
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

/// How much of a step is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The token, and no trace.
    Token,
    /// A trace without the evidence of each removed token, which may take a sort of the vocabulary: what a picture needs.
    Columns,
    /// A trace with all of it.
    Evidence,
}

impl Detail {
    /// Whether there is a trace.
    pub fn has_trace(self) -> bool {
        self != Self::Token
    }
}

/// Samples tokens. Model and backend do not know each other; they meet in `generate/`.
#[allow(async_fn_in_trait, reason = "the crate runs single-threaded; no Send bound is wanted")]
pub trait Backend {
    /// Draws one token per row from `logits`, (B, V) row after row, and appends B steps to `out`.
    ///
    /// The logits are scratch space: their values after the call are unspecified.
    ///
    /// # Errors
    /// `InvalidLogits` (NaN or +inf, found before anything is computed), `NothingLeft` (a row without a token), `WrongLength`.
    /// On an error `out` is as it was.
    async fn step(&mut self, logits: &mut [f32], rows: &[Row<'_>], detail: Detail, out: &mut Vec<Step>) -> Result<()>;

    /// What this backend remembers of a chain between calls. One table belongs to one model and one plan.
    type ChainTable: Default;

    /// Draws many steps in one call, the same tokens as calls of [`step`](Self::step), and appends them to `out`, one entry per row. Returns
    /// false, with nothing done, when this backend has no faster way than `step`, or a reason not to take it now. A row ends early before a
    /// step that fails: that step's error is [`step`](Self::step)'s to report.
    ///
    /// # Errors
    /// Those of the device; `LimitExceeded`.
    async fn run_ahead(
        &mut self,
        run: &Ahead<'_>,
        table: &mut Self::ChainTable,
        out: &mut [ChainOutput],
    ) -> Result<bool>;

    /// Writes to `out` (B, V) the logits for what follows each row: the model's own, or those of its network, run by this backend, which differ
    /// by rounding. False where the source's time is over before; another call with the same arguments then goes on.
    ///
    /// # Errors
    /// The model's, and those of the device where it was asked for by name.
    async fn forward(&mut self, source: &mut dyn LogitSource, out: &mut [f32]) -> Result<bool> {
        source.logits(out)
    }
}
