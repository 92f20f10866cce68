//! Whether counts fit a distribution: Pearson's chi-square test.

use serde::Serialize;
use statrs::function::gamma::gamma_ur;

/// Classes with a smaller expectation are put together, or the approximation by χ² would be too coarse.
const LEAST_EXPECTED: f64 = 5.0;

/// The outcome of a test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ChiSquare {
    /// Σ (observed − expected)² / expected.
    pub statistic: f64,
    /// Classes − 1.
    pub degrees_of_freedom: u32,
    /// Probability of a statistic at least as large if the counts are from this distribution.
    pub p_value: f64,
}

/// Tests `counts` (V) of independent draws against `probabilities` (V). Classes with an expectation under 5 are pooled; with fewer
/// than two classes left nothing is tested and p is 1. A token that was drawn though it is impossible makes p 0.
///
/// Cost: O(V). Relative error of p: 1e-9.
pub fn chi_square(counts: &[u32], probabilities: &[f32]) -> ChiSquare {
    let n: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let mut classes = Vec::new();
    let mut pool = (0.0, 0.0);
    let mut is_impossible = false;
    for (&count, &p) in counts.iter().zip(probabilities) {
        let class = (f64::from(count), n * f64::from(p));
        is_impossible |= count > 0 && p == 0.0;
        if class.1 >= LEAST_EXPECTED {
            classes.push(class);
        } else {
            pool = (pool.0 + class.0, pool.1 + class.1);
        }
    }
    match classes.last_mut() {
        // A pool that is too small itself joins the last class.
        Some(last) if pool.1 < LEAST_EXPECTED => *last = (last.0 + pool.0, last.1 + pool.1),
        _ => classes.push(pool),
    }
    let statistic = if is_impossible {
        f64::INFINITY
    } else {
        classes.iter().map(|(observed, expected)| (observed - expected) * (observed - expected) / expected).sum()
    };
    #[allow(clippy::cast_possible_truncation, reason = "no more classes than tokens")]
    let degrees_of_freedom = classes.len() as u32 - 1;
    let p_value = match degrees_of_freedom {
        _ if is_impossible => 0.0,
        0 => 1.0,
        _ => upper_tail(degrees_of_freedom, statistic),
    };
    let statistic = if degrees_of_freedom == 0 && !is_impossible { 0.0 } else { statistic };
    ChiSquare { statistic, degrees_of_freedom, p_value }
}

/// P(χ² ≥ x) with `n` ≥ 1 degrees of freedom: the regularised upper incomplete gamma function Q(n/2, x/2).
fn upper_tail(n: u32, x: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { gamma_ur(f64::from(n) / 2.0, x / 2.0) }
}
