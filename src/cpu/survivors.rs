//! What is left of a row after its stages, and how likely: for those who want more than the token, without a trace.
//!
//! log p_i = (x_i − max) − ln Σ e^(x − max), the sum in f64 over exponentials in f32: within 10^-6 of an f64 log-softmax, plus the rounding of
//! the answer to f32. Cost: two reads of the row, and a selection that stores few of its tokens. Test: tests/it/survivors.rs.

use super::{CpuBackend, draw, run_stages};
use crate::{
    backend::Row,
    core::{error::Result, mask, token::TokenId},
    lanes::{LaneSum, Lanes, WIDTH, exp::exp},
    rows::{
        RowState,
        scan::{position, rank, value_of},
        softmax::Scale,
    },
};

/// The most likely tokens, most likely first; of equals the lowest id first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Likely {
    /// The tokens.
    pub ids: Vec<TokenId>,
    /// The natural logarithms of their probabilities.
    pub logprobs: Vec<f32>,
}

/// What is left of a row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Survivors {
    /// Every token that could be drawn, ascending.
    pub ids: Vec<TokenId>,
    /// The most likely of them.
    pub top: Likely,
    /// The most likely tokens before any stage.
    pub raw: Likely,
}

impl<L: Lanes> CpuBackend<L> {
    /// Takes row number `ix` through its stages and looks at what is left, with at most `n` likely tokens. `x` is scratch space, as in a step.
    ///
    /// # Errors
    /// As [`step`](crate::backend::Backend::step).
    pub fn survivors(&mut self, ix: usize, x: &mut [f32], row: &Row<'_>, n: usize) -> Result<Survivors> {
        mask::read_all(x);
        let raw = most_likely::<L>(&mut RowState::new(ix, x, &mut self.scratch), n)?;
        let mut state = RowState::new(ix, x, &mut self.scratch);
        run_stages::<L>(&mut state, row, &mut |_, _| {})?;
        if row.plan.greedy {
            let token = draw::greedy::<L>(&mut state)?.token;
            let top = if n == 0 { Likely::default() } else { Likely { ids: vec![token], logprobs: vec![0.0] } };
            return Ok(Survivors { ids: vec![token], top, raw });
        }
        Ok(Survivors { top: most_likely::<L>(&mut state, n)?, ids: ids_left(&state), raw })
    }
}

fn ids_left(state: &RowState<'_>) -> Vec<TokenId> {
    match state.list() {
        Some((ids, _)) => ids.to_vec(),
        None => (0..).zip(state.whole()).filter(|(_, x)| **x > f32::NEG_INFINITY).map(|(id, _)| id).collect(),
    }
}

/// The `n` most likely of the tokens left.
fn most_likely<L: Lanes>(state: &mut RowState<'_>, n: usize) -> Result<Likely> {
    state.scan_if_whole::<L>()?;
    let scale = state.scale::<L>()?;
    if n == 0 {
        return Ok(Likely::default());
    }
    let (log_sum, most_likely) = match state.list() {
        Some((ids, values)) => {
            (log_sum::<L>(values, scale), largest(ids.iter().copied().zip(values.iter().copied()), n))
        }
        None => {
            let values = state.whole().iter().map(|&x| scale.value(x));
            (log_sum::<L>(state.whole(), scale), largest((0..).zip(values), n))
        }
    };
    #[allow(clippy::cast_possible_truncation, reason = "reported in f32")]
    let logprob = |&(_, value): &(TokenId, f32)| (f64::from(value) - f64::from(scale.max) - log_sum) as f32;
    Ok(Likely {
        logprobs: most_likely.iter().map(logprob).collect(),
        ids: most_likely.into_iter().map(|(id, _)| id).collect(),
    })
}

/// ln Σ e^(x / T − max).
fn log_sum<L: Lanes>(x: &[f32], scale: Scale) -> f64 {
    let (temperature, max) = (L::splat(scale.temperature), L::splat(scale.max));
    let exps = |x: L| exp(x.div(temperature).sub(max));
    let (vectors, tail) = x.as_chunks::<WIDTH>();
    let mut padded = [f32::NEG_INFINITY; WIDTH];
    padded[..tail.len()].copy_from_slice(tail);
    let sum = vectors.iter().chain([&padded]).fold(L::Sum::zero(), |sum, x| sum.add(exps(L::load(x))));
    libm::log(sum.total())
}

/// The `n` largest values with their ids, largest first. Most values lose against the n-th largest so far and are never stored.
fn largest(values: impl Iterator<Item = (TokenId, f32)>, n: usize) -> Vec<(TokenId, f32)> {
    let mut found: Vec<u64> = Vec::new();
    let mut bar = f32::NEG_INFINITY;
    for (id, value) in values {
        // Ids ascend, so a later token of the same value is not among the first n.
        if value > bar {
            found.push(rank(id, value));
            if found.len() >= n.saturating_mul(4).max(64) {
                bar = value_of(*found.select_nth_unstable(n - 1).1);
                found.truncate(n);
            }
        }
    }
    found.sort_unstable();
    found.truncate(n);
    #[allow(clippy::cast_possible_truncation, reason = "positions are ids here")]
    found.into_iter().map(|rank| (position(rank) as TokenId, value_of(rank))).collect()
}
