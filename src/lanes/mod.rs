//! Four f32 lanes in a register: wasm `simd128`, SSE2 on x86-64, and a plain twin that is the reference and runs everywhere else. Kernels are
//! written once over [`Lanes`] and give the same bits on all of them.
//!
//! Every operation is one correctly rounded IEEE operation (no fused multiply-add), so native and wasm agree to the last bit.
//! The registers in this folder hold the crate's only `unsafe`: unaligned vector loads and stores on slices whose length was checked, the
//! innermost loop of the products, likewise, and AVX2 and AVX-512 on processors that have them.

pub mod exp;
mod plain;
#[cfg(target_arch = "x86_64")]
pub mod sse;
pub mod wide;

pub use plain::Plain;

/// The lanes of this target.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub type Native = simd::F32x4;
/// The lanes of this target.
#[cfg(target_arch = "x86_64")]
pub type Native = sse::F32x4;
/// The lanes of this target.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
pub type Native = Plain;

/// Elements in one vector.
pub const WIDTH: usize = 4;

/// Up to four logits; the rest of the vector is masked.
#[inline(always)]
pub(crate) fn load_padded<L: Lanes>(x: &[f32]) -> L {
    if x.len() >= WIDTH {
        return L::load(x);
    }
    let mut padded = [f32::NEG_INFINITY; WIDTH];
    padded[..x.len()].copy_from_slice(x);
    L::load(&padded)
}

/// f32 lanes, as many as there are.
pub trait Floats: Copy {
    /// How many.
    const WIDTH: usize;
    /// All lanes the same.
    fn splat(value: f32) -> Self;
    /// The first elements of `from`.
    fn load(from: &[f32]) -> Self;
    /// Those of an IEEE half each, which is finite, exactly.
    fn halves(from: &[u16]) -> Self;
    /// Those of a bfloat16 each, exactly.
    fn brains(from: &[u16]) -> Self;
    /// Those of whole numbers of a byte.
    fn small(from: &[i8]) -> Self;
    /// Into the first elements of `to`.
    fn store(self, to: &mut [f32]);
    /// Lane-wise sum.
    fn add(self, other: Self) -> Self;
    /// Lane-wise difference.
    fn sub(self, other: Self) -> Self;
    /// Lane-wise product.
    fn mul(self, other: Self) -> Self;
    /// Lane-wise true quotient.
    fn div(self, other: Self) -> Self;
    /// `self < other ? other : self`, lane by lane.
    fn max(self, other: Self) -> Self;
    /// Multiplies each lane by 2^n, where `bits` is the f32 `1.5·2^23 + n` of that lane.
    fn scale_by_power(self, bits: Self) -> Self;
    /// Two integers of sixteen bits in each lane, or one of 32.
    type Pairs: Copy;
    /// The same in each lane; the lower half is the first of two.
    fn pair(both: i32) -> Self::Pairs;
    /// The first 2·WIDTH bytes, signed.
    fn bytes(from: &[u8]) -> Self::Pairs;
    /// The first 2·WIDTH bytes: their lower four bits, and their upper ones.
    fn nibbles(from: &[u8]) -> (Self::Pairs, Self::Pairs);
    /// The first WIDTH of `from`.
    fn load_pairs(from: &[i32]) -> Self::Pairs;
    /// Writes them.
    fn store_pairs(pairs: Self::Pairs, to: &mut [i32]);
    /// `sums` + a₀·b₀ + a₁·b₁ in 32 bits, wrapping.
    fn add_dot(sums: Self::Pairs, a: Self::Pairs, b: Self::Pairs) -> Self::Pairs;
    /// Each integer of 32 bits as a number, rounded.
    fn from_integers(integers: Self::Pairs) -> Self;
}

