//! One step judged by the oracle: with trace and without, kept set, values, probabilities and the draw.

use logitlab::{
    backend::{Backend, Step},
    error::Error,
    plan::{Plan, Stage},
    rng::Draw,
    trace::{DrawTrace, StepTrace},
};

use super::{
    Outcome,
    case::{Case, Past, chance_of},
    compare::within,
    ensure,
    oracle::{self, Lean, Line},
};
use crate::stages;

/// Probabilities agree to 2^-18 of themselves and half a unit of the integer mass.
pub(super) fn probability_tolerance(p: f64) -> f64 {
    p * 2f64.powi(-18) + 2f64.powi(-31)
}

/// What the oracle says about a row: which tokens must stay, which may. Where a cut was close, those that stay in both readings must.
pub(crate) struct Ruling {
    pub must: Vec<f32>,
    pub may: Vec<f32>,
    pub close: bool,
}

/// The final values of the strict and the generous reading; equal when no cut was close.
pub(crate) fn rule(case: &Case) -> Ruling {
    let last = |lean| {
        let columns = oracle::columns(&case.logits, &case.plan, &case.past, lean);
        (columns.stages.last().cloned().unwrap_or_else(|| oracle::read(&case.logits)), columns.close)
    };
    let (exact, close) = last(Lean::Exact);
    if close {
        let (strict, generous) = (last(Lean::Strict).0, last(Lean::Generous).0);
        // A later stage may keep more of fewer tokens.
        let both = |keeps: fn(f32, f32) -> f32| strict.iter().zip(&generous).map(|(&a, &b)| keeps(a, b)).collect();
        Ruling { must: both(f32::min), may: both(f32::max), close }
    } else {
        Ruling { must: exact.clone(), may: exact, close }
    }
}

/// Tokens that came to a stage, and how many of them it may keep or not.
#[derive(Clone, Copy, Default)]
pub(crate) struct Judged {
    pub tokens: usize,
    pub excused: usize,
}

/// Judges one step of `case`, and says how much of it was left open.
pub(crate) fn judge<B: Backend>(backend: &mut B, case: &Case, coin: u64) -> Result<Judged, String> {
    let past = Past { chance: chance_of(coin), ..case.past.clone() };
    let case = &Case { past, ..case.clone() };
    let ruling = rule(case);
    let name = &case.name;
    let is_open = (ruling.close || is_inexact(case)) && case.plan.stages.iter().any(Stage::edits);
    if ruling.may.iter().all(|&v| v == f32::NEG_INFINITY) && !is_open {
        let refusal = case.try_step(backend, case.draw(coin), false);
        let is_left = matches!(refusal, Err(Error::NothingLeft { row: 0, stage: Some(_), .. }));
        ensure!(is_left, "{name}: nothing is left, got {refusal:?}");
        return Ok(Judged::default());
    }
    let plain = match case.try_step(backend, case.draw(coin), false) {
        // Of the tokens of which one had to stay, the one that did may be banned.
        Err(Error::NothingLeft { row: 0, .. }) if is_open => return Ok(Judged::default()),
        other => other.map_err(|error| format!("{name}: refused: {error}"))?,
    };
    let traced = case.step(backend, coin, true)?;
    let Some(trace) = &traced.trace else { return Err(format!("{name}: no trace came")) };
    ensure!(
        (plain.token, plain.kept, plain.probability.to_bits())
            == (traced.token, traced.kept, traced.probability.to_bits()),
        "{name}: without a trace {plain:?}, with one token {} kept {} p {}",
        traced.token,
        traced.kept,
        traced.probability
    );
    let values = trace.stages.last().map_or(&trace.logits, |stage| &stage.values);
    if case.plan.greedy {
        judge_greedy(name, &plain, &ruling.must)?;
        return Ok(Judged::default());
    }
    let judged = judge_stages(case, trace)?;
    let left = n_left(values);
    ensure!(left == plain.kept as usize, "{name}: kept says {}, {left} values are left", plain.kept);
    judge_draw(name, values, &plain, trace, coin)?;
    Ok(judged)
}

/// Whether a stage gives logits that may be off by more than an underflow: of two that are nearly equal a later stage may then keep either.
fn is_inexact(case: &Case) -> bool {
    let slack = |stage| stages::value_slack(stage, &case.logits);
    case.plan.stages.iter().map(slack).any(|(part, least)| part > 0.0 || least > f64::from(f32::MIN_POSITIVE))
}

fn n_left(values: &[f32]) -> usize {
    values.iter().filter(|&&v| v != f32::NEG_INFINITY).count()
}

/// Every stage from what the one before it has really left: where one may keep either of two tokens, the next has to do with the one that was kept.
fn judge_stages(case: &Case, trace: &StepTrace) -> Result<Judged, String> {
    ensure!(trace.stages.len() == case.plan.stages.len(), "{}: {} stages traced", case.name, trace.stages.len());
    let (mut logits, mut judged) = (case.logits.clone(), Judged::default());
    for (stage, passed) in case.plan.stages.iter().zip(&trace.stages) {
        let plan = Plan { stages: vec![stage.clone()], greedy: false };
        let alone = Case { name: format!("{}, {}", case.name, passed.stage), logits, plan, past: case.past.clone() };
        let ruling = rule(&alone);
        let slack = stages::value_slack(stage, &alone.logits);
        judge_kept(&alone.name, &ruling, (&passed.values, slack), passed.kept)?;
        if stage.name().spec().filter {
            judged.tokens += n_left(&alone.logits);
            judged.excused += n_left(&ruling.may) - n_left(&ruling.must);
        }
        logits = passed.values.clone();
    }
    Ok(judged)
}

