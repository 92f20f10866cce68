//! bad_words: bans tokens and sequences of tokens, or adds a number to them. (V) → (V).
//!
//! A sequence s_1 … s_n has an effect where the text ends with s_1 … s_(n−1): its bias is added to the logit of s_n; a bad word has the bias −∞, and so has a
//! suppressed token. Of several, the biases are added up before they are added to x, single tokens first. Those of `begin_suppress_tokens`
//! are banned as the first token of the output. Off when all are empty.
//! Cost: O(sequences). Source: transformers' `sequence_bias`, `bad_words_ids`, `suppress_tokens`. Test: tests/it/stages/bad_words.rs.

use super::{
    Amount, Cut, Edit, FindsEdits, Given, Group, Kind, Passed, Reason, Setting, Shows, Spec, StageRules, System, tokens,
};
use crate::{
    core::{error::Result, token::TokenId},
    lanes::Lanes,
    rows::{EditBuffer, RowState, StepEdit},
};

/// Sequences with what is added to the logit of their last token.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BadWords {
    /// Each with its bias.
    pub sequence_bias: Vec<(Vec<TokenId>, f32)>,
    /// Never completed.
    pub bad_words_ids: Vec<Vec<TokenId>>,
    /// Never drawn.
    pub suppress_tokens: Vec<TokenId>,
    /// Not drawn as the first token of the output.
    pub begin_suppress_tokens: Vec<TokenId>,
}

impl BadWords {
    /// Every sequence that has an effect in this step.
    fn matching(&self, text: &[TokenId], n_prompt: usize) -> impl Iterator<Item = (&[TokenId], f32)> {
        let ban = |ids| (ids, f32::NEG_INFINITY);
        let begin: &[TokenId] = if text.len() == n_prompt { &self.begin_suppress_tokens } else { &[] };
        let single = self.suppress_tokens.iter().chain(begin).map(std::slice::from_ref).map(ban);
        let sequences = || {
            let biased = self.sequence_bias.iter().map(|(ids, bias)| (&ids[..], *bias));
            biased.chain(self.bad_words_ids.iter().map(|ids| (&ids[..], f32::NEG_INFINITY)))
        };
        let of_one = sequences().filter(|(ids, _)| ids.len() == 1);
        let of_more = sequences().filter(|(ids, _)| ids.len() > 1 && text.ends_with(&ids[..ids.len() - 1]));
        single.chain(of_one).chain(of_more)
    }
}

const IDS: Setting = Setting { kind: Kind::Ids, ..Setting::PLAIN };

impl StageRules for BadWords {
    const SPEC: Spec = Spec {
        name: "bad_words",
        label: "Bad words",
        about: "Bans tokens and sequences of tokens, or makes them more or less likely.",
        group: Group::Tokens,
        filter: true,
        reason: "banned as {repeated}",
        brief: "banned",
        shows: Shows::Logit,
        settings: &[
            Setting {
                name: "bad_words_ids",
                label: "Bad words",
                about: "Token ids, or lists of them, that the output does not contain: the last token of a list is banned after the others.",
                kind: Kind::IdLists,
                elsewhere: &[(System::Transformers, "bad_words_ids")],
                also: &[
                    ("badwords", "it takes token ids: model.encode gives those of a text"),
                    ("bannedstrings", "it takes token ids: model.encode gives those of a text"),
                ],
                ..Setting::PLAIN
            },
            Setting {
                name: "sequence_bias",
                label: "Sequence bias",
                about: "Pairs of a list of token ids and a number, which is added to the logit of the last token after the others.",
                kind: Kind::SequenceBias,
                elsewhere: &[(System::Transformers, "sequence_bias")],
                ..Setting::PLAIN
            },
            Setting {
                name: "suppress_tokens",
                label: "Suppressed tokens",
                about: "Token ids that are never drawn.",
                elsewhere: &[(System::Transformers, "suppress_tokens")],
                also: &[("bannedtokens", "")],
                ..IDS
            },
            Setting {
                name: "begin_suppress_tokens",
                label: "Suppressed at first",
                about: "Token ids that are not drawn as the first token of the output.",
                elsewhere: &[(System::Transformers, "begin_suppress_tokens")],
                ..IDS
            },
        ],
        ..Spec::PLAIN
    };
    const EDITS: bool = true;
    const READS_HISTORY: bool = true;

    fn set(&mut self, name: &str, value: Amount) {
        match (name, value) {
            (_, Amount::SequenceBias(pairs)) => self.sequence_bias = pairs,
            (_, Amount::IdLists(words)) => self.bad_words_ids = words,
            ("suppress_tokens", Amount::Ids(ids)) => self.suppress_tokens = ids,
            (_, Amount::Ids(ids)) => self.begin_suppress_tokens = ids,
            _ => unreachable!("the settings' kinds are ids, lists of ids and pairs"),
        }
    }

    fn outside(&self, vocab_size: usize) -> Option<(&'static str, TokenId)> {
        let of = |name, ids: &[TokenId]| Some((name, *ids.iter().find(|id| **id as usize >= vocab_size)?));
        let mut words = self.bad_words_ids.iter();
        let mut biased = self.sequence_bias.iter();
        words
            .find_map(|ids| of("bad_words_ids", ids))
            .or_else(|| biased.find_map(|(ids, _)| of("sequence_bias", ids)))
            .or_else(|| of("suppress_tokens", &self.suppress_tokens))
            .or_else(|| of("begin_suppress_tokens", &self.begin_suppress_tokens))
    }

    fn examples() -> [Self; 2] {
        let sequence_bias = vec![(vec![12, 9, 3], 4.5), (vec![7], 2.5), (vec![9, 7], 0.25)];
        let narrow = Self { sequence_bias, bad_words_ids: vec![vec![9, 5], vec![11]], ..Self::default() };
        [narrow.clone(), narrow]
    }

    fn is_off(&self) -> bool {
        *self == Self::default()
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
        let n_sequences = self.sequence_bias.len() + self.bad_words_ids.len();
        let n_tokens = self.suppress_tokens.len() + self.begin_suppress_tokens.len();
        format!("{n_sequences} sequences, {} suppressed", tokens(n_tokens))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let n_changed = passed.before.iter().zip(passed.after).filter(|(a, b)| a != b).count();
        let rule = format!("changed the logits of {}, banned {}", tokens(n_changed), passed.removed.len());
        self.reason(passed, rule)
    }
}

impl FindsEdits for BadWords {
    #[allow(clippy::cast_possible_truncation, reason = "a sequence has fewer than 2^32 tokens")]
    fn find(&self, given: &Given<'_>, buffer: &mut EditBuffer) {
        for (ids, amount) in self.matching(given.history.tokens(), given.history.n_prompt()) {
            buffer.edits.push(StepEdit { id: ids[ids.len() - 1], amount, length: ids.len() as u32 });
        }
        buffer.add_up();
    }
}
