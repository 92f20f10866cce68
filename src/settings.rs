//! What a user may ask for, validated once. Everything outside the limits is an error with the name and the value; an unknown name is
//! an error that names the nearest known one, never ignored.

mod options;
pub mod spec;
mod value;

pub use options::{Arithmetic, ModelSpec, SoftmaxOptions};
pub use value::Value;

use crate::{
    error::{Error, Result},
    plan::{Penalties, Plan, Stage, StageName},
    rng::RngKind,
    token::TokenId,
};

/// The sampling and generation settings under the names people know from transformers, vLLM and llama.cpp.
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
    /// Which coin of the seed's stream a single `sample` uses.
    pub step: u32,
    /// Rows given to a single `sample`.
    pub batch: usize,
    /// Tokens of the prompt, for penalties in a single `sample`.
    pub history_prompt: Vec<TokenId>,
    /// Tokens of the output, for penalties in a single `sample`.
    pub history_output: Vec<TokenId>,
    /// Stop after this many tokens, ≥ 1.
    pub max_new_tokens: usize,
    /// Context the model sees, ≥ 1; `None` for as much as it was made for.
    pub block_size: Option<usize>,
    /// Tokens that end the text.
    pub eos_token_id: Vec<TokenId>,
    /// Strings that end the text; they are not part of it.
    pub stop_strings: Vec<String>,
    /// `eos_token_id` is banned until there are this many.
    pub min_new_tokens: usize,
    /// New token → the token put there in place of the drawn one.
    pub forced_tokens: Vec<(u32, TokenId)>,
    /// Seconds.
    pub max_time: Option<f64>,
    /// Record a trace of every step.
    pub trace: bool,
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
            step: 0,
            batch: 1,
            history_prompt: Vec::new(),
            history_output: Vec::new(),
            max_new_tokens: 80,
            block_size: None,
            eos_token_id: Vec::new(),
            stop_strings: Vec::new(),
            min_new_tokens: 0,
            forced_tokens: Vec::new(),
            max_time: None,
            trace: false,
        }
    }
}

/// Reads one setting from a [`Value`] into [`Settings`].
type Reader = fn(&mut Settings, &str, Value) -> Result<()>;

/// Every setting there is, by name.
const READERS: [(&str, Reader); 23] = [
    ("temperature", |s, name, v| {
        let shown = v.to_string();
        let t = v.number(name, 0.0..=f64::from(f32::MAX), "use a number from 0 to 3.4e38; 0 is greedy")?;
        if t > 0.0 && t < f64::from(f32::MIN_POSITIVE) {
            return Err(Error::invalid(name, shown, "that is too small to divide by: use 0 for greedy"));
        }
        s.temperature = t;
        Ok(())
    }),
    ("top_k", |s, name, v| v.optional_count(name, 0).map(|k| s.top_k = k)),
    ("top_p", |s, name, v| v.optional_number(name, 0.0..=1.0, "use a number from 0 to 1").map(|p| s.top_p = p)),
    ("min_p", |s, name, v| v.optional_number(name, 0.0..=1.0, "use a number from 0 to 1").map(|p| s.min_p = p)),
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
    ("penalty_window", |s, name, v| v.optional_count(name, 1).map(|n| s.penalty_window = n)),
    ("logit_bias", |s, name, v| v.bias(name).map(|b| s.logit_bias = b)),
    ("order", |s, name, v| v.order(name).map(|o| s.order = o)),
    ("rng", |s, name, v| v.rng(name).map(|rng| s.rng = rng)),
    ("seed", |s, name, v| v.seed(name).map(|seed| s.seed = seed)),
    ("step", |s, name, v| v.word(name, "use an integer from 0 to 4294967295").map(|step| s.step = step)),
    ("batch", |s, name, v| v.count(name, 1).map(|b| s.batch = b)),
    ("history", |s, name, v| {
        (s.history_prompt, s.history_output) = v.history(name)?;
        Ok(())
    }),
    ("max_new_tokens", |s, name, v| v.count(name, 1).map(|n| s.max_new_tokens = n)),
    ("block_size", |s, name, v| v.count(name, 1).map(|n| s.block_size = Some(n))),
    ("eos_token_id", |s, name, v| v.ids(name).map(|ids| s.eos_token_id = ids)),
    ("stop_strings", |s, name, v| v.strings(name).map(|strings| s.stop_strings = strings)),
    ("min_new_tokens", |s, name, v| v.count(name, 0).map(|n| s.min_new_tokens = n)),
    ("forced_tokens", |s, name, v| v.forced(name).map(|forced| s.forced_tokens = forced)),
    ("max_time", |s, name, v| {
        v.optional_number(name, f64::MIN_POSITIVE..=f64::MAX, "use seconds, a number > 0").map(|t| s.max_time = t)
    }),
    ("trace", |s, name, v| v.boolean(name).map(|t| s.trace = t)),
];

