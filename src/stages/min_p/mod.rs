//! min_p: keeps tokens at least `min_p` times as likely as the most likely one.

use super::{Kind, Setting, Slider, Spec, System};

/// What it says about itself.
pub const SPEC: Spec = Spec {
    name: "min_p",
    label: "Min-p",
    about: "Keeps tokens at least this fraction as likely as the most likely one.",
    filter: true,
    reason: "less than {percent} of the most likely",
    sampler: "min_p",
    settings: &[Setting {
        name: "min_p",
        label: "Min-p",
        about: "Keeps tokens at least this fraction as likely as the most likely one.",
        kind: Kind::Probability,
        off: Some(0.0),
        above: "at least {percent} of the most likely",
        below: "",
        slider: Slider::linear(0.0, 1.0, 0.01),
        elsewhere: &[(System::Transformers, "min_p"), (System::Vllm, "min_p"), (System::LlamaCpp, "--min-p")],
        ..Setting::PLAIN
    }],
};
