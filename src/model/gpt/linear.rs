//! y = x·W + b: the product that nearly all of a GPT's time goes into.
//!
//! Shapes: x (T, n_in), W (n_in, n_out), b (n_out), y (T, n_out). W is kept in panels of sixteen outputs, (n_out / 16, n_in, 16), so that one
//! token reads it once from start to end, and many tokens read a panel while it is in the cache. Two or four rows at a time share each load.
//! Every output is b + Σ x_i·W_i in the order of i, one rounded f32 operation after the other: the same bits for one row or many,
//! native or wasm. Cost: T · n_in · n_out.

use super::{
    format::Format,
    narrow::{Narrow, STEP},
    tiles::{Packed, Prepared},
};
use crate::core::{memory, network::Quantised};
use crate::lanes::wide::{LANES, Line, Sixteen, Work, add_products, widest};

/// Outputs in a panel.
pub(super) const PANEL: usize = LANES;

/// Outputs of `Q` panels for `R` rows: start + Σ x_i·panel_i over the numbers of the row. Rows may end at different places, none after its panel.
///
/// An addition waits for the one before it, so several registers of sums take turns. Loops and not closures: what the standard library calls is
/// not compiled for AVX.
#[inline(always)]
fn tile<S: Sixteen, const R: usize, const Q: usize>(
    rows: [&[f32]; R],
    panels: [&[Line]; Q],
    starts: [&Line; Q],
) -> [[S; Q]; R] {
    let mut sums = [[S::splat(0.0); Q]; R];
    let mut shortest = usize::MAX;
    for r in 0..R {
        shortest = shortest.min(rows[r].len());
        for q in 0..Q {
            sums[r][q] = S::load(&starts[q].0);
        }
    }
    add_products(&mut sums, rows, panels, shortest);
    for r in 0..R {
        for i in shortest..rows[r].len() {
            for q in 0..Q {
                sums[r][q] = sums[r][q].add(S::splat(rows[r][i]).mul(S::load(&panels[q][i].0)));
            }
        }
    }
    sums
}

#[inline(always)]
pub(super) fn store<S: Sixteen>(sums: S, out: &mut [f32]) {
    if let Some(whole) = out.first_chunk_mut::<PANEL>() {
        sums.store(whole);
    } else {
        let mut padded = [0.0; PANEL];
        sums.store(&mut padded);
        out.copy_from_slice(&padded[..out.len()]);
    }
}

/// Panels one behind the other, (n, stride, 16), of which the first `x.len()` lines count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panels<'a> {
    /// The numbers.
    pub lines: &'a [Line],
    /// Lines in a panel.
    pub stride: usize,
    /// What the sums begin with, a panel each; zeros where there is none.
    pub starts: &'a [Line],
}

impl<'a> Panels<'a> {
    #[inline(always)]
    fn get(&self, panel: usize) -> (&'a [Line], &'a Line) {
        (&self.lines[panel * self.stride..][..self.stride], self.starts.get(panel).unwrap_or(&Line::ZERO))
    }

    /// One row times all panels: `out` holds an output each.
    #[inline(always)]
    pub(super) fn times_row<S: Sixteen>(&self, x: &[f32], out: &mut [f32]) {
        let n_panels = out.len().div_ceil(PANEL);
        let mut panel = 0;
        while panel < n_panels {
            panel += match (4 / S::REGISTERS).min(n_panels - panel) {
                4 => self.some_times_row::<S, 4>(panel, x, out),
                2 | 3 => self.some_times_row::<S, 2>(panel, x, out),
                _ => self.some_times_row::<S, 1>(panel, x, out),
            };
        }
    }

    /// `Q` panels from `first` on; returns Q.
    #[inline(always)]
    fn some_times_row<S: Sixteen, const Q: usize>(&self, first: usize, x: &[f32], out: &mut [f32]) -> usize {
        let panels: [_; Q] = std::array::from_fn(|q| self.get(first + q));
        let [sums] = tile::<S, 1, Q>([x], panels.map(|(panel, _)| panel), panels.map(|(_, start)| start));
        for (sum, out) in sums.into_iter().zip(out[first * PANEL..].chunks_mut(PANEL)) {
            store(sum, out);
        }
        Q
    }

