//! softmax: p_i = 2^((x_i − max)·log2 e) / Σ over the tokens left; masked → exactly 0.
//!
//! Shapes: x (V) logits → masses m (V) u32, m_i = round(2^31 · 2^((x_i − max)·log2 e)), so the most likely token has mass 2^31 and p_i = m_i / Σ m.
//! Integer sums do not depend on the order of addition: a row gives the same Σ however it is split. Σ p = 1 within 2^-20.
//! Edge: the maximum is always subtracted, so nothing overflows; below max − 22.2 nats a mass is 0 and its token cannot be drawn.
//! Error of a mass: 2^-32 absolute, plus 2·10^-7 + |x − max|·1.4·10^-7 relative. The exponential is a polynomial of our own
//! (degree 5, minimax on [−½, ½] with p(0) = 1), each step one rounded f32 operation: the same bits on native and wasm.
//! Source: the notebook's `stable_softmax`. Test: tests/it/stages/softmax.rs.

use super::scan::BLOCK;
use crate::lanes::{
    LaneSum, Lanes, WIDTH,
    exp::{LOWEST, MAGIC, powers},
    load_padded,
};

/// Elements under one partial sum of [`chunk_sums`].
pub(crate) const CHUNK: usize = 16 * BLOCK;

/// The same with 31 more: the power of two comes out multiplied by 2^31.
const MAGIC_31: f32 = MAGIC + 31.0;
/// How a logit becomes an exponent: divided by the temperature, less the maximum, times log2 e.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    /// T of a temperature stage that has not been applied to the row yet; 1 when there is none.
    pub temperature: f32,
    /// The largest x / T.
    pub max: f32,
}

impl Scale {
    /// x / T, the value that stages compare.
    #[inline(always)]
    pub(crate) fn value(self, x: f32) -> f32 {
        if self.temperature == 1.0 { x } else { x / self.temperature }
    }

    /// The same for values that are divided already.
    pub(crate) fn of_values(self) -> Self {
        Self { temperature: 1.0, ..self }
    }

    /// The same of four logits.
    #[inline(always)]
    pub(crate) fn lanes<L: Lanes>(self, x: L) -> L {
        if self.temperature == 1.0 { x } else { x.div(L::splat(self.temperature)) }
    }

    /// The exponent of two; the same bits as [`exponents`].
    #[inline(always)]
    pub(crate) fn exponent(self, x: f32) -> f32 {
        let e = (self.value(x) - self.max) * std::f32::consts::LOG2_E;
        if e < LOWEST { LOWEST } else { e }
    }

    /// No token of a block with this maximum has a mass above 0.
    #[inline(always)]
    pub(super) fn is_massless(self, block_max: f32) -> bool {
        // Half a unit of mass is 2^-32.
        self.exponent(block_max) < -33.0
    }
}

/// e of each logit, not below [`LOWEST`].
#[inline(always)]
pub(super) fn exponents<L: Lanes, const DIVIDE: bool>(x: L, scale: Scale) -> L {
    let value = if DIVIDE { x.div(L::splat(scale.temperature)) } else { x };
    value.sub(L::splat(scale.max)).mul(L::splat(std::f32::consts::LOG2_E)).max(L::splat(LOWEST))
}

/// 2^31 · 2^e, not yet rounded.
#[inline(always)]
fn unrounded<L: Lanes, const DIVIDE: bool>(x: L, scale: Scale) -> L {
    powers(exponents::<L, DIVIDE>(x, scale), MAGIC_31)
}

/// The masses of tokens with these exponents.
#[inline(always)]
pub(super) fn mass_of<L: Lanes>(exponents: L) -> L {
    powers(exponents, MAGIC_31).round()
}

/// Masses of any number of logits, (n) → (n). Exact integers in f32 become u32.
pub(crate) fn masses<L: Lanes>(x: &[f32], scale: Scale, out: &mut [u32]) {
    if scale.temperature == 1.0 {
        masses_with::<L, false>(x, scale, out)
    } else {
        masses_with::<L, true>(x, scale, out)
    }
}

