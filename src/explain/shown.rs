//! The number of a token that a stage decides on or changes: what stands in the column of the stage. Which it is, its spec says.

use crate::{core::token::TokenId, stages::Shows};

/// A row as it came to a stage. V = vocabulary size; a removed token has the logit -inf.
pub(super) struct Came<'a> {
    /// (V) logits.
    pub logits: &'a [f32],
    /// (V) in proportion to the probabilities of those that are left.
    pub weights: &'a [f32],
    /// Sum of the weights of those that are left.
    pub total: f64,
    /// (V) ids by rank.
    pub ranked: &'a [TokenId],
}

impl Came<'_> {
    fn is_left(&self, id: TokenId) -> bool {
        self.logits[id as usize] > f32::NEG_INFINITY
    }

    fn probability(&self, id: TokenId) -> f64 {
        if self.total > 0.0 { f64::from(self.weights[id as usize]) / self.total } else { 0.0 }
    }

    /// The numbers of some tokens. NaN where there is none, or the token had gone before.
    ///
    /// Cost: O(V) for a rank, a running sum and a deviation.
    pub(super) fn shown(&self, shows: Shows, after: &[f32], wanted: &[Option<TokenId>]) -> Vec<f32> {
        let number: Box<dyn Fn(TokenId) -> f64> = match shows {
            // As the stage leaves it; of a token that it removed, as it came.
            Shows::Logit => Box::new(|id| {
                let (before, after) = (self.logits[id as usize], after[id as usize]);
                f64::from(if after > f32::NEG_INFINITY { after } else { before })
            }),
            Shows::Probability => Box::new(|id| self.probability(id)),
            Shows::Rank => self.of_ranked(|place, _| f64::from(place + 1)),
            Shows::RunningSum => self.of_ranked(|_, sum| sum),
            Shows::ShareOfTop => {
                let top =
                    self.ranked.iter().copied().find(|&id| self.is_left(id)).map_or(1.0, |id| self.probability(id));
                Box::new(move |id| self.probability(id) / top)
            }
            Shows::Deviations => {
                let (max, deviation) = self.spread();
                Box::new(move |id| (max - f64::from(self.logits[id as usize])) / deviation)
            }
        };
        let shown = |&id: &Option<TokenId>| id.filter(|&id| self.is_left(id)).map_or(f64::NAN, &number);
        #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
        wanted.iter().map(|id| shown(id) as f32).collect()
    }

    /// A number that follows from a token's place among those left and from the sum down to it.
    fn of_ranked<'s>(&'s self, number: impl Fn(u32, f64) -> f64) -> Box<dyn Fn(TokenId) -> f64 + 's> {
        let mut numbers = vec![f64::NAN; self.logits.len()];
        let mut sum = 0.0;
        for (place, &id) in (0..).zip(self.ranked.iter().filter(|&&id| self.is_left(id))) {
            sum += self.probability(id);
            numbers[id as usize] = number(place, sum);
        }
        Box::new(move |id| numbers[id as usize])
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
