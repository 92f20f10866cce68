//! top_p: keeps the smallest set of most likely tokens whose probabilities sum to p.

use super::{Kind, Setting, Slider, Spec, System};

/// What it says about itself.
pub const SPEC: Spec = Spec {
    name: "top_p",
    label: "Top-p",
    about: "Keeps the most likely tokens that together have the probability p.",
    filter: true,
    reason: "more likely tokens already have {evidence_percent}",
    sampler: "top_p",
    settings: &[Setting {
        name: "top_p",
        label: "Top-p",
        about: "Keeps the most likely tokens that together have this probability.",
        kind: Kind::Probability,
        off: Some(1.0),
        above: "",
        below: "the most likely tokens that together have {percent}",
        slider: Slider::linear(0.0, 1.0, 0.01),
        elsewhere: &[(System::Transformers, "top_p"), (System::Vllm, "top_p"), (System::LlamaCpp, "--top-p")],
        differs: &[(System::Transformers, ON_P), (System::Vllm, ON_P), (System::LlamaCpp, ON_P)],
        ..Setting::PLAIN
    }],
};

/// What the others do with a token that lands exactly on p.
const ON_P: &str = "Where the mass before a token is exactly top-p, that token is dropped there and kept here.";
