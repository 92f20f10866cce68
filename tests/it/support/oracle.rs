//! The rules of sampling once more: naive, in f64 where a sum or an exponential is taken, in f32 where the rule says f32.
//! It imports plans as data and nothing that it judges.
//!
//! **Don't-care bands.** Engines may sum masses in different ways, so a cut within [`mass_band`] of p may fall on either side, and a
//! coin within it of an edge may give either neighbour. `Lean` moves every cut to one end of its band: what `Strict` keeps must be
//! kept, what `Generous` drops must be dropped.

use std::{cmp::Ordering, collections::BTreeMap, f64::consts::LOG2_E};

use logitlab::plan::{Penalties, Plan, Stage};
use logitlab::stages::{
    AdaptiveP, BadWords, Bias, Constraint, Dry, EpsilonCutoff, EtaCutoff, MinP, Mirostat, NoRepeatNgram, Temperature,
    TopH, TopK, TopNSigma, TopP, TypicalP, Xtc,
};

use super::{
    case::{Past, ids_of},
    grammar,
};

/// Which end of the don't-care band a cut takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lean {
    Strict,
    Exact,
    Generous,
}

impl Lean {
    const fn sign(self) -> f64 {
        match self {
            Self::Strict => -1.0,
            Self::Exact => 0.0,
            Self::Generous => 1.0,
        }
    }
}

/// The row after every stage of the plan, in order.
pub(crate) struct Columns {
    pub stages: Vec<Vec<f32>>,
    /// A cut fell into a don't-care band.
    pub close: bool,
}

/// A row of logits, with −inf for the lowest numbers of float32 and bfloat16: they mask as well.
pub(crate) fn read(logits: &[f32]) -> Vec<f32> {
    logits.iter().map(|&x| if x <= f32::from_bits(0xFF7F_0000) { f32::NEG_INFINITY } else { x }).collect()
}

/// Runs the stages of `plan`. −inf is masked.
pub(crate) fn columns(logits: &[f32], plan: &Plan, past: &Past, lean: Lean) -> Columns {
    let mut x = read(logits);
    let mut close = false;
    let mut stages = Vec::with_capacity(plan.stages.len());
    for stage in &plan.stages {
        close |= apply(stage, &mut x, past, lean);
        if stage.edits() {
            x = read(&x);
        }
        stages.push(x.clone());
    }
    Columns { stages, close }
}

/// Applies one stage and says whether its cut fell into its don't-care band.
pub(crate) fn apply(stage: &Stage, x: &mut [f32], past: &Past, lean: Lean) -> bool {
    match stage {
        Stage::Bias(Bias(pairs)) => pairs.iter().for_each(|&(id, b)| x[id as usize] += b),
        Stage::Penalties(p) => penalties(x, p, past),
        Stage::BadWords(stage) => bad_words(x, stage, past),
        Stage::Constraint(stage) => constraint(x, stage, past),
        Stage::Dry(stage) => dry(x, stage, past),
        Stage::NoRepeatNgram(NoRepeatNgram(n)) => no_repeat_ngram(x, *n, past),
        Stage::Temperature(stage) => temperature(x, stage),
        Stage::TopK(TopK(k)) => top_k(x, *k),
        Stage::TopNSigma(TopNSigma(n)) => return top_n_sigma(x, f64::from(*n), lean),
        Stage::TopH(TopH(h)) => return top_h(x, *h, lean),
        Stage::TopP(TopP(p)) => return top_p(x, *p, lean),
        Stage::MinP(MinP(min_p)) => return self::min_p(x, *min_p, lean),
        Stage::TypicalP(TypicalP(p)) => return typical_p(x, *p, lean),
        Stage::AdaptiveP(stage) => adaptive_p(x, stage, past),
        Stage::Mirostat(stage) => return mirostat(x, stage, past, lean),
        Stage::Xtc(stage) => return xtc(x, stage, past.chance, lean),
        Stage::EpsilonCutoff(EpsilonCutoff(epsilon)) => return least_probability(x, *epsilon, lean),
        Stage::EtaCutoff(EtaCutoff(epsilon)) => return least_probability(x, eta(&softmax(x), *epsilon), lean),
    }
    false
}

