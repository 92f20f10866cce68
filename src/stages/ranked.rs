//! A row as other systems see it: plain f64 code for explanations, not for sampling.

use crate::core::{history::Drawn, token::TokenId};

/// One row, the most likely token first. What is cut away is always at its end.
pub(crate) struct Ranked {
    /// Token ids by falling logit, then by id.
    pub ids: Vec<TokenId>,
    /// Their logits.
    pub x: Vec<f64>,
    /// How many are left.
    pub n: usize,
    /// The second random number of the step.
    pub chance: u64,
    /// How surprising the tokens drawn before were.
    pub drawn: Drawn,
}

impl Ranked {
    pub(crate) fn new(column: &[f32], chance: u64, drawn: Drawn) -> Self {
        // A token as one integer: falling logit, then id.
        let mut keys: Vec<u64> = Vec::with_capacity(column.len());
        for (id, &logit) in (0_u32..).zip(column) {
            if logit > f32::NEG_INFINITY {
                keys.push(u64::from(falling(logit)) << 32 | u64::from(id));
            }
        }
        keys.sort_unstable();
        #[allow(clippy::cast_possible_truncation, reason = "the low half of a key is the id")]
        let ids: Vec<TokenId> = keys.into_iter().map(|key| key as TokenId).collect();
        let x: Vec<f64> = ids.iter().map(|&id| f64::from(column[id as usize])).collect();
        Self { n: x.len(), ids, x, chance, drawn }
    }

    /// The ids left, ascending.
    pub(crate) fn kept(&self, vocab_size: usize) -> Vec<TokenId> {
        let mut is_kept = vec![false; vocab_size];
        self.ids[..self.n].iter().for_each(|&id| is_kept[id as usize] = true);
        (0..).zip(is_kept).filter(|(_, is_kept)| *is_kept).map(|(id, _)| id).collect()
    }

    /// Changes every logit in a way that keeps their order.
    pub(crate) fn map(&mut self, change: impl Fn(f64) -> f64) {
        self.x.iter_mut().for_each(|x| *x = change(*x));
    }

    /// How many of those left have a logit of at least `limit`.
    pub(crate) fn n_at_least(&self, limit: f64) -> usize {
        self.x[..self.n].iter().filter(|&&x| x >= limit).count()
    }

    /// Keeps the tokens whose index, from 0, passes `holds`.
    pub(crate) fn retain(&mut self, holds: impl Fn(usize) -> bool) {
        let kept: Vec<usize> = (0..self.n).filter(|&ix| holds(ix)).collect();
        self.ids = kept.iter().map(|&ix| self.ids[ix]).collect();
        self.x = kept.iter().map(|&ix| self.x[ix]).collect();
        self.n = kept.len();
    }

    /// Probabilities of those left, largest first.
    pub(crate) fn probabilities(&self) -> Vec<f64> {
        let exps: Vec<f64> = self.x[..self.n].iter().map(|x| libm::exp(x - self.x[0])).collect();
        let sum: f64 = exps.iter().sum();
        exps.into_iter().map(|exp| exp / sum).collect()
    }

    /// In nats.
    pub(crate) fn entropy(&self) -> f64 {
        self.probabilities().into_iter().filter(|&p| p > 0.0).map(|p| -p * libm::log(p)).sum()
    }

    /// Keeps the tokens of at least this probability, and those with the largest logit.
    pub(crate) fn keep_probable(&mut self, limit: f64) {
        let n = self.probabilities().into_iter().filter(|&p| p >= limit).count();
        self.n = n.max(self.n_at_least(self.x[0]));
    }

    /// Keeps the tokens before which the mass is not above `limit`, and the first.
    pub(crate) fn keep_mass(&mut self, limit: f64, highest_id_first: bool) {
        let share = |x: f64| libm::exp(x - self.x[0]);
        let sum: f64 = self.x[..self.n].iter().map(|&x| share(x)).sum();
        let (mut n, mut mass) = (0, 0.0);
        while n < self.n && (n == 0 || mass / sum <= limit) {
            mass += share(self.x[n]);
            n += 1;
        }
        if highest_id_first {
            // Of those tied with the last one kept, the highest ids stay.
            let last = self.x[n - 1];
            let (above, at_least) = (self.x.iter().filter(|&&x| x > last).count(), self.n_at_least(last));
            self.ids[above..at_least].reverse();
        }
        self.n = n;
    }
}

/// A number that is the smaller the larger the logit is; equal for 0 and −0.
fn falling(logit: f32) -> u32 {
    let bits = (logit + 0.0).to_bits();
    if bits >> 31 == 1 { bits } else { !bits & 0x7FFF_FFFF }
}
