//! dry: the longer a sequence of the text would be repeated, the less likely the token that repeats it. (V) → (V).
//!
//! Of the last `last_n` tokens of prompt and output, each place that ends with the same L tokens as the text makes the token after it one
//! that repeats L + 1 tokens. For the largest L ≥ allowed of each token: x −= m · base^(L − allowed). A breaker in the text ends what can be
//! matched, and a token that is one is never penalised. Off at m = 0.
//! Cost: O(last_n), by the Z-algorithm. Source: DRY (p-e-w), as in llama.cpp. Test: tests/it/stages/dry.rs.

mod matches;

pub use self::matches::Breakers;
use self::matches::repeat_lengths;
use super::{
    Amount, Cut, Edit, FindsEdits, Given, Group, Kind, Passed, Reason, Sequence, Setting, Shows, Slider, Spec,
    StageRules, System, shortest, tokens,
};
use crate::{
    core::{
        error::Result,
        token::{TokenId, Vocab},
    },
    lanes::Lanes,
    rows::{EditBuffer, RowState, StepEdit},
};

/// Penalty for what would repeat a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Dry {
    /// m ≥ 0; 0 is off.
    pub multiplier: f32,
    /// By what the penalty grows for every token that a repeated sequence is longer.
    pub base: f32,
    /// Sequences of fewer tokens may be repeated at no cost; at least 1.
    pub allowed_length: usize,
    /// How many of the last tokens are looked at; None is all.
    pub last_n: Option<usize>,
    /// What a repeated sequence does not reach over; None is what people use: see [`DEFAULT_BREAKERS`](Self::DEFAULT_BREAKERS).
    pub breakers: Option<Vec<Sequence>>,
    /// The same as token ids: those of the settings, and those of texts once the vocabulary is known.
    pub bound: Breakers,
}

impl Dry {
    /// A new line, a colon, quotation marks and an asterisk: what stands before each line of a conversation.
    pub const DEFAULT_BREAKERS: [&str; 4] = ["\n", ":", "\"", "*"];

    /// What is subtracted where `length` tokens are repeated already.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "an f32 of a count of tokens")]
    fn penalty(&self, length: usize) -> f32 {
        let exponent = (length - self.allowed_length) as f64;
        (f64::from(self.multiplier) * libm::pow(f64::from(self.base), exponent)) as f32
    }
}

impl Default for Dry {
    fn default() -> Self {
        let bound = Breakers::default();
        Self { multiplier: 0.0, base: 1.75, allowed_length: 2, last_n: None, breakers: None, bound }
    }
}

const HELPS: Setting = Setting { helps: true, ..Setting::PLAIN };

impl StageRules for Dry {
    const SPEC: Spec = Spec {
        name: "dry",
        label: "DRY",
        about: "Lowers the logits of tokens that would repeat a sequence of the text: the longer the sequence, the more.",
        group: Group::Repetition,
        reason: "would repeat {repeated}",
        brief: "repeats",
        shows: Shows::Logit,
        sampler: "dry",
        settings: &[
            Setting {
                name: "dry_multiplier",
                label: "DRY multiplier",
                about: "The penalty of a token that would repeat a sequence of the shortest length that counts.",
                kind: Kind::NonNegative,
                off: Some(0.0),
                above: "repeated sequences: less likely",
                does: "repeats: − {number}",
                slider: Slider::linear(0.0, 5.0, 0.1),
                elsewhere: &[(System::LlamaCpp, "--dry-multiplier")],
                also: &[("dry", "")],
                ..Setting::PLAIN
            },
            Setting {
                name: "dry_base",
                label: "DRY base",
                about: "What the penalty is multiplied by for every further token of the repeated sequence.",
                kind: Kind::FromOne,
                off: Some(1.75),
                does: "× {number} a token",
                slider: Slider::linear(1.0, 4.0, 0.05),
                elsewhere: &[(System::LlamaCpp, "--dry-base")],
                odd: &[(0.0, "use a number of at least 1; dry_multiplier 0 switches DRY off")],
                ..HELPS
            },
            Setting {
                name: "dry_allowed_length",
                label: "DRY length",
                about: "The length, in tokens, from which a repeated sequence counts.",
                kind: Kind::Count(1),
                off: Some(2.0),
                does: "from {tokens} tokens on",
                slider: Slider::linear(1.0, 20.0, 1.0),
                elsewhere: &[(System::LlamaCpp, "--dry-allowed-length")],
                also: &[("drylength", "")],
                ..HELPS
            },
            Setting {
                name: "dry_penalty_last_n",
                label: "DRY window",
                about: "How many of the last tokens DRY looks at; all by default.",
                kind: Kind::Count(1),
                elsewhere: &[(System::LlamaCpp, "--dry-penalty-last-n")],
                also: &[("drypenaltyrange", "null looks at all tokens")],
                odd: &[
                    (-1.0, "-1 is the whole text in llama.cpp: use null"),
                    (0.0, "0 is off in llama.cpp: use dry_multiplier 0, or null for the whole text"),
                ],
                ..HELPS
            },
            Setting {
                name: "dry_sequence_breakers",
                label: "DRY breakers",
                about: "Where a repeated sequence is cut off: texts, token ids or lists of them; a new line, a colon, quotation marks and an asterisk by default.",
                kind: Kind::Sequences,
                elsewhere: &[(System::LlamaCpp, "--dry-sequence-breaker")],
                also: &[("drysequencebreaker", "")],
                ..HELPS
            },
        ],
        ..Spec::PLAIN
    };
    const EDITS: bool = true;
    const READS_HISTORY: bool = true;

