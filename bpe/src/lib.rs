//! Byte-level BPE, as a tokenizer.json describes it: text to ids, and the bytes of every id.
//!
//! The steps are those of the tokenizers library, and so are the ids:
//! 1. tokens of the file's `added_tokens` are cut out of the text (`added.rs`);
//! 2. the normalizer rewrites what lies between them (`normalizer.rs`);
//! 3. pre-tokenizers cut it into words, and write its bytes as 256 visible characters (`splitter.rs`);
//! 4. in each word the pair that was merged first in training is merged first again, until none is left (`merges.rs`).
//!
//! What a file asks for and this crate does not do is refused by name (`file.rs`). Padding, truncation and the post-processor concern
//! batches and templates, and are not applied: no token is added to a text.
//!
//! The patterns need Unicode's tables, which are larger than the rest of the engine. So on the web this crate is a WebAssembly module of
//! its own, loaded only for a checkpoint that comes with a tokenizer.
//! Source: Radford et al. 2019, and the tokenizers library. Test: tests/it/tokenizer.rs, tests/web/unit/gpt-tokenizer.test.js.

mod added;
mod file;
mod merges;
mod normalizer;
mod pattern;
mod splitter;
mod visible;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod web;

use std::ops::Range;

use crate::{added::AddedTokens, merges::Merges, normalizer::Normalizer, splitter::Splitter};

/// A sentence part that says what is wrong, to stand behind "tokenizer.json".
pub type Result<T> = std::result::Result<T, String>;

/// A text of the file inside a sentence, as JSON has it, cut where it is long.
fn quoted(text: &str) -> String {
    const MOST: usize = 200;
    let short = match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    };
    serde_json::to_string(&short).unwrap_or(short)
}

/// Text to tokens of a byte-level BPE.
#[derive(Debug)]
pub struct Tokenizer {
    /// Found in the text as it was given.
    verbatim: AddedTokens,
    /// Found in the text after the normalizer.
    normalized: AddedTokens,
    normalizers: Vec<Normalizer>,
    splitters: Vec<Splitter>,
    merges: Merges,
    bytes: Vec<u8>,
    ends: Vec<u32>,
    n_trained: usize,
}

impl Tokenizer {
    /// Reads the text of a tokenizer.json. Cost: O(its length), and the compilation of its patterns.
    ///
    /// # Errors
    /// What cannot be read, or is not understood.
    pub fn from_json(text: &str) -> Result<Self> {
        file::read(text)
    }

    /// The bytes of all tokens, end to end. An id that stands for no token has none.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where each token ends in [`bytes`](Self::bytes), in id order.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The largest id of the model's own vocabulary, and one. Ids behind it are added tokens, which the weights need not have.
    pub fn n_trained(&self) -> usize {
        self.n_trained
    }

    /// The ids of a text. Cost: O(n log n) for the longest word of n bytes, linear in the rest, and what the file's patterns take.
    ///
    /// # Errors
    /// If a pattern or a normalizer of the file would take too long or too much memory for this text.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let mut ids = Vec::new();
        for (range, id) in self.verbatim.cut(text)? {
            match id {
                Some(id) => ids.push(id),
                None => self.encode_piece(&text[range], &mut ids)?,
            }
        }
        Ok(ids)
    }

    /// A piece of text without verbatim tokens.
    fn encode_piece(&self, piece: &str, ids: &mut Vec<u32>) -> Result<()> {
        let text = normalizer::apply(&self.normalizers, piece)?;
        for (range, id) in self.normalized.cut(&text)? {
            match id {
                Some(id) => ids.push(id),
                None => {
                    for word in splitter::split(&self.splitters, &text[range])? {
                        self.merges.encode(&word, ids);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Some of a text, and the token that it is.
type Piece = (Range<usize>, Option<u32>);
