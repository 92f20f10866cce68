//! temperature: x / T, a true f32 division; T = 0 is greedy. Dynamic: T follows the entropy, between T − Δ and T + Δ.

use logitlab::{backend::Backend, settings::Value, stages::Temperature};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks,
    compare::within,
    ensure,
    expect::{gives, keeps, shows, traced_values},
    oracle::{self, Lean},
    plain::probabilities,
    stage_test::{At, Gone, StageTest},
};

checks!(divides, divides_truly, extremes, makes_ties, greedy, follows_the_entropy, edges_of_a_dynamic_one);

fn divides<B: Backend>(backend: &mut B) -> Outcome {
    let new = |name| Case::new(name, [2.0, -1.0, 0.0, MASKED]);
    let cases = [
        (new("T = 1"), [2.0, -1.0, 0.0, MASKED]),
        (new("T = 2").temperature(2.0), [1.0, -0.5, 0.0, MASKED]),
        (new("T = 1/4").temperature(0.25), [8.0, -4.0, 0.0, MASKED]),
        (new("T = 0.7").temperature(0.7), [2.0 / 0.7, -1.0 / 0.7, 0.0, MASKED]),
        (new("after a filter").top_k(2).temperature(0.5), [4.0, MASKED, 0.0, MASKED]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

/// Multiplying by 1 / T would round differently on some of these.
fn divides_truly<B: Backend>(backend: &mut B) -> Outcome {
    let logits: Vec<f32> = (0..140).map(|i| (i as f32 - 70.0) * 0.137).collect();
    for t in [0.3_f32, 0.7, 0.9, 1.1, 3.0, 10.0] {
        let divided: Vec<f32> = logits.iter().map(|x| x / t).collect();
        ensure!(logits.iter().any(|x| x * (1.0 / t) != x / t), "T = {t} shows no difference");
        gives(backend, &Case::new(&format!("T = {t}"), logits.clone()).temperature(t), &divided)?;
    }
    Ok(())
}

fn extremes<B: Backend>(backend: &mut B) -> Outcome {
    let new = |name| Case::new(name, [1.0, 1.5, -3.0]);
    let tiny = f32::from_bits(77);
    let cases = [
        (new("T = 1e-6").temperature(1e-6), [1.0 / 1e-6, 1.5 / 1e-6, -3.0 / 1e-6]),
        (new("T = 1e6").temperature(1e6), [1.0 / 1e6, 1.5 / 1e6, -3.0 / 1e6]),
        (new("the largest T").temperature(f32::MAX), [1.0 / f32::MAX, 1.5 / f32::MAX, -3.0 / f32::MAX]),
        (Case::new("subnormal logits", [tiny, -tiny, 0.0]).temperature(0.5), [2.0 * tiny, -2.0 * tiny, 0.0]),
        (Case::new("large logits", [1e38, 2e38, -1e38]).temperature(2.0), [0.5e38, 1e38, -0.5e38]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

/// Division can make neighbours equal, and from then on they are ties.
fn makes_ties<B: Backend>(backend: &mut B) -> Outcome {
    let t = 1.9_f32;
    let neighbours =
        (0..64).map(|i| f32::from_bits(1.95_f32.to_bits() + i)).map(|x| [x, f32::from_bits(x.to_bits() + 1)]);
    let Some([low, high]) = neighbours.into_iter().find(|[low, high]| low / t == high / t) else {
        return Err("no neighbours become equal".to_owned());
    };
    let new = |name| Case::new(name, [low, high, 0.0]);
    let many = |name| {
        let mut logits = vec![0.0; 1500];
        (logits[3], logits[700], logits[1499]) = (low, high, low);
        Case::new(name, logits)
    };
    let cases: [(Case, &[u32]); 7] = [
        (new("different before").top_k(1).temperature(t), &[1]),
        (new("equal after").temperature(t).top_k(1), &[0, 1]),
        (new("equal for top_p").temperature(t).top_p(0.0), &[0]),
        (new("equal for min_p").temperature(t).min_p(1.0), &[0, 1]),
        (many("equal in a long row").temperature(t).top_k(1), &[3, 700, 1499]),
        (many("equal in a long row, top_p").temperature(t).top_p(0.0), &[3]),
        (many("different in a long row").top_k(1).temperature(t), &[700]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

fn greedy<B: Backend>(backend: &mut B) -> Outcome {
    let mut long = vec![0.0; 300];
    (long[130], long[299]) = (2.0, 2.0);
    let cases: [(Case, u32); 8] = [
        (Case::new("the largest", [1.0, 3.0, 2.0]), 1),
        (Case::new("the first of equals", [1.0, 3.0, 3.0, 3.0]), 1),
        (Case::new("-0 equals +0", [-1.0, -0.0, 0.0]), 1),
        (Case::new("all equal", [0.5; 9]), 0),
        (Case::new("not a masked one", [MASKED, -5.0, MASKED, -5.0]), 1),
        (Case::new("subnormals differ", [f32::from_bits(1), f32::from_bits(2)]), 1),
        (Case::new("ties far apart", long), 130),
        (Case::new("after a bias", [1.0, 3.0, 2.0]).bias(&[(0, 2.0)]), 0),
    ];
    for (case, token) in cases {
        let case = case.greedy();
        let step = case.step(backend, 0, false)?;
        ensure!(step.token == token, "{}: greedy drew {}, want {token}", case.name, step.token);
        shows(backend, &case)?;
    }
    Ok(())
}

fn dynamic(t: f32, range: f32, exponent: f32) -> Temperature {
    Temperature { t, range, exponent }
}

/// What the row was divided by, from the first token.
fn divisor<B: Backend>(backend: &mut B, case: &Case) -> Result<f64, String> {
    let ix = case.logits.iter().position(|x| x.is_finite() && *x != 0.0).expect("a logit");
    Ok(f64::from(case.logits[ix]) / f64::from(traced_values(backend, case)?[ix]))
}

/// 0.5, 0.25, 0.125 and 0.125 have 1.75 of 2 bits.
fn follows_the_entropy<B: Backend>(backend: &mut B) -> Outcome {
    let logits = [2f32.ln(), 0.0, -(2f32.ln()), -(2f32.ln()), MASKED];
    let cases = [
        (dynamic(1.0, 0.5, 1.0), 0.5 + 0.875),
        (dynamic(1.0, 0.5, 2.0), 0.5 + 0.765_625),
        (dynamic(1.0, 0.5, 0.0), 1.5),
        (dynamic(0.3, 0.7, 1.0), 0.875),
        (dynamic(2.0, 1.0, 0.5), 1.0 + 2.0 * 0.875_f64.sqrt()),
    ];
    for (stage, want) in cases {
        let case = Case::new(&format!("{stage:?}"), logits).stage(stage.into());
        within(&case.name, divisor(backend, &case)?, want, want * 1e-5)?;
        shows(backend, &case)?;
    }
    // Of what the filter has left: 2/3 and 1/3 have 0.918 of 1 bit.
    let case = Case::new("after a filter", logits).top_k(2).stage(dynamic(1.0, 0.5, 1.0).into());
    within(&case.name, divisor(backend, &case)?, 1.418_296, 1e-5)?;
    shows(backend, &case)
}

fn edges_of_a_dynamic_one<B: Backend>(backend: &mut B) -> Outcome {
    let flat = |n: usize| vec![0.75; n];
    let sure = [40.0, 0.0, -1.0];
    let cases = [
        (Case::new("all equal", flat(300)).stage(dynamic(0.8, 0.5, 3.0).into()), 1.3_f32.into()),
        (Case::new("one survivor", [MASKED, 3.0]).stage(dynamic(0.8, 0.5, 1.0).into()), 1.0),
        (Case::new("sure", sure).stage(dynamic(0.8, 0.5, 1.0).into()), (0.8_f32 - 0.5).into()),
        (Case::new("not below 2^-10", sure).stage(dynamic(0.4, 0.5, 1.0).into()), 2f64.powi(-10)),
        (Case::new("a long row", flat(20_000)).stage(dynamic(1.0, 0.5, 0.3).into()), 1.5),
    ];
    for (case, want) in cases {
        let divisor = divisor(backend, &case)?;
        ensure!((divisor / want - 1.0).abs() < 1e-5, "{}: divided by {divisor}, want {want}", case.name);
        shows(backend, &case)?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    Multiplied,
    Reciprocal,
    OfTheVocabulary,
    IsLinear,
    WithoutFloor,
}

impl StageTest for Temperature {
    type Fault = Fault;
    const FAULTS: &'static [Fault] =
        &[Fault::Multiplied, Fault::Reciprocal, Fault::OfTheVocabulary, Fault::IsLinear, Fault::WithoutFloor];
    const SPOILED: Option<(&'static str, &'static str)> = Some(("values[at] = quotient;", "values[at] = bits;"));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("i >= batch.vocab_size", "i + 1u >= batch.vocab_size"),
        ("values[at] = quotient;", "values[at] = select(quotient, bits, bits > 0x80000000u);"),
        ("n_left == 1u", "n_left == 0u"),
        ("exact(below * exponent)", "below"),
        ("surprise.top + surprise.mean, n_left", "surprise.mean, n_left"),
        ("n += select(0u, 1u, is_left(values[base + i]));", "n += 1u;"),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("temperature", Value::Number(0.5))]
    }

    fn oracle(&self, x: &mut [f32], _: &Past, _: Lean) -> bool {
        if self.range == 0.0 {
            x.iter_mut().for_each(|v| *v /= self.t);
        } else if let Some(t) = dynamic_temperature(self, x, 0.0) {
            x.iter_mut().for_each(|v| *v = (f64::from(*v) / t) as f32);
        }
        false
    }

    fn value_slack(&self, x: &[f32]) -> (f64, f64) {
        let least = f64::from(f32::MIN_POSITIVE);
        let Some(t) = dynamic_temperature(self, x, 0.0).filter(|_| self.range > 0.0) else { return (0.0, least) };
        let band = oracle::surprise_band(x);
        let off = [-band, band].map(|off| (dynamic_temperature(self, x, off).map_or(0.0, |near| near / t - 1.0)).abs());
        (off[0].max(off[1]) + (1.0 + f64::from(self.exponent)) * 2f64.powi(-17), least)
    }

    fn plain(&self, x: &mut [f32], _: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let t = plain_divisor(self, x, fault);
        x.iter_mut().for_each(|v| {
            *v = match fault {
                Some(Fault::Multiplied) => *v * t,
                Some(Fault::Reciprocal) => *v * (1.0 / t),
                _ => *v / t,
            }
        });
        (f64::NAN, Vec::new())
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        gone.is_its_logit()
    }
}

/// T' where the entropy is `off` bits larger than it is; None for one token.
fn dynamic_temperature(stage: &Temperature, x: &[f32], off: f64) -> Option<f64> {
    let n = x.iter().filter(|v| **v > f32::NEG_INFINITY).count();
    let (t, range) = (f64::from(stage.t), f64::from(stage.range));
    let (low, high) = ((t - range).max(0.0), t + range);
    let part = ((oracle::entropy(&oracle::softmax(x)) + off).max(0.0) / (n as f64).log2()).min(1.0);
    (n > 1).then(|| (low + (high - low) * part.powf(stage.exponent.into())).max(high.min(2f64.powi(-10))))
}

/// What the plain backend divides by.
fn plain_divisor(stage: &Temperature, x: &[f32], fault: Option<Fault>) -> f32 {
    let n = x.iter().filter(|v| **v != MASKED).count();
    if stage.range == 0.0 || n == 1 {
        return if stage.range == 0.0 { stage.t } else { 1.0 };
    }
    let (low, high) = ((stage.t - stage.range).max(0.0), stage.t + stage.range);
    let nats: f64 = probabilities(x).into_iter().filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum();
    let n = if fault == Some(Fault::OfTheVocabulary) { x.len() } else { n };
    let exponent = if fault == Some(Fault::IsLinear) { 1.0 } else { f64::from(stage.exponent) };
    let part = (nats / (n as f64).ln()).min(1.0).powf(exponent);
    let t = f64::from(low) + f64::from(high - low) * part;
    (t as f32).max(if fault == Some(Fault::WithoutFloor) { 1e-30 } else { high.min(1.0 / 1024.0) })
}
