//! A matrix in tiles times one row, or many.

use super::{Block, MOST_PAIRS, MOST_REGISTERS, PANEL, Pair, Prepared, add_pair, prepare::Digits, splat};
use crate::lanes::{
    Floats,
    wide::{Line, Sixteen, Work, widest},
};

/// What a lower digit counts beside an upper one.
const LOWER: f32 = 1.0 / 4096.0;

/// `blocks` (n_out / 16, n_in / 2·PAIRS) times x (T, n_in) and a bias, a line a tile → `out` (T, n_out).
pub(super) fn write<B: Block>(
    blocks: &[B],
    bias: &[Line],
    x: &[f32],
    n_in: usize,
    prepared: &mut Prepared,
    out: &mut [f32],
) {
    let n_rows = x.len() / n_in;
    if n_rows == 0 {
        return;
    }
    prepared.read(x, B::PAIRS);
    let Prepared { digits, scales, sums, outputs, .. } = prepared;
    let tiles = Tiles { blocks, n_blocks: n_in / (2 * B::PAIRS), bias };
    let rows = Rows { digits, scales, sums };
    if n_rows == 1 {
        widest(TimesRow { tiles, rows, out });
    } else {
        outputs.resize(n_rows, Line::ZERO);
        widest(TimesRows { tiles, rows, n_out: out.len() / n_rows, outputs, out });
    }
}

/// A matrix.
#[derive(Clone, Copy)]
struct Tiles<'a, B> {
    blocks: &'a [B],
    /// In a tile.
    n_blocks: usize,
    /// What the outputs begin with.
    bias: &'a [Line],
}

/// What is prepared of x: digits (T, blocks, PAIRS), scales and sums (T, blocks).
#[derive(Clone, Copy)]
struct Rows<'a> {
    digits: &'a [Digits],
    scales: &'a [f32],
    sums: &'a [f32],
}

/// Outputs with what a block adds to them: sums·d, and sum·m where it has an m.
#[inline(always)]
fn finish<R: Floats, B: Block>(before: R, sums: Pair<R>, (d, m): (R, R), (scale, sum): (f32, f32)) -> R {
    let (upper, lower) = (R::from_integers(sums.0), R::from_integers(sums.1));
    let product = upper.add(lower.mul(R::splat(LOWER))).mul(R::splat(scale)).mul(d);
    before.add(if B::HAS_MINIMA { product.add(m.mul(R::splat(sum))) } else { product })
}

/// [`write`] for one row.
struct TimesRow<'a, B> {
    tiles: Tiles<'a, B>,
    rows: Rows<'a>,
    out: &'a mut [f32],
}

impl<B: Block> Work for TimesRow<'_, B> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        let Tiles { blocks, n_blocks, bias } = self.tiles;
        let Rows { digits, scales, sums } = self.rows;
        for ((tile, bias), out) in blocks.chunks_exact(n_blocks).zip(bias).zip(self.out.chunks_mut(PANEL)) {
            let mut outputs = [S::Register::splat(0.0); MOST_REGISTERS];
            for (outputs, bias) in outputs.iter_mut().zip(bias.0.chunks_exact(S::Register::WIDTH)) {
                *outputs = S::Register::load(bias);
            }
            let rows = digits.chunks_exact(B::PAIRS).zip(scales).zip(sums);
            for (block, ((digits, &scale), &sum)) in tile.iter().zip(rows) {
                let mut sums = [(S::Register::pair(0), S::Register::pair(0)); MOST_REGISTERS];
                block.add::<S>(digits, &mut sums);
                for g in 0..S::REGISTERS {
                    let at = g * S::Register::WIDTH;
                    let numbers = (block.scales(at), block.minima(at));
                    outputs[g] = finish::<S::Register, B>(outputs[g], sums[g], numbers, (scale, sum));
                }
            }
            let mut line = Line::ZERO;
            for (outputs, line) in outputs.iter().zip(line.0.chunks_exact_mut(S::Register::WIDTH)) {
                outputs.store(line);
            }
            out.copy_from_slice(&line.0[..out.len()]);
        }
    }
}

