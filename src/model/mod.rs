//! Models: `logits = model(idx)`, idx (B, T), logits (B, T, V). A model knows nothing of sampling.

mod bigram;
mod counted;
mod given;
pub mod gpt;
#[cfg(feature = "grammar")]
mod grammar;
mod reading;

pub use bigram::TinyBigram;
pub use counted::CountedBigram;
pub use given::GivenLogits;
#[cfg(feature = "grammar")]
pub use grammar::NativeGrammars;
pub use reading::{Place, Reading};

use crate::core::network::Network;
use crate::core::{
    error::{Error, Result},
    token::{Encoded, TokenId, Vocab},
};

/// Anything that gives logits for the next token. The notebook's interface is [`forward`](Self::forward); the rest follows from it.
pub trait LanguageModel {
    /// The model's tokens.
    fn vocab(&self) -> &Vocab;

    /// A prompt as the model's tokens.
    ///
    /// # Errors
    /// `CannotEncode`.
    fn encode(&self, text: &str) -> Result<Encoded> {
        self.vocab().encode(text)
    }

    /// The tokens that end a text where the settings do not say.
    fn end_tokens(&self) -> &[TokenId] {
        &[]
    }

    /// How many of the last tokens it is given where the settings do not say; the notebook's 256.
    fn block_size(&self) -> usize {
        256
    }

    /// Whether there are logits only after at least one token.
    fn needs_prompt(&self) -> bool {
        true
    }

    /// Logits (B, T, V) for what follows each position of `idx` (B, T).
    ///
    /// # Errors
    /// `InvalidToken` for an id outside the vocabulary.
    fn forward(&mut self, idx: Tokens<'_>) -> Result<Logits>;

    /// Writes to `out` (V) the logits for what follows `context`, the end of sequence number `row`.
    ///
    /// A model with a cache computes only what is new since the last call for that row.
    ///
    /// # Errors
    /// `EmptyPrompt` without context, `InvalidToken`, `WrongLength` if `out` is not V long.
    fn next_logits(&mut self, row: usize, context: &[TokenId], out: &mut [f32]) -> Result<()> {
        let _ = row;
        let logits = self.forward(Tokens::new(context, 1)?)?;
        check_length(out, logits.vocab_size)?;
        out.copy_from_slice(&logits.values[logits.values.len() - logits.vocab_size..]);
        Ok(())
    }

    /// Writes to `out` (V) the logits for what follows `context`, which is the end of no sequence in particular: caches that
    /// [`next_logits`](Self::next_logits) has filled for its rows lose nothing.
    ///
    /// # Errors
    /// As [`next_logits`](Self::next_logits).
    fn context_logits(&mut self, context: &[TokenId], out: &mut [f32]) -> Result<()> {
        self.next_logits(0, context, out)
    }

    /// [`next_logits`](Self::next_logits) or [`context_logits`](Self::context_logits), in as many calls as it takes: where `is_over` says so, which is
    /// asked now and then, the answer is false, `out` means nothing, and another call with the same arguments goes on. Every call does some of the work.
    ///
    /// # Errors
    /// As [`next_logits`](Self::next_logits).
    fn read(
        &mut self,
        place: Place,
        context: &[TokenId],
        reading: &mut Reading,
        is_over: &mut dyn FnMut() -> bool,
        out: &mut [f32],
    ) -> Result<bool> {
        let _ = is_over;
        match place {
            Place::Row(row) => self.next_logits(row, context, out)?,
            Place::Aside => self.context_logits(context, out)?,
        }
        reading.note(true, context.len(), context.len());
        Ok(true)
    }

    /// [`forward`](Self::forward) in as many calls as it takes, likewise: the logits (B, T, V) are appended to `out`, which is empty before the first.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    fn forward_on(
        &mut self,
        idx: Tokens<'_>,
        reading: &mut Reading,
        is_over: &mut dyn FnMut() -> bool,
        out: &mut Vec<f32>,
    ) -> Result<bool> {
        let _ = is_over;
        *out = self.forward(idx)?.values;
        reading.note(true, idx.ids().len(), idx.ids().len());
        Ok(true)
    }

    /// The model as one whose logits depend on the last token alone, if it is one.
    fn first_order(&self) -> Option<&dyn FirstOrder> {
        None
    }

    /// The model as a network that a backend may run in its place, if it is one.
    fn network(&self) -> Option<&dyn Network> {
        None
    }
}

/// A model whose logits depend on the last token alone.
pub trait FirstOrder {
    /// V.
    fn vocab_size(&self) -> usize;

    /// Writes to `out` (V) the logits for what follows `token`.
    ///
    /// # Panics
    /// If `token` is outside the vocabulary or `out` is not V long.
    fn logits_after(&self, token: TokenId, out: &mut [f32]);
}

/// Token ids (B, T), row after row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens<'a> {
    ids: &'a [TokenId],
    batch: usize,
}

impl<'a> Tokens<'a> {
    /// `batch` rows of equal length.
    ///
    /// # Errors
    /// `EmptyPrompt` without ids, `WrongLength` if they do not make `batch` equal rows.
    pub fn new(ids: &'a [TokenId], batch: usize) -> Result<Self> {
        if ids.is_empty() {
            return Err(Error::EmptyPrompt);
        }
        if batch == 0 || !ids.len().is_multiple_of(batch) {
            let expected = format!("a multiple of batch = {batch}, and batch at least 1");
            return Err(Error::wrong_length("ids", ids.len(), expected));
        }
        Ok(Self { ids, batch })
    }

    /// All ids, row after row.
    pub fn ids(&self) -> &'a [TokenId] {
        self.ids
    }

    /// B, at least 1.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// T, at least 1.
    #[allow(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.ids.len() / self.batch
    }
}

/// Logits (B, T, V), the last dimension running fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Logits {
    /// B · T · V numbers; −inf is a masked token.
    pub values: Vec<f32>,
    /// B.
    pub batch: usize,
    /// T.
    pub len: usize,
    /// V.
    pub vocab_size: usize,
}

/// [`LanguageModel::forward`] of a first-order model.
fn forward_first_order(vocab: &Vocab, model: &dyn FirstOrder, idx: Tokens<'_>) -> Result<Logits> {
    vocab.check(idx.ids())?;
    let vocab_size = model.vocab_size();
    let mut values = vec![0.0; idx.ids().len() * vocab_size];
    for (&token, out) in idx.ids().iter().zip(values.chunks_exact_mut(vocab_size)) {
        model.logits_after(token, out);
    }
    Ok(Logits { values, batch: idx.batch(), len: idx.len(), vocab_size })
}

/// [`LanguageModel::next_logits`] of a first-order model: one row of its table, whatever the context's length.
fn next_first_order(vocab: &Vocab, model: &dyn FirstOrder, context: &[TokenId], out: &mut [f32]) -> Result<()> {
    vocab.check(context)?;
    check_length(out, model.vocab_size())?;
    let &last = context.last().ok_or(Error::EmptyPrompt)?;
    model.logits_after(last, out);
    Ok(())
}

fn check_length(out: &[f32], vocab_size: usize) -> Result<()> {
    if out.len() == vocab_size {
        return Ok(());
    }
    Err(Error::wrong_length("out", out.len(), format!("vocab_size = {vocab_size}")))
}
