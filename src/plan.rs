//! The plan of one step: which stages run, in which order, with which parameters. Orders are data, and this is the only place they are written.

use serde::Serialize;

use crate::token::TokenId;

/// The stages a user can put in any order. `softmax` and `draw` always come last, in that order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StageName {
    /// Adds a number to single logits.
    Bias,
    /// Repetition, presence and frequency penalties.
    Penalties,
    /// Divides every logit by T.
    Temperature,
    /// Keeps the k largest logits and all ties with the k-th.
    TopK,
    /// Keeps the smallest prefix whose mass passes p.
    TopP,
    /// Keeps tokens at least `min_p` times as probable as the best.
    MinP,
}

impl StageName {
    /// The default order: the notebook's, and that of Hugging Face transformers.
    pub const DEFAULT_ORDER: [Self; 6] =
        [Self::Bias, Self::Penalties, Self::Temperature, Self::TopK, Self::TopP, Self::MinP];

    /// The name used in settings, files, docs and traces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bias => "bias",
            Self::Penalties => "penalties",
            Self::Temperature => "temperature",
            Self::TopK => "top_k",
            Self::TopP => "top_p",
            Self::MinP => "min_p",
        }
    }
}

/// One stage with its parameters, switched on.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// `x[id] += b` for each pair; `b = -inf` bans the token.
    Bias(Vec<(TokenId, f32)>),
    /// See [`Penalties`].
    Penalties(Penalties),
    /// `x / T`, T > 0.
    Temperature(f32),
    /// Keep x ≥ the k-th largest, k ≥ 1.
    TopK(usize),
    /// p in [0, 1).
    TopP(f64),
    /// `min_p` in (0, 1].
    MinP(f64),
}

impl Stage {
    /// Which stage this is.
    pub const fn name(&self) -> StageName {
        match self {
            Self::Bias(_) => StageName::Bias,
            Self::Penalties(_) => StageName::Penalties,
            Self::Temperature(_) => StageName::Temperature,
            Self::TopK(_) => StageName::TopK,
            Self::TopP(_) => StageName::TopP,
            Self::MinP(_) => StageName::MinP,
        }
    }
}

/// Parameters of the penalties stage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Penalties {
    /// r > 0; 1 is off. Each distinct token of prompt and output once: `x < 0 ? x·r : x/r`.
    pub repetition: f32,
    /// Subtracted once from every token already in the output; 0 is off.
    pub presence: f32,
    /// Subtracted once per occurrence in the output; 0 is off.
    pub frequency: f32,
}

impl Penalties {
    /// Changes nothing.
    pub const OFF: Self = Self { repetition: 1.0, presence: 0.0, frequency: 0.0 };
}

/// What happens to one row of logits before the draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The stages that are on, in order. Greedy plans hold bias and penalties only.
    pub stages: Vec<Stage>,
    /// Temperature 0: the argmax with the lowest id, no coin consumed.
    pub greedy: bool,
}

impl Plan {
    /// Whether a stage looks at the tokens so far.
    pub fn reads_history(&self) -> bool {
        self.stages.iter().any(|stage| matches!(stage, Stage::Penalties(_)))
    }
}
