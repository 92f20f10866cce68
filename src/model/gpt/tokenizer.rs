//! Byte-level BPE, as a tokenizer.json describes it.
//!
//! A text's bytes are written as 256 visible characters, a pattern cuts it into words, and in each word the pair that was merged first in
//! training is merged first again, until none is left. Every text can be written so, and decoding gives back what was encoded, but for what the
//! file's own normalizer changes. Tokens of the file's `added_tokens` are found in the text before anything else; none are added to it.
//! The work is the splintr crate's; docs/models.md says why that one. On the web it is a module of its own, `bpe/`, for those who need it.
//! Source: Radford et al. 2019, and the tokenizers library. Test: tests/it/tokenizer.rs.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::Deserialize;
use serde_json::Value;

use crate::{
    error::{Error, Result},
    token::{Encoded, TokenId, Vocab},
};

/// The largest vocabularies have 262,144 tokens.
const MAX_ID: u32 = 1 << 20;

/// The largest files are 35 MB. Reading JSON takes several times its length in memory.
const MAX_LEN: usize = 64 << 20;

/// What cuts a text into words and merges their bytes, as one tokenizer.json says.
pub trait Merges: fmt::Debug + Send + Sync {
    /// The ids of a text.
    fn encode(&self, text: &str) -> Vec<TokenId>;
}

/// Text to tokens of a byte-level BPE.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    merges: Arc<dyn Merges>,
    vocab: Vocab,
}

impl Tokenizer {
    /// Reads the text of a tokenizer.json. Cost: O(its length), and the compilation of its pattern.
    ///
    /// # Errors
    /// `ModelFormat` if it is none, if its model is no BPE, or not one of bytes; always without the feature `bpe`.
    pub fn from_json(text: &str) -> Result<Self> {
        Self::with_merges(text, own_merges)
    }

    /// The same with merges from elsewhere: `read` gets the text once the rest was found in order, and says what is wrong with it.
    ///
    /// # Errors
    /// `ModelFormat`, as [`from_json`](Self::from_json).
    pub fn with_merges(
        text: &str,
        read: impl FnOnce(&str) -> std::result::Result<Arc<dyn Merges>, String>,
    ) -> Result<Self> {
        if text.len() > MAX_LEN {
            return Err(fault(format!("is {} bytes, more than the {MAX_LEN} that are read", text.len())));
        }
        let file: File = serde_json::from_str(text).map_err(|error| fault(format!("cannot be read: {error}")))?;
        if let Some(kind) = file.model.kind.filter(|kind| kind != "BPE") {
            return Err(fault(format!("has a model of type {kind}, and only a byte-level BPE is understood")));
        }
        if !file.pre_tokenizer.is_some_and(|stage| stage.is_byte_level()) {
            return Err(fault("has a BPE of characters, and only one of bytes is understood (ByteLevel)".to_owned()));
        }
        let tokens: BTreeMap<String, u32> = serde_json::from_value(file.model.vocab)
            .map_err(|error| fault(format!("has a vocabulary that cannot be read: {error}")))?;
        let vocab = vocab_of(&tokens, &file.added_tokens)?;
        let merges = read(text).map_err(|reason| fault(format!("cannot be used: {reason}")))?;
        Ok(Self { merges, vocab })
    }

    /// What its ids stand for; V is the largest id and one.
    pub fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// The tokens of a text. No character is replaced. Cost: O(n log n) for the longest word of n bytes, linear in the rest.
    pub fn encode(&self, text: &str) -> Encoded {
        Encoded { ids: self.merges.encode(text), replaced: 0 }
    }
}

#[cfg(feature = "bpe")]
fn own_merges(text: &str) -> std::result::Result<Arc<dyn Merges>, String> {
    struct Bpe(splintr::AnyTokenizer);

    impl fmt::Debug for Bpe {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Bpe").finish_non_exhaustive()
        }
    }

    impl Merges for Bpe {
        fn encode(&self, text: &str) -> Vec<TokenId> {
            self.0.encode_raw(text)
        }
    }

    let bpe = splintr::from_json_bytes(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(Arc::new(Bpe(bpe)))
}

#[cfg(not(feature = "bpe"))]
fn own_merges(_: &str) -> std::result::Result<Arc<dyn Merges>, String> {
    Err("the engine was built without the feature bpe, and was given nothing that reads merges".to_owned())
}

/// What is looked at before the crate reads the rest.
#[derive(Deserialize)]
struct File {
    model: Model,
    pre_tokenizer: Option<Stage>,
    #[serde(default)]
    added_tokens: Vec<Added>,
}

#[derive(Deserialize)]
struct Model {
    /// Old files do not say it.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// A BPE's is an object: token → id.
    vocab: Value,
}

#[derive(Deserialize)]
struct Stage {
    #[serde(rename = "type")]
    kind: String,
    /// Of a Sequence.
    #[serde(default)]
    pretokenizers: Vec<Self>,
}

impl Stage {
    fn is_byte_level(&self) -> bool {
        self.kind == "ByteLevel" || self.pretokenizers.iter().any(Self::is_byte_level)
    }
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
}

/// The bytes of every id. An added token is written as it is, the others in visible characters; an id that stands for none is empty.
fn vocab_of(tokens: &BTreeMap<String, TokenId>, added: &[Added]) -> Result<Vocab> {
    let written = tokens.iter().map(|(token, &id)| (id, token, bytes_of(token)));
    let as_they_are = added.iter().map(|token| (token.id, &token.content, Some(token.content.clone().into_bytes())));
    let all: Vec<_> = written.chain(as_they_are).collect();
    if let Some((id, token, _)) = all.iter().find(|(id, _, _)| *id >= MAX_ID) {
        return Err(fault(format!("gives the token {token:?} the id {id}, and ids have to be below {MAX_ID}")));
    }
    let n = all.iter().map(|(id, _, _)| *id as usize + 1).max().unwrap_or(0);
    if n == 0 {
        return Err(fault("has no tokens".to_owned()));
    }
    let mut bytes = vec![Vec::new(); n];
    for (id, token, decoded) in all {
        bytes[id as usize] = decoded.unwrap_or_else(|| token.clone().into_bytes());
    }
    Ok(Vocab::from_labels(bytes))
}

/// What a token in visible characters stands for; none if it has another character.
fn bytes_of(token: &str) -> Option<Vec<u8>> {
    token.chars().map(byte_of).collect()
}

/// Printable bytes of Latin-1 are written as they are, and the others, in order, as U+0100 and the following.
fn byte_of(character: char) -> Option<u8> {
    let code = u32::from(character);
    let byte = match code {
        0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF => code,
        0x100..=0x120 => code - 0x100,
        0x121..=0x142 => code - 0x121 + 0x7F,
        0x143 => 0xAD,
        _ => return None,
    };
    u8::try_from(byte).ok()
}

fn fault(reason: String) -> Error {
    Error::ModelFormat { reason: format!("tokenizer.json {reason}") }
}