fn temperature(x: &mut [f32], stage: &Temperature) {
    if stage.range == 0.0 {
        x.iter_mut().for_each(|v| *v /= stage.t);
    } else if let Some(t) = dynamic_temperature(stage, x, 0.0) {
        x.iter_mut().for_each(|v| *v = (f64::from(*v) / t) as f32);
    }
}

/// T' where the entropy is `off` bits larger than it is; None for one token.
fn dynamic_temperature(stage: &Temperature, x: &[f32], off: f64) -> Option<f64> {
    let n = x.iter().filter(|v| **v > f32::NEG_INFINITY).count();
    let (t, range) = (f64::from(stage.t), f64::from(stage.range));
    let (low, high) = ((t - range).max(0.0), t + range);
    let part = ((entropy(&softmax(x)) + off).max(0.0) / (n as f64).log2()).min(1.0);
    (n > 1).then(|| (low + (high - low) * part.powf(stage.exponent.into())).max(high.min(2f64.powi(-10))))
}

/// How far the logits that a stage gives may be off, as a part of themselves and beside that: where they depend on the entropy or on probabilities, by
/// what rounding does to those.
pub(crate) fn value_slack(stage: &Stage, x: &[f32]) -> (f64, f64) {
    match stage {
        Stage::Temperature(stage) => (temperature_slack(stage, x), f64::from(f32::MIN_POSITIVE)),
        // A logit changes by at most 34 times what a probability does.
        Stage::AdaptiveP(_) => (2f64.powi(-20), 34.0 * (mass_band(x) + 2f64.powi(-22))),
        _ => (0.0, 0.0),
    }
}

fn temperature_slack(stage: &Temperature, x: &[f32]) -> f64 {
    let Some(t) = dynamic_temperature(stage, x, 0.0).filter(|_| stage.range > 0.0) else { return 0.0 };
    let band = surprise_band(x);
    let off = [-band, band].map(|off| (dynamic_temperature(stage, x, off).map_or(0.0, |near| near / t - 1.0)).abs());
    off[0].max(off[1]) + (1.0 + f64::from(stage.exponent)) * 2f64.powi(-17)
}

fn penalties(x: &mut [f32], p: &Penalties, past: &Past) {
    let all: Vec<(u32, bool)> =
        past.prompt.iter().map(|&t| (t, false)).chain(past.output.iter().map(|&t| (t, true))).collect();
    let start = past.window.map_or(0, |window| all.len().saturating_sub(window));
    let mut outputs: BTreeMap<u32, u32> = BTreeMap::new();
    for &(token, is_output) in &all[start..] {
        *outputs.entry(token).or_default() += u32::from(is_output);
    }
    for (token, n_output) in outputs {
        if p.exempt.contains(&token) || p.of_output && n_output == 0 {
            continue;
        }
        let v = &mut x[token as usize];
        *v = if *v < 0.0 { *v * p.repetition } else { *v / p.repetition };
        *v -= n_output as f32 * p.frequency + if n_output > 0 { p.presence } else { 0.0 };
    }
}

