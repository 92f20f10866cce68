//! config.json of Llama's family.

use serde::Deserialize;

use super::super::{
    Options,
    checkpoint::{Ids, end_tokens},
    rotary::{Rotary, Scaling},
};
use crate::core::{
    error::{Error, Result},
    network::{Activation, NetworkShape, NormKind, PositionKind},
    token::TokenId,
};

/// More blocks than this are a mistake.
pub(super) const MAX_LAYERS: u64 = 1024;

/// No width of a model is beyond this: the product of two fits everywhere.
const MAX_SIZE: u64 = 1 << 24;

/// What the file says.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Config {
    model_type: Option<String>,
    #[serde(default)]
    architectures: Option<Vec<String>>,
    vocab_size: Option<u64>,
    max_position_embeddings: Option<u64>,
    num_hidden_layers: Option<u64>,
    num_attention_heads: Option<u64>,
    num_key_value_heads: Option<u64>,
    head_dim: Option<u64>,
    hidden_size: Option<u64>,
    intermediate_size: Option<u64>,
    hidden_act: Option<String>,
    rms_norm_eps: Option<f32>,
    tie_word_embeddings: Option<bool>,
    rope_theta: Option<f32>,
    rope_scaling: Option<Rope>,
    /// Both in one, as transformers writes it since version 5.
    rope_parameters: Option<Rope>,
    use_sliding_window: Option<bool>,
    layer_types: Option<Vec<String>>,
    eos_token_id: Option<Ids>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Rope {
    rope_theta: Option<f32>,
    rope_type: Option<String>,
    /// The older name for the same.
    #[serde(rename = "type")]
    kind: Option<String>,
    factor: Option<f32>,
    low_freq_factor: Option<f32>,
    high_freq_factor: Option<f32>,
    original_max_position_embeddings: Option<f32>,
    partial_rotary_factor: Option<f32>,
}

impl Config {
    pub(super) fn parse(text: Option<&str>) -> Result<Self> {
        let text = text.ok_or_else(|| {
            fault("a model of Llama's family needs its config.json: no tensor shows its heads".to_owned())
        })?;
        serde_json::from_str(text).map_err(|error| fault(format!("config.json cannot be read: {error}")))
    }

    /// How positions turn, and the shape.
    pub(super) fn shape(&self, has_head: bool, options: &Options<'_>) -> Result<(Rotary, NetworkShape)> {
        self.check_family()?;
        let n_embd = size("hidden_size", self.hidden_size)?;
        let n_head = size("num_attention_heads", self.num_attention_heads)?;
        let n_kv_head = size("num_key_value_heads", self.num_key_value_heads.or(Some(n_head as u64)))?;
        if !n_head.is_multiple_of(n_kv_head) {
            return Err(fault(format!(
                "config.json says num_key_value_heads = {n_kv_head}, which does not divide num_attention_heads = {n_head}"
            )));
        }
        if let Some(n) = options.n_head.filter(|&n| n != n_head as u64) {
            return Err(Error::invalid("n_head", n, &format!("leave it out: config.json says {n_head}")));
        }
        let head_size = size("head_dim", self.head_dim.or(Some((n_embd / n_head) as u64)))?;
        if !head_size.is_multiple_of(2) {
            return Err(fault(format!("heads have {head_size} numbers, and rotary positions turn pairs of them")));
        }
        let epsilon = self.rms_norm_eps.unwrap_or(1e-6);
        if !(epsilon.is_finite() && epsilon >= 0.0) {
            return Err(fault(format!("config.json says rms_norm_eps = {epsilon}")));
        }
        let shape = NetworkShape {
            vocab_size: size("vocab_size", self.vocab_size)?,
            block_size: size("max_position_embeddings", self.max_position_embeddings)?,
            n_layer: size("num_hidden_layers", self.num_hidden_layers.filter(|n| *n <= MAX_LAYERS))?,
            n_head,
            n_kv_head,
            head_size,
            n_embd,
            n_inner: size("intermediate_size", self.intermediate_size)?,
            activation: self.activation(options)?,
            has_gate: true,
            norm: NormKind::Rms,
            epsilon,
            positions: PositionKind::Rotary,
            has_head_norms: self.family() == "qwen3",
            is_tied: !has_head || self.tie_word_embeddings.unwrap_or(false),
        };
        Ok((self.rotary(head_size)?, shape))
    }

