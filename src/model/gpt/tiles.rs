//! Matrices of quantised weights, multiplied as they are.
//!
//! A tile is sixteen outputs; it is kept in blocks of some inputs: for each output a scale d, where it has one a minimum m, and the whole numbers
//! q, so that weight = d·q + m. d and m are kept in the file's sixteen bits, or eight more, and become f32 in registers. The x of a block are whole numbers, too: v of 24 bits times a scale of their own, so that Σ v·q is exact in
//! any order. A block adds (Σ v·q)·scale·d + (Σ v)·scale·m to its outputs, each step one rounded f32 operation: the same bits for one
//! row or many, native or wasm. v is two digits of twelve bits, because there is an instruction for products of sixteen bits.
//! An x is off by at most 2⁻²⁴ of the block's largest, as much as an f32 of that size may be. Blocks below 2⁻¹⁰⁰ count as 0.
//! Cost: T · n_in · n_out products. Test: tests/it/gguf.rs.

mod pack;
mod prepare;
mod product;
mod scales;

use crate::lanes::{
    Floats,
    wide::{LANES, Sixteen},
};

pub(super) use self::{pack::Packed, prepare::Prepared};
use self::{prepare::Digits, product::write, scales::Scales};

/// Outputs of a tile.
const PANEL: usize = LANES;

/// Two bytes for each output.
type Bytes2 = [u8; 2 * PANEL];

/// Pairs of inputs in the longest block.
const MOST_PAIRS: usize = 16;

/// The most registers that sixteen numbers take.
const MOST_REGISTERS: usize = 4;

/// 32 inputs of four bits each: group g holds q of inputs 4g to 4g + 3, the first two in the lower halves of its bytes.
#[derive(Debug, Clone, PartialEq)]
#[repr(C, align(32))]
pub(super) struct Nibbles<D> {
    scales: D,
    minima: D,
    groups: [Bytes2; 8],
}

/// `2·N` inputs of eight bits each: pair p holds q of inputs 2p and 2p + 1, signed.
#[derive(Debug, Clone, PartialEq)]
#[repr(C, align(16))]
pub(super) struct Bytes<D, const N: usize> {
    scales: D,
    pairs: [Bytes2; N],
}

/// Something of the upper and of the lower digits of v.
type Pair<R> = (<R as Floats>::Pairs, <R as Floats>::Pairs);

/// Σ v·q for sixteen outputs, in as many registers as they take.
type Sums<R> = [Pair<R>; MOST_REGISTERS];

/// A block of a tile.
trait Block: Clone {
    /// How many pairs of inputs it has.
    const PAIRS: usize;

    /// No weights.
    const ZERO: Self;

    /// Adds Σ v·q over the inputs to the sums.
    fn add<S: Sixteen>(&self, x: &[Digits], sums: &mut Sums<S::Register>);

    /// The two q of every pair of inputs.
    fn pairs<S: Sixteen>(&self, out: &mut [[i32; PANEL]; MOST_PAIRS]);

    /// Whether it has an m.
    const HAS_MINIMA: bool;

    /// d of some outputs from number `at` on.
    fn scales<R: Floats>(&self, at: usize) -> R;

    /// m of them; zeros where there is none.
    fn minima<R: Floats>(&self, at: usize) -> R;

    /// q of an input and an output, of eight bits in two's complement.
    fn q(&self, input: usize, output: usize) -> u8;

    /// d of an output.
    fn scale(&self, output: usize) -> f32;

    /// m of an output, or 0.
    fn minimum(&self, output: usize) -> f32;

    /// The weight of an input and an output.
    fn weight(&self, input: usize, output: usize) -> f32;
}

/// Adds the products with a pair of inputs.
#[inline(always)]
fn add_pair<R: Floats>(sums: &mut Pair<R>, q: R::Pairs, (upper, lower): Pair<R>) {
    sums.0 = R::add_dot(sums.0, q, upper);
    sums.1 = R::add_dot(sums.1, q, lower);
}

/// A pair of inputs for all lanes.
#[inline(always)]
fn splat<R: Floats>(digits: &Digits) -> Pair<R> {
    (R::pair(digits.upper), R::pair(digits.lower))
}

