//! Names in a config that would change the logits, of models that are built differently: refused, unless what they say changes nothing.

use super::said::{Said, Sayings, fault};
use crate::core::error::Result;

/// What makes a difference as soon as it is said.
const SWITCHES: [&str; 22] = [
    "attn_logit_softcapping",
    "final_logit_softcapping",
    "logit_soft_cap",
    "clip_qkv",
    "alibi",
    "attention_chunk_size",
    "cross_attention_layers",
    "add_cross_attention",
    "is_encoder_decoder",
    "multi_query",
    "num_experts",
    "num_local_experts",
    "n_routed_experts",
    "quantization_config",
    "scale_depth",
    "rope_interleaved",
    "scale_embedding",
    "parallel_attn",
    "parallel_residual",
    "use_parallel_residual",
    "apply_residual_connection_post_layernorm",
    "mup_width_scale",
];

/// Factors, and shares of a head that is turned.
const FACTORS: [&str; 11] = [
    "partial_rotary_factor",
    "rotary_pct",
    "rotary_emb_fraction",
    "logit_scale",
    "logits_scaling",
    "lm_head_multiplier",
    "embedding_multiplier",
    "embedding_scale",
    "scale_emb",
    "residual_multiplier",
    "residual_scale",
];

/// Of a file's own object, or of one inside it.
///
/// # Errors
/// `ModelFormat` with name and value.
pub(in super::super) fn refuse_others(said: &Sayings) -> Result<()> {
    for name in SWITCHES {
        refuse(said, name, Said::is_nothing)?;
    }
    for name in FACTORS {
        refuse(said, name, |value| value.real() == Some(1.0))?;
    }
    Ok(())
}

/// Refuses a name whose value is not neutral.
pub(in super::super) fn refuse(said: &Sayings, name: &str, is_neutral: impl Fn(&Said) -> bool) -> Result<()> {
    match said.get(name) {
        Some(value) if !is_neutral(value) => Err(fault(format!("{}, which is not understood", said.told(name, value)))),
        _ => Ok(()),
    }
}
