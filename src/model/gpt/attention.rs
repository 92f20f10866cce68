//! Attention over the cache: keys and values of what was read, and the answers to queries.

use super::linear::{PANEL, Panels, store};
use crate::{
    core::memory,
    lanes::{
        Floats,
        exp::exp,
        wide::{LANES, Line, Sixteen, Work, widest},
    },
};

/// The most rows of attention that go together.
const MOST_ROWS: usize = 4;

/// How a layer's attention is cut: Q = n_head · head_size numbers in a query, K = n_kv_head · head_size in a key or a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heads {
    /// Heads.
    pub n_head: usize,
    /// Heads of keys and values, each for as many heads in a row.
    pub n_kv_head: usize,
    /// Numbers in a head.
    pub head_size: usize,
}

/// Keys and values of one layer, for one row, in [`Panels`] of sixteen.
#[derive(Debug, Clone)]
pub(super) struct LayerCache {
    heads: Heads,
    /// Positions there is space for, whole panels.
    capacity: usize,
    /// (heads, capacity / 16, head_size, 16): for a query, sixteen positions' scores at a time.
    keys: Vec<Line>,
    /// (heads, head_size / 16 rounded up, capacity, 16): for the weights, sixteen outputs at a time.
    values: Vec<Line>,
}

impl LayerCache {
    /// Keys and values of a head.
    #[inline(always)]
    fn panels(&self, head: usize) -> (Panels<'_>, Panels<'_>) {
        let (d, capacity) = (self.heads.head_size, self.capacity);
        let head = head / (self.heads.n_head / self.heads.n_kv_head);
        let of_head = |lines, n_panels, stride| {
            let lines: &[Line] = lines;
            Panels { lines: &lines[head * n_panels * stride..][..n_panels * stride], stride, starts: &[] }
        };
        (of_head(&self.keys, capacity / PANEL, d), of_head(&self.values, d.div_ceil(PANEL), capacity))
    }

    /// No space yet.
    pub(super) fn new(heads: Heads) -> Self {
        Self { heads, capacity: 0, keys: Vec::new(), values: Vec::new() }
    }

    /// Positions there is space for.
    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Numbers in a head.
    pub(super) fn head_size(&self) -> usize {
        self.heads.head_size
    }

    /// Makes space for `n` positions in all; what is there stays. None where there is no memory for it: nothing has changed then.
    pub(super) fn reserve(&mut self, n: usize) -> Option<()> {
        if n <= self.capacity {
            return Some(());
        }
        let Heads { n_kv_head, head_size, .. } = self.heads;
        let capacity = n.next_power_of_two().max(4 * PANEL);
        let lines = |capacity| capacity / PANEL * head_size;
        let keys = widened(&self.keys, n_kv_head, lines(self.capacity), lines(capacity))?;
        self.values = widened(&self.values, n_kv_head * head_size.div_ceil(PANEL), self.capacity, capacity)?;
        (self.keys, self.capacity) = (keys, capacity);
        Some(())
    }

    /// The same once more; none where there is no memory for it.
    pub(super) fn copied(&self) -> Option<Self> {
        let copy = |lines: &[Line]| widened(lines, 1, lines.len(), lines.len());
        Some(Self { keys: copy(&self.keys)?, values: copy(&self.values)?, ..*self })
    }

    /// Takes up keys and values, (T, K) each, of the positions from `first` on, for which there is space.
    pub(super) fn put(&mut self, first: usize, keys: &[f32], values: &[f32]) {
        let Heads { n_kv_head, head_size: d, .. } = self.heads;
        let width = n_kv_head * d;
        let capacity = self.capacity;
        for (position, (key, value)) in (first..).zip(keys.chunks_exact(width).zip(values.chunks_exact(width))) {
            for (panels, key) in self.keys.chunks_exact_mut(capacity / PANEL * d).zip(key.chunks_exact(d)) {
                let panel = &mut panels[(position / PANEL) * d..];
                panel.iter_mut().zip(key).for_each(|(line, &k)| line.0[position % PANEL] = k);
            }
            let values = value.chunks_exact(d).flat_map(|value| value.chunks(PANEL));
            for (panel, value) in self.values.chunks_exact_mut(capacity).zip(values) {
                panel[position].0[..value.len()].copy_from_slice(value);
            }
        }
    }

    /// softmax(q·Kᵀ / √head_size)·V, head by head, each query over the positions up to and with its own: queries (T, Q) of the positions from
    /// `first` on → `out` (T, Q).
    ///
    /// `scores` is memory of the caller's.
    pub(super) fn attend(&self, first: usize, queries: &mut [f32], scores: &mut Vec<f32>, out: &mut Vec<f32>) {
        #[allow(clippy::cast_possible_truncation, reason = "rounded to f32 on purpose")]
        let scale = (1.0 / (self.heads.head_size as f64).sqrt()) as f32;
        queries.iter_mut().for_each(|q| *q *= scale);
        scores.resize(MOST_ROWS * self.capacity, 0.0);
        out.resize(queries.len(), 0.0);
        widest(Attend { cache: self, first, queries, scores, out });
    }
}

