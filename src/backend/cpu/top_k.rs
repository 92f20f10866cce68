//! top_k: keep x ≥ the k-th largest value. (V) → (V), the rest is masked.
//!
//! Ties with the k-th are kept, so more than k tokens may stay (the notebook's `logits < kth` rule). Off at null, 0 and k ≥ V.
//! Cost: one read of the row plus about k blocks of 64. A block whose maximum is below the k-th largest block maximum τ cannot
//! hold one of the k best, because k blocks hold a value ≥ τ; so only blocks with a maximum ≥ τ are read again. No exponential.
//! Source: Fan et al. 2018. Test: tests/it/stages/top_k.rs.

use super::{
    row::RowState,
    top_p::{position, rank},
};
use crate::{error::Result, lanes::Lanes};

pub(super) fn apply<L: Lanes>(row: &mut RowState<'_>, k: usize) -> Result<()> {
    if k == 0 {
        return Ok(());
    }
    let mut ranked = std::mem::take(&mut row.scratch.ranked);
    let result = cut::<L>(row, k, &mut ranked);
    row.scratch.ranked = ranked;
    result
}

fn cut<L: Lanes>(row: &mut RowState<'_>, k: usize, ranked: &mut Vec<u64>) -> Result<()> {
    if let Some((_, values)) = row.list() {
        if k < values.len() {
            let kth = kth_largest(values, k, ranked);
            row.retain(kth);
        }
        return Ok(());
    }
    row.scan::<L>()?;
    if k >= row.vocab_size() {
        return Ok(());
    }
    let kth = kth_of_row::<L>(row, k, ranked).max(f32::MIN);
    let scale = row.whole_scale::<L>()?;
    if scale.temperature == 1.0 && row.list().is_some() {
        row.retain(kth);
        return Ok(());
    }
    // Division may make neighbours equal: the ties that count are those of the divided values.
    row.forget_list();
    let kth = scale.value(kth);
    row.keep_where::<L>(&|value| value >= kth)
}

/// The k-th largest logit of the row, before temperature; -inf when fewer than k are unmasked. Leaves a list of candidates where it
/// made one.
fn kth_of_row<L: Lanes>(row: &mut RowState<'_>, k: usize, ranked: &mut Vec<u64>) -> f32 {
    if k * 2 > row.scratch.block_max.len() {
        return kth_largest(row.whole(), k, ranked);
    }
    let tau = kth_largest_stream(&row.scratch.block_max, k, ranked);
    row.make_list::<L>(tau.max(f32::MIN));
    let candidates = row.list().map_or(&[][..], |(_, values)| values);
    if candidates.len() < k { f32::NEG_INFINITY } else { kth_largest(candidates, k, ranked) }
}

/// The k-th largest of `values`, 1 ≤ k ≤ n, by selection on integer ranks.
fn kth_largest(values: &[f32], k: usize, ranked: &mut Vec<u64>) -> f32 {
    ranked.clear();
    ranked.extend((0..).zip(values).map(|(position, &x)| rank(position, x)));
    values[position(*ranked.select_nth_unstable(k - 1).1)]
}

/// The same for n much larger than k: most values lose against the k-th best so far and are never stored.
fn kth_largest_stream(values: &[f32], k: usize, ranked: &mut Vec<u64>) -> f32 {
    let room = 4 * k + 64;
    ranked.clear();
    let mut bar = f32::NEG_INFINITY;
    for (ix, &x) in (0..).zip(values) {
        if ranked.len() < k || x > bar {
            ranked.push(rank(ix, x));
            if ranked.len() == room {
                bar = values[position(*ranked.select_nth_unstable(k - 1).1)];
                ranked.truncate(k);
            }
        }
    }
    values[position(*ranked.select_nth_unstable(k - 1).1)]
}
