//! Eight lanes a register, where the processor has AVX2.

use core::arch::x86_64::{
    __m256, __m256i, _mm_loadl_epi64, _mm_loadu_si128, _mm256_add_epi32, _mm256_add_ps, _mm256_and_si256,
    _mm256_castps_si256, _mm256_castsi256_ps, _mm256_cvtepi8_epi16, _mm256_cvtepi8_epi32, _mm256_cvtepi16_epi32,
    _mm256_cvtepi32_ps, _mm256_cvtepu8_epi16, _mm256_cvtepu16_epi32, _mm256_div_ps, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_max_ps, _mm256_mul_ps, _mm256_set1_epi16, _mm256_set1_epi32,
    _mm256_set1_ps, _mm256_slli_epi32, _mm256_srli_epi16, _mm256_storeu_ps, _mm256_storeu_si256, _mm256_sub_ps,
};

use super::{
    super::{HALF, HALF_BITS},
    Floats, Sixteen, Twice, Work,
};

/// One register. Made only in [`run`], so where there is one, there is AVX2.
#[derive(Debug, Clone, Copy)]
struct Eight(__m256);

pub(super) fn is_here() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

pub(super) fn run(work: impl Work) {
    assert!(is_here(), "this processor has no AVX2");
    // SAFETY: it has.
    unsafe { run_with_avx(work) }
}

#[target_feature(enable = "avx2")]
fn run_with_avx(work: impl Work) {
    work.run::<Twice<Eight>>();
}

impl Sixteen for Twice<Eight> {
    const REGISTERS: usize = 2;
    type Register = Eight;
}

impl Floats for Eight {
    const WIDTH: usize = 8;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: there is AVX2.
        Self(unsafe { _mm256_set1_ps(value) })
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        let from = &from[..Self::WIDTH];
        // SAFETY: there is AVX2; the slice holds eight f32, and the load needs no alignment.
        Self(unsafe { _mm256_loadu_ps(from.as_ptr()) })
    }
    #[inline(always)]
    fn halves(from: &[u16]) -> Self {
        let from = &from[..Self::WIDTH];
        // SAFETY: there is AVX2; the slice holds the sixteen bytes that are loaded, and the load needs no alignment.
        Self(unsafe {
            let bits = _mm256_slli_epi32::<13>(_mm256_cvtepi16_epi32(_mm_loadu_si128(from.as_ptr().cast())));
            let bits = _mm256_and_si256(bits, _mm256_set1_epi32(HALF_BITS.cast_signed()));
            _mm256_mul_ps(_mm256_castsi256_ps(bits), _mm256_set1_ps(HALF))
        })
    }
    #[inline(always)]
    fn brains(from: &[u16]) -> Self {
        let from = &from[..Self::WIDTH];
        // SAFETY: there is AVX2; the slice holds the sixteen bytes that are loaded, and the load needs no alignment.
        Self(unsafe {
            let numbers = _mm256_cvtepu16_epi32(_mm_loadu_si128(from.as_ptr().cast()));
            _mm256_castsi256_ps(_mm256_slli_epi32::<16>(numbers))
        })
    }
    #[inline(always)]
    fn small(from: &[i8]) -> Self {
        let from = &from[..Self::WIDTH];
        // SAFETY: there is AVX2; the slice holds the eight bytes that are loaded, and the load needs no alignment.
        Self(unsafe { _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(from.as_ptr().cast()))) })
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        let to = &mut to[..Self::WIDTH];
        // SAFETY: there is AVX2; the slice holds eight f32, and the store needs no alignment.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: there is AVX2.
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: there is AVX2.
        Self(unsafe { _mm256_sub_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: there is AVX2.
        Self(unsafe { _mm256_mul_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // SAFETY: there is AVX2.
        Self(unsafe { _mm256_div_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: there is AVX2. The second operand is the answer where neither is larger.
        Self(unsafe { _mm256_max_ps(other.0, self.0) })
    }
    #[inline(always)]
    fn scale_by_power(self, bits: Self) -> Self {
        // SAFETY: there is AVX2.
        Self(unsafe {
            let exponents = _mm256_slli_epi32::<23>(_mm256_castps_si256(bits.0));
            _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(self.0), exponents))
        })
    }

    type Pairs = __m256i;

    #[inline(always)]
    fn pair(both: i32) -> __m256i {
        // SAFETY: there is AVX2.
        unsafe { _mm256_set1_epi32(both) }
    }
    #[inline(always)]
    fn bytes(from: &[u8]) -> __m256i {
        let from = &from[..2 * Self::WIDTH];
        // SAFETY: there is AVX2; the slice holds the sixteen bytes that are loaded, and the load needs no alignment.
        unsafe { _mm256_cvtepi8_epi16(_mm_loadu_si128(from.as_ptr().cast())) }
    }
    #[inline(always)]
    fn nibbles(from: &[u8]) -> (__m256i, __m256i) {
        let from = &from[..2 * Self::WIDTH];
        // SAFETY: there is AVX2; the slice holds the sixteen bytes that are loaded, and the load needs no alignment.
        unsafe {
            let bytes = _mm256_cvtepu8_epi16(_mm_loadu_si128(from.as_ptr().cast()));
            (_mm256_and_si256(bytes, _mm256_set1_epi16(0xf)), _mm256_srli_epi16::<4>(bytes))
        }
    }
    #[inline(always)]
    fn load_pairs(from: &[i32]) -> __m256i {
        let from = &from[..Self::WIDTH];
        // SAFETY: there is AVX2; the slice holds eight i32, and the load needs no alignment.
        unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
    }
    #[inline(always)]
    fn store_pairs(pairs: __m256i, to: &mut [i32]) {
        let to = &mut to[..Self::WIDTH];
        // SAFETY: there is AVX2; the slice holds eight i32, and the store needs no alignment.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), pairs) }
    }
    #[inline(always)]
    fn add_dot(sums: __m256i, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: there is AVX2.
        unsafe { _mm256_add_epi32(sums, _mm256_madd_epi16(a, b)) }
    }
    #[inline(always)]
    fn from_integers(integers: __m256i) -> Self {
        // SAFETY: there is AVX2.
        Self(unsafe { _mm256_cvtepi32_ps(integers) })
    }
}
