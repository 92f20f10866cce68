//! top_a: keep p ≥ a · p_max². (V) → (V), the rest is masked. The most likely token is always kept, and so are those equal to it.
//!
//! Off at null and 0. Probabilities are those of what is still there. In integers, the same on every device: −log2 (a · p_max²) is that of a plus twice
//! the surprise of the most likely token (rows/surprise.rs), so a token stays that is at most ⌊−log2 a · 2^24⌋ steps plus that surprise once more
//! surprising than it. Where p is within the band of docs/numerics.md of the bar other arithmetic may differ. An a of 2^-126 or less keeps all.
//! Cost: one read of the row for the sum of its masses, one comparison per token. Source: RWKV, KoboldAI. Test: tests/it/stages/top_a.rs.

use super::{
    Amount, Edit, Given, Kind, Passed, Ranked, Reason, Setting, Slider, Spec, StageRules, System, shortest, tokens,
};
use crate::{
    core::error::Result,
    lanes::Lanes,
    rows::{
        RowState,
        surprise::{Surprise, steps_of},
    },
};

/// a in [0, 1]; 0 is off.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TopA(pub f64);

impl StageRules for TopA {
    const SPEC: Spec = Spec {
        name: "top_a",
        label: "Top-a",
        about: "Keeps tokens whose probability is at least a times the square of the largest one.",
        filter: true,
        reason: "its probability {evidence_percent} is below {percent}",
        brief: "under a · max²",
        settings: &[Setting {
            name: "top_a",
            label: "Top-a",
            about: "Keeps tokens whose probability is at least this fraction of the square of the largest one.",
            kind: Kind::Probability,
            off: Some(0.0),
            above: "at least {percent} of the square of the largest probability",
            symbol: "a",
            does: "≥ {percent} of max²",
            slider: Slider::linear(0.0, 1.0, 0.01),
            ..Setting::PLAIN
        }],
        ..Spec::PLAIN
    };

    fn set(&mut self, _: &str, value: Amount) {
        self.0 = value.number();
    }

    fn examples() -> [Self; 2] {
        [Self(0.5), Self(0.01)]
    }

    fn is_off(&self) -> bool {
        self.0 <= 0.0
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, _: &Given<'_>) -> Result<()> {
        let surprise = Surprise::of::<L>(row)?;
        surprise.keep_within::<L>(row, steps_of(self.0).saturating_add(surprise.top))
    }

    fn gpu(&self, _: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        Some([steps_of(self.0), 0, 0, 0])
    }

    fn reference(&self, row: &mut Ranked, _: System) {
        let top = row.probabilities()[0];
        row.keep_probable(self.0 * top * top);
    }

    fn setting(&self) -> String {
        format!("top_a = {}", shortest(self.0))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        // The largest of what is not yet divided by the sum is 1.
        let (gone, limit) = (tokens(passed.removed.len()), self.0 / (passed.sum * passed.sum));
        let rule = format!(
            "removed {gone} with a probability below {limit:.2e}, {} times the largest squared",
            shortest(self.0)
        );
        passed.by_probability(limit, rule)
    }
}
