//! How a checkpoint's text becomes tokens: what was given, what the header says, or what can be guessed.

use std::collections::BTreeMap;

use super::{
    super::Tokenizer,
    said::{Named, Said},
};
use crate::core::{
    error::{Error, Result},
    token::Vocab,
};

/// How text becomes tokens.
#[derive(Debug, Clone)]
pub enum TokenSource {
    /// Character by character.
    Listed(Vocab),
    /// By merges.
    Bpe(Tokenizer),
}

impl TokenSource {
    /// What the header says of them, or what can be guessed.
    pub(in super::super) fn of(metadata: &BTreeMap<String, String>, vocab_size: usize) -> Result<Self> {
        if let Some(text) = metadata.get("tokenizer") {
            return read_tokenizer(text).map(Self::Bpe);
        }
        if let Some(text) = metadata.get("vocab") {
            return Ok(Self::Listed(parse_vocab(text)));
        }
        let notebook = Some(Vocab::notebook()).filter(|vocab| vocab.len() == vocab_size);
        notebook.map(Self::Listed).ok_or_else(|| {
            let reason = format!("nothing says which {vocab_size} tokens it has: give its vocabulary");
            Error::of_model(reason)
        })
    }

    /// The tokens of a model with logits for `n_rows`, the last of which may stand for none.
    pub(in super::super) fn fit(self, n_rows: usize) -> Result<(Vocab, Option<Tokenizer>)> {
        let (vocab, tokenizer, needed) = match self {
            Self::Listed(vocab) => {
                let needed = vocab.len();
                (vocab, None, needed)
            }
            // Tokens that were added to a tokenizer later are never drawn: the model does not know them.
            Self::Bpe(tokenizer) => {
                let n = tokenizer.vocab().len().min(n_rows.max(tokenizer.n_trained()));
                (tokenizer.vocab().cut(n), Some(tokenizer.known_to(n)), n)
            }
        };
        if needed > n_rows || needed == 0 || (tokenizer.is_none() && !is_padding(needed, n_rows)) {
            let reason = format!("it has logits for {n_rows} tokens, and the vocabulary has {needed}");
            return Err(Error::of_model(reason));
        }
        Ok((vocab, tokenizer))
    }
}

/// Whether rows behind those of the tokens may be there for a rounder number of them: a list that is shorter otherwise is another model's.
fn is_padding(n_tokens: usize, n_rows: usize) -> bool {
    const MOST: usize = 128;
    n_rows == n_tokens || (n_rows.is_multiple_of(8) && n_rows - n_tokens < MOST.max(n_rows / 64))
}

#[cfg(feature = "bpe")]
fn read_tokenizer(text: &str) -> Result<Tokenizer> {
    Tokenizer::from_json(text)
}

#[cfg(not(feature = "bpe"))]
fn read_tokenizer(_: &str) -> Result<Tokenizer> {
    Err(Tokenizer::fault(Tokenizer::FILE, "cannot be read: the engine was built without the feature bpe"))
}

/// A JSON list of tokens, a course's `stoi` or `itos` in JSON, or the tokens' characters one after the other.
fn parse_vocab(text: &str) -> Vocab {
    let listed = serde_json::from_str(text).ok();
    let by_id = || serde_json::from_str(text).ok().and_then(|said: Named| by_id(said));
    let tokens = listed.or_else(by_id).unwrap_or_else(|| text.chars().map(String::from).collect());
    Vocab::from_tokens(tokens)
}

/// Tokens in the order of their ids, from `{"a": 0}` or `{"0": "a"}`; none unless the ids are 0, 1, 2 ….
fn by_id(said: Named) -> Option<Vec<String>> {
    let pair = |(key, value): (String, Option<Said>)| match value? {
        Said::Text(token) => Some((key.parse().ok()?, token)),
        value => Some((usize::try_from(value.whole()?).ok()?, key)),
    };
    let n = said.len();
    let tokens: BTreeMap<usize, String> = said.into_iter().map(pair).collect::<Option<_>>()?;
    tokens.keys().copied().eq(0..n).then(|| tokens.into_values().collect())
}
