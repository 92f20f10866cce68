//! What to do about a name or a value that is not ours: what other systems mean by it, which call reads it, or the nearest name.

use super::table::ReadsOptions;
use super::{
    CountedSpec, LoopSettings, RowSettings, ScoreOptions, Settings, SoftmaxOptions, StationaryOptions, TimeOptions,
    Value, table,
};
use crate::{
    core::error::Error,
    stages::{Kind, SPECS, Setting},
};

/// What transformers, vLLM, llama.cpp, Ollama and OpenAI call a setting that belongs to no stage, in lower case without separators; its name here, or
/// nothing where there is none; and what else to say.
const OTHER_NAMES: &[(&str, &str, &str)] = &[
    ("repeatlastn", "penalty_window", "null looks at all tokens"),
    ("penaltylastn", "penalty_window", "null looks at all tokens"),
    ("samplers", "order", ""),
    ("samplerorder", "order", ""),
    ("samplingmethod", "order", ""),
    ("randomseed", "seed", ""),
    ("manualseed", "seed", ""),
    ("randomstate", "seed", ""),
    ("maxlength", "max_new_tokens", "it does not count the prompt"),
    ("maxlen", "max_new_tokens", "it does not count the prompt"),
    ("maxtokens", "max_new_tokens", ""),
    ("maxcompletiontokens", "max_new_tokens", ""),
    ("maxoutputtokens", "max_new_tokens", ""),
    ("npredict", "max_new_tokens", ""),
    ("numpredict", "max_new_tokens", ""),
    ("ntokens", "max_new_tokens", ""),
    ("minlength", "min_new_tokens", "it does not count the prompt"),
    ("mintokens", "min_new_tokens", ""),
    ("nctx", "block_size", ""),
    ("numctx", "block_size", ""),
    ("ctxsize", "block_size", ""),
    ("contextlength", "block_size", ""),
    ("maxmodellen", "block_size", ""),
    ("stop", "stop_strings", ""),
    ("stopsequences", "stop_strings", ""),
    ("stoptokenids", "eos_token_id", ""),
    ("stoptokens", "eos_token_id", ""),
    ("eos", "eos_token_id", ""),
    ("endid", "eos_token_id", ""),
    ("ignoreeos", "eos_token_id", "null lets no token end the text"),
    ("forceddecoderids", "forced_tokens", ""),
    ("logprobs", "trace", "it has the probability of every token"),
    ("toplogprobs", "trace", "it has the probability of every token"),
    ("outputscores", "trace", "it has the logits and probabilities of every token"),
    ("timeout", "max_time", "it is in seconds"),
    ("inputids", "prompt_ids", ""),
    ("prompttokenids", "prompt_ids", ""),
    ("abortsignal", "signal", ""),
    ("dtype", "", "logits are computed as float32"),
    ("numbeams", "", "there is no beam search here: leave it out"),
    ("earlystopping", "", "there is no beam search here: leave it out"),
    ("lengthpenalty", "", "there is no beam search here: leave it out"),
    ("numreturnsequences", "", "give the prompt several times: several prompts are several rows"),
    ("n", "", "give the prompt several times: several prompts are several rows"),
    ("bestof", "", "give the prompt several times: several prompts are several rows"),
    ("stream", "", "generate gives every token as it comes: leave it out"),
    ("usecache", "", "a GPT's cache is an option of its model: kv_cache of lab.model"),
    ("padtokenid", "", "rows of several lengths need no padding: leave it out"),
    ("bostokenid", "", "begin the prompt with that token: prompt_ids"),
    ("skipspecialtokens", "", "the text shows every token: leave it out"),
    ("tfsz", "", "there is no such stage here"),
];

/// The error for a name that is not among the `known` ones.
pub(super) fn unknown(name: String, known: &[&str]) -> Error {
    let advice = foreign(&name, known).unwrap_or_else(|| nearest(&name, known));
    Error::unknown(name, advice)
}

/// What another system means by this name, if one is known to use it.
fn foreign(name: &str, known: &[&str]) -> Option<String> {
    let plain: String =
        name.chars().take(64).filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let of_stages = SPECS.iter().flat_map(|spec| spec.settings);
    let mut of_stages = of_stages.flat_map(|it| it.also.iter().map(|&(other, note)| (other, it.name, note)));
    let of_stage = of_stages.find(|(other, ..)| *other == plain);
    let (_, ours, note) = of_stage.or_else(|| OTHER_NAMES.iter().copied().find(|(other, ..)| *other == plain))?;
    if ours.is_empty() {
        return Some(note.to_owned());
    }
    let advice = here_or_elsewhere(name, ours, known);
    Some(if note.is_empty() { advice } else { format!("{advice}: {note}").replace("?: ", "? ") })
}

