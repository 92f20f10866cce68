//! bias: adds a number to the logits of single tokens.

use super::{Kind, Setting, Spec, System};

/// What it says about itself.
pub const SPEC: Spec = Spec {
    name: "bias",
    label: "Bias",
    about: "Adds a number to the logits of single tokens; minus infinity bans a token.",
    filter: false,
    reason: "banned by a bias",
    sampler: "",
    settings: &[Setting {
        name: "logit_bias",
        label: "Logit bias",
        about: "Token ids with what is added to their logits; -Infinity bans the token.",
        kind: Kind::Bias,
        elsewhere: &[
            (System::Transformers, "sequence_bias"),
            (System::Vllm, "logit_bias"),
            (System::LlamaCpp, "--logit-bias"),
        ],
        ..Setting::PLAIN
    }],
};
