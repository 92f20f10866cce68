//! What a stage says in a trace.

use super::Given;
use crate::{core::token::TokenId, lanes::Native, rows::scan};

/// A row before and after a stage. V = vocabulary size; -inf is masked.
pub(crate) struct Passed<'a> {
    /// What the stage was given beside the row.
    pub given: &'a Given<'a>,
    /// (V) logits that entered.
    pub before: &'a [f32],
    /// (V) their softmax, not yet divided by its sum: that of the most likely token is 1.
    pub exps: &'a [f64],
    /// The sum.
    pub sum: f64,
    /// The tokens that were removed, ascending.
    pub removed: &'a [TokenId],
    /// Those of which evidence is asked for: all of these, or none.
    pub asked: &'a [TokenId],
    /// (V) logits that left.
    pub after: &'a [f32],
}

impl Passed<'_> {
    /// Of one token, before the stage.
    pub(crate) fn probability(&self, id: TokenId) -> f64 {
        self.exps[id as usize] / self.sum
    }

    /// Tokens that are left.
    pub(crate) fn n_left(&self) -> usize {
        self.after.iter().filter(|&&x| x > f32::NEG_INFINITY).count()
    }

    /// −ln p of a token, before the stage.
    pub(crate) fn surprise(&self) -> impl Fn(TokenId) -> f64 {
        let max = scan::largest::<Native>(self.before);
        let log_sum = libm::log(self.sum);
        move |id| f64::from(max) - f64::from(self.before[id as usize]) + log_sum
    }

    /// Of what entered, in nats: ln Σe − Σ e·ln e / Σe, and ln e is x − max.
    pub(crate) fn entropy(&self) -> f64 {
        let max = scan::largest::<Native>(self.before);
        let weighted = self.before.iter().zip(self.exps).filter(|(_, e)| **e > 0.0);
        let below: f64 = weighted.map(|(&x, &e)| e * (f64::from(max) - f64::from(x))).sum();
        libm::log(self.sum) + below / self.sum
    }

    /// The reason of a stage that looks at probabilities.
    pub(crate) fn by_probability(&self, limit: f64, rule: String) -> Reason {
        #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
        let evidence = self.asked.iter().map(|&id| self.probability(id) as f32).collect();
        Reason { evidence, limit, rule }
    }

    /// The reason of a stage that looks at the logits themselves.
    pub(crate) fn by_logit(&self, limit: f64, rule: String) -> Reason {
        Reason { evidence: self.asked.iter().map(|&id| self.before[id as usize]).collect(), limit, rule }
    }
}

/// Why tokens left.
pub(crate) struct Reason {
    /// For each token that is asked about, the number that was compared.
    pub evidence: Vec<f32>,
    /// What it was compared with; NaN where nothing is.
    pub limit: f64,
    /// A sentence.
    pub rule: String,
}

/// "1 token", "2 tokens".
pub(crate) fn tokens(n: usize) -> String {
    format!("{n} token{}", if n == 1 { "" } else { "s" })
}
