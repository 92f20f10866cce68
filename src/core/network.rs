//! What a model tells a backend about its network, so that the backend can run it: shapes, and a way to read the weights. Model and backend
//! do not know each other; this is the language they share.
//!
//! A network is a decoder, of GPT-2's kind or Llama's: `x = wte[token] (+ wpe[position]); for each block: x += proj(attention(qkv(norm_1(x))));
//! x += mlp_proj(mlp(norm_2(x))); logits = head(norm(x))`, where mlp(h) = act(fc(h)), or act(gate(h))·fc(h) with a gate. Without learned
//! positions queries and keys are turned by their position's angles. A matrix y = W·x + b is read as rows (n_out, n_in), one row an output.

use std::sync::Arc;

/// The nonlinearity of an MLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))): GPT-2's own, "gelu_new".
    GeluTanh,
    /// ½·x·(1 + erf(x / √2)): PyTorch's default, and nanoGPT's, "gelu".
    GeluErf,
    /// x / (1 + e^−x): Llama's, "silu".
    Silu,
}

impl Activation {
    /// By the names that the config.json of Hugging Face's models has, and ours.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" | "gelu_accurate" | "gelu_tanh" => Some(Self::GeluTanh),
            "gelu" | "gelu_python" => Some(Self::GeluErf),
            "silu" | "swish" => Some(Self::Silu),
            _ => None,
        }
    }

    /// Its shortest name.
    pub fn name(self) -> &'static str {
        match self {
            Self::GeluTanh => "gelu_tanh",
            Self::GeluErf => "gelu",
            Self::Silu => "silu",
        }
    }
}

/// What stands before each half of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormKind {
    /// (x − mean) / √(variance + ε) · w + b: GPT-2's layer norm.
    Layer,
    /// x / √(mean of x² + ε) · w: Llama's RMS norm.
    Rms,
}

/// How a network knows where a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PositionKind {
    /// A row of [`Tensor::Positions`] is added to the token's.
    Learned,
    /// Queries and keys are turned: numbers i and i + head_size / 2 of a head, as a point, by position · [`Tensor::Frequencies`]`[i]`.
    Rotary,
}

/// (cos, sin) of the angle by which a position turns a pair of numbers, rounded as PyTorch does.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "rounded to f32 on purpose")]
pub fn turn(position: usize, frequency: f32) -> (f32, f32) {
    let angle = f64::from(position as f32 * frequency);
    (libm::cos(angle) as f32, libm::sin(angle) as f32)
}

/// How weights are kept that are less than numbers: in groups of 32 along a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantised {
    /// d·q + m, q of four bits.
    Nibbles,
    /// d·q, q of eight bits with a sign; each half of a group has a d.
    Bytes,
}

impl Quantised {
    /// Weights of a group.
    pub const GROUP: usize = 32;

    /// Bits of a q.
    pub const fn bits(self) -> usize {
        match self {
            Self::Nibbles => 4,
            Self::Bytes => 8,
        }
    }

    /// Words of a group: two numbers, d and m or the d of each half, and its q, the first in a word's lowest bits.
    pub const fn words(self) -> usize {
        2 + self.bits()
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
    /// Attention heads.
    pub n_head: usize,
    /// Heads of keys and values, a divisor of n_head: the attention heads share them in order.
    pub n_kv_head: usize,
    /// Numbers in a head.
    pub head_size: usize,
    /// C, numbers per token.
    pub n_embd: usize,
    /// Width of the MLP.
    pub n_inner: usize,
    /// The MLP's nonlinearity.
    pub activation: Activation,
    /// What it multiplies is another matrix's outcome, [`Part::Fc`]; it is applied to [`Part::Gate`].
    pub has_gate: bool,
    /// All of its norms.
    pub norm: NormKind,
    /// ε of every norm.
    pub epsilon: f32,
    /// Where tokens stand.
    pub positions: PositionKind,
    /// Queries and keys are normed, head by head, before they are turned.
    pub has_head_norms: bool,
    /// The head is the embedding.
    pub is_tied: bool,
}

impl NetworkShape {
    /// Multiplications by weights that a token takes.
    pub fn n_products(&self) -> usize {
        let attention = 2 * (self.n_head + self.n_kv_head) * self.head_size;
        let mlp = if self.has_gate { 3 } else { 2 } * self.n_inner;
        self.n_embd * (self.n_layer * (attention + mlp) + self.vocab_size)
    }
}

/// A part of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Before attention, (2, C): weight, bias.
    Norm1,
    /// Query, key and value, (Q + 2K, C), where Q = n_head · head_size and K = n_kv_head · head_size.
    Qkv,
    /// (1, Q + 2K).
    QkvBias,
    /// (1, head_size), for [`has_head_norms`](NetworkShape::has_head_norms).
    QueryNorm,
    /// (1, head_size), likewise.
    KeyNorm,
    /// (C, Q).
    Proj,
    /// (1, C).
    ProjBias,
    /// Before the MLP, (2, C): weight, bias.
    Norm2,
    /// (n_inner, C), for [`has_gate`](NetworkShape::has_gate).
    Gate,
    /// (1, n_inner), likewise.
    GateBias,
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
    /// wpe, (block_size, C), of learned positions.
    Positions,
    /// (1, head_size / 2), of rotary positions.
    Frequencies,
    /// Of a block, by its number.
    Block(usize, Part),
    /// Before the head, (2, C): weight, bias.
    FinalNorm,
    /// (V, C); the same as [`Tokens`](Self::Tokens) where the network is tied.
    Head,
}

impl NetworkShape {
    /// Q and K: numbers in a token's query, and in its key or value.
    pub fn query_key_size(&self) -> (usize, usize) {
        (self.n_head * self.head_size, self.n_kv_head * self.head_size)
    }

    /// Rows and columns of a tensor.
    pub fn size_of(&self, tensor: Tensor) -> (usize, usize) {
        let (c, wide) = (self.n_embd, self.n_inner);
        let (query, key) = self.query_key_size();
        match tensor {
            Tensor::Tokens | Tensor::Head => (self.vocab_size, c),
            Tensor::Positions => (self.block_size, c),
            Tensor::Frequencies => (1, self.head_size / 2),
            Tensor::FinalNorm | Tensor::Block(_, Part::Norm1 | Part::Norm2) => (2, c),
            Tensor::Block(_, Part::Qkv) => (query + 2 * key, c),
            Tensor::Block(_, Part::QkvBias) => (1, query + 2 * key),
            Tensor::Block(_, Part::QueryNorm | Part::KeyNorm) => (1, self.head_size),
            Tensor::Block(_, Part::Proj) => (c, query),
            Tensor::Block(_, Part::ProjBias | Part::MlpProjBias) => (1, c),
            Tensor::Block(_, Part::Gate | Part::Fc) => (wide, c),
            Tensor::Block(_, Part::GateBias | Part::FcBias) => (1, wide),
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

    /// How the weights of a tensor are kept, where all of them are quantised and alike.
    fn quantised(&self, tensor: Tensor) -> Option<Quantised>;

    /// Writes one row of such a tensor to `out`, group by group, [`words`](Quantised::words) each.
    ///
    /// # Panics
    /// If the tensor has no such row, or `out` has another length.
    fn read_quantised(&self, tensor: Tensor, row: usize, out: &mut [u32]);

    /// Writes one row of a tensor to `out`, as long as the tensor has columns.
    ///
    /// # Panics
    /// If the tensor has no such row, or `out` has another length.
    fn read_row(&self, tensor: Tensor, row: usize, out: &mut [f32]);
}
