//! The stages. Each is a folder: what it says about itself, its code for the CPU, its kernel, its lines of Python and its lesson. The rest of
//! the house knows stages through `StageRules` and through the list at the end of this file.

mod cut;
mod edits;
mod explain;
pub mod plan;
mod ranked;
mod spec;

use serde::Serialize;

#[cfg_attr(target_os = "wasi", allow(unused_imports, reason = "WASI has no GPU"))]
pub(crate) use self::cut::Cut;
pub use self::{
    cut::Edit,
    spec::{Group, Kind, Setting, Shows, Slider, Spec, System},
};
pub(crate) use self::{
    edits::FindsEdits,
    explain::{Passed, Reason, tokens},
    ranked::Ranked,
    top_p::share,
};
pub(crate) use crate::core::number::shortest;
use crate::{
    core::{
        error::Result,
        history::History,
        token::{TokenId, Vocab},
    },
    lanes::Lanes,
    rng::Draw,
    rows::RowState,
};

/// What a stage may look at beside the row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given<'a> {
    /// The tokens so far.
    pub history: &'a History,
    /// The randomness of this step.
    pub draw: Draw<'a>,
}

impl Given<'_> {
    /// The step's second random number.
    pub(crate) fn chance(&self) -> u64 {
        self.draw.chance()
    }
}

/// The value of a stage's setting, checked to be of its kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Amount {
    /// Of every kind that is a number.
    Number(f64),
    /// Token ids with what is added to their logits.
    Bias(Vec<(TokenId, f32)>),
    /// Tokens in a row.
    Sequences(Vec<Sequence>),
    /// Token ids.
    Ids(Vec<TokenId>),
    /// One of the words of its kind.
    Choice(&'static str),
    /// Lists of them, none empty.
    IdLists(Vec<Vec<TokenId>>),
    /// The same, each with a number.
    SequenceBias(Vec<(Vec<TokenId>, f32)>),
    /// What the output has to be.
    Form(Constraint),
}

/// Tokens in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sequence {
    /// By their ids, at least one.
    Ids(Vec<TokenId>),
    /// As a text that a model's vocabulary knows how to write.
    Text(String),
}

impl Amount {
    /// The number, where the kind of the setting is one.
    pub(crate) fn number(self) -> f64 {
        match self {
            Self::Number(number) => number,
            _ => unreachable!("the setting's kind is a number"),
        }
    }

    /// The same as a count.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "read as a count")]
    pub(crate) fn count(self) -> usize {
        self.number() as usize
    }

    /// The same as an f32: logits are f32, and so are the numbers they are combined with.
    #[allow(clippy::cast_possible_truncation, reason = "rounded to f32 on purpose")]
    pub(crate) fn single(self) -> f32 {
        self.number() as f32
    }
}

/// What a stage is. A stage is off by default, and its value is its settings.
#[cfg_attr(target_os = "wasi", allow(dead_code, reason = "WASI has no GPU"))]
pub(crate) trait StageRules: Sized + Default {
    /// For people.
    const SPEC: Spec;
    /// It changes single logits. Such stages run in greedy plans, too, and are the same in all systems.
    const EDITS: bool = false;
    /// It looks at the tokens so far.
    const READS_HISTORY: bool = false;
    /// It looks at how probable the tokens drawn so far were.
    const FOLLOWS: bool = false;
    /// It looks at their original probabilities: those with which they came to it.
    const FOLLOWS_ORIGINAL: bool = false;
    /// Its kernel has a thread for every token, not a workgroup for every row.
    const PER_TOKEN: bool = false;

    /// Takes one of its settings, by name. The value is one of the setting's kind.
    fn set(&mut self, name: &str, value: Amount);

    /// Finds the tokens of its texts in the model's vocabulary.
    fn bind(&mut self, _: &Vocab) {}

    /// Its setting with a text that only a model's vocabulary can tell, and the text.
    fn unbound(&self) -> Option<(&'static str, &str)> {
        None
    }

    /// The first token id of its settings that is not in a vocabulary of V tokens, with the setting's name.
    fn outside(&self, _vocab_size: usize) -> Option<(&'static str, TokenId)> {
        None
    }

    /// Whether the most likely token is always taken, so that only stages that edit are run before.
    fn is_greedy(&self) -> bool {
        false
    }

    /// A narrow and a wide one, for the check of the kernels at the start.
    fn examples() -> [Self; 2];

    /// Those with which its own kernel is checked before it is first used: one for each way through it.
    fn checked() -> Vec<Self> {
        let [narrow, _] = Self::examples();
        vec![narrow]
    }

