//! Settings from outside: every limit from both sides, unknown names with their nearest neighbour, and prompts of every kind.

use logitlab::{
    error::Error,
    generate::{FinishReason, Generation, Workbench},
    model::{CountedBigram, LanguageModel, TinyBigram},
    plan::{Stage, StageName},
    rng::{Generator, RngKind},
    settings::{
        BigramSpec, GenerateSettings, LoopSettings, ModelSpec, ReadsOptions, RowSettings, SampleSettings, ScoreOptions,
        Settings, SoftmaxOptions, TimeOptions, Value, read_options,
        spec::{LOOP, ROW, SAMPLING},
    },
    stages::{SPECS, Setting},
    timing::Clock,
};

use crate::support::block_on;

/// Everything that `sample` and `generate` read.
#[derive(Debug, Default, PartialEq)]
struct All(SampleSettings, GenerateSettings);

/// Reads one setting as the call does that has it.
fn read(name: &str, value: Value) -> Result<All, Error> {
    let mut all = All::default();
    let All(sample, generate) = &mut all;
    read_options([(name.to_owned(), value)], &mut [&mut sample.sampling, &mut sample.row, &mut generate.run])?;
    Ok(all)
}

fn text(s: &str) -> Value {
    Value::Text(s.to_owned())
}

fn numbers(list: &[f64]) -> Value {
    Value::List(list.iter().map(|&n| Value::Number(n)).collect())
}

fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

/// The names of some stages.
fn order(names: &[&str]) -> Value {
    Value::List(names.iter().map(|name| text(name)).collect())
}