/// The name that this one abbreviates, or else the one with the smallest edit distance, be it of this call or of another one.
fn nearest(name: &str, known: &[&str]) -> String {
    let lower: String = name.to_ascii_lowercase().chars().take(64).collect();
    let others = homes().into_iter().flat_map(|(_, names)| names);
    let distance = |other: &&str| {
        let is_abbreviated = lower.len() > 2 && other.starts_with(&lower);
        (*other != name, !is_abbreviated, strsim::damerau_levenshtein(&lower, other))
    };
    // Of equally near names the first counts, so that those of this call go before.
    let all = known.iter().copied().chain(others);
    match all.min_by_key(distance) {
        Some(other) if other == name || distance(&other).2 <= 2.max(lower.len() / 2) || !distance(&other).1 => {
            here_or_elsewhere(name, other, known)
        }
        _ => format!("use one of {}", known.join(", ")),
    }
}

/// Names one of our settings, or the call that reads it.
fn here_or_elsewhere(name: &str, ours: &str, known: &[&str]) -> String {
    if known.contains(&ours) {
        return format!("did you mean \"{ours}\"?");
    }
    let home = homes().into_iter().find(|(_, names)| names.contains(&ours)).map_or("another call", |(call, _)| call);
    let subject = if name == ours { "it" } else { ours };
    format!("{subject} belongs to {home}")
}

/// Which call a setting belongs to.
fn homes() -> [(&'static str, Vec<&'static str>); 11] {
    [
        ("sample and generate", Settings::default().names()),
        ("sample", table::names_of::<RowSettings>()),
        ("generate", [table::names_of::<LoopSettings>(), vec!["prompt", "prompt_ids", "signal", "chunk"]].concat()),
        ("time", table::names_of::<TimeOptions>()),
        ("softmax", table::names_of::<SoftmaxOptions>()),
        ("score", table::names_of::<ScoreOptions>()),
        ("stationary", table::names_of::<StationaryOptions>()),
        ("lab.model with kind: \"counted\"", table::names_of::<CountedSpec>()),
        ("lab.model with kind: \"logits\"", vec!["logits", "labels"]),
        ("lab.model with kind: \"gpt\"", vec!["source", "config", "vocab", "tokenizer", "kv_cache", "cache"]),
        ("createLab", vec!["backend", "thread", "wasm"]),
    ]
}

/// Values of settings that belong to no stage, with a meaning elsewhere that they do not have here: setting, value, what to do.
const OTHER_VALUES: &[(&str, f64, &str)] = &[
    ("seed", -1.0, "-1 is a random seed elsewhere: leave it out, or use null"),
    ("penalty_window", -1.0, "-1 is the whole text in llama.cpp: use null"),
    ("penalty_window", 0.0, "0 is no penalty in llama.cpp: use penalties that are off, or null for the whole text"),
    ("max_new_tokens", -1.0, "-1 is no limit in llama.cpp: use a number of tokens"),
    ("eos_token_id", -1.0, "-1 is none elsewhere: use null"),
];

/// What to do about the value of a number that cannot be used.
pub(super) fn about_number(name: &str, value: &Value, expected: &str) -> String {
    match *value {
        Value::Text(ref text) => match number_in(text) {
            Some(number) => format!("use the number {}, without quotation marks", Value::Number(number)),
            None => expected.to_owned(),
        },
        Value::Number(n) => {
            let of_stage = of_stage(name).and_then(|it| it.odd.iter().find(|(value, _)| *value == n));
            let of_others = || OTHER_VALUES.iter().find(|(setting, value, _)| *setting == name && *value == n);
            let elsewhere = of_stage.map(|(_, advice)| advice).or_else(|| of_others().map(|(.., advice)| advice));
            let is_percent = is_probability(name) && n > 1.0 && n <= 100.0;
            match elsewhere {
                Some(advice) => (*advice).to_owned(),
                None if is_percent => format!("{expected}; {n} percent is {}", Value::Number(n / 100.0)),
                None if n == -1.0 && is_probability(name) => off_advice(name, expected),
                None => expected.to_owned(),
            }
        }
        _ => expected.to_owned(),
    }
}

/// The setting of a stage.
fn of_stage(name: &str) -> Option<&'static Setting> {
    SPECS.iter().flat_map(|spec| spec.settings).find(|setting| setting.name == name)
}

fn is_probability(name: &str) -> bool {
    of_stage(name).is_some_and(|setting| setting.kind == Kind::Probability)
}

/// How to switch a setting off.
fn off_advice(name: &str, expected: &str) -> String {
    let off = of_stage(name).filter(|setting| !setting.helps).and_then(|setting| setting.off);
    off.map_or_else(|| expected.to_owned(), |off| format!("use {off} or null to switch it off"))
}

/// The number that a text stands for, with a point or a comma.
fn number_in(text: &str) -> Option<f64> {
    text.trim().replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite())
}
