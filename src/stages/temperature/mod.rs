//! temperature: x / T, a true f32 division. (V) → (V).
//!
//! Off at T = 1. T < 1 sharpens, T > 1 flattens. T = 0 is greedy and never gets here: see draw.rs.
//! Edge: a T so small that max / T overflows is an error. On the whole row the division is done where a value is needed,
//! with the same rounding. Source: the notebook. Test: tests/it/stages/temperature.rs.

use super::{
    Amount, Cut, Edit, Given, Group, Kind, Passed, Ranked, Reason, Setting, Shows, Slider, Spec, StageRules, System,
    shortest,
};
use crate::{core::error::Result, lanes::Lanes, rows::RowState};

/// `x / T`, T > 0; 1 is off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Temperature(pub f32);

impl Default for Temperature {
    fn default() -> Self {
        Self(1.0)
    }
}

impl StageRules for Temperature {
    const SPEC: Spec = Spec {
        name: "temperature",
        label: "Temperature",
        about: "Divides every logit by T.",
        group: Group::Temperature,
        filter: false,
        reason: "not the most likely",
        brief: "not the top",
        shows: Shows::Probability,
        sampler: "temperature",
        settings: &[Setting {
            name: "temperature",
            label: "Temperature",
            about: "Divides every logit. Below 1 the likely tokens gain, above 1 the others; 0 always takes the most likely one.",
            kind: Kind::NonNegative,
            off: Some(1.0),
            helps: false,
            above: "flatter than the model",
            below: "sharper than the model",
            symbol: "T",
            does: "logits ÷ {number}",
            slider: Some(Slider::Stops(&STOPS)),
            elsewhere: &[
                (System::Transformers, "temperature"),
                (System::Vllm, "temperature"),
                (System::LlamaCpp, "--temp"),
            ],
            differs: &[(System::Vllm, "vLLM raises a temperature between 0 and 0.01 to 0.01.")],
            greedy: Some(0.0),
        }],
        // llama.cpp divides last.
        places: &[(System::LlamaCpp, "")],
    };
    const PER_TOKEN: bool = true;

    fn set(&mut self, _: &str, value: Amount) {
        self.0 = value.single();
    }

    fn is_greedy(&self) -> bool {
        self.0 == 0.0
    }

    fn examples() -> [Self; 2] {
        [Self(0.7), Self(1.9)]
    }

    fn is_off(&self) -> bool {
        self.0 == 1.0
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, _: &Given<'_>) -> Result<()> {
        row.divide::<L>(self.0)
    }

    fn gpu(&self, _: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        (self.0 > 0.0 && self.0.is_finite()).then_some([self.0.to_bits(), 0, 0, 0])
    }

    fn fused(&self) -> Option<Cut> {
        (self.0 > 0.0 && self.0.is_finite()).then_some(Cut::Divide(self.0))
    }

    fn reference(&self, row: &mut Ranked, _: System) {
        row.map(|x| x / f64::from(self.0));
    }

    fn setting(&self) -> String {
        format!("temperature = {}", shortest(self.0))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let effect = if self.0 < 1.0 { "gaps grow, likely tokens gain" } else { "gaps shrink, unlikely tokens gain" };
        passed.by_logit(f64::NAN, format!("divided every logit by {}: {effect}", shortest(self.0)))
    }
}

/// Closer together where a change matters more: roughly logarithmic.
const STOPS: [f64; 42] = [
    0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0,
    1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.25, 2.5, 2.75, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 8.0, 10.0,
];
