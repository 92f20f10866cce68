//! Byte-level BPE, as a tokenizer.json describes it. Every text can be written in its tokens, and decoding gives back what was encoded, but
//! for what the file's own normalizer changes.
//!
//! The work is done in `bpe/`, which on the web is a WebAssembly module of its own, for those who need it. docs/models.md says what is
//! understood. Test: tests/it/tokenizer.rs.

use std::{fmt, sync::Arc};

use crate::core::{
    error::{Error, Result, quoted},
    token::{Encoded, TokenId, Vocab},
};

/// What cuts a text into words and merges their bytes, as one tokenizer.json says.
pub trait Bpe: fmt::Debug + Send + Sync {
    /// The ids of a text.
    ///
    /// # Errors
    /// A sentence part that says what in the file takes too much for this text.
    fn encode(&self, text: &str) -> std::result::Result<Vec<TokenId>, String>;
}

/// Text to tokens of a byte-level BPE.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    bpe: Arc<dyn Bpe>,
    vocab: Vocab,
    n_trained: usize,
    /// Ids that may come out of a text are below this.
    n_known: usize,
    /// Where it is described, as a fault tells it.
    place: &'static str,
}

impl Tokenizer {
    /// A file of its own, or its text in a header.
    pub const FILE: &'static str = "tokenizer.json";

    /// The keys of a GGUF file.
    pub const IN_GGUF: &'static str = "the tokenizer in the GGUF file (tokenizer.ggml.tokens, merges and pre)";

    /// Reads the text of a tokenizer.json. Cost: O(its length), and the compilation of its patterns.
    ///
    /// # Errors
    /// `ModelFormat` if it is none, or asks for what is not understood.
    #[cfg(feature = "bpe")]
    pub fn from_json(text: &str) -> Result<Self> {
        let bpe = logitlab_bpe::Tokenizer::from_json(text).map_err(|reason| Self::fault(Self::FILE, &reason))?;
        let (bytes, ends, n_trained) = (bpe.bytes().to_vec(), bpe.ends().to_vec(), bpe.n_trained());
        Ok(Self::new(Arc::new(bpe), &bytes, &ends, n_trained))
    }

    /// One whose tokens have these `bytes`, one after the other, each up to its place in `ends`. The first `n_trained` ids are the model's
    /// own, those behind were added to it.
    pub fn new(bpe: Arc<dyn Bpe>, bytes: &[u8], ends: &[u32], n_trained: usize) -> Self {
        let starts = std::iter::once(&0).chain(ends);
        let vocab = Vocab::from_tokens(starts.zip(ends).map(|(&start, &end)| &bytes[start as usize..end as usize]));
        Self { bpe, n_known: vocab.len(), vocab, n_trained, place: Self::FILE }
    }

    /// The same, described in another place.
    #[must_use]
    pub fn described_in(self, place: &'static str) -> Self {
        Self { place, ..self }
    }

    /// The same for a model that has logits for the first `n` tokens.
    #[must_use]
    pub fn known_to(self, n: usize) -> Self {
        Self { n_known: n, ..self }
    }

    pub(super) fn is_in_gguf(&self) -> bool {
        self.place == Self::IN_GGUF
    }

    /// What is wrong with a tokenizer that is described in a place.
    pub fn fault(place: &str, reason: &str) -> Error {
        Error::of_model(format!("{place} {reason}"))
    }

    /// What its ids stand for; V is the largest id and one.
    pub fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// How many ids a model needs logits for: those behind them were added later.
    pub fn n_trained(&self) -> usize {
        self.n_trained
    }

    /// The tokens of a text. No character is replaced. Cost: O(n log n) for the longest word of
    /// n bytes, linear in the rest.
    ///
    /// # Errors
    /// `CannotEncode` for a text with an added token that the model does not have, or one that takes a pattern too long.
    pub fn encode(&self, text: &str) -> Result<Encoded> {
        let ids = self.bpe.encode(text).map_err(|reason| {
            let reason = format!("{} {reason}", self.place);
            Error::not_encoded(reason)
        })?;
        match ids.iter().find(|&&id| id as usize >= self.n_known) {
            None => Ok(Encoded { ids, replaced: 0 }),
            Some(&id) => {
                let (token, n) = (quoted(&self.vocab.token_text(id)), self.n_known);
                let reason = format!("it has the token {token}, id {id}, and the model has logits for {n} tokens");
                Err(Error::not_encoded(reason))
            }
        }
    }
}

#[cfg(feature = "bpe")]
impl Bpe for logitlab_bpe::Tokenizer {
    fn encode(&self, text: &str) -> std::result::Result<Vec<TokenId>, String> {
        self.encode(text)
    }
}
