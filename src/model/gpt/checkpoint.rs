//! Checkpoints: safetensors files with the names of Hugging Face's GPT-2 or of nanoGPT.
//!
//! A file is eight bytes of length, that much JSON saying which tensor lies where, and the tensors. The JSON is checked as a whole before any
//! memory is taken: every tensor there, of the right shape, inside the file, none over another. Then the tensors are read one by one, as they
//! come, so that a file never has to lie in memory beside the weights made of it.
//! Source: the safetensors format, and the state dicts of `GPT2LMHeadModel` and nanoGPT. Test: tests/it/checkpoint.rs.

mod config;
mod header;
mod tensor;
mod tokens;

use std::sync::Arc;

use self::{
    config::Config,
    header::{Header, TensorInfo},
    tensor::{Part, Slot},
    tokens::Tokens,
};
use super::{Block, Gpt, LayerNorm, Linear, Scratch, Tokenizer};
use crate::{
    error::{Error, Result},
    network::NetworkShape,
    token::Vocab,
};

/// A tensor's place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its name there.
    pub name: String,
    /// First byte, counted from the start of the file.
    pub start: u64,
    /// Behind its last byte.
    pub end: u64,
}

/// A checkpoint that is being read.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    gpt: Gpt,
    /// Matrices are (out, in), as `nn.Linear` has them, and not (in, out), as GPT-2's `Conv1D`.
    is_transposed: bool,
    pieces: Vec<(Piece, TensorInfo, Slot)>,
    n_loaded: usize,
}

/// As f32 they fill half of what WebAssembly can address.
const MAX_WEIGHTS: u64 = 1 << 29;

/// Bytes before the header: its length.
const PREFIX: usize = 8;

impl Checkpoint {
    /// How long the header is, from the first eight bytes of a file of `file_len` bytes.
    ///
    /// # Errors
    /// `ModelFormat` if that cannot be a safetensors file.
    pub fn header_len(prefix: [u8; PREFIX], file_len: u64) -> Result<usize> {
        header::len(prefix, file_len)
    }

    /// The tokenizer.json inside a header, if there is one and the header can be read.
    pub fn tokenizer_in(header: &[u8]) -> Option<String> {
        header::metadata(header)?.remove("tokenizer")
    }

    /// Checks the header of a file of `file_len` bytes, and makes room for the weights.
    ///
    /// `config` is the text of config.json; without one the header's own "config" counts, and without that the shapes tell all but the number
    /// of heads, which is then n_embd / 64. `vocab` may stand in the header, too, as "vocab": a JSON list of tokens, or one text of characters.
    /// A tokenizer.json may stand there as "tokenizer", and counts first. Without any, thirty tokens are the notebook's. A head with more rows
    /// than there are tokens was rounded up, and the rest is left out.
    ///
    /// # Errors
    /// `InvalidTensor` with the name of the tensor at fault, `ModelFormat` where it is the file or config.json.
    pub fn open(header: &[u8], file_len: u64, config: Option<&str>, vocab: Option<Vocab>) -> Result<Self> {
        Self::open_any(header, file_len, config, vocab.map(Tokens::Listed))
    }

