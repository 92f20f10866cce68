//! The rules of sampling once more: naive, in f64 where a sum or an exponential is taken, in f32 where the rule says f32.
//! It imports plans as data and nothing that it judges. The rule of each stage is in its file in tests/it/stages; here is what several need.
//!
//! **Don't-care bands.** Engines may sum masses in different ways, so a cut within [`mass_band`] of p may fall on either side, and a
//! coin within it of an edge may give either neighbour. `Lean` moves every cut to one end of its band: what `Strict` keeps must be
//! kept, what `Generous` drops must be dropped.

use std::{cmp::Ordering, f64::consts::LOG2_E};

use logitlab::plan::Plan;

use super::case::Past;
use crate::stages;

/// Which end of the don't-care band a cut takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lean {
    Strict,
    Exact,
    Generous,
}

impl Lean {
    pub(crate) const fn sign(self) -> f64 {
        match self {
            Self::Strict => -1.0,
            Self::Exact => 0.0,
            Self::Generous => 1.0,
        }
    }
}

/// The row after every stage of the plan, in order.
pub(crate) struct Columns {
    pub stages: Vec<Vec<f32>>,
    /// A cut fell into a don't-care band.
    pub close: bool,
}

/// A row of logits, with −inf for the lowest numbers of float32 and bfloat16: they mask as well.
pub(crate) fn read(logits: &[f32]) -> Vec<f32> {
    logits.iter().map(|&x| if x <= f32::from_bits(0xFF7F_0000) { f32::NEG_INFINITY } else { x }).collect()
}

/// Runs the stages of `plan`. −inf is masked.
pub(crate) fn columns(logits: &[f32], plan: &Plan, past: &Past, lean: Lean) -> Columns {
    let mut x = read(logits);
    let mut close = false;
    let mut stages = Vec::with_capacity(plan.stages.len());
    for stage in &plan.stages {
        close |= stages::oracle(stage, &mut x, past, lean);
        if stage.edits() {
            x = read(&x);
        }
        stages.push(x.clone());
    }
    Columns { stages, close }
}

/// Ids of the unmasked tokens, best first: logit descending, then id ascending.
pub(crate) fn ranking(x: &[f32]) -> Vec<usize> {
    let mut ids: Vec<usize> = (0..x.len()).filter(|&i| x[i] > f32::NEG_INFINITY).collect();
    ids.sort_by(|&a, &b| x[b].partial_cmp(&x[a]).unwrap_or(Ordering::Equal).then(a.cmp(&b)));
    ids
}

/// −log2 p of every token; infinite where it is masked.
pub(crate) fn surprises(x: &[f32]) -> Vec<f64> {
    let max = maximum(x);
    let sum: f64 = x.iter().map(|&v| (f64::from(v) - max).exp()).sum();
    x.iter().map(|&v| (max - f64::from(v)) * LOG2_E + sum.log2()).collect()
}

/// `p ≥ limit`, or the most likely. In bits, where a limit of 126 or more keeps all.
pub(crate) fn least_probability(x: &mut [f32], limit: f64, lean: Lean) -> bool {
    let p = softmax(x);
    let top = p.iter().copied().fold(0.0, f64::max);
    if limit <= 2f64.powi(-126) {
        return false;
    }
    let cut = -limit.min(top).log2();
    cut_bits(x, |below| below - top.log2() - cut, lean)
}

/// Drops tokens by `excess`, a function of how many bits they are below the most likely, which stays.
pub(crate) fn cut_bits(x: &mut [f32], excess: impl Fn(f64) -> f64, lean: Lean) -> bool {
    let (max, band_of) = (maximum(x), bits_band(x));
    let mut close = false;
    for v in x.iter_mut().filter(|v| f64::from(**v) < max && **v > f32::NEG_INFINITY) {
        let (below, band) = ((max - f64::from(*v)) * LOG2_E, band_of(*v));
        close |= excess(below).abs() <= band;
        if excess(below) > lean.sign() * band {
            *v = f32::NEG_INFINITY;
        }
    }
    close
}

/// How many bits the surprise of a token of this logit may be off.
pub(crate) fn bits_band(x: &[f32]) -> impl Fn(f32) -> f64 + use<> {
    let (max, rounding) = (maximum(x), surprise_band(x));
    move |v| rounding + (max - f64::from(v)) * LOG2_E * 2f64.powi(-21)
}

/// How many bits the surprise of all tokens, or the entropy, may be off: 2^-18, and what rounded masses lose.
pub(crate) fn surprise_band(x: &[f32]) -> f64 {
    2f64.powi(-18) + (mass_band(x) - 2f64.powi(-20)) * 34.0
}

/// Half-width of the don't-care band of a sum of probabilities: 2^-20, and half a unit of 2^-31 for every rounded mass.
pub(crate) fn mass_band(x: &[f32]) -> f64 {
    let max = maximum(x);
    let n = x.iter().filter(|v| **v > f32::NEG_INFINITY).count();
    let total: f64 = x.iter().map(|&v| (f64::from(v) - max).exp()).sum();
    2f64.powi(-20) + n as f64 * 2f64.powi(-32) / total
}

