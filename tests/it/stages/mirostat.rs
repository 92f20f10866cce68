//! mirostat: keep what is at most μ bits surprising; μ moves with what was drawn.

use logitlab::{backend::Backend, settings::Value, stages::Mirostat};

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

checks!(limits, moves, edges);

fn stage(tau: f64, eta: f64) -> Mirostat {
    Mirostat { tau, eta }
}

/// 0.1, 0.2, 0.3 and 0.4 are 3.322, 2.322, 1.737 and 1.322 bits surprising.
fn base(name: &str, tau: f64, eta: f64) -> Case {
    Case::of_probabilities(name, &[0.1, 0.2, 0.3, 0.4]).stage(stage(tau, eta).into())
}

/// The same after tokens of these probabilities.
fn after(name: &str, tau: f64, eta: f64, odds: &[f32]) -> Case {
    let mut case = base(name, tau, eta);
    case.past.output = vec![0; odds.len()];
    case.past.odds = odds.to_vec();
    case
}

/// Before the first token μ is 2τ.
fn limits<B: Backend>(backend: &mut B) -> Outcome {
    let long: Vec<f32> = (0..3000).map(|i| if i % 1000 == 7 { 6.0 } else { 0.0 }).collect();
    let cases: [(Case, &[u32]); 7] = [
        (base("below 1.737", 0.865, 0.1), &[3]),
        (base("above 1.737", 0.87, 0.1), &[2, 3]),
        (base("below 2.322", 1.16, 0.1), &[2, 3]),
        (base("above 2.322", 1.163, 0.1), &[1, 2, 3]),
        (base("above all", 1.7, 0.1), &[0, 1, 2, 3]),
        (Case::new("a long row", long).stage(stage(2.0, 0.1).into()), &[7, 1007, 2007]),
        (base("then another", 0.4, 0.1).top_k(1), &[3]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

/// By η for every bit that a token was more surprising than τ.
fn moves<B: Backend>(backend: &mut B) -> Outcome {
    let cases: [(Case, &[u32]); 6] = [
        // 2 + 0.5 · 1: a token of probability 1 is no surprise.
        (after("a dull one lets more in", 1.0, 0.5, &[1.0]), &[1, 2, 3]),
        (after("two let in all", 1.0, 0.7, &[1.0, 1.0]), &[0, 1, 2, 3]),
        // 2 − 0.5 · 1.
        (after("a surprise of two bits", 1.0, 0.5, &[0.25]), &[3]),
        (after("they add up", 1.0, 0.5, &[0.25, 1.0]), &[2, 3]),
        (after("one put in by hand does not count", 1.0, 0.5, &[0.0]), &[2, 3]),
        (after("it stands where it does not follow", 1.0, 0.0, &[0.001, 0.001]), &[2, 3]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let case = |name: &str, logits: &[f32], tau| Case::new(name, logits).stage(stage(tau, 0.1).into());
    let cases: [(Case, &[u32]); 6] = [
        (case("the most likely stays, and its equals", &[1.0, 3.0, 3.0, 2.0], 0.1), &[1, 2]),
        (after("below 0 the most likely stays", 1.0, 1.0, &[0.001, 0.001]), &[3]),
        (case("one survivor", &[MASKED, -9.0], 0.5), &[1]),
        (case("extremes", &[1e38, -1e38, 1e38], 1.0), &[0, 2]),
        (case("126 bits keep all", &[0.0, -60.0, -500.0], 63.0), &[0, 1, 2]),
        (case("all equal", &[0.25; 4], 0.9), &[0, 1, 2, 3]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    StandsStill,
    RunsAway,
    StartsAtTau,
    KeepsNone,
}

impl StageTest for Mirostat {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[Fault::StandsStill, Fault::RunsAway, Fault::StartsAtTau, Fault::KeepsNone];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("mirostat_tau", Value::Number(3.0))]
    }

    /// At most μ bits of surprise, or the most likely; μ is moved by every token that could be drawn.
    fn oracle(&self, x: &mut [f32], past: &Past, lean: Lean) -> bool {
        let surprises = past.odds.iter().filter(|p| **p > 0.0).map(|p| -f64::from(*p).log2());
        let mu = surprises.fold(2.0 * self.tau, |mu, s| mu - self.eta * (s - self.tau));
        let first = -oracle::softmax(x).into_iter().fold(0.0, f64::max).log2();
        mu < 126.0 && oracle::cut_bits(x, |below| below + first - mu.max(first), lean)
    }

    fn plain(&self, x: &mut [f32], at: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let (has, drawn) = (|own| fault == Some(own), at.history.drawn());
        let off = if has(Fault::StandsStill) { 0.0 } else { drawn.bits() - f64::from(drawn.n) * self.tau };
        let start = if has(Fault::StartsAtTau) { self.tau } else { 2.0 * self.tau };
        let limit = if has(Fault::RunsAway) { start + self.eta * off } else { start - self.eta * off };
        let p = probabilities(x);
        let best = p.iter().copied().fold(0.0, f64::max);
        let max = x.iter().copied().fold(MASKED, f32::max);
        let bits = |id: usize| (f64::from(max) - f64::from(x[id])) / std::f64::consts::LN_2 - best.log2();
        let out =
            (0..x.len()).filter(|&id| limit < 126.0 && bits(id) > limit && (x[id] != max || has(Fault::KeepsNone)));
        let mut out: Vec<_> = out.map(|id| (id, Some(bits(id) as f32))).collect();
        if out.len() == x.len() {
            out.truncate(x.len() - 1);
        }
        (limit, remove(x, out.into_iter()))
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        let surprise = oracle::surprises(gone.before)[gone.ix];
        let slack = 1e-4 + surprise * 2f64.powi(-20);
        gone.is(surprise, slack)?;
        gone.passes_the_limit(slack)
    }
}