#[test]
fn numbers_are_written_as_in_javascript() {
    let table = [
        (0.1, "0.1"),
        (-1.5, "-1.5"),
        (3.0, "3"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1e-6, "0.000001"),
        (-1e-7, "-1e-7"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (5e-324, "5e-324"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "NaN"),
    ];
    for (x, text) in table {
        assert_eq!(Value::Number(x).to_string(), text);
    }
}

#[test]
fn refused_numbers() {
    const NAN: f64 = f64::NAN;
    const INF: f64 = f64::INFINITY;
    let table: [(&str, &[f64]); 15] = [
        ("temperature", &[-0.1, -1e-300, NAN, INF, -INF, 1e39]),
        ("top_k", &[-1.0, 0.5, 50.5, NAN, INF, 1e17]),
        ("top_p", &[-0.1, 1.000_001, 90.0, NAN, INF]),
        ("min_p", &[-0.1, 1.05, NAN, -INF]),
        ("repetition_penalty", &[0.0, -1.0, NAN, INF, 1e39]),
        ("presence_penalty", &[NAN, INF, -INF, 1e39]),
        ("frequency_penalty", &[NAN, INF, -INF, -1e39]),
        ("penalty_window", &[0.0, -1.0, 2.5, NAN]),
        ("seed", &[-1.0, 1.5, NAN, INF, 9_007_199_254_740_992.0, 18_446_744_073_709_551_616.0]),
        ("step", &[-1.0, 0.5, 4_294_967_296.0, NAN]),
        ("batch", &[0.0, -1.0, 1.5, NAN]),
        ("max_new_tokens", &[0.0, -1.0, 1.5, NAN, INF]),
        ("block_size", &[0.0, -1.0, 1.5, NAN]),
        ("min_new_tokens", &[-1.0, 0.5, NAN]),
        ("max_time", &[0.0, -1.0, NAN, INF]),
    ];
    for (name, values) in table {
        for &value in values {
            let error = read(name, Value::Number(value)).expect_err(&format!("{name} = {value} was accepted"));
            let Error::InvalidSetting { name: found, value: shown, expected } = &error else {
                panic!("{name} = {value}: {error:?}");
            };
            assert_eq!((found.as_str(), shown), (name, &Value::Number(value).to_string()), "{error}");
            assert!(!expected.is_empty() && error.to_string().contains(name), "{error}");
        }
    }
}

#[test]
fn accepted_numbers() {
    let table: [(&str, &[f64]); 12] = [
        ("temperature", &[0.0, -0.0, 1e-6, 1.0, 2.0, 1e6]),
        ("top_k", &[0.0, 1.0, 50.0, 1e9]),
        ("top_p", &[0.0, 0.5, 1.0]),
        ("min_p", &[0.0, 0.5, 1.0]),
        ("repetition_penalty", &[1e-3, 1.0, 1.3]),
        ("presence_penalty", &[-2.0, 0.0, 2.0]),
        ("frequency_penalty", &[-2.0, 0.0, 2.0]),
        ("seed", &[0.0, 7.0, 9_007_199_254_740_991.0]),
        ("step", &[0.0, 4_294_967_295.0]),
        ("max_new_tokens", &[1.0, 1e6]),
        ("block_size", &[1.0, 1e6]),
        ("min_new_tokens", &[0.0, 10.0]),
    ];
    for (name, values) in table {
        for &value in values {
            read(name, Value::Number(value)).unwrap_or_else(|error| panic!("{name} = {value}: {error}"));
        }
    }
    for seed in [0, 1 << 53, u64::MAX] {
        assert_eq!(read("seed", Value::Integer(seed)).unwrap().0.sampling.seed, Some(seed));
    }
    for name in ALL_NAMES {
        assert_eq!(read(name, Value::Null).unwrap(), All::default(), "{name} = null is its default");
    }
}

#[test]
fn refused_kinds() {
    let table = [
        ("temperature", text("0.8")),
        ("temperature", Value::Bool(true)),
        ("top_k", text("50")),
        ("top_k", numbers(&[5.0])),
        ("top_p", Value::Bool(false)),
        ("seed", text("7")),
        ("rng", text("mt19937")),
        ("rng", text("Philox")),
        ("rng", Value::Number(1.0)),
        ("trace", Value::Number(1.0)),
        ("trace", text("yes")),
        ("order", text("top_k")),
        ("order", order(&["top_k", "top_q"])),
        ("order", order(&["top_k", "top_k"])),
        ("order", order(&["softmax"])),
        ("order", numbers(&[1.0])),
        ("logit_bias", numbers(&[1.0])),
        ("eos_token_id", Value::Number(-1.0)),
        ("eos_token_id", numbers(&[3.0, 4_294_967_296.0])),
        ("stop_strings", text("")),
        ("stop_strings", Value::List(vec![text("end"), text("")])),
        ("stop_strings", Value::Number(3.0)),
        ("history", numbers(&[1.0])),
    ];
    for (name, value) in table {
        let error = read(name, value.clone()).expect_err(&format!("{name} = {value:?} was accepted"));
        assert_eq!(error.code(), "invalid_setting", "{name} = {value:?}: {error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    let nested = [
        ("logit_bias", map(&[("3", Value::Number(f64::NAN))]), "logit_bias[3]"),
        ("logit_bias", map(&[("3", Value::Number(f64::INFINITY))]), "logit_bias[3]"),
        ("logit_bias", map(&[("3", Value::Number(1e39))]), "logit_bias[3]"),
        ("logit_bias", map(&[("-1", Value::Number(1.0))]), "logit_bias[-1]"),
        ("logit_bias", map(&[("a", Value::Number(1.0))]), "logit_bias[a]"),
        ("logit_bias", map(&[("3", text("1"))]), "logit_bias[3]"),
        ("history", map(&[("prompt", numbers(&[-1.0]))]), "history.prompt"),
        ("history", map(&[("outputs", numbers(&[1.0]))]), "history.outputs"),
    ];
    for (name, value, place) in nested {
        let error = read(name, value.clone()).expect_err(&format!("{name} = {value:?} was accepted"));
        assert!(matches!(&error, Error::InvalidSetting { name, .. } if name == place), "want {place}: {error}");
    }
}

#[test]
fn unknown_names() {
    let table = [
        ("temprature", "temperature"),
        ("TEMPERATURE", "temperature"),
        ("topk", "top_k"),
        ("topK", "top_k"),
        ("top-p", "top_p"),
        ("min_P", "min_p"),
        ("seeds", "seed"),
        ("repetition_penality", "repetition_penalty"),
        ("presence_penalties", "presence_penalty"),
        ("max_new_token", "max_new_tokens"),
        ("stop_string", "stop_strings"),
        ("eos_token_ids", "eos_token_id"),
        ("logits_bias", "logit_bias"),
    ];
    for (name, want) in table {
        let error = read(name, Value::Number(1.0)).expect_err(&format!("{name} was accepted"));
        let advice = format!("did you mean \"{want}\"?");
        assert_eq!(error, Error::UnknownSetting { name: name.to_owned(), advice });
    }
    for name in ["", "\u{1F600}", "__proto__", "<script>", &"x".repeat(100_000)] {
        let error = read(name, Value::Null).expect_err("an odd name was accepted");
        assert_eq!(error.code(), "unknown_setting", "{name}");
    }
    let advice = |error: Error| match error {
        Error::UnknownSetting { advice, .. } => advice,
        other => panic!("{other}"),
    };
    let one = |s: &str| vec![(s.to_owned(), Value::Number(1.0))];
    let meant = |s: &str| format!("did you mean \"{s}\"?");
    assert_eq!(advice(SoftmaxOptions::from_entries(one("temperatur")).unwrap_err()), meant("temperature"));
    assert_eq!(advice(SoftmaxOptions::from_entries(one("temp")).unwrap_err()), meant("temperature"));
    let counted = [("kind", text("counted")), ("text", text("a")), ("smooth", Value::Number(1.0))];
    assert_eq!(advice(ModelSpec::from_entries(owned(&counted)).unwrap_err()), meant("smoothing"));
    assert_eq!(advice(Settings::from_entries(one("min_o")).unwrap_err()), meant("min_p"));
    let none = advice(SampleSettings::from_entries(one("wallpaper_colour")).unwrap_err());
    assert!(none.starts_with("use one of temperature, top_k"), "{none}");
}

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
        ("ignore_eos", "did you mean \"eos_token_id\"? leave eos_token_id out: without it no token ends the text"),
        ("num_ctx", "did you mean \"block_size\"?"),
        ("num_beams", "there is no beam search here: leave it out"),
        ("mirostat", "there is no such stage here"),
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
        ("seed", number(-1.0), "-1 is a random seed elsewhere: leave it out, and the seed used is reported"),
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
    assert_eq!(read("top_k", Value::Integer(5)).unwrap().0.sampling.top_k, Some(5));
    assert!(read("eos_token_id", Value::Integer(1 << 32)).is_err(), "no id");
    for (name, _) in owned(&ALL_NAMES.map(|name| (name, Value::Null))) {
        let error = read(&name, Value::Other("a function".to_owned())).expect_err(&name);
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

const ALL_NAMES: [&str; 23] = [
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "repetition_penalty",
    "presence_penalty",
    "frequency_penalty",
    "penalty_window",
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

fn owned(entries: &[(&str, Value)]) -> Vec<(String, Value)> {
    entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// A bad setting after a good one changes nothing: there is no half-read object to be had. The first fault is the one reported.
#[test]
fn first_fault_is_reported() {
    let entries = [("top_k", Value::Number(5.0)), ("top_p", Value::Number(2.0)), ("temprature", Value::Null)];
    let error = Settings::from_entries(entries.map(|(name, value)| (name.to_owned(), value))).unwrap_err();
    assert!(matches!(error, Error::InvalidSetting { name, .. } if name == "top_p"), "the first fault was top_p");
}

/// What is switched off makes no stage, and the order is the one asked for.
#[test]
fn plans_of_settings() {
    let plan = |entries: &[(&str, Value)]| {
        let entries = entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Settings::from_entries(entries).unwrap().plan()
    };
    let n = Value::Number;
    for (name, value) in [
        ("temperature", n(1.0)),
        ("top_k", n(0.0)),
        ("top_k", Value::Null),
        ("top_p", n(1.0)),
        ("min_p", n(0.0)),
        ("repetition_penalty", n(1.0)),
        ("logit_bias", map(&[])),
    ] {
        let plan = plan(&[(name, value.clone())]);
        assert!(plan.stages.is_empty() && !plan.greedy, "{name} = {value} is off, made {plan:?}");
    }
    let all = [
        ("top_p", n(0.9)),
        ("temperature", n(0.5)),
        ("min_p", n(0.1)),
        ("top_k", n(5.0)),
        ("presence_penalty", n(0.5)),
        ("logit_bias", map(&[("2", n(f64::NEG_INFINITY))])),
    ];
    let names = |plan: logitlab::plan::Plan| plan.stages.iter().map(Stage::name).collect::<Vec<_>>();
    assert_eq!(names(plan(&all)), StageName::DEFAULT_ORDER);
    let mut reordered = all.to_vec();
    reordered.push(("order", order(&["min_p", "top_k"])));
    use StageName::{Bias, MinP, Penalties, Temperature, TopK, TopP};
    assert_eq!(names(plan(&reordered)), [MinP, TopK, Bias, Penalties, Temperature, TopP]);
    let mut greedy = all.to_vec();
    greedy[1].1 = n(0.0);
    let greedy = plan(&greedy);
    assert!(greedy.greedy, "T = 0 is greedy");
    assert_eq!(names(greedy), [Bias, Penalties]);
    assert!(plan(&[("temperature", n(-0.0))]).greedy, "-0 is 0");
}

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now_ms(&self) -> f64 {
        0.0
    }
}

/// Prompts that are no English text: same number of tokens out, text that starts with what the vocabulary made of them.
#[test]
fn odd_prompts() {
    let million = "abc \u{1F600}".repeat(200_000);
    let prompts = [
        "\u{1F600}\u{1F469}\u{200D}\u{1F680}",
        "שלום עולם",
        "<script>alert(1)</script>",
        "\0\u{7}\u{FEFF}",
        "ǅ İ ß",
        "   ",
        "\n",
        &million,
    ];
    let mut notebook = TinyBigram::notebook(&mut Generator::new(RngKind::Philox, 1));
    let mut counted = CountedBigram::from_text("שלום <b>\u{1F600}</b> world", 0.1).unwrap();
    let models: [&mut dyn LanguageModel; 2] = [&mut notebook, &mut counted];
    for model in models {
        for prompt in prompts {
            let ids = model.vocab().encode(prompt).ids;
            let start = model.vocab().decode(&ids).unwrap();
            let outcome = generate(model, vec![ids.clone()], "philox").unwrap();
            assert_eq!(outcome.0.len(), ids.len() + 9, "{} characters", prompt.chars().count());
            assert!(outcome.1.starts_with(&start) && !outcome.1.contains('\u{FFFD}'), "{:?}", prompt.chars().take(20));
        }
        for prompts in [vec![], vec![vec![]], vec![vec![0], vec![]]] {
            assert_eq!(generate(model, prompts, "philox").unwrap_err().code(), "empty_prompt");
        }
        let outside = model.vocab().len() as u32;
        assert_eq!(generate(model, vec![vec![0, outside]], "torch").unwrap_err().code(), "invalid_token");
    }
}

/// Nine tokens after one prompt: ids and text.
fn generate(model: &mut dyn LanguageModel, prompts: Vec<Vec<u32>>, rng: &str) -> Result<(Vec<u32>, String), Error> {
    let entries = [("max_new_tokens", Value::Number(9.0)), ("top_p", Value::Number(0.9)), ("rng", text(rng))];
    let settings = GenerateSettings::from_entries(entries.map(|(name, value)| (name.to_owned(), value)))?;
    let mut generator = Generator::new(settings.sampling.rng, 3);
    let mut backend = logitlab::backend::cpu::CpuBackend::new();
    let mut run = Generation::new(settings, prompts, model)?;
    while !run.is_finished() {
        let bench = Workbench { model, backend: &mut backend, generator: &mut generator, clock: &Still };
        block_on(run.advance(bench, 4, f64::INFINITY))?;
    }
    let mut outcome = run.outcome(model, &generator)?;
    let row = outcome.rows.remove(0);
    assert_eq!(row.finish_reason, Some(FinishReason::Length), "nine tokens end the run");
    Ok((row.ids, row.text))
}