fn masses_with<L: Lanes, const DIVIDE: bool>(x: &[f32], scale: Scale, out: &mut [u32]) {
    let (vectors, tail) = x.as_chunks::<WIDTH>();
    let (whole, rest) = out.split_at_mut(vectors.len() * WIDTH);
    for (x, out) in vectors.iter().zip(whole.chunks_exact_mut(WIDTH)) {
        unrounded::<L, DIVIDE>(L::load(x), scale).round().store_integers(out);
    }
    let mut last = [0; WIDTH];
    unrounded::<L, DIVIDE>(load_padded(tail), scale).round().store_integers(&mut last);
    rest.copy_from_slice(&last[..rest.len()]);
}

/// Σ round(v) for v in [0, 2^31], exactly, in six additions a vector: v is split into a multiple of 2^12 and a rest, and both are
/// integers in the low bits of a sum with a large constant, so that the bit patterns themselves can be added.
#[derive(Clone, Copy)]
struct MassSum<L: Lanes> {
    high: L::Tally,
    low: L::Tally,
    n: u32,
}

impl<L: Lanes> MassSum<L> {
    /// Adding 1.5·2^35 leaves round(v / 2^12) in the low bits.
    const SPLIT: f32 = 51_539_607_552.0;

    #[inline(always)]
    fn new() -> Self {
        Self { high: L::no_tally(), low: L::no_tally(), n: 0 }
    }

    #[inline(always)]
    fn add(&mut self, v: L) {
        let high = v.add(L::splat(Self::SPLIT));
        let rest = v.sub(high.sub(L::splat(Self::SPLIT)));
        self.high = high.tally(self.high);
        self.low = rest.add(L::splat(MAGIC)).tally(self.low);
        self.n += 1;
    }

    /// The sum; fewer than 2^12 vectors were added.
    #[allow(
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        reason = "each lane's tally is below 2^31; the sum is ≥ 0"
    )]
    fn total(self) -> u64 {
        let lanes = |tally, bias: f32| -> i64 {
            let bias = bias.to_bits().wrapping_mul(self.n);
            L::tallied(tally).iter().map(|sum| i64::from(sum.wrapping_sub(bias) as i32)).sum()
        };
        ((lanes(self.high, Self::SPLIT) << 12) + lanes(self.low, MAGIC)) as u64
    }
}

/// Σ m and Σ round(m · −e) over any number of logits, e the exponent of two: the second by the first is how far below the largest they are on
/// average, in bits.
pub(super) fn moments<L: Lanes>(x: &[f32], scale: Scale) -> (u64, u64) {
    if scale.temperature == 1.0 { moments_with::<L, false>(x, scale) } else { moments_with::<L, true>(x, scale) }
}

fn moments_with<L: Lanes, const DIVIDE: bool>(x: &[f32], scale: Scale) -> (u64, u64) {
    let (mut total, mut moment) = (0, Moment::<L>::default());
    for chunk in x.chunks(CHUNK) {
        let mut masses = MassSum::<L>::new();
        for x in chunk.chunks(WIDTH) {
            let e = exponents::<L, DIVIDE>(load_padded(x), scale);
            let mass = mass_of(e);
            masses.add(mass);
            moment.add(mass, e);
        }
        total += masses.total();
        moment.settle();
    }
    (total, moment.total())
}

/// Σ round(m · −e).
pub(super) struct Moment<L: Lanes> {
    settled: u64,
    open: MassSum<L>,
}

impl<L: Lanes> Default for Moment<L> {
    fn default() -> Self {
        Self { settled: 0, open: MassSum::new() }
    }
}

impl<L: Lanes> Moment<L> {
    /// Of tokens with these masses and exponents.
    #[inline(always)]
    pub(super) fn add(&mut self, mass: L, exponent: L) {
        // At most 0.54 · 2^31.
        self.open.add(mass.mul(L::splat(0.0).sub(exponent)));
    }

