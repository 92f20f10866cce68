//! Checkpoints: safetensors files with the names of Hugging Face's GPT-2, of nanoGPT and its relatives, or of the book's GPT.
//!
//! A file is eight bytes of length, that much JSON saying which tensor lies where, and the tensors. The JSON is checked as a whole before
//! any memory is taken: every tensor there, of the right shape, inside the file, none over another. Then the tensors are read one by one,
//! as they come, so that a file never has to lie in memory beside the weights made of it.
//! Source: the safetensors format, and the state dicts of `GPT2LMHeadModel`, nanoGPT and `GPTModel`. Test: tests/it/checkpoint.rs.

mod config;
mod foreign;
mod header;
mod names;
mod others;
mod said;
mod shapes;
mod tokens;

use std::collections::BTreeMap;

use self::{
    config::Config,
    names::{Called, Names, Part, Slot},
    shapes::Shapes,
};
pub(super) use self::{
    header::{Header, TensorInfo},
    others::{refuse, refuse_others},
    said::{Sayings, end_tokens},
};
pub use tokens::TokenSource;

use super::{Activation, Block, Gpt, Linear, Norm};
use crate::core::{
    error::{Error, Result},
    memory,
    network::NetworkShape,
    order::sort_by_key,
    token::Vocab,
};

/// Where a tensor lies in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its name there.
    pub name: String,
    /// First byte, counted from the start of the file.
    pub start: u64,
    /// Behind its last byte.
    pub end: u64,
}

/// A tensor that belongs to the model, as the header has it, and where it goes.
type Placed = (Piece, TensorInfo, Slot);

/// What is said beside the file. All of it counts before what the file says.
#[derive(Debug, Clone, Default)]
pub struct Options<'a> {
    /// The text of config.json.
    pub config: Option<&'a str>,
    /// The text of generation_config.json, whose end tokens count before config.json's.
    pub generation_config: Option<&'a str>,
    /// How text becomes tokens.
    pub tokens: Option<TokenSource>,
    /// Attention heads.
    pub n_head: Option<u64>,
    /// The MLP's nonlinearity.
    pub activation: Option<Activation>,
}

/// What nothing said, so that the usual was taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Assumed {
    /// n_embd / 64 heads.
    pub n_head: bool,
    /// The exact GELU of nanoGPT where matrices are those of `nn.Linear` and the head is the embedding, GPT-2's tanh everywhere else.
    pub activation: bool,
}

/// A checkpoint that is being read.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    gpt: Gpt,
    /// Matrices are (out, in), as `nn.Linear` has them, and not (in, out), as GPT-2's `Conv1D`.
    is_transposed: bool,
    names: &'static Names,
    pieces: Vec<Placed>,
    n_loaded: usize,
}

/// As f32 they fill half of what WebAssembly can address.
const MAX_WEIGHTS: u64 = 1 << 29;

/// Bytes before the header: its length.
pub(super) const PREFIX: usize = 8;

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

    /// [`open_with`](Self::open_with) a config and a list of tokens.
    ///
    /// # Errors
    /// Those of `open_with`.
    pub fn open(header: &[u8], file_len: u64, config: Option<&str>, vocab: Option<Vocab>) -> Result<Self> {
        let options = Options { config, tokens: vocab.map(TokenSource::Listed), ..Options::default() };
        Self::open_with(header, file_len, options)
    }

    /// Checks the header of a file of `file_len` bytes, and makes space for the weights.
    ///
    /// What the options do not say, the header may: "config", the text of a config.json; "tokenizer", that of a tokenizer.json; or "vocab",
    /// a JSON list of tokens, or one text of characters. Without any, thirty tokens are the notebook's, the shapes tell the sizes, and the
    /// rest is [`Assumed`]. A head with more rows than there are tokens was rounded up, and the rest is left out.
    ///
    /// # Errors
    /// `InvalidTensor` with the name of the tensor at fault, `ModelFormat` where it is the file or config.json, `InvalidSetting` for an
    /// option.
    pub fn open_with(header: &[u8], file_len: u64, mut options: Options<'_>) -> Result<Self> {
        let data_start = (PREFIX + header.len()) as u64;
        let Header { metadata, tensors } = Header::parse(header, file_len - data_start.min(file_len))?;
        let (pieces, called) = placed(tensors, data_start)?;
        let names = called.names;
        let shapes = Shapes::of(&pieces, called)?;
        let config = Config::parse(options.config.or(metadata.get("config").map(String::as_str)))?;
        let (shape, assumed) = config.complete(&shapes, &options)?;
        let tokens = options.tokens.take().map_or_else(|| TokenSource::of(&metadata, shape.vocab_size), Ok)?;
        shapes.check(&pieces, shape.is_tied)?;
        config.check_promises(&pieces, &shapes)?;
        let (vocab, tokenizer) = tokens.fit(shape.vocab_size)?;
        let shape = NetworkShape { vocab_size: vocab.len(), ..shape };
        let pieces: Vec<_> =
            pieces.into_iter().filter(|(_, _, slot)| !(shape.is_tied && *slot == Slot::Head)).collect();
        let n_weights = pieces.iter().map(|(_, info, _)| info.len() as u64).sum();
        if n_weights > MAX_WEIGHTS {
            let reason = format!("it has {n_weights} weights, and there is room for {MAX_WEIGHTS}");
            return Err(Error::of_model(reason));
        }
        let end_tokens = config.end_tokens(options.generation_config, vocab.len())?;
        // Each tensor comes in one piece.
        let largest = pieces.iter().map(|(_, info, _)| info.len()).max().unwrap_or(0);
        let n = usize::try_from(n_weights).unwrap_or(usize::MAX);
        memory::require("weights", n, n.saturating_add(largest).saturating_mul(4))?;
        let gpt = Gpt { tokenizer, end_tokens, assumed, ..Gpt::zeros(shape, vocab, n_weights) };
        Ok(Self { gpt, is_transposed: shapes.is_transposed, names, pieces, n_loaded: 0 })
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
            return Err(Error::of_model(reason));
        };
        if bytes.len() as u64 != piece.end - piece.start {
            let reason = format!("{} bytes of {} were given", bytes.len(), piece.end - piece.start);
            return Err(Error::of_tensor(piece.name.clone(), reason));
        }
        let rows = info.rows(bytes);
        let bad = self.gpt.fill(*slot, self.is_transposed, rows).err();
        if let Some((row, column, value)) = bad {
            let at = if info.shape.len() == 1 { format!("[{column}]") } else { format!("[{row}][{column}]") };
            let reason = format!("{at} is {value}, not a finite number");
            return Err(Error::of_tensor(piece.name.clone(), reason));
        }
        self.n_loaded += 1;
        Ok(())
    }

    /// The model, once all pieces were loaded.
    ///
    /// # Errors
    /// `InvalidTensor` with the name of the first that is missing.
    pub fn finish(mut self) -> Result<Gpt> {
        match self.pieces.get(self.n_loaded) {
            None => {
                self.gpt.tie();
                if self.gpt.assumed.activation {
                    self.gpt.config.activation = self.usual_activation();
                }
                Ok(self.gpt)
            }
            Some((piece, _, _)) => Err(Error::of_tensor(piece.name.clone(), "it was not read".to_owned())),
        }
    }
}