    /// The same, with a byte-level BPE of its own.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn with_tokenizer(header: &[u8], file_len: u64, config: Option<&str>, tokenizer: Tokenizer) -> Result<Self> {
        Self::open_any(header, file_len, config, Some(Tokens::Bpe(tokenizer)))
    }

    fn open_any(header: &[u8], file_len: u64, config: Option<&str>, tokens: Option<Tokens>) -> Result<Self> {
        let data_start = (PREFIX + header.len()) as u64;
        let Header { metadata, tensors } = Header::parse(header, file_len - data_start.min(file_len))?;
        let mut pieces = Vec::with_capacity(tensors.len());
        for (name, info) in tensors {
            let [start, end] = info.data_offsets.map(|offset| data_start + offset);
            if let Some(slot) = Slot::parse(&name)? {
                info.check_weights().map_err(|reason| Error::InvalidTensor { name: name.clone(), reason })?;
                pieces.push((Piece { name, start, end }, info, slot));
            }
        }
        // A tied pair may have been saved under the head's name alone.
        if !pieces.iter().any(|(_, _, slot)| *slot == Slot::Tokens) {
            pieces.iter_mut().filter(|(_, _, slot)| *slot == Slot::Head).for_each(|(_, _, slot)| *slot = Slot::Tokens);
        }
        pieces.sort_by_key(|(piece, _, _)| piece.start);
        let shapes = tensor::Shapes::of(&pieces)?;
        let config = Config::parse(config.or(metadata.get("config").map(String::as_str)))?.complete(&shapes)?;
        let tokens = tokens.map_or_else(|| Tokens::of(&metadata, shapes.vocab_size), Ok)?;
        let (vocab, tokenizer) = match tokens {
            Tokens::Listed(vocab) => (vocab, None),
            Tokens::Bpe(tokenizer) => (tokenizer.vocab().clone(), Some(tokenizer)),
        };
        shapes.check(&pieces, config.is_tied)?;
        if config.is_tied {
            pieces.retain(|(_, _, slot)| *slot != Slot::Head);
        }
        if vocab.len() > config.vocab_size {
            let (found, expected) = (vocab.len(), config.vocab_size);
            let reason = format!("it has logits for {expected} tokens, and the vocabulary has {found}");
            return Err(Error::ModelFormat { reason });
        }
        let shape = NetworkShape { vocab_size: vocab.len(), ..config };
        let n_weights = pieces.iter().map(|(_, info, _)| info.len() as u64).sum();
        if n_weights > MAX_WEIGHTS {
            let reason = format!("it has {n_weights} weights, and there is room for {MAX_WEIGHTS}");
            return Err(Error::ModelFormat { reason });
        }
        let gpt = Gpt { tokenizer, ..Gpt::zeros(shape, vocab, n_weights) };
        Ok(Self { gpt, is_transposed: shapes.is_transposed, pieces, n_loaded: 0 })
    }

    /// What has to be read, in the file's order.
    pub fn pieces(&self) -> impl ExactSizeIterator<Item = &Piece> {
        self.pieces.iter().map(|(piece, _, _)| piece)
    }

    /// Takes up the next of the [`pieces`](Self::pieces).
    ///
    /// # Errors
    /// `InvalidTensor` for a number that is NaN or infinite, or for bytes of the wrong length.
    pub fn load(&mut self, bytes: &[u8]) -> Result<()> {
        let Some((piece, info, slot)) = self.pieces.get(self.n_loaded) else {
            let reason = "more tensors were given than it has".to_owned();
            return Err(Error::ModelFormat { reason });
        };
        if bytes.len() as u64 != piece.end - piece.start {
            let reason = format!("{} bytes of {} were given", bytes.len(), piece.end - piece.start);
            return Err(Error::InvalidTensor { name: piece.name.clone(), reason });
        }
        let rows = info.rows(bytes);
        let bad = self.gpt.fill(*slot, self.is_transposed, rows).err();
        if let Some((row, column, value)) = bad {
            let place = if info.shape.len() == 1 { format!("[{column}]") } else { format!("[{row}][{column}]") };
            let reason = format!("{place} is {value}, not a finite number");
            return Err(Error::InvalidTensor { name: piece.name.clone(), reason });
        }
        self.n_loaded += 1;
        Ok(())
    }

    /// The model, once all pieces were loaded.
    ///
    /// # Errors
    /// `InvalidTensor` with the name of the first that is missing.
    pub fn finish(self) -> Result<Gpt> {
        match self.pieces.get(self.n_loaded) {
            None => Ok(self.gpt),
            Some((piece, _, _)) => {
                Err(Error::InvalidTensor { name: piece.name.clone(), reason: "it was not read".to_owned() })
            }
        }
    }
}

impl Gpt {
    /// A model from the bytes of a safetensors file; see [`Checkpoint::open`].
    ///
    /// # Errors
    /// Those of [`Checkpoint`].
    pub fn from_safetensors(file: &[u8], config: Option<&str>, vocab: Option<Vocab>) -> Result<Self> {
        let file_len = file.len() as u64;
        let truncated = || Error::ModelFormat { reason: "the file is truncated".to_owned() };
        let (&prefix, rest) = file.split_first_chunk().ok_or_else(truncated)?;
        let header = rest.get(..Checkpoint::header_len(prefix, file_len)?).ok_or_else(truncated)?;
        let mut checkpoint = Checkpoint::open(header, file_len, config, vocab)?;
        let pieces: Vec<Piece> = checkpoint.pieces().cloned().collect();
        for piece in pieces {
            let range = usize::try_from(piece.start).ok().zip(usize::try_from(piece.end).ok());
            let bytes = range.and_then(|(start, end)| file.get(start..end)).ok_or_else(truncated)?;
            checkpoint.load(bytes)?;
        }
        checkpoint.finish()
    }

