//! The rules written a third time, as an ordinary backend with one fault on request: the checks must pass it without a fault and
//! fail it with any. It shares no code with the engine or with the oracle. The rule of each stage is in its file in tests/it/stages.

use std::cmp::Ordering;

use logitlab::{
    backend::{Ahead, Backend, ChainOutput, Detail, Row, Step},
    error::{Error, Result},
    plan::{Plan, StageName},
    rng::{Draw, Noise},
    stages::Stage,
};

use super::{fault::Fault, plain_trace, stage_test::At};
use crate::stages;

pub(super) const MASKED: f32 = f32::NEG_INFINITY;

/// The rules, plainly.
#[derive(Debug, Default)]
pub(crate) struct PlainBackend {
    pub(super) fault: Option<Fault>,
    last_kept: Option<u32>,
}

/// What a stage left.
pub(super) struct Column {
    pub values: Vec<f32>,
    pub limit: f64,
    pub evidence: Vec<(u32, f32)>,
    pub allowed: Option<String>,
}

/// How the token came out.
pub(super) struct Drawn {
    pub token: usize,
    pub scores: Vec<f64>,
}

impl PlainBackend {
    pub(crate) fn with(fault: Option<Fault>) -> Self {
        Self { fault, last_kept: None }
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Refuses a row that is no row of logits.
    fn refuse(&self, row: usize, x: &[f32]) -> Result<()> {
        let is_bad = |v: &f32| {
            (v.is_nan() && !self.has(Fault::NanAccepted)) || (*v == f32::INFINITY && !self.has(Fault::InfinityAccepted))
        };
        match x.iter().position(is_bad) {
            Some(index) => Err(Error::InvalidLogits { row, index, value: x[index] }),
            None if x.iter().all(|v| *v == MASKED) && !self.has(Fault::NothingLeftAccepted) => {
                Err(Error::nothing_left(row))
            }
            None => Ok(()),
        }
    }

    fn row(&mut self, row_ix: usize, x: &[f32], row: &Row<'_>, want_trace: bool) -> Result<Step> {
        let mut plan = row.plan.clone();
        if self.has(Fault::OrderIgnored) {
            plan.stages.sort_by_key(|s| StageName::DEFAULT_ORDER.iter().position(|&n| n == s.name()));
        }
        if self.has(Fault::StageOnlyOnce) {
            let mut seen = Vec::new();
            plan.stages.retain(|s| !seen.contains(&s.name()) && (seen.push(s.name()), true).1);
        }
        if want_trace && self.has(Fault::TraceKeepsMore) {
            plan.stages.retain(|s| s.name() != StageName::TopK);
        }
        let mut x = self.read_masks(x);
        if self.has(Fault::DroppedTail) && x.len() > 4 {
            let whole = x.len() / 4 * 4;
            x[whole..].fill(MASKED);
        }
        let given = x.clone();
        let at = At { history: row.history, draw: row.draw, given: &given };
        let mut columns = Vec::new();
        let came_empty = x.iter().all(|&v| v == MASKED);
        let mut emptied = None;
        for (ix, stage) in plan.stages.iter().enumerate() {
            stages::refuse(stage, row.history, x.len())?;
            let (limit, evidence) = stages::plain(stage, &mut x, &at, self.fault);
            if stage.edits() {
                x = self.read_masks(&x);
            }
            if !came_empty && emptied.is_none() && x.iter().all(|&v| v == MASKED) {
                emptied = Some(if self.has(Fault::FirstStageBlamed) { 0 } else { ix });
            }
            let allowed = stages::allows(stage, &at, self.fault);
            columns.push(Column { values: x.clone(), limit, evidence, allowed });
            if let Some(index) = x.iter().position(|v| v.is_nan() || *v == f32::INFINITY)
                && !self.has(Fault::OverflowAccepted)
                && given.iter().all(|v| v.is_finite() || *v == MASKED)
            {
                return Err(Error::InvalidLogits { row: row_ix, index, value: x[index] });
            }
        }
        if x.iter().all(|&v| v == MASKED) && !self.has(Fault::NothingLeftAccepted) {
            let so_far = &plan.stages[..emptied.map_or(0, |ix| ix + 1)];
            let constraint = so_far.iter().find_map(|stage| match stage {
                Stage::Constraint(constraint) => Some(constraint.shown()),
                _ => None,
            });
            let stage = emptied.map(|ix| plan.stages[ix].name().as_str());
            return Err(Error::NothingLeft { row: row_ix, stage, constraint });
        }
        let drawn = self.draw(&x, &plan, row.draw)?;
        let mut kept = if plan.greedy { 1 } else { x.iter().filter(|&&v| v != MASKED).count() as u32 };
        if self.has(Fault::StaleKept) {
            (kept, self.last_kept) = (self.last_kept.unwrap_or(kept), Some(kept));
        }
        let p = if plan.greedy { 1.0 } else { probabilities(&x).get(drawn.token).map_or(0.0, |p| *p as f32) };
        let trace = want_trace.then(|| {
            let mut trace = plain_trace::trace(&given, &plan, &columns, &drawn, row.draw, kept);
            if self.has(Fault::TraceForgetsEvidence) {
                trace.stages.iter_mut().for_each(|s| s.evidence.fill(0.0));
            }
            if self.has(Fault::TraceEntropyInNats) {
                trace.raw_entropy *= std::f64::consts::LN_2;
            }
            Box::new(trace)
        });
        Ok(Step { token: drawn.token as u32, probability: p, kept, trace })
    }

    /// Masks that others write as their lowest number, as ours.
    fn read_masks(&self, x: &[f32]) -> Vec<f32> {
        let lowest = if self.has(Fault::LowestNumberKept) { MASKED } else { half::bf16::MIN.to_f32() };
        x.iter().map(|&v| if v <= lowest { MASKED } else { v }).collect()
    }

    fn draw(&self, x: &[f32], plan: &Plan, draw: Draw<'_>) -> Result<Drawn> {
        if plan.greedy && !self.has(Fault::GreedyDraws) {
            let token = ranked(x, self.has(Fault::GreedyLastTie)).first().copied().unwrap_or(0);
            return Ok(Drawn { token, scores: Vec::new() });
        }
        match draw {
            Draw::None if self.has(Fault::NoRandomnessAccepted) => Ok(self.coin(x, 1 << 63)),
            Draw::None => {
                Err(Error::InvalidSetting { name: "draw".into(), value: "none".into(), expected: "a coin".into() })
            }
            Draw::Coin(coin) => Ok(self.coin(x, coin)),
            Draw::Race(Noise::Exponential(q)) => self.race(x, q.to_vec()),
            Draw::Race(Noise::Uniform(u)) if self.has(Fault::UniformNoiseTakenAsIs) => {
                self.race(x, u.iter().map(|u| *u as f32).collect())
            }
            Draw::Race(Noise::Uniform(u)) => self.race(x, u.iter().map(|u| -(-u).ln_1p() as f32).collect()),
        }
    }

    fn coin(&self, x: &[f32], coin: u64) -> Drawn {
        let coin = match self.fault {
            Some(Fault::SwappedCoinHalves) => coin.rotate_left(32),
            Some(Fault::Coin24Bits) => coin >> 40 << 40,
            Some(Fault::CoinInverted) => !coin,
            _ => coin,
        };
        let max = if self.has(Fault::NoMaxSubtraction) { 0.0 } else { x.iter().copied().fold(MASKED, f32::max) };
        let mass = |v: f32| {
            let m = f64::from(v - max).exp() * 2f64.powi(31);
            (if self.has(Fault::TruncatedMasses) { m.trunc() } else { m.round() }) as u64
        };
        let mut masses: Vec<u64> = x.iter().map(|&v| mass(v)).collect();
        if self.has(Fault::MaskedDrawable) {
            masses.iter_mut().for_each(|m| *m = (*m).max(1 << 22));
        }
        let ids: Vec<usize> = if self.has(Fault::ValueOrderDraw) { ranked(x, false) } else { (0..x.len()).collect() };
        let total: u128 = masses.iter().map(|&m| u128::from(m)).sum();
        let place = total.wrapping_mul(u128::from(coin)) >> 64;
        let mut sum = 0;
        let found = ids.iter().find(|&&id| {
            sum += u128::from(masses[id]);
            sum > place
        });
        Drawn { token: found.copied().unwrap_or(0), scores: Vec::new() }
    }

    fn race(&self, x: &[f32], q: Vec<f32>) -> Result<Drawn> {
        if q.len() != x.len() {
            return Err(Error::WrongLength { name: "noise".into(), found: q.len(), expected: x.len().to_string() });
        }
        let p = probabilities(x);
        let score = |i: usize| {
            let q = f64::from(q[i]);
            if p[i] == 0.0 {
                0.0
            } else if self.has(Fault::RaceByProduct) {
                p[i] * q
            } else {
                p[i] / q
            }
        };
        let scores: Vec<f64> = (0..x.len()).map(score).collect();
        let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let is_best = |s: &f64| *s == best;
        let token = if self.has(Fault::RaceLastTie) {
            scores.iter().rposition(is_best)
        } else {
            scores.iter().position(is_best)
        };
        Ok(Drawn { token: token.unwrap_or(0), scores })
    }
}

impl Backend for PlainBackend {
    async fn step(&mut self, logits: &mut [f32], rows: &[Row<'_>], detail: Detail, out: &mut Vec<Step>) -> Result<()> {
        let n = logits.len();
        let is_whole = !rows.is_empty() && n > 0 && n.is_multiple_of(rows.len());
        let is_let_through = self.has(Fault::LengthUnchecked) && n > 0 && !rows.is_empty();
        if !(is_whole || is_let_through) {
            return Err(Error::WrongLength { name: "logits".into(), found: n, expected: "rows x V".into() });
        }
        let len = n / rows.len();
        let mut steps = Vec::new();
        for (i, x) in logits.chunks_exact(len).take(rows.len()).enumerate() {
            self.refuse(i, x)?;
        }
        for (i, (x, row)) in logits.chunks_exact(len).zip(rows).enumerate() {
            let row = Row {
                draw: if self.has(Fault::BatchSharesCoin) { rows[0].draw } else { row.draw },
                plan: if self.has(Fault::BatchSharesPlan) { rows[0].plan } else { row.plan },
                ..*row
            };
            let step = self.row(i, x, &row, detail.has_trace());
            if self.has(Fault::PartialOutput) {
                out.push(step?);
            } else {
                steps.push(step?);
            }
        }
        out.append(&mut steps);
        Ok(())
    }

    type ChainTable = ();

    async fn run_ahead(&mut self, _: &Ahead<'_>, (): &mut (), _: &mut [ChainOutput]) -> Result<bool> {
        Ok(false)
    }
}

/// Refuses the first id outside the vocabulary.
pub(crate) fn inside(mut ids: impl Iterator<Item = u32>, vocab_size: usize) -> Result<()> {
    let outside = ids.by_ref().enumerate().find(|(_, id)| *id as usize >= vocab_size);
    outside.map_or(Ok(()), |(position, id)| Err(Error::InvalidToken { id, position, vocab_size }))
}

/// Masks tokens and hands back their evidence in id order; without a number of its own a token's evidence is its logit.
pub(crate) fn remove(x: &mut [f32], tokens: impl Iterator<Item = (usize, Option<f32>)>) -> Vec<(u32, f32)> {
    let mut evidence: Vec<(u32, f32)> =
        tokens.filter(|(id, _)| x[*id] != MASKED).map(|(id, e)| (id as u32, e.unwrap_or(x[id]))).collect();
    evidence.sort_by_key(|(id, _)| *id);
    evidence.iter().for_each(|(id, _)| x[*id as usize] = MASKED);
    evidence
}

/// Unmasked ids, best first; equal ones by id, ascending unless `is_reversed`.
pub(crate) fn ranked(x: &[f32], is_reversed: bool) -> Vec<usize> {
    let mut ids: Vec<usize> = (0..x.len()).filter(|&i| x[i] != MASKED).collect();
    if is_reversed {
        ids.reverse();
    }
    ids.sort_by(|&a, &b| x[b].partial_cmp(&x[a]).unwrap_or(Ordering::Equal));
    ids
}

/// Softmax in f64.
pub(crate) fn probabilities(x: &[f32]) -> Vec<f64> {
    let max = f64::from(x.iter().copied().fold(MASKED, f32::max));
    let weights: Vec<f64> = x.iter().map(|&v| if v == MASKED { 0.0 } else { (f64::from(v) - max).exp() }).collect();
    let sum = weights.iter().sum::<f64>();
    weights.into_iter().map(|w| w / sum).collect()
}
