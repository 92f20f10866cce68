//! min_p: keep tokens at least min_p times as likely as the most likely. (V) → (V), the rest is masked.
//!
//! p_i ≥ min_p · p_max, in log space x_i − max ≥ ln(min_p), so no exponential is taken. The most likely token is always kept.
//! Off at null and 0. Source: Nguyen et al. 2024 (min-p). Test: tests/it/stages/min_p.rs.

use super::{
    Amount, Cut, Edit, Given, Group, Kind, Passed, Ranked, Reason, Setting, Shows, Slider, Spec, StageRules, System,
    shortest, tokens,
};
use crate::{
    core::{error::Result, token::TokenId},
    lanes::Lanes,
    rows::RowState,
};

/// In [0, 1]; 0 is off.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MinP(pub f64);

impl MinP {
    /// ln(`min_p`): the distance from the largest logit that is still kept.
    #[allow(clippy::cast_possible_truncation, reason = "logits are f32, so their distance is compared in f32")]
    fn log_limit(self) -> f32 {
        libm::log(self.0) as f32
    }
}

impl StageRules for MinP {
    const SPEC: Spec = Spec {
        name: "min_p",
        label: "Min-p",
        about: "Keeps tokens at least this fraction as likely as the most likely one.",
        group: Group::Truncation,
        filter: true,
        reason: "less than {percent} of the most likely",
        brief: "under {percent}",
        shows: Shows::ShareOfTop,
        sampler: "min_p",
        switch: "",
        settings: &[Setting {
            name: "min_p",
            label: "Min-p",
            about: "Keeps tokens at least this fraction as likely as the most likely one.",
            kind: Kind::Probability,
            off: Some(0.0),
            above: "at least {percent} of the most likely",
            below: "",
            does: "≥ {percent} of top",
            slider: Slider::linear(0.0, 1.0, 0.01),
            elsewhere: &[(System::Transformers, "min_p"), (System::Vllm, "min_p"), (System::LlamaCpp, "--min-p")],
            ..Setting::PLAIN
        }],
        // vLLM does it between temperature and top_k.
        places: &[(System::Vllm, "top_k")],
    };

    fn set(&mut self, _: &str, value: Amount) {
        self.0 = value.number();
    }

    fn examples() -> [Self; 2] {
        [Self(0.3), Self(0.02)]
    }

    fn is_off(&self) -> bool {
        self.0 <= 0.0
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, _: &Given<'_>) -> Result<()> {
        let max = row.scale::<L>()?.max;
        let limit = self.log_limit();
        row.keep_where::<L>(&|x| x - max >= limit)
    }

    fn gpu(&self, _: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        Some([self.log_limit().to_bits(), 0, 0, 0])
    }

    fn fused(&self) -> Option<Cut> {
        Some(Cut::Value(self.log_limit()))
    }

    fn reference(&self, row: &mut Ranked, _: System) {
        row.n = row.n_at_least(row.x[0] + libm::log(self.0));
    }

    fn setting(&self) -> String {
        format!("min_p = {}", shortest(self.0))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
        let share = |&id: &TokenId| passed.exps[id as usize] as f32;
        let (gone, min_p) = (tokens(passed.removed.len()), shortest(self.0));
        let rule = format!("removed {gone} less than {min_p} times as likely as the most likely one");
        let limit = libm::exp(f64::from(self.log_limit()));
        Reason { evidence: passed.asked.iter().map(share).collect(), limit, rule }
    }
}
