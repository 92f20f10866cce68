//! eta_cutoff: keep p ≥ η, η = min(ε, √ε · e^−H), H the entropy in nats. (V) → (V), the rest is masked.
//!
//! Off at null and 0. The most likely token is always kept, and so are those equal to it. Probabilities and H are those of what is still there.
//! In integers, the same on every device: keep the tokens whose surprise, −log2 p in whole steps (rows/surprise.rs), is at most the larger of
//! E and ⌊E / 2⌋ + H, E = ⌊−log2 ε · 2^24⌋ and H in steps. Where p is within the band of docs/numerics.md of η other arithmetic may differ.
//! An ε of 2^-126 or less keeps all. Source: Hewitt et al. 2022. Test: tests/it/stages/eta_cutoff.rs.

use super::{
    Amount, Edit, Given, Kind, Passed, Ranked, Reason, Setting, Slider, Spec, StageRules, System,
    epsilon_cutoff::STOPS, shortest, tokens,
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
pub struct EtaCutoff(pub f64);

impl EtaCutoff {
    /// η where the entropy is so many nats.
    fn limit(self, entropy: f64) -> f64 {
        self.0.min(libm::sqrt(self.0) * libm::exp(-entropy))
    }
}

impl StageRules for EtaCutoff {
    const SPEC: Spec = Spec {
        name: "eta_cutoff",
        label: "Eta cutoff",
        about: "Keeps tokens of at least a probability η, which falls as the entropy rises.",
        filter: true,
        reason: "its probability {evidence_percent} is below {percent}",
        brief: "below η",
        settings: &[Setting {
            name: "eta_cutoff",
            label: "Eta cutoff",
            about: "Keeps tokens of at least this probability, or a lower one where the entropy is high.",
            kind: Kind::Probability,
            off: Some(0.0),
            above: "tokens of at least {percent}, or less where the choice is open",
            symbol: "ε",
            does: "≥ η of {percent}",
            slider: Some(Slider::Stops(&STOPS)),
            elsewhere: &[(System::Transformers, "eta_cutoff")],
            also: &[("etacutoff", ""), ("eta", "")],
            ..Setting::PLAIN
        }],
        ..Spec::PLAIN
    };

    fn set(&mut self, _: &str, value: Amount) {
        self.0 = value.number();
    }

    fn examples() -> [Self; 2] {
        [Self(0.05), Self(1e-5)]
    }

    fn is_off(&self) -> bool {
        self.0 <= 0.0
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, _: &Given<'_>) -> Result<()> {
        let surprise = Surprise::of::<L>(row)?;
        let limit = steps_of(self.0);
        surprise.keep_within::<L>(row, limit.saturating_sub(surprise.top).max(limit / 2 + surprise.mean))
    }

    fn gpu(&self, _: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        Some([steps_of(self.0), 0, 0, 0])
    }

    fn reference(&self, row: &mut Ranked, _: System) {
        row.keep_probable(self.limit(row.entropy()));
    }

    fn setting(&self) -> String {
        format!("eta_cutoff = {}", shortest(self.0))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let (gone, limit) = (tokens(passed.removed.len()), self.limit(passed.entropy()));
        let rule = format!("removed {gone} with a probability below {limit:.2e}, the bar at this entropy");
        passed.by_probability(limit, rule)
    }
}
