//! Rotary positions: each pair of numbers in a query or a key is a point, and its position turns it.

use std::f32::consts::TAU;

use crate::core::network;

/// How a head is turned.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rotary {
    /// (head_size / 2): by how much one position turns pair i. Empty where positions are learned.
    pub frequencies: Vec<f32>,
}

/// What makes a model see further than it was trained to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scaling {
    None,
    /// All turns are divided by the factor.
    Linear {
        factor: f32,
    },
    /// Turns whose full circle takes more than `before` / `low` positions are divided, those of fewer than `before` / `high` are not, and in
    /// between there is a smooth way from one to the other.
    Llama3 {
        factor: f32,
        low: f32,
        high: f32,
        before: f32,
    },
}

/// (cos, sin) of an angle.
pub(super) type Turn = (f32, f32);

impl Rotary {
    /// base^(−2i / head_size), scaled, and rounded as PyTorch does.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "rounded to f32 on purpose")]
    pub(super) fn new(base: f32, head_size: usize, scaling: Scaling) -> Self {
        let power = |i: usize| libm::pow(f64::from(base), f64::from(2.0 * i as f32 / head_size as f32)) as f32;
        Self { frequencies: (0..head_size / 2).map(|i| scaling.apply(1.0 / power(i))).collect() }
    }

    /// The turns (T, head_size / 2) of the positions from `first` on.
    pub(super) fn turns(&self, first: usize, n: usize, out: &mut Vec<Turn>) {
        out.clear();
        for position in first..first + n {
            out.extend(self.frequencies.iter().map(|&frequency| network::turn(position, frequency)));
        }
    }
}

impl Scaling {
    fn apply(self, frequency: f32) -> f32 {
        match self {
            Self::None => frequency,
            Self::Linear { factor } => frequency / factor,
            Self::Llama3 { factor, low, high, before } => {
                let circle = TAU / frequency;
                if circle < before / high {
                    return frequency;
                }
                if circle > before / low {
                    return frequency / factor;
                }
                let smooth = (before / circle - low) / (high - low);
                (1.0 - smooth) * frequency / factor + smooth * frequency
            }
        }
    }
}

/// Turns heads (T, n, head_size) in place by the turns (T, head_size / 2); by nothing where there are none.
pub(super) fn turn(heads: &mut [f32], turns: &[Turn], half: usize) {
    if turns.is_empty() {
        return;
    }
    let width = heads.len() / (turns.len() / half);
    for (token, turns) in heads.chunks_exact_mut(width).zip(turns.chunks_exact(half)) {
        for head in token.chunks_exact_mut(2 * half) {
            let (first, second) = head.split_at_mut(half);
            for ((a, b), &(cos, sin)) in first.iter_mut().zip(second).zip(turns) {
                (*a, *b) = (*a * cos - *b * sin, *b * cos + *a * sin);
            }
        }
    }
}
