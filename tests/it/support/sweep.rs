//! Evenly spaced coins: without a trace they show what was kept and with which probability.

use logitlab::backend::Backend;

use super::{case::Case, ensure};

/// Coin i of n, in the middle of its share of [0, 2^64).
pub(crate) fn coin(i: u64, n: u64) -> u64 {
    ((u128::from(2 * i + 1) << 63) / u128::from(n)) as u64
}

/// What `n` evenly spaced coins drew.
pub(crate) struct Sweep {
    pub n: u64,
    /// How often each token was drawn.
    pub counts: Vec<u64>,
    /// `Step::kept` of every draw, which must be the same.
    pub kept: u32,
    /// `Step::probability` of each token drawn.
    pub probabilities: Vec<Option<f32>>,
}

/// Draws `case` with `n` evenly spaced coins and no trace. Inverse CDF in id order: a larger coin never gives a smaller id.
pub(crate) fn sweep<B: Backend>(backend: &mut B, case: &Case, n: u64) -> Result<Sweep, String> {
    let mut counts = vec![0; case.logits.len()];
    let mut probabilities = vec![None; case.logits.len()];
    let (mut kept, mut last) = (None, 0);
    for step in case.steps(backend, (0..n).map(|i| coin(i, n)))? {
        let ix = step.token as usize;
        ensure!(ix < counts.len(), "{}: token {ix} of {}", case.name, counts.len());
        ensure!(step.token >= last, "{}: a larger coin went from token {last} back to {ix}", case.name);
        ensure!(step.trace.is_none(), "{}: a trace nobody asked for", case.name);
        ensure!(*kept.get_or_insert(step.kept) == step.kept, "{}: kept changed with the coin", case.name);
        let known = *probabilities[ix].get_or_insert(step.probability);
        ensure!(known == step.probability, "{}: the probability of {ix} changed with the coin", case.name);
        counts[ix] += 1;
        last = step.token;
    }
    Ok(Sweep { n, counts, kept: kept.unwrap_or(0), probabilities })
}
