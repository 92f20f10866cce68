//! mirostat: version 2: keep what is at most μ bits surprising, and let μ follow what was drawn. (V) → (V), the rest is masked.
//!
//! −log2 p ≤ μ, or the most likely token, and those equal to it. μ = 2τ before the first token; each token drawn moves it by −η · (s − τ), where
//! s = −log2 of the probability with which it was drawn. So μ = 2τ − η · (Σ s − n · τ), and of a text the stage needs to know n and Σ s alone, which the
//! history counts in whole steps (core/history.rs). A token that was put in by hand and could not be drawn does not count. Off at null and τ = 0.
//! In integers, the same on every device: the surprise in steps (rows/surprise.rs) is at most ⌊μ · 2^24⌋; where it is within the band of docs/numerics.md
//! of μ other arithmetic may differ. Source: Basu et al. 2021, llama.cpp. Test: tests/it/stages/mirostat.rs, tests/it/following.rs.

use super::{
    Amount, Edit, Given, Group, Kind, Passed, Ranked, Reason, Setting, Shows, Slider, Spec, StageRules, System,
    shortest, tokens,
};
use crate::{
    core::{error::Result, history::Drawn},
    lanes::Lanes,
    rows::{
        RowState,
        surprise::{Surprise, steps_of_bits},
    },
};

/// τ and η.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mirostat {
    /// How surprising the tokens should be on average, in bits; 0 is off.
    pub tau: f64,
    /// How fast it follows.
    pub eta: f64,
}

impl Default for Mirostat {
    fn default() -> Self {
        Self { tau: 0.0, eta: 0.1 }
    }
}

impl Mirostat {
    /// μ in bits, after these tokens.
    fn limit(self, drawn: Drawn) -> f64 {
        2.0 * self.tau - self.eta * (drawn.bits() - f64::from(drawn.n) * self.tau)
    }
}

impl StageRules for Mirostat {
    const SPEC: Spec = Spec {
        name: "mirostat",
        label: "Mirostat",
        about: "Keeps tokens of at most μ bits of surprise, and moves μ so that the tokens drawn have τ bits on average.",
        group: Group::Adaptive,
        filter: true,
        reason: "{evidence} bits of surprise, more than {number}",
        brief: "over μ",
        shows: Shows::Surprise,
        switch: "--mirostat 2",
        settings: &[
            Setting {
                name: "mirostat_tau",
                label: "Mirostat τ",
                about: "The average surprise that the tokens drawn should have, in bits.",
                kind: Kind::NonNegative,
                off: Some(0.0),
                above: "about {number} bits of surprise a token",
                symbol: "τ",
                does: "≈ {number} bits a token",
                slider: Slider::linear(0.0, 10.0, 0.1),
                elsewhere: &[(System::LlamaCpp, "--mirostat-ent")],
                differs: &[(
                    System::LlamaCpp,
                    "With Mirostat, llama.cpp runs no other sampler but the temperature and the logit bias.",
                )],
                also: &[
                    ("mirostat", "version 2 is on where it is above 0"),
                    ("mirostatmode", "version 2 is on where it is above 0"),
                    ("mirostatent", ""),
                ],
                ..Setting::PLAIN
            },
            Setting {
                name: "mirostat_eta",
                label: "Mirostat η",
                about: "How fast μ adapts: the part of each error by which it moves.",
                kind: Kind::NonNegative,
                off: Some(0.1),
                helps: true,
                symbol: "η",
                does: "moves by {number}",
                slider: Slider::linear(0.0, 1.0, 0.01),
                elsewhere: &[(System::LlamaCpp, "--mirostat-lr")],
                also: &[("mirostatlr", "")],
                ..Setting::PLAIN
            },
        ],
        // llama.cpp draws with it, after the temperature.
        places: &[(System::LlamaCpp, "")],
        ..Spec::PLAIN
    };
    const READS_HISTORY: bool = true;
    const FOLLOWS: bool = true;

    fn set(&mut self, name: &str, value: Amount) {
        match name {
            "mirostat_eta" => self.eta = value.number(),
            _ => self.tau = value.number(),
        }
    }

    fn examples() -> [Self; 2] {
        [Self { tau: 1.5, eta: 0.1 }, Self { tau: 5.0, eta: 0.1 }]
    }

    fn is_off(&self) -> bool {
        self.tau <= 0.0
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, given: &Given<'_>) -> Result<()> {
        let surprise = Surprise::of::<L>(row)?;
        let most = steps_of_bits(self.limit(given.history.drawn()));
        surprise.keep_within::<L>(row, most.saturating_sub(surprise.top))
    }

    fn gpu(&self, given: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        Some([steps_of_bits(self.limit(given.history.drawn())), 0, 0, 0])
    }

    fn reference(&self, row: &mut Ranked, system: System) {
        if matches!(system, System::Notebook | System::LlamaCpp) {
            row.keep_probable(libm::exp2(-self.limit(row.drawn)));
        }
    }

    fn setting(&self) -> String {
        format!("mirostat = {} bits", shortest(self.tau))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let (surprise, limit) = (passed.surprise(), self.limit(passed.given.history.drawn()));
        #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
        let evidence = passed.asked.iter().map(|&id| (surprise(id) * std::f64::consts::LOG2_E) as f32).collect();
        let gone = tokens(passed.removed.len());
        let rule = format!("removed {gone} of a surprise above μ, {limit:.3} bits in this step");
        Reason { evidence, limit, rule }
    }
}
