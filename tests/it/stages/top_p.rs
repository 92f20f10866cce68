//! top_p: keep the smallest prefix whose mass passes p; the token that crosses stays, ties are cut by id.

use logitlab::{backend::Backend, settings::Value, stages::TopP};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks,
    expect::{keeps, keeps_either},
    oracle::{self, Lean},
    plain::{probabilities, ranked, remove},
    stage_test::{At, Gone, StageTest},
};

checks!(worked_cases, exact_cuts, cuts_in_the_band, edges, renormalises, long_rows);

/// A little more than the don't-care band.
const NEAR: f64 = 2e-6;

fn worked_cases<B: Backend>(backend: &mut B) -> Outcome {
    let case = |name, probabilities: &[f64], p| Case::of_probabilities(name, probabilities).top_p(p);
    let (a, b, base) = ([0.5, 0.3, 0.1, 0.1], [0.4, 0.2, 0.2, 0.2], [0.1, 0.2, 0.3, 0.4]);
    let cases: [(Case, &[u32]); 14] = [
        (case("just below .8", &a, 0.8 - NEAR), &[0, 1]),
        (case("just above .8", &a, 0.8 + NEAR), &[0, 1, 2]),
        (case("the first covers it", &[0.6, 0.3, 0.1], 0.5), &[0]),
        (case("ties are cut by id", &b, 0.5), &[0, 1]),
        (case("two of three ties", &b, 0.7), &[0, 1, 2]),
        (case("ties before the best", &[0.2, 0.4, 0.2, 0.2], 0.5), &[0, 1]),
        (case("ties around the best", &[0.2, 0.2, 0.4, 0.2], 0.5), &[0, 2]),
        (case("base, p just below .7", &base, 0.7 - NEAR), &[2, 3]),
        (case("base, p just above .7", &base, 0.7 + NEAR), &[1, 2, 3]),
        (case("base, p = .8", &base, 0.8), &[1, 2, 3]),
        (case("base, p = .3", &base, 0.3), &[3]),
        (case("base, p = .95", &base, 0.95), &[0, 1, 2, 3]),
        (Case::new("the lesson, p = .9", [2.0, -1.5, 0.3, 4.2, -0.8]).top_p(0.9), &[0, 3]),
        (Case::new("order preset", [3.0, 2.0, 1.0]).top_p(0.8), &[0, 1]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

/// Equal logits have exactly equal masses in any arithmetic, so c = p is met exactly, and `>` is not `≥`.
fn exact_cuts<B: Backend>(backend: &mut B) -> Outcome {
    let four = |name, p| Case::new(name, [1.25; 4]).top_p(p);
    let masked = [MASKED, 1.0, MASKED, 1.0, 1.0, MASKED, 1.0, MASKED];
    let cases: [(Case, Vec<u32>); 7] = [
        (four("c = p = 1/2", 0.5), vec![0, 1, 2]),
        (four("c = p = 1/4", 0.25), vec![0, 1]),
        (four("c = p = 3/4", 0.75), vec![0, 1, 2, 3]),
        (Case::new("c = p = 1/2 of two", [0.0, -0.0]).top_p(0.5), vec![0, 1]),
        (Case::new("masked tokens have no share", masked).top_p(0.5), vec![1, 3, 4]),
        (Case::new("64 equal", [3.0; 64]).top_p(0.25), (0..=16).collect()),
        (Case::new("2048 equal", vec![-2.0; 2048]).top_p(0.125), (0..=256).collect()),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

/// c = p up to rounding: one token more or less.
fn cuts_in_the_band<B: Backend>(backend: &mut B) -> Outcome {
    let case = |name, probabilities: &[f64], p| Case::of_probabilities(name, probabilities).top_p(p);
    let cases: [(Case, &[u32], &[u32]); 3] = [
        (case(".5 .3 .1 .1 at .8", &[0.5, 0.3, 0.1, 0.1], 0.8), &[0, 1], &[0, 1, 2]),
        (case("base at .7", &[0.1, 0.2, 0.3, 0.4], 0.7), &[2, 3], &[1, 2, 3]),
        (case(".4 .2 .2 .2 at .6", &[0.4, 0.2, 0.2, 0.2], 0.6), &[0, 1], &[0, 1, 2]),
    ];
    cases.iter().try_for_each(|(case, few, many)| keeps_either(backend, case, few, many))
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let base = |name, p| Case::of_probabilities(name, &[0.1, 0.2, 0.3, 0.4]).top_p(p);
    let masked = |name, p| Case::new(name, [MASKED, 1.0, MASKED, 0.9]).top_p(p);
    let cases: [(Case, &[u32]); 10] = [
        (base("p = 0 keeps one", 0.0), &[3]),
        (base("p = 1 is off", 1.0), &[0, 1, 2, 3]),
        (base("p tiny", 1e-300), &[3]),
        (Case::new("p = 0, all equal: the first", [0.3; 5]).top_p(0.0), &[0]),
        (masked("masked tokens are no part", 0.4), &[1]),
        (masked("both that are left", 0.6), &[1, 3]),
        (Case::new("V = 1, p = 0", [-7.0]).top_p(0.0), &[0]),
        (Case::new("one survivor", [MASKED, MASKED, -7.0]).top_p(0.3), &[2]),
        (Case::new("extremes", [-1e4, 1e4, 0.0, 1e4]).top_p(0.4), &[1]),
        (Case::new("extremes, both", [-1e4, 1e4, 0.0, 1e4]).top_p(0.6), &[1, 3]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

fn renormalises<B: Backend>(backend: &mut B) -> Outcome {
    let new = |name| Case::of_probabilities(name, &[0.5, 0.3, 0.1, 0.1]);
    let cases: [(Case, &[u32]); 4] = [
        (new("after top_k: .625 covers .6").top_k(2).top_p(0.6), &[0]),
        (new("without top_k: .5 does not").top_p(0.6), &[0, 1]),
        (new("after min_p: .625 covers .6").min_p(0.5).top_p(0.6), &[0]),
        (new("after a ban: .3 of .5 covers .55").bias(&[(0, MASKED)]).top_p(0.55), &[1]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

/// Past one chunk of 1,024 tokens: a peaked row, a flat one, ties across the whole row.
fn long_rows<B: Backend>(backend: &mut B) -> Outcome {
    let n = 3_000_u32;
    let row = |name, f: &dyn Fn(u32) -> f32| Case::new(name, (0..n).map(f).collect::<Vec<_>>());
    let peaked = |name, p| {
        row(name, &|i| if i % 1000 == 999 { 14.0 + 0.5 * (i / 1000) as f32 } else { -0.001 * i as f32 }).top_p(p)
    };
    let two_levels = |name, p| row(name, &|i| if i % 2 == 1 { 1.0 } else { 0.0 }).top_p(p);
    // Half of the tokens hold e / (e + 1) = .7311 of the mass, 4.874e-4 each; the others 1.793e-4.
    let odd = |count: usize| (0..n).filter(|i| i % 2 == 1).take(count).collect::<Vec<_>>();
    let with_even = |count: usize| {
        let mut kept = odd(1500);
        kept.extend((0..n).filter(|i| i % 2 == 0).take(count));
        kept.sort_unstable();
        kept
    };
    let cases = [
        (peaked("the peak", 0.3), vec![2999]),
        (peaked("two peaks", 0.55), vec![1999, 2999]),
        (peaked("three peaks", 0.85), vec![999, 1999, 2999]),
        (two_levels("a prefix of the ties", 0.3), odd(616)),
        (two_levels("into the second level", 0.8), with_even(385)),
        (row("one survivor", &|i| if i == 2047 { 3.0 } else { MASKED }).top_p(0.999), vec![2047]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    AtLeast,
    WholeTies,
    TiesById,
    FirstNotKept,
    Complement,
    NotRenormalised,
}

impl StageTest for TopP {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[
        Fault::AtLeast,
        Fault::WholeTies,
        Fault::TiesById,
        Fault::FirstNotKept,
        Fault::Complement,
        Fault::NotRenormalised,
    ];
    const SPOILED: Option<(&'static str, &'static str)> =
        Some(("bits_of(max_key), plan.params.xy)", "bits_of(max_key), plan.params.xy / 2u)"));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("if (before + mass < before) {", "if (mass < 1u) {"),
        ("!less64(budget, mass_above(lane))", "less64(mass_above(lane), budget)"),
        ("return n + 1u;", "return n;"),
        ("return *tie <= cut.n_ties;", "return *tie < cut.n_ties;"),
        (".upto.x - n;", ".upto.x;"),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("top_p", Value::Number(0.9))]
    }

    fn oracle(&self, x: &mut [f32], _: &Past, lean: Lean) -> bool {
        if self.0 >= 1.0 {
            return false;
        }
        let ids = oracle::ranking(x);
        let probabilities = oracle::softmax(x);
        let band = oracle::mass_band(x);
        let mut before = 0.0;
        let mut close = false;
        let mut is_removed = false;
        for (rank, &id) in ids.iter().enumerate() {
            if rank > 0 {
                close |= (before - self.0).abs() <= band;
                is_removed |= before > self.0 + lean.sign() * band;
            }
            before += probabilities[id];
            if is_removed {
                x[id] = f32::NEG_INFINITY;
            }
        }
        close
    }

    fn plain(&self, x: &mut [f32], at: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let (p, has) = (self.0, |own| fault == Some(own));
        if p >= 1.0 {
            return (p, Vec::new());
        }
        let order = ranked(x, has(Fault::TiesById));
        let masses = if has(Fault::NotRenormalised) { probabilities(at.given) } else { probabilities(x) };
        let mut out = Vec::new();
        let (mut before, mut above) = (0.0, 0.0);
        for (rank, &id) in order.iter().enumerate() {
            if rank > 0 && x[id] < x[order[rank - 1]] {
                above = before;
            }
            let compared = if has(Fault::WholeTies) { above } else { before };
            let is_over = compared > p || (compared == p && has(Fault::AtLeast));
            let is_over = if has(Fault::Complement) && p > 0.85 { !is_over } else { is_over };
            if is_over && (rank > 0 || has(Fault::FirstNotKept)) || (p == 0.0 && has(Fault::FirstNotKept)) {
                out.push((id, Some(before as f32)));
            }
            before += masses[id];
        }
        (p, remove(x, out.into_iter()))
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        gone.is(gone.above[gone.ix], Gone::SLACK)?;
        gone.passes_the_limit(Gone::SLACK)
    }
}