fn judge_greedy(name: &str, step: &Step, values: &[f32]) -> Outcome {
    let want = oracle::argmax(values);
    ensure!(step.token == want, "{name}: greedy drew {}, want {want}", step.token);
    ensure!(step.probability == 1.0, "{name}: greedy drew with probability {}", step.probability);
    ensure!(step.kept == 1, "{name}: greedy kept {}", step.kept);
    Ok(())
}

/// What must stay stayed, what may not stay went, and the values of those that stayed are right.
fn judge_kept(name: &str, ruling: &Ruling, (values, (slack, least)): (&[f32], (f64, f64)), kept: u32) -> Outcome {
    let mut n = 0;
    ensure!(values.len() == ruling.may.len(), "{name}: {} values of {}", values.len(), ruling.may.len());
    for (i, &v) in values.iter().enumerate() {
        let (must, may) = (ruling.must[i] > f32::NEG_INFINITY, ruling.may[i] > f32::NEG_INFINITY);
        let is_kept = v != f32::NEG_INFINITY;
        ensure!(is_kept || !must, "{name}: token {i} was removed");
        ensure!(may || !is_kept, "{name}: token {i} was kept with {v}");
        let (want, off) = (f64::from(ruling.may[i]), f64::from(v) - f64::from(ruling.may[i]));
        ensure!(!is_kept || off.abs() <= want.abs() * slack + least, "{name}: token {i} has {v}, want {want}");
        n += u32::from(is_kept);
    }
    ensure!(n == kept, "{name}: kept says {kept}, {n} values are left");
    Ok(())
}

/// The token holds the coin, and every probability is the softmax of what was kept.
fn judge_draw(name: &str, values: &[f32], step: &Step, trace: &StepTrace, coin: u64) -> Outcome {
    let want = oracle::softmax(values);
    let miss = Line::new(values).miss(step.token, coin);
    let band = oracle::mass_band(values);
    ensure!(miss <= band, "{name}: coin {coin:#x} drew {}, which is {miss:e} away (band {band:e})", step.token);
    let p = want[step.token as usize];
    within(
        &format!("{name}: probability of {}", step.token),
        f64::from(step.probability),
        p,
        probability_tolerance(p),
    )?;
    ensure!(trace.probabilities.len() == want.len(), "{name}: {} probabilities", trace.probabilities.len());
    for (i, (&got, &want)) in trace.probabilities.iter().zip(&want).enumerate() {
        ensure!(want > 0.0 || got == 0.0, "{name}: masked token {i} has probability {got}");
        within(&format!("{name}: probability of {i}"), f64::from(got), want, probability_tolerance(want))?;
    }
    let sum: f64 = trace.probabilities.iter().map(|&p| f64::from(p)).sum();
    within(&format!("{name}: sum of probabilities"), sum, 1.0, 2f64.powi(-20))
}

/// The race, judged by p / q in f64: the winner is within `slack` of the best ratio.
pub(crate) fn judge_race<B: Backend>(
    backend: &mut B,
    case: &Case,
    draw: Draw<'_>,
    noise: &[f64],
    slack: f64,
) -> Outcome {
    let name = &case.name;
    let step = case.try_step(backend, draw, false).map_err(|error| format!("{name}: refused: {error}"))?;
    let traced = case.try_step(backend, draw, true).map_err(|error| format!("{name}: refused: {error}"))?;
    let Some(trace) = &traced.trace else { return Err(format!("{name}: no trace came")) };
    ensure!((step.token, step.kept) == (traced.token, traced.kept), "{name}: the trace drew {}", traced.token);
    let ratios = oracle::ratios(trace.stages.last().map_or(&trace.logits, |stage| &stage.values), noise);
    let best = ratios.iter().copied().fold(0.0, f64::max);
    let own = ratios[step.token as usize];
    ensure!(own >= best * (1.0 - slack), "{name}: {} has ratio {own}, the best is {best}", step.token);
    let DrawTrace::Race { token, noise: q, ratio, runner_up, runner_up_ratio, .. } = trace.draw else {
        return Err(format!("{name}: the draw is {:?}", trace.draw));
    };
    ensure!(token == step.token, "{name}: traced token {token}, drew {}", step.token);
    within(&format!("{name}: noise"), f64::from(q), noise[token as usize], q.abs().mul_add(1e-6, 1e-30).into())?;
    within(&format!("{name}: ratio"), f64::from(ratio), own, own * 1e-5)?;
    let second = ratios.iter().enumerate().filter(|(i, _)| *i as u32 != token).map(|(_, r)| *r).fold(0.0, f64::max);
    let is_visible = second > f64::from(f32::MIN_POSITIVE);
    ensure!(runner_up != token || !is_visible, "{name}: there was a second, ratio {second}");
    if is_visible {
        within(&format!("{name}: second ratio"), f64::from(runner_up_ratio), second, second * 1e-5)?;
    }
    Ok(())
}