    /// Where a random number of the step's own decides whether it acts: how probable that is, and the stage as it always acts.
    fn chance(&self) -> Option<(f64, Self)> {
        None
    }

    /// Whether it changes nothing.
    fn is_off(&self) -> bool;

    /// The fast code, and what is right.
    ///
    /// # Errors
    /// `InvalidLogits`, `NothingLeft`, `InvalidToken`, `InvalidSetting`.
    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, given: &Given<'_>) -> Result<()>;

    /// What its kernel reads: four words, and its edits sorted by id, or bits in their place. None for what the CPU refuses.
    fn gpu(&self, given: &Given<'_>, vocab_size: usize, edits: &mut Vec<Edit>) -> Option<[u32; 4]>;

    /// What the fused kernels are told. None: its plans run stage by stage.
    fn fused(&self) -> Option<Cut> {
        None
    }

    /// What another system does to the same row, in f64. Not asked of stages that edit.
    fn reference(&self, _: &mut Ranked, _: System) {}

    /// Its settings in words: "temperature = 0.7".
    fn setting(&self) -> String;

    /// What a text may go on with here, of a stage that allows only some of it.
    fn allows(&self, _: &Given<'_>) -> Option<String> {
        None
    }

    /// The constraint that it is, printed for an error.
    fn form(&self) -> Option<String> {
        None
    }

    /// What it did to a row, and why.
    fn explain(&self, passed: &Passed<'_>) -> Reason;
}

/// Makes everything that is one entry per stage from the list of their folders.
macro_rules! stages {
    ($($folder:ident),+ $(,)?) => { pastey::paste! {
        $(pub mod $folder;)+

        $(pub use self::$folder::[<$folder:camel>];)+

        /// What every stage says about itself, in the default order.
        pub const SPECS: &[Spec] = &[$(<$folder::[<$folder:camel>] as StageRules>::SPEC),+];

        /// The stages that can stand in any order. `softmax` and `draw` always come last, in that order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum StageName {
            $(#[doc = concat!("`", stringify!($folder), "`: see its folder.")] [<$folder:camel>],)+
        }

        /// One stage with its settings.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Stage {
            $(#[doc = concat!("`", stringify!($folder), "`: see its folder.")] [<$folder:camel>]([<$folder:camel>]),)+
        }

        $(impl From<[<$folder:camel>]> for Stage {
            fn from(stage: [<$folder:camel>]) -> Self {
                Self::[<$folder:camel>](stage)
            }
        })+

        impl StageName {
            /// The default order: the notebook's, and that of Hugging Face transformers.
            pub const DEFAULT_ORDER: [Self; SPECS.len()] = [$(Self::[<$folder:camel>]),+];
        }

        impl Stage {
            /// Which stage this is.
            pub const fn name(&self) -> StageName {
                match self { $(Self::[<$folder:camel>](_) => StageName::[<$folder:camel>],)+ }
            }

            /// A narrow and a wide one of each stage, in the default order.
            pub fn examples() -> Vec<[Self; 2]> {
                vec![$([<$folder:camel>]::examples().map(Self::from)),+]
            }

            /// See [`StageRules::checked`].
            #[cfg(not(target_os = "wasi"))]
            pub(crate) fn checked(name: StageName) -> Vec<Self> {
                match name { $(StageName::[<$folder:camel>] => [<$folder:camel>]::checked().into_iter().map(Self::from).collect(),)+ }
            }

            /// Every stage in the default order, all of them off.
            pub fn all_off() -> Vec<Self> {
                vec![$(Self::from([<$folder:camel>]::default())),+]
            }

            /// See [`StageRules::set`].
            pub(crate) fn set(&mut self, name: &str, value: Amount) {
                match self { $(Self::[<$folder:camel>](stage) => stage.set(name, value),)+ }
            }

            /// See [`StageRules::bind`].
            pub(crate) fn bind(&mut self, vocab: &Vocab) {
                match self { $(Self::[<$folder:camel>](stage) => stage.bind(vocab),)+ }
            }

            /// See [`StageRules::unbound`].
            pub(crate) fn unbound(&self) -> Option<(&'static str, &str)> {
                match self { $(Self::[<$folder:camel>](stage) => stage.unbound(),)+ }
            }

            /// See [`StageRules::outside`].
            pub(crate) fn outside(&self, vocab_size: usize) -> Option<(&'static str, TokenId)> {
                match self { $(Self::[<$folder:camel>](stage) => stage.outside(vocab_size),)+ }
            }

            /// Whether the most likely token is always taken.
            pub fn is_greedy(&self) -> bool {
                match self { $(Self::[<$folder:camel>](stage) => stage.is_greedy(),)+ }
            }

            /// Whether it changes nothing.
            pub fn is_off(&self) -> bool {
                match self { $(Self::[<$folder:camel>](stage) => stage.is_off(),)+ }
            }

            /// See [`StageRules::chance`].
            pub(crate) fn chance(&self) -> Option<(f64, Self)> {
                match self { $(Self::[<$folder:camel>](stage) => stage.chance().map(|(p, acting)| (p, acting.into())),)+ }
            }

            /// Whether it changes single logits.
            pub const fn edits(&self) -> bool {
                self.name().edits()
            }

            /// Whether it looks at the tokens so far.
            pub const fn reads_history(&self) -> bool {
                match self { $(Self::[<$folder:camel>](_) => [<$folder:camel>]::READS_HISTORY,)+ }
            }

            /// Whether it looks at how probable the tokens drawn so far were.
            pub const fn follows(&self) -> bool {
                match self { $(Self::[<$folder:camel>](_) => [<$folder:camel>]::FOLLOWS,)+ }
            }

            /// Whether it looks at the original probabilities of the tokens drawn so far.
            pub const fn follows_original(&self) -> bool {
                match self { $(Self::[<$folder:camel>](_) => [<$folder:camel>]::FOLLOWS_ORIGINAL,)+ }
            }

            /// See [`StageRules::cpu`].
            pub(crate) fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, given: &Given<'_>) -> Result<()> {
                match self { $(Self::[<$folder:camel>](stage) => stage.cpu::<L>(row, given),)+ }
            }

            /// See [`StageRules::reference`].
            pub(crate) fn reference(&self, row: &mut Ranked, system: System) {
                match self { $(Self::[<$folder:camel>](stage) => stage.reference(row, system),)+ }
            }

            /// See [`StageRules::setting`].
            pub(crate) fn setting(&self) -> String {
                match self { $(Self::[<$folder:camel>](stage) => stage.setting(),)+ }
            }

            /// See [`StageRules::allows`].
            pub(crate) fn allows(&self, given: &Given<'_>) -> Option<String> {
                match self { $(Self::[<$folder:camel>](stage) => stage.allows(given),)+ }
            }

            /// See [`StageRules::form`].
            pub(crate) fn form(&self) -> Option<String> {
                match self { $(Self::[<$folder:camel>](stage) => stage.form(),)+ }
            }

            /// See [`StageRules::explain`].
            pub(crate) fn explain(&self, passed: &Passed<'_>) -> Reason {
                match self { $(Self::[<$folder:camel>](stage) => stage.explain(passed),)+ }
            }
        }

        #[cfg(not(target_os = "wasi"))]
        impl Stage {
            /// See [`StageRules::gpu`].
            pub(crate) fn gpu(&self, given: &Given<'_>, vocab_size: usize, edits: &mut Vec<Edit>) -> Option<[u32; 4]> {
                match self { $(Self::[<$folder:camel>](stage) => stage.gpu(given, vocab_size, edits),)+ }
            }

            /// See [`StageRules::fused`].
            pub(crate) fn fused(&self) -> Option<Cut> {
                match self { $(Self::[<$folder:camel>](stage) => stage.fused(),)+ }
            }
        }

        impl StageName {
            /// Whether it changes single logits.
            pub const fn edits(self) -> bool {
                match self { $(Self::[<$folder:camel>] => [<$folder:camel>]::EDITS,)+ }
            }

            /// Its kernel has a thread for every token.
            #[cfg(not(target_os = "wasi"))]
            pub(crate) const fn is_per_token(self) -> bool {
                match self { $(Self::[<$folder:camel>] => [<$folder:camel>]::PER_TOKEN,)+ }
            }
        }
    } };
}

impl StageName {
    /// What it says about itself.
    pub const fn spec(self) -> &'static Spec {
        &SPECS[self as usize]
    }

    /// The name used in settings, files, docs and traces.
    pub const fn as_str(self) -> &'static str {
        self.spec().name
    }

    /// The stage of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::DEFAULT_ORDER.into_iter().find(|stage| stage.as_str() == name)
    }
}

stages! {
    bias, bad_words, constraint, penalties, dry, no_repeat_ngram, top_n_sigma, temperature, quadratic, top_k, top_h, top_p, min_p, top_a, typical_p,
    epsilon_cutoff, eta_cutoff, xtc, mirostat, adaptive_p
}
