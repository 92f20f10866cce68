//! Stages that change single logits because of the tokens so far. Each finds its edits of a step on the CPU; what is done with them is here,
//! once for all of them, and on the GPU it is what bias does.

use super::{Edit, Given, Passed, Reason, StageRules};
use crate::{
    core::{
        error::{Error, Result},
        history::FIRST_TOKENS,
    },
    rows::{EditBuffer, RowState},
};

/// A stage that is told by its edits.
pub(crate) trait FindsEdits: StageRules {
    /// Writes the edits of this step to an empty `buffer.edits`: each token once, ids ascending.
    fn find(&self, given: &Given<'_>, buffer: &mut EditBuffer);

    /// The same, from any state of the buffer.
    fn find_in(&self, given: &Given<'_>, buffer: &mut EditBuffer) {
        buffer.edits.clear();
        // As much as the history takes: its memory grows by doubling, and so does this.
        buffer.edits.reserve(given.history.tokens().len().max(FIRST_TOKENS));
        self.find(given, buffer);
    }

    /// What `cpu` of such a stage does.
    ///
    /// # Errors
    /// `InvalidToken` for an id outside the vocabulary, and those of [`RowState::edit`].
    fn edit(&self, row: &mut RowState<'_>, given: &Given<'_>) -> Result<()> {
        let vocab_size = row.vocab_size();
        let mut buffer = std::mem::take(&mut row.scratch.edits);
        self.find_in(given, &mut buffer);
        let outside = buffer.edits.iter().position(|edit| edit.id as usize >= vocab_size);
        let result = match outside {
            Some(position) => Err(Error::InvalidToken { id: buffer.edits[position].id, position, vocab_size }),
            None => row.edit(buffer.edits.iter().map(|edit| (edit.id, move |x| x + edit.amount))),
        };
        row.scratch.edits = buffer;
        result
    }

    /// What `gpu` of such a stage does.
    fn upload(&self, given: &Given<'_>, vocab_size: usize, edits: &mut Vec<Edit>) -> Option<[u32; 4]> {
        let mut buffer = EditBuffer::default();
        self.find_in(given, &mut buffer);
        edits.extend(buffer.edits.iter().map(|edit| Edit {
            id: edit.id,
            amount: edit.amount.to_bits(),
            ..Edit::default()
        }));
        buffer.edits.last().is_none_or(|edit| (edit.id as usize) < vocab_size).then_some([0; 4])
    }

    /// Its reason: the evidence of a token is the length of what it would repeat or complete.
    #[allow(clippy::cast_precision_loss, reason = "a count of tokens")]
    fn reason(&self, passed: &Passed<'_>, rule: String) -> Reason {
        let mut buffer = EditBuffer::default();
        self.find_in(passed.given, &mut buffer);
        let length = |id| buffer.edits.binary_search_by_key(id, |edit| edit.id).map(|ix| buffer.edits[ix].length);
        let evidence = passed.asked.iter().map(|id| length(id).map_or(f32::NAN, |length| length as f32)).collect();
        Reason { evidence, limit: f64::NAN, rule }
    }
}
