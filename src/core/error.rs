//! The typed errors of the engine. Every variant has a stable [`code`](Error::code) and carries the name or index at fault.

use std::fmt;

use thiserror::Error;

use crate::core::number::shortest;

/// What can go wrong. On an error nothing is half-changed: text, seed and settings stay as they were.
#[derive(Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting has a value outside its range.
    #[error("{name} = {value} is not valid: {expected}")]
    InvalidSetting {
        /// The setting's name, as the user wrote it.
        name: String,
        /// The value, printed.
        value: String,
        /// What would be accepted, as a sentence part: "use a number >= 0".
        expected: String,
    },
    /// A setting that the call does not read.
    #[error("unknown setting \"{name}\": {advice}")]
    UnknownSetting {
        /// The unknown name.
        name: String,
        /// The setting that was meant, or the call that reads it, as a sentence part.
        advice: String,
    },
    /// A logit is NaN or +inf.
    #[error("logits[{row}][{index}] = {} is not a logit: use finite numbers, or -inf to mask a token", shortest(*.value))]
    InvalidLogits {
        /// Row in the batch.
        row: usize,
        /// Token id in the row.
        index: usize,
        /// The value found.
        value: f32,
    },
    /// The logits do not have the length that the vocabulary and batch call for.
    #[error("{name} has {found} values, expected {expected}")]
    WrongLength {
        /// What was measured.
        name: String,
        /// The length found.
        found: usize,
        /// The length that was expected, in words or digits.
        expected: String,
    },
    /// Every token of a row is masked, so there is nothing to draw from.
    #[error("row {row} has no token left to draw: {}", emptied(.stage, .constraint))]
    NothingLeft {
        /// Row in the batch.
        row: usize,
        /// The stage that removed the last one; None where the model's own logits have none.
        stage: Option<&'static str>,
        /// The constraint that this stage is, or that was in force before it, printed.
        constraint: Option<String>,
    },
    /// A constraint is refused.
    #[error("constraint = {value} {}: {}", said_of(&.problem.fault), located(.problem))]
    Constraint {
        /// The constraint, printed.
        value: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// A constraint does not allow a token that was put where it stands.
    #[error("constraint = {value} does not allow new token {position} here: force another")]
    TokenNotAllowed {
        /// The constraint, printed.
        value: String,
        /// Which of the new tokens, from 0.
        position: usize,
    },
    /// A constraint allows no token.
    #[error("constraint = {value} allows no token here: {reason}")]
    NothingAllowed {
        /// The constraint, printed.
        value: String,
        /// Why, as a sentence part.
        reason: String,
    },
    /// A token id outside the vocabulary.
    #[error("token id {id} at position {position} is outside the vocabulary of {vocab_size} tokens")]
    InvalidToken {
        /// The id.
        id: u32,
        /// Where it stood.
        position: usize,
        /// Size of the vocabulary.
        vocab_size: usize,
    },
    /// A text cannot be turned into tokens.
    #[error("the text cannot be turned into tokens: {reason}")]
    CannotEncode {
        /// What stands in the way.
        reason: String,
    },
    /// A model cannot be built from what was given.
    #[error("the model cannot be built: {reason}")]
    ModelFormat {
        /// What is wrong and what to do.
        reason: String,
    },
    /// A file that was given as weights is of another kind.
    #[error("the model cannot be built: the file is {kind}, and weights are read from safetensors{}", in_python(.python))]
    OtherFile {
        /// What it is.
        kind: &'static str,
        /// Lines of Python that make a safetensors file of it, or get one; empty where there are none.
        python: &'static str,
    },
    /// A tensor of a checkpoint is missing, or is not what the model needs.
    #[error("the checkpoint cannot be used: {name}: {reason}")]
    InvalidTensor {
        /// The tensor's name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A backend that was asked for is not there.
    #[error("no WebGPU here: {reason}")]
    BackendUnavailable {
        /// What is missing, as a sentence part.
        reason: String,
    },
    /// The device is gone: destroyed, crashed or unplugged.
    #[error("the GPU device was lost: {reason}")]
    BackendLost {
        /// What the platform says.
        reason: String,
    },
    /// The GPU computed something wrong, or refused what it was given.
    #[error("the GPU failed at {kernel}: {reason}")]
    BackendFault {
        /// The kernel, or the operation.
        kernel: String,
        /// What the platform says, or both numbers.
        reason: String,
    },
    /// The device has no memory left.
    #[error("the GPU has no memory left for {bytes} bytes of {name}: use a smaller batch, or the CPU")]
    OutOfMemory {
        /// What the memory was for.
        name: String,
        /// How much.
        bytes: u64,
    },
    /// More than the device can take at all.
    #[error("{name} = {found} is more than this GPU takes, {limit}: use less, or the CPU")]
    LimitExceeded {
        /// What is too large.
        name: String,
        /// How large it is.
        found: u64,
        /// The device's limit.
        limit: u64,
    },
    /// More memory than the engine can have.
    #[error("{name} = {found} needs more memory than there is: use less")]
    TooLarge {
        /// What is too large.
        name: String,
        /// How large it is.
        found: usize,
    },
    /// The prompt holds no token.
    #[error("the prompt is empty: type at least one character")]
    EmptyPrompt,
}

/// Characters of what is said, and of a name or value in it: both may hold what somebody gave.
const MOST_SAID: usize = 1000;
const MOST_QUOTED: usize = 200;

/// A text with its middle left out, where it has more characters than that.
pub(crate) fn shortened(text: String, most: usize) -> String {
    if text.len() <= most || text.char_indices().nth(most).is_none() {
        return text;
    }
    let n_last = most / 4;
    let first = text.char_indices().nth(most - n_last - 3).map_or(text.len(), |(end, _)| end);
    let last = text.char_indices().rev().nth(n_last - 1).map_or(0, |(start, _)| start);
    format!("{} … {}", &text[..first], &text[last..])
}

/// A text of somebody else's inside a sentence, as JSON has it, cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    let short = match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    };
    serde_json::to_string(&short).unwrap_or(short)
}