/// For every token, all sequences that it completes: the shorter first, what they add to it is added up, and −∞ wins.
fn bad_words(x: &mut [f32], stage: &BadWords, past: &Past) {
    let text = [&past.prompt[..], &past.output].concat();
    let ban = |ids: &[u32]| (ids.to_vec(), f32::NEG_INFINITY);
    let mut sequences: Vec<(Vec<u32>, f32)> = stage.bad_words_ids.iter().map(|ids| ban(ids)).collect();
    sequences.extend(stage.sequence_bias.iter().cloned());
    sequences.extend(stage.suppress_tokens.iter().map(|id| ban(&[*id])));
    if past.output.is_empty() {
        sequences.extend(stage.begin_suppress_tokens.iter().map(|id| ban(&[*id])));
    }
    sequences.sort_by_key(|(ids, amount)| (ids.len(), amount.to_bits()));
    for (token, v) in (0..).zip(x.iter_mut()) {
        let longer = [&text[..], &[token]].concat();
        let completed = sequences.iter().filter(|(ids, _)| longer.ends_with(ids)).map(|(_, amount)| amount);
        *v += completed.copied().reduce(|sum, amount| sum + amount).unwrap_or(0.0);
    }
}

/// What is not allowed after the output is masked; everything, where nothing can be said of what follows.
fn constraint(x: &mut [f32], stage: &Constraint, past: &Past) {
    let allowed = grammar::allowed(stage, &past.output, x.len()).unwrap_or_else(|_| vec![false; x.len()]);
    for (v, is_allowed) in x.iter_mut().zip(allowed) {
        if !is_allowed {
            *v = f32::NEG_INFINITY;
        }
    }
}

/// For every token all places where the text has it: the most tokens before one of them that also end the text, back to a breaker.
fn dry(x: &mut [f32], stage: &Dry, past: &Past) {
    let text = [&past.prompt[..], &past.output].concat();
    let text = &text[text.len() - text.len().min(stage.last_n.unwrap_or(usize::MAX))..];
    let breakers: Vec<&Vec<u32>> = stage.breakers.iter().flatten().map(ids_of).collect();
    let longest = |from: usize| breakers.iter().filter(|ids| text[from..].starts_with(ids)).map(|ids| ids.len()).max();
    let most = (0..text.len()).rev().find_map(|from| Some(text.len() - from - longest(from)?)).unwrap_or(text.len());
    for (token, v) in (0..).zip(x.iter_mut()) {
        let ends = (1..text.len()).filter(|&end| text[end] == token);
        let match_before = |end: usize| (0..end).take_while(|&i| text[end - 1 - i] == text[text.len() - 1 - i]).count();
        let length = ends.map(match_before).max().unwrap_or(0).min(most);
        if length >= stage.allowed_length && !breakers.iter().any(|ids| **ids == [token]) {
            let growth = f64::from(stage.base).powi((length - stage.allowed_length) as i32);
            *v -= (f64::from(stage.multiplier) * growth) as f32;
        }
    }
}

/// Every token that makes the last n − 1 tokens an n-gram of the text.
fn no_repeat_ngram(x: &mut [f32], n: usize, past: &Past) {
    let text = [&past.prompt[..], &past.output].concat();
    for token in 0..x.len() as u32 {
        let longer = [&text[..], &[token]].concat();
        let end = &longer[longer.len().saturating_sub(n)..];
        if text.windows(n).any(|ngram| ngram == end) {
            x[token as usize] = f32::NEG_INFINITY;
        }
    }
}

fn top_k(x: &mut [f32], k: usize) {
    if k >= x.len() {
        return;
    }
    let mut sorted = x.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let kth = sorted[k - 1];
    x.iter_mut().filter(|v| **v < kth).for_each(|v| *v = f32::NEG_INFINITY);
}

/// Ids of the unmasked tokens, best first: logit descending, then id ascending.
pub(crate) fn ranking(x: &[f32]) -> Vec<usize> {
    let mut ids: Vec<usize> = (0..x.len()).filter(|&i| x[i] > f32::NEG_INFINITY).collect();
    ids.sort_by(|&a, &b| x[b].partial_cmp(&x[a]).unwrap_or(Ordering::Equal).then(a.cmp(&b)));
    ids
}

