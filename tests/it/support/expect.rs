//! What a table line expects of a backend, with trace and without.

use std::cell::Cell;

use logitlab::backend::Backend;

use super::{
    Outcome,
    case::Case,
    compare::same_values,
    ensure,
    judge::judge,
    judge_trace::judge_trace,
    oracle::{self, Lean},
    sweep::{coin, sweep},
};

thread_local! {
    /// Coins of a sweep over a short row. A GPU gets fewer.
    pub(crate) static COINS: Cell<u64> = const { Cell::new(257) };
    /// Draws of a chi-square test.
    pub(crate) static DRAWS: Cell<u32> = const { Cell::new(50_000) };
    /// Of the lengths of short rows and the places in them, every how many-th is tried. They are the blocks and tails of the CPU's four
    /// lanes; a kernel has one path for all rows below its 256.
    pub(crate) static EVERY: Cell<usize> = const { Cell::new(1) };
}

/// Coins of a sweep; fewer over a long row, where they take long and most tokens are too rare to be drawn anyway.
fn n_coins(vocab_size: usize) -> u64 {
    COINS.get().min(if vocab_size < 500 { 257 } else { 31 })
}

/// Exactly these tokens (ascending) are left to draw from.
pub(crate) fn keeps<B: Backend>(backend: &mut B, case: &Case, kept: &[u32]) -> Outcome {
    let by_rule = left(&final_values(case));
    ensure!(by_rule == kept, "{}: the oracle keeps {by_rule:?}, the table says {kept:?}", case.name);
    let by_backend = traced_kept(backend, case)?;
    ensure!(by_backend == kept, "{}: kept {by_backend:?}, want {kept:?}", case.name);
    shows(backend, case)
}

/// One of two neighbouring sets is left: the cut is so close to the limit that rounding decides.
pub(crate) fn keeps_either<B: Backend>(backend: &mut B, case: &Case, few: &[u32], many: &[u32]) -> Outcome {
    let by_backend = traced_kept(backend, case)?;
    ensure!(by_backend == few || by_backend == many, "{}: kept {by_backend:?}, want {few:?} or {many:?}", case.name);
    judge(backend, case, coin(0, 1)).map(drop)
}

/// The logits after the last stage are these, to the bit.
pub(crate) fn gives<B: Backend>(backend: &mut B, case: &Case, values: &[f32]) -> Outcome {
    same_values(&format!("{}: the oracle's column", case.name), &final_values(case), values)?;
    same_values(&format!("{}: last column", case.name), &traced_values(backend, case)?, values)?;
    shows(backend, case)
}

/// Judges steps at both ends and in the middle, the trace, and a sweep of coins without a trace: what the oracle keeps is drawn, as
/// often as its probability says, and nothing else.
pub(crate) fn shows<B: Backend>(backend: &mut B, case: &Case) -> Outcome {
    for coin in [0, coin(0, 1), u64::MAX] {
        judge(backend, case, coin)?;
    }
    judge_trace(backend, case, coin(1, 3))?;
    if case.plan.greedy {
        return Ok(());
    }
    let values = final_values(case);
    let want = oracle::softmax(&values);
    let n_coins = n_coins(values.len());
    let seen = sweep(backend, case, n_coins)?;
    ensure!(seen.kept as usize == left(&values).len(), "{}: kept {}, want {:?}", case.name, seen.kept, left(&values));
    for (id, (&count, &p)) in seen.counts.iter().zip(&want).enumerate() {
        let expected = p * n_coins as f64;
        ensure!(
            (count as f64 - expected).abs() <= 1.0 + 1e-3 && (p > 0.0 || count == 0),
            "{}: {count} of {n_coins} coins drew {id}, expected {expected}",
            case.name
        );
    }
    Ok(())
}

/// The oracle's values after the last stage.
pub(crate) fn final_values(case: &Case) -> Vec<f32> {
    let columns = oracle::columns(&case.logits, &case.plan, &case.past, Lean::Exact);
    columns.stages.last().cloned().unwrap_or_else(|| oracle::read(&case.logits))
}

/// The backend's values after the last stage.
pub(crate) fn traced_values<B: Backend>(backend: &mut B, case: &Case) -> Result<Vec<f32>, String> {
    let step = case.step(backend, 0, true)?;
    let Some(trace) = step.trace else { return Err(format!("{}: no trace came", case.name)) };
    let values = trace.stages.last().map_or(trace.logits.clone(), |stage| stage.values.clone());
    ensure!(values.len() == case.logits.len(), "{}: a column of {} values", case.name, values.len());
    Ok(values)
}

/// Tokens left by the backend, ascending.
pub(crate) fn traced_kept<B: Backend>(backend: &mut B, case: &Case) -> Result<Vec<u32>, String> {
    Ok(left(&traced_values(backend, case)?))
}

/// Tokens that are not masked, ascending.
pub(crate) fn left(values: &[f32]) -> Vec<u32> {
    (0..values.len() as u32).filter(|&i| values[i as usize] > f32::NEG_INFINITY).collect()
}