/// Why a constraint is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing it is.
    pub fault: Fault,
    /// A sentence part.
    pub reason: String,
    /// Where in the constraint's text: a line and a column of it, both from 1.
    pub place: Option<(usize, usize)>,
}

/// The kinds of what can be wrong with a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be understood.
    Syntax,
    /// It is understood, and cannot be enforced exactly.
    Unsupported,
    /// It is larger than is taken.
    TooLarge,
    /// No text is of this form.
    Empty,
    /// A step of it takes more work than is given.
    TooComplex,
}

impl Fault {
    /// Each, by what it is called where it is found.
    const ALL: [(&'static str, Self); 5] = [
        ("syntax", Self::Syntax),
        ("unsupported", Self::Unsupported),
        ("too_large", Self::TooLarge),
        ("empty", Self::Empty),
        ("too_complex", Self::TooComplex),
    ];

    /// The one of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, fault)| fault)
    }
}

/// What a constraint is refused for.
fn said_of(fault: &Fault) -> &'static str {
    match fault {
        Fault::Syntax => "cannot be understood",
        Fault::Unsupported => "cannot be enforced exactly",
        Fault::TooLarge => "is too large",
        Fault::Empty => "allows no text",
        Fault::TooComplex => "takes too much work",
    }
}

/// Where, why, and what to do.
fn located(Problem { fault, reason, place }: &Problem) -> String {
    let place = place.map_or_else(String::new, |(line, column)| format!("line {line}, column {column}: "));
    let advice = match fault {
        Fault::Syntax => "correct it",
        Fault::Unsupported => "say it another way",
        Fault::TooLarge => "use a smaller one",
        Fault::Empty => "loosen it",
        Fault::TooComplex => "use a simpler one",
    };
    format!("{place}{reason}; {advice}")
}

/// Lines of Python at the end of a sentence.
fn in_python(lines: &str) -> String {
    if lines.is_empty() { String::new() } else { format!(". In Python:\n{lines}") }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.code())
    }
}

