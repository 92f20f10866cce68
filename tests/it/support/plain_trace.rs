//! The trace of the plain backend.

use logitlab::{
    plan::Plan,
    rng::{Draw, Noise},
    trace::{DrawTrace, StageTrace, StepTrace},
};

use super::plain::{Column, Drawn, probabilities, ranked};

/// Puts the columns of one step together.
pub(super) fn trace(
    logits: &[f32],
    plan: &Plan,
    columns: &[Column],
    drawn: &Drawn,
    draw: Draw<'_>,
    kept: u32,
) -> StepTrace {
    let mut before = logits;
    let mut stages = Vec::new();
    for (stage, column) in plan.stages.iter().zip(columns) {
        let p = probabilities(before);
        let (removed, evidence) = removed(before, column);
        stages.push(StageTrace {
            stage: stage.name().as_str(),
            setting: format!("{} = {stage:?}", stage.name().as_str()),
            mass_removed: removed.iter().map(|&id| p[id as usize]).sum(),
            evidence,
            entropy_before: bits(&p),
            entropy_after: bits(&probabilities(&column.values)),
            effective_vocab: bits(&probabilities(&column.values)).exp2(),
            kept: ranked(&column.values, false).len() as u32,
            moves: before.iter().zip(&column.values).any(|(a, b)| a != b && *b > f32::NEG_INFINITY),
            limit: column.limit,
            rule: format!("{} tokens were removed", removed.len()),
            allowed: column.allowed.clone(),
            values: column.values.clone(),
            removed,
        });
        before = &column.values;
    }
    let raw = probabilities(logits);
    let mut last = probabilities(before);
    if plan.greedy {
        last.iter_mut().enumerate().for_each(|(i, p)| *p = f64::from(u8::from(i == drawn.token)));
    }
    StepTrace {
        raw_entropy: bits(&raw),
        raw_effective_vocab: bits(&raw).exp2(),
        raw_probabilities: raw.iter().map(|p| *p as f32).collect(),
        entropy: bits(&last),
        effective_vocab: bits(&last).exp2(),
        probabilities: last.iter().map(|p| *p as f32).collect(),
        draw: draw_trace(plan, drawn, draw, &last),
        logits: logits.to_vec(),
        stages,
        kept,
    }
}

/// Tokens that are masked from this column on, with what the stage compared: its own number, or the logit.
fn removed(before: &[f32], column: &Column) -> (Vec<u32>, Vec<f32>) {
    let gone = (0u32..).zip(before.iter().zip(&column.values)).filter(|(_, (b, a))| b > a && **a == f32::NEG_INFINITY);
    let own = |id: u32| column.evidence.binary_search_by_key(&id, |(of, _)| *of).ok().map(|ix| column.evidence[ix].1);
    gone.map(|(id, (logit, _))| (id, own(id).unwrap_or(*logit))).unzip()
}

fn draw_trace(plan: &Plan, drawn: &Drawn, draw: Draw<'_>, p: &[f64]) -> DrawTrace {
    let (token, probability) = (drawn.token as u32, p[drawn.token]);
    match draw {
        _ if plan.greedy => DrawTrace::Greedy { token, probability },
        Draw::None => DrawTrace::Greedy { token, probability },
        Draw::Coin(coin) => {
            let start: f64 = p[..drawn.token].iter().sum();
            let position = coin as f64 / 2f64.powi(64);
            DrawTrace::Coin { token, probability, coin, position, interval: (start, start + probability) }
        }
        Draw::Race(noise) => {
            let q = match noise {
                Noise::Exponential(q) => q[drawn.token],
                Noise::Uniform(u) => -(-u[drawn.token]).ln_1p() as f32,
            };
            let mut order: Vec<usize> = (0..p.len()).filter(|&i| p[i] > 0.0 && i != drawn.token).collect();
            order.sort_by(|&a, &b| drawn.scores[b].total_cmp(&drawn.scores[a]));
            let second = order.first().copied().unwrap_or(drawn.token);
            let ratio = drawn.scores[drawn.token] as f32;
            let runner_up_ratio = drawn.scores[second] as f32;
            DrawTrace::Race { token, probability, noise: q, ratio, runner_up: second as u32, runner_up_ratio }
        }
    }
}

fn bits(p: &[f64]) -> f64 {
    p.iter().filter(|p| **p > 0.0).map(|p| -p * p.log2()).sum()
}
