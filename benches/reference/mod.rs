//! What f64 and a full sort say of a row: what a bench compares before it times anything.

use logitlab::{
    plan::{Plan, Stage},
    stages::{
        AdaptiveP, Dry, EpsilonCutoff, EtaCutoff, MinP, Mirostat, Temperature, TopH, TopK, TopNSigma, TopP, TypicalP,
        Xtc,
    },
    token::TokenId,
};

/// A row after its plan.
pub(crate) struct Reference {
    pub kept: usize,
    /// Running sums of the final probabilities in id order, V + 1 of them.
    edges: Vec<f64>,
}

impl Reference {
    /// `text` is what stands before the row.
    pub(crate) fn of(logits: &[f32], plan: &Plan, text: &[TokenId]) -> Self {
        let mut x: Vec<f64> = logits.iter().map(|&x| f64::from(x)).collect();
        plan.stages.iter().for_each(|stage| apply(stage, &mut x, text));
        let mut edges = vec![0.0];
        probabilities(&x).iter().for_each(|p| edges.push(edges[edges.len() - 1] + p));
        Self { kept: x.iter().filter(|x| x.is_finite()).count(), edges }
    }

    /// The token's part of [0, 1).
    pub(crate) fn interval(&self, token: TokenId) -> (f64, f64) {
        (self.edges[token as usize], self.edges[token as usize + 1])
    }
}

fn apply(stage: &Stage, x: &mut [f64], text: &[TokenId]) {
    let p = probabilities(x);
    let entropy: f64 = p.iter().map(|&p| part(p)).sum();
    let max = maximum(x);
    match stage {
        Stage::Temperature(stage) => {
            let t = temperature(stage, entropy / (x.len() as f64).ln());
            x.iter_mut().for_each(|x| *x /= t);
        }
        Stage::TopK(TopK(k)) => {
            let kth = x[falling(x)[(k - 1).min(x.len() - 1)]];
            keep(x, |_, x| x >= kth);
        }
        Stage::TopP(TopP(limit)) => keep_prefix(x, &falling(x), |id| p[id], *limit),
        Stage::TopH(TopH(h)) => {
            let order = falling(x);
            let mut upto = 0.0;
            let inside = |&&id: &&usize| {
                upto += part(p[id]);
                upto <= h * entropy
            };
            let n = order.iter().take_while(inside).count().max(1);
            order[n..].iter().for_each(|&id| x[id] = f64::NEG_INFINITY);
        }
        Stage::MinP(MinP(min_p)) => keep(x, |_, x| x - max >= min_p.ln()),
        Stage::TopNSigma(TopNSigma(n)) => {
            let mean = x.iter().sum::<f64>() / x.len() as f64;
            let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / x.len() as f64;
            keep(x, |_, x| x >= max - f64::from(*n) * variance.sqrt());
        }
        Stage::TypicalP(TypicalP(limit)) => {
            let score = |id: usize| (-p[id].ln() - entropy).abs();
            let mut order = falling(x);
            order.sort_by(|&a, &b| score(a).total_cmp(&score(b)));
            keep_prefix(x, &order, |id| p[id], *limit);
        }
        Stage::EpsilonCutoff(EpsilonCutoff(epsilon)) => keep(x, |id, x| p[id] >= *epsilon || x >= max),
        Stage::EtaCutoff(EtaCutoff(epsilon)) => {
            let eta = epsilon.min(epsilon.sqrt() * (-entropy).exp());
            keep(x, |id, x| p[id] >= eta || x >= max);
        }
        Stage::Mirostat(Mirostat { tau, .. }) => keep(x, |id, x| -p[id].log2() <= 2.0 * tau || x >= max),
        Stage::Xtc(Xtc { threshold, .. }) => {
            let least = p.iter().copied().filter(|p| p >= threshold).fold(f64::INFINITY, f64::min);
            keep(x, |id, _| p[id] <= least);
        }
        Stage::AdaptiveP(AdaptiveP { target, .. }) => {
            let distance = |id: usize| (p[id] - target.unwrap_or(0.0)).abs() / 0.3;
            (0..x.len()).for_each(|id| x[id] = 5.0 - 10.0 * distance(id).powi(2) / (1.0 + distance(id)));
        }
        Stage::Dry(dry) => lower_repeats(x, dry, &text[text.len() - dry.last_n.unwrap_or(text.len())..]),
        _ => unreachable!("not timed here"),
    }
}

/// Every place of the text is compared with its end; the longest match of a token counts.
#[allow(clippy::cast_possible_truncation, reason = "a penalty is an f32")]
fn lower_repeats(x: &mut [f64], dry: &Dry, text: &[TokenId]) {
    let mut longest = vec![0; x.len()];
    for at in 1..text.len() {
        let pairs = text[..at].iter().rev().zip(text.iter().rev());
        let length = pairs.take_while(|(a, b)| a == b).count();
        let known = &mut longest[text[at] as usize];
        *known = length.max(*known);
    }
    for (x, length) in x.iter_mut().zip(longest).filter(|(_, length)| *length >= dry.allowed_length) {
        let penalty = f64::from(dry.multiplier) * f64::from(dry.base).powf((length - dry.allowed_length) as f64);
        // Beyond an f32 the token is banned.
        *x -= f64::from(penalty as f32);
    }
}

fn temperature(stage: &Temperature, part: f64) -> f64 {
    let (t, range) = (f64::from(stage.t), f64::from(stage.range));
    let low = (t - range).max(0.0);
    if range > 0.0 { low + (t + range - low) * part.powf(stage.exponent.into()) } else { t }
}

/// −p · ln p.
fn part(p: f64) -> f64 {
    if p > 0.0 { -p * p.ln() } else { 0.0 }
}

fn maximum(x: &[f64]) -> f64 {
    x.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

fn probabilities(x: &[f64]) -> Vec<f64> {
    let max = maximum(x);
    let z: f64 = x.iter().map(|x| (x - max).exp()).sum();
    x.iter().map(|x| (x - max).exp() / z).collect()
}

/// Ids, the largest logit first.
fn falling(x: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&a, &b| x[b].total_cmp(&x[a]).then(a.cmp(&b)));
    order
}

fn keep(x: &mut [f64], holds: impl Fn(usize, f64) -> bool) {
    x.iter_mut().enumerate().filter(|(id, x)| !holds(*id, **x)).for_each(|(_, x)| *x = f64::NEG_INFINITY);
}

/// Keeps the tokens, in this order, before which the mass is at most `limit`.
fn keep_prefix(x: &mut [f64], order: &[usize], mass: impl Fn(usize) -> f64, limit: f64) {
    let mut before = 0.0;
    for &id in order {
        if before > limit {
            x[id] = f64::NEG_INFINITY;
        }
        before += mass(id);
    }
}
