//! A decoder-only GPT, of GPT-2's layout (learned positions, layer norms, GELU) or Llama's (rotary positions, RMS norms, a gated MLP, heads that
//! share keys and values), with a tied or a separate head.
//!
//! `x = wte[idx] (+ wpe); for each block: x += attention(norm_1(x)); x += mlp(norm_2(x)); logits = norm_f(x)·headᵀ`, idx (B, T), logits
//! (B, T, V). Keys and values of what was read are kept per row (the KV cache), so that a token costs one pass over the weights; with the
//! cache off every token reads its whole context again, as the notebook's loop does. Both give the same bits.
//!
//! Cost per token: 12·n_layer·C² + V·C products, and 2·n_layer·T·C for attention. Memory: 4 bytes a weight, or about what a file has that is narrower, and 8·n_layer·C bytes a
//! position and row for the cache.
//! Source: Radford et al. 2019, Touvron et al. 2023; the formulas are those of `GPT2LMHeadModel`, `LlamaForCausalLM` and their like.
//! Test: tests/it/gpt.rs, tests/it/llama.rs.

mod attention;
mod block;
mod checkpoint;
mod format;
mod gguf;
mod layers;
mod limits;
mod linear;
mod llama;
mod loading;
mod narrow;
mod network;
mod reader;
mod reading;
mod rotary;
mod slot;
mod tiles;
mod tokenizer;

pub use self::{
    checkpoint::{Assumed, Checkpoint, Options, Piece, TokenSource},
    loading::Loading,
    reader::Reader,
    tokenizer::{Bpe, Tokenizer},
};
pub use crate::core::network::Activation;

use self::{
    attention::{Heads, LayerCache},
    block::{Block, Pass, RowCache},
    layers::Norm,
    linear::Linear,
    rotary::Rotary,
};
use std::sync::Arc;

use super::{LanguageModel, Logits, Place, Reading, Tokens, check_length};
use crate::core::{
    error::{Error, Result},
    network::{Network, NetworkShape, PositionKind},
    token::{Encoded, TokenId, Vocab},
};

/// Tokens that go through the blocks together.
const CHUNK: usize = 64;

/// A GPT with its weights and caches.
#[derive(Debug, Clone)]
pub struct Gpt {
    config: NetworkShape,
    vocab: Vocab,
    /// Where tokens are more than characters.
    tokenizer: Option<Tokenizer>,
    /// The tokens that end a text, by its config.
    end_tokens: Vec<TokenId>,
    assumed: Assumed,
    /// wte, (C, V): column = token. The head, too, where there is no other.
    tokens: Linear,
    /// wpe, (block_size, C), of learned positions.
    positions: Vec<f32>,
    rotary: Rotary,
    blocks: Vec<Block>,
    norm_f: Norm,
    head: Option<Linear>,
    n_weights: u64,
    /// Shared by all copies: none changes a weight.
    identity: Arc<()>,
    use_cache: bool,
    caches: Vec<RowCache>,
    /// What was read for no row in particular.
    aside: RowCache,
    /// What is read while somebody else holds the place.
    copies: Vec<RowCache>,
    /// The memory of a pass that has ended.
    spare: Option<Box<Pass>>,
}

impl Gpt {
    /// Its shape.
    pub fn config(&self) -> &NetworkShape {
        &self.config
    }

    /// Numbers in the checkpoint, a tied head once.
    pub fn n_weights(&self) -> u64 {
        self.n_weights
    }

    /// What nothing said and was assumed of it.
    pub fn assumed(&self) -> Assumed {
        self.assumed
    }

    /// Tokens of a row that need not be read again, as long as its context begins with them.
    pub fn n_cached(&self, row: usize) -> usize {
        self.caches.get(row).map_or(0, |cache| cache.ids.len())
    }

    /// Switches the KV cache on or off. What it holds is forgotten.
    pub fn set_use_cache(&mut self, on: bool) {
        self.use_cache = on;
        self.forget();
    }