/// The largest logit.
pub(crate) fn maximum(x: &[f32]) -> f64 {
    x.iter().copied().fold(f64::NEG_INFINITY, |max, v| max.max(f64::from(v)))
}

/// The first of the largest.
pub(crate) fn argmax(x: &[f32]) -> u32 {
    ranking(x).first().map_or(u32::MAX, |&id| id as u32)
}

/// `exp(x − max) / Σ`; masked is exactly 0.
pub(crate) fn softmax(x: &[f32]) -> Vec<f64> {
    let max = maximum(x);
    let exps: Vec<f64> =
        x.iter().map(|&v| if v == f32::NEG_INFINITY { 0.0 } else { (f64::from(v) - max).exp() }).collect();
    let total: f64 = exps.iter().sum();
    exps.iter().map(|e| e / total).collect()
}

/// Bits.
pub(crate) fn entropy(probabilities: &[f64]) -> f64 {
    probabilities.iter().filter(|p| **p > 0.0).map(|p| -p * p.log2()).sum()
}

/// `2^31 · 2^((x − max) · log2 e)`, before rounding.
fn mass(v: f32, max: f64) -> f64 {
    2f64.powi(31) * ((f64::from(v) - max) * LOG2_E).exp2()
}

/// The draw of a coin from a row of final logits: integer masses laid side by side in id order.
pub(crate) struct Line {
    /// Running sums: token i owns `edges[i]..edges[i + 1]`.
    edges: Vec<u64>,
    /// The masses before rounding.
    raw: Vec<f64>,
}

impl Line {
    pub(crate) fn new(x: &[f32]) -> Self {
        let max = maximum(x);
        let raw: Vec<f64> = x.iter().map(|&v| mass(v, max)).collect();
        let mut edges = vec![0];
        let mut sum = 0;
        for m in &raw {
            sum += m.round() as u64;
            edges.push(sum);
        }
        Self { edges, raw }
    }

    fn total(&self) -> u64 {
        self.edges[self.raw.len()]
    }

    /// `floor(W · coin / 2^64)`.
    fn place(&self, coin: u64) -> u64 {
        ((u128::from(self.total()) * u128::from(coin)) >> 64) as u64
    }

    /// The token whose share holds the coin.
    pub(crate) fn token(&self, coin: u64) -> u32 {
        let place = self.place(coin);
        (self.edges.partition_point(|&edge| edge <= place) - 1) as u32
    }

    /// The token's share of [0, 1).
    pub(crate) fn share(&self, token: u32) -> (f64, f64) {
        let total = self.total() as f64;
        (self.edges[token as usize] as f64 / total, self.edges[token as usize + 1] as f64 / total)
    }

    /// How far the coin lies outside the token's share, as a probability; infinite for a token without mass.
    pub(crate) fn miss(&self, token: u32, coin: u64) -> f64 {
        let ix = token as usize;
        if !(self.raw[ix] >= 0.49) {
            return f64::INFINITY;
        }
        let place = self.place(coin);
        let outside = self.edges[ix].saturating_sub(place).max((place + 1).saturating_sub(self.edges[ix + 1]));
        outside as f64 / self.total() as f64
    }
}

/// The race: `p / q` of every token, and 0 for a masked one.
pub(crate) fn ratios(x: &[f32], noise: &[f64]) -> Vec<f64> {
    softmax(x).iter().zip(noise).map(|(&p, &q)| if p == 0.0 { 0.0 } else { p / q }).collect()
}

#[cfg(test)]
mod tests {
    use logitlab::stages::{Stage, TopP};

    use super::*;

    #[test]
    fn the_line_of_two_equal_tokens() {
        let line = Line::new(&[1.0, f32::NEG_INFINITY, 1.0]);
        assert_eq!([line.token(0), line.token((1 << 63) - 1), line.token(1 << 63), line.token(u64::MAX)], [0, 0, 2, 2]);
        assert_eq!(line.share(2), (0.5, 1.0));
        assert_eq!(line.miss(0, 0), 0.0);
        assert_eq!(line.miss(1, 0), f64::INFINITY);
        assert!((line.miss(2, 1 << 62) - 0.25).abs() < 1e-9, "a quarter away");
        assert!((line.miss(0, 3 << 62) - 0.25).abs() < 1e-9, "a quarter away");
    }

    #[test]
    fn a_cut_in_the_band_is_reported_and_leans() {
        let near_tie = [1.0, 1.0, 1.0 - 1e-7, 1.0];
        let plan = Plan { stages: vec![Stage::TopP(TopP(0.5))], greedy: false };
        let kept = |lean| {
            let columns = columns(&near_tie, &plan, &Past::default(), lean);
            (ranking(&columns.stages[0]).len(), columns.close)
        };
        assert_eq!(kept(Lean::Strict), (2, true));
        assert_eq!(kept(Lean::Generous), (3, true));
    }
}
