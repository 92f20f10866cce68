//! One read of the row: block maxima for skipping, the maximum, and whether anything in it is not a plain number.

use crate::{
    core::mask,
    lanes::{Lanes, WIDTH, load_padded},
};

/// Elements under one block maximum.
pub(crate) const BLOCK: usize = 64;

/// What one read of a row of V logits found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RowScan {
    /// The largest logit.
    pub max: f32,
    /// Every logit is an ordinary number. Otherwise a closer look is needed: a mask, a NaN, an infinity, or a number beyond 1e30.
    pub ordinary: bool,
}

/// Fills `block_max` with the maximum of each block of 64 logits (the last one may be short). Cost: one read, two operations per vector.
///
/// A sum runs along: NaN and infinities stick to it, so one test at the end sees what the maxima alone would miss. So does a mask that is
/// written as the lowest number, −3.4e38: the others cannot make up for it where none is above 1e30.
pub(crate) fn scan<L: Lanes>(x: &[f32], block_max: &mut Vec<f32>) -> RowScan {
    block_max.clear();
    block_max.resize(x.len().div_ceil(BLOCK), f32::NEG_INFINITY);
    let (blocks, tail) = x.as_chunks::<BLOCK>();
    let (mut row_max, mut row_sum) = (L::splat(f32::NEG_INFINITY), L::splat(0.0));
    for (block, block_max) in blocks.iter().zip(&mut *block_max) {
        // Four chains of maxima and of sums, so that none waits for the other.
        let mut max: [L; 4] = std::array::from_fn(|j| L::load(&block[j * WIDTH..]));
        let mut sum = max;
        for four in block[4 * WIDTH..].chunks_exact(4 * WIDTH) {
            for j in 0..4 {
                let v = L::load(&four[j * WIDTH..]);
                max[j] = max[j].max(v);
                sum[j] = sum[j].add(v);
            }
        }
        let max = max[0].max(max[1]).max(max[2].max(max[3]));
        *block_max = max.largest();
        row_max = row_max.max(max);
        row_sum = row_sum.add(sum[0].add(sum[1]).add(sum[2].add(sum[3])));
    }
    let (mut max, mut sum) = (row_max.largest(), row_sum.to_array().iter().sum::<f32>());
    if let (Some(last), [_, ..]) = (block_max.last_mut(), tail) {
        *last = tail.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        max = max.max(*last);
        sum += tail.iter().sum::<f32>();
    }
    RowScan { max, ordinary: sum.abs() < 1e37 && max < 1e30 }
}

/// What a closer look at a row found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Odd {
    /// A NaN or +inf, which are no logits.
    pub refused: bool,
    /// A mask that is a finite number.
    pub finite_mask: bool,
}

/// The closer look. A row whose tokens are banned, with −inf in place of thousands of logits, needs it in every step.
pub(crate) fn odd<L: Lanes>(x: &[f32]) -> Odd {
    let (vectors, tail) = x.as_chunks::<WIDTH>();
    let splat = L::splat;
    let (mut not_below_inf, mut finite_masks) = (0, 0);
    for x in vectors {
        let x = L::load(x);
        let is_number = x.at_least(splat(f32::NEG_INFINITY));
        not_below_inf |= !is_number & ALL_LANES | x.at_least(splat(f32::INFINITY));
        finite_masks |= x.at_least(splat(f32::MIN)) & !x.at_least(splat(mask::LEAST));
    }
    Odd {
        refused: not_below_inf != 0 || tail.iter().any(|x| x.is_nan() || *x == f32::INFINITY),
        // A NaN is refused before a mask is read.
        finite_mask: finite_masks != 0 || tail.iter().any(|x| (f32::MIN..mask::LEAST).contains(x)),
    }
}

/// A bit for each.
pub(crate) const ALL_LANES: u32 = (1 << WIDTH) - 1;

/// How many logits are not masked.
pub(super) fn n_unmasked<L: Lanes>(x: &[f32]) -> usize {
    let (vectors, tail) = x.as_chunks::<WIDTH>();
    let in_vector = |x: &[f32; WIDTH]| L::load(x).at_least(L::splat(f32::MIN)).count_ones() as usize;
    vectors.iter().map(in_vector).sum::<usize>() + tail.iter().filter(|&&x| x >= f32::MIN).count()
}

