//! How surprising tokens are: −log2 p, in steps of 2^-24 bits, in integers, the same on every device.
//!
//! q = ⌊−e · 2^24⌋, e = (x − max) · log2 e in f32, not below −126: how much more surprising a token is than the most likely one, whose own
//! surprise is ⌊log2 (Σm / 2^31) · 2^24⌋. The mean of q is ⌊Σ round(m · −e) · 2^24 / Σm⌋, so the entropy is that plus the surprise of the
//! most likely token. No logarithm of a token is taken. Cost: one read of the row, as for its masses.
//! Error: docs/numerics.md. Test: tests/it/stages/epsilon_cutoff.rs, eta_cutoff.rs.

use super::{
    RowState,
    scan::lowest_where,
    softmax::{Scale, moments},
};
use crate::{
    core::error::Result,
    lanes::{
        Lanes, WIDTH,
        exp::{MAGIC, powers},
    },
};

/// By how much tokens with these exponents of two are more surprising than the most likely one.
#[inline(always)]
pub(crate) fn steps_below_top<L: Lanes>(exponents: L) -> [u32; WIDTH] {
    let mut steps = [0; WIDTH];
    exponents.mul(L::splat(-STEPS)).store_integers(&mut steps);
    steps
}

/// Steps of a bit.
pub(crate) const STEPS: f32 = 16_777_216.0;

/// Values from one on, and below another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Band {
    pub from: f32,
    pub below: f32,
}

impl Band {
    /// No value.
    pub(crate) const EMPTY: Self = Self { from: f32::INFINITY, below: f32::INFINITY };

    #[inline(always)]
    pub(crate) fn has(self, value: f32) -> bool {
        // Both at once: a branch for each of many values could not be foreseen.
        (self.from <= value) & (value < self.below)
    }
}

/// The surprise of the tokens left of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surprise {
    values: Scale,
    /// Of the most likely token.
    pub top: u32,
    /// By how much the surprise is larger than that on average.
    pub mean: u32,
}

impl Surprise {
    /// Of the tokens left.
    ///
    /// # Errors
    /// `InvalidLogits`, `NothingLeft`.
    pub(crate) fn of<L: Lanes>(row: &mut RowState<'_>) -> Result<Self> {
        let scale = row.scale::<L>()?;
        let x = row.list().map_or(row.whole(), |(_, values)| values);
        let (mass, moment) = moments::<L>(x, scale);
        Ok(Self::from_moments(scale, mass, moment))
    }

    /// Of tokens with these sums.
    pub(super) fn from_moments(scale: Scale, mass: u64, moment: u64) -> Self {
        Self { values: scale.of_values(), top: log2_steps(mass), mean: ratio_steps(moment, mass) }
    }

    /// By how much the surprise of a token with this value, after temperature, is larger than that of the most likely one.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in [0, 126 · 2^24]")]
    pub(crate) fn below_top(&self, value: f32) -> u32 {
        (-self.values.exponent(value) * STEPS) as u32
    }

    /// The surprise of all on average.
    pub(crate) fn entropy(&self) -> u32 {
        self.top + self.mean
    }

    /// (H / log2 n)^exponent for n ≥ 2 tokens, in (0, 1]; 2^-126 where it would be less.
    pub(crate) fn part_of_largest<L: Lanes>(&self, n: u32, exponent: f32) -> f32 {
        let log2_of = |steps: u32| log2_steps(u64::from(steps.max(1)) << 31);
        let largest = log2_of(log2_steps(u64::from(n) << 31));
        // In steps of 2^-18, which are whole numbers of an f32.
        #[allow(clippy::cast_precision_loss, reason = "below 2^24")]
        let below = (largest.saturating_sub(log2_of(self.entropy())) >> 6) as f32 / 262_144.0;
        powers(L::splat(-(below * exponent).min(126.0)), MAGIC).to_array()[0]
    }

    /// The part of the entropy of a token so many steps below the most likely one, ⌊m · s / 2^24⌋.
    #[inline(always)]
    pub(crate) fn weight(&self, mass: u32, below_top: u32) -> u64 {
        (u64::from(mass) * u64::from(self.top + below_top)) >> 24
    }

    /// How far the surprise of a token with this value is from the entropy.
    #[inline(always)]
    pub(crate) fn distance_from_entropy(&self, value: f32) -> u32 {
        self.below_top(value).abs_diff(self.mean)
    }

    /// The values with a distance of at most that many steps.
    pub(crate) fn around_entropy(&self, most: u32) -> Band {
        let max = self.values.max;
        let from = lowest_where(max, &|value| self.below_top(value) <= self.mean.saturating_add(most));
        let is_above = |value| self.below_top(value).saturating_add(most) < self.mean;
        Band { from, below: if is_above(max) { lowest_where(max, &is_above) } else { f32::INFINITY } }
    }

    /// Keeps the tokens at most so many steps below the most likely one.
    ///
    /// # Errors
    /// None that [`of`](Self::of) has not told.
    pub(crate) fn keep_within<L: Lanes>(&self, row: &mut RowState<'_>, most: u32) -> Result<()> {
        row.keep_where::<L>(&|value| self.below_top(value) <= most)
    }
}

/// The surprise of a token of probability p > 0; the largest number there is from 126 bits on, where exponents are not followed.
pub(crate) fn steps_of(p: f64) -> u32 {
    steps_of_bits(-libm::log2(p))
}

/// So many bits, not below 0; the largest number there is from 126 on.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "below 126 · 2^24; what is below 0 becomes 0"
)]
pub(crate) fn steps_of_bits(bits: f64) -> u32 {
    if bits < 126.0 { (bits * f64::from(STEPS)) as u32 } else { u32::MAX }
}

/// ⌊log2 (mass / 2^31) · 2^24⌋ for a mass of at least 2^31, to within a step: a bit of the logarithm for every squaring.
fn log2_steps(mass: u64) -> u32 {
    let zeros = mass.leading_zeros();
    let mut x = mass << zeros >> 32;
    let mut log = 32 - zeros;
    for _ in 0..24 {
        let square = x * x;
        let bit = square >> 63;
        x = square >> (31 + bit);
        log = log << 1 | u32::from(bit == 1);
    }
    log
}

/// ⌊part · 2^24 / whole⌋ for a part below 32 · whole.
fn ratio_steps(mut part: u64, whole: u64) -> u32 {
    let whole = whole << 5;
    let mut ratio = 0;
    for _ in 0..29 {
        part <<= 1;
        let bit = part >= whole;
        part -= if bit { whole } else { 0 };
        ratio = ratio << 1 | u32::from(bit);
    }
    ratio
}
