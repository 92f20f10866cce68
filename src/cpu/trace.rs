//! Watches one row pass through the stages and writes down what each of them did. Costs O(V log V) a stage; only on request.

use super::draw::{Drawn, How};
use crate::{
    core::{
        error::Result,
        token::TokenId,
        trace::{DrawTrace, StageTrace, StepTrace},
    },
    rows::{check_logits, torch},
    stages::{Passed, Reason, Stage},
};

/// Collects a [`StepTrace`].
#[derive(Debug)]
pub(crate) struct Tracer {
    logits: Vec<f32>,
    raw: Distribution,
    stages: Vec<StageTrace>,
    /// The column that entered the next stage, and its softmax.
    column: Vec<f32>,
    current: Distribution,
}

/// Probabilities of one column and their entropy in bits.
#[derive(Debug, Clone)]
struct Distribution {
    probabilities: Vec<f64>,
    entropy: f64,
}

impl Distribution {
    /// The f64 softmax of a column.
    fn of(column: &[f32]) -> Self {
        let max = column.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exps: Vec<f64> = column.iter().map(|&x| libm::exp(f64::from(x) - f64::from(max))).collect();
        let sum: f64 = exps.iter().sum();
        let probabilities: Vec<f64> = exps.iter().map(|e| e / sum).collect();
        let entropy = -probabilities.iter().filter(|&&p| p > 0.0).map(|&p| p * libm::log2(p)).sum::<f64>();
        Self { probabilities, entropy: entropy.max(0.0) }
    }

    #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
    fn to_f32(&self) -> Vec<f32> {
        self.probabilities.iter().map(|&p| p as f32).collect()
    }
}

impl Tracer {
    /// Starts with the model's logits.
    ///
    /// # Errors
    /// `InvalidLogits`.
    pub(crate) fn new(row: usize, logits: &[f32]) -> Result<Self> {
        check_logits(row, logits)?;
        let raw = Distribution::of(logits);
        let current = raw.clone();
        Ok(Self { logits: logits.to_vec(), raw, stages: Vec::new(), column: logits.to_vec(), current })
    }

    /// Records what `stage` did to the row: the column it left.
    pub(crate) fn after(&mut self, stage: &Stage, column: Vec<f32>) {
        let before = std::mem::replace(&mut self.column, column);
        let entered = std::mem::replace(&mut self.current, Distribution::of(&self.column));
        let removed: Vec<TokenId> = (0..)
            .zip(before.iter().zip(&self.column))
            .filter(|(_, (before, after))| **before > f32::NEG_INFINITY && **after == f32::NEG_INFINITY)
            .map(|(id, _)| id)
            .collect();
        let probabilities = &entered.probabilities;
        let passed = Passed { before: &before, probabilities, removed: &removed, after: &self.column };
        let Reason { evidence, limit, rule } = stage.explain(&passed);
        let rule =
            if stage.name().spec().filter && removed.is_empty() { "removed nothing here".to_owned() } else { rule };
        self.stages.push(StageTrace {
            stage: stage.name().as_str(),
            setting: stage.setting(),
            values: self.column.clone(),
            mass_removed: removed.iter().map(|&id| entered.probabilities[id as usize]).fold(0.0, |sum, p| sum + p),
            removed,
            evidence,
            limit,
            rule,
            entropy_before: entered.entropy,
            entropy_after: self.current.entropy,
            effective_vocab: effective_vocab(self.current.entropy),
            kept: n_left(&self.column),
        });
    }

    /// The trace of the whole step; `softmax` is that of the last column, if the backend has computed it.
    pub(crate) fn finish(self, drawn: Drawn, softmax: Option<Vec<f32>>) -> StepTrace {
        let probabilities = match (drawn.how, softmax) {
            (How::Greedy, _) => one_hot(drawn.token, self.column.len()),
            (_, Some(softmax)) => softmax,
            (How::Race { .. }, None) => torch::softmax(&self.column),
            (How::Coin { .. }, None) => self.current.to_f32(),
        };
        let entropy = if drawn.how == How::Greedy { 0.0 } else { self.current.entropy };
        StepTrace {
            raw_probabilities: self.raw.to_f32(),
            raw_entropy: self.raw.entropy,
            raw_effective_vocab: effective_vocab(self.raw.entropy),
            logits: self.logits,
            stages: self.stages,
            probabilities,
            entropy,
            effective_vocab: effective_vocab(entropy),
            kept: drawn.kept,
            draw: draw_trace(drawn),
        }
    }
}

/// 2^entropy.
fn effective_vocab(entropy: f64) -> f64 {
    libm::exp(entropy * std::f64::consts::LN_2)
}

#[allow(clippy::cast_precision_loss, reason = "points on [0, 1) for a picture")]
fn draw_trace(drawn: Drawn) -> DrawTrace {
    let Drawn { token, probability, .. } = drawn;
    match drawn.how {
        How::Greedy => DrawTrace::Greedy { token, probability },
        How::Coin { coin, from, to, total } => DrawTrace::Coin {
            token,
            probability,
            coin,
            position: coin as f64 / 18_446_744_073_709_551_616.0,
            interval: (from as f64 / total as f64, to as f64 / total as f64),
        },
        How::Race { noise, ratio, runner_up, runner_up_ratio } => {
            DrawTrace::Race { token, probability, noise, ratio, runner_up, runner_up_ratio }
        }
    }
}

fn one_hot(token: TokenId, vocab_size: usize) -> Vec<f32> {
    let mut column = vec![0.0; vocab_size];
    column[token as usize] = 1.0;
    column
}

#[allow(clippy::cast_possible_truncation, reason = "a count of tokens is a u32")]
fn n_left(column: &[f32]) -> u32 {
    column.iter().filter(|&&x| x > f32::NEG_INFINITY).count() as u32
}
