//! Settings from outside: every limit from both sides, unknown names with their nearest neighbour, and prompts of every kind.

use logitlab::{
    error::Error,
    generate::{FinishReason, Generation, Workbench},
    model::{CountedBigram, LanguageModel, TinyBigram},
    plan::{Stage, StageName},
    rng::{Generator, RngKind},
    settings::{GenerateSettings, ModelSpec, SampleSettings, Settings, SoftmaxOptions, Value},
    timing::Clock,
};

use crate::stages;
use crate::support::{
    block_on,
    settings::{All, all_names, map, numbers, owned, read, text},
};

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
    let table: [(&str, &[f64]); 16] = [
        ("temperature", &[-0.1, -1e-300, NAN, INF, -INF, 1e39]),
        ("top_k", &[-1.0, 0.5, 50.5, NAN, INF, 1e17]),
        ("top_p", &[-0.1, 1.000_001, 90.0, NAN, INF]),
        ("min_p", &[-0.1, 1.05, NAN, -INF]),
        ("dry_base", &[0.0, 0.5, 0.999, NAN, INF]),
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
    let table: [(&str, &[f64]); 13] = [
        ("temperature", &[0.0, -0.0, 1e-6, 1.0, 2.0, 1e6]),
        ("top_k", &[0.0, 1.0, 50.0, 1e9]),
        ("top_p", &[0.0, 0.5, 1.0]),
        ("min_p", &[0.0, 0.5, 1.0]),
        ("dry_base", &[1.0, 1.75, 1e6]),
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
    for name in all_names() {
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
        ("logit_bias", map(&[("a", Value::Number(1.0))]), "logit_bias[\"a\"]"),
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
    assert!(none.starts_with("use one of logit_bias, ") && none.contains("repetition_penalty, "), "{none}");
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
    let all = stages::all_on();
    let names = |plan: logitlab::plan::Plan| plan.stages.iter().map(Stage::name).collect::<Vec<_>>();
    assert_eq!(names(plan(&all)), StageName::DEFAULT_ORDER);
    let mut reordered = all.clone();
    reordered.push(("order", order(&["min_p", "top_k"])));
    let (first, rest) = ([StageName::MinP, StageName::TopK], StageName::DEFAULT_ORDER);
    let rest = rest.into_iter().filter(|stage| !first.contains(stage));
    assert_eq!(names(plan(&reordered)), first.into_iter().chain(rest).collect::<Vec<_>>());
    // One that is named twice is done twice, with the same k.
    let twice =
        plan(&[("top_k", n(5.0)), ("temperature", n(0.5)), ("order", order(&["top_k", "temperature", "top_k"]))]);
    let k = || Stage::TopK(logitlab::stages::TopK(5));
    assert_eq!(twice.stages, [k(), Stage::Temperature(logitlab::stages::Temperature::fixed(0.5)), k()]);
    let greedy = plan(&[&all[..], &[("temperature", n(0.0))]].concat());
    assert!(greedy.greedy, "T = 0 is greedy");
    let edits = StageName::DEFAULT_ORDER.into_iter().filter(|stage| stage.edits());
    assert_eq!(names(greedy), edits.collect::<Vec<_>>());
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
            let ids = model.vocab().encode(prompt).unwrap().ids;
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
    let mut backend = logitlab::cpu::CpuBackend::new();
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
