//! quadratic: distances from the largest logit are squared, or cubed in part.

use logitlab::{backend::Backend, settings::Value, stages::Quadratic};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks,
    compare::within,
    ensure,
    expect::{gives, shows, traced_values},
    oracle::{Lean, maximum},
    stage_test::{At, Gone, StageTest},
};

checks!(squares, cubes, edges, keeps_the_largest);

fn case(name: &str, logits: &[f32], factor: f64, curve: f64) -> Case {
    Case::new(name, logits).stage(Quadratic { factor, curve }.into())
}

fn squares<B: Backend>(backend: &mut B) -> Outcome {
    let (row, long) = ([4.0, 3.0, 2.0, 3.5, MASKED], |i: i32| if i == 2500 { 5.0 } else { (i % 5) as f32 });
    let cases: [(Case, &[f32]); 4] = [
        (case("times 1", &row, 1.0, 1.0), &[4.0, 3.0, 0.0, 3.75, MASKED]),
        (case("times 2", &row, 2.0, 1.0), &[4.0, 2.0, -4.0, 3.5, MASKED]),
        (case("times 1/4", &row, 0.25, 1.0), &[4.0, 3.75, 3.0, 3.9375, MASKED]),
        (case("below 0", &[-4.0, -5.0, -7.0], 1.0, 1.0), &[-4.0, -5.0, -13.0]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))?;
    let logits: Vec<f32> = (0..3000).map(long).collect();
    let values: Vec<f32> = logits.iter().map(|x| 5.0 - (5.0 - x) * (5.0 - x) * 0.5).collect();
    gives(backend, &case("a long row", &logits, 0.5, 1.0), &values)?;
    let warm =
        Case::new("after a temperature", row).temperature(0.5).stage(Quadratic { factor: 1.0, curve: 1.0 }.into());
    gives(backend, &warm, &[8.0, 4.0, -8.0, 7.0, MASKED])
}

/// k and s are 1 and 0 at a curve of 1, 0.5 and 0.5 at 2, 0 and 1 at 3, −1 and 2 at 5.
fn cubes<B: Backend>(backend: &mut B) -> Outcome {
    let row = [4.0, 3.0, 2.0, 3.5, MASKED];
    let cases: [(Case, &[f32]); 4] = [
        (case("half a cube", &row, 1.0, 2.0), &[4.0, 3.0, -2.0, 3.8125, MASKED]),
        (case("the cube alone", &row, 1.0, 3.0), &[4.0, 3.0, -4.0, 3.875, MASKED]),
        (case("against the square", &row, 1.0, 5.0), &[4.0, 3.0, -8.0, 4.0, MASKED]),
        (case("above the largest", &[4.0, 3.75], 16.0, 5.0), &[4.0, 4.5]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let cases: [(Case, &[f32]); 5] = [
        (case("all equal", &[0.5; 6], 3.0, 2.0), &[0.5; 6]),
        (case("one survivor", &[MASKED, -9.0], 3.0, 2.0), &[MASKED, -9.0]),
        (case("-0 is as large as +0", &[-0.0, 0.0, -1.0], 1.0, 1.0), &[0.0, 0.0, -1.0]),
        // d is cut at −2^40, so that none is lost.
        (case("extremes", &[1e4, -1e38], 0.5, 1.0), &[1e4, 1e4 - 604_462_909_807_314_587_353_088.0]),
        (case("then a filter", &[4.0, 3.0, 2.0, 3.5], 1.0, 1.0).top_k(3), &[4.0, 3.0, MASKED, 3.75]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))?;
    let filtered =
        Case::new("of what is left", [4.0, 3.0, 2.0, 3.5]).top_k(3).stage(Quadratic { factor: 2.0, curve: 1.0 }.into());
    gives(backend, &filtered, &[4.0, 2.0, MASKED, 3.5])
}

fn keeps_the_largest<B: Backend>(backend: &mut B) -> Outcome {
    for (factor, curve) in [(0.1, 1.0), (5.0, 1.75), (1e20, 3.0)] {
        let case = case(&format!("factor {factor}"), &[1.0, 2.0, 2.0, 1.999, MASKED, 7.0], factor, curve);
        let values = traced_values(backend, &case)?;
        within(&format!("{}: the largest", case.name), f64::from(values[5]), 7.0, 0.0)?;
        ensure!(values[1] == values[2] && values[4] == MASKED, "{}: {values:?}", case.name);
        shows(backend, &case)?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    IsLinear,
    CurveIgnored,
    CubeIsPositive,
    OfTheMean,
    ShrinksTheLargest,
}

impl StageTest for Quadratic {
    type Fault = Fault;
    const FAULTS: &'static [Fault] =
        &[Fault::IsLinear, Fault::CurveIgnored, Fault::CubeIsPositive, Fault::OfTheMean, Fault::ShrinksTheLargest];
    const SPOILED: Option<(&'static str, &'static str)> =
        Some(("return add(max_bits, change);", "return add(max_bits, change ^ SIGN);"));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("let area = multiply(d, d);", "let area = d;"),
        ("multiply(cube, d) | SIGN", "multiply(cube, d)"),
        ("square ^ SIGN", "square"),
        ("| (slope & SIGN)", "| SIGN"),
        ("min(size_of(add(bits, max_bits ^ SIGN)), LOWEST)", "size_of(add(bits, max_bits ^ SIGN))"),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("smoothing_factor", Value::Number(0.3))]
    }

    fn oracle(&self, x: &mut [f32], _: &Past, _: Lean) -> bool {
        let max = maximum(x);
        let (k, s) = ((3.0 - self.curve) / 2.0, (self.curve - 1.0) / 2.0);
        for v in x.iter_mut().filter(|v| **v > f32::NEG_INFINITY) {
            let d = (f64::from(*v) - max).max(-2f64.powi(40));
            *v = (max - self.factor * (k * d.powi(2) - s * d.powi(3))) as f32;
        }
        false
    }

    /// Relative to the distance that a logit moves: at most the logit and the largest, and where square and cube nearly cancel each of those.
    fn value_slack(&self, x: &[f32]) -> (f64, f64) {
        let least = maximum(x).abs() + 4.0 * self.factor * (3.0 - self.curve).abs();
        (2f64.powi(-20), 2f64.powi(-20) * least + f64::from(f32::MIN_POSITIVE))
    }

    fn plain(&self, x: &mut [f32], _: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let left: Vec<f64> = x.iter().filter(|v| **v != MASKED).map(|v| f64::from(*v)).collect();
        let largest = left.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let centre =
            if fault == Some(Fault::OfTheMean) { left.iter().sum::<f64>() / left.len() as f64 } else { largest };
        let curve = if fault == Some(Fault::CurveIgnored) { 1.0 } else { self.curve };
        let sign = if fault == Some(Fault::CubeIsPositive) { -1.0 } else { 1.0 };
        for v in x.iter_mut().filter(|v| **v != MASKED) {
            let below = (centre - f64::from(*v)).min(1_099_511_627_776.0);
            let square = if fault == Some(Fault::IsLinear) { below } else { below * below };
            let push = square * (1.5 - curve / 2.0) + sign * square * below * (curve / 2.0 - 0.5);
            let lost = if fault == Some(Fault::ShrinksTheLargest) { 0.5 } else { 0.0 };
            *v = (largest - lost - self.factor * push) as f32;
        }
        (f64::NAN, Vec::new())
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        gone.is_its_logit()
    }
}
