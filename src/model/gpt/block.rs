//! The blocks: tokens in, what the head reads out.

use std::sync::Weak;

use super::{
    Gpt,
    attention::LayerCache,
    layers::Norm,
    linear::Linear,
    rotary::{Turn, turn},
    tiles::Prepared,
};
use crate::core::{
    error::{Error, Result},
    memory,
    network::{NetworkShape, PositionKind},
    token::TokenId,
};

/// x += proj(attention(query, key, value of norm_1(x))); x += mlp_proj(mlp(norm_2(x))).
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub norm_1: Norm,
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    /// Over the numbers of a head.
    pub query_norm: Option<Norm>,
    /// Likewise.
    pub key_norm: Option<Norm>,
    pub proj: Linear,
    pub norm_2: Norm,
    /// C → n_inner.
    pub gate: Option<Linear>,
    /// C → n_inner.
    pub fc: Linear,
    pub mlp_proj: Linear,
}

/// What a row has read: its tokens, and their keys and values in each layer.
#[derive(Debug, Clone, Default)]
pub(super) struct RowCache {
    pub ids: Vec<TokenId>,
    pub layers: Vec<LayerCache>,
    /// What is being read after them.
    pub pass: Option<Box<Pass>>,
    /// Who reads here, as long as they are there.
    pub reader: Weak<()>,
}

impl RowCache {
    /// Whether there is space for `n` positions.
    pub(super) fn has_space(&self, n: usize) -> bool {
        self.layers.iter().all(|layer| layer.capacity() >= n)
    }

    /// Makes space for `n` positions, so that some memory is left beside it.
    ///
    /// # Errors
    /// `TooLarge` where there is not as much. What is there stays.
    pub(super) fn make_space(&mut self, n: usize) -> Result<()> {
        match self.layers.iter_mut().all(|layer| layer.reserve(n).is_some()) {
            true => memory::require("kv_cache", n, memory::SPARE),
            false => Err(Error::TooLarge { name: "kv_cache".to_owned(), found: n }),
        }
    }

    /// What the first `n` tokens left, once more; none where there is no memory for it.
    pub(super) fn beginning(&self, n: usize) -> Option<Self> {
        let layers = self.layers.iter().map(LayerCache::copied).collect::<Option<_>>()?;
        Some(Self { ids: self.ids[..n].to_vec(), layers, ..Self::default() })
    }

    /// Whether `context` was read to its end, or to the token before it, with nothing else behind: then reading its last token changes nothing
    /// for whoever reads here.
    pub(super) fn has_read(&self, context: &[TokenId]) -> bool {
        let n = self.ids.len().min(context.len());
        if n + 1 < context.len() || self.ids[..n] != context[..n] {
            return false;
        }
        n == context.len() || self.pass.as_ref().is_none_or(|pass| pass.scratch.ids.first() == context.last())
    }

    /// Whether all that was read here, and is being read, belongs to `context`.
    pub(super) fn is_begun(&self, context: &[TokenId]) -> bool {
        let begun = self.pass.as_ref().filter(|pass| !pass.is_done).map_or(&[][..], |pass| &pass.scratch.ids);
        context.strip_prefix(&self.ids[..]).is_some_and(|rest| rest.starts_with(begun))
    }
}

/// Some tokens on their way through the blocks, part by part. Nothing of it is in the memory that other passes use.
#[derive(Debug, Clone, Default)]
pub(super) struct Pass {
    /// How many of the last tokens are wanted.
    wanted: usize,
    /// How many parts of blocks are done.
    n_parts: usize,
    /// All of them are.
    is_done: bool,
    /// How many tokens' logits were made of it.
    pub n_told: usize,
    pub scratch: Scratch,
}

/// A part of a block, between which a pass may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Keys and values into the cache.
    Remember,
    /// x += proj(attention(…)).
    Attend,
    /// The wide half of the MLP, without its gate.
    Widen,
    /// Its gate and its activation.
    Gate,
    /// x += mlp_proj(…).
    Narrow,
}

