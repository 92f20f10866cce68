//! min_p: keep p_i ≥ min_p · p_max.

use logitlab::{backend::Backend, settings::Value, stages::MinP};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks,
    expect::keeps,
    oracle::{Lean, maximum},
    plain::{probabilities, remove},
    stage_test::{At, Gone, StageTest},
};

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

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    Strict,
    Absolute,
    Complement,
}

impl StageTest for MinP {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[Fault::Strict, Fault::Absolute, Fault::Complement];
    const SPOILED: Option<(&'static str, &'static str)> = Some(("!reaches(", "reaches("));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("if (key_of(x) == key_of(max_bits)) {", "if (x == 7u) {"),
        ("exact(value - max_logit) >= limit", "exact(max_logit - value) >= limit"),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("min_p", Value::Number(0.1))]
    }

    /// `x − max ≥ ln(min_p)`. Band: the rounding of that difference and of the logarithm to f32.
    fn oracle(&self, x: &mut [f32], _: &Past, lean: Lean) -> bool {
        let max = maximum(x);
        let limit = self.0.ln();
        let band = limit.abs() * 2f64.powi(-22);
        let mut close = false;
        for v in x.iter_mut().filter(|v| **v > f32::NEG_INFINITY) {
            let below = f64::from(*v) - max;
            close |= self.0 < 1.0 && (below - limit).abs() <= band;
            if below < limit - lean.sign() * band {
                *v = f32::NEG_INFINITY;
            }
        }
        close
    }

    fn plain(&self, x: &mut [f32], _: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let (min_p, p) = (self.0, probabilities(x));
        let max = x.iter().copied().fold(MASKED, f32::max);
        let best = p.iter().copied().fold(0.0, f64::max);
        let is_in = |i: usize| {
            let below = f64::from(x[i]) - f64::from(max);
            match fault {
                Some(Fault::Strict) => {
                    below > min_p.ln() || min_p == 1.0 && below == 0.0 && x[..i].iter().all(|v| *v != max)
                }
                Some(Fault::Absolute) => p[i] >= min_p || below == 0.0,
                Some(Fault::Complement) if min_p > 0.2 => below < min_p.ln() || below == 0.0,
                _ => below >= min_p.ln(),
            }
        };
        let out: Vec<_> =
            (0..x.len()).filter(|&i| x[i] != MASKED && !is_in(i)).map(|i| (i, Some((p[i] / best) as f32))).collect();
        (min_p, remove(x, out.into_iter()))
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        let best = gone.p.iter().copied().fold(0.0, f64::max);
        gone.is(gone.p[gone.ix] / best, Gone::SLACK)?;
        gone.is_below_the_limit(Gone::SLACK)
    }
}
