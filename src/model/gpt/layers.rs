//! What stands between the matrices: layer norm, GELU, and attention over the cache.

use super::linear::{PANEL, Panels};
use crate::{
    lanes::{
        Lanes, Native, WIDTH, exp,
        wide::{Sixteen, Work, widest},
    },
    network::Activation,
};

/// y = (x − mean) / √(variance + ε) · w + b over the n numbers of a token, mean and variance in f64.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LayerNorm {
    /// w, (n).
    pub weight: Vec<f32>,
    /// b, (n); zeros where the checkpoint has none.
    pub bias: Vec<f32>,
    /// ε.
    pub epsilon: f32,
}

impl LayerNorm {
    /// (T, n) → (T, n).
    #[allow(clippy::cast_possible_truncation, reason = "rounded to f32 on purpose")]
    pub(super) fn apply(&self, x: &[f32], out: &mut [f32]) {
        let n = self.weight.len();
        for (x, out) in x.chunks_exact(n).zip(out.chunks_exact_mut(n)) {
            let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / n as f64;
            let squares: f64 = x.iter().map(|&x| (f64::from(x) - mean) * (f64::from(x) - mean)).sum();
            let scale = 1.0 / (squares / n as f64 + f64::from(self.epsilon)).sqrt();
            for (((out, &x), &weight), &bias) in out.iter_mut().zip(x).zip(&self.weight).zip(&self.bias) {
                *out = ((f64::from(x) - mean) * scale) as f32 * weight + bias;
            }
        }
    }
}

impl Activation {
    /// In place.
    pub(super) fn apply<L: Lanes>(self, x: &mut [f32]) {
        match self {
            Self::GeluErf => {
                x.iter_mut().for_each(|x| *x *= 0.5 + 0.5 * libm::erff(*x * std::f32::consts::FRAC_1_SQRT_2));
            }
            Self::GeluTanh => {
                let (vectors, tail) = x.as_chunks_mut::<WIDTH>();
                vectors.iter_mut().for_each(|x| gelu_tanh(L::load(x)).store(x));
                let mut last = [0.0; WIDTH];
                last[..tail.len()].copy_from_slice(tail);
                gelu_tanh(L::load(&last)).store(&mut last);
                tail.copy_from_slice(&last[..tail.len()]);
            }
        }
    }
}

/// ½·(1 + tanh u) is 1 / (1 + e^−2u).
#[inline(always)]
fn gelu_tanh<L: Lanes>(x: L) -> L {
    /// 2·√(2/π), and that times 0.044715.
    const LINEAR: f32 = 1.595_769;
    const CUBIC: f32 = 0.071_354_814;
    let u = x.mul(L::splat(LINEAR).add(x.mul(x).mul(L::splat(CUBIC))));
    // e^80 and its square root of a quotient are ordinary numbers; x / e^80 is as good as 0.
    let power = exp::exp(L::splat(0.0).sub(u.max(L::splat(-80.0))));
    x.div(L::splat(1.0).add(power))
}

/// How a layer's attention is cut: C = n_head · head_size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heads {
    /// Heads.
    pub n_head: usize,
    /// Numbers in a head.
    pub head_size: usize,
}

/// Keys and values of one layer, for one row, in [`Panels`] of sixteen.
#[derive(Debug, Clone)]
pub(super) struct LayerCache {
    heads: Heads,
    /// Positions there is room for, whole panels.
    capacity: usize,
    /// (heads, capacity / 16, head_size, 16): for a query, sixteen positions' scores at a time.
    keys: Vec<f32>,
    /// (heads, head_size / 16 rounded up, capacity, 16): for the weights, sixteen outputs at a time.
    values: Vec<f32>,
}

impl LayerCache {
    /// No room yet.
    pub(super) fn new(heads: Heads) -> Self {
        Self { heads, capacity: 0, keys: Vec::new(), values: Vec::new() }
    }

