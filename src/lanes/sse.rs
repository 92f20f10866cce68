//! Four f32 lanes in one SSE register. Every x86-64 processor has SSE2, so nothing is looked up at run time.

use core::arch::x86_64::{
    __m128, __m128d, __m128i, _mm_add_epi32, _mm_add_pd, _mm_add_ps, _mm_and_ps, _mm_and_si128, _mm_andnot_ps,
    _mm_castps_si128, _mm_castsi128_ps, _mm_cmpge_ps, _mm_cmplt_ps, _mm_cvtepi32_ps, _mm_cvtps_pd, _mm_cvtsd_f64,
    _mm_cvtsi32_si128, _mm_cvtss_f32, _mm_cvttps_epi32, _mm_div_ps, _mm_loadl_epi64, _mm_loadu_ps, _mm_loadu_si128,
    _mm_madd_epi16, _mm_max_ps, _mm_movehl_ps, _mm_movemask_ps, _mm_mul_ps, _mm_or_ps, _mm_or_si128, _mm_set1_epi16,
    _mm_set1_epi32, _mm_set1_ps, _mm_setzero_pd, _mm_setzero_si128, _mm_shuffle_ps, _mm_slli_epi32, _mm_srai_epi16,
    _mm_srai_epi32, _mm_srli_epi16, _mm_storeu_ps, _mm_storeu_si128, _mm_sub_ps, _mm_unpackhi_pd, _mm_unpacklo_epi8,
    _mm_unpacklo_epi16,
};

use super::{Floats, HALF, HALF_BITS, LaneSum, Lanes, PACKED, WIDTH};

/// Calls SSE2 instructions.
macro_rules! sse {
    ($calls:expr) => {
        // SAFETY: every x86-64 processor has SSE2, and none of these calls reads or writes memory.
        unsafe { $calls }
    };
}

/// One `__m128`.
#[derive(Debug, Clone, Copy)]
pub struct F32x4(__m128);

impl Floats for F32x4 {
    const WIDTH: usize = WIDTH;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(sse!(_mm_set1_ps(value)))
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        let from = &from[..WIDTH];
        // SAFETY: the slice holds four f32, and the load needs no alignment.
        Self(unsafe { _mm_loadu_ps(from.as_ptr()) })
    }
    #[inline(always)]
    fn halves(from: &[u16]) -> Self {
        let bits = four_halves(from);
        Self(sse!({
            let bits = _mm_and_si128(_mm_srai_epi32::<3>(bits), _mm_set1_epi32(HALF_BITS.cast_signed()));
            _mm_mul_ps(_mm_castsi128_ps(bits), _mm_set1_ps(HALF))
        }))
    }
    #[inline(always)]
    fn brains(from: &[u16]) -> Self {
        Self(sse!(_mm_castsi128_ps(four_halves(from))))
    }
    #[inline(always)]
    fn small(from: &[i8]) -> Self {
        let bytes = i32::from_le_bytes([from[0], from[1], from[2], from[3]].map(i8::cast_unsigned));
        Self(sse!({
            let bytes = _mm_unpacklo_epi8(_mm_setzero_si128(), _mm_cvtsi32_si128(bytes));
            _mm_cvtepi32_ps(_mm_srai_epi32::<24>(_mm_unpacklo_epi16(_mm_setzero_si128(), bytes)))
        }))
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        let to = &mut to[..WIDTH];
        // SAFETY: the slice holds four f32, and the store needs no alignment.
        unsafe { _mm_storeu_ps(to.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(sse!(_mm_add_ps(self.0, other.0)))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(sse!(_mm_sub_ps(self.0, other.0)))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(sse!(_mm_mul_ps(self.0, other.0)))
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(sse!(_mm_div_ps(self.0, other.0)))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // The second operand is the result where neither is larger, so the operands are swapped.
        Self(sse!(_mm_max_ps(other.0, self.0)))
    }
    #[inline(always)]
    fn scale_by_power(self, bits: Self) -> Self {
        Self(sse!({
            let exponents = _mm_slli_epi32::<23>(_mm_castps_si128(bits.0));
            _mm_castsi128_ps(_mm_add_epi32(_mm_castps_si128(self.0), exponents))
        }))
    }

    type Pairs = __m128i;

    #[inline(always)]
    fn pair(both: i32) -> __m128i {
        sse!(_mm_set1_epi32(both))
    }
    #[inline(always)]
    fn bytes(from: &[u8]) -> __m128i {
        let bytes = eight(from);
        // In the upper half of sixteen bits each, and down again with their signs.
        sse!(_mm_srai_epi16::<8>(_mm_unpacklo_epi8(bytes, bytes)))
    }
    #[inline(always)]
    fn nibbles(from: &[u8]) -> (__m128i, __m128i) {
        let bytes = sse!(_mm_unpacklo_epi8(eight(from), _mm_setzero_si128()));
        sse!((_mm_and_si128(bytes, _mm_set1_epi16(0xf)), _mm_srli_epi16::<4>(bytes)))
    }
    #[inline(always)]
    fn load_pairs(from: &[i32]) -> __m128i {
        let from = &from[..WIDTH];
        // SAFETY: the slice holds four i32, and the load needs no alignment.
        unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
    }
    #[inline(always)]
    fn store_pairs(pairs: __m128i, to: &mut [i32]) {
        let to = &mut to[..WIDTH];
        // SAFETY: the slice holds four i32, and the store needs no alignment.
        unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), pairs) }
    }
    #[inline(always)]
    fn add_dot(sums: __m128i, a: __m128i, b: __m128i) -> __m128i {
        sse!(_mm_add_epi32(sums, _mm_madd_epi16(a, b)))
    }
    #[inline(always)]
    fn from_integers(integers: __m128i) -> Self {
        Self(sse!(_mm_cvtepi32_ps(integers)))
    }
}