/// Four f32 lanes.
pub trait Lanes: Floats {
    /// Four f64 sums.
    type Sum: LaneSum<Self>;
    /// Four u32 sums of bit patterns, wrapping.
    type Tally: Copy;
    /// Round to the nearest integer, ties to even; lanes are ≥ 0.
    fn round(self) -> Self;
    /// No tally yet.
    fn no_tally() -> Self::Tally;
    /// Adds each lane's bit pattern, as a u32, to the tally.
    fn tally(self, to: Self::Tally) -> Self::Tally;
    /// The four sums.
    fn tallied(tally: Self::Tally) -> [u32; WIDTH];
    /// Bit i is set when lane i is ≥ the other's.
    fn at_least(self, other: Self) -> u32;
    /// The lanes where `x` is ≥ the bound, and those of `otherwise` elsewhere.
    fn where_at_least(self, x: Self, bound: Self, otherwise: Self) -> Self;
    /// The lanes as an array.
    fn to_array(self) -> [f32; WIDTH];
    /// The largest lane; none is NaN.
    fn largest(self) -> f32;
    /// The lanes, in [0, 2^32), into the first four elements of `to`, without what they have behind the point.
    fn store_integers(self, to: &mut [u32]);
    /// The lanes' bit patterns.
    fn to_bits(self) -> [u32; WIDTH];
    /// Stores the lanes whose bit is set in `mask` one after the other, with their ids `first_id + lane`. The elements behind them, up to
    /// the fourth, are overwritten with anything.
    fn store_packed(self, mask: u32, first_id: u32, ids: &mut [u32], values: &mut [f32]);
}

/// An IEEE half has its exponent where an f32 has, thirteen bits up, but for this factor.
const HALF: f32 = f32::from_bits((127 + 112) << 23);

/// What is left of a half, thirteen bits up: its sign, five bits of an exponent, and ten behind them.
const HALF_BITS: u32 = 0x8fff_e000;

/// For each mask of four bits the lanes that are set, then whatever.
#[allow(clippy::cast_possible_truncation, reason = "a lane is below 4")]
const PACKED: [[u32; WIDTH]; 16] = {
    let mut table = [[0; WIDTH]; 16];
    let mut mask = 0;
    while mask < 16 {
        let (mut lane, mut n) = (0, 0);
        while lane < WIDTH {
            if mask & (1 << lane) != 0 {
                table[mask][n] = lane as u32;
                n += 1;
            }
            lane += 1;
        }
        mask += 1;
    }
    table
};

/// An accumulator for [`Lanes`].
pub trait LaneSum<L>: Copy {
    /// No sum yet.
    fn zero() -> Self;
    /// Adds four lanes.
    fn add(self, lanes: L) -> Self;
    /// The sum of all lanes.
    fn total(self) -> f64;
}

