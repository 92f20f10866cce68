//! epsilon_cutoff: keep p ≥ ε. (V) → (V), the rest is masked. The most likely token is always kept, and so are those equal to it.
//!
//! Off at null and 0. Probabilities are those of what is still there. In integers, the same on every device: keep the tokens whose surprise,
//! −log2 p in whole steps (rows/surprise.rs), is at most ⌊−log2 ε · 2^24⌋. Where p is within the band of docs/numerics.md of ε other
//! arithmetic may differ. An ε of 2^-126 or less keeps all.
//! Source: Hewitt et al. 2022. Test: tests/it/stages/epsilon_cutoff.rs.

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

/// ε in [0, 1]; 0 is off.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EpsilonCutoff(pub f64);

impl StageRules for EpsilonCutoff {
    const SPEC: Spec = Spec {
        name: "epsilon_cutoff",
        label: "Epsilon cutoff",
        about: "Keeps tokens of at least this probability.",
        filter: true,
        reason: "its probability {evidence_percent} is below {percent}",
        brief: "under {percent}",
        settings: &[Setting {
            name: "epsilon_cutoff",
            label: "Epsilon cutoff",
            about: "Keeps tokens of at least this probability.",
            kind: Kind::Probability,
            off: Some(0.0),
            above: "tokens of at least {percent}",
            symbol: "ε",
            does: "≥ {percent}",
            slider: Some(Slider::Stops(&STOPS)),
            elsewhere: &[(System::Transformers, "epsilon_cutoff")],
            also: &[("epsiloncutoff", ""), ("epsilon", "")],
            ..Setting::PLAIN
        }],
        ..Spec::PLAIN
    };

    fn set(&mut self, _: &str, value: Amount) {
        self.0 = value.number();
    }

    fn examples() -> [Self; 2] {
        [Self(0.01), Self(1e-5)]
    }

    fn is_off(&self) -> bool {
        self.0 <= 0.0
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, _: &Given<'_>) -> Result<()> {
        let surprise = Surprise::of::<L>(row)?;
        surprise.keep_within::<L>(row, steps_of(self.0).saturating_sub(surprise.top))
    }

    fn gpu(&self, _: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        Some([steps_of(self.0), 0, 0, 0])
    }

    fn reference(&self, row: &mut Ranked, _: System) {
        row.keep_probable(self.0);
    }

    fn setting(&self) -> String {
        format!("epsilon_cutoff = {}", shortest(self.0))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let (gone, epsilon) = (tokens(passed.removed.len()), shortest(self.0));
        passed.by_probability(self.0, format!("removed {gone} with a probability below {epsilon}"))
    }
}

/// Closer together where it matters: roughly logarithmic.
pub(super) const STOPS: [f64; 19] =
    [0.0, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 3e-4, 6e-4, 9e-4, 0.001, 0.002, 0.004, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