    fn set(&mut self, name: &str, value: Amount) {
        match (name, value) {
            (_, Amount::Sequences(breakers)) => {
                self.bound = Breakers::of_ids(&breakers);
                self.breakers = Some(breakers);
            }
            ("dry_multiplier", value) => self.multiplier = value.single(),
            ("dry_base", value) => self.base = value.single(),
            ("dry_allowed_length", value) => self.allowed_length = value.count(),
            (_, value) => self.last_n = Some(value.count()),
        }
    }

    fn bind(&mut self, vocab: &Vocab) {
        let usual = || Self::DEFAULT_BREAKERS.map(|text| Sequence::Text(text.to_owned())).to_vec();
        self.bound = Breakers::of(&self.breakers.clone().unwrap_or_else(usual), vocab);
    }

    fn unbound(&self) -> Option<(&'static str, &str)> {
        self.breakers.iter().flatten().find_map(|breaker| match breaker {
            Sequence::Text(text) => Some(("dry_sequence_breakers", text.as_str())),
            Sequence::Ids(_) => None,
        })
    }

    fn outside(&self, vocab_size: usize) -> Option<(&'static str, TokenId)> {
        let ids = self.breakers.iter().flatten().flat_map(|breaker| match breaker {
            Sequence::Ids(ids) => &ids[..],
            Sequence::Text(_) => &[],
        });
        let id = ids.into_iter().find(|id| **id as usize >= vocab_size)?;
        Some(("dry_sequence_breakers", *id))
    }

    fn examples() -> [Self; 2] {
        [Self { multiplier: 2.0, allowed_length: 1, ..Self::default() }, Self { multiplier: 0.8, ..Self::default() }]
    }

    fn is_off(&self) -> bool {
        self.multiplier <= 0.0
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, given: &Given<'_>) -> Result<()> {
        self.edit(row, given)
    }

    fn gpu(&self, given: &Given<'_>, vocab_size: usize, edits: &mut Vec<Edit>) -> Option<[u32; 4]> {
        self.upload(given, vocab_size, edits)
    }

    fn fused(&self) -> Option<Cut> {
        Some(Cut::Edits)
    }

    fn setting(&self) -> String {
        let [multiplier, base] = [self.multiplier, self.base].map(shortest);
        let window = self.last_n.map_or_else(String::new, |n| format!(", dry_penalty_last_n = {n}"));
        format!(
            "dry_multiplier = {multiplier}, dry_base = {base}, dry_allowed_length = {}{window}",
            self.allowed_length
        )
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let n_changed = passed.before.iter().zip(passed.after).filter(|(a, b)| a != b).count();
        let least = tokens(self.allowed_length + 1);
        self.reason(passed, format!("lowered the logits of {} that would repeat {least} or more", tokens(n_changed)))
    }
}

impl FindsEdits for Dry {
    #[allow(clippy::cast_possible_truncation, reason = "a text has fewer than 2^32 tokens")]
    fn find(&self, given: &Given<'_>, buffer: &mut EditBuffer) {
        let text = given.history.tokens();
        let text = &text[text.len().saturating_sub(self.last_n.unwrap_or(text.len()))..];
        let most = self.bound.tokens_since(text);
        if most < self.allowed_length {
            return;
        }
        repeat_lengths(text, &mut buffer.lengths);
        for (back, &length) in buffer.lengths.iter().enumerate().skip(1) {
            let (length, id) = (length.min(most), text[text.len() - back]);
            if length >= self.allowed_length && !self.bound.is_one(id) {
                buffer.edits.push(StepEdit { id, amount: -self.penalty(length), length: length as u32 + 1 });
            }
        }
        buffer.keep_longest();
    }
}
