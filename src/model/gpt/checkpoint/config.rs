//! config.json, as Hugging Face or nanoGPT writes it. All of it may be missing: the shapes show most of it, and the rest is assumed.

use serde::Deserialize;

use super::{Assumed, Options, tensor::Shapes};
use crate::core::{
    error::{Error, Result},
    network::{Activation, NetworkShape, NormKind, PositionKind},
    token::TokenId,
};

/// Numbers in a head where nothing says how many heads there are: GPT-2's.
const HEAD_SIZE: usize = 64;

/// What the file says.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Config {
    vocab_size: Option<u64>,
    n_positions: Option<u64>,
    /// nanoGPT's name for the same.
    block_size: Option<u64>,
    n_layer: Option<u64>,
    n_head: Option<u64>,
    n_embd: Option<u64>,
    n_inner: Option<u64>,
    activation_function: Option<String>,
    layer_norm_epsilon: Option<f32>,
    tie_word_embeddings: Option<bool>,
    scale_attn_weights: Option<bool>,
    scale_attn_by_inverse_layer_idx: Option<bool>,
    eos_token_id: Option<Ids>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(in super::super) enum Ids {
    One(i64),
    Several(Vec<i64>),
}

/// The tokens that end a text. Hugging Face's default is 50256, also for a model of a few tokens: one that it does not have is left out.
pub(in super::super) fn end_tokens(said: Option<&Ids>, vocab_size: usize) -> Vec<TokenId> {
    let ids = match said {
        None => &[][..],
        Some(Ids::One(id)) => std::slice::from_ref(id),
        Some(Ids::Several(ids)) => ids,
    };
    ids.iter().filter_map(|&id| TokenId::try_from(id).ok()).filter(|&id| (id as usize) < vocab_size).collect()
}

impl Config {
    /// Reads the JSON; nothing is said without one.
    pub(super) fn parse(text: Option<&str>) -> Result<Self> {
        text.map_or(Ok(Self::default()), serde_json::from_str)
            .map_err(|error| Error::ModelFormat { reason: format!("config.json cannot be read: {error}") })
    }

    /// Together with what the shapes tell and what was given: the model's shape, and what of it was assumed. V is what the config says, or
    /// the rows of the embedding, of which there may be more.
    pub(super) fn complete(&self, shapes: &Shapes, options: &Options<'_>) -> Result<(NetworkShape, Assumed)> {
        let Shapes { block_size, n_embd, n_inner, n_layer, .. } = *shapes;
        self.check_sizes(shapes)?;
        if self.scale_attn_weights == Some(false) || self.scale_attn_by_inverse_layer_idx == Some(true) {
            return Err(fault("config.json asks for attention that is not scaled by √head_size alone".to_owned()));
        }
        let epsilon = self.layer_norm_epsilon.unwrap_or(1e-5);
        if !(epsilon.is_finite() && epsilon >= 0.0) {
            return Err(fault(format!("config.json says layer_norm_epsilon = {epsilon}")));
        }
        let n_head = self.n_head(n_embd, options)?;
        let activation = match options.activation {
            None => self.activation()?,
            given => given,
        };
        let assumed = Assumed { n_head: options.n_head.or(self.n_head).is_none(), activation: activation.is_none() };
        // nanoGPT, which has `nn.Linear`, has PyTorch's GELU, too.
        let usual = if shapes.is_transposed { Activation::GeluErf } else { Activation::GeluTanh };
        let shape = NetworkShape {
            vocab_size: self.true_vocab_size(shapes),
            block_size,
            n_layer,
            n_head,
            n_kv_head: n_head,
            head_size: n_embd / n_head,
            n_embd,
            n_inner,
            activation: activation.unwrap_or(usual),
            has_gate: false,
            norm: NormKind::Layer,
            epsilon,
            positions: PositionKind::Learned,
            has_head_norms: false,
            is_tied: !shapes.has_head || self.tie_word_embeddings.unwrap_or(false),
        };
        Ok((shape, assumed))
    }

    /// The tokens that end a text.
    pub(super) fn end_tokens(&self, vocab_size: usize) -> Vec<TokenId> {
        end_tokens(self.eos_token_id.as_ref(), vocab_size)
    }

    /// How many tokens there are: what is said, where that leaves rows of the embedding over, or else as many as it has rows.
    fn true_vocab_size(&self, shapes: &Shapes) -> usize {
        let said = self.vocab_size.and_then(|said| usize::try_from(said).ok());
        said.filter(|said| (1..shapes.vocab_size).contains(said)).unwrap_or(shapes.vocab_size)
    }

    /// What is said has to be what the tensors' shapes say; only rows of the embedding may be more than tokens.
    fn check_sizes(&self, shapes: &Shapes) -> Result<()> {
        let Shapes { block_size, n_embd, n_inner, n_layer, .. } = *shapes;
        let vocab_size = self.true_vocab_size(shapes);
        let said = [
            ("vocab_size", self.vocab_size, vocab_size),
            ("n_positions", self.n_positions, block_size),
            ("block_size", self.block_size, block_size),
            ("n_embd", self.n_embd, n_embd),
            ("n_inner", self.n_inner, n_inner),
            ("n_layer", self.n_layer, n_layer),
        ];
        for (name, said, found) in said {
            if let Some(said) = said.filter(|said| *said != found as u64) {
                return Err(fault(format!("config.json says {name} = {said}, and the tensors' shapes say {found}")));
            }
        }
        Ok(())
    }

    fn n_head(&self, n_embd: usize, options: &Options<'_>) -> Result<usize> {
        let fits = |n: &usize| *n > 0 && n_embd.is_multiple_of(*n);
        match (options.n_head, self.n_head) {
            (Some(n), _) => {
                let expected = format!("use a divisor of n_embd = {n_embd}");
                usize::try_from(n).ok().filter(fits).ok_or_else(|| Error::invalid("n_head", n, &expected))
            }
            (None, Some(n)) => usize::try_from(n).ok().filter(fits).ok_or_else(|| {
                fault(format!("config.json says n_head = {n}, which does not divide n_embd = {n_embd}"))
            }),
            (None, None) if n_embd.is_multiple_of(HEAD_SIZE) => Ok(n_embd / HEAD_SIZE),
            (None, None) => Err(fault(format!(
                "nothing says how many heads share n_embd = {n_embd}: give n_head, or add config.json"
            ))),
        }
    }

    /// The activation that the config names, if it names one.
    fn activation(&self) -> Result<Option<Activation>> {
        let Some(name) = &self.activation_function else { return Ok(None) };
        let known = Activation::named(name);
        known.map(Some).ok_or_else(|| fault(format!("config.json says activation_function = \"{name}\": use a GELU")))
    }
}

fn fault(reason: String) -> Error {
    Error::ModelFormat { reason }
}
