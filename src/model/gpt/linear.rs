//! y = x·W + b: the product that nearly all of a GPT's time goes into.
//!
//! Shapes: x (T, n_in), W (n_in, n_out), b (n_out), y (T, n_out). W is kept in panels of sixteen outputs, (n_out / 16, n_in, 16), so that one
//! token reads it once from start to end, and many tokens read a panel while it is in the cache. Two or four rows at a time share each load.
//! Every output is b + Σ x_i·W_i in the order of i, one rounded f32 operation after the other: the same bits for one row or many,
//! native or wasm. Cost: T · n_in · n_out.

use crate::lanes::wide::{LANES, Sixteen, Work, widest};

/// Outputs in a panel.
pub(super) const PANEL: usize = LANES;

/// A panel's outputs for `R` rows and `Q` panels: start + Σ x_i·panel_i over the shorter of row and panel.
///
/// An addition waits for the one before it, so eight registers of sums take turns; sixteen is all that many machines have. Loops and not
/// closures: what the standard library calls is not compiled for AVX.
#[inline(always)]
fn tile<S: Sixteen, const R: usize, const Q: usize>(
    rows: [&[f32]; R],
    panels: [&[f32]; Q],
    starts: [&[f32; PANEL]; Q],
) -> [[S; Q]; R] {
    let mut n = usize::MAX;
    for row in rows {
        n = n.min(row.len());
    }
    for panel in panels {
        n = n.min(panel.len() / PANEL);
    }
    let rows: [&[f32]; R] = std::array::from_fn(|r| &rows[r][..n]);
    let panels: [&[[f32; PANEL]]; Q] = std::array::from_fn(|q| &panels[q].as_chunks().0[..n]);
    let mut sums = [[S::splat(0.0); Q]; R];
    for sums in &mut sums {
        for (sum, start) in sums.iter_mut().zip(starts) {
            *sum = S::load(start);
        }
    }
    for i in 0..n {
        for q in 0..Q {
            let weights = S::load(&panels[q][i]);
            for r in 0..R {
                sums[r][q] = sums[r][q].add(S::splat(rows[r][i]).mul(weights));
            }
        }
    }
    sums
}

#[inline(always)]
fn store<S: Sixteen>(sums: S, out: &mut [f32]) {
    if let Some(whole) = out.first_chunk_mut::<PANEL>() {
        sums.store(whole);
    } else {
        let mut room = [0.0; PANEL];
        sums.store(&mut room);
        out.copy_from_slice(&room[..out.len()]);
    }
}

/// Panels one behind the other, (n, stride, 16), of which the first `x.len()` sixteens count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panels<'a> {
    /// The numbers.
    pub numbers: &'a [f32],
    /// Sixteens in a panel.
    pub stride: usize,
    /// What the sums begin with, a panel each; zeros where there is none.
    pub starts: &'a [[f32; PANEL]],
}

impl<'a> Panels<'a> {
    #[inline(always)]
    fn get(&self, panel: usize) -> (&'a [f32], &'a [f32; PANEL]) {
        let len = self.stride * PANEL;
        (&self.numbers[panel * len..][..len], self.starts.get(panel).unwrap_or(&[0.0; PANEL]))
    }

    /// One row times all panels: `out` holds an output each.
    #[inline(always)]
    pub(super) fn times_row<S: Sixteen>(&self, x: &[f32], out: &mut [f32]) {
        let n_panels = out.len().div_ceil(PANEL);
        let abreast = 8 / S::REGISTERS;
        let mut panel = 0;
        while panel < n_panels {
            panel += match abreast.min(n_panels - panel) {
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

    /// `R` rows of x times one panel: rows of `out` are `n_out` long.
    #[inline(always)]
    fn times_rows<S: Sixteen, const R: usize>(&self, panel: usize, x: &[f32], out: &mut [f32], n_out: usize) {
        let (numbers, start) = self.get(panel);
        let n_in = self.stride;
        let sums = tile::<S, R, 1>(std::array::from_fn(|r| &x[r * n_in..][..n_in]), [numbers], [start]);
        let outputs = panel * PANEL..n_out.min((panel + 1) * PANEL);
        for (r, [sum]) in sums.into_iter().enumerate() {
            store(sum, &mut out[r * n_out..][outputs.clone()]);
        }
    }
}

/// A matrix with its bias.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Linear {
    n_in: usize,
    n_out: usize,
    /// (n_out / 16 rounded up, n_in, 16), zeros behind the last output.
    panels: Vec<f32>,
    /// (n_out / 16 rounded up, 16).
    bias: Vec<[f32; PANEL]>,
}

impl Linear {
    /// Zeros, to be filled by [`set`](Self::set) and [`set_bias`](Self::set_bias).
    pub(super) fn new(n_in: usize, n_out: usize) -> Self {
        let n_panels = n_out.div_ceil(PANEL);
        Self { n_in, n_out, panels: vec![0.0; n_panels * n_in * PANEL], bias: vec![[0.0; PANEL]; n_panels] }
    }

    /// Sets W_ij.
    #[inline(always)]
    pub(super) fn set(&mut self, i: usize, j: usize, weight: f32) {
        self.panels[((j / PANEL) * self.n_in + i) * PANEL + j % PANEL] = weight;
    }

    /// Sets b_j.
    pub(super) fn set_bias(&mut self, j: usize, bias: f32) {
        self.bias[j / PANEL][j % PANEL] = bias;
    }

    /// Column j of W, (n_in): as an embedding's row, where the matrix is tied to one.
    pub(super) fn column(&self, j: usize) -> impl Iterator<Item = f32> {
        self.panels[(j / PANEL) * self.n_in * PANEL + j % PANEL..].iter().step_by(PANEL).take(self.n_in).copied()
    }

    /// b, (n_out).
    pub(super) fn bias(&self) -> impl Iterator<Item = f32> {
        self.bias.iter().flatten().take(self.n_out).copied()
    }

    /// (T, n_in) → (T, n_out).
    pub(super) fn apply(&self, x: &[f32], out: &mut [f32]) {
        widest(Apply { linear: self, x, out });
    }
}

/// [`Linear::apply`].
struct Apply<'a> {
    linear: &'a Linear,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl Work for Apply<'_> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        let Linear { n_in, n_out, .. } = *self.linear;
        let panels = Panels { numbers: &self.linear.panels, stride: n_in, starts: &self.linear.bias };
        let n_rows = self.x.len() / n_in;
        if n_rows == 1 {
            return panels.times_row::<S>(self.x, self.out);
        }
        let together = 8 / S::REGISTERS;
        for panel in 0..n_out.div_ceil(PANEL) {
            let mut row = 0;
            while row < n_rows {
                let (x, out) = (&self.x[row * n_in..], &mut self.out[row * n_out..]);
                if row + together > n_rows {
                    panels.times_rows::<S, 1>(panel, x, out, n_out);
                    row += 1;
                } else {
                    match together {
                        4 => panels.times_rows::<S, 4>(panel, x, out, n_out),
                        _ => panels.times_rows::<S, 2>(panel, x, out, n_out),
                    }
                    row += together;
                }
            }
        }
    }
}
