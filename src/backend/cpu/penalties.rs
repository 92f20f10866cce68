//! penalties: makes tokens that were there before less (or more) likely. (V) → (V).
//!
//! repetition r > 0: each distinct token of prompt and output once, x < 0 ? x·r : x / r. Then, over output tokens only,
//! x −= count·frequency + (count > 0)·presence. A window limits how far back. Off at r = 1, presence = frequency = 0.
//! Cost: O(distinct tokens). Source: CTRL (repetition), OpenAI (presence, frequency). Test: tests/it/stages/penalties.rs.

use super::row::RowState;
use crate::{
    error::{Error, Result},
    history::{Count, History},
    plan::Penalties,
};

pub(super) fn apply(row: &mut RowState<'_>, penalties: Penalties, history: &History) -> Result<()> {
    let vocab_size = row.vocab_size();
    if let Some((position, (id, _))) = history.counts().enumerate().find(|(_, (id, _))| *id as usize >= vocab_size) {
        return Err(Error::InvalidToken { id, position, vocab_size });
    }
    row.edit(history.counts().map(|(id, count)| (id, move |x| penalised(x, penalties, count))))
}

fn penalised(x: f32, penalties: Penalties, count: Count) -> f32 {
    let repeated = if x < 0.0 { x * penalties.repetition } else { x / penalties.repetition };
    repeated - amount(penalties, count)
}

/// What a token's occurrences in the output take away.
pub(in crate::backend) fn amount(penalties: Penalties, count: Count) -> f32 {
    if count.output == 0 {
        return 0.0;
    }
    #[allow(clippy::cast_precision_loss, reason = "a count of tokens; exact up to 2^24")]
    let count = count.output as f32;
    count * penalties.frequency + penalties.presence
}
