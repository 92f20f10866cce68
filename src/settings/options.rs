//! The options of the calls that neither draw nor loop, and of models.

use super::{Table, Value, read::read_options, table::Reader};
use crate::{
    core::{
        error::{Error, Result},
        token::TokenId,
    },
    model::CountedBigram,
    rng::RngKind,
};

/// Whose arithmetic a softmax follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// The engine's own.
    Engine,
    /// The notebook's `stable_softmax`, bit for bit.
    Notebook,
    /// `F.softmax`, bit for bit.
    Torch,
}

/// Options of `softmax`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoftmaxOptions {
    /// T > 0.
    pub temperature: f64,
    /// Rows.
    pub batch: usize,
    /// Whose arithmetic.
    pub arithmetic: Arithmetic,
}

impl Default for SoftmaxOptions {
    fn default() -> Self {
        Self { temperature: 1.0, batch: 1, arithmetic: Arithmetic::Engine }
    }
}

impl Table for SoftmaxOptions {
    const READERS: &'static [(&'static str, Reader<Self>)] = &[
        ("temperature", |o, name, v| v.number(name, POSITIVE_F32, "use a number > 0").map(|t| o.temperature = t)),
        ("batch", |o, name, v| v.count(name, 1).map(|batch| o.batch = batch)),
        ("arithmetic", |o, name, v| arithmetic(v, name).map(|arithmetic| o.arithmetic = arithmetic)),
    ];
}

impl SoftmaxOptions {
    /// Reads the options by name.
    ///
    /// # Errors
    /// `InvalidSetting`, `UnknownSetting`.
    pub fn from_entries(entries: Vec<(String, Value)>) -> Result<Self> {
        let mut options = Self::default();
        read_options(entries, &mut [&mut options])?;
        Ok(options)
    }
}

const POSITIVE_F32: std::ops::RangeInclusive<f64> = (f32::MIN_POSITIVE as f64)..=(f32::MAX as f64);

fn arithmetic(value: Value, name: &str) -> Result<Arithmetic> {
    let expected = "use \"engine\", \"notebook\" or \"torch\"";
    match value.text(name, expected)?.as_str() {
        "engine" => Ok(Arithmetic::Engine),
        "notebook" => Ok(Arithmetic::Notebook),
        "torch" => Ok(Arithmetic::Torch),
        other => Err(Error::invalid(name, format!("\"{other}\""), expected)),
    }
}

/// Options of `score` besides [`Settings`](super::Settings).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScoreOptions {
    /// What is given.
    pub prompt_ids: Vec<TokenId>,
    /// What is scored.
    pub output_ids: Vec<TokenId>,
    /// Context the model sees; `None` for as much as it was made for.
    pub block_size: Option<usize>,
}

impl Table for ScoreOptions {
    const READERS: &'static [(&'static str, Reader<Self>)] = &[
        ("prompt_ids", |o, name, v| v.ids(name).map(|ids| o.prompt_ids = ids)),
        ("output_ids", |o, name, v| v.ids(name).map(|ids| o.output_ids = ids)),
        ("block_size", |o, name, v| v.count(name, 1).map(|n| o.block_size = Some(n))),
    ];
}

/// Options of `stationary` besides [`Settings`](super::Settings).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StationaryOptions {
    /// The token that a text starts after; `None` for any.
    pub from: Option<TokenId>,
}

impl Table for StationaryOptions {
    const READERS: &'static [(&'static str, Reader<Self>)] =
        &[("from", |o, name, v| v.id(name).map(|id| o.from = Some(id)))];
}

/// Options of `time` besides [`Settings`](super::Settings).
#[derive(Debug, Clone, PartialEq)]
pub struct TimeOptions {
    /// A run after each of these prompts.
    pub prompt_lengths: Vec<usize>,
    /// Tokens drawn in each run.
    pub new_tokens: usize,
    /// Runs per length, of which the medians count.
    pub rounds: usize,
    /// Context the model sees; `None` for as much as it was made for.
    pub block_size: Option<usize>,
}

impl Default for TimeOptions {
    fn default() -> Self {
        Self { prompt_lengths: vec![16, 64, 256, 512], new_tokens: 128, rounds: 1, block_size: None }
    }
}

impl Table for TimeOptions {
    const READERS: &'static [(&'static str, Reader<Self>)] = &[
        ("prompt_lengths", |o, name, v| v.counts(name).map(|lengths| o.prompt_lengths = lengths)),
        ("new_tokens", |o, name, v| v.count(name, 1).map(|n| o.new_tokens = n)),
        ("rounds", |o, name, v| v.count(name, 1).map(|n| o.rounds = n)),
        ("block_size", |o, name, v| v.count(name, 1).map(|n| o.block_size = Some(n))),
    ];
}

/// Which model to build.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelSpec {
    /// The notebook's `TinyBigramLM`, its weights from a generator.
    Bigram(BigramSpec),
    /// A bigram counted from text.
    Counted(CountedSpec),
}

/// Where a bigram's weights come from.
#[derive(Debug, Clone, PartialEq)]
pub struct BigramSpec {
    /// Which generator.
    pub rng: RngKind,
    /// Its seed.
    pub seed: u64,
}

/// What a bigram is counted from.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedSpec {
    /// The text.
    pub text: String,
    /// Added to every count, > 0.
    pub smoothing: f64,
}

impl Table for BigramSpec {
    const READERS: &'static [(&'static str, Reader<Self>)] = &[
        ("rng", |spec, name, v| v.rng(name).map(|rng| spec.rng = rng)),
        ("seed", |spec, name, v| v.seed(name).map(|seed| spec.seed = seed)),
    ];
}

impl Table for CountedSpec {
    const READERS: &'static [(&'static str, Reader<Self>)] = &[
        ("text", |spec, name, v| v.text(name, "use a string").map(|text| spec.text = text)),
        ("smoothing", |spec, name, v| {
            v.number(name, f64::MIN_POSITIVE..=1e9, "use a number > 0").map(|s| spec.smoothing = s)
        }),
    ];
}

impl ModelSpec {
    /// Reads the spec by name; `kind` is needed, and says which other options there are.
    ///
    /// # Errors
    /// `InvalidSetting`, `UnknownSetting`.
    pub fn from_entries(mut entries: Vec<(String, Value)>) -> Result<Self> {
        let kinds = "use \"bigram\", \"counted\", \"logits\" or \"gpt\"";
        let Some(ix) = entries.iter().position(|(name, _)| name == "kind") else {
            return Err(Error::invalid("kind", "undefined", kinds));
        };
        match entries.remove(ix).1.text("kind", kinds)?.as_str() {
            "bigram" => {
                let mut spec = BigramSpec { rng: RngKind::Torch, seed: 0 };
                read_options(entries, &mut [&mut spec])?;
                Ok(Self::Bigram(spec))
            }
            "counted" => {
                if !entries.iter().any(|(name, value)| name == "text" && *value != Value::Null) {
                    return Err(Error::invalid("text", "undefined", "give the text to count"));
                }
                let mut spec = CountedSpec { text: String::new(), smoothing: CountedBigram::DEFAULT_SMOOTHING };
                read_options(entries, &mut [&mut spec])?;
                Ok(Self::Counted(spec))
            }
            other => Err(Error::invalid("kind", format!("\"{other}\""), kinds)),
        }
    }
}
