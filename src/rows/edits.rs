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

/// The edits of a step, and what they are found with; reused from step to step.
#[derive(Debug, Default)]
pub(crate) struct EditBuffer {
    /// Each token once, ids ascending.
    pub edits: Vec<StepEdit>,
    /// A number for every token of the history.
    pub lengths: Vec<usize>,
}

impl EditBuffer {
    /// Adds up the edits of each token, those of shorter sequences first. The order of equal ones is by their bits, the same everywhere.
    pub(crate) fn add_up(&mut self) {
        self.edits.sort_unstable_by_key(|edit| (edit.id, edit.length, edit.amount.to_bits()));
        self.edits.dedup_by(|next, sum| {
            let is_same = next.id == sum.id;
            if is_same {
                (sum.amount, sum.length) = (sum.amount + next.amount, next.length);
            }
            is_same
        });
    }

    /// Leaves of several edits of one token the one with the longest sequence.
    pub(crate) fn keep_longest(&mut self) {
        self.edits.sort_unstable_by_key(|edit| (edit.id, u32::MAX - edit.length));
        self.edits.dedup_by_key(|edit| edit.id);
    }
}
