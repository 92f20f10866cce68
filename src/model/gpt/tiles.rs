//! Matrices of quantised weights, multiplied as they are.
//!
//! A tile is sixteen outputs; it is kept in blocks of some inputs: for each output a scale d, where it has one a minimum m, and the whole numbers
//! q, so that weight = d·q + m. A block adds (Σ x·q)·d + (Σ x)·m to its outputs, each step one rounded f32 operation: the same bits for one
//! row or many, native or wasm. Several q share a word of sixteen bits. They are never shifted down where x can be scaled instead, by a power
//! of two, which rounds nothing.
//! Cost: T · n_in · n_out products. Test: tests/it/tiles.rs.

mod pack;
mod product;

use crate::lanes::{
    Floats,
    wide::{LANES, Line, Sixteen},
};

pub(super) use self::pack::Packed;
use self::product::write;

/// Outputs of a tile.
const PANEL: usize = LANES;

/// Inputs of the longest block.
const MOST_INPUTS: usize = 32;

/// The most registers that sixteen numbers take.
const MOST_REGISTERS: usize = 4;

/// Sixteen words, one an output.
type Words = [u16; PANEL];

/// 32 inputs of four bits each: word g holds q of inputs 4g to 4g + 3, the first in its lowest bits.
#[derive(Debug, Clone, PartialEq)]
#[repr(C, align(64))]
pub(super) struct Nibbles {
    scales: Line,
    minima: Line,
    words: [Words; 8],
}

/// `2·N` inputs of eight bits each: word g holds q + 128 of inputs 2g and 2g + 1, the first in its lower half.
#[derive(Debug, Clone, PartialEq)]
#[repr(C, align(64))]
pub(super) struct Bytes<const N: usize> {
    scales: Line,
    words: [Words; N],
}

/// What a product reads of its rows x (T, n_in).
#[derive(Debug, Clone, Default)]
pub(super) struct Prepared {
    /// (T, n_in), times the power of two that each place in a word needs.
    scaled: Vec<f32>,
    /// (T, blocks): Σ x of each block.
    sums: Vec<f32>,
    /// (T, 16): the outputs of a tile so far.
    outputs: Vec<Line>,
}

/// Sums of a block for sixteen outputs, in as many registers as they take.
type Registers<R> = [R; MOST_REGISTERS];

/// A block of a tile.
pub(super) trait Block: Clone {
    /// How many inputs it has.
    const INPUTS: usize;
    /// What x is multiplied by, by its place in a word.
    const POWERS: &'static [f32];
    /// What Σ x·q begins with, in sums of the block's x.
    const START: f32;

    /// No weights.
    const ZERO: Self;

    /// Adds Σ x·q over the inputs to the sums.
    fn add<S: Sixteen>(&self, x: &[f32], sums: &mut Registers<S::Register>);

    /// q of every input as numbers, as far up in their words as they are.
    fn lines<S: Sixteen>(&self, out: &mut [Line; MOST_INPUTS]);

    /// `before` + sums·d + sum·m, where there is an m.
    fn finish<R: Floats>(&self, at: usize, before: R, sums: R, sum: R) -> R;

    /// The weight of an input and an output.
    fn weight(&self, input: usize, output: usize) -> f32;
}

impl Block for Nibbles {
    const INPUTS: usize = 32;
    const POWERS: &'static [f32] = &[1.0, 1.0 / 16.0, 1.0 / 256.0, 1.0];
    const START: f32 = 0.0;
    const ZERO: Self = Self { scales: Line::ZERO, minima: Line::ZERO, words: [[0; PANEL]; 8] };

    #[inline(always)]
    fn add<S: Sixteen>(&self, x: &[f32], sums: &mut Registers<S::Register>) {
        for (words, x) in self.words.iter().zip(x.as_chunks::<4>().0) {
            let (x0, x1) = (S::Register::splat(x[0]), S::Register::splat(x[1]));
            let (x2, x3) = (S::Register::splat(x[2]), S::Register::splat(x[3]));
            for g in 0..S::REGISTERS {
                let word = S::Register::words(&words[g * S::Register::WIDTH..]);
                sums[g] = sums[g].add(S::Register::masked::<0xf>(word).mul(x0));
                sums[g] = sums[g].add(S::Register::masked::<0xf0>(word).mul(x1));
                sums[g] = sums[g].add(S::Register::masked::<0xf00>(word).mul(x2));
                sums[g] = sums[g].add(S::Register::shifted::<12>(word).mul(x3));
            }
        }
    }

