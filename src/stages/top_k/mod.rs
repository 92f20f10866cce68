//! top_k: keeps the k largest logits and all ties with the k-th.

use super::{Kind, Setting, Slider, Spec, System};

/// What it says about itself.
pub const SPEC: Spec = Spec {
    name: "top_k",
    label: "Top-k",
    about: "Keeps the k most likely tokens.",
    filter: true,
    reason: "its logit {evidence} is below {number}",
    sampler: "top_k",
    settings: &[Setting {
        name: "top_k",
        label: "Top-k",
        about: "Keeps the k most likely tokens, and ties with the last of them.",
        kind: Kind::Count(0),
        off: Some(0.0),
        above: "the {tokens} most likely, and ties",
        below: "",
        slider: Some(Slider::Tokens(1)),
        elsewhere: &[(System::Transformers, "top_k"), (System::Vllm, "top_k"), (System::LlamaCpp, "--top-k")],
        differs: &[(System::LlamaCpp, "llama.cpp keeps exactly k tokens; here all that are tied with the k-th stay.")],
        ..Setting::PLAIN
    }],
};
