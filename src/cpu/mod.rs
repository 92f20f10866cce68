//! The CPU backend: the machinery that the stages are written with, SIMD in [`crate::lanes`]. Also the reference that a GPU is compared with.
//!
//! A row goes through the plan's stages in their order. It starts as the whole row; the first filter turns it into a list of the tokens
//! left, in id order, so everything after a top_k of 50 touches fifty numbers. Nothing is allocated per token after warm-up.

mod chain;
mod draw;
mod many;
mod survivors;
mod trace;

use std::marker::PhantomData;

use crate::{
    backend::{Ahead, Backend, ChainOutput, Detail, Row, Step},
    core::{
        error::{Error, Result},
        mask,
    },
    lanes::{self, Lanes},
    rng::Draw,
    rows::{RowState, Scratch, scan, softmax as masses},
    stages::{Stage, plan::Plan},
};

#[cfg(not(target_os = "wasi"))]
pub(crate) use self::draw::{Drawn as DrawnToken, How, share_of};
pub(crate) use self::trace::{LastTraced, Tracer};
pub use self::{
    chain::ChainTable,
    many::Remainder,
    survivors::{Likely, Survivors},
};
pub use crate::rows::torch;

/// Samples on the CPU, with the lanes `L`: wasm SIMD or their plain twin. Both give the same bits.
#[derive(Debug)]
pub struct CpuBackend<L = lanes::Native> {
    scratch: Scratch,
    last_traced: LastTraced,
    lanes: PhantomData<L>,
}

impl CpuBackend {
    /// A backend with this target's widest lanes.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<L> Default for CpuBackend<L> {
    fn default() -> Self {
        Self { scratch: Scratch::default(), last_traced: LastTraced::default(), lanes: PhantomData }
    }
}

impl<L: Lanes> Backend for CpuBackend<L> {
    async fn step(&mut self, logits: &mut [f32], rows: &[Row<'_>], detail: Detail, out: &mut Vec<Step>) -> Result<()> {
        self.step_now(logits, rows, detail, out)
    }

    type ChainTable = ChainTable;

    async fn run_ahead(&mut self, run: &Ahead<'_>, table: &mut ChainTable, out: &mut [ChainOutput]) -> Result<bool> {
        match run {
            Ahead::Chain(chain) => self.chain_now(chain, table, out),
            Ahead::Network(_) => Ok(false),
        }
    }
}

impl<L: Lanes> CpuBackend<L> {
    /// [`Backend::step`], which on the CPU has nothing to wait for.
    ///
    /// # Errors
    /// As [`Backend::step`].
    pub fn step_now(
        &mut self,
        logits: &mut [f32],
        rows: &[Row<'_>],
        detail: Detail,
        out: &mut Vec<Step>,
    ) -> Result<()> {
        if rows.is_empty() || logits.is_empty() || !logits.len().is_multiple_of(rows.len()) {
            let expected = format!("a positive multiple of the batch, {}", rows.len());
            return Err(Error::wrong_length("logits", logits.len(), expected));
        }
        let vocab_size = logits.len() / rows.len();
        let n_before = out.len();
        for (ix, (row, x)) in rows.iter().zip(logits.chunks_mut(vocab_size)).enumerate() {
            match self.step_row(ix, x, row, detail) {
                Ok(step) => out.push(step),
                Err(error) => {
                    out.truncate(n_before);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// One row, number `ix` of its batch.
    pub(crate) fn step_row(&mut self, ix: usize, x: &mut [f32], row: &Row<'_>, detail: Detail) -> Result<Step> {
        if detail.has_trace() && scan::odd::<L>(x).finite_mask {
            mask::read_all(x);
        }
        let mut tracer =
            if detail.has_trace() { Some(Tracer::new(ix, x, detail, &mut self.last_traced)?) } else { None };
        let mut state = RowState::new(ix, x, &mut self.scratch);
        run_stages::<L>(&mut state, row, &mut |stage, state| {
            if let Some(tracer) = &mut tracer {
                tracer.after(stage, &row.given(), state.column());
            }
        })?;
        let drawn = match row.draw {
            _ if row.plan.greedy => draw::greedy::<L>(&mut state)?,
            Draw::Coin(coin) => draw::coin::<L>(&mut state, coin)?,
            Draw::Race(noise) => draw::race::<L>(&mut state, noise)?,
            Draw::None => return Err(Error::invalid("draw", "none", "only a greedy plan draws without randomness")),
        };
        Ok(drawn.step(tracer.map(|tracer| tracer.finish(drawn, None))))
    }
}

/// Takes a row through its stages, and scans it if it is still whole. `after` sees it behind each.
fn run_stages<L: Lanes>(
    state: &mut RowState<'_>,
    row: &Row<'_>,
    after: &mut dyn FnMut(&Stage, &RowState<'_>),
) -> Result<()> {
    // Other stages leave one token at least, so the last that removed single ones has removed the last.
    let mut last = None;
    for (ix, stage) in row.plan.stages.iter().enumerate() {
        let result = stage.cpu::<L>(state, &row.given());
        last = if std::mem::take(&mut state.has_lost_one) { Some(ix) } else { last };
        result.map_err(|error| blame(error, row.plan, last))?;
        after(stage, state);
    }
    state.scan_if_whole::<L>().map_err(|error| blame(error, row.plan, last))
}

/// Says which stage left nothing, by its place, and under which constraint.
#[cold]
fn blame(error: Error, plan: &Plan, last: Option<usize>) -> Error {
    match (error, last) {
        (Error::NothingLeft { row, .. }, Some(last)) => {
            let constraint = plan.stages[..=last].iter().find_map(Stage::form);
            Error::NothingLeft { row, stage: Some(plan.stages[last].name().as_str()), constraint }
        }
        (other, _) => other,
    }
}

/// softmax(x / T) of row number `row`, (V) → (V), in the engine's own arithmetic; leaves x / T in `x`.
///
/// # Errors
/// `InvalidLogits`, `NothingLeft`, `InvalidSetting` for a temperature that overflows.
pub(crate) fn softmax(row: usize, x: &mut [f32], temperature: f32, out: &mut [f32]) -> Result<()> {
    let mut scratch = Scratch::default();
    let mut state = RowState::new(row, x, &mut scratch);
    state.divide::<lanes::Native>(temperature)?;
    state.apply_temperature();
    let scale = state.scale::<lanes::Native>()?;
    masses::softmax::<lanes::Native>(state.whole(), scale, out);
    Ok(())
}
