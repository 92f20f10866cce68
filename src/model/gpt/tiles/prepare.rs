//! x as whole numbers, block by block.

use crate::lanes::wide::Line;

/// The largest v: 2047 upper digits of 2¹².
const MOST: f32 = 2047.0 * 4096.0;

/// A block whose largest x is below this is 0.
const LEAST: f32 = f32::from_bits(27 << 23);

/// v of two inputs, v = 4096·upper + lower, the first in the lower sixteen bits of each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Digits {
    pub upper: i32,
    pub lower: i32,
}

/// What a product reads of its rows x (T, n_in).
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Prepared {
    /// What was read, in blocks of so many pairs: matrices that are applied to the same x follow each other.
    read: (Vec<f32>, usize),
    /// (T, n_in / 2).
    pub(super) digits: Vec<Digits>,
    /// (T, blocks): what one upper digit stands for.
    pub(super) scales: Vec<f32>,
    /// (T, blocks): Σ x.
    pub(super) sums: Vec<f32>,
    /// (T, 16): the outputs of a tile so far.
    pub(super) outputs: Vec<Line>,
    /// Some panels in full width.
    pub(in super::super) panels: Vec<Line>,
}

impl Prepared {
    /// Reads x (T, n_in) in blocks of so many pairs.
    #[allow(clippy::cast_precision_loss, reason = "32 numbers of 24 bits, rounded on purpose")]
    pub(super) fn read(&mut self, x: &[f32], n_pairs: usize) {
        if self.read.1 == n_pairs && self.read.0 == x {
            return;
        }
        self.read.0.clear();
        self.read.0.extend_from_slice(x);
        self.read.1 = n_pairs;
        self.digits.clear();
        self.scales.clear();
        self.sums.clear();
        for x in x.chunks_exact(2 * n_pairs) {
            let scale = scale_of(x);
            let steps = if scale > 0.0 { 1.0 / scale } else { 0.0 };
            let mut sum = 0;
            for &[first, second] in x.as_chunks::<2>().0 {
                let (first, second) = (nearest(first * steps), nearest(second * steps));
                sum += first + second;
                let (upper, lower) = (digits(first), digits(second));
                self.digits.push(Digits { upper: join(upper.0, lower.0), lower: join(upper.1, lower.1) });
            }
            self.scales.push(scale * 4096.0);
            self.sums.push(scale * sum as f32);
        }
    }
}

/// What one step of v is in a block; NaN where a number is none.
fn scale_of(x: &[f32]) -> f32 {
    let (mut largest, mut is_finite) = (0.0_f32, true);
    for x in x {
        largest = if x.abs() > largest { x.abs() } else { largest };
        is_finite &= x.is_finite();
    }
    match is_finite {
        false => f32::NAN,
        true if largest < LEAST => 0.0,
        true => largest / MOST,
    }
}

/// The nearest whole number, of two the even one, of a number below 2³¹.
#[allow(clippy::cast_possible_truncation, reason = "the lower half is the number")]
fn nearest(x: f32) -> i32 {
    // From 2⁵² on an f64 is whole: what is added rounds, and leaves the number in the lowest bits.
    (f64::from(x) + 6_755_399_441_055_744.0).to_bits() as i32
}

/// Upper and lower digit, the lower one from −2048 to 2047.
fn digits(v: i32) -> (i32, i32) {
    let upper = (v + 2048) >> 12;
    (upper, v - (upper << 12))
}

/// Two integers of sixteen bits as one.
fn join(first: i32, second: i32) -> i32 {
    second << 16 | first & 0xffff
}
