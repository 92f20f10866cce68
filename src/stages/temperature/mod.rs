//! temperature: divides every logit by T.

use super::{Kind, Setting, Slider, Spec, System};

/// What it says about itself.
pub const SPEC: Spec = Spec {
    name: "temperature",
    label: "Temperature",
    about: "Divides every logit by T.",
    filter: false,
    reason: "not the most likely",
    sampler: "temperature",
    settings: &[Setting {
        name: "temperature",
        label: "Temperature",
        about: "Divides every logit. Below 1 the likely tokens gain, above 1 the others; 0 always takes the most likely one.",
        kind: Kind::NonNegative,
        off: Some(1.0),
        above: "flatter than the model",
        below: "sharper than the model",
        slider: Some(Slider::Stops(&STOPS)),
        elsewhere: &[
            (System::Transformers, "temperature"),
            (System::Vllm, "temperature"),
            (System::LlamaCpp, "--temp"),
        ],
        differs: &[(System::Vllm, "vLLM raises a temperature between 0 and 0.01 to 0.01.")],
        greedy: Some(0.0),
        ..Setting::PLAIN
    }],
};

/// Closer together where a change matters more: roughly logarithmic.
const STOPS: [f64; 42] = [
    0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0,
    1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.25, 2.5, 2.75, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 8.0, 10.0,
];