/// The largest logit; −inf of none.
pub(crate) fn largest<L: Lanes>(x: &[f32]) -> f32 {
    x.chunks(WIDTH).map(load_padded).fold(L::splat(f32::NEG_INFINITY), L::max).largest()
}

/// Whether two rows are the same. One with a NaN is not, not even with itself.
pub(crate) fn is_same<L: Lanes>(a: &[f32], b: &[f32]) -> bool {
    let is_equal = |(a, b): (&[f32], &[f32])| {
        let (a, b): (L, L) = (load_padded(a), load_padded(b));
        a.at_least(b) & b.at_least(a) == ALL_LANES
    };
    a.len() == b.len() && a.chunks(WIDTH).zip(b.chunks(WIDTH)).all(is_equal)
}

/// Whether no logit is above the one before it.
pub(crate) fn descends<L: Lanes>(x: &[f32]) -> bool {
    let Some((_, next)) = x.split_first() else { return true };
    x.chunks(WIDTH).zip(next.chunks(WIDTH)).all(|(x, next)| {
        let (x, next): (L, L) = (load_padded(x), load_padded(next));
        x.at_least(next) == ALL_LANES
    })
}

/// Order-preserving integer of a logit: `key(a) < key(b)` exactly when `a < b`; −0 and +0 are the same.
#[inline(always)]
pub(crate) fn key(x: f32) -> u32 {
    let bits = (x + 0.0).to_bits();
    if bits >> 31 == 0 { bits | 0x8000_0000 } else { !bits }
}

/// The logit of a key.
#[inline(always)]
pub(crate) fn from_key(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 1 { key & 0x7FFF_FFFF } else { !key })
}

/// The total order as one integer: the larger logit first, then the smaller position. Lists are in id order, so positions rank like ids.
#[inline(always)]
pub(crate) fn rank(position: u32, value: f32) -> u64 {
    u64::from(!key(value)) << 32 | u64::from(position)
}

/// The value in a rank.
#[inline(always)]
pub(crate) fn value_of(rank: u64) -> f32 {
    #[allow(clippy::cast_possible_truncation, reason = "32 bits are left")]
    from_key(!((rank >> 32) as u32))
}

/// The position in a rank.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "the low half of a rank")]
pub(crate) fn position(rank: u64) -> usize {
    rank as u32 as usize
}

/// All tokens by rank: the larger logit first, then the lower id.
pub(crate) fn ranking(values: &[f32]) -> Vec<u32> {
    let ranked = sorted((0..).zip(values).map(|(id, &x)| rank(id, x)).collect());
    ranked.into_iter().map(|rank| id(position(rank))).collect()
}

/// Sorts ranks whose positions ascend. Cost: O(n), a radix sort by 11 bits of the key at a time.
pub(crate) fn sorted(mut ranked: Vec<u64>) -> Vec<u64> {
    if ranked.len() < SHORT {
        ranked.sort_unstable();
        return ranked;
    }
    let mut counts = [[0_u32; DIGITS]; 3];
    for &rank in &ranked {
        (0..3).for_each(|place| counts[place][digit(rank, place)] += 1);
    }
    let mut sorted = vec![0; ranked.len()];
    for (place, counts) in counts.iter_mut().enumerate() {
        let mut start = 0;
        counts.iter_mut().for_each(|count| start += std::mem::replace(count, start));
        // What has the same digit stays in the order it had, so equal logits stay in the order of their positions.
        for &rank in &ranked {
            let next = &mut counts[digit(rank, place)];
            sorted[*next as usize] = rank;
            *next += 1;
        }
        std::mem::swap(&mut ranked, &mut sorted);
    }
    ranked
}

/// Fewer tokens are ranked faster by a sort that compares.
const SHORT: usize = 1024;
/// Values of 11 bits.
const DIGITS: usize = 1 << 11;

/// 11 bits of the logit's part of a rank: the lowest in place 0, the 10 highest in place 2.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "11 bits")]
fn digit(rank: u64, place: usize) -> usize {
    (rank >> (32 + 11 * place)) as usize & (DIGITS - 1)
}

/// The smallest x for which `holds` is true, given that it is false below and true above some point and true at `known`.
///
/// Thirty-two steps on the integer keys at most: no float midpoints, so it ends on every input.
pub(crate) fn lowest_where(known: f32, holds: &dyn Fn(f32) -> bool) -> f32 {
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
pub(crate) fn gather<L: Lanes>(
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
