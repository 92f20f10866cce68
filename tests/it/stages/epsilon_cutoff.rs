//! epsilon_cutoff: keep p ≥ ε, and the most likely token.

use logitlab::{backend::Backend, settings::Value, stages::EpsilonCutoff};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks,
    expect::keeps,
    oracle::{self, Lean},
    plain::{probabilities, remove},
    stage_test::{At, Gone, StageTest},
};

checks!(bars, edges);

fn case(name: &str, logits: &[f32], epsilon: f64) -> Case {
    Case::new(name, logits).stage(EpsilonCutoff(epsilon).into())
}

fn bars<B: Backend>(backend: &mut B) -> Outcome {
    let base = |name, epsilon| Case::of_probabilities(name, &[0.1, 0.2, 0.3, 0.4]).stage(EpsilonCutoff(epsilon).into());
    let long: Vec<f32> = (0..3000).map(|i| if i % 1000 == 999 { 9.0 } else { 0.0 }).collect();
    let cases: [(Case, &[u32]); 7] = [
        (base("below 0.1", 0.0999), &[0, 1, 2, 3]),
        (base("above 0.1", 0.1001), &[1, 2, 3]),
        (base("below 0.3", 0.2999), &[2, 3]),
        (base("above 0.3", 0.3001), &[3]),
        (base("of all, not of the most likely", 0.26), &[2, 3]),
        (base("of what is left", 0.3001).top_k(2), &[3]),
        (case("across blocks", &long, 0.1), &[999, 1999, 2999]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))?;
    let after = Case::of_probabilities("renormalised", &[0.1, 0.2, 0.3, 0.4]).top_k(2).stage(EpsilonCutoff(0.4).into());
    keeps(backend, &after, &[2, 3])?;
    let cold = Case::new("after the temperature", [0.0, 1.0]).temperature(0.5).stage(EpsilonCutoff(0.2).into());
    keeps(backend, &cold, &[1])
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let cases: [(Case, &[u32]); 8] = [
        (case("1 keeps the most likely", &[1.0, 3.0, 2.0], 1.0), &[1]),
        (case("and all that equal it", &[1.0, 3.0, 3.0], 1.0), &[1, 2]),
        (case("a bar above all", &[0.25; 4], 0.9), &[0, 1, 2, 3]),
        (case("exactly at the bar", &[0.0; 4], 0.25), &[0, 1, 2, 3]),
        (case("one survivor", &[MASKED, -9.0], 0.5), &[1]),
        (case("extremes", &[1e38, -1e38, 1e38], 0.01), &[0, 2]),
        (case("tiny", &[0.0, -60.0, -80.0, -87.0], 1e-35), &[0, 1, 2]),
        (case("too small to matter", &[0.0, -60.0, -500.0], 1e-300), &[0, 1, 2]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    OfTheBest,
    FirstTieOnly,
}

impl StageTest for EpsilonCutoff {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[Fault::OfTheBest, Fault::FirstTieOnly];
    const SPOILED: Option<(&'static str, &'static str)> =
        Some(("let most = plan.params.x;", "let most = plan.params.x / 2u;"));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("most - min(most, surprise.top)", "most"),
        ("bits = 32u - zeros;", "bits = 31u - zeros;"),
        ("x = select((high << 1u) | ((x * x) >> 31u), high, bit == 1u);", "x = high;"),
        ("steps_below_top(bits, max_bits) > most", "steps_below_top(bits, max_bits) > most + 40000u"),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("epsilon_cutoff", Value::Number(0.01))]
    }

    fn oracle(&self, x: &mut [f32], _: &Past, lean: Lean) -> bool {
        oracle::least_probability(x, self.0, lean)
    }

    fn plain(&self, x: &mut [f32], _: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        (self.0, at_least(self.0, x, fault))
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        gone.is_too_improbable()
    }
}

/// Leaves the tokens of at least this probability, and the most likely.
pub(super) fn at_least(limit: f64, x: &mut [f32], fault: Option<Fault>) -> Vec<(u32, f32)> {
    let p = probabilities(x);
    let best = p.iter().copied().fold(0.0, f64::max);
    let bar = if fault == Some(Fault::OfTheBest) { limit * best } else { limit };
    let stays = |p: f64| p >= bar || p == best && fault != Some(Fault::FirstTieOnly);
    let first = p.iter().position(|p| *p == best);
    let out = (0..x.len()).filter(|&i| Some(i) != first && !stays(p[i]));
    let out: Vec<_> = out.map(|i| (i, Some(p[i] as f32))).collect();
    remove(x, out.into_iter())
}
