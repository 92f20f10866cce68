//! adaptive_p: favour tokens whose probability is near a target, and let the target make up for what was drawn. (V) → (V), logits are made anew.
//!
//! x' = 5 − 10 · d² / (1 + d), d = |p − t'| / 0.3, p of what is still there; masked stays masked. t' = 2t − a, cut to [0, 1], where a is a moving
//! average of the original probabilities of the tokens drawn, those before this stage: t at first, then a ← c · a + (1 − c) · p, with the decay c.
//! The history keeps them (core/history.rs); a token that could not be drawn does not count. Off at null. p is ⌊m · 2^24 / Σm⌋ steps of 2^-24, a is f64,
//! and each operation of x' one rounded f32, so all bits are the same on every device; x' is within 34 times the band of a probability (docs/numerics.md)
//! of exact arithmetic. Cost: one read of the row for its masses, one for the logits; in a run the stages before it once more, for the token drawn.
//! Source: llama.cpp. Test: tests/it/stages/adaptive_p.rs, tests/it/following.rs.

use super::{
    Amount, Edit, Given, Group, Kind, Passed, Ranked, Reason, Setting, Shows, Slider, Spec, StageRules, System,
    shortest,
};
use crate::{
    core::error::Result,
    lanes::{Lanes, WIDTH, load_padded},
    rows::{RowState, softmax::store_part},
};

/// t and c.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdaptiveP {
    /// The probability to aim at, in [0, 1]; None is off.
    pub target: Option<f64>,
    /// How long it remembers, in [0, 1]: at 1 the target never moves.
    pub decay: f64,
}

impl Default for AdaptiveP {
    fn default() -> Self {
        Self { target: None, decay: 0.9 }
    }
}

/// The distance from the target at which a logit has fallen by 5, and its inverse.
const REACH: f64 = 0.3;
const INVERSE: f32 = 3.333_333_3;
/// Steps of a probability.
const STEP: f32 = 1.0 / 16_777_216.0;

impl AdaptiveP {
    /// t' after tokens of these original probabilities.
    fn goal(self, originals: &[f32]) -> f64 {
        let target = self.target.unwrap_or(0.0);
        let average = originals.iter().fold(target, |a, &p| self.decay * a + (1.0 - self.decay) * f64::from(p));
        (2.0 * target - average).clamp(0.0, 1.0)
    }
}

/// x' of tokens with p in steps, of which there are at most 2^24.
#[inline(always)]
fn logits<L: Lanes>(steps: L, goal: f32) -> L {
    let from_goal = steps.mul(L::splat(STEP)).sub(L::splat(goal));
    let d = from_goal.max(L::splat(0.0).sub(from_goal)).mul(L::splat(INVERSE));
    let fall = d.mul(d).mul(L::splat(10.0)).div(L::splat(1.0).add(d));
    L::splat(5.0).sub(fall)
}

/// The sum of all masses.
#[derive(Clone, Copy)]
struct Whole {
    total: i64,
    /// 2^24 / total.
    factor: f64,
}

impl Whole {
    #[allow(clippy::cast_possible_wrap, clippy::cast_precision_loss, reason = "below 2^53")]
    fn of(total: u64) -> Self {
        Self { total: total as i64, factor: 16_777_216.0 / total as f64 }
    }

    /// ⌊mass · 2^24 / total⌋. The division takes longer than all the rest; this product, rounded to a whole number, is that number or one more, which
    /// shows in what is left.
    #[inline(always)]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_precision_loss,
        reason = "in [0, 2^24]"
    )]
    fn steps(self, mass: u32) -> f32 {
        // Added to 2^52, the whole number is in the low bits.
        let near = (f64::from(mass) * self.factor + 4_503_599_627_370_496.0).to_bits() as i32;
        let left = (i64::from(mass) << 24) - i64::from(near) * self.total;
        (near - i32::from(left < 0)) as f32
    }
}

impl StageRules for AdaptiveP {
    const SPEC: Spec = Spec {
        name: "adaptive_p",
        label: "Adaptive-p",
        about: "Favours tokens whose probability is near a target, and moves the target to make up for what was drawn.",
        group: Group::Adaptive,
        filter: false,
        reason: "far from the target",
        brief: "off target",
        shows: Shows::Probability,
        sampler: "adaptive_p",
        settings: &[
            Setting {
                name: "adaptive_target",
                label: "Adaptive-p target",
                about: "The average probability that the tokens drawn should have.",
                kind: Kind::Probability,
                above: "tokens of about {percent}",
                below: "tokens of about {percent}",
                symbol: "t",
                does: "about {percent}",
                slider: Slider::linear(0.0, 1.0, 0.01),
                elsewhere: &[(System::LlamaCpp, "--adaptive-target")],
                also: &[("adaptivep", "")],
                ..Setting::PLAIN
            },
            Setting {
                name: "adaptive_decay",
                label: "Adaptive-p decay",
                about: "How long adaptive-p remembers: the share of its memory that is left after each token.",
                kind: Kind::Probability,
                off: Some(0.9),
                helps: true,
                symbol: "c",
                does: "remembers {percent}",
                slider: Slider::linear(0.0, 1.0, 0.01),
                elsewhere: &[(System::LlamaCpp, "--adaptive-decay")],
                ..Setting::PLAIN
            },
        ],
        // llama.cpp draws with it, after the temperature.
        places: &[(System::LlamaCpp, "")],
        ..Spec::PLAIN
    };
    const READS_HISTORY: bool = true;
    const FOLLOWS: bool = true;
    const FOLLOWS_ORIGINAL: bool = true;

    fn set(&mut self, name: &str, value: Amount) {
        match name {
            "adaptive_decay" => self.decay = value.number(),
            _ => self.target = Some(value.number()),
        }
    }

    fn examples() -> [Self; 2] {
        [Self { target: Some(0.01), decay: 0.9 }, Self { target: Some(0.5), decay: 0.5 }]
    }

    fn is_off(&self) -> bool {
        self.target.is_none()
    }

    #[allow(clippy::cast_possible_truncation, reason = "a target in f32, as the kernel has it")]
    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, given: &Given<'_>) -> Result<()> {
        let goal = self.goal(given.history.originals()) as f32;
        row.remake::<L>(|total, masses, x| {
            let whole = Whole::of(total);
            for (steps, &mass) in x.iter_mut().zip(masses) {
                *steps = whole.steps(mass);
            }
            let (vectors, tail) = x.as_chunks_mut::<WIDTH>();
            for x in vectors {
                logits(L::load(x), goal).store(x);
            }
            store_part(logits::<L>(load_padded(tail), goal), tail);
        })
    }

    #[allow(clippy::cast_possible_truncation, reason = "a target in f32")]
    fn gpu(&self, given: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        Some([(self.goal(given.history.originals()) as f32).to_bits(), 0, 0, 0])
    }

    /// The order of tokens changes; none goes.
    fn reference(&self, _: &mut Ranked, _: System) {}

    fn setting(&self) -> String {
        format!("adaptive_p = {}", shortest(self.target.unwrap_or_default()))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let goal = self.goal(passed.given.history.originals());
        let rule = format!(
            "favoured tokens with a probability near {goal:.3}, the more the nearer: half a peak is {REACH} away"
        );
        passed.by_logit(goal, rule)
    }
}
