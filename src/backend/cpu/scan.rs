//! One read of the row: block maxima for skipping, the maximum, and whether anything in it is not a plain number.

use super::lanes::{Lanes, WIDTH};

/// Elements under one block maximum.
pub(super) const BLOCK: usize = 64;

/// What one read of a row of V logits found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RowScan {
    /// The largest logit.
    pub max: f32,
    /// Every logit is finite. Otherwise a closer look is needed: a mask, a NaN or an infinity.
    pub finite: bool,
}

/// Fills `block_max` with the maximum of each block of 64 logits (the last one may be short). Cost: one read, two operations per vector.
///
/// A sum runs along: NaN and infinities stick to it, so one test at the end sees what the maxima alone would miss.
pub(super) fn scan<L: Lanes>(x: &[f32], block_max: &mut Vec<f32>) -> RowScan {
    block_max.clear();
    let (blocks, tail) = x.as_chunks::<BLOCK>();
    let mut sums = [L::splat(0.0); 4];
    for block in blocks {
        let mut best = [L::splat(f32::NEG_INFINITY); 4];
        for (i, four) in block.chunks_exact(4 * WIDTH).enumerate() {
            for j in 0..4 {
                let v = L::load(&four[j * WIDTH..]);
                best[j] = if i == 0 { v } else { best[j].max(v) };
                sums[j] = sums[j].add(v);
            }
        }
        let best = best[0].max(best[1]).max(best[2].max(best[3])).to_array();
        block_max.push(larger(larger(best[0], best[1]), larger(best[2], best[3])));
    }
    let mut sum: f32 = sums.iter().flat_map(|s| s.to_array()).sum();
    if !tail.is_empty() {
        block_max.push(tail.iter().copied().fold(f32::NEG_INFINITY, larger));
        sum += tail.iter().sum::<f32>();
    }
    let max = block_max.iter().copied().fold(f32::NEG_INFINITY, larger);
    RowScan { max, finite: sum.is_finite() }
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a < b { b } else { a }
}

/// Order-preserving integer of a logit: `key(a) < key(b)` exactly when `a < b`; −0 and +0 are the same.
#[inline(always)]
pub(super) fn key(x: f32) -> u32 {
    let bits = (x + 0.0).to_bits();
    if bits >> 31 == 0 { bits | 0x8000_0000 } else { !bits }
}

/// The logit of a key.
#[inline(always)]
pub(super) fn from_key(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 1 { key & 0x7FFF_FFFF } else { !key })
}

/// The smallest x for which `holds` is true, given that it is false below and true above some point and true at `known`.
///
/// Thirty-two steps on the integer keys at most: no float midpoints, so it ends on every input.
pub(super) fn lowest_where(known: f32, holds: impl Fn(f32) -> bool) -> f32 {
    let (mut low, mut high) = (key(f32::MIN), key(known));
    if holds(f32::MIN) {
        return f32::MIN;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(from_key(middle)) { high = middle } else { low = middle }
    }
    from_key(high)
}

/// Writes ids and values of all x ≥ `threshold` to the front of `ids` and `values`, in id order, and returns how many there are.
///
/// Blocks whose maximum is below the threshold are not read. Both buffers must hold V + 4 entries.
pub(super) fn gather<L: Lanes>(
    x: &[f32],
    block_max: &[f32],
    threshold: f32,
    ids: &mut [u32],
    values: &mut [f32],
) -> usize {
    let wanted = L::splat(threshold);
    let mut n = 0;
    for (b, (block, &max)) in x.chunks(BLOCK).zip(block_max).enumerate() {
        if max < threshold {
            continue;
        }
        let (vectors, tail) = block.as_chunks::<WIDTH>();
        for (v, vector) in vectors.iter().enumerate() {
            let lanes = L::load(vector);
            let mask = lanes.at_least(wanted);
            lanes.store_packed(mask, id(b * BLOCK + v * WIDTH), &mut ids[n..], &mut values[n..]);
            n += mask.count_ones() as usize;
        }
        for (i, &value) in tail.iter().enumerate() {
            ids[n] = id(b * BLOCK + vectors.len() * WIDTH + i);
            values[n] = value;
            n += usize::from(value >= threshold);
        }
    }
    n
}

#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "a token id is a u32")]
fn id(ix: usize) -> u32 {
    ix as u32
}
