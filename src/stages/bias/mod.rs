//! bias: `x[id] += b` for single tokens; b = -inf bans the token. (V) → (V).
//!
//! Off when empty. Ids outside the vocabulary are an error, masked tokens stay masked.
//! Source: OpenAI's `logit_bias`. Test: tests/it/stages/bias.rs.

use super::{Amount, Cut, Edit, Given, Group, Kind, Passed, Reason, Setting, Shows, Spec, StageRules, System, tokens};
use crate::{
    core::{
        error::{Error, Result},
        order::sort_by_key,
        token::TokenId,
    },
    lanes::Lanes,
    rows::RowState,
};

/// `x[id] += b` for each pair; `b = -inf` bans the token.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bias(pub Vec<(TokenId, f32)>);

impl StageRules for Bias {
    const SPEC: Spec = Spec {
        name: "bias",
        label: "Bias",
        about: "Adds a number to the logits of single tokens; minus infinity bans a token.",
        group: Group::Tokens,
        filter: false,
        reason: "banned by a bias",
        brief: "banned",
        shows: Shows::Logit,
        settings: &[Setting {
            name: "logit_bias",
            label: "Logit bias",
            about: "A number for each token id, added to its logit; -Infinity bans the token.",
            kind: Kind::Bias,
            elsewhere: &[
                (System::Transformers, "sequence_bias"),
                (System::Vllm, "logit_bias"),
                (System::LlamaCpp, "--logit-bias"),
            ],
            ..Setting::PLAIN
        }],
        ..Spec::PLAIN
    };
    const EDITS: bool = true;

    fn set(&mut self, _: &str, value: Amount) {
        match value {
            Amount::Bias(bias) => self.0 = bias,
            _ => unreachable!("the setting's kind is a bias"),
        }
    }

    fn outside(&self, vocab_size: usize) -> Option<(&'static str, TokenId)> {
        let &(id, _) = self.0.iter().find(|(id, _)| *id as usize >= vocab_size)?;
        Some(("logit_bias", id))
    }

    fn examples() -> [Self; 2] {
        let bias = Self(vec![(7, 9.5), (3, f32::NEG_INFINITY), (7, 0.25)]);
        [bias.clone(), bias]
    }

    fn is_off(&self) -> bool {
        self.0.is_empty()
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, _: &Given<'_>) -> Result<()> {
        let vocab_size = row.vocab_size();
        if let Some(position) = self.0.iter().position(|&(id, _)| id as usize >= vocab_size) {
            return Err(Error::InvalidToken { id: self.0[position].0, position, vocab_size });
        }
        row.edit(self.0.iter().map(|&(id, b)| (id, move |x| x + b)))
    }

    fn gpu(&self, _: &Given<'_>, vocab_size: usize, edits: &mut Vec<Edit>) -> Option<[u32; 4]> {
        if self.0.iter().any(|&(id, b)| id as usize >= vocab_size || b.is_nan() || b == f32::INFINITY) {
            return None;
        }
        let from = edits.len();
        edits.extend(self.0.iter().map(|&(id, b)| Edit { id, amount: b.to_bits(), ..Edit::default() }));
        sort_by_key(&mut edits[from..], |edit| u64::from(edit.id));
        Some([0; 4])
    }

    fn fused(&self) -> Option<Cut> {
        Some(Cut::Edits)
    }

    fn setting(&self) -> String {
        format!("{} biased", self.0.len())
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let banned = passed.removed.len();
        passed.by_logit(f64::NAN, format!("added a bias to {}, banned {banned} with -inf", tokens(self.0.len())))
    }
}
