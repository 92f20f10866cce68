//! Edits of one step: what a stage adds to single logits because of the tokens so far.

use crate::core::token::TokenId;

/// What is added to one token's logit in this step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct StepEdit {
    /// The token.
    pub id: TokenId,
    /// What is added; -inf bans the token.
    pub amount: f32,
    /// Why: so many tokens, the last of which is this one, would be repeated or completed.
    pub length: u32,
}

/// The edits of a step; reused from step to step.
#[derive(Debug, Default)]
pub(crate) struct EditBuffer {
    /// Each token once, ids ascending.
    pub edits: Vec<StepEdit>,
}

impl EditBuffer {
    /// Leaves of several edits of one token the one that changes most, and the longest of those that change as much.
    pub(crate) fn keep_largest(&mut self) {
        self.edits.sort_unstable_by(|a, b| {
            let length = || b.length.cmp(&a.length);
            a.id.cmp(&b.id).then(b.amount.abs().total_cmp(&a.amount.abs())).then_with(length)
        });
        self.edits.dedup_by_key(|edit| edit.id);
    }
}
