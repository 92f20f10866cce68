//! What stands between the matrices: norms and activations.

use crate::{
    core::network::{Activation, NormKind},
    lanes::{
        Floats, LaneSum, Lanes, Native, WIDTH,
        exp::exp,
        wide::{LANES, Sixteen, Work, widest},
    },
};

/// y = (x − mean) / √(variance + ε) · w + b over the n numbers of a token, mean and variance in f64; of an RMS norm the mean counts as 0.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Norm {
    /// Which.
    pub kind: NormKind,
    /// w, (n).
    pub weight: Vec<f32>,
    /// b, (n); zeros where the checkpoint has none.
    pub bias: Vec<f32>,
    /// ε.
    pub epsilon: f32,
}

impl Norm {
    /// Zeros, to be filled.
    pub(super) fn new(n: usize, kind: NormKind, epsilon: f32) -> Self {
        Self { kind, weight: vec![0.0; n], bias: vec![0.0; n], epsilon }
    }

    /// (T, n) → (T, n), which `out` then holds.
    pub(super) fn apply(&self, x: &[f32], out: &mut Vec<f32>) {
        out.resize(x.len(), 0.0);
        let n = self.weight.len();
        for (x, out) in x.chunks_exact(n).zip(out.chunks_exact_mut(n)) {
            self.row::<Native>(x, out);
        }
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "rounded to f32 on purpose")]
    fn row<L: Lanes>(&self, x: &[f32], out: &mut [f32]) {
        let n = x.len() as f64;
        let mut sum = L::Sum::zero();
        if self.kind == NormKind::Layer {
            vectors::<L>(x, 0.0, |x| sum = sum.add(x));
        }
        let mean = (sum.total() / n) as f32;
        let mut squares = L::Sum::zero();
        vectors::<L>(x, mean, |x| {
            let distance = x.sub(L::splat(mean));
            squares = squares.add(distance.mul(distance));
        });
        let scale = (1.0 / (squares.total() / n + f64::from(self.epsilon)).sqrt()) as f32;
        for (((out, &x), &weight), &bias) in out.iter_mut().zip(x).zip(&self.weight).zip(&self.bias) {
            *out = (x - mean) * scale * weight + bias;
        }
    }
}

/// All of x, a vector at a time, the last one filled up.
#[inline(always)]
fn vectors<L: Lanes>(x: &[f32], filling: f32, mut each: impl FnMut(L)) {
    let (vectors, rest) = x.as_chunks::<WIDTH>();
    vectors.iter().for_each(|x| each(L::load(x)));
    if !rest.is_empty() {
        let mut last = [filling; WIDTH];
        last[..rest.len()].copy_from_slice(rest);
        each(L::load(&last));
    }
}

impl Activation {
    /// In place.
    pub(super) fn apply(self, x: &mut [f32]) {
        match self {
            Self::GeluErf => {
                x.iter_mut().for_each(|x| *x *= 0.5 + 0.5 * libm::erff(*x * std::f32::consts::FRAC_1_SQRT_2));
            }
            Self::GeluTanh => widest(GeluTanh(x)),
            Self::Silu => widest(Silu(x)),
        }
    }
}

/// ½·(1 + tanh u) is 1 / (1 + e^−2u).
struct GeluTanh<'a>(&'a mut [f32]);

impl Work for GeluTanh<'_> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        let (sixteens, rest) = self.0.as_chunks_mut::<LANES>();
        for x in sixteens {
            gelu_tanh::<S::Register>(x);
        }
        let mut last = [0.0; LANES];
        last[..rest.len()].copy_from_slice(rest);
        gelu_tanh::<S::Register>(&mut last);
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

/// x / (1 + e^−x).
struct Silu<'a>(&'a mut [f32]);

impl Work for Silu<'_> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        let (sixteens, rest) = self.0.as_chunks_mut::<LANES>();
        for x in sixteens {
            silu::<S::Register>(x);
        }
        let mut last = [0.0; LANES];
        last[..rest.len()].copy_from_slice(rest);
        silu::<S::Register>(&mut last);
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

#[inline(always)]
fn silu<R: Floats>(x: &mut [f32; LANES]) {
    for x in x.chunks_exact_mut(R::WIDTH) {
        let lanes = R::load(x);
        // As above: what is far below 0 is as good as 0.
        let power = exp(R::splat(0.0).sub(lanes.max(R::splat(-80.0))));
        lanes.div(R::splat(1.0).add(power)).store(x);
    }
}

#[inline(always)]
fn gelu_tanh<R: Floats>(x: &mut [f32; LANES]) {
    /// 2·√(2/π), and that times 0.044715.
    const LINEAR: f32 = 1.595_769;
    const CUBIC: f32 = 0.071_354_814;
    for x in x.chunks_exact_mut(R::WIDTH) {
        let lanes = R::load(x);
        let u = lanes.mul(R::splat(LINEAR).add(lanes.mul(lanes).mul(R::splat(CUBIC))));
        // e^80 and its square root of a quotient are ordinary numbers; x / e^80 is as good as 0.
        let power = exp(R::splat(0.0).sub(u.max(R::splat(-80.0))));
        lanes.div(R::splat(1.0).add(power)).store(x);
    }
}
