//! draw: one token of those left. (V) → token, its probability, how many were left.
//!
//! coin: inverse CDF in id order over integer masses: W = Σ m, r = ⌊W·coin / 2^64⌋, the token is the first whose running sum exceeds r.
//! Each outcome has its probability to within 2^-64·W of a mass; a masked token has mass 0 and cannot be drawn.
//! race: PyTorch's `multinomial`: the first argmax of p_i / q_i, q_i ~ Exp(1). greedy: the argmax with the lowest id, no randomness.
//! Source: rules of the draw in docs/numerics.md. Test: tests/it/stages/draw.rs.

use crate::{
    backend::Step,
    core::{
        error::{Error, Result},
        token::TokenId,
        trace::StepTrace,
    },
    lanes::Lanes,
    rng::Noise,
    rows::{
        RowState,
        scan::BLOCK,
        softmax::{self, CHUNK, scaled},
        torch,
    },
};

/// What was drawn, on any backend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Drawn {
    /// The token.
    pub token: TokenId,
    /// Its final probability.
    pub probability: f64,
    /// Tokens that were left to draw from.
    pub kept: u32,
    /// The numbers that chose it.
    pub how: How,
}

impl Drawn {
    /// As the outcome of a step.
    pub(crate) fn step(self, trace: Option<StepTrace>) -> Step {
        #[allow(clippy::cast_possible_truncation, reason = "a probability is reported in f32")]
        let probability = self.probability as f32;
        Step { token: self.token, probability, kept: self.kept, trace: trace.map(Box::new) }
    }
}

/// The numbers that chose it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum How {
    Greedy,
    /// The token's masses are `from..to` of `total`, in id order.
    Coin {
        coin: u64,
        from: u64,
        to: u64,
        total: u64,
    },
    /// Winner and second of the race.
    Race {
        noise: f32,
        ratio: f32,
        runner_up: TokenId,
        runner_up_ratio: f32,
    },
}

/// The largest logit, lowest id first.
pub(crate) fn greedy<L: Lanes>(row: &mut RowState<'_>) -> Result<Drawn> {
    let sure = Drawn { token: 0, probability: 1.0, kept: 1, how: How::Greedy };
    if let Some((ids, values)) = row.list() {
        let best = (1..ids.len()).fold(0, |best, ix| if values[ix] > values[best] { ix } else { best });
        return Ok(Drawn { token: ids[best], ..sure });
    }
    let max = row.scan::<L>()?.max;
    let block = row.scratch.block_max.iter().position(|&m| m == max).expect("the largest of all is one block's");
    let start = block * BLOCK;
    let token = start + row.whole()[start..].iter().position(|&x| x == max).expect("a block holds its maximum");
    Ok(Drawn { token: token_id(token), ..sure })
}

/// Inverse CDF over the tokens left.
pub(crate) fn coin<L: Lanes>(row: &mut RowState<'_>, coin: u64) -> Result<Drawn> {
    if row.list().is_some() {
        let masses = row.list_masses::<L>()?;
        let total = masses.iter().map(|&m| u64::from(m)).sum();
        let (position, from) = find(masses, scaled(total, coin));
        let (to, kept) = (from + u64::from(masses[position]), token_id(masses.len()));
        let token = row.list().map_or(0, |(ids, _)| ids[position]);
        return Ok(drawn(token, kept, coin, from, to, total));
    }
    let scale = row.scale::<L>()?;
    let kept = row.n_unmasked::<L>()?;
    let mut sums = std::mem::take(&mut row.scratch.chunk_sums);
    let total = softmax::chunk_sums::<L>(row.whole(), &row.scratch.block_max, scale, &mut sums);
    let r = scaled(total, coin);
    let (mut chunk, mut before) = (0, 0);
    while before + sums[chunk] <= r {
        before += sums[chunk];
        chunk += 1;
    }
    row.scratch.chunk_sums = sums;
    let start = chunk * CHUNK;
    let logits = &row.whole()[start..];
    let logits = &logits[..logits.len().min(CHUNK)];
    let mut masses = [0; CHUNK];
    softmax::masses::<L>(logits, scale, &mut masses[..logits.len()]);
    let (position, from) = find(&masses, r - before);
    let (from, mass) = (before + from, u64::from(masses[position]));
    Ok(drawn(token_id(start + position), kept, coin, from, from + mass, total))
}

/// PyTorch's race over the tokens left.
///
/// # Errors
/// `WrongLength` when the noise is not one variate per token of the vocabulary.
pub(crate) fn race<L: Lanes>(row: &mut RowState<'_>, noise: Noise<'_>) -> Result<Drawn> {
    let vocab_size = row.vocab_size();
    if noise.len() != vocab_size {
        return Err(Error::wrong_length("noise", noise.len(), vocab_size.to_string()));
    }
    if row.list().is_none() {
        row.keep_where::<L>(&|_| true)?;
    }
    let mut probabilities = std::mem::take(&mut row.scratch.probabilities);
    let (ids, values) = row.list().expect("a list was made above");
    torch::softmax_of_list(ids.iter().map(|&id| id as usize), values, vocab_size, &mut probabilities);
    let drawn = winner(ids, &probabilities, noise);
    row.scratch.probabilities = probabilities;
    Ok(drawn)
}

/// Runs the race: the first argmax of p / q.
pub(super) fn winner(ids: &[TokenId], probabilities: &[f32], noise: Noise<'_>) -> Drawn {
    let (mut first, mut second) = (Lane::default(), Lane::default());
    for (&id, &p) in ids.iter().zip(probabilities) {
        // q is at least this large, so most tokens lose before their logarithm is taken.
        let ceiling = f64::from(p) / noise.at_least(id as usize);
        if ceiling < f64::from(second.ratio) * (1.0 - 1e-6) {
            continue;
        }
        let q = noise.q(id as usize);
        let lane = Lane { id, p, q, ratio: p / q };
        if lane.ratio > first.ratio || first.p == 0.0 {
            second = first;
            first = lane;
        } else if lane.ratio > second.ratio || second.p == 0.0 {
            second = lane;
        }
    }
    let second = if second.p == 0.0 { first } else { second };
    let how = How::Race { noise: first.q, ratio: first.ratio, runner_up: second.id, runner_up_ratio: second.ratio };
    Drawn { token: first.id, probability: f64::from(first.p), kept: token_id(ids.len()), how }
}

/// One runner of the race.
#[derive(Debug, Clone, Copy, Default)]
struct Lane {
    id: TokenId,
    p: f32,
    q: f32,
    ratio: f32,
}

/// The first position whose running sum exceeds `r`, and the sum before it.
fn find(masses: &[u32], r: u64) -> (usize, u64) {
    let mut before = 0;
    for (position, &m) in masses.iter().enumerate() {
        let after = before + u64::from(m);
        if after > r {
            return (position, before);
        }
        before = after;
    }
    unreachable!("r is below the sum of all masses")
}

fn drawn(token: TokenId, kept: u32, coin: u64, from: u64, to: u64, total: u64) -> Drawn {
    let probability = share_of(to - from, total);
    Drawn { token, probability, kept, how: How::Coin { coin, from, to, total } }
}

/// A mass as a part of W.
#[allow(clippy::cast_precision_loss, reason = "masses below 2^53 are exact in f64")]
pub(crate) fn share_of(mass: u64, total: u64) -> f64 {
    mass as f64 / total as f64
}

#[allow(clippy::cast_possible_truncation, reason = "a token id or a count of tokens is a u32")]
fn token_id(ix: usize) -> TokenId {
    ix as TokenId
}
