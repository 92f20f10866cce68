//! top_n_sigma: keep x ≥ max − n·σ, σ over the logits that are not masked.

use logitlab::{backend::Backend, stages::TopNSigma};

use super::MASKED;
use crate::support::{Outcome, case::Case, checks, expect::keeps};

checks!(standard_deviations, edges);

fn case(name: &str, logits: &[f32], n: f32) -> Case {
    Case::new(name, logits).stage(TopNSigma(n).into())
}

/// σ of the lesson's logits is 2.0539.
fn standard_deviations<B: Backend>(backend: &mut B) -> Outcome {
    let lesson = [2.0, -1.5, 0.3, 4.2, -0.8];
    let long: Vec<f32> = (0..3000).map(|i| if i == 2500 { 60.0 } else { (i % 7) as f32 }).collect();
    let cases: [(Case, &[u32]); 8] = [
        (case("half", &lesson, 0.5), &[3]),
        (case("above 1.0711", &lesson, 1.08), &[0, 3]),
        (case("below 1.0711", &lesson, 1.06), &[3]),
        (case("two", &lesson, 2.0), &[0, 2, 3]),
        (case("three", &lesson, 3.0), &[0, 1, 2, 3, 4]),
        (case("a masked token has no part in σ", &[MASKED, 4.0, 2.0, 0.0], 1.3), &[1, 2]),
        (case("one stands out of three blocks", &long, 3.0), &[2500]),
        (case("T cancels", &lesson, 1.08).temperature(0.3), &[0, 3]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))?;
    let after = Case::new("after the temperature", lesson).temperature(5.0).stage(TopNSigma(1.08).into());
    keeps(backend, &after, &[0, 3])
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let cases: [(Case, &[u32]); 5] = [
        (case("all equal", &[0.25; 4], 0.01), &[0, 1, 2, 3]),
        (case("ties with the most likely", &[2.0, 1.0, 2.0], 0.01), &[0, 2]),
        (case("one survivor", &[MASKED, -9.0], 1.0), &[1]),
        (case("extremes", &[1e38, -1e38, 0.9e38], 0.5), &[0, 2]),
        (case("far more than there is", &[1.0, 0.0, -50.0], 1e30), &[0, 1, 2]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}
