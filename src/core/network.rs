//! What a model tells a backend about its network, so that the backend can run it: shapes, and a way to read the weights. Model and backend
//! do not know each other; this is the language they share.
//!
//! A network is a decoder of GPT-2's kind: `x = wte[token] + wpe[position]; for each block: x += proj(attention(qkv(norm_1(x))));
//! x += mlp_proj(gelu(fc(norm_2(x)))); logits = head(norm(x))`. A matrix y = W·x + b is read as rows (n_out, n_in), one row an output.

use std::sync::Arc;

/// Which GELU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))): GPT-2's own, "gelu_new".
    GeluTanh,
    /// ½·x·(1 + erf(x / √2)): PyTorch's default, and nanoGPT's, "gelu".
    GeluErf,
}

impl Activation {
    /// By the names that the config.json of Hugging Face's models has, and ours.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" | "gelu_accurate" | "gelu_tanh" => Some(Self::GeluTanh),
            "gelu" | "gelu_python" => Some(Self::GeluErf),
            _ => None,
        }
    }

    /// Its shortest name.
    pub fn name(self) -> &'static str {
        match self {
            Self::GeluTanh => "gelu_tanh",
            Self::GeluErf => "gelu",
        }
    }
}

/// A network's sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetworkShape {
    /// V.
    pub vocab_size: usize,
    /// The most positions.
    pub block_size: usize,
    /// Blocks.
    pub n_layer: usize,
    /// Heads of attention; a divisor of C.
    pub n_head: usize,
    /// C, numbers per token.
    pub n_embd: usize,
    /// Width of the MLP.
    pub n_inner: usize,
    /// The MLP's nonlinearity.
    pub activation: Activation,
    /// ε of every layer norm.
    pub epsilon: f32,
    /// The head is the embedding.
    pub is_tied: bool,
}

/// A part of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Before attention, (2, C): weight, bias.
    Norm1,
    /// Query, key and value, (3C, C).
    Qkv,
    /// (1, 3C).
    QkvBias,
    /// (C, C).
    Proj,
    /// (1, C).
    ProjBias,
    /// Before the MLP, (2, C): weight, bias.
    Norm2,
    /// (n_inner, C).
    Fc,
    /// (1, n_inner).
    FcBias,
    /// (C, n_inner).
    MlpProj,
    /// (1, C).
    MlpProjBias,
}

/// A tensor of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tensor {
    /// wte, (V, C).
    Tokens,
    /// wpe, (block_size, C).
    Positions,
    /// Of a block, by its number.
    Block(usize, Part),
    /// Before the head, (2, C): weight, bias.
    FinalNorm,
    /// (V, C); the same as [`Tokens`](Self::Tokens) where the network is tied.
    Head,
}

impl NetworkShape {
    /// Numbers in a head.
    pub fn head_size(&self) -> usize {
        self.n_embd / self.n_head
    }

    /// Rows and columns of a tensor.
    pub fn size_of(&self, tensor: Tensor) -> (usize, usize) {
        let (c, wide) = (self.n_embd, self.n_inner);
        match tensor {
            Tensor::Tokens | Tensor::Head => (self.vocab_size, c),
            Tensor::Positions => (self.block_size, c),
            Tensor::FinalNorm | Tensor::Block(_, Part::Norm1 | Part::Norm2) => (2, c),
            Tensor::Block(_, Part::Qkv) => (3 * c, c),
            Tensor::Block(_, Part::QkvBias) => (1, 3 * c),
            Tensor::Block(_, Part::Proj) => (c, c),
            Tensor::Block(_, Part::ProjBias | Part::MlpProjBias) => (1, c),
            Tensor::Block(_, Part::Fc) => (wide, c),
            Tensor::Block(_, Part::FcBias) => (1, wide),
            Tensor::Block(_, Part::MlpProj) => (c, wide),
        }
    }
}

/// A model as a network that a backend may run in its place.
pub trait Network {
    /// Its sizes.
    fn shape(&self) -> NetworkShape;

    /// Whether keys and values of what was read are to be kept, or everything is read again for each token.
    fn uses_cache(&self) -> bool;

    /// The same for as long as the weights are the same; gone when they are.
    fn identity(&self) -> &Arc<()>;

    /// Writes one row of a tensor to `out`, as long as the tensor has columns.
    ///
    /// # Panics
    /// If the tensor has no such row, or `out` has another length.
    fn read_row(&self, tensor: Tensor, row: usize, out: &mut [f32]);
}
