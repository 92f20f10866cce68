//! A decoder-only GPT in GPT-2's layout: learned positions, layer norm before each half of a block, GELU, a tied or a separate head.
//!
//! `x = wte[idx] + wpe; for each block: x += attention(ln_1(x)); x += mlp(ln_2(x)); logits = ln_f(x)·headᵀ`, idx (B, T), logits
//! (B, T, V). Keys and values of what was read are kept per row (the KV cache), so that a token costs one pass over the weights; with the
//! cache off every token reads its whole context again, as the notebook's loop does. Both give the same bits.
//!
//! Cost per token: 12·n_layer·C² + V·C products, and 2·n_layer·T·C for attention. Memory: 4 bytes a weight, and 8·n_layer·C bytes a
//! position and row for the cache.
//! Source: Radford et al. 2019; the formulas are those of `GPT2LMHeadModel`. Test: tests/it/gpt.rs.

mod checkpoint;
mod layers;
mod linear;
mod network;
mod tokenizer;

pub use self::{
    checkpoint::{Assumed, Checkpoint, Options, Piece, TokenSource},
    tokenizer::{Bpe, Tokenizer},
};
pub use crate::core::network::Activation;

use self::{
    layers::{Heads, LayerCache, LayerNorm},
    linear::Linear,
};
use std::sync::Arc;

use super::{LanguageModel, Logits, Tokens, check_length};
use crate::core::{
    error::{Error, Result},
    network::{Network, NetworkShape},
    token::{Encoded, TokenId, Vocab},
};

/// Tokens that go through the blocks together.
const CHUNK: usize = 64;

/// x += proj(attention(query, key, value of ln_1(x))); x += mlp_proj(gelu(fc(ln_2(x)))).
#[derive(Debug, Clone)]
struct Block {
    ln_1: LayerNorm,
    query: Linear,
    /// C → key and value, 2C.
    key_value: Linear,
    proj: Linear,
    ln_2: LayerNorm,
    /// C → n_inner.
    fc: Linear,
    mlp_proj: Linear,
}

/// What a row has read: its tokens, and their keys and values in each layer.
#[derive(Debug, Clone, Default)]
struct RowCache {
    ids: Vec<TokenId>,
    layers: Vec<LayerCache>,
}

impl RowCache {
    /// Whether `context` was read to its end, or to the token before it, with nothing else behind.
    fn has_read(&self, context: &[TokenId]) -> bool {
        let n = self.ids.len().min(context.len());
        n + 1 >= context.len() && self.ids[..n] == context[..n]
    }
}

/// Memory for a chunk of T tokens on its way.
#[derive(Debug, Clone, Default)]
struct Scratch {
    /// (T, C), what runs through the blocks.
    x: Vec<f32>,
    /// (T, C).
    normed: Vec<f32>,
    /// (T, C).
    narrow: Vec<f32>,
    /// (T, 2C) or (T, n_inner).
    wide: Vec<f32>,
    scores: Vec<f32>,
}

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
    /// wpe, (block_size, C).
    positions: Vec<f32>,
    blocks: Vec<Block>,
    ln_f: LayerNorm,
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

    /// Runs `ids` after what the cache holds; (T, C) of the last `wanted` of them, before the last layer norm, is then in `scratch.x`.
    fn extend(&self, cache: &mut RowCache, ids: &[TokenId], wanted: usize, scratch: &mut Scratch) {
        let NetworkShape { n_embd: c, n_layer, activation, .. } = self.config;
        let start = cache.ids.len();
        let Scratch { x, normed, narrow, wide, scores } = scratch;
        x.clear();
        for (&id, position) in ids.iter().zip(self.positions.chunks_exact(c).skip(start)) {
            x.extend(self.tokens.column(id as usize).zip(position).map(|(token, position)| token + position));
        }
        cache.ids.extend_from_slice(ids);
        let end = cache.ids.len();
        for (layer, (block, cache)) in self.blocks.iter().zip(&mut cache.layers).enumerate() {
            block.ln_1.apply(x, normed);
            block.key_value.apply(normed, wide);
            cache.put(start, wide);
            if layer + 1 == n_layer {
                // Nobody asks what the last block makes of the others: it has their keys and values.
                x.drain(..x.len() - wanted * c);
                normed.drain(..normed.len() - wanted * c);
            }
            block.query.apply(normed, narrow);
            cache.attend(end - x.len() / c, narrow, scores, normed);
            block.proj.apply(normed, narrow);
            add(x, narrow);

            block.ln_2.apply(x, normed);
            block.fc.apply(normed, wide);
            activation.apply(wide);
            block.mlp_proj.apply(wide, narrow);
            add(x, narrow);
        }
    }

    /// Logits (T, V) of what is in `scratch.x`.
    fn logits(&self, scratch: &mut Scratch, out: &mut [f32]) {
        let Scratch { x, normed, .. } = scratch;
        self.ln_f.apply(x, normed);
        self.head.as_ref().unwrap_or(&self.tokens).write(normed, out);
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
        let NetworkShape { n_layer, n_head, .. } = self.config;
        let heads = Heads { n_head, head_size: self.config.head_size() };
        RowCache { ids: Vec::new(), layers: vec![LayerCache::new(heads); n_layer] }
    }
}

fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
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
