//! quadratic: x' = max − f · (k · d² − s · d³), d = x − max, k = (3 − c) / 2, s = (c − 1) / 2. (V) → (V), none is removed.
//!
//! Quadratic sampling, or smoothing. f is the factor, c ≥ 1 the curve; at c = 1 there is no cube, and above 3 a token close below the largest rises above it, as the
//! formula says. Off at null and f = 0; the largest logit, those equal to it, and what is masked stay as they are. d below −2^40 counts as −2^40.
//! f · k and f · s are made in f64, at most 2^80, and rounded to f32; then x' = max + d · d · (f · s · d − f · k), each operation one rounded f32, so that all bits
//! are the same on every device. What leaves the range of f32 becomes −inf. Cost: one read of the row, no exponential.
//! Source: kalomaze's quadratic sampling in text-generation-webui, KoboldCpp, Aphrodite. Test: tests/it/stages/quadratic.rs.

use super::{
    Amount, Edit, Given, Group, Kind, Passed, Ranked, Reason, Setting, Shows, Slider, Spec, StageRules, System,
    shortest,
};
use crate::{
    core::{error::Result, token::TokenId},
    lanes::{Lanes, WIDTH, load_padded},
    rows::{RowState, softmax::store_part},
};

/// f and c.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quadratic {
    /// f, not below 0; 0 is off.
    pub factor: f64,
    /// c, not below 1.
    pub curve: f64,
}

impl Default for Quadratic {
    fn default() -> Self {
        Self { factor: 0.0, curve: 1.0 }
    }
}

/// The lowest d.
const LOWEST: f32 = -1_099_511_627_776.0;
/// The largest f · k and f · s.
const LARGEST: f64 = 1_208_925_819_614_629_174_706_176.0;

impl Quadratic {
    /// f · k and f · s.
    fn coefficients(self) -> [f64; 2] {
        [(3.0 - self.curve) / 2.0, (self.curve - 1.0) / 2.0].map(|part| (self.factor * part).clamp(-LARGEST, LARGEST))
    }

    #[allow(clippy::cast_possible_truncation, reason = "logits are f32, and so is what they are multiplied with")]
    fn singles(self) -> [f32; 2] {
        self.coefficients().map(|part| part as f32)
    }
}

/// x' of four tokens.
#[inline(always)]
fn moved<L: Lanes>(x: L, max: L, [square, cube]: [L; 2]) -> L {
    let d = x.sub(max).max(L::splat(LOWEST));
    let change = d.mul(d).mul(cube.mul(d).sub(square));
    x.where_at_least(x, max, max.add(change))
}

impl StageRules for Quadratic {
    const SPEC: Spec = Spec {
        name: "quadratic",
        label: "Quadratic",
        about: "Spreads the likely tokens evenly and pushes the unlikely ones away: distances from the largest logit are squared.",
        group: Group::Temperature,
        reason: "too far from the largest logit",
        brief: "too far",
        shows: Shows::Logit,
        settings: &[
            Setting {
                name: "smoothing_factor",
                label: "Smoothing factor",
                about: "What the squared distance from the largest logit is multiplied by: the smaller, the flatter.",
                kind: Kind::NonNegative,
                off: Some(0.0),
                above: "minus {number} times distance²",
                symbol: "f",
                does: "− {number} · d²",
                slider: Slider::linear(0.0, 5.0, 0.05),
                also: &[("quadraticsampling", "")],
                ..Setting::PLAIN
            },
            Setting {
                name: "smoothing_curve",
                label: "Smoothing curve",
                about: "How much of the square becomes a cube, which pushes unlikely tokens further away; at 1 only the square is used.",
                kind: Kind::FromOne,
                off: Some(1.0),
                helps: true,
                symbol: "c",
                does: "curve {number}",
                slider: Slider::linear(1.0, 5.0, 0.05),
                ..Setting::PLAIN
            },
        ],
        ..Spec::PLAIN
    };

    fn set(&mut self, name: &str, value: Amount) {
        match name {
            "smoothing_curve" => self.curve = value.number(),
            _ => self.factor = value.number(),
        }
    }

    fn examples() -> [Self; 2] {
        [Self { factor: 1.5, curve: 1.0 }, Self { factor: 0.1, curve: 4.5 }]
    }

    fn checked() -> Vec<Self> {
        Self::examples().to_vec()
    }

    fn is_off(&self) -> bool {
        self.factor <= 0.0
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, _: &Given<'_>) -> Result<()> {
        // Of −0 the same as of +0.
        let max = L::splat(row.scale::<L>()?.max + 0.0);
        let parts = self.singles().map(L::splat);
        row.change_all::<L>(|values| {
            let (vectors, tail) = values.as_chunks_mut::<WIDTH>();
            for x in vectors {
                moved(L::load(x), max, parts).store(x);
            }
            store_part(moved::<L>(load_padded(tail), max, parts), tail);
        });
        Ok(())
    }

    fn gpu(&self, _: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        let [square, cube] = self.singles();
        Some([square.to_bits(), cube.to_bits(), 0, 0])
    }

    fn reference(&self, row: &mut Ranked, _: System) {
        let ([square, cube], max) = (self.coefficients(), row.x[0]);
        let formula = |x: f64| {
            let d = (x - max).max(f64::from(LOWEST));
            max + d * d * (cube * d - square)
        };
        row.map(formula);
        // Above 3 the order may be another one.
        let mut left: Vec<(f64, TokenId)> =
            row.x[..row.n].iter().copied().zip(row.ids[..row.n].iter().copied()).collect();
        left.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (ix, (x, id)) in left.into_iter().enumerate() {
            (row.x[ix], row.ids[ix]) = (x, id);
        }
    }

    fn setting(&self) -> String {
        let curve = if self.curve == 1.0 { String::new() } else { format!(", curve {}", shortest(self.curve)) };
        format!("quadratic = {}{curve}", shortest(self.factor))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let (factor, curve) = (shortest(self.factor), shortest(self.curve));
        let rule = format!(
            "moved every logit away from the largest by {factor} times its squared distance, at a curve of {curve}"
        );
        passed.by_logit(f64::NAN, rule)
    }
}