impl<D: Scales> Block for Nibbles<D> {
    const PAIRS: usize = 16;
    const ZERO: Self = Self { scales: D::ZERO, minima: D::ZERO, groups: [[0; 2 * PANEL]; 8] };
    const HAS_MINIMA: bool = true;

    #[inline(always)]
    fn add<S: Sixteen>(&self, x: &[Digits], sums: &mut Sums<S::Register>) {
        for (bytes, [x0, x1]) in self.groups.iter().zip(x.as_chunks::<2>().0) {
            let (x0, x1) = (splat::<S::Register>(x0), splat::<S::Register>(x1));
            for g in 0..S::REGISTERS {
                let (low, high) = S::Register::nibbles(&bytes[2 * g * S::Register::WIDTH..]);
                add_pair::<S::Register>(&mut sums[g], low, x0);
                add_pair::<S::Register>(&mut sums[g], high, x1);
            }
        }
    }

    #[inline(always)]
    fn pairs<S: Sixteen>(&self, out: &mut [[i32; PANEL]; MOST_PAIRS]) {
        for (bytes, out) in self.groups.iter().zip(out.as_chunks_mut::<2>().0) {
            for g in 0..S::REGISTERS {
                let at = g * S::Register::WIDTH;
                let (low, high) = S::Register::nibbles(&bytes[2 * at..]);
                S::Register::store_pairs(low, &mut out[0][at..]);
                S::Register::store_pairs(high, &mut out[1][at..]);
            }
        }
    }

    #[inline(always)]
    fn scales<R: Floats>(&self, at: usize) -> R {
        self.scales.get(at)
    }

    #[inline(always)]
    fn minima<R: Floats>(&self, at: usize) -> R {
        self.minima.get(at)
    }

    fn q(&self, input: usize, output: usize) -> u8 {
        let byte = self.groups[input / 4][2 * output + input % 2];
        byte >> (input % 4 / 2 * 4) & 0xf
    }

    fn scale(&self, output: usize) -> f32 {
        self.scales.one(output)
    }

    fn minimum(&self, output: usize) -> f32 {
        self.minima.one(output)
    }

    fn weight(&self, input: usize, output: usize) -> f32 {
        self.scale(output) * f32::from(self.q(input, output)) + self.minimum(output)
    }
}

impl<D: Scales, const N: usize> Block for Bytes<D, N> {
    const PAIRS: usize = N;
    const ZERO: Self = Self { scales: D::ZERO, pairs: [[0; 2 * PANEL]; N] };
    const HAS_MINIMA: bool = false;

    #[inline(always)]
    fn add<S: Sixteen>(&self, x: &[Digits], sums: &mut Sums<S::Register>) {
        for (bytes, x) in self.pairs.iter().zip(x) {
            let x = splat::<S::Register>(x);
            for g in 0..S::REGISTERS {
                add_pair::<S::Register>(&mut sums[g], S::Register::bytes(&bytes[2 * g * S::Register::WIDTH..]), x);
            }
        }
    }

    #[inline(always)]
    fn pairs<S: Sixteen>(&self, out: &mut [[i32; PANEL]; MOST_PAIRS]) {
        for (bytes, out) in self.pairs.iter().zip(out) {
            for g in 0..S::REGISTERS {
                let at = g * S::Register::WIDTH;
                S::Register::store_pairs(S::Register::bytes(&bytes[2 * at..]), &mut out[at..]);
            }
        }
    }

    #[inline(always)]
    fn scales<R: Floats>(&self, at: usize) -> R {
        self.scales.get(at)
    }

    #[inline(always)]
    fn minima<R: Floats>(&self, _: usize) -> R {
        R::splat(0.0)
    }

    fn q(&self, input: usize, output: usize) -> u8 {
        self.pairs[input / 2][2 * output + input % 2]
    }

    fn scale(&self, output: usize) -> f32 {
        self.scales.one(output)
    }

    fn minimum(&self, _: usize) -> f32 {
        0.0
    }

    fn weight(&self, input: usize, output: usize) -> f32 {
        self.scale(output) * f32::from(self.q(input, output).cast_signed())
    }
}
