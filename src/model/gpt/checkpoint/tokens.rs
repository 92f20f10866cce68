//! How a checkpoint's text becomes tokens: what was given, what the header says, or what can be guessed.

use std::collections::BTreeMap;

use super::super::Tokenizer;
use crate::{
    error::{Error, Result},
    token::Vocab,
};

/// How text becomes tokens.
pub(super) enum Tokens {
    /// Character by character.
    Listed(Vocab),
    /// By merges.
    Bpe(Tokenizer),
}

impl Tokens {
    /// What the header says of them, or what can be guessed.
    pub(super) fn of(metadata: &BTreeMap<String, String>, vocab_size: usize) -> Result<Self> {
        if let Some(text) = metadata.get("tokenizer") {
            return Tokenizer::from_json(text).map(Self::Bpe);
        }
        if let Some(text) = metadata.get("vocab") {
            return parse_vocab(text).map(Self::Listed);
        }
        let notebook = Some(Vocab::notebook()).filter(|vocab| vocab.len() == vocab_size);
        notebook.map(Self::Listed).ok_or_else(|| {
            let reason = format!("nothing says which {vocab_size} tokens it has: give its vocabulary");
            Error::ModelFormat { reason }
        })
    }
}

/// A JSON list of tokens, or the tokens' characters one after the other.
fn parse_vocab(text: &str) -> Result<Vocab> {
    let tokens: Vec<String> = serde_json::from_str(text).unwrap_or_else(|_| text.chars().map(String::from).collect());
    Vocab::from_tokens(tokens)
}