/// The first four, each in the upper half of a lane.
#[inline(always)]
fn four_halves(from: &[u16]) -> __m128i {
    let from = &from[..WIDTH];
    // SAFETY: the slice holds the eight bytes that are loaded, and the load needs no alignment.
    unsafe { _mm_unpacklo_epi16(_mm_setzero_si128(), _mm_loadl_epi64(from.as_ptr().cast())) }
}

/// The first eight bytes.
#[inline(always)]
fn eight(from: &[u8]) -> __m128i {
    let from = &from[..2 * WIDTH];
    // SAFETY: the slice holds the eight bytes that are loaded, and the load needs no alignment.
    unsafe { _mm_loadl_epi64(from.as_ptr().cast()) }
}

impl Lanes for F32x4 {
    type Sum = F64x2Pair;
    type Tally = __m128i;

    #[inline(always)]
    fn round(self) -> Self {
        // Adding and subtracting 2^23 rounds to an integer; from 2^23 on an f32 is one already. SSE2 has no instruction for it.
        Self(sse!({
            let two_23 = _mm_set1_ps(8_388_608.0);
            let rounded = _mm_sub_ps(_mm_add_ps(self.0, two_23), two_23);
            let is_small = _mm_cmplt_ps(self.0, two_23);
            _mm_or_ps(_mm_and_ps(is_small, rounded), _mm_andnot_ps(is_small, self.0))
        }))
    }
    #[inline(always)]
    fn no_tally() -> __m128i {
        sse!(_mm_setzero_si128())
    }
    #[inline(always)]
    fn tally(self, to: __m128i) -> __m128i {
        sse!(_mm_add_epi32(to, _mm_castps_si128(self.0)))
    }
    #[inline(always)]
    fn tallied(tally: __m128i) -> [u32; WIDTH] {
        let mut sums = [0; WIDTH];
        store(&mut sums, tally);
        sums
    }
    #[inline(always)]
    #[allow(clippy::cast_sign_loss, reason = "a mask of four bits")]
    fn at_least(self, other: Self) -> u32 {
        sse!(_mm_movemask_ps(_mm_cmpge_ps(self.0, other.0))) as u32
    }
    #[inline(always)]
    fn where_at_least(self, x: Self, bound: Self, otherwise: Self) -> Self {
        Self(sse!({
            let is_at_least = _mm_cmpge_ps(x.0, bound.0);
            _mm_or_ps(_mm_and_ps(is_at_least, self.0), _mm_andnot_ps(is_at_least, otherwise.0))
        }))
    }
    #[inline(always)]
    fn to_array(self) -> [f32; WIDTH] {
        let mut lanes = [0.0; WIDTH];
        self.store(&mut lanes);
        lanes
    }
    #[inline(always)]
    fn largest(self) -> f32 {
        sse!({
            let halves = _mm_max_ps(_mm_movehl_ps(self.0, self.0), self.0);
            let quarters = _mm_max_ps(_mm_shuffle_ps::<0b01_01_01_01>(halves, halves), halves);
            _mm_cvtss_f32(quarters)
        })
    }
    #[inline(always)]
    fn store_integers(self, to: &mut [u32]) {
        // The conversion is signed and gives 2^31 for what is beyond it: there the rest above 2^31 is added.
        let integers = sse!({
            let low = _mm_cvttps_epi32(self.0);
            let rest = _mm_cvttps_epi32(_mm_sub_ps(self.0, _mm_set1_ps(2_147_483_648.0)));
            _mm_or_si128(low, _mm_and_si128(rest, _mm_srai_epi32::<31>(low)))
        });
        store(to, integers);
    }
    #[inline(always)]
    fn to_bits(self) -> [u32; WIDTH] {
        Self::tallied(sse!(_mm_castps_si128(self.0)))
    }
    #[inline(always)]
    fn store_packed(self, mask: u32, first_id: u32, ids: &mut [u32], values: &mut [f32]) {
        // SSE2 cannot shuffle by a variable; where the mask has no bit, as for most of a row, there is nothing to do.
        if mask == 0 {
            return;
        }
        let (lanes, packed) = (self.to_array(), &PACKED[mask as usize & 15]);
        ids[..WIDTH].copy_from_slice(&packed.map(|lane| first_id + lane));
        values[..WIDTH].copy_from_slice(&packed.map(|lane| lanes[lane as usize & 3]));
    }
}

#[inline(always)]
fn store(to: &mut [u32], integers: __m128i) {
    let to = &mut to[..WIDTH];
    // SAFETY: the slice holds four u32, and the store needs no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), integers) }
}

/// Lanes 0–1 and lanes 2–3, widened.
#[derive(Debug, Clone, Copy)]
pub struct F64x2Pair(__m128d, __m128d);

impl LaneSum<F32x4> for F64x2Pair {
    #[inline(always)]
    fn zero() -> Self {
        Self(sse!(_mm_setzero_pd()), sse!(_mm_setzero_pd()))
    }
    #[inline(always)]
    fn add(self, lanes: F32x4) -> Self {
        let (low, high) = sse!((_mm_cvtps_pd(lanes.0), _mm_cvtps_pd(_mm_movehl_ps(lanes.0, lanes.0))));
        Self(sse!(_mm_add_pd(self.0, low)), sse!(_mm_add_pd(self.1, high)))
    }
    #[inline(always)]
    fn total(self) -> f64 {
        sse!({
            let pair = _mm_add_pd(self.0, self.1);
            _mm_cvtsd_f64(pair) + _mm_cvtsd_f64(_mm_unpackhi_pd(pair, pair))
        })
    }
}
