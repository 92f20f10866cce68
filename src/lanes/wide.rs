//! Sixteen f32 at a time, in registers as wide as the machine has them. Matrix products are written over [`Sixteen`].
//!
//! Numbers of different lanes never meet, and each operation is one rounded IEEE operation, so the width of the registers changes no bit.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;

use super::{Floats, Lanes, Native};

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
pub trait Sixteen: Floats {
    /// Registers they take: 1, 2 or 4.
    const REGISTERS: usize;
    /// One of them: for what takes many steps a number, since there are not registers enough to take them for sixteen at once.
    type Register: Floats;

    /// The lanes as an array.
    #[inline(always)]
    fn to_array(self) -> [f32; LANES] {
        let mut lanes = [0.0; LANES];
        self.store(&mut lanes);
        lanes
    }
}

/// Lanes side by side. No arrays and no closures: what the standard library calls is not compiled for AVX.
#[derive(Debug, Clone, Copy)]
pub struct Twice<F>(F, F);

impl<F: Floats> Floats for Twice<F> {
    const WIDTH: usize = 2 * F::WIDTH;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(F::splat(value), F::splat(value))
    }
    #[inline(always)]
    fn load(from: &[f32]) -> Self {
        Self(F::load(from), F::load(&from[F::WIDTH..]))
    }
    #[inline(always)]
    fn halves(from: &[u16]) -> Self {
        Self(F::halves(from), F::halves(&from[F::WIDTH..]))
    }
    #[inline(always)]
    fn brains(from: &[u16]) -> Self {
        Self(F::brains(from), F::brains(&from[F::WIDTH..]))
    }
    #[inline(always)]
    fn small(from: &[i8]) -> Self {
        Self(F::small(from), F::small(&from[F::WIDTH..]))
    }
    #[inline(always)]
    fn store(self, to: &mut [f32]) {
        self.0.store(to);
        self.1.store(&mut to[F::WIDTH..]);
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0.add(other.0), self.1.add(other.1))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0.sub(other.0), self.1.sub(other.1))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(self.0.mul(other.0), self.1.mul(other.1))
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(self.0.div(other.0), self.1.div(other.1))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0), self.1.max(other.1))
    }
    #[inline(always)]
    fn scale_by_power(self, bits: Self) -> Self {
        Self(self.0.scale_by_power(bits.0), self.1.scale_by_power(bits.1))
    }

    type Pairs = (F::Pairs, F::Pairs);

    #[inline(always)]
    fn pair(both: i32) -> Self::Pairs {
        (F::pair(both), F::pair(both))
    }
    #[inline(always)]
    fn bytes(from: &[u8]) -> Self::Pairs {
        (F::bytes(from), F::bytes(&from[2 * F::WIDTH..]))
    }
    #[inline(always)]
    fn nibbles(from: &[u8]) -> (Self::Pairs, Self::Pairs) {
        let ((low_0, high_0), (low_1, high_1)) = (F::nibbles(from), F::nibbles(&from[2 * F::WIDTH..]));
        ((low_0, low_1), (high_0, high_1))
    }
    #[inline(always)]
    fn load_pairs(from: &[i32]) -> Self::Pairs {
        (F::load_pairs(from), F::load_pairs(&from[F::WIDTH..]))
    }
    #[inline(always)]
    fn store_pairs(pairs: Self::Pairs, to: &mut [i32]) {
        F::store_pairs(pairs.0, to);
        F::store_pairs(pairs.1, &mut to[F::WIDTH..]);
    }
    #[inline(always)]
    fn add_dot(sums: Self::Pairs, a: Self::Pairs, b: Self::Pairs) -> Self::Pairs {
        (F::add_dot(sums.0, a.0, b.0), F::add_dot(sums.1, a.1, b.1))
    }
    #[inline(always)]
    fn from_integers(integers: Self::Pairs) -> Self {
        Self(F::from_integers(integers.0), F::from_integers(integers.1))
    }
}

impl<L: Lanes> Sixteen for Twice<Twice<L>> {
    const REGISTERS: usize = 4;
    type Register = L;
}

/// Adds Σ `rows[r][i]`·`panels[q][i]` over i below `n` to `sums[r][q]`, one product after the other: the innermost loop of all products.
///
/// # Panics
/// If a row or a panel is shorter.
#[inline(always)]
pub fn add_products<S: Sixteen, const R: usize, const Q: usize>(
    sums: &mut [[S; Q]; R],
    rows: [&[f32]; R],
    panels: [&[Line]; Q],
    n: usize,
) {
    for row in rows {
        assert!(n <= row.len(), "a row is shorter than {n}");
    }
    for panel in panels {
        assert!(n <= panel.len(), "a panel is shorter than {n}");
    }
    for i in 0..n {
        for q in 0..Q {
            // SAFETY: i is below n, and no length is. Checks here, which the compiler does not always see through, cost a third of the time.
            let line = S::load(unsafe { &panels[q].get_unchecked(i).0 });
            for r in 0..R {
                // SAFETY: the same.
                let x = S::splat(unsafe { *rows[r].get_unchecked(i) });
                sums[r][q] = sums[r][q].add(x.mul(line));
            }
        }
    }
}

/// What is to be done with the widest registers. `run` and whatever it calls per number have to be `#[inline(always)]`: only what becomes a
/// part of [`widest`] is compiled for them.
pub trait Work {
    /// Does it.
    fn run<S: Sixteen>(self);
}

/// Registers that this machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registers {
    /// Those of [`Native`]: four lanes.
    Native,
    /// AVX2's: eight lanes.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512's: sixteen lanes, and sums of products of whole numbers in one instruction.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Registers {
    /// All that this machine has, the widest last.
    pub fn all() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let all = [(Self::Native, true), (Self::Avx2, avx2::is_here()), (Self::Avx512, avx512::is_here())];
        #[cfg(not(target_arch = "x86_64"))]
        let all = [(Self::Native, true)];
        all.into_iter().filter_map(|(registers, is_here)| is_here.then_some(registers))
    }

    /// Does the work with these.
    ///
    /// # Panics
    /// If this machine does not have them.
    pub fn run(self, work: impl Work) {
        match self {
            Self::Native => work.run::<Twice<Twice<Native>>>(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::run(work),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::run(work),
        }
    }
}

/// Does the work with the widest registers this machine has, which is looked up once. Each kind of work is a function of its own: where two share
/// one, a browser's engine runs out of registers.
#[inline(never)]
pub fn widest(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    if avx512::is_here() {
        return avx512::run(work);
    } else if avx2::is_here() {
        return avx2::run(work);
    }
    Registers::Native.run(work);
}
