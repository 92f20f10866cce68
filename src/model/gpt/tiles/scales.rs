//! The scales and minima of a tile's block, as narrow as the file has them.

use half::f16;

use super::PANEL;
use crate::lanes::Floats;

/// A number for each output of a tile.
pub(super) trait Scales: Clone {
    /// Zeros.
    const ZERO: Self;

    /// Those of some outputs from number `at` on.
    fn get<R: Floats>(&self, at: usize) -> R;

    /// That of an output.
    fn one(&self, output: usize) -> f32;

    /// Sets that of an output to a half times a factor.
    fn set(&mut self, output: usize, half: f16, factor: i8);
}

/// A half each.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Halves([u16; PANEL]);

impl Scales for Halves {
    const ZERO: Self = Self([0; PANEL]);

    #[inline(always)]
    fn get<R: Floats>(&self, at: usize) -> R {
        R::halves(&self.0[at..])
    }

    fn one(&self, output: usize) -> f32 {
        f16::from_bits(self.0[output]).to_f32()
    }

    fn set(&mut self, output: usize, half: f16, factor: i8) {
        debug_assert_eq!(factor, 1, "these have none");
        self.0[output] = half.to_bits();
    }
}

/// A half and a factor each.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Products {
    halves: Halves,
    factors: [i8; PANEL],
}

impl Scales for Products {
    const ZERO: Self = Self { halves: Halves::ZERO, factors: [0; PANEL] };

    #[inline(always)]
    fn get<R: Floats>(&self, at: usize) -> R {
        self.halves.get::<R>(at).mul(R::small(&self.factors[at..]))
    }

    fn one(&self, output: usize) -> f32 {
        self.halves.one(output) * f32::from(self.factors[output])
    }

    fn set(&mut self, output: usize, half: f16, factor: i8) {
        self.halves.0[output] = half.to_bits();
        self.factors[output] = factor;
    }
}