fn top_p(x: &mut [f32], p: f64, lean: Lean) -> bool {
    if p >= 1.0 {
        return false;
    }
    let ids = ranking(x);
    let probabilities = softmax(x);
    let band = mass_band(x);
    let mut before = 0.0;
    let mut close = false;
    let mut is_removed = false;
    for (rank, &id) in ids.iter().enumerate() {
        if rank > 0 {
            close |= (before - p).abs() <= band;
            is_removed |= before > p + lean.sign() * band;
        }
        before += probabilities[id];
        if is_removed {
            x[id] = f32::NEG_INFINITY;
        }
    }
    close
}

/// The most likely first, while the part of the entropy down to a token is at most h; and the first.
fn top_h(x: &mut [f32], h: f64, lean: Lean) -> bool {
    let (p, whole) = (softmax(x), entropy(&softmax(x)));
    let band = surprise_band(x) + whole * 2f64.powi(-21);
    let (mut upto, mut close, mut is_removed) = (0.0, false, false);
    for (rank, &id) in ranking(x).iter().enumerate() {
        upto += entropy(&[p[id]]);
        if rank > 0 {
            close |= (upto - h * whole).abs() <= band;
            is_removed |= upto > h * whole + lean.sign() * band;
        }
        if is_removed {
            x[id] = f32::NEG_INFINITY;
        }
    }
    close
}

/// `x − max ≥ ln(min_p)`. Band: the rounding of that difference and of the logarithm to f32.
fn min_p(x: &mut [f32], min_p: f64, lean: Lean) -> bool {
    let max = maximum(x);
    let limit = min_p.ln();
    let band = limit.abs() * 2f64.powi(-22);
    let mut close = false;
    for v in x.iter_mut().filter(|v| **v > f32::NEG_INFINITY) {
        let below = f64::from(*v) - max;
        close |= min_p < 1.0 && (below - limit).abs() <= band;
        if below < limit - lean.sign() * band {
            *v = f32::NEG_INFINITY;
        }
    }
    close
}

/// −log2 p of every token; infinite where it is masked.
pub(crate) fn surprises(x: &[f32]) -> Vec<f64> {
    let max = maximum(x);
    let sum: f64 = x.iter().map(|&v| (f64::from(v) - max).exp()).sum();
    x.iter().map(|&v| (max - f64::from(v)) * LOG2_E + sum.log2()).collect()
}

/// The smallest distance from the entropy whose tokens have the mass p, and ties. Distances may be off, and sums, too: where they could let
/// another token be the last one, the cut is close.
fn typical_p(x: &mut [f32], p: f64, lean: Lean) -> bool {
    let (masses, entropy) = (softmax(x), entropy(&softmax(x)));
    let distances: Vec<f64> = surprises(x).iter().map(|s| (s - entropy).abs()).collect();
    let mut order = ranking(x);
    order.sort_by(|&a, &b| distances[a].total_cmp(&distances[b]));
    let last = |p: f64| {
        let mut sum = 0.0;
        let crosses = |&&id: &&usize| {
            sum += masses[id];
            sum >= p
        };
        order.iter().find(crosses).or(order.last()).map_or(0, |&id| id)
    };
    let (cut_at, exact) = (last(p), distances[last(p)]);
    let (low, high) = (last(p - mass_band(x)), last(p + mass_band(x)));
    // Two distances that are further apart keep their order. The cut then stands at a token within one band, and what it lets through within two.
    let band = 2.0 * (surprise_band(x) + (exact + entropy) * 2f64.powi(-21));
    let is_near = |&id: &usize| x[id] != x[cut_at] && (distances[id] - exact).abs() <= band;
    let close = x[low] != x[high] || order.iter().any(is_near);
    let cut = match lean {
        Lean::Strict if close => distances[low] - 2.0 * band,
        Lean::Generous if close => distances[high] + 2.0 * band,
        _ => exact,
    };
    order.into_iter().filter(|&id| distances[id] > cut).for_each(|id| x[id] = f32::NEG_INFINITY);
    close
}

