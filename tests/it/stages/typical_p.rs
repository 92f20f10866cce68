//! typical_p: keep what is nearest the entropy, until it has the mass τ, and ties.

use logitlab::{backend::Backend, stages::TypicalP};

use super::MASKED;
use crate::support::{Outcome, case::Case, checks, expect::keeps};

checks!(nearest_the_entropy, edges);

fn case(name: &str, logits: &[f32], p: f64) -> Case {
    Case::new(name, logits).stage(TypicalP(p).into())
}

/// H of 0.1, 0.2, 0.3, 0.4 is 1.280 nats; the distances are 1.023, 0.330, 0.076 and 0.364.
fn nearest_the_entropy<B: Backend>(backend: &mut B) -> Outcome {
    let base = |name, p| Case::of_probabilities(name, &[0.1, 0.2, 0.3, 0.4]).stage(TypicalP(p).into());
    let long: Vec<f32> = (0..3000).map(|i| if i == 2500 { 7.0 } else { 0.0 }).collect();
    let rest: Vec<u32> = (0..3000).filter(|i| *i != 2500).collect();
    let cases: [(Case, &[u32]); 8] = [
        (base("the most typical is not the most likely", 0.29), &[2]),
        (base("above 0.3", 0.31), &[1, 2]),
        (base("below 0.5", 0.49), &[1, 2]),
        (base("above 0.5", 0.51), &[1, 2, 3]),
        (base("below 0.9", 0.89), &[1, 2, 3]),
        (base("above 0.9", 0.91), &[0, 1, 2, 3]),
        (Case::of_probabilities("ties", &[0.4, 0.2, 0.2, 0.2]).stage(TypicalP(0.3).into()), &[1, 2, 3]),
        // It has 0.27 of the mass, and the 2,999 others are nearer the entropy.
        (case("many stay, one goes", &long, 0.5), &rest),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))?;
    let after = Case::of_probabilities("then another", &[0.1, 0.2, 0.3, 0.4]).stage(TypicalP(0.4).into()).min_p(0.9);
    keeps(backend, &after, &[2])
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let cases: [(Case, &[u32]); 6] = [
        (case("0 keeps the most typical", &[2.0, 1.0, 0.0], 0.0), &[0]),
        (case("all equal", &[0.25; 4], 0.1), &[0, 1, 2, 3]),
        (case("one survivor", &[MASKED, -9.0], 0.5), &[1]),
        (case("extremes", &[1e38, -1e38, 1e38], 0.5), &[0, 2]),
        (case("a sure row", &[30.0, 0.0, 1.0], 0.9), &[0]),
        (case("what has no mass stays last", &[1.0, -40.0, 1.0, -300.0], 0.999_999), &[0, 2]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}
