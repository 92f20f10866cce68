//! Settings of other calls, other systems and other kinds: read, or refused with what to do.

use logitlab::{
    error::Error,
    rng::RngKind,
    settings::{
        BigramSpec, GenerateSettings, LoopSettings, ModelSpec, ReadsOptions, RowSettings, SampleSettings, ScoreOptions,
        Settings, SoftmaxOptions, TimeOptions, Value, read_options,
        spec::{LOOP, ROW, SAMPLING},
    },
    stages::{SPECS, Setting, TopK},
};

use crate::support::settings::{all_names, map, owned, read, text};

/// A setting that another call reads is refused, and the error says which call that is.
#[test]
fn settings_of_other_calls() {
    for name in [
        "max_new_tokens",
        "block_size",
        "eos_token_id",
        "stop_strings",
        "min_new_tokens",
        "forced_tokens",
        "max_time",
        "trace",
    ] {
        let advice = "it belongs to generate".to_owned();
        let refused = Err(Error::UnknownSetting { name: name.to_owned(), advice });
        assert_eq!(SampleSettings::from_entries([(name.to_owned(), Value::Null)]), refused);
    }
    for name in ["step", "batch", "history"] {
        let refused = Err(Error::UnknownSetting { name: name.to_owned(), advice: "it belongs to sample".to_owned() });
        assert_eq!(GenerateSettings::from_entries([(name.to_owned(), Value::Null)]), refused);
    }
    let advice_of = |result: Result<(), Error>| match result {
        Err(Error::UnknownSetting { advice, .. }) => advice,
        other => panic!("{other:?}"),
    };
    let sample = |name: &str| advice_of(SampleSettings::from_entries([(name.to_owned(), Value::Null)]).map(drop));
    assert_eq!(sample("max_tokens"), "max_new_tokens belongs to generate");
    assert_eq!(sample("max_new_token"), "max_new_tokens belongs to generate");
    assert_eq!(sample("prompt"), "it belongs to generate");
    assert_eq!(sample("arithmetic"), "it belongs to softmax");
    assert_eq!(sample("backend"), "it belongs to createLab");
    let softmax = SoftmaxOptions::from_entries(owned(&[("top_k", Value::Null)]));
    assert_eq!(advice_of(softmax.map(drop)), "it belongs to sample and generate");
    let score = read_options(owned(&[("stop_strings", Value::Null)]), &mut [&mut ScoreOptions::default()]);
    assert_eq!(advice_of(score), "it belongs to generate");
    let time = read_options(owned(&[("max_new_tokens", Value::Null)]), &mut [&mut TimeOptions::default()]);
    assert_eq!(advice_of(time), "it belongs to generate");
    let bigram = |name| ModelSpec::from_entries(owned(&[("kind", text("bigram")), (name, Value::Null)]));
    assert_eq!(advice_of(bigram("smoothing").map(drop)), "it belongs to lab.model with kind: \"counted\"");
    assert_eq!(bigram("seed"), Ok(ModelSpec::Bigram(BigramSpec { rng: RngKind::Torch, seed: 0 })));
}

/// What other systems call a setting is known, with what is different about it.
#[test]
fn names_of_other_systems() {
    let table = [
        ("do_sample", "did you mean \"temperature\"? temperature: 0 is greedy, everything else draws"),
        ("doSample", "did you mean \"temperature\"? temperature: 0 is greedy, everything else draws"),
        ("temp", "did you mean \"temperature\"?"),
        ("repeat_penalty", "did you mean \"repetition_penalty\"?"),
        ("repeat-penalty", "did you mean \"repetition_penalty\"?"),
        ("repeat_last_n", "did you mean \"penalty_window\"? null looks at all tokens"),
        ("presencePenalty", "did you mean \"presence_penalty\"?"),
        ("frequencyPenalty", "did you mean \"frequency_penalty\"?"),
        ("topP", "did you mean \"top_p\"?"),
        ("max_length", "did you mean \"max_new_tokens\"? it does not count the prompt"),
        ("max_tokens", "did you mean \"max_new_tokens\"?"),
        ("max_completion_tokens", "did you mean \"max_new_tokens\"?"),
        ("n_predict", "did you mean \"max_new_tokens\"?"),
        ("num_predict", "did you mean \"max_new_tokens\"?"),
        ("stop", "did you mean \"stop_strings\"?"),
        ("stop_token_ids", "did you mean \"eos_token_id\"?"),
        ("ignore_eos", "did you mean \"eos_token_id\"? null lets no token end the text"),
        ("num_ctx", "did you mean \"block_size\"?"),
        ("num_beams", "there is no beam search here: leave it out"),
        ("mirostat", "did you mean \"mirostat_tau\"? version 2 is on where it is above 0"),
        ("stream", "generate gives every token as it comes: leave it out"),
    ];
    for (name, advice) in table {
        let refused = GenerateSettings::from_entries([(name.to_owned(), Value::Number(1.0))]);
        assert_eq!(refused, Err(Error::UnknownSetting { name: name.to_owned(), advice: advice.to_owned() }));
    }
}

