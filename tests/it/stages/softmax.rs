//! softmax: exp(x − max) / Σ; masked is exactly 0, Σ = 1 within 2^-20.

use logitlab::{
    backend::Backend,
    sample::softmax,
    settings::{Arithmetic, SoftmaxOptions},
};

use super::MASKED;
use crate::support::{
    Outcome,
    case::Case,
    checks,
    compare::within,
    ensure,
    expect::shows,
    inputs::{self, FAMILIES},
    oracle, pass,
};

checks!(probabilities, stable, shifted);

fn probabilities<B: Backend>(backend: &mut B) -> Outcome {
    let cases: [(Case, &[f64]); 8] = [
        (Case::of_probabilities("a quarter each", &[0.25; 4]), &[0.25; 4]),
        (Case::of_probabilities("base", &[0.1, 0.2, 0.3, 0.4]), &[0.1, 0.2, 0.3, 0.4]),
        (Case::new("one token", [-3.0]), &[1.0]),
        (Case::new("masked is exactly 0", [0.0, MASKED, 0.0]), &[0.5, 0.0, 0.5]),
        (Case::of_probabilities("after top_k 2", &[0.1, 0.2, 0.3, 0.4]).top_k(2), &[0.0, 0.0, 3.0 / 7.0, 4.0 / 7.0]),
        (
            Case::of_probabilities("after top_k 3", &[0.1, 0.2, 0.3, 0.4]).top_k(3),
            &[0.0, 2.0 / 9.0, 3.0 / 9.0, 4.0 / 9.0],
        ),
        (Case::new("the lesson", [2.0, -1.5, 0.3, 4.2, -0.8]), &[0.0971, 0.002_932, 0.017_738, 0.876_325, 0.005_905]),
        (
            Case::new("the lesson, T = 2", [2.0, -1.5, 0.3, 4.2, -0.8]).temperature(2.0),
            &[0.206_103, 0.035_815, 0.088_091, 0.619_166, 0.050_824],
        ),
    ];
    for (case, want) in cases {
        let step = case.step(backend, 0, true)?;
        let Some(trace) = step.trace else { return Err(format!("{}: no trace came", case.name)) };
        for (id, (&got, &want)) in trace.probabilities.iter().zip(want).enumerate() {
            ensure!(want != 0.0 || got == 0.0, "{}: masked token {id} has {got}", case.name);
            within(&format!("{}: token {id}", case.name), f64::from(got), want, 1.5e-6)?;
        }
        shows(backend, &case)?;
    }
    Ok(())
}

/// Nothing overflows and nothing vanishes that should not.
fn stable<B: Backend>(backend: &mut B) -> Outcome {
    let cases = [
        Case::new("1000 and 1001", [1000.0, 1001.0]),
        Case::new("-1000 and -1001", [-1000.0, -1001.0]),
        Case::new("1e4", [1e4, 1e4, 9_999.0, -1e4]),
        Case::new("f32 limits", [f32::MAX, -3.38e38, 0.0]),
        Case::new("equal at the top", [f32::MAX, f32::MAX]),
        Case::new("equal at the bottom", [-3.38e38, -3.38e38, MASKED]),
        Case::new("subnormals", [f32::from_bits(1), -f32::from_bits(9), 0.0]),
        Case::new("a long tail", [0.0, -5.0, -10.0, -15.0, -20.0, -21.0]),
        Case::new("below the smallest mass", [0.0, -23.0, -60.0, -100.0, 0.0]),
    ];
    cases.iter().try_for_each(|case| shows(backend, case))
}

/// Adding a number that every logit can take exactly changes no probability.
fn shifted<B: Backend>(backend: &mut B) -> Outcome {
    let logits = [2.5, -1.0, 0.25, 4.0, -0.75];
    let still = Case::new("still", logits).step(backend, 1 << 62, false)?;
    for shift in [64.0, -64.0, 8192.0] {
        let case = Case::new("shifted", logits.map(|x| x + shift));
        let step = case.step(backend, 1 << 62, false)?;
        ensure!(step == still, "shift by {shift}: {step:?}, want {still:?}");
    }
    Ok(())
}

/// The library's softmax, every tail and every family, against f64.
#[test]
fn of_rows() {
    let options = |temperature| SoftmaxOptions { temperature, batch: 1, arithmetic: Arithmetic::Engine };
    let check = |name: &str, logits: &[f32], t: f32| -> Outcome {
        let got = softmax(&mut logits.to_vec(), options(f64::from(t))).map_err(|e| format!("{name}: {e}"))?;
        let want = oracle::softmax(&logits.iter().map(|x| x / t).collect::<Vec<_>>());
        ensure!(got.len() == want.len(), "{name}: {} probabilities", got.len());
        for (id, (&got, &want)) in got.iter().zip(&want).enumerate() {
            ensure!(logits[id] > MASKED || got == 0.0, "{name}: masked token {id} has {got}");
            within(&format!("{name}: token {id}"), f64::from(got), want, want * 3e-6 + 1e-28)?;
        }
        within(&format!("{name}: sum"), got.iter().map(|&p| f64::from(p)).sum(), 1.0, 2f64.powi(-20))
    };
    for len in (1..=130).chain([1023, 1024, 1025, 4097]) {
        for family in FAMILIES {
            let row = inputs::row(family, len, 3);
            for t in [1.0, 0.7, 2.0] {
                pass(check(&format!("{family:?} V={len} T={t}"), &row, t));
            }
        }
    }
}

/// B rows at once are B single rows.
#[test]
fn of_batches() {
    let rows: Vec<f32> = [[1.0, 2.0, 3.0], [0.5, MASKED, 0.5], [-1e4, 1e4, 0.0]].concat();
    let options = SoftmaxOptions { temperature: 0.9, batch: 3, arithmetic: Arithmetic::Engine };
    let batch = softmax(&mut rows.clone(), options).unwrap();
    for (r, row) in rows.chunks(3).enumerate() {
        let single = softmax(&mut row.to_vec(), SoftmaxOptions { batch: 1, ..options }).unwrap();
        assert_eq!(batch[3 * r..3 * r + 3], single, "row {r}");
    }
}
