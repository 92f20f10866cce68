//! GPTs as courses save them, converted by the lines that such files are answered with: PyTorch's logits. Recorded by tools/courses.

use logitlab::{
    model::{
        LanguageModel, Tokens,
        gpt::{Activation, Assumed, Gpt, Options, TokenSource},
    },
    token::Vocab,
};
use serde::Deserialize;
use serde_json::Value;

macro_rules! course {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../golden/courses/", $name, ".json")),
            include_bytes!(concat!("../golden/courses/", $name, ".safetensors")).as_slice(),
        )
    };
}

type Course = (&'static str, &'static str, &'static [u8]);

/// Their GELU is the tanh, and their heads are no embeddings.
const UNTIED: [Course; 4] = [course!("book"), course!("book_bias"), course!("mingpt"), course!("makemore")];

/// As nanoGPT's.
const TIED: [Course; 2] = [course!("build_nanogpt"), course!("ddp")];

#[derive(Deserialize)]
struct Golden {
    options: Said,
    ids: Vec<u32>,
    logits: Vec<f32>,
}

#[derive(Deserialize)]
struct Said {
    vocab: String,
    config: Option<Value>,
    n_head: Option<u64>,
    activation: Option<String>,
}

/// What was recorded, and the model of the file with what is said of it, or less.
fn open((name, json, file): Course, says: impl Fn(&mut Said)) -> (Golden, Gpt) {
    let mut golden: Golden = serde_json::from_str(json).expect(name);
    says(&mut golden.options);
    let config = golden.options.config.as_ref().map(Value::to_string);
    let tokens = golden.options.vocab.chars().map(String::from);
    let options = Options {
        config: config.as_deref(),
        tokens: Some(TokenSource::Listed(Vocab::from_tokens(tokens))),
        n_head: golden.options.n_head,
        activation: golden.options.activation.as_deref().and_then(Activation::named),
        ..Options::default()
    };
    let model = Gpt::read(file, options).expect(name);
    (golden, model)
}

/// The largest distance of its logits from PyTorch's.
fn distance((golden, mut model): (Golden, Gpt)) -> f32 {
    let found = model.forward(Tokens::new(&golden.ids, 1).expect("ids")).expect("logits").values;
    assert_eq!(found.len(), golden.logits.len(), "logits of each token");
    found.iter().zip(&golden.logits).map(|(found, expected)| (found - expected).abs()).fold(0.0, f32::max)
}

#[test]
fn every_course_has_pytorch_s_logits() {
    for course in UNTIED.into_iter().chain(TIED) {
        let distance = distance(open(course, |_| {}));
        assert!(distance <= 1e-4, "{}: {distance}", course.0);
    }
}

#[test]
fn the_gelu_that_nothing_names_is_the_course_s_own() {
    let told = Assumed { activation: true, n_head: false };
    let silent = |said: &mut Said| said.activation = None;
    for course in UNTIED {
        let (golden, model) = open(course, silent);
        assert_eq!((model.config().activation, model.assumed()), (Activation::GeluTanh, told), "{}", course.0);
        assert!(distance((golden, model)) <= 1e-4, "{}", course.0);
    }
    // Tied heads are nanoGPT's, too, which has the exact GELU: it is assumed, and told.
    for course in TIED {
        let (golden, model) = open(course, silent);
        assert_eq!((model.config().activation, model.assumed()), (Activation::GeluErf, told), "{}", course.0);
        let distance = distance((golden, model));
        assert!(distance > 5e-4, "{}: the GELUs differ, not by {distance}", course.0);
    }
}

#[test]
fn a_key_that_is_missing_has_the_book_s_name() {
    let (_, _, file) = course!("book");
    let mut file = file.to_vec();
    let name = b"trf_blocks.1.att.W_key.weight";
    let at = file.windows(name.len()).position(|found| found == name).expect("the key's name");
    // A mask in its place.
    file[at..at + name.len()].copy_from_slice(b"trf_blocks.1.att.W.x.att.mask");
    let vocab = Vocab::from_tokens((0..19).map(|id| id.to_string()));
    let error = Gpt::from_safetensors(&file, Some(r#"{"n_heads": 3}"#), Some(vocab)).expect_err("no key").to_string();
    assert_eq!(error, "the checkpoint cannot be used: trf_blocks.1.att.W_key.weight: it is missing");
}
