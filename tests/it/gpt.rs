//! The GPT against GPT2LMHeadModel of transformers, against its own formulas in f64, and against itself with and without its cache.

use logitlab::{
    cpu::CpuBackend,
    error::{Error, Result},
    generate::{Generation, Workbench},
    model::{LanguageModel, Tokens, gpt::Gpt},
    rng::{Generator, RngKind},
    settings::{GenerateSettings, LoopSettings, Settings},
    stages::Temperature,
    timing::Clock,
    token::{TokenId, Vocab},
};
use serde::Deserialize;

use crate::support::{
    block_on,
    inputs::SplitMix,
    plain_gpt::{GPT_FAULTS, PlainGpt},
};

/// Largest difference from transformers that is allowed.
pub(crate) const TOLERANCE: f64 = 1e-4;

macro_rules! golden {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../golden/gpt/", $name, ".json")),
            include_bytes!(concat!("../golden/gpt/", $name, ".safetensors")).as_slice(),
        )
    };
}

const GOLDENS: [(&str, &str, &[u8]); 5] =
    [golden!("tied"), golden!("untied"), golden!("float16"), golden!("long"), golden!("nanogpt")];

/// What transformers computed with a small random model.
#[derive(Deserialize)]
pub(crate) struct Golden {
    pub config: Option<serde_json::Value>,
    pub vocab_size: usize,
    pub batch: usize,
    pub ids: Vec<TokenId>,
    pub logits: Vec<f32>,
}

impl Golden {
    pub(crate) fn config(&self) -> Option<String> {
        self.config.as_ref().map(serde_json::Value::to_string)
    }

    fn oracle(&self, file: &[u8]) -> PlainGpt {
        let config = self.config.clone().unwrap_or_default();
        let number = |name: &str, default| config[name].as_f64().unwrap_or(default);
        let is_exact = self.config.is_none() || config["activation_function"] == "gelu";
        PlainGpt::new(file, number("n_head", 1.0) as usize, number("layer_norm_epsilon", 1e-5), is_exact)
    }
}

/// Tokens that can be told apart, the space among them.
pub(crate) fn vocab(n: usize) -> Vocab {
    Vocab::from_tokens((0..n).map(|id| if id == 0 { " ".to_owned() } else { format!("<{id}>") }))
}

/// Name, golden values, the file and the model of each case.
pub(crate) fn cases() -> Vec<(&'static str, Golden, &'static [u8], Gpt)> {
    let read = |(name, json, file): &(&'static str, &str, &'static [u8])| {
        let golden: Golden = serde_json::from_str(json).expect("a golden case");
        let model = Gpt::from_safetensors(file, golden.config().as_deref(), Some(vocab(golden.vocab_size)));
        let model = model.unwrap_or_else(|error| panic!("{name}: {error}"));
        (*name, golden, *file, model)
    };
    GOLDENS.iter().map(read).collect()
}

pub(crate) fn largest_difference(a: impl IntoIterator<Item = f64>, b: impl IntoIterator<Item = f64>) -> f64 {
    a.into_iter().zip(b).fold(0.0, |max, (a, b)| if (a - b).abs() <= max { max } else { (a - b).abs() })
}

pub(crate) fn wide(x: &[f32]) -> impl Iterator<Item = f64> {
    x.iter().map(|&x| f64::from(x))
}

/// The model of the page.
pub(crate) fn prose() -> Gpt {
    let file = include_bytes!("../../www/models/prose/model.safetensors");
    Gpt::from_safetensors(file, None, None).expect("the model we ship")
}

fn next(model: &mut Gpt, row: usize, context: &[TokenId]) -> Result<Vec<f32>> {
    let mut out = vec![f32::NAN; model.vocab().len()];
    model.next_logits(row, context, &mut out)?;
    Ok(out)
}

#[test]
fn logits_are_those_of_transformers() {
    for (name, golden, _, mut model) in cases() {
        let logits = model.forward(Tokens::new(&golden.ids, golden.batch).unwrap()).unwrap();
        assert_eq!(logits.values.len(), golden.logits.len(), "{name}");
        let largest = largest_difference(wide(&logits.values), wide(&golden.logits));
        println!("{name}: {largest:e}");
        assert!(largest <= TOLERANCE, "{name}: off by {largest}");
    }
}

#[test]
fn logits_are_those_of_the_formulas() {
    for (name, golden, file, mut model) in cases() {
        let exact = golden.oracle(file).forward(&golden.ids, golden.batch);
        let logits = model.forward(Tokens::new(&golden.ids, golden.batch).unwrap()).unwrap();
        let largest = largest_difference(wide(&logits.values), exact);
        println!("{name}: {largest:e}");
        assert!(largest <= TOLERANCE, "{name}: off by {largest}");
    }
}

#[test]
fn every_broken_rule_is_noticed() {
    let survivors: Vec<_> = GPT_FAULTS
        .into_iter()
        .filter(|&fault| {
            !cases().into_iter().any(|(_, golden, file, _)| {
                let mut oracle = golden.oracle(file);
                oracle.fault = Some(fault);
                let faulty = oracle.forward(&golden.ids, golden.batch);
                !(largest_difference(faulty, wide(&golden.logits)) <= TOLERANCE)
            })
        })
        .collect();
    assert!(survivors.is_empty(), "no golden logits notice {survivors:?}");
}