    /// The tokens that end a text.
    pub(super) fn end_tokens(&self, generation: Option<&str>, vocab_size: usize) -> Result<Vec<TokenId>> {
        end_tokens(self.eos_token_id.as_ref(), generation, vocab_size)
    }

    fn family(&self) -> &str {
        let architecture = self.architectures.iter().flatten().next().map(String::as_str);
        match (self.model_type.as_deref(), architecture) {
            (Some(family), _) => family,
            (None, Some("LlamaForCausalLM")) => "llama",
            (None, Some("Qwen2ForCausalLM")) => "qwen2",
            (None, Some("Qwen3ForCausalLM")) => "qwen3",
            (None, other) => other.unwrap_or("nothing"),
        }
    }

    fn check_family(&self) -> Result<()> {
        let family = self.family();
        if !["llama", "qwen2", "qwen3"].contains(&family) {
            return Err(fault(format!(
                "config.json says model_type = {family}, and llama, qwen2 and qwen3 are understood"
            )));
        }
        let slides = |kind: &&String| kind.as_str() != "full_attention";
        let other = self.layer_types.iter().flatten().find(slides).map(String::as_str);
        match other.or(self.use_sliding_window.unwrap_or(false).then_some("sliding_attention")) {
            None => Ok(()),
            Some(kind) => Err(fault(format!("config.json asks for {kind}, and only full attention is understood"))),
        }
    }

    fn activation(&self, options: &Options<'_>) -> Result<Activation> {
        let name = self.hidden_act.as_deref().unwrap_or("silu");
        options.activation.or_else(|| Activation::named(name)).ok_or_else(|| {
            fault(format!("config.json says hidden_act = \"{name}\": use \"silu\", \"gelu\" or \"gelu_tanh\""))
        })
    }

    fn rotary(&self, head_size: usize) -> Result<Rotary> {
        let nothing = Rope::default();
        let rope = self.rope_parameters.as_ref().or(self.rope_scaling.as_ref()).unwrap_or(&nothing);
        let base = rope.rope_theta.or(self.rope_theta).unwrap_or(10_000.0);
        if !(base.is_finite() && base > 0.0) {
            return Err(fault(format!("config.json says rope_theta = {base}")));
        }
        if let Some(part) = rope.partial_rotary_factor.filter(|part| *part != 1.0) {
            return Err(fault(format!("config.json says partial_rotary_factor = {part}, and only 1 is understood")));
        }
        Ok(Rotary::new(base, head_size, rope.scaling()?))
    }
}

impl Rope {
    fn scaling(&self) -> Result<Scaling> {
        let number = |name: &str, number: Option<f32>| {
            let number = number.ok_or_else(|| fault(format!("config.json does not say {name} of its rope_scaling")))?;
            let is_fine = number.is_finite() && number > 0.0;
            if is_fine { Ok(number) } else { Err(fault(format!("config.json says {name} = {number}"))) }
        };
        match self.rope_type.as_deref().or(self.kind.as_deref()).unwrap_or("default") {
            "default" => Ok(Scaling::None),
            "linear" => Ok(Scaling::Linear { factor: number("factor", self.factor)? }),
            "llama3" => Ok(Scaling::Llama3 {
                factor: number("factor", self.factor)?,
                low: number("low_freq_factor", self.low_freq_factor)?,
                high: number("high_freq_factor", self.high_freq_factor)?,
                before: number("original_max_position_embeddings", self.original_max_position_embeddings)?,
            }),
            other => Err(fault(format!(
                "config.json asks for rotary positions of type \"{other}\", and default, linear and llama3 are understood"
            ))),
        }
    }
}

fn size(name: &str, said: Option<u64>) -> Result<usize> {
    let fine = said.filter(|n| (1..=MAX_SIZE).contains(n)).and_then(|n| usize::try_from(n).ok());
    fine.ok_or_else(|| {
        let found = said.map_or_else(|| "nothing".to_owned(), |n| n.to_string());
        fault(format!("config.json says {name} = {found}, and a whole number is needed"))
    })
}

fn fault(reason: String) -> Error {
    Error::ModelFormat { reason }
}
