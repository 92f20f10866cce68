//! Comparisons that NaN cannot pass: each asks whether the difference is small, never whether it is large.

use super::{Outcome, ensure};

/// |got − want| ≤ tolerance, or both are the same infinity.
pub(crate) fn close(got: f64, want: f64, tolerance: f64) -> bool {
    got == want || (got - want).abs() <= tolerance
}

/// [`close`] or a sentence.
pub(crate) fn within(what: &str, got: f64, want: f64, tolerance: f64) -> Outcome {
    ensure!(close(got, want, tolerance), "{what}: got {got}, want {want} within {tolerance:e}");
    Ok(())
}

/// The same numbers, −0 equal to +0, NaN equal to nothing.
pub(crate) fn same_values(what: &str, got: &[f32], want: &[f32]) -> Outcome {
    ensure!(got.len() == want.len(), "{what}: {} values, want {}", got.len(), want.len());
    for (i, (&g, &w)) in got.iter().zip(want).enumerate() {
        ensure!(g == w, "{what}[{i}]: got {g} ({:08x}), want {w} ({:08x})", g.to_bits(), w.to_bits());
    }
    Ok(())
}

#[test]
fn nan_is_close_to_nothing() {
    assert!(!close(f64::NAN, f64::NAN, f64::INFINITY), "NaN passed");
    assert!(!close(f64::NAN, 0.0, 1.0) && !close(0.0, f64::NAN, 1.0), "NaN passed");
    assert!(!close(f64::INFINITY, f64::NEG_INFINITY, 1.0), "opposite infinities passed");
    assert!(close(f64::NEG_INFINITY, f64::NEG_INFINITY, 0.0), "equal infinities failed");
    assert!(same_values("nan", &[f32::NAN], &[f32::NAN]).is_err(), "NaN equalled NaN");
    assert!(same_values("length", &[1.0], &[1.0, 2.0]).is_err(), "lengths were not compared");
    assert!(same_values("zeros", &[0.0], &[-0.0]).is_ok(), "-0 did not equal +0");
}
