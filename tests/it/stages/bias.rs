//! bias: x[id] += b.

use logitlab::backend::Backend;

use super::MASKED;
use crate::support::{
    Outcome,
    case::Case,
    checks,
    expect::{gives, shows},
};

checks!(adds, bans_all);

fn adds<B: Backend>(backend: &mut B) -> Outcome {
    let new = |name| Case::new(name, [0.0, 1.0, -2.0, MASKED]);
    let long = |name| Case::new(name, vec![0.5; 130]);
    let mut biased = vec![0.5; 130];
    (biased[64], biased[129]) = (3.0, MASKED);
    let cases: [(Case, &[f32]); 12] = [
        (new("nothing to add").bias(&[]), &[0.0, 1.0, -2.0, MASKED]),
        (new("one token").bias(&[(2, 3.0)]), &[0.0, 1.0, 1.0, MASKED]),
        (new("several").bias(&[(0, -1.0), (1, 0.5), (2, 2.0)]), &[-1.0, 1.5, 0.0, MASKED]),
        (new("the last pair counts too").bias(&[(0, 0.25), (1, 2.0)]), &[0.25, 3.0, -2.0, MASKED]),
        (new("one token twice").bias(&[(0, 1.0), (0, 0.5)]), &[1.5, 1.0, -2.0, MASKED]),
        (new("a ban").bias(&[(1, MASKED)]), &[0.0, MASKED, -2.0, MASKED]),
        (new("a ban cannot be outbid").bias(&[(1, MASKED), (1, 100.0)]), &[0.0, MASKED, -2.0, MASKED]),
        (new("masked stays masked").bias(&[(3, 100.0)]), &[0.0, 1.0, -2.0, MASKED]),
        (new("only one is left").bias(&[(0, MASKED), (1, MASKED)]), &[MASKED, MASKED, -2.0, MASKED]),
        (new("greedy follows the bias").bias(&[(2, 4.0)]).greedy(), &[0.0, 1.0, 2.0, MASKED]),
        (new("removed stays removed").top_k(1).bias(&[(0, 9.0), (1, 0.5)]), &[MASKED, 1.5, MASKED, MASKED]),
        (long("beyond the first block").bias(&[(64, 2.5), (129, MASKED)]), &biased),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

/// Judged as nothing left: never a token.
fn bans_all<B: Backend>(backend: &mut B) -> Outcome {
    let bans = |n: u32| (0..n).map(|id| (id, MASKED)).collect::<Vec<_>>();
    let cases = [
        Case::new("every token banned", [1.0, 2.0]).bias(&bans(2)),
        Case::new("the last one banned", [1.0, MASKED]).bias(&bans(1)),
        Case::new("banned after a filter", [1.0, 2.0]).top_k(1).bias(&bans(2)),
        Case::new("banned, greedy", [1.0, 2.0]).bias(&bans(2)).greedy(),
        Case::new("a long row banned", vec![0.0; 70]).bias(&bans(70)),
    ];
    cases.iter().try_for_each(|case| crate::support::judge::judge(backend, case, 1).map(drop))?;
    shows(backend, &Case::new("usable afterwards", [1.0, 2.0]))
}
