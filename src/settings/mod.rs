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

use std::rc::Rc;

use crate::{
    core::{
        error::{Error, Result},
        grammar::{Grammar, Grammars},
        token::{TokenId, Vocab},
    },
    rng::RngKind,
    stages::{
        SPECS,
        constraint::Described,
        plan::{Plan, Stage, StageName},
    },
};

/// How a token is drawn, under the names people know from transformers, vLLM and llama.cpp.
///
/// The default is neutral: every stage is off, Philox, the notebook's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Every stage with its settings, in the default order: see [`with`](Self::with).
    pub stages: Vec<Stage>,
    /// How many tokens the penalties look back; None is all.
    pub penalty_window: Option<usize>,
    /// Order of the stages. One that is named twice is done twice, with the same settings.
    pub order: Vec<StageName>,
    /// Which generator.
    pub rng: RngKind,
    /// The seed; None takes one from the platform and reports it.
    pub seed: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            stages: Stage::all_off(),
            penalty_window: None,
            order: StageName::DEFAULT_ORDER.to_vec(),
            rng: RngKind::Philox,
            seed: None,
        }
    }
}

/// The settings of sampling that belong to no stage.
const OTHERS: &[(&str, Reader<Settings>)] = &[
    ("penalty_window", |s, name, v| v.count(name, 1).map(|n| s.penalty_window = Some(n))),
    ("order", |s, name, v| v.order(name).map(|o| s.order = o)),
    ("rng", |s, name, v| v.rng(name).map(|rng| s.rng = rng)),
    ("seed", |s, name, v| v.seed(name).map(|seed| s.seed = Some(seed))),
];

impl ReadsOptions for Settings {
    fn names(&self) -> Vec<&'static str> {
        let of_stages = SPECS.iter().flat_map(|spec| spec.settings).map(|setting| setting.name);
        of_stages.chain(OTHERS.iter().map(|(name, _)| *name)).collect()
    }

    fn read(&mut self, name: &str, value: Value) -> Result<Option<Value>> {
        if let Some((_, read)) = OTHERS.iter().find(|(known, _)| *known == name) {
            return if value == Value::Null { Ok(None) } else { read(self, name, value).map(|()| None) };
        }
        for stage in &mut self.stages {
            if let Some(setting) = stage.name().spec().settings.iter().find(|setting| setting.name == name) {
                if value != Value::Null {
                    stage.set(name, value.amount(setting)?);
                }
                return Ok(None);
            }
        }
        Ok(Some(value))
    }
}

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

    /// The same with this stage in place of its own.
    #[must_use]
    pub fn with(mut self, stage: impl Into<Stage>) -> Self {
        let stage = stage.into();
        let ix = stage.name() as usize;
        self.stages[ix] = stage;
        self
    }

    /// One stage, or None where it is off.
    pub(crate) fn stage(&self, name: StageName) -> Option<&Stage> {
        Some(&self.stages[name as usize]).filter(|stage| !stage.is_off())
    }

    /// Whether the most likely token is always taken: the temperature is 0.
    pub fn is_greedy(&self) -> bool {
        self.stages.iter().any(Stage::is_greedy)
    }

    /// The same, with the texts of the settings found in a model's vocabulary.
    ///
    /// # Errors
    /// `InvalidSetting` for a token id outside the vocabulary.
    pub fn plan_with(&self, vocab: &Vocab) -> Result<Plan> {
        let mut plan = self.plan_for(vocab.len())?;
        plan.stages.iter_mut().for_each(|stage| stage.bind(vocab));
        Ok(plan)
    }

    /// The same, for tokens 0 to V − 1.
    fn plan_for(&self, vocab_size: usize) -> Result<Plan> {
        let plan = self.plan();
        match plan.stages.iter().find_map(|stage| stage.outside(vocab_size)) {
            None => Ok(plan),
            Some((name, id)) => Err(Error::outside(name, id, vocab_size)),
        }
    }

    /// The same, where there is no model but rows of V logits.
    ///
    /// # Errors
    /// `InvalidSetting` for a text that would have to be found in a vocabulary, and for a token id that is V or more.
    pub(crate) fn plan_without_model(&self, vocab_size: usize) -> Result<Plan> {
        let plan = self.plan_for(vocab_size)?;
        match plan.stages.iter().find_map(Stage::unbound) {
            None => Ok(plan),
            Some((name, text)) => {
                let advice = "it needs a model's vocabulary: use generate or explain with a model, or token ids where the setting takes them";
                Err(Error::invalid(name, format!("\"{text}\""), advice))
            }
        }
    }

    /// Compiles the constraint for a model's tokens, if there is one, and gives what it was compiled to. `end`: those that end a text.
    ///
    /// # Errors
    /// `Constraint` with what cannot be read or enforced.
    pub fn constrain(&mut self, grammars: &dyn Grammars, end: &[TokenId]) -> Result<Option<Rc<dyn Grammar>>> {
        let constraint = self.stages.iter_mut().find_map(|stage| match stage {
            Stage::Constraint(constraint) => Some(constraint),
            _ => None,
        });
        let Some(constraint) = constraint else { return Ok(None) };
        constraint.compile(grammars, end)?;
        Ok(constraint.bound.0.clone())
    }

    /// What the output has to be, if anything.
    pub fn constraint(&self) -> Option<&Described> {
        self.stages.iter().find_map(|stage| match stage {
            Stage::Constraint(constraint) => constraint.described.as_ref(),
            _ => None,
        })
    }

    /// The stages that are on, in order. A greedy plan has only those that change single logits.
    pub fn plan(&self) -> Plan {
        let greedy = self.is_greedy();
        let on = self.order.iter().filter_map(|&name| self.stage(name));
        Plan { stages: on.filter(|stage| !greedy || stage.edits()).cloned().collect(), greedy }
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
