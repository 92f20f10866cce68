//! The settings that belong to no stage, for people: those of sampling, of one row and of the loop.

use crate::stages::{Kind, Setting, Slider};

/// Of sampling.
pub const SAMPLING: &[Setting] = &[
    Setting {
        name: "penalty_window",
        label: "Penalty window",
        about: "How many of the last tokens the penalties look at; all by default.",
        kind: Kind::Count(1),
        ..Setting::PLAIN
    },
    Setting {
        name: "order",
        label: "Order",
        about: "The order of the stages; those left out follow in their default order.",
        kind: Kind::Order,
        ..Setting::PLAIN
    },
    Setting {
        name: "rng",
        label: "Random numbers",
        about: "Which generator makes the random numbers.",
        kind: Kind::Choice(&["philox", "torch"]),
        ..Setting::PLAIN
    },
    Setting {
        name: "seed",
        label: "Seed",
        about: "Same seed, same random numbers, same text.",
        kind: Kind::Seed,
        ..Setting::PLAIN
    },
];

/// Of one row: of a call of `sample` or `trace`.
pub const ROW: &[Setting] = &[
    Setting {
        name: "step",
        label: "Step",
        about: "Which random number of the seed's stream; 0 is the first.",
        kind: Kind::Count(0),
        ..Setting::PLAIN
    },
    Setting {
        name: "batch",
        label: "Batch",
        about: "How many rows the logits hold; 1 by default.",
        kind: Kind::Count(1),
        ..Setting::PLAIN
    },
    Setting {
        name: "history",
        label: "History",
        about: "The tokens so far, for stages that look at them.",
        kind: Kind::History,
        ..Setting::PLAIN
    },
    Setting {
        name: "top_n",
        label: "Likely tokens",
        about: "How many of the most likely tokens are returned with their log-probabilities, before and after the stages; 0 for none.",
        kind: Kind::Count(0),
        ..Setting::PLAIN
    },
    Setting {
        name: "kept_ids",
        label: "Tokens left",
        about: "Returns the ids of the tokens that are left to draw from.",
        kind: Kind::Boolean,
        ..Setting::PLAIN
    },
];

/// Of the loop: of a call of `generate`.
pub const LOOP: &[Setting] = &[
    Setting {
        name: "max_new_tokens",
        label: "New tokens",
        about: "How many tokens to draw at most; 80 by default.",
        kind: Kind::Count(1),
        slider: Slider::linear(1.0, 400.0, 1.0),
        ..Setting::PLAIN
    },
    Setting {
        name: "block_size",
        label: "Block size",
        about: "How many of the last tokens the model sees; by default as many as it was made for.",
        kind: Kind::Count(1),
        ..Setting::PLAIN
    },
    Setting {
        name: "eos_token_id",
        label: "End tokens",
        about: "Token ids that end the text.",
        kind: Kind::Ids,
        ..Setting::PLAIN
    },
    Setting {
        name: "stop_strings",
        label: "Stop strings",
        about: "Strings that end the text; they are not part of it.",
        kind: Kind::Strings,
        ..Setting::PLAIN
    },
    Setting {
        name: "min_new_tokens",
        label: "Least new tokens",
        about: "The text does not end before it has this many new tokens.",
        kind: Kind::Count(0),
        ..Setting::PLAIN
    },
    Setting {
        name: "forced_tokens",
        label: "Forced tokens",
        about: "Positions among the new tokens, from 0, each with the token id to put there instead of the drawn one.",
        kind: Kind::Forced,
        ..Setting::PLAIN
    },
    Setting {
        name: "max_time",
        label: "Longest time",
        about: "Seconds after which the text ends.",
        kind: Kind::Positive,
        ..Setting::PLAIN
    },
    Setting {
        name: "trace",
        label: "Trace",
        about: "Records what every stage did in every step.",
        kind: Kind::Boolean,
        ..Setting::PLAIN
    },
];