/// [`LayerCache::attend`], the queries scaled.
struct Attend<'a> {
    cache: &'a LayerCache,
    first: usize,
    queries: &'a [f32],
    /// ([`MOST_ROWS`], capacity).
    scores: &'a mut [f32],
    out: &'a mut [f32],
}

impl Work for Attend<'_> {
    #[inline(always)]
    fn run<S: Sixteen>(mut self) {
        let Heads { n_head, head_size, .. } = self.cache.heads;
        let n_rows = self.queries.len() / (n_head * head_size);
        for head in 0..n_head {
            let mut row = 0;
            while row < n_rows {
                row += match (8 / S::REGISTERS).min(n_rows - row) {
                    4.. => self.rows::<S, MOST_ROWS>(head, row),
                    2 | 3 => self.rows::<S, 2>(head, row),
                    _ => self.row::<S>(head, row),
                };
            }
        }
    }
}

impl Attend<'_> {
    /// One head of one row; returns 1.
    #[inline(always)]
    fn row<S: Sixteen>(&mut self, head: usize, row: usize) -> usize {
        let (keys, values) = self.cache.panels(head);
        let Heads { n_head, head_size: d, .. } = self.cache.heads;
        let at = (row * n_head + head) * d..(row * n_head + head + 1) * d;
        let n = self.first + row + 1;
        let scores = &mut self.scores[..n.next_multiple_of(PANEL)];
        keys.times_row::<S>(&self.queries[at.clone()], scores);
        let share = softmax::<S>(scores, n);
        let out = &mut self.out[at];
        values.times_row::<S>(&scores[..n], out);
        out.iter_mut().for_each(|y| *y *= share);
        1
    }

    /// One head of `R` rows from `first` on, which share each key and each value; returns R.
    #[inline(always)]
    fn rows<S: Sixteen, const R: usize>(&mut self, head: usize, first: usize) -> usize {
        let (keys, values) = self.cache.panels(head);
        let Heads { n_head, head_size: d, .. } = self.cache.heads;
        let at = |r| ((first + r) * n_head + head) * d;
        let queries = std::array::from_fn(|r| &self.queries[at(r)..][..d]);
        let capacity = self.cache.capacity;
        for panel in 0..(self.first + first + R).div_ceil(PANEL) {
            for (r, scores) in keys.times_rows::<S, R>(panel, queries).into_iter().enumerate() {
                store(scores, &mut self.scores[r * capacity + panel * PANEL..][..PANEL]);
            }
        }
        let mut shares = [0.0; R];
        let mut weights: [&[f32]; R] = [&[]; R];
        for (r, scores) in self.scores.chunks_exact_mut(capacity).take(R).enumerate() {
            let n = self.first + first + r + 1;
            shares[r] = softmax::<S>(&mut scores[..n.next_multiple_of(PANEL)], n);
            weights[r] = &scores[..n];
        }
        for panel in 0..d.div_ceil(PANEL) {
            let outputs = panel * PANEL..d.min((panel + 1) * PANEL);
            for (r, sums) in values.times_rows::<S, R>(panel, weights).into_iter().enumerate() {
                store(sums.mul(S::splat(shares[r])), &mut self.out[at(r)..][outputs.clone()]);
            }
        }
        R
    }
}

/// `n` runs of `from` lines each, as runs of `to`, zeros behind; none where there is no memory for them.
fn widened(lines: &[Line], n: usize, from: usize, to: usize) -> Option<Vec<Line>> {
    let mut wide = memory::filled(Line::ZERO, n.checked_mul(to)?)?;
    for (old, new) in lines.chunks_exact(from.max(1)).zip(wide.chunks_exact_mut(to)) {
        new[..from].copy_from_slice(old);
    }
    Some(wide)
}

/// The first `n` of x → e^(x − max) in place, in whole sixteens; returns 1 / their sum.
#[inline(always)]
fn softmax<S: Sixteen>(x: &mut [f32], n: usize) -> f32 {
    for x in &mut x[n..] {
        *x = f32::NEG_INFINITY;
    }
    let mut largest = S::splat(f32::NEG_INFINITY);
    for x in x.as_chunks::<LANES>().0 {
        largest = largest.max(S::load(x));
    }
    let mut max = f32::NEG_INFINITY;
    for x in largest.to_array() {
        max = if max < x { x } else { max };
    }
    for x in x.chunks_exact_mut(S::Register::WIDTH) {
        exp(S::Register::load(x).sub(S::Register::splat(max))).store(x);
    }
    let mut sums = S::splat(0.0);
    for x in x.as_chunks::<LANES>().0 {
        sums = sums.add(S::load(x));
    }
    let mut sum = 0.0;
    for x in sums.to_array() {
        sum += x;
    }
    1.0 / sum
}
