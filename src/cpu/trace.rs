//! Watches one row pass through the stages and writes down what each of them did. Costs O(V log V) a stage; only on request.

use super::draw::{Drawn, How};
use crate::{
    core::{
        error::Result,
        token::TokenId,
        trace::{DrawTrace, StageTrace, StepTrace},
    },
    rows::{check_logits, torch},
    stages::{Given, Passed, Reason, Stage},
};

/// Collects a [`StepTrace`].
#[derive(Debug)]
pub(crate) struct Tracer {
    logits: Vec<f32>,
    raw_probabilities: Vec<f32>,
    raw_entropy: f64,
    stages: Vec<StageTrace>,
    /// The softmax of the last column.
    current: Distribution,
}

/// The softmax of one column in f64: `exp(x − max)`, the sum of those, and the entropy in bits.
#[derive(Debug, Default)]
struct Distribution {
    max: f32,
    exps: Vec<f64>,
    sum: f64,
    entropy: f64,
}

impl Distribution {
    fn of(column: &[f32]) -> Self {
        let max = column.iter().fold(f32::NEG_INFINITY, |max, &x| if x > max { x } else { max });
        let exps = column.iter().map(|&x| exp(f64::from(x) - f64::from(max))).collect();
        Self::weighted(max, exps, column)
    }

    /// The same without some tokens, of which none is the most likely.
    fn without(mut self, removed: &[TokenId], column: &[f32]) -> Self {
        removed.iter().for_each(|&id| self.exps[id as usize] = 0.0);
        Self::weighted(self.max, self.exps, column)
    }

    /// −Σ p·log2 p = log2 Σe − Σ e·log2 e / Σe, and log2 e is known: it is x − max, in bits.
    fn weighted(max: f32, exps: Vec<f64>, column: &[f32]) -> Self {
        let (mut sum, mut below) = (0.0, 0.0);
        for (&e, &x) in exps.iter().zip(column) {
            if e > 0.0 {
                sum += e;
                below += e * (f64::from(max) - f64::from(x));
            }
        }
        let entropy = libm::log2(sum) + below / sum * std::f64::consts::LOG2_E;
        Self { max, exps, sum, entropy: entropy.max(0.0) }
    }

    #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
    fn to_f32(&self) -> Vec<f32> {
        self.exps.iter().map(|e| (e / self.sum) as f32).collect()
    }
}

impl Tracer {
    /// Starts with the model's logits.
    ///
    /// # Errors
    /// `InvalidLogits`.
    pub(crate) fn new(row: usize, logits: &[f32]) -> Result<Self> {
        check_logits(row, logits)?;
        let current = Distribution::of(logits);
        let (raw_probabilities, raw_entropy) = (current.to_f32(), current.entropy);
        Ok(Self { logits: logits.to_vec(), raw_probabilities, raw_entropy, stages: Vec::new(), current })
    }

    /// What came out of the last stage.
    fn column(&self) -> &[f32] {
        self.stages.last().map_or(&self.logits, |stage| &stage.values)
    }

    /// Records what `stage` did to the row: the column it left.
    pub(crate) fn after(&mut self, stage: &Stage, given: &Given<'_>, column: Vec<f32>) {
        let before = self.column();
        let (removed, has_changed) = changes(before, &column);
        let Distribution { max, exps, sum, entropy: entropy_before } = &self.current;
        let passed = Passed { given, before, exps, sum: *sum, removed: &removed, after: &column };
        let Reason { evidence, limit, rule } = stage.explain(&passed);
        let rule =
            if stage.name().spec().filter && removed.is_empty() { "removed nothing here".to_owned() } else { rule };
        let mass_removed = removed.iter().fold(0.0, |sum, &id| sum + passed.probability(id));
        let (is_cut, entropy_before) =
            (!has_changed && !removed.iter().any(|&id| before[id as usize] == *max), *entropy_before);
        let entered = std::mem::take(&mut self.current);
        self.current = if is_cut { entered.without(&removed, &column) } else { Distribution::of(&column) };
        self.stages.push(StageTrace {
            stage: stage.name().as_str(),
            setting: stage.setting(),
            moves: has_changed,
            mass_removed,
            removed,
            evidence,
            limit,
            rule,
            allowed: stage.allows(given),
            entropy_before,
            entropy_after: self.current.entropy,
            effective_vocab: effective_vocab(self.current.entropy),
            kept: n_left(&column),
            values: column,
        });
    }

    /// The trace of the whole step; `softmax` is that of the last column, if the backend has computed it.
    pub(crate) fn finish(self, drawn: Drawn, softmax: Option<Vec<f32>>) -> StepTrace {
        let probabilities = match (drawn.how, softmax) {
            (How::Greedy, _) => one_hot(drawn.token, self.logits.len()),
            (_, Some(softmax)) => softmax,
            (How::Race { .. }, None) => torch::softmax(self.column()),
            (How::Coin { .. }, None) => self.current.to_f32(),
        };
        let entropy = if drawn.how == How::Greedy { 0.0 } else { self.current.entropy };
        StepTrace {
            raw_probabilities: self.raw_probabilities,
            raw_entropy: self.raw_entropy,
            raw_effective_vocab: effective_vocab(self.raw_entropy),
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

/// e^x for x ≤ 0 by 2^n · e^r, r in [−½ ln 2, ½ ln 2], to 2^-50 of itself; 0 where it is below 10^-307. A column needs V of them, and this takes a
/// third of the time of `libm::exp`, whose last bit a picture does not need.
#[inline(always)]
fn exp(x: f64) -> f64 {
    /// ln 2 in two parts, of which the first has so few digits that n times it is exact.
    const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    /// 1/12!, 1/11! … 1/0!
    const INVERSE_FACTORIALS: [f64; 13] = {
        let mut inverse = [1.0; 13];
        let (mut n, mut factorial) = (1, 1.0);
        while n < 13 {
            factorial *= n as f64;
            inverse[12 - n] = 1.0 / factorial;
            n += 1;
        }
        inverse
    };
    /// Added and taken off again, it leaves a whole number.
    const WHOLE: f64 = 6_755_399_441_055_744.0;
    if x < -707.0 {
        return 0.0;
    }
    let n = x * std::f64::consts::LOG2_E + WHOLE - WHOLE;
    let r = x - n * LN_2[0] - n * LN_2[1];
    let power = INVERSE_FACTORIALS.iter().fold(0.0, |sum, inverse| sum * r + inverse);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "n is whole, and in [-1021, 0]")]
    let two_to_n = f64::from_bits(((n + 1023.0) as u64) << 52);
    power * two_to_n
}

/// The tokens that are masked now and were not before, and whether a logit of another changed.
fn changes(before: &[f32], after: &[f32]) -> (Vec<TokenId>, bool) {
    let (mut removed, mut has_changed) = (Vec::new(), false);
    for (id, (before, after)) in (0..).zip(before.iter().zip(after)) {
        if before == after {
            continue;
        }
        if *after == f32::NEG_INFINITY {
            removed.push(id);
        } else {
            has_changed = true;
        }
    }
    (removed, has_changed)
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