/// [`write`] for many rows.
struct TimesRows<'a, B> {
    tiles: Tiles<'a, B>,
    rows: Rows<'a>,
    n_out: usize,
    outputs: &'a mut [Line],
    out: &'a mut [f32],
}

impl<B: Block> Work for TimesRows<'_, B> {
    #[inline(always)]
    fn run<S: Sixteen>(mut self) {
        let Tiles { blocks, n_blocks, bias } = self.tiles;
        for (tile, (blocks, bias)) in blocks.chunks_exact(n_blocks).zip(bias).enumerate() {
            self.outputs.fill(*bias);
            let mut wide = Wide { pairs: [[0; PANEL]; MOST_PAIRS], scales: Line::ZERO, minima: Line::ZERO };
            for (at, block) in blocks.iter().enumerate() {
                wide.read::<S, B>(block);
                let mut row = 0;
                while row < self.outputs.len() {
                    row += match (4 / S::REGISTERS).min(self.outputs.len() - row) {
                        4 => self.rows::<S, 4>(&wide, at, row),
                        2 | 3 => self.rows::<S, 2>(&wide, at, row),
                        _ => self.rows::<S, 1>(&wide, at, row),
                    };
                }
            }
            let places = tile * PANEL..self.n_out.min((tile + 1) * PANEL);
            for (line, out) in self.outputs.iter().zip(self.out.chunks_exact_mut(self.n_out)) {
                out[places.clone()].copy_from_slice(&line.0[..places.len()]);
            }
        }
    }
}

/// A block in full width: what many rows share.
struct Wide {
    pairs: [[i32; PANEL]; MOST_PAIRS],
    scales: Line,
    minima: Line,
}

impl Wide {
    #[inline(always)]
    fn read<S: Sixteen, B: Block>(&mut self, block: &B) {
        block.pairs::<S>(&mut self.pairs);
        for g in 0..S::REGISTERS {
            let at = g * S::Register::WIDTH;
            block.scales::<S::Register>(at).store(&mut self.scales.0[at..]);
            block.minima::<S::Register>(at).store(&mut self.minima.0[at..]);
        }
    }
}

impl<B: Block> TimesRows<'_, B> {
    /// `R` rows from `first` on, which share each load, times block number `at` of a tile; returns R. A sum waits for the one before it, so
    /// those of several rows take turns.
    #[inline(always)]
    fn rows<S: Sixteen, const R: usize>(&mut self, block: &Wide, at: usize, first: usize) -> usize {
        let places: [usize; R] = std::array::from_fn(|r| (first + r) * self.tiles.n_blocks + at);
        let Rows { digits, scales, sums: rows } = self.rows;
        let digits: [&[Digits]; R] = std::array::from_fn(|r| &digits[places[r] * B::PAIRS..][..B::PAIRS]);
        let none = (S::Register::pair(0), S::Register::pair(0));
        let mut sums = [[none; MOST_REGISTERS]; R];
        for (i, q) in block.pairs.iter().enumerate().take(B::PAIRS) {
            let mut x = [none; R];
            for r in 0..R {
                x[r] = splat::<S::Register>(&digits[r][i]);
            }
            for g in 0..S::REGISTERS {
                let q = S::Register::load_pairs(&q[g * S::Register::WIDTH..]);
                for r in 0..R {
                    add_pair::<S::Register>(&mut sums[r][g], q, x[r]);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let line = &mut self.outputs[first + r].0;
            let numbers = (scales[places[r]], rows[places[r]]);
            for (g, &sums) in sums.iter().enumerate().take(S::REGISTERS) {
                let lanes = g * S::Register::WIDTH..;
                let before = S::Register::load(&line[lanes.clone()]);
                let d = S::Register::load(&block.scales.0[lanes.clone()]);
                let m = S::Register::load(&block.minima.0[lanes.clone()]);
                finish::<S::Register, B>(before, sums, (d, m), numbers).store(&mut line[lanes]);
            }
        }
        R
    }
}