    /// `R` rows times one panel: the sums of each row.
    #[inline(always)]
    pub(super) fn times_rows<S: Sixteen, const R: usize>(&self, panel: usize, rows: [&[f32]; R]) -> [S; R] {
        let (lines, start) = self.get(panel);
        tile::<S, R, 1>(rows, [lines], [start]).map(|[sums]| sums)
    }
}

/// The weights of a matrix.
#[derive(Debug, Clone, PartialEq)]
enum Weights {
    /// In panels (n_out / 16 rounded up, n_in, 16), zeros behind the last output; empty where there are none yet.
    Wide(Vec<Line>),
    /// The same, sixteen bits each.
    Narrow(Narrow),
    /// Quantised.
    Packed(Packed),
}

/// A matrix with its bias.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Linear {
    n_in: usize,
    n_out: usize,
    weights: Weights,
    /// (n_out / 16 rounded up, 16).
    bias: Vec<Line>,
}

impl Linear {
    /// No bias, and no weights yet: they come after [`make_room_for`](Self::make_room_for) with [`put`](Self::put), or after
    /// [`make_room`](Self::make_room) with [`set`](Self::set).
    pub(super) fn new(n_in: usize, n_out: usize) -> Self {
        Self { n_in, n_out, weights: Weights::Wide(Vec::new()), bias: vec![Line::ZERO; n_out.div_ceil(PANEL)] }
    }

    /// Zeros, where there are no weights yet.
    pub(super) fn make_room(&mut self) {
        if let Weights::Wide(panels) = &mut self.weights {
            panels.resize(self.n_out.div_ceil(PANEL) * self.n_in, Line::ZERO);
        }
    }

    /// Room as wide as this format needs, where there are no weights yet; none where there is no memory for it.
    pub(super) fn make_room_for(&mut self, format: Format) -> Option<()> {
        match &self.weights {
            Weights::Wide(panels) if panels.is_empty() => {}
            _ => return Some(()),
        }
        let (n_in, n_out) = (self.n_in, self.n_out);
        self.weights = match format {
            Format::F32 => Weights::Wide(memory::filled(Line::ZERO, n_out.div_ceil(PANEL) * n_in)?),
            Format::F16 | Format::Bf16 => Weights::Narrow(Narrow::new(format, n_in, n_out)?),
            _ => Weights::Packed(Packed::new(format, n_in, n_out)?),
        };
        Some(())
    }

    /// All weights of output `j`, as they are written in a file; `Err` with the first number that is none, and its place.
    pub(super) fn put(
        &mut self,
        j: usize,
        format: Format,
        bytes: &[u8],
        row: &mut Vec<f32>,
    ) -> Result<(), (usize, f32)> {
        if let Weights::Packed(packed) = &mut self.weights {
            return packed.put(j, self.n_in, format, bytes);
        }
        format.read(bytes, row);
        if let Some((i, &weight)) = row.iter().enumerate().find(|(_, weight)| !weight.is_finite()) {
            return Err((i, weight));
        }
        if let Weights::Narrow(narrow) = &mut self.weights {
            narrow.put(j, self.n_in, bytes);
        } else {
            row.iter().enumerate().for_each(|(i, &weight)| self.set(i, j, weight));
        }
        Ok(())
    }

    /// How its weights are quantised, where they are.
    pub(super) fn quantised(&self) -> Option<Quantised> {
        match &self.weights {
            Weights::Packed(packed) => Some(packed.quantised()),
            Weights::Wide(_) | Weights::Narrow(_) => None,
        }
    }

    /// The weights of output `j` as [`Network::read_quantised`](crate::core::network::Network::read_quantised) has them, where they are quantised.
    pub(super) fn read_quantised(&self, j: usize, out: &mut [u32]) {
        if let Weights::Packed(packed) = &self.weights {
            packed.words(j, out);
        }
    }

    /// Outputs.
    pub(super) fn n_out(&self) -> usize {
        self.n_out
    }

    /// Sets W_ij, after [`make_room`](Self::make_room).
    #[inline(always)]
    pub(super) fn set(&mut self, i: usize, j: usize, weight: f32) {
        if let Weights::Wide(panels) = &mut self.weights {
            panels[(j / PANEL) * self.n_in + i].0[j % PANEL] = weight;
        }
    }

