//! bias: x[id] += b for single tokens; b = -inf bans the token. (V) → (V).
//!
//! Off when empty. Ids outside the vocabulary are an error, masked tokens stay masked.
//! Source: OpenAI's `logit_bias`. Test: tests/it/stages/bias.rs.

use super::row::RowState;
use crate::{
    error::{Error, Result},
    token::TokenId,
};

pub(super) fn apply(row: &mut RowState<'_>, bias: &[(TokenId, f32)]) -> Result<()> {
    let vocab_size = row.vocab_size();
    if let Some(position) = bias.iter().position(|&(id, _)| id as usize >= vocab_size) {
        return Err(Error::InvalidToken { id: bias[position].0, position, vocab_size });
    }
    row.edit(bias.iter().map(|&(id, b)| (id, move |x| x + b)))
}
