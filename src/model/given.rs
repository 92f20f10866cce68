//! A model of given numbers: the same logits at every step, whatever came before. For those who have logits and no model.

use super::{FirstOrder, LanguageModel, Logits, Tokens, check_length, forward_first_order};
use crate::core::{
    error::{Error, Result},
    mask,
    number::counted,
    token::{Encoded, TokenId, Vocab},
};

/// The same V logits after everything; it needs no prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenLogits {
    vocab: Vocab,
    logits: Vec<f32>,
}

impl GivenLogits {
    /// A model of `logits` (V), −inf masking a token, whose tokens are called by their `labels` (V).
    ///
    /// # Errors
    /// `InvalidLogits`, `NothingLeft`, `WrongLength`; `ModelFormat` without logits.
    pub fn new(logits: Vec<f32>, labels: Vec<String>) -> Result<Self> {
        check(&logits)?;
        if labels.len() != logits.len() {
            let expected = format!("one for each of {}", counted(logits.len(), "logit"));
            return Err(Error::wrong_length("labels", labels.len(), expected));
        }
        Ok(Self { vocab: Vocab::from_tokens(labels), logits })
    }

    /// The same of tokens that are called by their ids: "0", "1", …
    ///
    /// # Errors
    /// `InvalidLogits`, `NothingLeft`; `ModelFormat` without logits.
    pub fn numbered(logits: Vec<f32>) -> Result<Self> {
        check(&logits)?;
        Ok(Self { vocab: Vocab::numbered(logits.len()), logits })
    }
}

impl FirstOrder for GivenLogits {
    fn vocab_size(&self) -> usize {
        self.vocab.len()
    }

    fn logits_after(&self, _token: TokenId, out: &mut [f32]) {
        out.copy_from_slice(&self.logits);
    }
}

impl LanguageModel for GivenLogits {
    fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// Nothing: no prompt is looked at.
    fn encode(&self, _text: &str) -> Result<Encoded> {
        Ok(Encoded { ids: Vec::new(), replaced: 0 })
    }

    fn needs_prompt(&self) -> bool {
        false
    }

    fn forward(&mut self, idx: Tokens<'_>) -> Result<Logits> {
        forward_first_order(&self.vocab, self, idx)
    }

    fn next_logits(&mut self, _row: usize, context: &[TokenId], out: &mut [f32]) -> Result<()> {
        self.vocab.check(context)?;
        check_length(out, self.logits.len())?;
        out.copy_from_slice(&self.logits);
        Ok(())
    }

    fn first_order(&self) -> Option<&dyn FirstOrder> {
        Some(self)
    }
}

/// Whether something can be drawn from them.
fn check(logits: &[f32]) -> Result<()> {
    if logits.is_empty() {
        return Err(Error::of_model("there are no logits: give at least one".to_owned()));
    }
    if let Some(index) = logits.iter().position(|x| x.is_nan() || *x == f32::INFINITY) {
        return Err(Error::InvalidLogits { row: 0, index, value: logits[index] });
    }
    if logits.iter().all(|&x| mask::read(x) == f32::NEG_INFINITY) {
        return Err(Error::nothing_left(0));
    }
    Ok(())
}
