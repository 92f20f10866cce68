//! Settings by name, for tests of what is read.

use logitlab::{
    error::Error,
    plan::Stage,
    settings::{GenerateSettings, SampleSettings, Settings, Value, read_options},
};

/// Every setting there is.
pub(crate) const ALL_NAMES: [&str; 49] = [
    "temperature",
    "dynatemp_range",
    "dynatemp_exponent",
    "top_h",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "epsilon_cutoff",
    "eta_cutoff",
    "xtc_probability",
    "adaptive_target",
    "adaptive_decay",
    "mirostat_tau",
    "mirostat_eta",
    "xtc_threshold",
    "top_n_sigma",
    "no_repeat_ngram_size",
    "bad_words_ids",
    "sequence_bias",
    "suppress_tokens",
    "begin_suppress_tokens",
    "constraint",
    "dry_multiplier",
    "dry_base",
    "dry_allowed_length",
    "dry_penalty_last_n",
    "dry_sequence_breakers",
    "repetition_penalty",
    "presence_penalty",
    "frequency_penalty",
    "penalty_window",
    "penalty_scope",
    "penalty_exempt",
    "logit_bias",
    "order",
    "rng",
    "seed",
    "step",
    "batch",
    "history",
    "max_new_tokens",
    "block_size",
    "eos_token_id",
    "stop_strings",
    "min_new_tokens",
    "forced_tokens",
    "max_time",
    "trace",
];

/// Everything that `sample` and `generate` read.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct All(pub SampleSettings, pub GenerateSettings);

/// Reads one setting as the call does that has it.
pub(crate) fn read(name: &str, value: Value) -> Result<All, Error> {
    let mut all = All::default();
    let All(sample, generate) = &mut all;
    read_options([(name.to_owned(), value)], &mut [&mut sample.sampling, &mut sample.row, &mut generate.run])?;
    Ok(all)
}

/// The stage that these settings switch on.
pub(crate) fn stage(entries: &[(&str, Value)]) -> Stage {
    let mut stages = Settings::from_entries(owned(entries)).expect("the settings are right").plan().stages;
    assert_eq!(stages.len(), 1, "settings of one stage");
    stages.remove(0)
}

pub(crate) fn text(s: &str) -> Value {
    Value::Text(s.to_owned())
}

pub(crate) fn numbers(list: &[f64]) -> Value {
    Value::List(list.iter().map(|&n| Value::Number(n)).collect())
}

pub(crate) fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

pub(crate) fn owned(entries: &[(&str, Value)]) -> Vec<(String, Value)> {
    entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}
