//! Watches one row pass through the stages and writes down what each of them did. Costs O(V log V) a stage; only on request.

use std::rc::Rc;

use super::draw::{Drawn, How};
use crate::{
    backend::Detail,
    core::{
        error::Result,
        token::TokenId,
        trace::{DrawTrace, StageTrace, StepTrace},
    },
    lanes::{Lanes, Native, WIDTH, load_padded},
    rows::{
        check_logits,
        scan::{ALL_LANES, is_same, largest},
        torch,
    },
    stages::{Given, Passed, Reason, Stage},
};

/// Collects a [`StepTrace`].
#[derive(Debug)]
pub(crate) struct Tracer {
    logits: Vec<f32>,
    raw_probabilities: Vec<f32>,
    raw_entropy: f64,
    stages: Vec<StageTrace>,
    /// Whether the evidence of each removed token is asked for.
    wants_evidence: bool,
    /// Tokens left in the last column.
    kept: u32,
    /// Its softmax.
    current: Rc<Distribution>,
}

/// The model's logits that were traced last, with their softmax: while a slider is dragged they stay the same.
#[derive(Debug, Default)]
pub(crate) struct LastTraced {
    logits: Vec<f32>,
    softmax: Rc<Distribution>,
    probabilities: Vec<f32>,
    kept: u32,
}

impl LastTraced {
    fn of(logits: &[f32]) -> Self {
        let softmax = Distribution::of(logits);
        Self { logits: logits.to_vec(), probabilities: softmax.to_f32(), softmax: softmax.into(), kept: n_left(logits) }
    }
}

/// The softmax of one column in f64: `exp(x − max)`, the sum of those, and the entropy in bits.
#[derive(Debug, Clone, Default)]
struct Distribution {
    max: f32,
    exps: Vec<f64>,
    sum: f64,
    entropy: f64,
}

impl Distribution {
    fn of(column: &[f32]) -> Self {
        let max = largest::<Native>(column);
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
        let scale = 1.0 / self.sum;
        self.exps.iter().map(|e| (e * scale) as f32).collect()
    }
}

impl Tracer {
    /// Starts with the model's logits.
    ///
    /// # Errors
    /// `InvalidLogits`.
    pub(crate) fn new(row: usize, logits: &[f32], detail: Detail, last: &mut LastTraced) -> Result<Self> {
        check_logits(row, logits)?;
        if !is_same::<Native>(&last.logits, logits) {
            *last = LastTraced::of(logits);
        }
        Ok(Self {
            logits: logits.to_vec(),
            raw_probabilities: last.probabilities.clone(),
            raw_entropy: last.softmax.entropy,
            stages: Vec::new(),
            wants_evidence: detail == Detail::Evidence,
            kept: last.kept,
            current: last.softmax.clone(),
        })
    }

    /// What came out of the last stage.
    fn column(&self) -> &[f32] {
        self.stages.last().map_or(&self.logits, |stage| &stage.values)
    }

    /// Records what `stage` did to the row: the column it left.
    pub(crate) fn after(&mut self, stage: &Stage, given: &Given<'_>, column: Vec<f32>) {
        let before = self.column();
        let (removed, has_changed) = changes::<Native>(before, &column);
        let Distribution { max, exps, sum, entropy: entropy_before } = &*self.current;
        let asked = if self.wants_evidence { removed.as_slice() } else { &[] };
        let passed = Passed { given, before, exps, sum: *sum, removed: &removed, asked, after: &column };
        let Reason { evidence, limit, rule } = stage.explain(&passed);
        let rule =
            if stage.name().spec().filter && removed.is_empty() { "removed nothing here".to_owned() } else { rule };
        let mass_removed = removed.iter().fold(0.0, |sum, &id| sum + exps[id as usize]) / sum;
        let (is_cut, entropy_before) =
            (!has_changed && !removed.iter().any(|&id| before[id as usize] == *max), *entropy_before);
        self.kept -= n_of(removed.len());
        let entered = std::mem::take(&mut self.current);
        self.current = Rc::new(if is_cut {
            Rc::unwrap_or_clone(entered).without(&removed, &column)
        } else {
            Distribution::of(&column)
        });
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
            kept: self.kept,
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

/// e^x for x ≤ 0, to 2^-50 of itself; 0 where it is below 10^-307. A column needs V of them, and this takes a sixth of the time of `libm::exp`, whose
/// last bit a trace does not need: x = n · ln 2 / 16 + r with n whole, so e^x = 2^⌊n/16⌋ · 2^((n mod 16)/16) · e^r, and |r| < 0.0217 leaves r^7 / 7!
/// below 2^-50.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "n is in [-16320, 0]")]
fn exp(x: f64) -> f64 {
    /// ln 2 / 16 in two parts, of which the first has so few digits that n times it is exact.
    const PART: [f64; 2] = [0.693_147_180_369_123_8 / 16.0, 1.908_214_929_270_587_7e-10 / 16.0];
    /// Added and taken off again, it leaves a whole number, which is in the last bits of the sum.
    const WHOLE: f64 = 6_755_399_441_055_744.0;
    if x < -707.0 {
        return 0.0;
    }
    let shifted = x * (16.0 * std::f64::consts::LOG2_E) + WHOLE;
    let n = shifted - WHOLE;
    let r = x - n * PART[0] - n * PART[1];
    let e_to_r =
        1.0 + r * (1.0 + r * (1.0 / 2.0 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0))))));
    let n = shifted.to_bits() as i32;
    let power = f64::from_bits(((1023 + (n >> 4)) as u64) << 52);
    power * (ROOTS[n as usize % ROOTS.len()] * e_to_r)
}

/// 2^(j/16).
const ROOTS: [f64; 16] = {
    let mut roots = [1.0; 16];
    let mut j = 0;
    while j < 16 {
        let x = j as f64 / 16.0 * std::f64::consts::LN_2;
        let (mut term, mut n) = (1.0, 1);
        while n < 20 {
            term *= x / n as f64;
            roots[j] += term;
            n += 1;
        }
        j += 1;
    }
    roots
};

/// The tokens that are masked now and were not before, and whether a logit of another changed.
fn changes<L: Lanes>(before: &[f32], after: &[f32]) -> (Vec<TokenId>, bool) {
    let (mut removed, mut n, mut has_changed) = (Vec::new(), 0, false);
    for (first_id, (x, y)) in (0..).step_by(WIDTH).zip(before.chunks(WIDTH).zip(after.chunks(WIDTH))) {
        let (x, y): (L, L) = (load_padded(x), load_padded(y));
        let changed = !(x.at_least(y) & y.at_least(x)) & ALL_LANES;
        let masked = L::splat(f32::NEG_INFINITY).at_least(y);
        has_changed |= changed & !masked != 0;
        let gone = changed & masked;
        if gone != 0 {
            if removed.is_empty() {
                removed = vec![0; before.len() + WIDTH];
            }
            y.store_packed(gone, first_id, &mut removed[n..], &mut [0.0; WIDTH]);
            n += gone.count_ones() as usize;
        }
    }
    (removed[..n].to_vec(), has_changed)
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

fn n_left(column: &[f32]) -> u32 {
    n_of(column.iter().filter(|&&x| x > f32::NEG_INFINITY).count())
}

#[allow(clippy::cast_possible_truncation, reason = "a count of tokens is a u32")]
fn n_of(tokens: usize) -> u32 {
    tokens as u32
}
