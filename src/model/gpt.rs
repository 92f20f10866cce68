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
    block::{Block, RowCache, Scratch},
    layers::Norm,
    linear::Linear,
    rotary::Rotary,
};
use std::sync::Arc;

use super::{LanguageModel, Logits, Tokens, check_length};
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
    scratch: Scratch,
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
        self.caches.clear();
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
            scratch: Scratch::default(),
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

    /// Logits (V) for what follows `context`, reading only what the cache does not hold of it.
    fn run_through(&mut self, cache: &mut RowCache, context: &[TokenId], out: &mut [f32]) {
        let before = &context[..context.len() - 1];
        let known = if self.use_cache { cache.ids.iter().zip(before).take_while(|(a, b)| a == b).count() } else { 0 };
        cache.ids.truncate(known);
        let mut scratch = std::mem::take(&mut self.scratch);
        for ids in context[known..].chunks(CHUNK) {
            let is_last = cache.ids.len() + ids.len() == context.len();
            self.extend(cache, ids, usize::from(is_last), &mut scratch);
        }
        self.logits(&mut scratch, out);
        self.scratch = scratch;
    }

    fn empty_cache(&self) -> RowCache {
        let NetworkShape { n_layer, n_head, n_kv_head, head_size, .. } = self.config;
        let heads = Heads { n_head, n_kv_head, head_size };
        RowCache { ids: Vec::new(), layers: vec![LayerCache::new(heads); n_layer] }
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
        let NetworkShape { vocab_size, block_size, .. } = self.config;
        self.vocab.check(idx.ids())?;
        if idx.len() > block_size {
            let expected = format!("at most block_size = {block_size} in a row");
            return Err(Error::WrongLength { name: "ids".to_owned(), found: idx.len(), expected });
        }
        let mut values = vec![0.0; idx.ids().len() * vocab_size];
        let mut scratch = std::mem::take(&mut self.scratch);
        for (ids, values) in idx.ids().chunks_exact(idx.len()).zip(values.chunks_exact_mut(idx.len() * vocab_size)) {
            let mut cache = self.empty_cache();
            for (ids, values) in ids.chunks(CHUNK).zip(values.chunks_mut(CHUNK * vocab_size)) {
                self.extend(&mut cache, ids, ids.len(), &mut scratch);
                self.logits(&mut scratch, values);
            }
        }
        self.scratch = scratch;
        Ok(Logits { values, batch: idx.batch(), len: idx.len(), vocab_size })
    }

    /// Of a context longer than the block only the end is seen, as in the notebook. From there on positions move with every token, and
    /// the cache is of no use.
    fn next_logits(&mut self, row: usize, context: &[TokenId], out: &mut [f32]) -> Result<()> {
        let context = self.visible(context, out)?;
        if self.caches.len() <= row {
            let empty = self.empty_cache();
            self.caches.resize(row + 1, empty);
        }
        let mut cache = std::mem::take(&mut self.caches[row]);
        self.run_through(&mut cache, context, out);
        self.caches[row] = cache;
        Ok(())
    }

    /// A context that a row has read already costs one token. Any other is read aside.
    fn context_logits(&mut self, context: &[TokenId], out: &mut [f32]) -> Result<()> {
        let context = self.visible(context, out)?;
        match self.caches.iter().position(|cache| self.use_cache && cache.has_read(context)) {
            Some(row) => {
                let mut cache = std::mem::take(&mut self.caches[row]);
                // The key and the value that reading the last token again writes are the very bits that are there.
                let later = cache.ids.get(context.len()..).map_or_else(Vec::new, <[TokenId]>::to_vec);
                self.run_through(&mut cache, context, out);
                cache.ids.extend(later);
                self.caches[row] = cache;
            }
            None => {
                let mut cache = std::mem::take(&mut self.aside);
                if cache.layers.is_empty() {
                    cache = self.empty_cache();
                }
                self.run_through(&mut cache, context, out);
                self.aside = cache;
            }
        }
        Ok(())
    }
}
