//! What a run gives back: chunks on the way, an outcome at the end.

use serde::Serialize;

use crate::{
    core::{token::TokenId, trace::StepTrace},
    generate::timing::{ChunkTimes, Timings},
};

/// Why a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// `max_new_tokens` reached.
    Length,
    /// One of `eos_token_id` was drawn; it is part of the text.
    Eos,
    /// A stop string is complete; it is not part of the text.
    Stop,
    /// Aborted from outside.
    Aborted,
    /// `max_time` is over.
    Time,
    /// The text is what the constraint asked for, which nothing may follow.
    Constraint,
}

impl FinishReason {
    /// The name that JavaScript sees.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Eos => "eos",
            Self::Stop => "stop",
            Self::Aborted => "aborted",
            Self::Time => "time",
            Self::Constraint => "constraint",
        }
    }
}

/// What became final in one call of `advance`.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Every row has ended.
    pub finished: bool,
    /// One entry per prompt.
    pub rows: Vec<RowChunk>,
    /// Where the time of this call went.
    pub timings: ChunkTimes,
    /// How far the model is in what it reads before the next token, where the call ended there.
    pub reading: Option<ReadSoFar>,
}

/// How much the model has read of the contexts that the next tokens follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadSoFar {
    /// Tokens that went through it, or did not have to, all rows.
    pub read: usize,
    /// Tokens in all.
    pub tokens: usize,
}

/// One row's part of a [`Chunk`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowChunk {
    /// Tokens drawn.
    pub tokens: Vec<TokenId>,
    /// Their final probabilities.
    pub probabilities: Vec<f32>,
    /// Their original probabilities, where a stage looks at those: before it. Of a token that could not be drawn 0.
    pub original_probabilities: Vec<f32>,
    /// How many tokens were left to draw from.
    pub kept: Vec<u32>,
    /// Text that became final; held back while a character or a stop string may still be on its way.
    pub text: String,
    /// One per token, when the run records traces.
    pub traces: Vec<StepTrace>,
    /// Set once the row has ended.
    pub finish_reason: Option<FinishReason>,
}

/// A run as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Name of the generator.
    pub rng: &'static str,
    /// The seed that repeats the run.
    pub seed: u64,
    /// One entry per prompt.
    pub rows: Vec<RowOutcome>,
    /// Where the time went.
    pub timings: Timings,
}

/// One row's part of an [`Outcome`].
#[derive(Debug, Clone, PartialEq)]
pub struct RowOutcome {
    /// Prompt and output.
    pub ids: Vec<TokenId>,
    /// Text of prompt and output, without a stop string.
    pub text: String,
    /// Text of the output.
    pub new_text: String,
    /// None while the row is going on.
    pub finish_reason: Option<FinishReason>,
}
