//! What a stage, or a setting that belongs to none, says about itself. The page, its types and the tables in the documents are written from it.

/// A stage, for people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spec {
    /// Its name in settings, traces and files.
    pub name: &'static str,
    /// Its name in a sentence.
    pub label: &'static str,
    /// One sentence: what it does.
    pub about: &'static str,
    /// Which stages it stands with, where there are many.
    pub group: Group,
    /// It removes tokens.
    pub filter: bool,
    /// Why a token was removed. `{number}` and `{percent}` stand for the limit of the stage's trace, `{evidence}` and
    /// `{evidence_percent}` for the token's own number, `{repeated}` for the text of as many tokens, of which it is the last, `{allowed}` for
    /// what the trace says is allowed.
    pub reason: &'static str,
    /// The same in three words at most. `{number}`, `{percent}` and `{tokens}` stand for the value of its first setting.
    pub brief: &'static str,
    /// The number of every token that the stage decides on or changes.
    pub shows: Shows,
    /// Its settings.
    pub settings: &'static [Setting],
    /// Its name in llama.cpp's `--samplers`; empty where it is none of them.
    pub sampler: &'static str,
    /// What switches it on there, where no value of a setting does: a flag with its value; empty for most.
    pub switch: &'static str,
    /// Where it comes in another system's order, if not at its default position: right before the stage of that name; "" is last.
    pub places: &'static [(System, &'static str)],
}

impl Spec {
    /// A stage like most: the parts that a spec may leave out.
    pub const PLAIN: Self = Self {
        name: "",
        label: "",
        about: "",
        group: Group::Truncation,
        filter: false,
        reason: "",
        brief: "",
        shows: Shows::Probability,
        settings: &[],
        sampler: "",
        switch: "",
        places: &[],
    };
}

/// Stages of one purpose, so that a list of many can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Changes single tokens that the user names.
    Tokens,
    /// Looks at the text so far.
    Repetition,
    /// Makes the whole distribution flatter or steeper.
    Temperature,
    /// Removes tokens by rank or probability.
    Truncation,
    /// Follows what was drawn, from step to step.
    Adaptive,
}

impl Group {
    /// Its name in the generated files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Repetition => "repetition",
            Self::Temperature => "sharpness",
            Self::Truncation => "truncation",
            Self::Adaptive => "adaptive",
        }
    }
}

/// The number of a token that a stage decides on or changes. A stage that decides sees the tokens that entered it; what it changes is shown
/// as it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Its logit as it leaves.
    Logit,
    /// Its probability as it leaves.
    Probability,
    /// Its rank among the tokens that entered, from 1.
    Rank,
    /// The probability of all tokens down to this one, of what entered.
    RunningSum,
    /// The part of the entropy of all tokens down to this one, of what entered.
    RunningEntropy,
    /// Its probability as a part of that of the most likely token.
    ShareOfTop,
    /// How many standard deviations of the logits its logit is below the largest.
    Deviations,
    /// Its surprise, −log2 p, in bits.
    Surprise,
    /// How many bits its surprise, −log2 p, is from the entropy.
    FromEntropy,
}

impl Shows {
    /// Its name in the generated files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logit => "logit",
            Self::Probability => "probability",
            Self::Rank => "rank",
            Self::RunningSum => "running_sum",
            Self::RunningEntropy => "running_entropy",
            Self::ShareOfTop => "share_of_top",
            Self::Deviations => "deviations",
            Self::Surprise => "surprise",
            Self::FromEntropy => "from_entropy",
        }
    }
}