    /// To be called after no more than a chunk.
    #[inline(always)]
    pub(super) fn settle(&mut self) {
        // A sum takes fewer than 2^12 vectors.
        if self.open.n >= 1 << 11 {
            self.settled += std::mem::replace(&mut self.open, MassSum::new()).total();
        }
    }

    pub(super) fn total(self) -> u64 {
        self.settled + self.open.total()
    }
}

/// As many of the lanes as there is space for.
#[inline(always)]
pub(crate) fn store_part<L: Lanes>(lanes: L, to: &mut [f32]) {
    if to.len() >= WIDTH {
        lanes.store(to);
    } else {
        to.copy_from_slice(&lanes.to_array()[..to.len()]);
    }
}

/// Σ m over the row and, in `sums`, over each chunk of 1,024 tokens.
pub(crate) fn chunk_sums<L: Lanes>(x: &[f32], block_max: &[f32], scale: Scale, sums: &mut Vec<u64>) -> u64 {
    if scale.temperature == 1.0 {
        chunk_sums_with::<L, false>(x, block_max, scale, sums)
    } else {
        chunk_sums_with::<L, true>(x, block_max, scale, sums)
    }
}

fn chunk_sums_with<L: Lanes, const DIVIDE: bool>(
    x: &[f32],
    block_max: &[f32],
    scale: Scale,
    sums: &mut Vec<u64>,
) -> u64 {
    sums.clear();
    let mut total = 0;
    for (chunk, maxima) in x.chunks(CHUNK).zip(block_max.chunks(CHUNK / BLOCK)) {
        let mut acc = MassSum::<L>::new();
        for (block, &max) in chunk.chunks(BLOCK).zip(maxima) {
            if scale.is_massless(max) {
                continue;
            }
            let padded: [f32; BLOCK];
            let block = if let Ok(block) = <&[f32; BLOCK]>::try_from(block) {
                block
            } else {
                padded = std::array::from_fn(|i| block.get(i).copied().unwrap_or(f32::NEG_INFINITY));
                &padded
            };
            for x in block.chunks_exact(WIDTH) {
                acc.add(unrounded::<L, DIVIDE>(L::load(x), scale));
            }
        }
        let sum = acc.total();
        sums.push(sum);
        total += sum;
    }
    total
}

/// softmax of a whole row in floating point, (V) → (V), for those who want probabilities rather than a token. x is divided already.
pub(crate) fn softmax<L: Lanes>(x: &[f32], scale: Scale, out: &mut [f32]) {
    let mut sum = 0.0_f64;
    for (x, out) in x.chunks(CHUNK).zip(out.chunks_mut(CHUNK)) {
        let mut acc = L::Sum::zero();
        for (x, out) in x.chunks(WIDTH).zip(out.chunks_mut(WIDTH)) {
            let e = exponents::<L, false>(load_padded(x), scale);
            let mut lanes = powers(e, MAGIC).to_array();
            // What was clamped is masked, or too small for a f32 by now.
            for (lane, e) in lanes.iter_mut().zip(e.to_array()) {
                if e == LOWEST {
                    *lane = 0.0;
                }
            }
            acc = acc.add(L::load(&lanes));
            out.copy_from_slice(&lanes[..x.len()]);
        }
        sum += acc.total();
    }
    #[allow(clippy::cast_possible_truncation, reason = "rounded to f32 on purpose")]
    let inverse = (1.0 / sum) as f32;
    for p in out {
        *p *= inverse;
    }
}

/// ⌊total · coin / 2^64⌋, always below `total`, by halves: wasm has no 128-bit product.
#[inline(always)]
pub(crate) fn scaled(total: u64, coin: u64) -> u64 {
    const LOW: u64 = 0xFFFF_FFFF;
    let (high, low) = (total >> 32, total & LOW);
    let (coin_high, coin_low) = (coin >> 32, coin & LOW);
    let middle = high * coin_low + ((low * coin_low) >> 32);
    let carry = low * coin_high + (middle & LOW);
    high * coin_high + (middle >> 32) + (carry >> 32)
}
