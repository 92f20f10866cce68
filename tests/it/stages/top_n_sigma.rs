//! top_n_sigma: keep x ≥ max − n·σ, σ over the logits that are not masked.

use logitlab::{backend::Backend, settings::Value, stages::TopNSigma};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks,
    expect::keeps,
    oracle::{Lean, maximum},
    plain::remove,
    stage_test::{At, Gone, StageTest},
};

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

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    OfASample,
}

impl StageTest for TopNSigma {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[Fault::OfASample];
    const SPOILED: Option<(&'static str, &'static str)> = Some(("f32(sigma)", "f32(sigma / 4u)"));
    const MUTANTS: &'static [(&'static str, &'static str)] =
        &[("f32(sigma)", "f32(sigma + sigma / 8u)"), ("let off = max(q, mean) - min(q, mean);", "let off = q;")];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("top_n_sigma", Value::Number(1.5))]
    }

    /// `x ≥ max − n·σ`. Logits closer together than 2^-86 count as equal.
    fn oracle(&self, x: &mut [f32], _: &Past, lean: Lean) -> bool {
        let n = f64::from(self.0);
        let left: Vec<f64> = x.iter().filter(|v| **v > f32::NEG_INFINITY).map(|&v| f64::from(v)).collect();
        let max = maximum(x);
        let range = left.iter().map(|v| max - v).fold(0.0, f64::max);
        if range < 2f64.powi(-86) {
            return false;
        }
        let mean = left.iter().sum::<f64>() / left.len() as f64;
        let sigma = (left.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / left.len() as f64).sqrt();
        let band = sigma_band(n, range);
        let mut close = false;
        for v in x.iter_mut().filter(|v| **v > f32::NEG_INFINITY) {
            let below = max - f64::from(*v);
            close |= below > 0.0 && (below - n * sigma).abs() <= band;
            if below > 0.0 && below > n * sigma + lean.sign() * band {
                *v = f32::NEG_INFINITY;
            }
        }
        close
    }

    fn plain(&self, x: &mut [f32], _: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let left: Vec<f64> = x.iter().filter(|v| **v != MASKED).map(|&v| f64::from(v)).collect();
        let max = left.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if left.iter().all(|v| max - v < 2f64.powi(-86)) {
            return (max, Vec::new());
        }
        let mean = left.iter().sum::<f64>() / left.len() as f64;
        let freedom = left.len() as f64 - if fault == Some(Fault::OfASample) { 1.0 } else { 0.0 };
        let sigma = (left.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / freedom).sqrt();
        let limit = max - f64::from(self.0) * sigma;
        let out = (0..x.len()).filter(|&i| f64::from(x[i]) < limit.min(max)).map(|i| (i, None)).collect::<Vec<_>>();
        (limit, remove(x, out.into_iter()))
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        let lowest = gone.before.iter().filter(|v| **v > f32::NEG_INFINITY).copied().fold(f32::INFINITY, f32::min);
        gone.is_its_logit()?;
        gone.is_below_the_limit(sigma_band(f64::from(self.0), maximum(gone.before) - f64::from(lowest)))
    }
}

/// Half-width of the don't-care band of a cut at n standard deviations, where the lowest logit is `range` below the largest: distances are whole
/// steps, 2^20 of them in the power of two above the range. A distance is off by up to one step, σ by up to one and a half.
fn sigma_band(n: f64, range: f64) -> f64 {
    let span = range.log2().floor().exp2() * 2.0;
    (1.5 * n + 2.0) * span * 2f64.powi(-20)
}