/// Of the tokens with p ≥ t all but the last, where the second random number is at most P.
fn xtc(x: &mut [f32], stage: &Xtc, chance: u64, lean: Lean) -> bool {
    if stage.probability < 1.0 && chance as f64 * 2f64.powi(-64) > stage.probability {
        return false;
    }
    let (p, max, rounding) = (softmax(x), maximum(x), surprise_band(x));
    let bits = -stage.threshold.log2();
    let band = |id: usize| rounding + (max - f64::from(x[id])) * LOG2_E * 2f64.powi(-21);
    let above = |id: usize| bits + p[id].log2();
    let order = ranking(x);
    let close = bits < 126.0 && order.iter().any(|&id| above(id).abs() <= band(id));
    let n_likely = |off: f64| order.iter().filter(|&&id| bits >= 126.0 || above(id) >= off * band(id)).count();
    // The more count as likely, the more go.
    let n = n_likely(lean.sign());
    let gone = order[..n.saturating_sub(1)].to_vec();
    gone.into_iter().for_each(|id| x[id] = f32::NEG_INFINITY);
    close
}

/// t', from a moving average of the original probabilities that are not 0.
pub(crate) fn goal(stage: &AdaptiveP, past: &Past) -> f64 {
    let target = stage.target.unwrap_or(0.0);
    let mut average = target;
    for &p in past.originals.iter().filter(|p| **p > 0.0) {
        average = stage.decay * average + (1.0 - stage.decay) * f64::from(p);
    }
    (2.0 * target - average).clamp(0.0, 1.0)
}

fn adaptive_p(x: &mut [f32], stage: &AdaptiveP, past: &Past) {
    let (p, goal) = (softmax(x), goal(stage, past));
    for (v, p) in x.iter_mut().zip(p).filter(|(v, _)| **v > f32::NEG_INFINITY) {
        let distance = (p - goal).abs() / 0.3;
        *v = (5.0 - 10.0 * distance * distance / (1.0 + distance)) as f32;
    }
}

/// μ in bits, moved by every token that could be drawn.
pub(crate) fn mu(stage: &Mirostat, past: &Past) -> f64 {
    let surprises = past.odds.iter().filter(|p| **p > 0.0).map(|p| -f64::from(*p).log2());
    surprises.fold(2.0 * stage.tau, |mu, s| mu - stage.eta * (s - stage.tau))
}

/// At most μ bits of surprise, or the most likely.
fn mirostat(x: &mut [f32], stage: &Mirostat, past: &Past, lean: Lean) -> bool {
    let (mu, first) = (mu(stage, past), -softmax(x).into_iter().fold(0.0, f64::max).log2());
    mu < 126.0 && cut_bits(x, |below| below + first - mu.max(first), lean)
}

/// `min(ε, √ε · e^−H)`; H in bits, so a power of two.
pub(crate) fn eta(p: &[f64], epsilon: f64) -> f64 {
    epsilon.min(epsilon.sqrt() * (-entropy(p)).exp2())
}

/// `p ≥ limit`, or the most likely. In bits, where a limit of 126 or more keeps all.
fn least_probability(x: &mut [f32], limit: f64, lean: Lean) -> bool {
    let p = softmax(x);
    let top = p.iter().copied().fold(0.0, f64::max);
    if limit <= 2f64.powi(-126) {
        return false;
    }
    let cut = -limit.min(top).log2();
    cut_bits(x, |below| below - top.log2() - cut, lean)
}

/// Drops tokens by `excess`, a function of how many bits they are below the most likely, which stays.
fn cut_bits(x: &mut [f32], excess: impl Fn(f64) -> f64, lean: Lean) -> bool {
    let (max, rounding) = (maximum(x), surprise_band(x));
    let mut close = false;
    for v in x.iter_mut().filter(|v| f64::from(**v) < max && **v > f32::NEG_INFINITY) {
        let below = (max - f64::from(*v)) * LOG2_E;
        let band = rounding + below * 2f64.powi(-21);
        close |= excess(below).abs() <= band;
        if excess(below) > lean.sign() * band {
            *v = f32::NEG_INFINITY;
        }
    }
    close
}

