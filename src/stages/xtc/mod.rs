//! xtc: in some steps, remove the most likely of the tokens with p ≥ t, all but the least likely of them. (V) → (V), the rest is masked.
//!
//! In a step that the stage acts in, of the tokens with p ≥ t (logit descending, then id ascending) only the last stays, with all below t. One alone
//! stays. It acts with probability P: where the step's second random number, 64 bits that are a function of its first (rng/mod.rs), is at most P · 2^64.
//! Off at P = 0, and at t > 0.5, where no two tokens are. In integers, the same on every device: p ≥ t is a surprise of at most ⌊−log2 t · 2^24⌋ steps
//! (rows/surprise.rs); where p is within the band of docs/numerics.md of t other arithmetic may differ.
//! Source: XTC (p-e-w), as in llama.cpp. Test: tests/it/stages/xtc.rs.

use super::{
    Amount, Edit, Given, Kind, Passed, Ranked, Reason, Setting, Slider, Spec, StageRules, System, shortest, tokens,
    top_p::share,
};
use crate::{
    core::error::Result,
    lanes::Lanes,
    rows::{
        RowState,
        surprise::{Surprise, steps_of},
    },
};

/// P and t.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Xtc {
    /// In how many of the steps it acts, in [0, 1]; 0 is off.
    pub probability: f64,
    /// What counts as likely, in [0, 1]; above 0.5 is off.
    pub threshold: f64,
}

impl Default for Xtc {
    fn default() -> Self {
        Self { probability: 0.0, threshold: 0.1 }
    }
}

impl Xtc {
    fn acts(self, given: &Given<'_>) -> bool {
        given.chance() <= share(self.probability)
    }
}

impl StageRules for Xtc {
    const SPEC: Spec = Spec {
        name: "xtc",
        label: "XTC",
        about: "In some steps, removes all but the least likely of the tokens above a threshold.",
        filter: true,
        reason: "its probability {evidence_percent} is at least {percent}, and so is a less likely one’s",
        brief: "top choice",
        sampler: "xtc",
        settings: &[
            Setting {
                name: "xtc_probability",
                label: "XTC probability",
                about: "The probability that XTC acts in a step.",
                kind: Kind::Probability,
                off: Some(0.0),
                above: "in {percent} of the steps without the most likely tokens",
                symbol: "P",
                does: "in {percent} of steps",
                slider: Slider::linear(0.0, 1.0, 0.01),
                elsewhere: &[(System::LlamaCpp, "--xtc-probability")],
                also: &[("xtc", "")],
                ..Setting::PLAIN
            },
            Setting {
                name: "xtc_threshold",
                label: "XTC threshold",
                about: "The probability at or above which a token counts as a top choice; above 0.5 XTC is off.",
                kind: Kind::Probability,
                off: Some(0.1),
                helps: true,
                symbol: "t",
                does: "likely: ≥ {percent}",
                slider: Slider::linear(0.0, 0.5, 0.01),
                elsewhere: &[(System::LlamaCpp, "--xtc-threshold")],
                ..Setting::PLAIN
            },
        ],
        ..Spec::PLAIN
    };

    fn set(&mut self, name: &str, value: Amount) {
        match name {
            "xtc_threshold" => self.threshold = value.number(),
            _ => self.probability = value.number(),
        }
    }

    fn examples() -> [Self; 2] {
        [Self { probability: 1.0, threshold: 0.01 }, Self { probability: 0.5, threshold: 0.1 }]
    }

    fn is_off(&self) -> bool {
        self.probability <= 0.0 || self.threshold > 0.5
    }

    fn chance(&self) -> Option<(f64, Self)> {
        Some((self.probability, Self { probability: 1.0, ..*self }))
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, given: &Given<'_>) -> Result<()> {
        if !self.acts(given) {
            return Ok(());
        }
        let surprise = Surprise::of::<L>(row)?;
        let Some(most) = steps_of(self.threshold).checked_sub(surprise.top) else { return Ok(()) };
        row.keep_last_where::<L>(|value| surprise.below_top(value) <= most)
    }

    /// Whether it acts, and the surprise of t.
    fn gpu(&self, given: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        Some([self.acts(given).into(), steps_of(self.threshold), 0, 0])
    }

    /// Here and in llama.cpp, whose random number is another one: as if it acted in the same steps.
    fn reference(&self, row: &mut Ranked, system: System) {
        let is_known = matches!(system, System::Notebook | System::LlamaCpp);
        if !is_known || row.chance > share(self.probability) {
            return;
        }
        let n_likely = row.probabilities().into_iter().filter(|&p| p >= self.threshold).count();
        row.retain(|ix| ix + 1 >= n_likely);
    }

    fn setting(&self) -> String {
        format!("xtc = {} of {}", shortest(self.probability), shortest(self.threshold))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let (gone, t) = (tokens(passed.removed.len()), shortest(self.threshold));
        let (chance, p) = (share_of_chance(passed.given.chance()), shortest(self.probability));
        let rule = if !self.acts(passed.given) {
            format!("did not act in this step: its random number {chance:.3} is above {p}")
        } else if passed.removed.is_empty() {
            format!("removed nothing: fewer than two tokens have a probability of at least {t}")
        } else {
            format!("removed {gone} with a probability of at least {t}; the least likely of those stays")
        };
        passed.by_probability(self.threshold, rule)
    }
}

/// As a number in [0, 1].
#[allow(clippy::cast_precision_loss, reason = "shown in three digits")]
fn share_of_chance(chance: u64) -> f64 {
    chance as f64 / 18_446_744_073_709_551_616.0
}