    #[inline(always)]
    fn lines<S: Sixteen>(&self, out: &mut [Line; MOST_INPUTS]) {
        for (words, out) in self.words.iter().zip(out.as_chunks_mut::<4>().0) {
            for g in 0..S::REGISTERS {
                let at = g * S::Register::WIDTH;
                let word = S::Register::words(&words[at..]);
                S::Register::masked::<0xf>(word).store(&mut out[0].0[at..]);
                S::Register::masked::<0xf0>(word).store(&mut out[1].0[at..]);
                S::Register::masked::<0xf00>(word).store(&mut out[2].0[at..]);
                S::Register::shifted::<12>(word).store(&mut out[3].0[at..]);
            }
        }
    }

    #[inline(always)]
    fn finish<R: Floats>(&self, at: usize, before: R, sums: R, sum: R) -> R {
        before.add(sums.mul(R::load(&self.scales.0[at..])).add(R::load(&self.minima.0[at..]).mul(sum)))
    }

    fn weight(&self, input: usize, output: usize) -> f32 {
        let q = self.words[input / 4][output] >> (input % 4 * 4) & 0xf;
        self.scales.0[output] * f32::from(q) + self.minima.0[output]
    }
}

impl<const N: usize> Block for Bytes<N> {
    const INPUTS: usize = 2 * N;
    const POWERS: &'static [f32] = &[1.0, 1.0];
    const START: f32 = -128.0;
    const ZERO: Self = Self { scales: Line::ZERO, words: [[0x8080; PANEL]; N] };

    #[inline(always)]
    fn add<S: Sixteen>(&self, x: &[f32], sums: &mut Registers<S::Register>) {
        for (words, x) in self.words.iter().zip(x.as_chunks::<2>().0) {
            let (x0, x1) = (S::Register::splat(x[0]), S::Register::splat(x[1]));
            for g in 0..S::REGISTERS {
                let word = S::Register::words(&words[g * S::Register::WIDTH..]);
                sums[g] = sums[g].add(S::Register::masked::<0xff>(word).mul(x0));
                sums[g] = sums[g].add(S::Register::shifted::<8>(word).mul(x1));
            }
        }
    }

    #[inline(always)]
    fn lines<S: Sixteen>(&self, out: &mut [Line; MOST_INPUTS]) {
        for (words, out) in self.words.iter().zip(out.as_chunks_mut::<2>().0) {
            for g in 0..S::REGISTERS {
                let at = g * S::Register::WIDTH;
                let word = S::Register::words(&words[at..]);
                S::Register::masked::<0xff>(word).store(&mut out[0].0[at..]);
                S::Register::shifted::<8>(word).store(&mut out[1].0[at..]);
            }
        }
    }

    #[inline(always)]
    fn finish<R: Floats>(&self, at: usize, before: R, sums: R, _: R) -> R {
        before.add(sums.mul(R::load(&self.scales.0[at..])))
    }

    fn weight(&self, input: usize, output: usize) -> f32 {
        let q = f32::from(self.words[input / 2][output] >> (input % 2 * 8) & 0xff) - 128.0;
        self.scales.0[output] * q
    }
}

impl Prepared {
    /// Reads x (T, n_in).
    fn read<B: Block>(&mut self, x: &[f32]) {
        self.scaled.clear();
        self.sums.clear();
        for x in x.chunks_exact(B::INPUTS) {
            let mut sums = [0.0; 4];
            for x in x.as_chunks::<4>().0 {
                sums.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
            }
            self.sums.push((sums[0] + sums[2]) + (sums[1] + sums[3]));
            for x in x.chunks_exact(B::POWERS.len()) {
                self.scaled.extend(x.iter().zip(B::POWERS).map(|(x, power)| x * power));
            }
        }
    }
}
