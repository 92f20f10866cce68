//! The rules written a third time, as an ordinary backend with one fault on request: the checks must pass it without a fault and
//! fail it with any. It shares no code with the engine or with the oracle.

use std::cmp::Ordering;

use logitlab::{
    backend::{Backend, Chain, ChainOutput, Row, Step},
    error::{Error, Result},
    history::History,
    plan::{Penalties, Plan, Stage, StageName},
    rng::{Draw, Noise},
};

use super::plain_trace;

/// Names the faults once, for the type and for the list of all.
macro_rules! faults {
    ($($fault:ident),+ $(,)?) => {
        /// One way to be wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Fault {
            $($fault),+
        }

        /// Every fault.
        pub(crate) const FAULTS: &[Fault] = &[$(Fault::$fault),+];
    };
}

faults!(
    NoMaxSubtraction,
    DroppedTail,
    MaskedDrawable,
    BiasLastPairLost,
    RepetitionSign,
    RepetitionPerOccurrence,
    FrequencyCountsPrompt,
    PresencePerOccurrence,
    HistoryFlagsSwapped,
    TemperatureMultiplied,
    TemperatureReciprocal,
    TopKOffByOne,
    TopKAtMostOne,
    TopKTiesDropped,
    TopPAtLeast,
    TopPWholeTies,
    TopPTiesById,
    TopPNotRenormalised,
    TopPFirstNotKept,
    TopPComplement,
    MinPStrict,
    MinPAbsolute,
    MinPComplement,
    OrderIgnored,
    GreedyLastTie,
    GreedyDraws,
    ValueOrderDraw,
    TruncatedMasses,
    SwappedCoinHalves,
    Coin24Bits,
    CoinInverted,
    RaceByProduct,
    RaceLastTie,
    UniformNoiseTakenAsIs,
    BatchSharesCoin,
    BatchSharesPlan,
    NanAccepted,
    InfinityAccepted,
    NothingLeftAccepted,
    PartialOutput,
    LengthUnchecked,
    StaleKept,
    TraceKeepsMore,
    TraceForgetsEvidence,
    TraceEntropyInNats,
    OverflowAccepted,
    NoRandomnessAccepted,
);

const MASKED: f32 = f32::NEG_INFINITY;

/// The rules, plainly.
#[derive(Debug, Default)]
pub(crate) struct PlainBackend {
    fault: Option<Fault>,
    last_kept: Option<u32>,
}

/// What a stage left.
pub(super) struct Column {
    pub values: Vec<f32>,
    pub limit: f64,
    pub evidence: Vec<(u32, f32)>,
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