#[test]
fn the_cache_changes_no_bit() {
    for (name, golden, _, mut model) in cases() {
        let row = &golden.ids[..golden.ids.len() / golden.batch];
        let whole = model.forward(Tokens::new(row, 1).unwrap()).unwrap();
        let mut uncached = model.clone();
        uncached.set_use_cache(false);
        for (position, expected) in whole.values.chunks(whole.vocab_size).enumerate() {
            let context = &row[..=position];
            assert_eq!(next(&mut model, 0, context).unwrap(), expected, "{name}: with the cache, {position}");
            assert_eq!(next(&mut uncached, 0, context).unwrap(), expected, "{name}: without, {position}");
        }
    }
}

#[test]
fn rows_branch_rewind_and_grow_past_the_block() {
    let mut random = SplitMix(11);
    for (name, golden, _, mut model) in cases() {
        let (v, block) = (golden.vocab_size, model.config().block_size);
        let mut contexts: Vec<Vec<TokenId>> = vec![vec![0]; 3];
        for step in 0..block + 20 {
            let row = random.below(3);
            let context = &mut contexts[row];
            match random.below(8) {
                0 => context.truncate(1 + random.below(context.len())),
                1 => *context.last_mut().unwrap() = random.below(v) as TokenId,
                _ => context.push(random.below(v) as TokenId),
            }
            let found = next(&mut model, row, context).unwrap();
            let seen = &context[context.len().saturating_sub(block)..];
            let whole = model.forward(Tokens::new(seen, 1).unwrap()).unwrap();
            assert_eq!(found, whole.values[whole.values.len() - v..], "{name}: step {step}, row {row}");
        }
        let long: Vec<TokenId> = (0..block + 7).map(|i| (i % v) as TokenId).collect();
        assert_eq!(next(&mut model, 0, &long), next(&mut model, 1, &long[7..]), "{name}: only the block is seen");
    }
}

#[test]
fn what_a_gpt_cannot_read_is_said() {
    let (_, golden, _, mut model) = cases().swap_remove(1);
    let block = model.config().block_size;
    let too_long = vec![0; block + 1];
    let error = model.forward(Tokens::new(&too_long, 1).unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("ids has {} values, expected at most block_size = {block} in a row", block + 1)
    );
    let outside = golden.vocab_size as TokenId;
    assert_eq!(next(&mut model, 0, &[outside]).unwrap_err().code(), "invalid_token");
    assert_eq!(next(&mut model, 0, &[]), Err(Error::EmptyPrompt));
    assert_eq!(model.next_logits(0, &[0], &mut [0.0]).unwrap_err().code(), "wrong_length");
    assert!(next(&mut model, 0, &[0]).is_ok(), "an error leaves the model as it was");
}

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now_ms(&self) -> f64 {
        0.0
    }
}

/// The notebook's loop over the shipped model.
fn generate(settings: &GenerateSettings, prompt: &str) -> String {
    let (mut model, mut backend) = (prose(), CpuBackend::new());
    let mut generator = Generator::new(RngKind::Philox, settings.sampling.seed.unwrap_or(0));
    let prompts = vec![model.encode(prompt).unwrap().ids];
    let mut run = Generation::new(settings.clone(), prompts, &model).unwrap();
    let bench = Workbench { model: &mut model, backend: &mut backend, generator: &mut generator, clock: &Still };
    block_on(run.advance(bench, usize::MAX, f64::INFINITY)).unwrap();
    run.outcome(&model, &generator).unwrap().rows.swap_remove(0).new_text
}

#[test]
fn a_run_sees_the_whole_block() {
    let write = |block_size| {
        let settings = GenerateSettings {
            sampling: Settings { seed: Some(3), ..Settings::default() },
            run: LoopSettings { max_new_tokens: 280, block_size, ..LoopSettings::default() },
        };
        generate(&settings, "the old man ")
    };
    let text = write(None);
    assert_eq!(text, write(Some(prose().config().block_size)));
    assert_ne!(text, write(Some(256)), "as the notebook's model would");
}

#[derive(Deserialize)]
struct Greedy {
    prompt: String,
    logits: Vec<f32>,
    text: String,
}

fn greedy_golden() -> Greedy {
    serde_json::from_str(include_str!("../golden/gpt/greedy.json")).expect("greedy.json")
}

#[test]
fn greedy_text_is_that_of_transformers() {
    let golden = greedy_golden();
    let settings = GenerateSettings {
        sampling: Settings::default().with(Temperature::fixed(0.0)),
        run: LoopSettings { max_new_tokens: 200, ..LoopSettings::default() },
    };
    assert_eq!(generate(&settings, &golden.prompt), golden.text);
    let mut model = prose();
    let ids = model.encode(&golden.prompt).unwrap().ids;
    let logits = next(&mut model, 0, &ids).unwrap();
    assert!(largest_difference(wide(&logits), wide(&golden.logits)) <= TOLERANCE, "{logits:?}");
}

#[test]
fn the_shipped_model_writes_words() {
    let prose = concat!(
        include_str!("../../tools/train/prose/days.txt"),
        include_str!("../../tools/train/prose/people.txt"),
        include_str!("../../tools/train/prose/square.txt"),
    );
    let words = prose.to_lowercase();
    let words: Vec<&str> = words.split(|c: char| !c.is_ascii_lowercase()).collect();
    let settings = GenerateSettings {
        sampling: Settings { seed: Some(1), ..Settings::default() }.with(Temperature::fixed(0.5)),
        run: LoopSettings { max_new_tokens: 300, ..LoopSettings::default() },
    };
    let text = generate(&settings, "the old man ");
    println!("{text}");
    let written: Vec<&str> = text.split_whitespace().map(|word| word.trim_matches([',', '.'])).collect();
    let known = written.iter().filter(|word| words.contains(word)).count();
    assert!(known * 4 >= written.len() * 3, "{known} of {} words are words: {text}", written.len());
}
