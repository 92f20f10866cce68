//! adaptive_p: the nearer a token's probability is to a target, the larger its logit; the target makes up for what came before.

use logitlab::{backend::Backend, settings::Value, stages::AdaptiveP};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks,
    compare::within,
    ensure,
    expect::{shows, traced_values},
    oracle::{self, Lean},
    plain::probabilities,
    stage_test::{At, Gone, StageTest},
};

checks!(near_the_target, makes_up, edges);

fn stage(target: f64, decay: f64) -> AdaptiveP {
    AdaptiveP { target: Some(target), decay }
}

fn base(name: &str, target: f64, decay: f64, originals: &[f32]) -> Case {
    let mut case = Case::of_probabilities(name, &[0.1, 0.2, 0.3, 0.4]).stage(stage(target, decay).into());
    case.past.output = vec![0; originals.len()];
    case.past.originals = originals.to_vec();
    case
}

/// The logits for this target, 0.1 to 0.4 first.
fn gives<B: Backend>(backend: &mut B, case: &Case, goal: f64) -> Outcome {
    let values = traced_values(backend, case)?;
    for (value, p) in values.iter().zip([0.1, 0.2, 0.3, 0.4]) {
        let d = f64::abs(p - goal) / 0.3;
        within(&format!("{}: the logit of {p}", case.name), f64::from(*value), 5.0 - 10.0 * d * d / (1.0 + d), 1e-4)?;
    }
    shows(backend, case)
}

fn near_the_target<B: Backend>(backend: &mut B) -> Outcome {
    for target in [0.0, 0.2, 0.25, 0.9, 1.0] {
        gives(backend, &base(&format!("target {target}"), target, 0.9, &[]), target)?;
    }
    Ok(())
}

/// Above the target, the next one is below it by as much, by the share that the newest token has in the average.
fn makes_up<B: Backend>(backend: &mut B) -> Outcome {
    let cases = [
        (base("no memory", 0.3, 0.0, &[0.5]), 0.1),
        (base("half of it", 0.3, 0.5, &[0.5]), 0.2),
        (base("two tokens", 0.3, 0.5, &[0.5, 0.1]), 0.35),
        (base("it stays what it was", 0.3, 0.9, &[0.3, 0.3]), 0.3),
        (base("it never moves", 0.3, 1.0, &[0.9, 0.1]), 0.3),
        (base("not below 0", 0.3, 0.0, &[1.0]), 0.0),
        (base("not above 1", 0.9, 0.0, &[1e-30]), 1.0),
        (base("one put in by hand does not count", 0.3, 0.5, &[0.5, 0.0]), 0.2),
    ];
    cases.iter().try_for_each(|(case, goal)| gives(backend, case, *goal))
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let case = |name: &str, logits: &[f32], target| Case::new(name, logits).stage(stage(target, 0.9).into());
    let cases = [
        case("a masked one stays masked", &[1.0, MASKED, 2.0], 0.3),
        case("one survivor", &[MASKED, -9.0], 0.5),
        case("extremes", &[1e38, -1e38, 1e38], 0.1),
        case("a long row", &(0..3000).map(|i| (i % 91) as f32 * 0.1).collect::<Vec<_>>(), 0.001),
        case("after a filter", &[1.0, 3.0, 2.0, 2.5], 0.2).top_k(2),
        case("then a filter", &[1.0, 3.0, 2.0, 2.5], 0.2).min_p(0.5),
    ];
    for case in &cases {
        let values = traced_values(backend, case)?;
        let is_kept = |(x, v): (&f32, &f32)| *x > MASKED || *v == MASKED;
        ensure!(case.logits.iter().zip(&values).all(is_kept), "{}: {values:?}", case.name);
        shows(backend, case)?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    Forgets,
    DecayIgnored,
    RunsAway,
    IsSquare,
}

impl StageTest for AdaptiveP {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[Fault::Forgets, Fault::DecayIgnored, Fault::RunsAway, Fault::IsSquare];
    const SPOILED: Option<(&'static str, &'static str)> =
        Some(("let goal = bitcast<f32>(plan.params.x);", "let goal = 0.5;"));
    const MUTANTS: &'static [(&'static str, &'static str)] =
        &[("bitcast<u32>(exact(1.0 + d))", "0x3f800000u"), ("if (is_left(bits)) {", "if (bits != 7u) {")];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("adaptive_target", Value::Number(0.3))]
    }

    /// t' is made of a moving average of the original probabilities that are not 0.
    fn oracle(&self, x: &mut [f32], past: &Past, _: Lean) -> bool {
        let target = self.target.unwrap_or(0.0);
        let mut average = target;
        for &p in past.originals.iter().filter(|p| **p > 0.0) {
            average = self.decay * average + (1.0 - self.decay) * f64::from(p);
        }
        let (p, goal) = (oracle::softmax(x), (2.0 * target - average).clamp(0.0, 1.0));
        for (v, p) in x.iter_mut().zip(p).filter(|(v, _)| **v > f32::NEG_INFINITY) {
            let distance = (p - goal).abs() / 0.3;
            *v = (5.0 - 10.0 * distance * distance / (1.0 + distance)) as f32;
        }
        false
    }

    /// A logit changes by at most 34 times what a probability does.
    fn value_slack(&self, x: &[f32]) -> (f64, f64) {
        (2f64.powi(-20), 34.0 * (oracle::mass_band(x) + 2f64.powi(-22)))
    }

    fn plain(&self, x: &mut [f32], at: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let has = |own| fault == Some(own);
        let target = self.target.unwrap_or(0.0);
        let originals = if has(Fault::Forgets) { &[] } else { at.history.originals() };
        let decay = if has(Fault::DecayIgnored) { 0.5 } else { self.decay };
        let average = originals.iter().fold(target, |a, &p| a * decay + f64::from(p) * (1.0 - decay));
        let goal = if has(Fault::RunsAway) { average } else { 2.0 * target - average };
        let p = probabilities(x);
        for (v, p) in x.iter_mut().zip(p).filter(|(v, _)| **v != MASKED) {
            let distance = (p - goal.clamp(0.0, 1.0)).abs() / 0.3;
            let share = if has(Fault::IsSquare) { 1.0 } else { 1.0 + distance };
            *v = (5.0 - 10.0 * distance * distance / share) as f32;
        }
        (f64::NAN, Vec::new())
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        gone.is_its_logit()
    }
}
