//! min_p: keep p_i ≥ min_p · p_max.

use logitlab::backend::Backend;

use super::MASKED;
use crate::support::{Outcome, case::Case, checks, expect::keeps};

const ALL: [u32; 20] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

checks!(shares_of_the_best, edges);

fn shares_of_the_best<B: Backend>(backend: &mut B) -> Outcome {
    let base = |name, m| Case::of_probabilities(name, &[0.1, 0.2, 0.3, 0.4]).min_p(m);
    let cases: [(Case, &[u32]); 8] = [
        (base("below 1/4", 0.24), &[0, 1, 2, 3]),
        (base("above 1/4", 0.26), &[1, 2, 3]),
        (base("below 1/2", 0.49), &[1, 2, 3]),
        (base("above 1/2", 0.51), &[2, 3]),
        (base("below 3/4", 0.74), &[2, 3]),
        (base("above 3/4", 0.76), &[3]),
        (base("1: the best", 1.0), &[3]),
        (Case::new("of the best, not of 1", [0.0; 20]).min_p(0.9), &ALL),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let long: Vec<f32> = (0..200).map(|i| if i % 70 == 69 { 2.0 } else { 0.0 }).collect();
    let cases: [(Case, &[u32]); 9] = [
        (Case::of_probabilities("1 keeps all of the best", &[0.4, 0.4, 0.2]).min_p(1.0), &[0, 1]),
        (Case::new("1, neighbours", [1.0, 1.0 + f32::EPSILON]).min_p(1.0), &[1]),
        (Case::new("-0 is as good as +0", [-0.0, 0.0, -1.0]).min_p(1.0), &[0, 1]),
        (Case::new("all equal", [0.2; 5]).min_p(1.0), &[0, 1, 2, 3, 4]),
        (Case::new("tiny min_p keeps a wide range", [0.0, -600.0, -800.0]).min_p(1e-300), &[0, 1]),
        (Case::new("masked stays", [MASKED, 0.0, -0.1]).min_p(0.5), &[1, 2]),
        (Case::new("one survivor", [MASKED, -9.0]).min_p(0.9), &[1]),
        (Case::new("extremes", [1e4, -1e4, 9_999.9]).min_p(0.5), &[0, 2]),
        (Case::new("across blocks", long).min_p(0.5), &[69, 139]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}
