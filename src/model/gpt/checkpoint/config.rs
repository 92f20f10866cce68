//! config.json, as Hugging Face or nanoGPT writes it. All of it may be missing but what no shape shows.

use serde::Deserialize;

use super::tensor::Shapes;
use crate::{
    error::{Error, Result},
    network::{Activation, NetworkShape},
};

/// Numbers in a head where nothing says how many heads there are: GPT-2's.
const HEAD_SIZE: usize = 64;

/// What the file says.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Config {
    vocab_size: Option<u64>,
    #[serde(alias = "block_size")]
    n_positions: Option<u64>,
    n_layer: Option<u64>,
    n_head: Option<u64>,
    n_embd: Option<u64>,
    n_inner: Option<u64>,
    activation_function: Option<String>,
    layer_norm_epsilon: Option<f32>,
    tie_word_embeddings: Option<bool>,
    scale_attn_weights: Option<bool>,
    scale_attn_by_inverse_layer_idx: Option<bool>,
}

impl Config {
    /// Reads the JSON; nothing is said without one.
    pub(super) fn parse(text: Option<&str>) -> Result<Self> {
        text.map_or(Ok(Self::default()), serde_json::from_str)
            .map_err(|error| Error::ModelFormat { reason: format!("config.json cannot be read: {error}") })
    }

    /// Together with what the shapes tell: the model's shape, V as in the checkpoint.
    pub(super) fn complete(&self, shapes: &Shapes) -> Result<NetworkShape> {
        let Shapes { vocab_size, block_size, n_embd, n_inner, n_layer, .. } = *shapes;
        let said = [
            ("vocab_size", self.vocab_size, vocab_size),
            ("n_positions", self.n_positions, block_size),
            ("n_embd", self.n_embd, n_embd),
            ("n_inner", self.n_inner, n_inner),
            ("n_layer", self.n_layer, n_layer),
        ];
        for (name, said, found) in said {
            if let Some(said) = said.filter(|said| *said != found as u64) {
                return Err(fault(format!("config.json says {name} = {said}, and the tensors' shapes say {found}")));
            }
        }
        if self.scale_attn_weights == Some(false) || self.scale_attn_by_inverse_layer_idx == Some(true) {
            return Err(fault("config.json asks for attention that is not scaled by √head_size alone".to_owned()));
        }
        let epsilon = self.layer_norm_epsilon.unwrap_or(1e-5);
        if !(epsilon.is_finite() && epsilon >= 0.0) {
            return Err(fault(format!("config.json says layer_norm_epsilon = {epsilon}")));
        }
        let n_head = match self.n_head {
            Some(n) => usize::try_from(n).ok().filter(|&n| n > 0 && n_embd.is_multiple_of(n)).ok_or_else(|| {
                fault(format!("config.json says n_head = {n}, which does not divide n_embd = {n_embd}"))
            })?,
            None if n_embd.is_multiple_of(HEAD_SIZE) => n_embd / HEAD_SIZE,
            None => return Err(fault(format!("nothing says how many heads share n_embd = {n_embd}: add config.json"))),
        };
        let activation = match self.activation_function.as_deref() {
            Some("gelu_new" | "gelu_pytorch_tanh") => Activation::GeluTanh,
            Some("gelu") => Activation::GeluErf,
            Some(other) => {
                return Err(fault(format!("config.json says activation_function = \"{other}\": use a GELU")));
            }
            // nanoGPT, which has `nn.Linear`, has PyTorch's GELU, too.
            None if shapes.is_transposed => Activation::GeluErf,
            None => Activation::GeluTanh,
        };
        let is_tied = !shapes.has_head || self.tie_word_embeddings.unwrap_or(false);
        Ok(NetworkShape { vocab_size, block_size, n_layer, n_head, n_embd, n_inner, activation, epsilon, is_tied })
    }
}

fn fault(reason: String) -> Error {
    Error::ModelFormat { reason }
}