impl Checkpoint {
    /// Of a model that does not say which: PyTorch's GELU for nanoGPT's, whose head is the embedding. minGPT and makemore, whose head is a
    /// matrix of its own, have GPT-2's, and so does the book.
    fn usual_activation(&self) -> Activation {
        let is_nanogpt = self.is_transposed && !self.names.is_linear && self.gpt.config.is_tied;
        if is_nanogpt { Activation::GeluErf } else { Activation::GeluTanh }
    }
}

/// The tensors that belong to the model, each with its slot, in the file's order.
fn placed(tensors: BTreeMap<String, TensorInfo>, data_start: u64) -> Result<(Vec<Placed>, Called)> {
    let called = names::of(tensors.keys());
    let mut pieces = Vec::with_capacity(tensors.len());
    for (name, info) in tensors {
        let [start, end] = info.data_offsets.map(|offset| data_start + offset);
        if let Some(slot) = called.slot(&name)? {
            info.check_weights().map_err(|reason| Error::of_tensor(name.clone(), reason))?;
            pieces.push((Piece { name, start, end }, info, slot));
        }
    }
    // A tied pair may have been saved under the head's name alone.
    if !pieces.iter().any(|(_, _, slot)| *slot == Slot::Tokens) {
        pieces.iter_mut().filter(|(_, _, slot)| *slot == Slot::Head).for_each(|(_, _, slot)| *slot = Slot::Tokens);
    }
    sort_by_key(&mut pieces, |(piece, _, _)| piece.start);
    Ok((pieces, called))
}

impl Gpt {
    /// Zeros, to be filled.
    fn zeros(shape: NetworkShape, vocab: Vocab, n_weights: u64) -> Self {
        let mut gpt = Self::bare(shape, vocab, n_weights);
        for block in &mut gpt.blocks {
            let Block { query, key, value, proj, fc, mlp_proj, .. } = block;
            [query, key, value, proj, fc, mlp_proj].into_iter().for_each(Linear::make_room);
        }
        gpt.tokens.make_room();
        gpt.head.iter_mut().for_each(Linear::make_room);
        gpt
    }

    /// A head that was saved beside the embedding, and is the same numbers, is the embedding.
    fn tie(&mut self) {
        if self.head.as_ref() == Some(&self.tokens) {
            self.head = None;
            self.config.is_tied = true;
            self.n_weights -= (self.config.vocab_size * self.config.n_embd) as u64;
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
            Slot::FinalNorm { is_bias } => norm(&mut self.norm_f, is_bias),
            Slot::Block { layer, part, is_bias } => {
                let block = &mut self.blocks[layer];
                // Query, key and value may be one tensor in the file.
                let mut linears = match part {
                    Part::Norm1 => return fill_with(rows, &mut norm(&mut block.norm_1, is_bias)),
                    Part::Norm2 => return fill_with(rows, &mut norm(&mut block.norm_2, is_bias)),
                    Part::Qkv => vec![&mut block.query, &mut block.key, &mut block.value],
                    Part::Query => vec![&mut block.query],
                    Part::Key => vec![&mut block.key],
                    Part::Value => vec![&mut block.value],
                    Part::Proj => vec![&mut block.proj],
                    Part::Fc => vec![&mut block.fc],
                    Part::MlpProj => vec![&mut block.mlp_proj],
                };
                Box::new(move |row, column, value| {
                    let (i, j) = if is_transposed && !is_bias { (column, row) } else { (row, column) };
                    let width = linears[0].n_out();
                    let (linear, j) = (&mut linears[j / width], j % width);
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

fn norm(norm: &mut Norm, is_bias: bool) -> Box<dyn FnMut(usize, usize, f32) + '_> {
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
