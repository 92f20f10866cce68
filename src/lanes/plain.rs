//! The plain twin of the SIMD lanes: the reference, and what runs where there are no others.

use half::{bf16, f16};

use super::{Floats, LaneSum, Lanes, PACKED, WIDTH};

/// The plain twin: four numbers in an array.
#[derive(Debug, Clone, Copy)]
#[repr(align(16))]
pub struct Plain([f32; WIDTH]);

impl Plain {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], other.0[i])))
    }
}

impl Floats for Plain {
    const WIDTH: usize = WIDTH;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; WIDTH])
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        Self([from[0], from[1], from[2], from[3]])
    }
    #[inline(always)]
    fn halves(from: &[u16]) -> Self {
        Self(std::array::from_fn(|i| f16::from_bits(from[i]).to_f32()))
    }
    #[inline(always)]
    fn brains(from: &[u16]) -> Self {
        Self(std::array::from_fn(|i| bf16::from_bits(from[i]).to_f32()))
    }
    #[inline(always)]
    fn small(from: &[i8]) -> Self {
        Self(std::array::from_fn(|i| from[i].into()))
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        to[..WIDTH].copy_from_slice(&self.0);
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { b } else { a })
    }
    #[inline(always)]
    fn scale_by_power(self, bits: Self) -> Self {
        self.zip(bits, |q, n| f32::from_bits(q.to_bits().wrapping_add(n.to_bits() << 23)))
    }

    type Pairs = [i32; WIDTH];

    #[inline(always)]
    fn pair(both: i32) -> [i32; WIDTH] {
        [both; WIDTH]
    }
    #[inline(always)]
    fn bytes(from: &[u8]) -> [i32; WIDTH] {
        std::array::from_fn(|i| join([from[2 * i], from[2 * i + 1]].map(|byte| byte.cast_signed().into())))
    }
    #[inline(always)]
    fn nibbles(from: &[u8]) -> ([i32; WIDTH], [i32; WIDTH]) {
        let each = |shift: u8| {
            std::array::from_fn(|i| join([from[2 * i], from[2 * i + 1]].map(|byte| (byte >> shift & 0xf).into())))
        };
        (each(0), each(4))
    }
    #[inline(always)]
    fn load_pairs(from: &[i32]) -> [i32; WIDTH] {
        [from[0], from[1], from[2], from[3]]
    }
    #[inline(always)]
    fn store_pairs(pairs: [i32; WIDTH], to: &mut [i32]) {
        to[..WIDTH].copy_from_slice(&pairs);
    }
    #[inline(always)]
    fn add_dot(sums: [i32; WIDTH], a: [i32; WIDTH], b: [i32; WIDTH]) -> [i32; WIDTH] {
        std::array::from_fn(|i| {
            let ([a0, a1], [b0, b1]) = (split(a[i]), split(b[i]));
            sums[i].wrapping_add((a0 * b0).wrapping_add(a1 * b1))
        })
    }
    #[inline(always)]
    #[allow(clippy::cast_precision_loss, reason = "rounded on purpose")]
    fn from_integers(integers: [i32; WIDTH]) -> Self {
        Self(integers.map(|integer| integer as f32))
    }
}

/// Two integers as one, the first in the lower half.
fn join([first, second]: [i16; 2]) -> i32 {
    i32::from(second) << 16 | i32::from(first) & 0xffff
}

/// The halves as integers.
#[allow(clippy::cast_possible_truncation, reason = "the lower half is meant")]
fn split(both: i32) -> [i32; 2] {
    [i32::from(both as i16), both >> 16]
}

impl Lanes for Plain {
    type Sum = PlainSum;
    type Tally = [u32; WIDTH];

    #[inline(always)]
    fn round(self) -> Self {
        // Adding and taking away 2^23 rounds to an integer; from 2^23 on an f32 is one already.
        const TWO_23: f32 = 8_388_608.0;
        Self(self.0.map(|v| if v < TWO_23 { (v + TWO_23) - TWO_23 } else { v }))
    }
    #[inline(always)]
    fn no_tally() -> [u32; WIDTH] {
        [0; WIDTH]
    }
    #[inline(always)]
    fn tally(self, to: [u32; WIDTH]) -> [u32; WIDTH] {
        std::array::from_fn(|i| to[i].wrapping_add(self.0[i].to_bits()))
    }
    #[inline(always)]
    fn tallied(tally: [u32; WIDTH]) -> [u32; WIDTH] {
        tally
    }
    #[inline(always)]
    fn at_least(self, other: Self) -> u32 {
        (0..WIDTH).fold(0, |mask, i| mask | (u32::from(self.0[i] >= other.0[i]) << i))
    }
    #[inline(always)]
    fn where_at_least(self, x: Self, bound: Self, otherwise: Self) -> Self {
        Self(std::array::from_fn(|i| if x.0[i] >= bound.0[i] { self.0[i] } else { otherwise.0[i] }))
    }
    #[inline(always)]
    fn to_array(self) -> [f32; WIDTH] {
        self.0
    }
    #[inline(always)]
    fn largest(self) -> f32 {
        let [a, b, c, d] = self.0;
        let halves = (if a < c { c } else { a }, if b < d { d } else { b });
        if halves.0 < halves.1 { halves.1 } else { halves.0 }
    }
    #[inline(always)]
    fn to_bits(self) -> [u32; WIDTH] {
        self.0.map(f32::to_bits)
    }
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an integer in [0, 2^32)")]
    fn store_integers(self, to: &mut [u32]) {
        to[..WIDTH].copy_from_slice(&self.0.map(|v| v as u32));
    }
    #[inline(always)]
    fn store_packed(self, mask: u32, first_id: u32, ids: &mut [u32], values: &mut [f32]) {
        let lanes = PACKED[mask as usize & 15];
        ids[..WIDTH].copy_from_slice(&lanes.map(|lane| first_id + lane));
        values[..WIDTH].copy_from_slice(&lanes.map(|lane| self.0[lane as usize]));
    }
}

/// Sums of the plain twin.
#[derive(Debug, Clone, Copy)]
pub struct PlainSum([f64; WIDTH]);

impl LaneSum<Plain> for PlainSum {
    #[inline(always)]
    fn zero() -> Self {
        Self([0.0; WIDTH])
    }
    #[inline(always)]
    fn add(self, lanes: Plain) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + f64::from(lanes.0[i])))
    }
    #[inline(always)]
    fn total(self) -> f64 {
        (self.0[0] + self.0[2]) + (self.0[1] + self.0[3])
    }
}
