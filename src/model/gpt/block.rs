//! The blocks: tokens in, what the head reads out.

use super::{
    Gpt,
    attention::LayerCache,
    layers::Norm,
    linear::Linear,
    rotary::{Turn, turn},
    tiles::Prepared,
};
use crate::core::{
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
}

impl RowCache {
    /// Whether `context` was read to its end, or to the token before it, with nothing else behind.
    pub(super) fn has_read(&self, context: &[TokenId]) -> bool {
        let n = self.ids.len().min(context.len());
        n + 1 >= context.len() && self.ids[..n] == context[..n]
    }
}

/// Memory for a chunk of T tokens on its way.
#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
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

    /// x += mlp_proj(mlp(norm_2(x))).
    fn mlp(&self, shape: &NetworkShape, scratch: &mut Scratch) {
        let Scratch { x, normed, narrow, wide, gated, prepared, .. } = scratch;
        self.norm_2.apply(x, normed);
        self.fc.apply(normed, prepared, wide);
        match &self.gate {
            None => shape.activation.apply(wide),
            Some(gate) => {
                gate.apply(normed, prepared, gated);
                shape.activation.apply(gated);
                wide.iter_mut().zip(gated).for_each(|(x, gate)| *x *= *gate);
            }
        }
        self.mlp_proj.apply(wide, prepared, narrow);
        add(x, narrow);
    }
}

impl Gpt {
    /// Runs `ids` after what the cache holds; (T, C) of the last `wanted` of them, before the last norm, is then in `scratch.x`.
    pub(super) fn extend(&self, cache: &mut RowCache, ids: &[TokenId], wanted: usize, scratch: &mut Scratch) {
        let NetworkShape { n_embd: c, n_layer, .. } = self.config;
        let start = cache.ids.len();
        self.embed(start, ids, &mut scratch.x);
        self.rotary.turns(start, ids.len(), &mut scratch.turns);
        cache.ids.extend_from_slice(ids);
        let end = cache.ids.len();
        for (layer, (block, cache)) in self.blocks.iter().zip(&mut cache.layers).enumerate() {
            block.norm_1.apply(&scratch.x, &mut scratch.normed);
            block.remember(start, cache, scratch);
            if layer + 1 == n_layer {
                if wanted == 0 {
                    return;
                }
                // Nobody asks what the last block makes of the others: it has their keys and values.
                let others = scratch.x.len() - wanted * c;
                scratch.x.drain(..others);
                scratch.normed.drain(..others);
            }
            block.attend(end, cache, scratch);
            block.mlp(&self.config, scratch);
        }
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

    /// Logits (T, V) of what is in `scratch.x`.
    pub(super) fn logits(&self, scratch: &mut Scratch, out: &mut [f32]) {
        let Scratch { x, normed, prepared, .. } = scratch;
        self.norm_f.apply(x, normed);
        self.head.as_ref().unwrap_or(&self.tokens).write(normed, prepared, out);
    }
}

fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}
