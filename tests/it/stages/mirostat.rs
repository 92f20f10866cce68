//! mirostat: keep what is at most μ bits surprising; μ moves with what was drawn.

use logitlab::{backend::Backend, stages::Mirostat};

use super::MASKED;
use crate::support::{Outcome, case::Case, checks, expect::keeps};

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