    /// Makes room for `n` positions in all; what is there stays.
    pub(super) fn reserve(&mut self, n: usize) {
        if n <= self.capacity {
            return;
        }
        let Heads { n_head, head_size } = self.heads;
        let capacity = n.next_power_of_two().max(4 * PANEL);
        self.keys = widened(&self.keys, n_head, self.capacity * head_size, capacity * head_size);
        let n_panels = n_head * head_size.div_ceil(PANEL);
        self.values = widened(&self.values, n_panels, self.capacity * PANEL, capacity * PANEL);
        self.capacity = capacity;
    }

    /// Takes up key (C) and value (C) of a position there is room for.
    pub(super) fn put(&mut self, position: usize, key: &[f32], value: &[f32]) {
        let (d, capacity) = (self.heads.head_size, self.capacity);
        for (cache, key) in self.keys.chunks_exact_mut(capacity * d).zip(key.chunks_exact(d)) {
            let panel = &mut cache[(position / PANEL) * d * PANEL + position % PANEL..];
            panel.iter_mut().step_by(PANEL).zip(key).for_each(|(slot, &k)| *slot = k);
        }
        let panels = self.values.chunks_exact_mut(capacity * PANEL);
        for (panel, value) in panels.zip(value.chunks_exact(d).flat_map(|value| value.chunks(PANEL))) {
            panel[position * PANEL..][..value.len()].copy_from_slice(value);
        }
    }

    /// softmax(q·Kᵀ / √head_size)·V over the positions up to and with `position`, head by head: query (C) → `out` (C).
    ///
    /// `scores` is room of the caller's.
    pub(super) fn attend(&self, position: usize, query: &mut [f32], scores: &mut Vec<f32>, out: &mut [f32]) {
        let n = position + 1;
        #[allow(clippy::cast_possible_truncation, reason = "rounded to f32 on purpose")]
        let scale = (1.0 / (self.heads.head_size as f64).sqrt()) as f32;
        query.iter_mut().for_each(|q| *q *= scale);
        scores.resize(n.next_multiple_of(PANEL), 0.0);
        widest(Attend { cache: self, n, query, scores, out });
    }
}

/// [`LayerCache::attend`] over `n` positions, the query scaled.
struct Attend<'a> {
    cache: &'a LayerCache,
    n: usize,
    query: &'a [f32],
    scores: &'a mut [f32],
    out: &'a mut [f32],
}

impl Work for Attend<'_> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        let LayerCache { heads: Heads { head_size: d, .. }, capacity, .. } = *self.cache;
        let keys = self.cache.keys.chunks_exact(capacity * d);
        let values = self.cache.values.chunks_exact(d.div_ceil(PANEL) * capacity * PANEL);
        let heads = keys.zip(values).zip(self.query.chunks_exact(d).zip(self.out.chunks_exact_mut(d)));
        for ((keys, values), (query, out)) in heads {
            Panels { numbers: keys, stride: d, starts: &[] }.times_row::<S>(query, self.scores);
            self.scores[self.n..].fill(f32::NEG_INFINITY);
            let sum = exponentials::<Native>(self.scores);
            Panels { numbers: values, stride: capacity, starts: &[] }.times_row::<S>(&self.scores[..self.n], out);
            out.iter_mut().for_each(|y| *y /= sum);
        }
    }
}

/// `n` runs of `from` numbers each, as runs of `to`, zeros behind.
fn widened(data: &[f32], n: usize, from: usize, to: usize) -> Vec<f32> {
    let mut wide = vec![0.0; n * to];
    for (old, new) in data.chunks_exact(from.max(1)).zip(wide.chunks_exact_mut(to)) {
        new[..from].copy_from_slice(old);
    }
    wide
}

/// x → e^(x − max) in place, a whole number of vectors; returns their sum.
#[inline(always)]
fn exponentials<L: Lanes>(x: &mut [f32]) -> f32 {
    let (vectors, _) = x.as_chunks_mut::<WIDTH>();
    let max = vectors.iter().fold(L::splat(f32::NEG_INFINITY), |max, x| max.max(L::load(x))).largest();
    let mut sum = L::splat(0.0);
    for x in vectors {
        let power = exp::exp(L::load(x).sub(L::splat(max)));
        power.store(x);
        sum = sum.add(power);
    }
    sum.to_array().iter().sum()
}
