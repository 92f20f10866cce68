//! top_a: keep p ≥ a · p_max², and the most likely token.

use logitlab::{backend::Backend, settings::Value, stages::TopA};

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

fn case(name: &str, logits: &[f32], a: f64) -> Case {
    Case::new(name, logits).stage(TopA(a).into())
}

/// The square of 0.4 is 0.16, so 0.1 stays up to a = 0.625. The square of 0.7 is 0.49.
fn bars<B: Backend>(backend: &mut B) -> Outcome {
    let of = |name, p: &[f64], a| Case::of_probabilities(name, p).stage(TopA(a).into());
    let (open, sure) = ([0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.7]);
    let long: Vec<f32> = (0..3000).map(|i| if i % 1000 == 999 { 9.0 } else { 0.0 }).collect();
    let cases: [(Case, &[u32]); 9] = [
        (of("0.1 just stays", &open, 0.6249), &[0, 1, 2, 3]),
        (of("0.1 just goes", &open, 0.6251), &[1, 2, 3]),
        (of("0.2 is above the square of 0.4", &open, 1.0), &[1, 2, 3]),
        (of("of the sure row 0.1 stays up to 0.2041", &sure, 0.204), &[0, 1, 2]),
        (of("and then goes", &sure, 0.2042), &[1, 2]),
        (of("0.2 stays up to 0.4082", &sure, 0.408), &[1, 2]),
        (of("and then goes, too", &sure, 0.4083), &[2]),
        (case("across blocks", &long, 0.01), &[999, 1999, 2999]),
        (Case::new("after a temperature", [MASKED, 4.0, 2.0, 0.0]).temperature(0.5).stage(TopA(0.1).into()), &[1]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let many: Vec<f32> = vec![0.5; 1001];
    let all: Vec<u32> = (0..1001).collect();
    let cases: [(Case, &[u32]); 8] = [
        (case("many are equal", &many, 1.0), &all),
        (case("two are the largest", &[1.0, 3.0, 3.0], 1.0), &[1, 2]),
        (case("two that share all of it", &[0.0, 60.0, 59.9], 1.0), &[1, 2]),
        (case("one survivor", &[MASKED, -9.0], 0.5), &[1]),
        (case("extremes", &[1e38, -1e38, 1e38], 0.01), &[0, 2]),
        (case("too small to matter", &[0.0, 0.0, -60.0, -500.0], 1e-300), &[0, 1, 2, 3]),
        (case("small, and it matters", &[0.0, -60.0, -80.0], 1e-30), &[0, 1]),
        (Case::of_probabilities("of what is left", &[0.5, 0.3, 0.2]).top_k(2).stage(TopA(0.97).into()), &[0]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    NotSquared,
    OfTheSum,
    OfTheWholeRow,
}

impl StageTest for TopA {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[Fault::NotSquared, Fault::OfTheSum, Fault::OfTheWholeRow];
    const SPOILED: Option<(&'static str, &'static str)> =
        Some(("let limit = plan.params.x;", "let limit = plan.params.x / 2u;"));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("limit + min(surprise.top, ALL - limit)", "limit"),
        ("limit + min(surprise.top, ALL - limit)", "limit + surprise.top"),
        ("limit + min(surprise.top, ALL - limit)", "limit + 2u * surprise.top"),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("top_a", Value::Number(0.2))]
    }

    fn oracle(&self, x: &mut [f32], _: &Past, lean: Lean) -> bool {
        let top = oracle::softmax(x).into_iter().fold(0.0, f64::max);
        // The bar is −log2 (a · p_max²), and a token is so many bits below the most likely one.
        let most = -self.0.log2() - top.log2();
        most < 126.0 && oracle::cut_bits(x, |below| below - most, lean)
    }

    fn plain(&self, x: &mut [f32], at: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let p = probabilities(if fault == Some(Fault::OfTheWholeRow) { at.given } else { x });
        let best = p.iter().copied().fold(0.0, f64::max);
        let limit = match fault {
            Some(Fault::NotSquared) => self.0 * best,
            Some(Fault::OfTheSum) => self.0 * p.iter().map(|p| p * p).sum::<f64>(),
            _ => self.0 * best * best,
        };
        let max = x.iter().copied().fold(MASKED, f32::max);
        let goes = |i: usize| x[i] < max && p[i] < limit;
        let out: Vec<_> = (0..x.len()).filter(|&i| goes(i)).map(|i| (i, Some(p[i] as f32))).collect();
        (limit, remove(x, out.into_iter()))
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        gone.is_too_improbable()
    }
}