    /// Sets b_j.
    pub(super) fn set_bias(&mut self, j: usize, bias: f32) {
        self.bias[j / PANEL].0[j % PANEL] = bias;
    }

    /// Column j of W, (n_in): as an embedding's row, where the matrix is tied to one.
    pub(super) fn column(&self, j: usize, out: &mut [f32]) {
        match &self.weights {
            Weights::Packed(packed) => packed.column(j, out),
            Weights::Narrow(narrow) => narrow.column(j, out),
            Weights::Wide(panels) => {
                let lines = &panels[(j / PANEL) * self.n_in..][..self.n_in];
                out.iter_mut().zip(lines).for_each(|(out, line)| *out = line.0[j % PANEL]);
            }
        }
    }

    /// b, (n_out).
    pub(super) fn bias(&self) -> impl Iterator<Item = f32> {
        self.bias.iter().flat_map(|line| line.0).take(self.n_out)
    }

    /// (T, n_in) → (T, n_out), which `out` then holds.
    pub(super) fn apply(&self, x: &[f32], prepared: &mut Prepared, out: &mut Vec<f32>) {
        out.resize(x.len() / self.n_in * self.n_out, 0.0);
        self.write(x, prepared, out);
    }

    /// (T, n_in) → (T, n_out). `prepared` is memory of the caller's.
    pub(super) fn write(&self, x: &[f32], prepared: &mut Prepared, out: &mut [f32]) {
        let Self { n_in, n_out, ref bias, .. } = *self;
        match &self.weights {
            Weights::Packed(packed) => packed.write(bias, x, n_in, prepared, out),
            Weights::Wide(lines) => times(Panels { lines, stride: n_in, starts: bias }, x, (out, 0, n_out)),
            Weights::Narrow(narrow) => {
                for (step, starts) in bias.chunks(STEP).enumerate() {
                    let lines = narrow.widened(step, n_in, &mut prepared.panels);
                    times(Panels { lines, stride: n_in, starts }, x, (out, step * STEP * PANEL, n_out));
                }
            }
        }
    }
}

/// Some panels times x: outputs (T, n_out) from number `first` on.
fn times(panels: Panels<'_>, x: &[f32], (out, first, n_out): (&mut [f32], usize, usize)) {
    if x.len() == panels.stride {
        let end = n_out.min(first + panels.starts.len() * PANEL);
        widest(TimesRow { panels, x, out: &mut out[first..end] });
    } else {
        widest(TimesRows { panels, x, out, first, n_out });
    }
}

/// [`Linear::write`] for one row.
struct TimesRow<'a> {
    panels: Panels<'a>,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl Work for TimesRow<'_> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        self.panels.times_row::<S>(self.x, self.out);
    }
}

/// [`Linear::write`] for many rows.
struct TimesRows<'a> {
    panels: Panels<'a>,
    x: &'a [f32],
    out: &'a mut [f32],
    first: usize,
    n_out: usize,
}

impl Work for TimesRows<'_> {
    #[inline(always)]
    fn run<S: Sixteen>(mut self) {
        let n_rows = self.x.len() / self.panels.stride;
        for panel in 0..self.panels.starts.len() {
            let mut row = 0;
            while row < n_rows {
                row += match (8 / S::REGISTERS).min(n_rows - row) {
                    8 => self.some::<S, 8>(panel, row),
                    4..8 => self.some::<S, 4>(panel, row),
                    2 | 3 => self.some::<S, 2>(panel, row),
                    _ => self.some::<S, 1>(panel, row),
                };
            }
        }
    }
}

impl TimesRows<'_> {
    /// `R` rows from `first` on, times one panel; returns R.
    #[inline(always)]
    fn some<S: Sixteen, const R: usize>(&mut self, panel: usize, first: usize) -> usize {
        let n_in = self.panels.stride;
        let rows = std::array::from_fn(|r| &self.x[(first + r) * n_in..][..n_in]);
        let at = self.first + panel * PANEL;
        let outputs = at..self.n_out.min(at + PANEL);
        for (r, sums) in self.panels.times_rows::<S, R>(panel, rows).into_iter().enumerate() {
            store(sums, &mut self.out[(first + r) * self.n_out..][outputs.clone()]);
        }
        R
    }
}
