//! penalties: makes tokens that were there before less likely, or more.

use super::{Kind, Setting, Slider, Spec, System};

/// What it says about itself.
pub const SPEC: Spec = Spec {
    name: "penalties",
    label: "Penalties",
    about: "Makes tokens that were there before less likely, or more.",
    filter: false,
    reason: "",
    sampler: "penalties",
    settings: &[
        Setting {
            name: "repetition_penalty",
            label: "Repetition penalty",
            about: "Divides the logit of every token that was there before, or multiplies it if it is negative.",
            kind: Kind::Positive,
            off: Some(1.0),
            slider: Slider::linear(0.5, 2.0, 0.05),
            elsewhere: &[
                (System::Transformers, "repetition_penalty"),
                (System::Vllm, "repetition_penalty"),
                (System::LlamaCpp, "--repeat-penalty"),
            ],
            differs: &[(System::LlamaCpp, WINDOW)],
            ..PENALTY
        },
        Setting {
            name: "presence_penalty",
            label: "Presence penalty",
            about: "Subtracted once from the logit of every token already drawn.",
            elsewhere: &[(System::Vllm, "presence_penalty"), (System::LlamaCpp, "--presence-penalty")],
            ..PENALTY
        },
        Setting {
            name: "frequency_penalty",
            label: "Frequency penalty",
            about: "Subtracted from a token's logit for every time it was drawn.",
            elsewhere: &[(System::Vllm, "frequency_penalty"), (System::LlamaCpp, "--frequency-penalty")],
            ..PENALTY
        },
    ],
};

const PENALTY: Setting = Setting {
    kind: Kind::Number,
    off: Some(0.0),
    above: "tokens seen before: less likely",
    below: "tokens seen before: more likely",
    slider: Slider::linear(-2.0, 2.0, 0.1),
    differs: &[(System::LlamaCpp, WINDOW)],
    ..Setting::PLAIN
};

/// What llama.cpp does with all three.
const WINDOW: &str = "llama.cpp’s penalties look back --repeat-last-n tokens; −1 is the whole context.";
