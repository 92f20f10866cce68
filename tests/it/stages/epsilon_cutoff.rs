//! epsilon_cutoff: keep p ≥ ε, and the most likely token.

use logitlab::{backend::Backend, stages::EpsilonCutoff};

use super::MASKED;
use crate::support::{Outcome, case::Case, checks, expect::keeps};

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
