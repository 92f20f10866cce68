//! The noise of PyTorch's race: one Exp(1) variate q per token; the largest p / q wins.

use super::TorchGenerator;

/// The noise of one row, V entries.
#[derive(Debug, Clone, Copy)]
pub enum Noise<'a> {
    /// The variates themselves.
    Exponential(&'a [f32]),
    /// Uniforms u in [0, 1); q = −log1p(−u) is computed only where somebody looks.
    Uniform(&'a [f64]),
}

impl Noise<'_> {
    /// V.
    pub fn len(&self) -> usize {
        match self {
            Self::Exponential(qs) => qs.len(),
            Self::Uniform(us) => us.len(),
        }
    }

    /// Whether V is 0.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// q of token `ix`, ≥ 0.
    pub fn q(&self, ix: usize) -> f32 {
        match self {
            Self::Exponential(qs) => qs[ix],
            Self::Uniform(us) => exponential(us[ix]),
        }
    }

    /// A number never above q of token `ix`, without a logarithm, so that most of a race can be skipped: −log1p(−u) ≥ u.
    pub fn at_least(&self, ix: usize) -> f64 {
        /// Below what rounding q to f32 can take away, 2^-24 of it.
        const ROUNDED_DOWN: f64 = 1.0 - 1.0 / (1 << 23) as f64;
        match self {
            Self::Exponential(qs) => f64::from(qs[ix]),
            Self::Uniform(us) => us[ix] * ROUNDED_DOWN,
        }
    }
}

/// Memory for the noise of one row, reused from step to step.
#[derive(Debug, Clone, Default)]
pub struct NoiseBuffer {
    uniforms: Vec<f64>,
}

impl NoiseBuffer {
    /// An empty buffer; it grows with the first row.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next `vocab_size` variates of `torch`, serially: every token consumes its own, masked ones too.
    pub(super) fn fill(&mut self, torch: &mut TorchGenerator, vocab_size: usize) -> Noise<'_> {
        self.uniforms.resize(vocab_size, 0.0);
        torch.fill_uniforms(&mut self.uniforms);
        Noise::Uniform(&self.uniforms)
    }
}

/// Exp(1) from a uniform in [0, 1): in f64, rounded once.
#[allow(clippy::cast_possible_truncation, reason = "the one rounding to f32 is the definition")]
pub(super) fn exponential(uniform: f64) -> f32 {
    -libm::log1p(-uniform) as f32
}
