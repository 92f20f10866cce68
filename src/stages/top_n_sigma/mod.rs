//! top_n_sigma: keep x ≥ max − n·σ, σ the standard deviation of the logits that are not masked. (V) → (V), the rest is masked.
//!
//! Off at null and 0. The most likely token is always kept. A temperature before it changes nothing: T cancels. σ in integers, the same on
//! every device: q = ⌊distance from the largest · 2^20 / span⌋, span the power of two above the largest distance; m = ⌊Σq / N⌋;
//! σ_q the largest integer with σ_q²·N ≤ Σ(q − m)²; keep q ≤ ⌊n·σ_q⌋. Within (1.5·n + 2)·span·2^-20 of the cut other arithmetic may differ.
//! Logits closer together than 2^-86 count as equal.
//! Source: Tang et al. 2024 (top-nσ). Test: tests/it/stages/top_n_sigma.rs.

use super::{
    Amount, Edit, Given, Kind, Passed, Ranked, Reason, Setting, Shows, Slider, Spec, StageRules, System, shortest,
    tokens,
};
use crate::{
    core::error::Result,
    lanes::{Lanes, WIDTH, load_padded},
    rows::{RowState, softmax::Scale},
};

/// n > 0; 0 is off.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TopNSigma(pub f32);

impl StageRules for TopNSigma {
    const SPEC: Spec = Spec {
        name: "top_n_sigma",
        label: "Top-nσ",
        about: "Keeps tokens whose logit is at most n standard deviations below the largest.",
        filter: true,
        reason: "its logit {evidence} is below {number}",
        brief: "over {number} σ",
        shows: Shows::Deviations,
        sampler: "top_n_sigma",
        settings: &[Setting {
            name: "top_n_sigma",
            label: "Top-nσ",
            about: "Keeps tokens whose logit is at most this many standard deviations below the largest.",
            kind: Kind::NonNegative,
            off: Some(0.0),
            above: "at most {number} standard deviations below the largest logit",
            symbol: "n",
            does: "top − {number} σ",
            slider: Slider::linear(0.0, 4.0, 0.05),
            elsewhere: &[(System::LlamaCpp, "--top-nsigma")],
            ..Setting::PLAIN
        }],
        ..Spec::PLAIN
    };

    fn set(&mut self, _: &str, value: Amount) {
        self.0 = value.single();
    }

    fn examples() -> [Self; 2] {
        [Self(0.9), Self(2.5)]
    }

    fn is_off(&self) -> bool {
        self.0 <= 0.0
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, _: &Given<'_>) -> Result<()> {
        let scale = row.scale::<L>()?;
        let x = row.list().map_or(row.whole(), |(_, values)| values);
        let Some(steps) = Steps::of::<L>(x, scale) else { return Ok(()) };
        let most = Sums::of::<L>(x, scale, steps).cut(self.0);
        row.keep_where::<L>(&|x| steps.below_top(x) <= most)
    }

    fn gpu(&self, _: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        Some([self.0.to_bits(), 0, 0, 0])
    }

    fn reference(&self, row: &mut Ranked, _: System) {
        row.n = row.n_at_least(limit(self.0, &row.x[..row.n]));
    }

    fn setting(&self) -> String {
        format!("top_n_sigma = {}", shortest(self.0))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let left: Vec<f64> = passed.before.iter().filter(|x| **x > f32::NEG_INFINITY).map(|&x| f64::from(x)).collect();
        let (gone, n) = (tokens(passed.removed.len()), shortest(self.0));
        let rule = format!("removed {gone} with a logit more than {n} standard deviations below the largest");
        passed.by_logit(limit(self.0, &left), rule)
    }
}

/// max − n·σ in f64.
#[allow(clippy::cast_precision_loss, reason = "a count of tokens")]
fn limit(n: f32, x: &[f64]) -> f64 {
    let count = x.len() as f64;
    let mean = x.iter().sum::<f64>() / count;
    let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
    x.iter().copied().fold(f64::NEG_INFINITY, f64::max) - f64::from(n) * libm::sqrt(variance)
}

/// Distances from the largest logit as integers below 2^20.
#[derive(Clone, Copy)]
struct Steps {
    max: f32,
    /// A power of two.
    factor: f32,
}

impl Steps {
    /// Exponents of half a span below this: all logits count as equal.
    const LEAST_EXPONENT: u32 = 40;

    /// None where all unmasked values are as good as equal.
    fn of<L: Lanes>(x: &[f32], scale: Scale) -> Option<Self> {
        let max = scale.max;
        let exponent = (max * 0.5 - least::<L>(x, scale) * 0.5).to_bits() >> 23;
        (exponent >= Self::LEAST_EXPONENT).then(|| Self { max, factor: f32::from_bits((273 - exponent) << 23) })
    }

    /// ⌊(max − x) / 2 · factor⌋, by halves so that nothing overflows.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in [0, 2^20); a masked value saturates"
    )]
    fn below_top(self, x: f32) -> u32 {
        ((self.max * 0.5 - x * 0.5) * self.factor) as u32
    }

    /// The same of four values, none of which is masked.
    #[inline(always)]
    fn all_below_top<L: Lanes>(self, values: L) -> [u32; WIDTH] {
        let half = L::splat(0.5);
        let distances = L::splat(self.max).mul(half).sub(values.mul(half));
        let mut steps = [0; WIDTH];
        distances.mul(L::splat(self.factor)).store_integers(&mut steps);
        steps
    }
}

/// Four values, the largest of all in the place of those that are masked; and how many are not.
#[inline(always)]
fn unmasked<L: Lanes>(x: &[f32], scale: Scale) -> (L, u32) {
    let (values, least) = (scale.lanes(load_padded::<L>(x)), L::splat(f32::MIN));
    (values.where_at_least(values, least, L::splat(scale.max)), values.at_least(least).count_ones())
}

/// The smallest value that is not masked.
fn least<L: Lanes>(x: &[f32], scale: Scale) -> f32 {
    let zero = L::splat(0.0);
    let negative = |x: &[f32]| zero.sub(unmasked::<L>(x, scale).0);
    -x.chunks(WIDTH).fold(zero.sub(L::splat(scale.max)), |most, x| most.max(negative(x))).largest()
}

/// What the standard deviation is made of: N, Σq and Σq², exactly.
#[derive(Default)]
struct Sums {
    count: u64,
    steps: u64,
    squares: u64,
}

impl Sums {
    fn of<L: Lanes>(x: &[f32], scale: Scale, steps: Steps) -> Self {
        let mut sums = Self::default();
        for x in x.chunks(WIDTH) {
            let (values, count) = unmasked::<L>(x, scale);
            sums.count += u64::from(count);
            for q in steps.all_below_top(values) {
                let q = u64::from(q);
                sums.steps += q;
                sums.squares += q * q;
            }
        }
        sums
    }

    /// The largest distance that stays. Σ(q − m)² is Σq² − m · (2Σq − N · m), and m · N at most Σq.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "σ is below 2^20, so exact in f32; the product is cut to 2^21"
    )]
    fn cut(self, n: f32) -> u32 {
        let mean = self.steps / self.count;
        let squares = self.squares - mean * (2 * self.steps - self.count * mean);
        let mut sigma = 0;
        for bit in (0..20).rev() {
            let more = sigma | 1 << bit;
            if more * more * self.count <= squares {
                sigma = more;
            }
        }
        (n * sigma as f32).min(2_097_152.0) as u32
    }
}
