//! Sixteen lanes a register, where the processor has AVX-512 with instructions for bytes and words, and VNNI.

use core::arch::x86_64::{
    __m512, __m512i, _mm_loadu_si128, _mm256_loadu_si256, _mm512_add_epi32, _mm512_add_ps, _mm512_and_si512,
    _mm512_castps_si512, _mm512_castsi512_ps, _mm512_cvtepi8_epi16, _mm512_cvtepi8_epi32, _mm512_cvtepi16_epi32,
    _mm512_cvtepi32_ps, _mm512_cvtepu8_epi16, _mm512_cvtepu16_epi32, _mm512_div_ps, _mm512_dpwssd_epi32,
    _mm512_loadu_ps, _mm512_loadu_si512, _mm512_max_ps, _mm512_mul_ps, _mm512_set1_epi16, _mm512_set1_epi32,
    _mm512_set1_ps, _mm512_slli_epi32, _mm512_srli_epi16, _mm512_storeu_ps, _mm512_storeu_si512, _mm512_sub_ps,
};

use super::{
    super::{HALF, HALF_BITS},
    Floats, Sixteen, Work,
};

/// One register. Made only in [`run`], so where there is one, there is AVX-512.
#[derive(Debug, Clone, Copy)]
struct All(__m512);

pub(super) fn is_here() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512vnni")
}

pub(super) fn run(work: impl Work) {
    assert!(is_here(), "this processor has no AVX-512");
    // SAFETY: it has.
    unsafe { run_with_avx(work) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn run_with_avx(work: impl Work) {
    work.run::<All>();
}

impl Sixteen for All {
    const REGISTERS: usize = 1;
    type Register = Self;
}

impl Floats for All {
    const WIDTH: usize = 16;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: there is AVX-512.
        Self(unsafe { _mm512_set1_ps(value) })
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        let from = &from[..Self::WIDTH];
        // SAFETY: there is AVX-512; the slice holds sixteen f32, and the load needs no alignment.
        Self(unsafe { _mm512_loadu_ps(from.as_ptr()) })
    }
    #[inline(always)]
    fn halves(from: &[u16]) -> Self {
        let from = &from[..Self::WIDTH];
        // SAFETY: there is AVX-512; the slice holds the 32 bytes that are loaded, and the load needs no alignment.
        Self(unsafe {
            let bits = _mm512_slli_epi32::<13>(_mm512_cvtepi16_epi32(_mm256_loadu_si256(from.as_ptr().cast())));
            let bits = _mm512_and_si512(bits, _mm512_set1_epi32(HALF_BITS.cast_signed()));
            _mm512_mul_ps(_mm512_castsi512_ps(bits), _mm512_set1_ps(HALF))
        })
    }
    #[inline(always)]
    fn brains(from: &[u16]) -> Self {
        let from = &from[..Self::WIDTH];
        // SAFETY: there is AVX-512; the slice holds the 32 bytes that are loaded, and the load needs no alignment.
        Self(unsafe {
            let numbers = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.as_ptr().cast()));
            _mm512_castsi512_ps(_mm512_slli_epi32::<16>(numbers))
        })
    }
    #[inline(always)]
    fn small(from: &[i8]) -> Self {
        let from = &from[..Self::WIDTH];
        // SAFETY: there is AVX-512; the slice holds the sixteen bytes that are loaded, and the load needs no alignment.
        Self(unsafe { _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(from.as_ptr().cast()))) })
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        let to = &mut to[..Self::WIDTH];
        // SAFETY: there is AVX-512; the slice holds sixteen f32, and the store needs no alignment.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: there is AVX-512.
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: there is AVX-512.
        Self(unsafe { _mm512_sub_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: there is AVX-512.
        Self(unsafe { _mm512_mul_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // SAFETY: there is AVX-512.
        Self(unsafe { _mm512_div_ps(self.0, other.0) })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: there is AVX-512. The second operand is the answer where neither is larger.
        Self(unsafe { _mm512_max_ps(other.0, self.0) })
    }
    #[inline(always)]
    fn scale_by_power(self, bits: Self) -> Self {
        // SAFETY: there is AVX-512.
        Self(unsafe {
            let exponents = _mm512_slli_epi32::<23>(_mm512_castps_si512(bits.0));
            _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(self.0), exponents))
        })
    }

    type Pairs = __m512i;

    #[inline(always)]
    fn pair(both: i32) -> __m512i {
        // SAFETY: there is AVX-512.
        unsafe { _mm512_set1_epi32(both) }
    }
    #[inline(always)]
    fn bytes(from: &[u8]) -> __m512i {
        let from = &from[..2 * Self::WIDTH];
        // SAFETY: there is AVX-512; the slice holds the 32 bytes that are loaded, and the load needs no alignment.
        unsafe { _mm512_cvtepi8_epi16(_mm256_loadu_si256(from.as_ptr().cast())) }
    }
    #[inline(always)]
    fn nibbles(from: &[u8]) -> (__m512i, __m512i) {
        let from = &from[..2 * Self::WIDTH];
        // SAFETY: there is AVX-512; the slice holds the 32 bytes that are loaded, and the load needs no alignment.
        unsafe {
            let bytes = _mm512_cvtepu8_epi16(_mm256_loadu_si256(from.as_ptr().cast()));
            (_mm512_and_si512(bytes, _mm512_set1_epi16(0xf)), _mm512_srli_epi16::<4>(bytes))
        }
    }
    #[inline(always)]
    fn load_pairs(from: &[i32]) -> __m512i {
        let from = &from[..Self::WIDTH];
        // SAFETY: there is AVX-512; the slice holds sixteen i32, and the load needs no alignment.
        unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
    }
    #[inline(always)]
    fn store_pairs(pairs: __m512i, to: &mut [i32]) {
        let to = &mut to[..Self::WIDTH];
        // SAFETY: there is AVX-512; the slice holds sixteen i32, and the store needs no alignment.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), pairs) }
    }
    #[inline(always)]
    fn add_dot(sums: __m512i, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: there is AVX-512.
        unsafe { _mm512_dpwssd_epi32(sums, a, b) }
    }
    #[inline(always)]
    fn from_integers(integers: __m512i) -> Self {
        // SAFETY: there is AVX-512.
        Self(unsafe { _mm512_cvtepi32_ps(integers) })
    }
}