const PARTS: [Part; 5] = [Part::Remember, Part::Attend, Part::Widen, Part::Gate, Part::Narrow];

/// Memory for a chunk of T tokens on its way.
#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
    /// (T).
    pub ids: Vec<TokenId>,
    /// (T, C), what runs through the blocks.
    x: Vec<f32>,
    /// (T, C).
    normed: Vec<f32>,
    /// (T, C).
    narrow: Vec<f32>,
    /// (T, Q).
    query: Vec<f32>,
    /// (T, Q).
    attended: Vec<f32>,
    /// (T, K).
    key: Vec<f32>,
    /// (T, K).
    value: Vec<f32>,
    /// (T, n_inner).
    wide: Vec<f32>,
    /// (T, n_inner).
    gated: Vec<f32>,
    /// (T, head_size / 2).
    turns: Vec<Turn>,
    scores: Vec<f32>,
    prepared: Prepared,
}

impl Block {
    /// Without weights yet.
    pub(super) fn bare(shape: &NetworkShape) -> Self {
        let NetworkShape { n_embd: c, n_inner, norm, epsilon, head_size, .. } = *shape;
        let (query, key) = shape.query_key_size();
        let head_norm = || shape.has_head_norms.then(|| Norm::new(head_size, norm, epsilon));
        Self {
            norm_1: Norm::new(c, norm, epsilon),
            query: Linear::new(c, query),
            key: Linear::new(c, key),
            value: Linear::new(c, key),
            query_norm: head_norm(),
            key_norm: head_norm(),
            proj: Linear::new(query, c),
            norm_2: Norm::new(c, norm, epsilon),
            gate: shape.has_gate.then(|| Linear::new(c, n_inner)),
            fc: Linear::new(c, n_inner),
            mlp_proj: Linear::new(n_inner, c),
        }
    }

    /// Keys and values of what is in `scratch.normed`, from position `start` on, into the cache.
    fn remember(&self, start: usize, cache: &mut LayerCache, scratch: &mut Scratch) {
        let Scratch { normed, key, value, attended, turns, prepared, .. } = scratch;
        self.key.apply(normed, prepared, key);
        self.value.apply(normed, prepared, value);
        if let Some(norm) = &self.key_norm {
            norm.apply(key, attended);
            std::mem::swap(key, attended);
        }
        turn(key, turns, cache.head_size() / 2);
        cache.put(start, key, value);
    }

    /// x += proj(attention(…)) for the last positions before `end`.
    fn attend(&self, end: usize, cache: &LayerCache, scratch: &mut Scratch) {
        let Scratch { x, normed, narrow, query, attended, turns, scores, prepared, .. } = scratch;
        self.query.apply(normed, prepared, query);
        if let Some(norm) = &self.query_norm {
            norm.apply(query, attended);
            std::mem::swap(query, attended);
        }
        let (n, half) = (query.len() / self.query.n_out(), cache.head_size() / 2);
        turn(query, &turns[turns.len().saturating_sub(n * half)..], half);
        cache.attend(end - n, query, scores, attended);
        self.proj.apply(attended, prepared, narrow);
        add(x, narrow);
    }

    /// fc(norm_2(x)).
    fn widen(&self, scratch: &mut Scratch) {
        let Scratch { x, normed, wide, prepared, .. } = scratch;
        self.norm_2.apply(x, normed);
        self.fc.apply(normed, prepared, wide);
    }

    /// The activation, of the gate where there is one.
    fn gate(&self, shape: &NetworkShape, scratch: &mut Scratch) {
        let Scratch { normed, wide, gated, prepared, .. } = scratch;
        match &self.gate {
            None => shape.activation.apply(wide),
            Some(gate) => {
                gate.apply(normed, prepared, gated);
                shape.activation.apply(gated);
                wide.iter_mut().zip(gated).for_each(|(x, gate)| *x *= *gate);
            }
        }
    }