    /// What was read is read again, where it is wanted.
    fn forget(&mut self) {
        (self.caches, self.copies) = (Vec::new(), Vec::new());
        self.aside = RowCache::default();
    }

    /// A model of this shape without weights yet.
    fn bare(config: NetworkShape, vocab: Vocab, n_weights: u64) -> Self {
        let NetworkShape { vocab_size, block_size, n_layer, n_embd, is_tied, norm, epsilon, .. } = config;
        let is_learned = config.positions == PositionKind::Learned;
        Self {
            config,
            vocab,
            tokenizer: None,
            end_tokens: Vec::new(),
            assumed: Assumed::default(),
            tokens: Linear::new(n_embd, vocab_size),
            positions: vec![0.0; if is_learned { block_size * n_embd } else { 0 }],
            rotary: Rotary::default(),
            blocks: std::iter::repeat_with(|| Block::bare(&config)).take(n_layer).collect(),
            norm_f: Norm::new(n_embd, norm, epsilon),
            head: (!is_tied).then(|| Linear::new(n_embd, vocab_size)),
            n_weights,
            identity: Arc::default(),
            use_cache: true,
            caches: Vec::new(),
            aside: RowCache::default(),
            copies: Vec::new(),
            spare: None,
        }
    }

    /// The end of a context that the model sees, at least one token.
    fn visible<'a>(&self, context: &'a [TokenId], out: &[f32]) -> Result<&'a [TokenId]> {
        let NetworkShape { vocab_size, block_size, .. } = self.config;
        self.vocab.check(context)?;
        check_length(out, vocab_size)?;
        if context.is_empty() {
            return Err(Error::EmptyPrompt);
        }
        Ok(&context[context.len().saturating_sub(block_size)..])
    }

    fn empty_cache(&self) -> RowCache {
        let NetworkShape { n_layer, n_head, n_kv_head, head_size, .. } = self.config;
        let heads = Heads { n_head, n_kv_head, head_size };
        RowCache { layers: vec![LayerCache::new(heads); n_layer], ..RowCache::default() }
    }
}

impl LanguageModel for Gpt {
    fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    fn block_size(&self) -> usize {
        self.config.block_size
    }

    fn network(&self) -> Option<&dyn Network> {
        Some(self)
    }

    fn end_tokens(&self) -> &[TokenId] {
        &self.end_tokens
    }

    fn encode(&self, text: &str) -> Result<Encoded> {
        self.tokenizer.as_ref().map_or_else(|| self.vocab.encode(text), |tokenizer| tokenizer.encode(text))
    }

    fn forward(&mut self, idx: Tokens<'_>) -> Result<Logits> {
        let mut values = Vec::new();
        self.forward_all(idx, &mut Reading::default(), &mut || false, &mut values)?;
        Ok(Logits { values, batch: idx.batch(), len: idx.len(), vocab_size: self.config.vocab_size })
    }

    fn next_logits(&mut self, row: usize, context: &[TokenId], out: &mut [f32]) -> Result<()> {
        self.read(Place::Row(row), context, &mut Reading::default(), &mut || false, out).map(|_| ())
    }

    fn context_logits(&mut self, context: &[TokenId], out: &mut [f32]) -> Result<()> {
        self.read(Place::Aside, context, &mut Reading::default(), &mut || false, out).map(|_| ())
    }

    /// Of a context longer than the block only the end is seen, as in the notebook. From there on positions move with every token, and
    /// the cache is of no use. A context aside that a row has read already costs one token, and those are read without a stop.
    fn read(
        &mut self,
        place: Place,
        context: &[TokenId],
        reading: &mut Reading,
        is_over: &mut dyn FnMut() -> bool,
        out: &mut [f32],
    ) -> Result<bool> {
        let context = self.visible(context, out)?;
        self.read_on(place, context, reading, is_over, out)
    }

    fn forward_on(
        &mut self,
        idx: Tokens<'_>,
        reading: &mut Reading,
        is_over: &mut dyn FnMut() -> bool,
        out: &mut Vec<f32>,
    ) -> Result<bool> {
        self.forward_all(idx, reading, is_over, out)
    }
}
