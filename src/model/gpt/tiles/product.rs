//! A matrix in tiles times one row, or many.

use super::{Block, MOST_INPUTS, MOST_REGISTERS, PANEL, Prepared};
use crate::lanes::{
    Floats,
    wide::{Line, Sixteen, Work, add_products, widest},
};

/// `blocks` (n_out / 16, n_in / INPUTS) times x (T, n_in) and a bias, a line a tile → `out` (T, n_out).
pub(super) fn write<B: Block>(
    blocks: &[B],
    bias: &[Line],
    x: &[f32],
    n_in: usize,
    prepared: &mut Prepared,
    out: &mut [f32],
) {
    prepared.read::<B>(x);
    let n_rows = x.len() / n_in;
    let tiles = Tiles { blocks, n_blocks: n_in / B::INPUTS, bias };
    if n_rows == 1 {
        widest(TimesRow { tiles, x: &prepared.scaled, sums: &prepared.sums, out });
    } else {
        let Prepared { scaled, sums, outputs } = prepared;
        outputs.resize(n_rows, Line::ZERO);
        widest(TimesRows { tiles, n_in, n_out: out.len() / n_rows, x: scaled, sums, outputs, out });
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

/// [`write`] for one row.
struct TimesRow<'a, B> {
    tiles: Tiles<'a, B>,
    x: &'a [f32],
    sums: &'a [f32],
    out: &'a mut [f32],
}

impl<B: Block> Work for TimesRow<'_, B> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        let Tiles { blocks, n_blocks, bias } = self.tiles;
        for ((tile, bias), out) in blocks.chunks_exact(n_blocks).zip(bias).zip(self.out.chunks_mut(PANEL)) {
            let mut outputs = [S::Register::splat(0.0); MOST_REGISTERS];
            for (outputs, bias) in outputs.iter_mut().zip(bias.0.chunks_exact(S::Register::WIDTH)) {
                *outputs = S::Register::load(bias);
            }
            for ((block, x), &sum) in tile.iter().zip(self.x.chunks_exact(B::INPUTS)).zip(self.sums) {
                let mut sums = [S::Register::splat(B::START * sum); MOST_REGISTERS];
                block.add::<S>(x, &mut sums);
                let sum = S::Register::splat(sum);
                for g in 0..S::REGISTERS {
                    outputs[g] = block.finish(g * S::Register::WIDTH, outputs[g], sums[g], sum);
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
    n_in: usize,
    n_out: usize,
    x: &'a [f32],
    sums: &'a [f32],
    outputs: &'a mut [Line],
    out: &'a mut [f32],
}

impl<B: Block> Work for TimesRows<'_, B> {
    #[inline(always)]
    fn run<S: Sixteen>(mut self) {
        let Tiles { blocks, n_blocks, bias } = self.tiles;
        let n_rows = self.outputs.len();
        for (tile, (blocks, bias)) in blocks.chunks_exact(n_blocks).zip(bias).enumerate() {
            self.outputs.fill(*bias);
            let mut lines = [Line::ZERO; MOST_INPUTS];
            for (at, block) in blocks.iter().enumerate() {
                block.lines::<S>(&mut lines);
                let mut row = 0;
                while row < n_rows {
                    row += match (8 / S::REGISTERS).min(n_rows - row) {
                        4 => self.some::<S, 4>(block, &lines, at, row),
                        2 | 3 => self.some::<S, 2>(block, &lines, at, row),
                        _ => self.some::<S, 1>(block, &lines, at, row),
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

impl<B: Block> TimesRows<'_, B> {
    /// `R` rows from `first` on, times block number `at` of a tile; returns R.
    #[inline(always)]
    fn some<S: Sixteen, const R: usize>(
        &mut self,
        block: &B,
        lines: &[Line; MOST_INPUTS],
        at: usize,
        first: usize,
    ) -> usize {
        let (mut rows, mut sums, mut starts) = ([&[][..]; R], [[S::splat(0.0); 1]; R], [0.0; R]);
        for r in 0..R {
            rows[r] = &self.x[(first + r) * self.n_in + at * B::INPUTS..][..B::INPUTS];
            starts[r] = self.sums[(first + r) * self.tiles.n_blocks + at];
            sums[r] = [S::splat(B::START * starts[r])];
        }
        add_products(&mut sums, rows, [&lines[..B::INPUTS]], B::INPUTS);
        for r in 0..R {
            let line = &mut self.outputs[first + r].0;
            block.finish(0, S::load(line), sums[r][0], S::splat(starts[r])).store(line);
        }
        R
    }
}
