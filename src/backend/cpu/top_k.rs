//! top_k: keep x ≥ the k-th largest value. (V) → (V), the rest is masked.
//!
//! Ties with the k-th are kept, so more than k tokens may stay (the notebook's `logits < kth` rule). Off at null, 0 and k ≥ V.
//! Cost: one read of the row plus about k blocks of 64. A block whose maximum is below the k-th largest block maximum τ cannot
//! hold one of the k best, because k blocks hold a value ≥ τ; so only blocks with a maximum ≥ τ are read again. No exponential.
//! Source: Fan et al. 2018. Test: tests/it/stages/top_k.rs.

use super::{
    lanes::Lanes,
    row::RowState,
    scan::{from_key, key},
};
use crate::error::Result;

pub(super) fn apply<L: Lanes>(row: &mut RowState<'_>, k: usize) -> Result<()> {
    if let Some((_, values)) = row.list() {
        if k < values.len() {
            let kth = kth_largest(values, k, &mut Vec::new());
            row.retain(|_, value| value >= kth);
        }
        return Ok(());
    }
    row.scan::<L>()?;
    if k >= row.vocab_size() {
        return Ok(());
    }
    let mut keys = std::mem::take(&mut row.scratch.keys);
    let kth = kth_of_row::<L>(row, k, &mut keys).max(f32::MIN);
    row.scratch.keys = keys;
    let scale = row.whole_scale::<L>()?;
    if scale.temperature == 1.0 && row.list().is_some() {
        row.retain(|_, value| value >= kth);
        return Ok(());
    }
    // Division may make neighbours equal: the ties that count are those of the divided values.
    row.forget_list();
    let kth = scale.value(kth);
    row.keep_where::<L>(|value| value >= kth)
}

/// The k-th largest logit of the row, before temperature; -inf when fewer than k are unmasked. Leaves a list of candidates where it
/// made one.
fn kth_of_row<L: Lanes>(row: &mut RowState<'_>, k: usize, keys: &mut Vec<u32>) -> f32 {
    if k * 2 > row.scratch.block_max.len() {
        return kth_largest(row.whole(), k, keys);
    }
    let tau = kth_largest_stream(&row.scratch.block_max, k, keys);
    row.make_list::<L>(tau.max(f32::MIN));
    let candidates = row.list().map_or(&[][..], |(_, values)| values);
    if candidates.len() < k { f32::NEG_INFINITY } else { kth_largest(candidates, k, keys) }
}

/// The k-th largest of `values`, 1 ≤ k ≤ n, by selection on integer keys.
fn kth_largest(values: &[f32], k: usize, keys: &mut Vec<u32>) -> f32 {
    keys.clear();
    keys.extend(values.iter().map(|&x| key(x)));
    from_key(*keys.select_nth_unstable_by(k - 1, |a, b| b.cmp(a)).1)
}

/// The same for n much larger than k: most values lose against the k-th best so far and are never stored.
fn kth_largest_stream(values: &[f32], k: usize, keys: &mut Vec<u32>) -> f32 {
    let room = 4 * k + 64;
    keys.clear();
    let mut bar = f32::NEG_INFINITY;
    for &x in values {
        if keys.len() < k || x > bar {
            keys.push(key(x));
            if keys.len() == room {
                bar = from_key(*keys.select_nth_unstable_by(k - 1, |a, b| b.cmp(a)).1);
                keys.truncate(k);
            }
        }
    }
    from_key(*keys.select_nth_unstable_by(k - 1, |a, b| b.cmp(a)).1)
}