/// Who left nothing, and what to do.
fn emptied(stage: &Option<&str>, constraint: &Option<String>) -> String {
    match (stage, constraint) {
        (None, _) => "every logit is -inf; unmask a token".to_owned(),
        (Some(stage), None) => format!("{stage} removed the last one; loosen it"),
        (Some("constraint"), Some(value)) => {
            format!("constraint = {value} allows only tokens that were removed before; loosen it, or what removed them")
        }
        (Some(stage), Some(value)) => {
            format!("{stage} removed the last one that constraint = {value} allows; loosen one of the two")
        }
    }
}

impl Error {
    /// Of a row whose logits leave nothing by themselves.
    pub fn nothing_left(row: usize) -> Self {
        Self::NothingLeft { row, stage: None, constraint: None }
    }

    /// The stable code that JavaScript sees as `error.code`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidSetting { .. } => "invalid_setting",
            Self::UnknownSetting { .. } => "unknown_setting",
            Self::InvalidLogits { .. } => "invalid_logits",
            Self::WrongLength { .. } => "wrong_length",
            Self::NothingLeft { .. } => "nothing_left",
            Self::Constraint { problem, .. } => match problem.fault {
                Fault::Syntax => "constraint_syntax",
                Fault::Unsupported => "constraint_unsupported",
                Fault::TooLarge => "constraint_too_large",
                Fault::Empty => "constraint_empty",
                Fault::TooComplex => "constraint_too_complex",
            },
            Self::TokenNotAllowed { .. } => "token_not_allowed",
            Self::NothingAllowed { .. } => "nothing_allowed",
            Self::InvalidToken { .. } => "invalid_token",
            Self::CannotEncode { .. } => "cannot_encode",
            Self::ModelFormat { .. } | Self::OtherFile { .. } => "model_format",
            Self::InvalidTensor { .. } => "invalid_tensor",
            Self::BackendUnavailable { .. } => "backend_unavailable",
            Self::BackendLost { .. } => "backend_lost",
            Self::BackendFault { .. } => "backend_fault",
            Self::OutOfMemory { .. } => "out_of_memory",
            Self::LimitExceeded { .. } | Self::TooLarge { .. } => "limit_exceeded",
            Self::EmptyPrompt => "empty_prompt",
        }
    }

    // Whoever makes an error with a text in it does so here: it may be as long as a file.

    /// An [`Error::InvalidSetting`] from anything printable.
    pub(crate) fn invalid(name: &str, value: impl ToString, expected: &str) -> Self {
        Self::InvalidSetting {
            name: shortened(name.to_owned(), MOST_QUOTED),
            value: shortened(value.to_string(), MOST_QUOTED),
            expected: shortened(expected.to_owned(), MOST_SAID),
        }
    }

    /// An [`Error::InvalidSetting`] for a token id of a setting that is not in the vocabulary.
    pub(crate) fn outside(name: &str, id: u32, vocab_size: usize) -> Self {
        Self::invalid(name, id, &format!("use ids below {vocab_size}, the vocabulary's size"))
    }

    /// An [`Error::UnknownSetting`].
    pub(crate) fn unknown(name: String, advice: String) -> Self {
        Self::UnknownSetting { name: shortened(name, MOST_QUOTED), advice: shortened(advice, MOST_SAID) }
    }

    /// An [`Error::ModelFormat`].
    pub(crate) fn of_model(reason: impl Into<String>) -> Self {
        Self::ModelFormat { reason: shortened(reason.into(), MOST_SAID) }
    }

    /// An [`Error::InvalidTensor`].
    pub(crate) fn of_tensor(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::InvalidTensor { name: shortened(name.into(), MOST_QUOTED), reason: shortened(reason.into(), MOST_SAID) }
    }

    /// An [`Error::CannotEncode`].
    pub(crate) fn not_encoded(reason: impl Into<String>) -> Self {
        Self::CannotEncode { reason: shortened(reason.into(), MOST_SAID) }
    }

    /// An [`Error::WrongLength`].
    pub(crate) fn wrong_length(name: &str, found: usize, expected: impl Into<String>) -> Self {
        Self::WrongLength { name: shortened(name.to_owned(), MOST_QUOTED), found, expected: expected.into() }
    }
}

/// The engine's result type.
pub type Result<T> = std::result::Result<T, Error>;