const F32_RANGE: std::ops::RangeInclusive<f64> = (f32::MIN as f64)..=(f32::MAX as f64);

impl Settings {
    /// Reads settings by name; what is not named keeps its default.
    ///
    /// # Errors
    /// `InvalidSetting` with the name and the value, `UnknownSetting` with the nearest known name.
    pub fn from_entries(entries: impl IntoIterator<Item = (String, Value)>) -> Result<Self> {
        Self::read(entries.into_iter().collect())
    }

    fn read(entries: Vec<(String, Value)>) -> Result<Self> {
        let mut settings = Self::default();
        for (name, value) in entries {
            let Some((_, read)) = READERS.iter().find(|(known, _)| *known == name) else {
                return Err(unknown(name, &READERS.map(|(known, _)| known)));
            };
            read(&mut settings, &name, value)?;
        }
        Ok(settings)
    }

    /// The stages that are on, in order. Temperature 0 makes a greedy plan of bias and penalties.
    pub fn plan(&self) -> Plan {
        let greedy = self.temperature == 0.0;
        let is_kept = |stage: &Stage| !greedy || matches!(stage, Stage::Bias(_) | Stage::Penalties(_));
        Plan { stages: self.order.iter().filter_map(|&name| self.stage(name)).filter(is_kept).collect(), greedy }
    }

    /// One stage with its parameters, or None where it is off.
    #[allow(clippy::cast_possible_truncation, reason = "logits are f32, so are the numbers they are combined with")]
    pub(crate) fn stage(&self, name: StageName) -> Option<Stage> {
        match name {
            StageName::Bias => (!self.logit_bias.is_empty()).then(|| Stage::Bias(self.logit_bias.clone())),
            StageName::Penalties => {
                let penalties = Penalties {
                    repetition: self.repetition_penalty as f32,
                    presence: self.presence_penalty as f32,
                    frequency: self.frequency_penalty as f32,
                };
                (penalties != Penalties::OFF).then_some(Stage::Penalties(penalties))
            }
            StageName::Temperature => (self.temperature != 1.0).then_some(Stage::Temperature(self.temperature as f32)),
            StageName::TopK => self.top_k.filter(|&k| k > 0).map(Stage::TopK),
            StageName::TopP => self.top_p.filter(|&p| p < 1.0).map(Stage::TopP),
            StageName::MinP => self.min_p.filter(|&p| p > 0.0).map(Stage::MinP),
        }
    }
}

/// The error for a name that is not among the known ones; it names the one it abbreviates, or else the one with
/// the smallest edit distance.
fn unknown(name: String, known: &[&str]) -> Error {
    // A name may be as long as the caller likes.
    let short: String = name.chars().take(64).collect::<String>().to_lowercase();
    let distance = |known: &&&str| (!known.starts_with(&name), strsim::levenshtein(&short, known));
    let nearest = known.iter().min_by_key(distance).copied().unwrap_or_default();
    Error::UnknownSetting { nearest: nearest.to_owned(), name }
}

/// The same error, naming one of `others` instead if that is nearer: for options that are read elsewhere.
#[must_use]
pub fn or_nearer(error: Error, others: &[&str]) -> Error {
    match error {
        Error::UnknownSetting { name, nearest } => unknown(name, &[&[nearest.as_str()], others].concat()),
        other => other,
    }
}