    /// x += mlp_proj(…).
    fn narrow(&self, scratch: &mut Scratch) {
        let Scratch { x, narrow, wide, prepared, .. } = scratch;
        self.mlp_proj.apply(wide, prepared, narrow);
        add(x, narrow);
    }
}

impl Gpt {
    /// Begins to run `ids` after what the cache holds. Of the last `wanted` of them comes out what the head reads.
    pub(super) fn begin(&mut self, start: usize, ids: &[TokenId], wanted: usize) -> Box<Pass> {
        let mut pass = self.spare.take().unwrap_or_default();
        (pass.wanted, pass.n_parts, pass.is_done, pass.n_told) = (wanted, 0, false, 0);
        let scratch = &mut pass.scratch;
        scratch.ids.clear();
        scratch.ids.extend_from_slice(ids);
        self.embed(start, ids, &mut scratch.x);
        self.rotary.turns(start, ids.len(), &mut scratch.turns);
        pass
    }

    /// Runs a pass to its end, or until `is_over`, which is asked after every part; a single token is run without a stop, because stopping
    /// within it made decoding a tenth slower. Returns whether it has ended.
    /// (T, C) of the wanted tokens, before the last norm, is then in `scratch.x`.
    pub(super) fn pass(&self, cache: &mut RowCache, pass: &mut Pass, is_over: &mut dyn FnMut() -> bool) -> bool {
        while !pass.is_done {
            pass.is_done = self.part(cache, pass);
            if pass.is_done {
                cache.ids.extend_from_slice(&pass.scratch.ids);
            } else if pass.scratch.ids.len() > 1 && is_over() {
                return false;
            }
        }
        true
    }

    /// The next part of a pass; returns whether it was the last.
    fn part(&self, cache: &mut RowCache, pass: &mut Pass) -> bool {
        let NetworkShape { n_embd: c, n_layer, .. } = self.config;
        let Pass { wanted, n_parts, scratch, .. } = pass;
        let (start, layer) = (cache.ids.len(), *n_parts / PARTS.len());
        let (block, layer_cache, is_last) = (&self.blocks[layer], &mut cache.layers[layer], layer + 1 == n_layer);
        let part = PARTS[*n_parts % PARTS.len()];
        match part {
            Part::Remember => {
                block.norm_1.apply(&scratch.x, &mut scratch.normed);
                block.remember(start, layer_cache, scratch);
                if is_last {
                    // Nobody asks what the last block makes of the others: it has their keys and values.
                    let others = scratch.x.len() - *wanted * c;
                    scratch.x.drain(..others);
                    scratch.normed.drain(..others);
                }
            }
            Part::Attend => block.attend(start + scratch.ids.len(), layer_cache, scratch),
            Part::Widen => block.widen(scratch),
            Part::Gate => block.gate(&self.config, scratch),
            Part::Narrow => block.narrow(scratch),
        }
        *n_parts += 1;
        is_last && (part == Part::Narrow || *wanted == 0)
    }

    /// (T, C) of the tokens at the positions from `start` on.
    fn embed(&self, start: usize, ids: &[TokenId], x: &mut Vec<f32>) {
        let c = self.config.n_embd;
        x.resize(ids.len() * c, 0.0);
        for (&id, x) in ids.iter().zip(x.chunks_exact_mut(c)) {
            self.tokens.column(id as usize, x);
        }
        if self.config.positions == PositionKind::Learned {
            add(x, &self.positions[start * c..]);
        }
    }

    /// Logits of some of the (T, C) in `scratch.x` from number `first` on, as many as `out` (…, V) has space for.
    pub(super) fn logits(&self, scratch: &mut Scratch, first: usize, out: &mut [f32]) {
        let Scratch { x, normed, prepared, .. } = scratch;
        let (c, n) = (self.config.n_embd, out.len() / self.config.vocab_size);
        self.norm_f.apply(&x[first * c..][..n * c], normed);
        self.head.as_ref().unwrap_or(&self.tokens).write(normed, prepared, out);
    }
}

fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}
