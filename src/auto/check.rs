//! The live check: each step done on both backends.

use super::{AutoBackend, boxed};
use crate::core::token::TokenId;
use crate::{
    auto::probe::{is_same, largest_difference},
    backend::{Backend, ChainOutput, Detail, Row, Step},
};

/// What the live check has seen: each step done on both backends.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CheckReport {
    /// Rows compared; of a chain every token.
    pub rows: usize,
    /// Those with the same token on both.
    pub same_tokens: usize,
    /// Those with the same token, of as many left, with the same probability to the bit.
    pub same_bits: usize,
    /// The largest difference between two probabilities: of all tokens where a trace was asked for, else of the token drawn.
    pub largest_difference: f64,
    /// The first row whose tokens differ.
    pub first_difference: Option<Difference>,
}

/// Where two backends part: after the same tokens they drew different ones with the same random number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// How many rows were compared before it.
    pub step: usize,
    /// The two tokens; of a network the GPU's comes first.
    pub tokens: [TokenId; 2],
    /// How probable each was where it was drawn.
    pub probabilities: [f32; 2],
}

impl CheckReport {
    /// Counts one row done on both.
    pub(super) fn add(&mut self, a: &Step, b: &Step) {
        if a.token != b.token && self.first_difference.is_none() {
            let (tokens, probabilities) = ([a.token, b.token], [a.probability, b.probability]);
            self.first_difference = Some(Difference { step: self.rows, tokens, probabilities });
        }
        self.rows += 1;
        self.same_tokens += usize::from(a.token == b.token);
        self.same_bits += usize::from(is_same(a, b));
        self.largest_difference = self.largest_difference.max(largest_difference(a, b));
    }
    /// Counts the tokens of one sequence drawn on both; what only one has drawn is not the same.
    pub(super) fn add_chain(&mut self, a: &ChainOutput, b: &ChainOutput) {
        let step = |out: &ChainOutput, i: usize| Step {
            token: out.tokens[i],
            probability: out.probabilities[i],
            kept: out.kept[i],
            trace: None,
        };
        self.rows += a.tokens.len().abs_diff(b.tokens.len());
        (0..a.tokens.len().min(b.tokens.len())).for_each(|i| self.add(&step(a, i), &step(b, i)));
    }
}

impl AutoBackend {
    /// The same rows on the backend that was not chosen.
    pub(super) async fn check_step(
        &mut self,
        logits: &mut [f32],
        rows: &[Row<'_>],
        detail: Detail,
        drawn: &[Step],
        on_gpu: bool,
    ) {
        let (Some(report), Some(gpu)) = (&mut self.check, &mut self.gpu) else { return };
        let mut again = Vec::new();
        let result = if on_gpu {
            self.cpu.step_now(logits, rows, detail, &mut again)
        } else {
            boxed(gpu.backend.step(logits, rows, detail, &mut again)).await
        };
        if result.is_ok() {
            drawn.iter().zip(&again).for_each(|(a, b)| report.add(a, b));
        }
    }
}
