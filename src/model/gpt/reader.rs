//! A file of any kind that a model is read from.

use super::{Checkpoint, Gpt, Options, Piece, TokenSource, gguf, llama, loading::Loading};
use crate::core::{
    error::{Error, Result},
    token::Vocab,
};

/// A model that is being read: which kind of file it is shows in its header.
#[derive(Debug, Clone)]
pub enum Reader {
    /// GPT-2's layout in safetensors.
    Gpt2(Checkpoint),
    /// Llama's, in safetensors or GGUF.
    Llama(Loading),
}

impl Reader {
    /// Checks the header of a safetensors file of `file_len` bytes, and makes space for the weights; see [`Checkpoint::open_with`].
    ///
    /// # Errors
    /// `InvalidTensor` with the name of the tensor at fault, `ModelFormat` where it is the file or config.json, `InvalidSetting` for an
    /// option.
    pub fn open(header: &[u8], file_len: u64, options: Options<'_>) -> Result<Self> {
        if llama::is_it(header) {
            return llama::open(header, file_len, options).map(Self::Llama);
        }
        Checkpoint::open_with(header, file_len, options).map(Self::Gpt2)
    }

    /// Whether a file that begins so is GGUF.
    pub fn is_gguf(start: &[u8]) -> bool {
        start.starts_with(gguf::MAGIC)
    }

    /// How many bytes the head of a GGUF file takes, or at least how many it takes to tell, from as many as are there: the answer is final
    /// where it is not more than these.
    ///
    /// # Errors
    /// `ModelFormat`.
    pub fn gguf_len(start: &[u8], file_len: u64) -> Result<usize> {
        gguf::len(start, file_len)
    }

    /// The text of the tokenizer.json that means what the head of a GGUF file says.
    ///
    /// # Errors
    /// `ModelFormat`, `InvalidTensor`.
    pub fn gguf_tokenizer(head: &[u8], file_len: u64) -> Result<String> {
        gguf::tokenizer_json(head, file_len)
    }

    /// Checks the head of a GGUF file of `file_len` bytes. What it says of tokens counts where the options give none.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_gguf(head: &[u8], file_len: u64, options: Options<'_>) -> Result<Self> {
        gguf::open(head, file_len, options).map(Self::Llama)
    }

    /// How a conversation becomes a text, as Jinja, where the file says it.
    pub fn chat_template(&self) -> Option<&str> {
        match self {
            Self::Gpt2(_) => None,
            Self::Llama(loading) => loading.chat_template(),
        }
    }

    /// What has to be read, in the file's order.
    pub fn pieces(&self) -> Vec<Piece> {
        match self {
            Self::Gpt2(checkpoint) => checkpoint.pieces().cloned().collect(),
            Self::Llama(loading) => loading.pieces().cloned().collect(),
        }
    }

    /// Takes up the next of the [`pieces`](Self::pieces).
    ///
    /// # Errors
    /// `InvalidTensor` for a number that is NaN or infinite, or for bytes of the wrong length.
    pub fn load(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Gpt2(checkpoint) => checkpoint.load(bytes),
            Self::Llama(loading) => loading.load(bytes),
        }
    }

    /// The model, once all pieces were loaded.
    ///
    /// # Errors
    /// `InvalidTensor` with the name of the first that is missing.
    pub fn finish(self) -> Result<Gpt> {
        match self {
            Self::Gpt2(checkpoint) => checkpoint.finish(),
            Self::Llama(loading) => loading.finish(),
        }
    }
}

impl Gpt {
    /// A model from the bytes of a safetensors file, a config and a list of tokens.
    ///
    /// # Errors
    /// Those of [`Reader`].
    pub fn from_safetensors(file: &[u8], config: Option<&str>, vocab: Option<Vocab>) -> Result<Self> {
        Self::read(file, Options { config, tokens: vocab.map(TokenSource::Listed), ..Options::default() })
    }

    /// A model from the bytes of a safetensors or GGUF file; see [`Reader`].
    ///
    /// # Errors
    /// Those of [`Reader`].
    pub fn read(file: &[u8], options: Options<'_>) -> Result<Self> {
        let file_len = file.len() as u64;
        let truncated = || Error::of_model("the file is truncated".to_owned());
        let mut reader = if Reader::is_gguf(file) {
            let head = file.get(..gguf::len(file, file_len)?).unwrap_or(file);
            Reader::open_gguf(head, file_len, options)?
        } else {
            let (&prefix, rest) = file.split_first_chunk().ok_or_else(truncated)?;
            let header = rest.get(..Checkpoint::header_len(prefix, file_len)?).ok_or_else(truncated)?;
            Reader::open(header, file_len, options)?
        };
        for piece in reader.pieces() {
            let range = usize::try_from(piece.start).ok().zip(usize::try_from(piece.end).ok());
            let bytes = range.and_then(|(start, end)| file.get(start..end)).ok_or_else(truncated)?;
            reader.load(bytes)?;
        }
        reader.finish()
    }
}