    fn zeros(config: NetworkShape, vocab: Vocab, n_weights: u64) -> Self {
        let NetworkShape { vocab_size, block_size, n_layer, n_embd, n_inner, epsilon, is_tied, .. } = config;
        let norm = || LayerNorm { weight: vec![0.0; n_embd], bias: vec![0.0; n_embd], epsilon };
        let block = || Block {
            ln_1: norm(),
            query: Linear::new(n_embd, n_embd),
            key_value: Linear::new(n_embd, 2 * n_embd),
            proj: Linear::new(n_embd, n_embd),
            ln_2: norm(),
            fc: Linear::new(n_embd, n_inner),
            mlp_proj: Linear::new(n_inner, n_embd),
        };
        Self {
            config,
            vocab,
            tokenizer: None,
            tokens: Linear::new(n_embd, vocab_size),
            positions: vec![0.0; block_size * n_embd],
            blocks: std::iter::repeat_with(block).take(n_layer).collect(),
            ln_f: norm(),
            head: (!is_tied).then(|| Linear::new(n_embd, vocab_size)),
            n_weights,
            identity: Arc::default(),
            use_cache: true,
            caches: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// Puts a tensor where it belongs; `Err` with row, column and value of the first number that is none.
    fn fill(
        &mut self,
        slot: Slot,
        is_transposed: bool,
        rows: impl Iterator<Item = impl Iterator<Item = f32>>,
    ) -> std::result::Result<(), (usize, usize, f32)> {
        let vocab_size = self.config.vocab_size;
        let n_embd = self.config.n_embd;
        let mut put: Box<dyn FnMut(usize, usize, f32)> = match slot {
            // A token's row is a column of the matrix that makes logits.
            Slot::Tokens => by_rows(&mut self.tokens, vocab_size),
            Slot::Head => match &mut self.head {
                Some(head) => by_rows(head, vocab_size),
                None => return Ok(()),
            },
            Slot::Positions => Box::new(|row, column, value| self.positions[row * n_embd + column] = value),
            Slot::FinalNorm { is_bias } => norm(&mut self.ln_f, is_bias),
            Slot::Block { layer, part, is_bias } => {
                let block = &mut self.blocks[layer];
                // Query, and key and value, are one tensor in the file.
                let (first, mut second) = match part {
                    Part::Norm1 => return fill_with(rows, &mut norm(&mut block.ln_1, is_bias)),
                    Part::Norm2 => return fill_with(rows, &mut norm(&mut block.ln_2, is_bias)),
                    Part::Qkv => (&mut block.query, Some(&mut block.key_value)),
                    Part::Proj => (&mut block.proj, None),
                    Part::Fc => (&mut block.fc, None),
                    Part::MlpProj => (&mut block.mlp_proj, None),
                };
                Box::new(move |row, column, value| {
                    let (i, j) = if is_transposed && !is_bias { (column, row) } else { (row, column) };
                    let (linear, j) = match &mut second {
                        Some(second) if j >= n_embd => (&mut **second, j - n_embd),
                        _ => (&mut *first, j),
                    };
                    if is_bias { linear.set_bias(j, value) } else { linear.set(i, j, value) }
                })
            }
        };
        fill_with(rows, &mut put)
    }
}

/// Row j of the tensor is column j of the matrix, for the first `n` rows.
fn by_rows(linear: &mut Linear, n: usize) -> Box<dyn FnMut(usize, usize, f32) + '_> {
    Box::new(move |j, i, value| {
        if j < n {
            linear.set(i, j, value);
        }
    })
}

fn norm(norm: &mut LayerNorm, is_bias: bool) -> Box<dyn FnMut(usize, usize, f32) + '_> {
    let numbers = if is_bias { &mut norm.bias } else { &mut norm.weight };
    Box::new(move |_, i, value| numbers[i] = value)
}

fn fill_with(
    rows: impl Iterator<Item = impl Iterator<Item = f32>>,
    put: &mut dyn FnMut(usize, usize, f32),
) -> std::result::Result<(), (usize, usize, f32)> {
    for (row, numbers) in rows.enumerate() {
        for (column, value) in numbers.enumerate() {
            if !value.is_finite() {
                return Err((row, column, value));
            }
            put(row, column, value);
        }
    }
    Ok(())
}
