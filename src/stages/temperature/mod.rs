//! temperature: x / T, a true f32 division. (V) → (V).
//!
//! Off at T = 1. T < 1 sharpens, T > 1 flattens. T = 0 is greedy and never gets here: see draw.rs.
//! Dynamic where `range` Δ > 0: T' = Tmin + (Tmax − Tmin) · (H / log2 n)^e, Tmin = max(0, T − Δ), Tmax = T + Δ, for n tokens of entropy H, and not
//! below the smaller of Tmax and 2^-10; one token alone stays as it is. H and log2 n are whole steps (rows/surprise.rs), the power is 2^-d in f32
//! with d = e · (log2 log2 n − log2 H) in steps of 2^-18, so T' has the same bits on every device; it is within 10^-5 of itself of exact arithmetic.
//! Edge: a T so small that max / T overflows is an error. On the whole row the division is done where a value is needed,
//! with the same rounding. Source: the notebook; dynamic: llama.cpp. Test: tests/it/stages/temperature.rs.

use super::{
    Amount, Cut, Edit, Given, Group, Kind, Passed, Ranked, Reason, Setting, Shows, Slider, Spec, StageRules, System,
    shortest,
};
use crate::{
    core::error::Result,
    lanes::Lanes,
    rows::{RowState, surprise::Surprise},
};

/// `x / T`, T > 0; 1 is off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Temperature {
    /// T.
    pub t: f32,
    /// How far the entropy may move T in each direction, ≥ 0; 0 is not at all.
    pub range: f32,
    /// The power of the entropy's part of what it could be, ≥ 0.
    pub exponent: f32,
}

impl Default for Temperature {
    fn default() -> Self {
        Self::fixed(1.0)
    }
}

impl Temperature {
    /// The same T for every row.
    pub const fn fixed(t: f32) -> Self {
        Self { t, range: 0.0, exponent: 1.0 }
    }

    /// The lowest and the highest T'.
    fn limits(self) -> (f32, f32) {
        ((self.t - self.range).max(0.0), self.t + self.range)
    }

    fn is_dynamic(self) -> bool {
        self.range > 0.0
    }

    /// T' where the entropy is `part` of the largest that it could be.
    fn at(self, part: f64) -> f64 {
        let (low, high) = self.limits();
        let (low, high) = (f64::from(low), f64::from(high));
        (low + (high - low) * libm::pow(part, self.exponent.into())).max(high.min(LEAST.into()))
    }
}

