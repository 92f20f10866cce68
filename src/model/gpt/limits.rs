//! What a number of a model's description may be. Beyond that it is a mistake, or would make NaN of the logits.

use std::ops::RangeInclusive;

use crate::core::number::shortest;

/// More blocks than this are a mistake.
pub(super) const MAX_LAYERS: u64 = 1024;

/// No width of a model is beyond this: the product of two fits everywhere.
pub(super) const MAX_SIZE: u64 = 1 << 24;

/// ε of a norm.
pub(super) const EPSILONS: RangeInclusive<f32> = 1e-30..=1.0;

/// Of rotary positions: below 1 the pairs would turn faster and faster.
pub(super) const BASES: RangeInclusive<f32> = 1.0..=1e30;

/// What rotary frequencies are multiplied or divided by.
pub(super) const FACTORS: RangeInclusive<f32> = 1e-3..=1e6;

/// The nearest f32, if that is in the range.
#[allow(clippy::cast_possible_truncation, reason = "the nearest f32 is meant")]
pub(super) fn fitting(number: f64, range: &RangeInclusive<f32>) -> Option<f32> {
    Some(number as f32).filter(|number| range.contains(number))
}

/// What would fit, as a sentence part.
pub(super) fn expected(range: &RangeInclusive<f32>) -> String {
    format!("a number from {} to {}", shortest(*range.start()), shortest(*range.end()))
}

/// A number as it was written, be it as f32 or as f64.
#[allow(clippy::cast_possible_truncation, reason = "looked at whether it is one")]
pub(super) fn written(number: f64) -> String {
    if f64::from(number as f32) == number { shortest(number as f32) } else { shortest(number) }
}