/// Values that mean something elsewhere, and numbers as text.
#[test]
fn values_of_other_systems() {
    let number = Value::Number;
    let table = [
        ("top_k", number(-1.0), "-1 is off in llama.cpp and vLLM: use 0 or null"),
        ("seed", number(-1.0), "-1 is a random seed elsewhere: leave it out, or use null"),
        ("penalty_window", number(-1.0), "-1 is the whole text in llama.cpp: use null"),
        (
            "penalty_window",
            number(0.0),
            "0 is no penalty in llama.cpp: use penalties that are off, or null for the whole text",
        ),
        ("max_new_tokens", number(-1.0), "-1 is no limit in llama.cpp: use a number of tokens"),
        ("eos_token_id", number(-1.0), "-1 is none elsewhere: use null"),
        ("repetition_penalty", number(0.0), "use 1 to switch it off"),
        ("top_p", number(90.0), "use a number from 0 to 1; 90 percent is 0.9"),
        ("temperature", text("0.7"), "use the number 0.7, without quotation marks"),
        ("temperature", text(" 0,7 "), "use the number 0.7, without quotation marks"),
        ("top_k", text("40"), "use the number 40, without quotation marks"),
        ("seed", text("7"), "use the number 7, without quotation marks"),
        ("top_k", text("many"), "use an integer >= 0"),
        ("trace", text("true"), "use true or false, without quotation marks"),
    ];
    for (name, value, want) in table {
        let Err(Error::InvalidSetting { expected, .. }) = read(name, value.clone()) else { panic!("{name} = {value}") };
        assert_eq!(expected, want, "{name} = {value}");
    }
}

/// Integers that JavaScript writes as BigInt are numbers; what is no value at all is refused wherever a value is read.
#[test]
fn big_integers_and_odd_values() {
    let ids = Value::List(vec![Value::Integer(3), Value::Number(4.0)]);
    assert_eq!(read("eos_token_id", ids.clone()).unwrap().1.run.eos_token_id, [3, 4]);
    assert_eq!(read("history", map(&[("output", ids)])).unwrap().0.row.history_output, [3, 4]);
    assert_eq!(read("forced_tokens", map(&[("0", Value::Integer(5))])).unwrap().1.run.forced_tokens, [(0, 5)]);
    assert_eq!(read("top_k", Value::Integer(5)).unwrap().0.sampling, Settings::default().with(TopK(5)));
    assert!(read("eos_token_id", Value::Integer(1 << 32)).is_err(), "no id");
    for name in all_names() {
        let error = read(name, Value::Other("a function".to_owned())).expect_err(name);
        assert!(error.to_string().starts_with(&format!("{name} = a function is not valid: use ")), "{error}");
    }
}

/// What is read is what the page and the documents are told of.
#[test]
fn every_setting_is_specified() {
    fn names(specs: &[Setting]) -> Vec<&str> {
        specs.iter().map(|it| it.name).collect()
    }
    let sorted = |mut names: Vec<&'static str>| {
        names.sort_unstable();
        names
    };
    let of_stages: Vec<&str> = SPECS.iter().flat_map(|spec| names(spec.settings)).collect();
    assert_eq!(sorted(Settings::default().names()), sorted([of_stages, names(SAMPLING)].concat()));
    assert_eq!(RowSettings::default().names(), names(ROW));
    assert_eq!(LoopSettings::default().names(), names(LOOP));
}