/// A dynamic T is not below this, whatever the entropy: where it would be, the most likely token has nearly all of the probability.
const LEAST: f32 = 1.0 / 1024.0;
/// A larger exponent does the same: nothing of what is below its largest is left.
const MOST: f32 = 33_554_432.0;

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
        switch: "",
        settings: &[
            Setting {
                name: "temperature",
                label: "Temperature",
                about: "Divides every logit. Below 1 the likely tokens gain, above 1 the unlikely ones; 0 always takes the most likely token.",
                kind: Kind::NonNegative,
                off: Some(1.0),
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
                also: &[
                    ("temp", ""),
                    ("t", ""),
                    ("tau", ""),
                    ("dosample", "temperature: 0 is greedy, everything else draws"),
                    ("greedy", "temperature: 0 is greedy"),
                ],
                greedy: Some(0.0),
                ..Setting::PLAIN
            },
            Setting {
                name: "dynatemp_range",
                label: "Dynamic range",
                about: "How far the entropy moves the temperature: up where many tokens are about equally likely, down where one is nearly certain.",
                kind: Kind::NonNegative,
                off: Some(0.0),
                above: "a temperature that follows the entropy, ± {number}",
                symbol: "Δ",
                does: "T ± {number}",
                slider: Slider::linear(0.0, 3.0, 0.05),
                elsewhere: &[(System::LlamaCpp, "--dynatemp-range")],
                also: &[("dynatemp", ""), ("dynamictemperature", "")],
                ..Setting::PLAIN
            },
            Setting {
                name: "dynatemp_exponent",
                label: "Dynamic exponent",
                about: "Above 1 the temperature stays low until the entropy is near its maximum; below 1 it rises early.",
                kind: Kind::NonNegative,
                off: Some(1.0),
                symbol: "e",
                does: "to the power {number}",
                slider: Slider::linear(0.0, 5.0, 0.1),
                elsewhere: &[(System::LlamaCpp, "--dynatemp-exp")],
                helps: true,
                also: &[("dynatempexp", "")],
                ..Setting::PLAIN
            },
        ],
        // llama.cpp divides last.
        places: &[(System::LlamaCpp, "")],
    };
    const PER_TOKEN: bool = true;

    fn set(&mut self, name: &str, value: Amount) {
        match name {
            "dynatemp_range" => self.range = value.single(),
            "dynatemp_exponent" => self.exponent = value.single(),
            _ => self.t = value.single(),
        }
    }

    fn is_greedy(&self) -> bool {
        self.t == 0.0
    }

    fn examples() -> [Self; 2] {
        [Self::fixed(0.7), Self::fixed(1.9)]
    }

    fn checked() -> Vec<Self> {
        vec![Self::fixed(0.7), Self { t: 0.8, range: 0.5, exponent: 1.7 }]
    }

    fn is_off(&self) -> bool {
        self.t == 1.0 && !self.is_dynamic()
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, _: &Given<'_>) -> Result<()> {
        if !self.is_dynamic() {
            return row.divide::<L>(self.t);
        }
        let surprise = Surprise::of::<L>(row)?;
        let n = row.n_left::<L>()?;
        if n == 1 {
            return Ok(());
        }
        let (low, high) = self.limits();
        let power = surprise.part_of_largest::<L>(n, self.exponent.min(MOST));
        row.divide::<L>(((high - low) * power + low).max(high.min(LEAST)))
    }

    /// T and 0, or the limits of T', the exponent and 1.
    fn gpu(&self, _: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        let (low, high) = self.limits();
        (self.t > 0.0 && high.is_finite()).then_some(if self.is_dynamic() {
            [low.to_bits(), high.to_bits(), self.exponent.min(MOST).to_bits(), 1]
        } else {
            [self.t.to_bits(), 0, 0, 0]
        })
    }

    fn fused(&self) -> Option<Cut> {
        (self.t > 0.0 && self.t.is_finite() && !self.is_dynamic()).then_some(Cut::Divide(self.t))
    }

    /// Dynamic here and in llama.cpp.
    fn reference(&self, row: &mut Ranked, system: System) {
        let has_range = matches!(system, System::Notebook | System::LlamaCpp);
        #[allow(clippy::cast_precision_loss, reason = "a count of tokens")]
        let t = match row.n {
            n if self.is_dynamic() && has_range && n > 1 => self.at(row.entropy() / libm::log(n as f64)),
            _ => self.t.into(),
        };
        row.map(|x| x / t);
    }

    fn setting(&self) -> String {
        let t = format!("temperature = {}", shortest(self.t));
        if self.is_dynamic() { format!("{t} ± {} by the entropy", shortest(self.range)) } else { t }
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        if self.is_dynamic() {
            return self.explain_dynamic(passed);
        }
        let effect = if self.t < 1.0 { "gaps grow, likely tokens gain" } else { "gaps shrink, unlikely tokens gain" };
        passed.by_logit(f64::NAN, format!("divided every logit by {}: {effect}", shortest(self.t)))
    }
}

impl Temperature {
    fn explain_dynamic(self, passed: &Passed<'_>) -> Reason {
        let n = passed.before.iter().filter(|x| **x > f32::NEG_INFINITY).count();
        if n == 1 {
            return passed.by_logit(f64::NAN, "one token is left: nothing to divide".to_owned());
        }
        #[allow(clippy::cast_precision_loss, reason = "a count of tokens")]
        let largest = libm::log2(n as f64);
        let entropy = passed.entropy() * std::f64::consts::LOG2_E;
        let t = self.at((entropy / largest).clamp(0.0, 1.0));
        let rule = format!("divided every logit by {t:.3}: the entropy is {entropy:.3} of at most {largest:.3} bits");
        passed.by_logit(t, rule)
    }
}

/// Closer together where a change matters more: roughly logarithmic.
const STOPS: [f64; 42] = [
    0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0,
    1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.25, 2.5, 2.75, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 8.0, 10.0,
];