/// How many bits the surprise of all tokens, or the entropy, may be off: 2^-18, and what rounded masses lose.
pub(crate) fn surprise_band(x: &[f32]) -> f64 {
    2f64.powi(-18) + (mass_band(x) - 2f64.powi(-20)) * 34.0
}

/// `x ≥ max − n·σ`. Logits closer together than 2^-86 count as equal.
fn top_n_sigma(x: &mut [f32], n: f64, lean: Lean) -> bool {
    let left: Vec<f64> = x.iter().filter(|v| **v > f32::NEG_INFINITY).map(|&v| f64::from(v)).collect();
    let max = maximum(x);
    let range = left.iter().map(|v| max - v).fold(0.0, f64::max);
    if range < 2f64.powi(-86) {
        return false;
    }
    let mean = left.iter().sum::<f64>() / left.len() as f64;
    let sigma = (left.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / left.len() as f64).sqrt();
    let band = sigma_band(n, range);
    let mut close = false;
    for v in x.iter_mut().filter(|v| **v > f32::NEG_INFINITY) {
        let below = max - f64::from(*v);
        close |= below > 0.0 && (below - n * sigma).abs() <= band;
        if below > 0.0 && below > n * sigma + lean.sign() * band {
            *v = f32::NEG_INFINITY;
        }
    }
    close
}

/// Half-width of the don't-care band of a cut at n standard deviations, where the lowest logit is `range` below the largest: distances are whole
/// steps, 2^20 of them in the power of two above the range. A distance is off by up to one step, σ by up to one and a half.
pub(crate) fn sigma_band(n: f64, range: f64) -> f64 {
    let span = range.log2().floor().exp2() * 2.0;
    (1.5 * n + 2.0) * span * 2f64.powi(-20)
}

/// Half-width of the don't-care band of a sum of probabilities: 2^-20, and half a unit of 2^-31 for every rounded mass.
pub(crate) fn mass_band(x: &[f32]) -> f64 {
    let max = maximum(x);
    let n = x.iter().filter(|v| **v > f32::NEG_INFINITY).count();
    let total: f64 = x.iter().map(|&v| (f64::from(v) - max).exp()).sum();
    2f64.powi(-20) + n as f64 * 2f64.powi(-32) / total
}

/// The largest logit.
pub(crate) fn maximum(x: &[f32]) -> f64 {
    x.iter().copied().fold(f64::NEG_INFINITY, |max, v| max.max(f64::from(v)))
}

/// The smallest logit that is not masked.
pub(crate) fn minimum(x: &[f32]) -> f64 {
    x.iter().filter(|v| **v > f32::NEG_INFINITY).fold(f64::INFINITY, |min, &v| min.min(f64::from(v)))
}

/// The first of the largest.
pub(crate) fn argmax(x: &[f32]) -> u32 {
    ranking(x).first().map_or(u32::MAX, |&id| id as u32)
}

/// `exp(x − max) / Σ`; masked is exactly 0.
pub(crate) fn softmax(x: &[f32]) -> Vec<f64> {
    let max = maximum(x);
    let exps: Vec<f64> =
        x.iter().map(|&v| if v == f32::NEG_INFINITY { 0.0 } else { (f64::from(v) - max).exp() }).collect();
    let total: f64 = exps.iter().sum();
    exps.iter().map(|e| e / total).collect()
}

/// Bits.
pub(crate) fn entropy(probabilities: &[f64]) -> f64 {
    probabilities.iter().filter(|p| **p > 0.0).map(|p| -p * p.log2()).sum()
}