/// wasm `simd128`.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub mod simd {
    use core::arch::wasm32::{
        f32x4_add, f32x4_convert_i32x4, f32x4_div, f32x4_extract_lane, f32x4_ge, f32x4_mul, f32x4_nearest, f32x4_pmax,
        f32x4_splat, f32x4_sub, f64x2_add, f64x2_extract_lane, f64x2_promote_low_f32x4, f64x2_splat,
        i16x8_extend_low_i8x16, i16x8_load_extend_i8x8, i16x8_splat, i32x4_add, i32x4_bitmask, i32x4_dot_i16x8,
        i32x4_extend_low_i16x8, i32x4_load_extend_i16x4, i32x4_shl, i32x4_shuffle, i32x4_splat, u8x16_swizzle,
        u16x8_load_extend_u8x8, u16x8_shr, u32x4_add, u32x4_extract_lane, u32x4_load_extend_u16x4, u32x4_splat,
        u32x4_trunc_sat_f32x4, v128, v128_and, v128_bitselect, v128_load, v128_load32_zero, v128_store,
    };

    use super::{Floats, HALF, HALF_BITS, LaneSum, Lanes, PACKED, WIDTH};

    /// [`PACKED`] as byte positions: lane n is the four bytes from 4·n on.
    #[allow(clippy::cast_possible_truncation, reason = "a byte position is below 16")]
    const PACKED_BYTES: [[u8; 4 * WIDTH]; 16] = {
        let mut table = [[0; 4 * WIDTH]; 16];
        let mut i = 0;
        while i < 16 * 4 * WIDTH {
            let (mask, byte) = (i / (4 * WIDTH), i % (4 * WIDTH));
            table[mask][byte] = (4 * PACKED[mask][byte / 4]) as u8 + (byte % 4) as u8;
            i += 1;
        }
        table
    };

    /// One `v128`.
    #[derive(Debug, Clone, Copy)]
    pub struct F32x4(v128);

    impl Floats for F32x4 {
        const WIDTH: usize = WIDTH;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            Self(f32x4_splat(value))
        }
        #[inline(always)]
        fn load(from: &[f32]) -> Self {
            let from = &from[..WIDTH];
            // SAFETY: the slice holds four f32, and v128_load needs no alignment.
            Self(unsafe { v128_load(from.as_ptr().cast()) })
        }
        #[inline(always)]
        fn halves(from: &[u16]) -> Self {
            let from = &from[..WIDTH];
            // SAFETY: the slice holds the eight bytes, and the load needs no alignment.
            let bits = i32x4_shl(unsafe { i32x4_load_extend_i16x4(from.as_ptr().cast()) }, 13);
            Self(f32x4_mul(v128_and(bits, u32x4_splat(HALF_BITS)), f32x4_splat(HALF)))
        }
        #[inline(always)]
        fn brains(from: &[u16]) -> Self {
            let from = &from[..WIDTH];
            // SAFETY: the slice holds the eight bytes, and the load needs no alignment.
            Self(i32x4_shl(unsafe { u32x4_load_extend_u16x4(from.as_ptr()) }, 16))
        }
        #[inline(always)]
        fn small(from: &[i8]) -> Self {
            let from = &from[..WIDTH];
            // SAFETY: the slice holds the four bytes, and the load needs no alignment.
            let bytes = unsafe { v128_load32_zero(from.as_ptr().cast()) };
            Self(f32x4_convert_i32x4(i32x4_extend_low_i16x8(i16x8_extend_low_i8x16(bytes))))
        }
        #[inline(always)]
        fn store(self, to: &mut [f32]) {
            let to = &mut to[..WIDTH];
            // SAFETY: the slice holds four f32, and v128_store needs no alignment.
            unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self(f32x4_add(self.0, other.0))
        }
        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            Self(f32x4_sub(self.0, other.0))
        }
        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            Self(f32x4_mul(self.0, other.0))
        }
        #[inline(always)]
        fn div(self, other: Self) -> Self {
            Self(f32x4_div(self.0, other.0))
        }
        #[inline(always)]
        fn max(self, other: Self) -> Self {
            Self(f32x4_pmax(self.0, other.0))
        }
        #[inline(always)]
        fn scale_by_power(self, bits: Self) -> Self {
            Self(i32x4_add(self.0, i32x4_shl(bits.0, 23)))
        }

        type Pairs = v128;

        #[inline(always)]
        fn pair(both: i32) -> v128 {
            i32x4_splat(both)
        }
        #[inline(always)]
        fn bytes(from: &[u8]) -> v128 {
            let from = &from[..2 * WIDTH];
            // SAFETY: the slice holds the eight bytes, and the load needs no alignment.
            unsafe { i16x8_load_extend_i8x8(from.as_ptr().cast()) }
        }
        #[inline(always)]
        fn nibbles(from: &[u8]) -> (v128, v128) {
            let from = &from[..2 * WIDTH];
            // SAFETY: the slice holds the eight bytes, and the load needs no alignment.
            let bytes = unsafe { u16x8_load_extend_u8x8(from.as_ptr()) };
            (v128_and(bytes, i16x8_splat(0xf)), u16x8_shr(bytes, 4))
        }
        #[inline(always)]
        fn load_pairs(from: &[i32]) -> v128 {
            let from = &from[..WIDTH];
            // SAFETY: the slice holds four i32, and the load needs no alignment.
            unsafe { v128_load(from.as_ptr().cast()) }
        }
        #[inline(always)]
        fn store_pairs(pairs: v128, to: &mut [i32]) {
            let to = &mut to[..WIDTH];
            // SAFETY: the slice holds four i32, and the store needs no alignment.
            unsafe { v128_store(to.as_mut_ptr().cast(), pairs) }
        }
        #[inline(always)]
        fn add_dot(sums: v128, a: v128, b: v128) -> v128 {
            i32x4_add(sums, i32x4_dot_i16x8(a, b))
        }
        #[inline(always)]
        fn from_integers(integers: v128) -> Self {
            Self(f32x4_convert_i32x4(integers))
        }
    }

    impl Lanes for F32x4 {
        type Sum = F64x2Pair;
        type Tally = v128;

        #[inline(always)]
        fn round(self) -> Self {
            Self(f32x4_nearest(self.0))
        }
        #[inline(always)]
        fn no_tally() -> v128 {
            u32x4_splat(0)
        }
        #[inline(always)]
        fn tally(self, to: v128) -> v128 {
            u32x4_add(to, self.0)
        }
        #[inline(always)]
        fn tallied(tally: v128) -> [u32; WIDTH] {
            [
                u32x4_extract_lane::<0>(tally),
                u32x4_extract_lane::<1>(tally),
                u32x4_extract_lane::<2>(tally),
                u32x4_extract_lane::<3>(tally),
            ]
        }
        #[inline(always)]
        fn at_least(self, other: Self) -> u32 {
            u32::from(i32x4_bitmask(f32x4_ge(self.0, other.0)))
        }
        #[inline(always)]
        fn where_at_least(self, x: Self, bound: Self, otherwise: Self) -> Self {
            Self(v128_bitselect(self.0, otherwise.0, f32x4_ge(x.0, bound.0)))
        }
        #[inline(always)]
        fn to_array(self) -> [f32; WIDTH] {
            [
                f32x4_extract_lane::<0>(self.0),
                f32x4_extract_lane::<1>(self.0),
                f32x4_extract_lane::<2>(self.0),
                f32x4_extract_lane::<3>(self.0),
            ]
        }
        #[inline(always)]
        fn largest(self) -> f32 {
            let halves = f32x4_pmax(self.0, i32x4_shuffle::<2, 3, 2, 3>(self.0, self.0));
            let quarters = f32x4_pmax(halves, i32x4_shuffle::<1, 1, 1, 1>(halves, halves));
            f32x4_extract_lane::<0>(quarters)
        }
        #[inline(always)]
        fn to_bits(self) -> [u32; WIDTH] {
            Self::tallied(self.0)
        }
        #[inline(always)]
        fn store_integers(self, to: &mut [u32]) {
            let to = &mut to[..WIDTH];
            // SAFETY: the slice holds four u32, and v128_store needs no alignment.
            unsafe { v128_store(to.as_mut_ptr().cast(), u32x4_trunc_sat_f32x4(self.0)) }
        }
        #[inline(always)]
        fn store_packed(self, mask: u32, first_id: u32, ids: &mut [u32], values: &mut [f32]) {
            let (lanes, bytes) = (&PACKED[mask as usize & 15], &PACKED_BYTES[mask as usize & 15]);
            let (ids, values) = (&mut ids[..WIDTH], &mut values[..WIDTH]);
            // SAFETY: tables and slices hold sixteen bytes each, and loads and stores need no alignment.
            unsafe {
                let (lanes, bytes) = (v128_load(lanes.as_ptr().cast()), v128_load(bytes.as_ptr().cast()));
                v128_store(ids.as_mut_ptr().cast(), u32x4_add(lanes, u32x4_splat(first_id)));
                v128_store(values.as_mut_ptr().cast(), u8x16_swizzle(self.0, bytes));
            }
        }
    }

    /// Lanes 0–1 and lanes 2–3, widened.
    #[derive(Debug, Clone, Copy)]
    pub struct F64x2Pair(v128, v128);

    impl LaneSum<F32x4> for F64x2Pair {
        #[inline(always)]
        fn zero() -> Self {
            Self(f64x2_splat(0.0), f64x2_splat(0.0))
        }
        #[inline(always)]
        fn add(self, lanes: F32x4) -> Self {
            let high = i32x4_shuffle::<2, 3, 2, 3>(lanes.0, lanes.0);
            Self(f64x2_add(self.0, f64x2_promote_low_f32x4(lanes.0)), f64x2_add(self.1, f64x2_promote_low_f32x4(high)))
        }
        #[inline(always)]
        fn total(self) -> f64 {
            let pair = f64x2_add(self.0, self.1);
            f64x2_extract_lane::<0>(pair) + f64x2_extract_lane::<1>(pair)
        }
    }
}
