//! The number of a token that a stage decides on or changes: what stands in the column of the stage. Which it is, its spec says.

use crate::{core::token::TokenId, lanes::Native, rows::scan, stages::Shows};

/// A row as it came to a stage. V = vocabulary size, B = bands; a removed token has the logit -inf.
pub(super) struct Came<'a> {
    /// (B) in the last rank order: the token of a band of its own.
    pub own: &'a [Option<TokenId>],
    /// (V) logits.
    pub logits: &'a [f32],
    /// (V) by the last rank: in proportion to the probabilities of those that are left, 0 of the others.
    pub weights: &'a [f32],
    /// (V) by id: that rank.
    pub ranks: &'a [u32],
    /// (B) sums of the weights of those that are left.
    pub sums: &'a [f64],
    /// (B) how many those are.
    pub counts: &'a [u32],
    /// (V) ids by rank, where that is not the last order.
    pub order: Option<&'a [TokenId]>,
}

impl Came<'_> {
    fn weight(&self, id: TokenId) -> f64 {
        self.weights[self.ranks[id as usize] as usize].into()
    }

    fn is_left(&self, id: TokenId) -> bool {
        self.logits[id as usize] > f32::NEG_INFINITY
    }

    /// (B) the numbers of the tokens with a band of their own. NaN where there is none, or the token had gone before.
    ///
    /// Cost: O(B), and O(V) for a deviation, and for a rank and a running sum in another order than the last.
    #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
    pub(super) fn shown(&self, shows: Shows, after: &[f32]) -> Vec<f32> {
        let total: f64 = self.sums.iter().sum();
        let probability = |weight: f64| if total > 0.0 { weight / total } else { 0.0 };
        let is_ranked = matches!(shows, Shows::Rank | Shows::RunningSum);
        let ranks = if is_ranked { self.ranks_and_sums() } else { Vec::new() };
        let running = if shows == Shows::RunningEntropy { self.running_entropy() } else { Vec::new() };
        let top = if shows == Shows::ShareOfTop { probability(self.top()) } else { 1.0 };
        let entropy = if shows == Shows::FromEntropy { self.entropy() } else { 0.0 };
        let (max, deviation) = if shows == Shows::Deviations { self.spread() } else { (0.0, 1.0) };
        let number = |(ix, own): (usize, &Option<TokenId>)| {
            let Some(id) = own.filter(|&id| self.is_left(id)) else { return f32::NAN };
            let before = self.logits[id as usize];
            let number = match shows {
                // As the stage leaves it; of a token that it removed, as it came.
                Shows::Logit if after[id as usize] > f32::NEG_INFINITY => after[id as usize].into(),
                Shows::Logit => before.into(),
                Shows::Probability => probability(self.sums[ix]),
                Shows::Rank => ranks[ix].0.into(),
                Shows::RunningSum => probability(ranks[ix].1),
                Shows::RunningEntropy => running[id as usize],
                Shows::ShareOfTop => probability(self.sums[ix]) / top,
                Shows::Surprise => -libm::log2(probability(self.sums[ix])),
                Shows::FromEntropy => (-libm::log2(probability(self.sums[ix])) - entropy).abs(),
                Shows::Deviations => (max - f64::from(before)) / deviation,
            };
            number as f32
        };
        self.own.iter().enumerate().map(number).collect()
    }

    /// (B) how many tokens are left down to the last of each band, and the sum of their weights.
    fn ranks_and_sums(&self) -> Vec<(u32, f64)> {
        let mut so_far = (0, 0.0);
        let mut add = |count: u32, weight: f64| {
            so_far = (so_far.0 + count, so_far.1 + weight);
            so_far
        };
        let Some(order) = self.order else {
            return self.counts.iter().zip(self.sums).map(|(&count, &sum)| add(count, sum)).collect();
        };
        let mut by_id = vec![(0, 0.0); order.len()];
        for &id in order.iter().filter(|&&id| self.is_left(id)) {
            by_id[id as usize] = add(1, self.weight(id));
        }
        self.own.iter().map(|own| own.map_or((0, 0.0), |id| by_id[id as usize])).collect()
    }

    /// The weight of the most likely token that is left.
    fn top(&self) -> f64 {
        let first = self.counts.iter().position(|&count| count > 0);
        if let (None, Some(first)) = (self.order, first.filter(|&first| self.own[first].is_some())) {
            return self.sums[first];
        }
        scan::largest::<Native>(self.weights).into()
    }

    /// (V) −Σ p·ln p of all tokens down to each, as a part of that of all that are left.
    fn running_entropy(&self) -> Vec<f64> {
        let order = scan::ranking(self.logits);
        let left = || order.iter().copied().filter(|&id| self.is_left(id));
        let sum: f64 = left().map(|id| self.weight(id)).sum();
        let part = |p: f64| if p > 0.0 { -p * libm::log(p) } else { 0.0 };
        let all: f64 = left().map(|id| part(self.weight(id) / sum)).sum();
        let (mut running, mut upto) = (vec![0.0; self.logits.len()], 0.0);
        for id in left() {
            upto += part(self.weight(id) / sum);
            running[id as usize] = if all > 0.0 { upto / all } else { 1.0 };
        }
        running
    }

    /// −Σ p·log2 p of those that are left.
    fn entropy(&self) -> f64 {
        let left = || self.weights.iter().map(|&weight| f64::from(weight)).filter(|weight| *weight > 0.0);
        let sum: f64 = left().sum();
        left().map(|weight| -weight / sum * libm::log2(weight / sum)).sum()
    }

    /// The largest logit, and the standard deviation of all that are left.
    #[allow(clippy::cast_precision_loss, reason = "a count of tokens")]
    fn spread(&self) -> (f64, f64) {
        let left = || self.logits.iter().filter(|x| **x > f32::NEG_INFINITY).map(|&x| f64::from(x));
        let count = left().count() as f64;
        let mean = left().sum::<f64>() / count;
        let variance = left().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
        (left().fold(f64::NEG_INFINITY, f64::max), libm::sqrt(variance))
    }
}