/// Bits of all tokens down to this one.
pub(crate) fn entropy_upto(p: &[f64], x: &[f32], token: usize) -> f64 {
    let order = ranking(x);
    let end = order.iter().position(|&id| id == token).map_or(0, |rank| rank + 1);
    order[..end].iter().map(|&id| entropy(&[p[id]])).sum()
}

/// `2^31 · 2^((x − max) · log2 e)`, before rounding.
fn mass(v: f32, max: f64) -> f64 {
    2f64.powi(31) * ((f64::from(v) - max) * LOG2_E).exp2()
}

/// The draw of a coin from a row of final logits: integer masses laid side by side in id order.
pub(crate) struct Line {
    /// Running sums: token i owns `edges[i]..edges[i + 1]`.
    edges: Vec<u64>,
    /// The masses before rounding.
    raw: Vec<f64>,
}

impl Line {
    pub(crate) fn new(x: &[f32]) -> Self {
        let max = maximum(x);
        let raw: Vec<f64> = x.iter().map(|&v| mass(v, max)).collect();
        let mut edges = vec![0];
        let mut sum = 0;
        for m in &raw {
            sum += m.round() as u64;
            edges.push(sum);
        }
        Self { edges, raw }
    }

    fn total(&self) -> u64 {
        self.edges[self.raw.len()]
    }

    /// `floor(W · coin / 2^64)`.
    fn place(&self, coin: u64) -> u64 {
        ((u128::from(self.total()) * u128::from(coin)) >> 64) as u64
    }

    /// The token whose share holds the coin.
    pub(crate) fn token(&self, coin: u64) -> u32 {
        let place = self.place(coin);
        (self.edges.partition_point(|&edge| edge <= place) - 1) as u32
    }

    /// The token's share of [0, 1).
    pub(crate) fn share(&self, token: u32) -> (f64, f64) {
        let total = self.total() as f64;
        (self.edges[token as usize] as f64 / total, self.edges[token as usize + 1] as f64 / total)
    }

    /// How far the coin lies outside the token's share, as a probability; infinite for a token without mass.
    pub(crate) fn miss(&self, token: u32, coin: u64) -> f64 {
        let ix = token as usize;
        if !(self.raw[ix] >= 0.49) {
            return f64::INFINITY;
        }
        let place = self.place(coin);
        let outside = self.edges[ix].saturating_sub(place).max((place + 1).saturating_sub(self.edges[ix + 1]));
        outside as f64 / self.total() as f64
    }
}

/// The race: `p / q` of every token, and 0 for a masked one.
pub(crate) fn ratios(x: &[f32], noise: &[f64]) -> Vec<f64> {
    softmax(x).iter().zip(noise).map(|(&p, &q)| if p == 0.0 { 0.0 } else { p / q }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_two_equal_tokens() {
        let line = Line::new(&[1.0, f32::NEG_INFINITY, 1.0]);
        assert_eq!([line.token(0), line.token((1 << 63) - 1), line.token(1 << 63), line.token(u64::MAX)], [0, 0, 2, 2]);
        assert_eq!(line.share(2), (0.5, 1.0));
        assert_eq!(line.miss(0, 0), 0.0);
        assert_eq!(line.miss(1, 0), f64::INFINITY);
        assert!((line.miss(2, 1 << 62) - 0.25).abs() < 1e-9, "a quarter away");
        assert!((line.miss(0, 3 << 62) - 0.25).abs() < 1e-9, "a quarter away");
    }

    #[test]
    fn a_cut_in_the_band_is_reported_and_leans() {
        let near_tie = [1.0, 1.0, 1.0 - 1e-7, 1.0];
        let plan = Plan { stages: vec![Stage::TopP(TopP(0.5))], greedy: false };
        let kept = |lean| {
            let columns = columns(&near_tie, &plan, &Past::default(), lean);
            (ranking(&columns.stages[0]).len(), columns.close)
        };
        assert_eq!(kept(Lean::Strict), (2, true));
        assert_eq!(kept(Lean::Generous), (3, true));
    }
}
