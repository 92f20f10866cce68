//! What a user may ask for, read by name and checked once. [`Settings`] say how a token is drawn, [`RowSettings`] of which row, and
//! [`LoopSettings`] how long a text goes on. Every call reads the tables it uses. What is outside the limits, and every other name, is an
//! error that says what to do; nothing is ignored.

mod hints;
mod options;
mod read;
mod row;
mod run;
pub mod spec;
mod table;
mod value;

pub use options::{
    Arithmetic, BigramSpec, CountedSpec, ModelSpec, ScoreOptions, SoftmaxOptions, StationaryOptions, TimeOptions,
};
pub use read::read_options;
pub use row::{RowSettings, SampleSettings};
pub use run::{GenerateSettings, LoopSettings};
pub use table::{Reader, ReadsOptions, Table};
pub use value::Value;

use crate::{
    error::{Error, Result},
    plan::{Plan, Stage, StageName},
    rng::RngKind,
    stages::{Bias, MinP, Penalties, Temperature, TopK, TopP},
    token::TokenId,
};

/// How a token is drawn, under the names people know from transformers, vLLM and llama.cpp.
///
/// The default is neutral: T = 1, no filter, no penalty, Philox, the notebook's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// T ≥ 0, finite; 0 is greedy.
    pub temperature: f64,
    /// Keep the k best; None and 0 are off.
    pub top_k: Option<usize>,
    /// In [0, 1]; None and 1 are off.
    pub top_p: Option<f64>,
    /// In [0, 1]; None and 0 are off.
    pub min_p: Option<f64>,
    /// > 0; 1 is off.
    pub repetition_penalty: f64,
    /// Finite; 0 is off.
    pub presence_penalty: f64,
    /// Finite; 0 is off.
    pub frequency_penalty: f64,
    /// How many tokens the penalties look back; None is all.
    pub penalty_window: Option<usize>,
    /// Added to single logits; -inf bans.
    pub logit_bias: Vec<(TokenId, f32)>,
    /// Order of the stages; those left out keep their default order behind the named ones.
    pub order: [StageName; 6],
    /// Which generator.
    pub rng: RngKind,
    /// The seed; None takes one from the platform and reports it.
    pub seed: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_k: None,
            top_p: None,
            min_p: None,
            repetition_penalty: 1.0,
            presence_penalty: 0.0,
            frequency_penalty: 0.0,
            penalty_window: None,
            logit_bias: Vec::new(),
            order: StageName::DEFAULT_ORDER,
            rng: RngKind::Philox,
            seed: None,
        }
    }
}

impl Table for Settings {
    const READERS: &'static [(&'static str, Reader<Self>)] = &[
        ("temperature", |s, name, v| {
            let shown = v.to_string();
            let t = v.number(name, 0.0..=f64::from(f32::MAX), "use a number from 0 to 3.4e38; 0 is greedy")?;
            if t > 0.0 && t < f64::from(f32::MIN_POSITIVE) {
                return Err(Error::invalid(name, shown, "that is too small to divide by: use 0 for greedy"));
            }
            s.temperature = t;
            Ok(())
        }),
        ("top_k", |s, name, v| v.count(name, 0).map(|k| s.top_k = Some(k))),
        ("top_p", |s, name, v| v.number(name, 0.0..=1.0, "use a number from 0 to 1").map(|p| s.top_p = Some(p))),
        ("min_p", |s, name, v| v.number(name, 0.0..=1.0, "use a number from 0 to 1").map(|p| s.min_p = Some(p))),
        ("repetition_penalty", |s, name, v| {
            v.number(name, f64::from(f32::MIN_POSITIVE)..=f64::from(f32::MAX), "use a number > 0; 1 is off")
                .map(|r| s.repetition_penalty = r)
        }),
        ("presence_penalty", |s, name, v| {
            v.number(name, F32_RANGE, "use a finite number; 0 is off").map(|p| s.presence_penalty = p)
        }),
        ("frequency_penalty", |s, name, v| {
            v.number(name, F32_RANGE, "use a finite number; 0 is off").map(|f| s.frequency_penalty = f)
        }),
        ("penalty_window", |s, name, v| v.count(name, 1).map(|n| s.penalty_window = Some(n))),
        ("logit_bias", |s, name, v| v.bias(name).map(|b| s.logit_bias = b)),
        ("order", |s, name, v| v.order(name).map(|o| s.order = o)),
        ("rng", |s, name, v| v.rng(name).map(|rng| s.rng = rng)),
        ("seed", |s, name, v| v.seed(name).map(|seed| s.seed = Some(seed))),
    ];
}

const F32_RANGE: std::ops::RangeInclusive<f64> = (f32::MIN as f64)..=(f32::MAX as f64);

impl Settings {
    /// Reads settings by name; what is not named keeps its default.
    ///
    /// # Errors
    /// `InvalidSetting` with the name and the value, `UnknownSetting` with what to do about it.
    pub fn from_entries(entries: impl IntoIterator<Item = (String, Value)>) -> Result<Self> {
        let mut settings = Self::default();
        read_options(entries, &mut [&mut settings])?;
        Ok(settings)
    }

    /// The stages that are on, in order. Temperature 0 makes a greedy plan of those that change single logits.
    pub fn plan(&self) -> Plan {
        let greedy = self.temperature == 0.0;
        let is_kept = |stage: &Stage| !greedy || stage.edits();
        Plan { stages: self.order.iter().filter_map(|&name| self.stage(name)).filter(is_kept).collect(), greedy }
    }

    /// One stage with its parameters, or None where it is off.
    #[allow(clippy::cast_possible_truncation, reason = "logits are f32, so are the numbers they are combined with")]
    pub(crate) fn stage(&self, name: StageName) -> Option<Stage> {
        match name {
            StageName::Bias => (!self.logit_bias.is_empty()).then(|| Stage::Bias(Bias(self.logit_bias.clone()))),
            StageName::Penalties => {
                let penalties = Penalties {
                    repetition: self.repetition_penalty as f32,
                    presence: self.presence_penalty as f32,
                    frequency: self.frequency_penalty as f32,
                };
                (penalties != Penalties::OFF).then_some(Stage::Penalties(penalties))
            }
            StageName::Temperature => {
                (self.temperature != 1.0).then_some(Stage::Temperature(Temperature(self.temperature as f32)))
            }
            StageName::TopK => self.top_k.filter(|&k| k > 0).map(|x| Stage::TopK(TopK(x))),
            StageName::TopP => self.top_p.filter(|&p| p < 1.0).map(|x| Stage::TopP(TopP(x))),
            StageName::MinP => self.min_p.filter(|&p| p > 0.0).map(|x| Stage::MinP(MinP(x))),
        }
    }
}

/// Refuses the settings that choose a stream where a generator is one already.
///
/// # Errors
/// `InvalidSetting`.
pub fn refuse_beside_generator(has_generator: bool, entries: &[(String, Value)]) -> Result<()> {
    let chooses =
        |(name, value): &&(String, Value)| matches!(name.as_str(), "rng" | "seed" | "step") && *value != Value::Null;
    match entries.iter().find(chooses).filter(|_| has_generator) {
        None => Ok(()),
        Some((name, value)) => {
            let advice = "leave it out: the generator beside it has a stream of its own, which generator.manualSeed starts again";
            Err(Error::invalid(name, value, advice))
        }
    }
}
