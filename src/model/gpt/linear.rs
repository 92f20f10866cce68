//! y = x·W + b: the product that nearly all of a GPT's time goes into.
//!
//! Shapes: x (T, n_in), W (n_in, n_out), b (n_out), y (T, n_out). W is kept in panels of sixteen outputs, (n_out / 16, n_in, 16), so that one
//! token reads it once from start to end, and many tokens read a panel while it is in the cache. Two rows at a time share each load.
//! Every output is b + Σ x_i·W_i in the order of i, one rounded f32 operation after the other: the same bits for one row or many,
//! native or wasm. Cost: T · n_in · n_out.

use crate::lanes::{Lanes, WIDTH};

/// Outputs in a panel.
pub(super) const PANEL: usize = 16;
const VECTORS: usize = PANEL / WIDTH;

/// Sixteen outputs of each of `R` rows: `start` + Σ x_i·panel_i over the shorter of row and panel.
#[inline(always)]
fn tile<L: Lanes, const R: usize>(rows: [&[f32]; R], panel: &[f32], start: &[f32; PANEL]) -> [[L; VECTORS]; R] {
    let start: [L; VECTORS] = std::array::from_fn(|v| L::load(&start[v * WIDTH..]));
    let mut sums = [start; R];
    let n = rows.iter().fold(panel.len() / PANEL, |n, row| n.min(row.len()));
    let rows = rows.map(|row| &row[..n]);
    for (i, weights) in panel.as_chunks::<PANEL>().0[..n].iter().enumerate() {
        let weights: [L; VECTORS] = std::array::from_fn(|v| L::load(&weights[v * WIDTH..]));
        for (sums, row) in sums.iter_mut().zip(rows) {
            let x = L::splat(row[i]);
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = sum.add(x.mul(weights));
            }
        }
    }
    sums
}

#[inline(always)]
fn store<L: Lanes>(sums: [L; VECTORS], out: &mut [f32]) {
    if let Some(whole) = out.first_chunk_mut::<PANEL>() {
        for (v, sum) in sums.into_iter().enumerate() {
            sum.store(&mut whole[v * WIDTH..]);
        }
    } else {
        let mut room = [0.0; PANEL];
        store(sums, &mut room);
        out.copy_from_slice(&room[..out.len()]);
    }
}

/// Σ x_i·panel_i, up to sixteen of them, into `out`.
#[inline(always)]
pub(super) fn product<L: Lanes>(x: &[f32], panel: &[f32], out: &mut [f32]) {
    let n = out.len().min(PANEL);
    let [sums] = tile::<L, 1>([x], panel, &[0.0; PANEL]);
    store(sums, &mut out[..n]);
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
    pub(super) fn apply<L: Lanes>(&self, x: &[f32], out: &mut [f32]) {
        let panels = self.panels.chunks_exact((self.n_in * PANEL).max(1)).zip(&self.bias);
        for ((panel, bias), first) in panels.zip((0..).step_by(PANEL)) {
            let outputs = first..self.n_out.min(first + PANEL);
            let mut pairs = x.chunks_exact(2 * self.n_in);
            let mut outs = out.chunks_exact_mut(2 * self.n_out);
            for (x, out) in pairs.by_ref().zip(outs.by_ref()) {
                let (x0, x1) = x.split_at(self.n_in);
                let (out0, out1) = out.split_at_mut(self.n_out);
                let [sums0, sums1] = tile::<L, 2>([x0, x1], panel, bias);
                store(sums0, &mut out0[outputs.clone()]);
                store(sums1, &mut out1[outputs.clone()]);
            }
            if let [_, ..] = pairs.remainder() {
                let [sums] = tile::<L, 1>([pairs.remainder()], panel, bias);
                store(sums, &mut outs.into_remainder()[outputs]);
            }
        }
    }
}
