//! Sixteen f32 at a time, in registers as wide as the machine has them. Matrix products are written over [`Sixteen`].
//!
//! Numbers of different lanes never meet, and each operation is one rounded IEEE operation, so the width of the registers changes no bit.

use super::{Lanes, Native, WIDTH};

/// f32 in a [`Sixteen`].
pub const LANES: usize = 16;

/// Sixteen f32 in one cache line, so that no load takes two.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub struct Line(pub [f32; LANES]);

impl Line {
    /// Zeros.
    pub const ZERO: Self = Self([0.0; LANES]);
}

/// Sixteen f32 lanes.
pub trait Sixteen: Copy {
    /// Registers they take, 2 or 4.
    const REGISTERS: usize;
    /// All lanes the same.
    fn splat(value: f32) -> Self;
    /// The sixteen of `from`.
    fn load(from: &[f32; LANES]) -> Self;
    /// Into `to`.
    fn store(self, to: &mut [f32; LANES]);
    /// Lane-wise sum.
    fn add(self, other: Self) -> Self;
    /// Lane-wise product.
    fn mul(self, other: Self) -> Self;
}

/// Four times [`Lanes`]: what every machine has.
#[derive(Debug, Clone, Copy)]
pub struct Quads<L>([L; LANES / WIDTH]);

impl<L: Lanes> Sixteen for Quads<L> {
    const REGISTERS: usize = LANES / WIDTH;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([L::splat(value); LANES / WIDTH])
    }
    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        Self(std::array::from_fn(|i| L::load(&from[i * WIDTH..])))
    }
    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        for (i, lanes) in self.0.into_iter().enumerate() {
            lanes.store(&mut to[i * WIDTH..]);
        }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].add(other.0[i])))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].mul(other.0[i])))
    }
}

/// What is to be done with the widest registers. `run` and whatever it calls per number have to be `#[inline(always)]`: only what becomes a
/// part of [`widest`] is compiled for them.
pub trait Work {
    /// Does it.
    fn run<S: Sixteen>(self);
}

/// Does the work with the widest registers this machine has, which is looked up once.
#[inline(never)]
pub fn widest(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    if avx::is_here() {
        return avx::run(work);
    }
    work.run::<Quads<Native>>();
}

/// Eight lanes a register, where the processor has AVX.
#[cfg(target_arch = "x86_64")]
mod avx {
    use core::arch::x86_64::{__m256, _mm256_add_ps, _mm256_loadu_ps, _mm256_mul_ps, _mm256_set1_ps, _mm256_storeu_ps};

    use super::{LANES, Sixteen, Work};

    /// Two registers. Made only by [`run`], so wherever one is there is AVX.
    #[derive(Debug, Clone, Copy)]
    struct Pair(__m256, __m256);

    pub(super) fn is_here() -> bool {
        std::arch::is_x86_feature_detected!("avx")
    }

    pub(super) fn run(work: impl Work) {
        assert!(is_here(), "this processor has no AVX");
        // SAFETY: it has.
        unsafe { run_with_avx(work) }
    }

    #[target_feature(enable = "avx")]
    fn run_with_avx(work: impl Work) {
        work.run::<Pair>();
    }

    impl Sixteen for Pair {
        const REGISTERS: usize = 2;

        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: there is AVX.
            let eight = unsafe { _mm256_set1_ps(value) };
            Self(eight, eight)
        }
        #[inline(always)]
        fn load(from: &[f32; LANES]) -> Self {
            let (low, high) = from.split_at(LANES / 2);
            // SAFETY: there is AVX; each half holds eight f32, and the loads need no alignment.
            unsafe { Self(_mm256_loadu_ps(low.as_ptr()), _mm256_loadu_ps(high.as_ptr())) }
        }
        #[inline(always)]
        fn store(self, to: &mut [f32; LANES]) {
            let (low, high) = to.split_at_mut(LANES / 2);
            // SAFETY: there is AVX; each half holds eight f32, and the stores need no alignment.
            unsafe {
                _mm256_storeu_ps(low.as_mut_ptr(), self.0);
                _mm256_storeu_ps(high.as_mut_ptr(), self.1);
            }
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            // SAFETY: there is AVX.
            unsafe { Self(_mm256_add_ps(self.0, other.0), _mm256_add_ps(self.1, other.1)) }
        }
        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            // SAFETY: there is AVX.
            unsafe { Self(_mm256_mul_ps(self.0, other.0), _mm256_mul_ps(self.1, other.1)) }
        }
    }
}