    fn has(&self, fault: Fault) -> bool {
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
                Err(Error::NothingLeft { row })
            }
            None => Ok(()),
        }
    }

    fn row(&mut self, row_ix: usize, x: &[f32], row: &Row<'_>, want_trace: bool) -> Result<Step> {
        let mut plan = row.plan.clone();
        if self.has(Fault::OrderIgnored) {
            plan.stages.sort_by_key(|s| StageName::DEFAULT_ORDER.iter().position(|&n| n == s.name()));
        }
        if want_trace && self.has(Fault::TraceKeepsMore) {
            plan.stages.retain(|s| s.name() != StageName::TopK);
        }
        let mut x = x.to_vec();
        if self.has(Fault::DroppedTail) && x.len() > 4 {
            let whole = x.len() / 4 * 4;
            x[whole..].fill(MASKED);
        }
        let given = x.clone();
        let raw = if self.has(Fault::TopPNotRenormalised) { probabilities(&x) } else { Vec::new() };
        let mut columns = Vec::new();
        for stage in &plan.stages {
            check_ids(stage, row.history, x.len())?;
            let column = self.stage(stage, &x, row.history, &raw);
            x.clone_from(&column.values);
            if let Some(index) = x.iter().position(|v| v.is_nan() || *v == f32::INFINITY)
                && !self.has(Fault::OverflowAccepted)
                && given.iter().all(|v| v.is_finite() || *v == MASKED)
            {
                return Err(Error::InvalidLogits { row: row_ix, index, value: x[index] });
            }
            columns.push(column);
        }
        if x.iter().all(|&v| v == MASKED) && !self.has(Fault::NothingLeftAccepted) {
            return Err(Error::NothingLeft { row: row_ix });
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

    fn stage(&self, stage: &Stage, x: &[f32], history: &History, raw: &[f64]) -> Column {
        let mut values = x.to_vec();
        let mut limit = f64::NAN;
        let mut evidence = Vec::new();
        match stage {
            Stage::Bias(pairs) => {
                let n = pairs.len().saturating_sub(usize::from(self.has(Fault::BiasLastPairLost)));
                pairs[..n].iter().for_each(|(id, b)| values[*id as usize] += b);
            }
            Stage::Penalties(p) => self.penalties(p, &mut values, history),
            Stage::Temperature(t) => values.iter_mut().for_each(|v| {
                *v = if self.has(Fault::TemperatureMultiplied) {
                    *v * t
                } else if self.has(Fault::TemperatureReciprocal) {
                    *v * (1.0 / t)
                } else {
                    *v / t
                }
            }),
            Stage::TopK(k) => (limit, evidence) = self.top_k(*k, &mut values),
            Stage::TopP(p) => (limit, evidence) = (*p, self.top_p(*p, &mut values, raw)),
            Stage::MinP(p) => (limit, evidence) = (*p, self.min_p(*p, &mut values)),
        }
        Column { values, limit, evidence }
    }

    fn penalties(&self, p: &Penalties, x: &mut [f32], history: &History) {
        for (token, count) in history.counts() {
            let v = &mut x[token as usize];
            let is_negative = (*v < 0.0) != self.has(Fault::RepetitionSign);
            let times = if self.has(Fault::RepetitionPerOccurrence) { count.total } else { 1 };
            for _ in 0..times {
                *v = if is_negative { *v * p.repetition } else { *v / p.repetition };
            }
            let n = if self.has(Fault::FrequencyCountsPrompt) { count.total } else { count.output };
            let mut n_present = u32::from(count.output > 0);
            if self.has(Fault::PresencePerOccurrence) {
                n_present = count.output;
            }
            if self.has(Fault::HistoryFlagsSwapped) {
                n_present = u32::from(count.total > count.output);
            }
            *v -= n as f32 * p.frequency + n_present as f32 * p.presence;
        }
    }

    fn top_k(&self, k: usize, x: &mut [f32]) -> (f64, Vec<(u32, f32)>) {
        let k = if self.has(Fault::TopKOffByOne) { k + 1 } else { k };
        let k = if self.has(Fault::TopKAtMostOne) { x.len().min(k).min(64) } else { k };
        let order = ranked(x, false);
        if k >= order.len() {
            return (f64::NEG_INFINITY, Vec::new());
        }
        let kth = x[order[k - 1]];
        let is_out = |rank: usize, id: usize| if self.has(Fault::TopKTiesDropped) { rank >= k } else { x[id] < kth };
        let out: Vec<usize> = order.iter().enumerate().filter(|(r, id)| is_out(*r, **id)).map(|(_, id)| *id).collect();
        (f64::from(kth), remove(x, out.into_iter().map(|id| (id, None))))
    }

    fn top_p(&self, p: f64, x: &mut [f32], raw: &[f64]) -> Vec<(u32, f32)> {
        if p >= 1.0 {
            return Vec::new();
        }
        let order = ranked(x, self.has(Fault::TopPTiesById));
        let masses = if raw.is_empty() { probabilities(x) } else { raw.to_vec() };
        let mut out = Vec::new();
        let (mut before, mut above) = (0.0, 0.0);
        for (rank, &id) in order.iter().enumerate() {
            if rank > 0 && x[id] < x[order[rank - 1]] {
                above = before;
            }
            let compared = if self.has(Fault::TopPWholeTies) { above } else { before };
            let is_over = compared > p || (compared == p && self.has(Fault::TopPAtLeast));
            let is_over = if self.has(Fault::TopPComplement) && p > 0.85 { !is_over } else { is_over };
            if is_over && (rank > 0 || self.has(Fault::TopPFirstNotKept))
                || (p == 0.0 && self.has(Fault::TopPFirstNotKept))
            {
                out.push((id, Some(before as f32)));
            }
            before += masses[id];
        }
        remove(x, out.into_iter())
    }

    fn min_p(&self, min_p: f64, x: &mut [f32]) -> Vec<(u32, f32)> {
        let p = probabilities(x);
        let max = x.iter().copied().fold(MASKED, f32::max);
        let best = p.iter().copied().fold(0.0, f64::max);
        let is_in = |i: usize| {
            let below = f64::from(x[i]) - f64::from(max);
            match self.fault {
                Some(Fault::MinPStrict) => {
                    below > min_p.ln() || min_p == 1.0 && below == 0.0 && x[..i].iter().all(|v| *v != max)
                }
                Some(Fault::MinPAbsolute) => p[i] >= min_p || below == 0.0,
                Some(Fault::MinPComplement) if min_p > 0.2 => below < min_p.ln() || below == 0.0,
                _ => below >= min_p.ln(),
            }
        };
        let out: Vec<_> =
            (0..x.len()).filter(|&i| x[i] != MASKED && !is_in(i)).map(|i| (i, Some((p[i] / best) as f32))).collect();
        remove(x, out.into_iter())
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
    async fn step(
        &mut self,
        logits: &mut [f32],
        rows: &[Row<'_>],
        want_trace: bool,
        out: &mut Vec<Step>,
    ) -> Result<()> {
        let n = logits.len();
        let is_whole = !rows.is_empty() && n > 0 && n.is_multiple_of(rows.len());
        if !is_whole && !(self.has(Fault::LengthUnchecked) && n > 0 && !rows.is_empty()) {
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
            let step = self.row(i, x, &row, want_trace);
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

    async fn chain(&mut self, _: &Chain<'_>, (): &mut (), _: &mut ChainOutput) -> Result<bool> {
        Ok(false)
    }
}

/// Ids outside the vocabulary are refused where a stage would use them.
fn check_ids(stage: &Stage, history: &History, vocab_size: usize) -> Result<()> {
    let ids: Vec<u32> = match stage {
        Stage::Bias(pairs) => pairs.iter().map(|(id, _)| *id).collect(),
        Stage::Penalties(_) => history.counts().map(|(id, _)| id).collect(),
        _ => Vec::new(),
    };
    match ids.iter().position(|id| *id as usize >= vocab_size) {
        Some(position) => Err(Error::InvalidToken { id: ids[position], position, vocab_size }),
        None => Ok(()),
    }
}

/// Unmasked ids, best first; equal ones by id, ascending unless `is_reversed`.
pub(super) fn ranked(x: &[f32], is_reversed: bool) -> Vec<usize> {
    let mut ids: Vec<usize> = (0..x.len()).filter(|&i| x[i] != MASKED).collect();
    if is_reversed {
        ids.reverse();
    }
    ids.sort_by(|&a, &b| x[b].partial_cmp(&x[a]).unwrap_or(Ordering::Equal));
    ids
}

/// Softmax in f64.
pub(super) fn probabilities(x: &[f32]) -> Vec<f64> {
    let max = f64::from(x.iter().copied().fold(MASKED, f32::max));
    let weights: Vec<f64> = x.iter().map(|&v| if v == MASKED { 0.0 } else { (f64::from(v) - max).exp() }).collect();
    let sum = weights.iter().sum::<f64>();
    weights.into_iter().map(|w| w / sum).collect()
}

/// Masks tokens and hands back their evidence in id order; without a number of its own a token's evidence is its logit.
fn remove(x: &mut [f32], tokens: impl Iterator<Item = (usize, Option<f32>)>) -> Vec<(u32, f32)> {
    let mut evidence: Vec<(u32, f32)> =
        tokens.filter(|(id, _)| x[*id] != MASKED).map(|(id, e)| (id as u32, e.unwrap_or(x[id]))).collect();
    evidence.sort_by_key(|(id, _)| *id);
    evidence.iter().for_each(|(id, _)| x[*id as usize] = MASKED);
    evidence
}