/// A setting, for people and for what reads it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Its name, as in transformers where that has it.
    pub name: &'static str,
    /// Its name in a sentence.
    pub label: &'static str,
    /// One sentence: what it does.
    pub about: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// The value that changes nothing; None where there is no such number. `null` means the same in every case.
    pub off: Option<f64>,
    /// `off` is what stands without it, but does not switch the stage off: another setting does.
    pub helps: bool,
    /// What a value above `off` does. `{number}`, `{percent}` and `{tokens}` stand for the value.
    pub above: &'static str,
    /// What a value below `off` does.
    pub below: &'static str,
    /// What stands for its value in formulas, where it has such a sign.
    pub symbol: &'static str,
    /// What its stage does at a value, in one short line; the same parts as in `above`.
    pub does: &'static str,
    /// The positions of its slider, if it has one.
    pub slider: Option<Slider>,
    /// What other systems call it.
    pub elsewhere: &'static [(System, &'static str)],
    /// What else it is called there, in lower case without separators, and what to say beside its name here.
    pub also: &'static [(&'static str, &'static str)],
    /// Values that mean something there and are refused here, with what to do.
    pub odd: &'static [(f64, &'static str)],
    /// What they do differently where it is on, as a sentence.
    pub differs: &'static [(System, &'static str)],
    /// The value at which the most likely token is always taken, if there is one.
    pub greedy: Option<f64>,
}

impl Setting {
    /// A setting without a slider that no other system has; the parts that a table leaves out.
    pub const PLAIN: Self = Self {
        name: "",
        label: "",
        about: "",
        kind: Kind::Number,
        off: None,
        helps: false,
        above: "",
        below: "",
        symbol: "",
        does: "",
        slider: None,
        elsewhere: &[],
        also: &[],
        odd: &[],
        differs: &[],
        greedy: None,
    };
}

/// What values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In [0, 1].
    Probability,
    /// A whole number of at least this.
    Count(usize),
    /// A number above 0.
    Positive,
    /// A number of at least 0.
    NonNegative,
    /// A number of at least 1.
    FromOne,
    /// Any finite number.
    Number,
    /// A whole number in [0, 2^64).
    Seed,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Names of stages.
    Order,
    /// Token ids with what is added to their logits.
    Bias,
    /// Token ids.
    Ids,
    /// Strings.
    Strings,
    /// Sequences of tokens, by ids or as texts.
    Sequences,
    /// Sequences of tokens, by ids.
    IdLists,
    /// The same, each with a number.
    SequenceBias,
    /// What an output has to be: a regular expression, a JSON schema or a grammar.
    Form,
    /// Steps with the token that is put there.
    Forced,
    /// Tokens of the prompt and of the output.
    History,
    /// true or false.
    Boolean,
}

impl Kind {
    /// Its name in the generated files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Probability => "probability",
            Self::Count(_) => "count",
            Self::Positive => "positive",
            Self::NonNegative => "nonnegative",
            Self::FromOne => "from_one",
            Self::Number => "number",
            Self::Seed => "seed",
            Self::Choice(_) => "choice",
            Self::Order => "order",
            Self::Bias => "bias",
            Self::Ids => "ids",
            Self::Strings => "strings",
            Self::Sequences => "sequences",
            Self::IdLists => "id_lists",
            Self::SequenceBias => "sequence_bias",
            Self::Form => "form",
            Self::Forced => "forced",
            Self::History => "history",
            Self::Boolean => "boolean",
        }
    }
}

/// The positions of a slider.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Slider {
    /// Evenly spaced.
    Linear {
        /// The lowest.
        min: f64,
        /// The highest.
        max: f64,
        /// Between neighbours.
        step: f64,
    },
    /// These.
    Stops(&'static [f64]),
    /// Every number of tokens, from this to as many as there are; that many change nothing.
    Tokens(u32),
}

impl Slider {
    /// Evenly spaced positions.
    pub const fn linear(min: f64, max: f64, step: f64) -> Option<Self> {
        Some(Self::Linear { min, max, step })
    }
}

/// Systems whose names and rules are known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// The notebook.
    Notebook,
    /// Hugging Face transformers.
    Transformers,
    /// vLLM.
    Vllm,
    /// llama.cpp.
    LlamaCpp,
}

impl System {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notebook => "notebook",
            Self::Transformers => "transformers",
            Self::Vllm => "vllm",
            Self::LlamaCpp => "llama.cpp",
        }
    }
}
