//! Checkpoints of Llama's family in safetensors, with the names of Hugging Face: `LlamaForCausalLM`, `Qwen2ForCausalLM`, `Qwen3ForCausalLM`.
//!
//! The shape is config.json's: that of heads no tensor shows. docs/models.md says what is understood. Test: tests/it/llama.rs.

mod config;

use std::collections::BTreeMap;

use self::config::Config;
use super::{
    Gpt, Options, TokenSource,
    checkpoint::{Header, PREFIX, TensorInfo},
    format::Format,
    limits::MAX_LAYERS,
    loading::{Found, Loading, check},
    slot::{Kind, Part, Slot},
};
use crate::core::{
    error::{Error, Result},
    network::NetworkShape,
};

/// As f32 they fill half of what WebAssembly can address.
const MAX_WEIGHTS: u64 = 1 << 29;

/// A name that every model of the family has, and neither GPT-2 nor OPT.
const SIGN: &[u8] = b".self_attn.o_proj.weight\"";

const PARTS: [(&str, Part); 11] = [
    ("input_layernorm", Part::Norm1),
    ("self_attn.q_proj", Part::Query),
    ("self_attn.k_proj", Part::Key),
    ("self_attn.v_proj", Part::Value),
    ("self_attn.q_norm", Part::QueryNorm),
    ("self_attn.k_norm", Part::KeyNorm),
    ("self_attn.o_proj", Part::Proj),
    ("post_attention_layernorm", Part::Norm2),
    ("mlp.gate_proj", Part::Gate),
    ("mlp.up_proj", Part::Fc),
    ("mlp.down_proj", Part::MlpProj),
];

/// Ends the name of the embedding, behind what the names of all but the head begin with.
const TOKENS: &str = "embed_tokens.weight";

/// Whether a safetensors header is one of the family's.
pub(super) fn is_it(header: &[u8]) -> bool {
    header.windows(SIGN.len()).any(|bytes| bytes == SIGN)
}

/// Checks the header of a file of `file_len` bytes. Options count before what the header says.
pub(super) fn open(header: &[u8], file_len: u64, mut options: Options<'_>) -> Result<Loading> {
    let data_start = (PREFIX + header.len()) as u64;
    let Header { metadata, tensors } = Header::parse(header, file_len - data_start.min(file_len))?;
    let config = Config::parse(options.config.or(metadata.get("config").map(String::as_str)))?;
    let has_head = tensors.keys().any(|name| name.ends_with("lm_head.weight"));
    let (rotary, shape) = config.shape(has_head, &options)?;
    let n_weights = tensors.values().map(|info| info.len() as u64).sum();
    if n_weights > MAX_WEIGHTS {
        let reason = format!("it has {n_weights} weights, and there is room for {MAX_WEIGHTS}; a GGUF file takes less");
        return Err(Error::of_model(reason));
    }
    let root = tensors.keys().find_map(|name| name.strip_suffix(TOKENS)).unwrap_or("model.").to_owned();
    let found = found(tensors, data_start, &root)?;
    check(&found, &shape, |slot| name_of(slot, &root))?;
    config.check_biases(&found, shape.n_layer, |slot| name_of(slot, &root))?;
    let tokens = options.tokens.take().map_or_else(|| TokenSource::of(&metadata, shape.vocab_size), Ok)?;
    let (vocab, tokenizer) = tokens.fit(shape.vocab_size)?;
    let end_tokens = config.end_tokens(options.generation_config, vocab.len())?;
    let shape = NetworkShape { vocab_size: vocab.len(), ..shape };
    let gpt = Gpt { tokenizer, end_tokens, rotary, ..Gpt::bare(shape, vocab, n_weights) };
    Ok(Loading::new(gpt, found))
}

/// All tensors of the file, by their offsets.
fn found(tensors: BTreeMap<String, TensorInfo>, data_start: u64, root: &str) -> Result<Vec<Found>> {
    let mut all = Vec::with_capacity(tensors.len());
    for (name, info) in tensors {
        let Some(slot) = slot_of(&name, root)? else { continue };
        let fault = |reason: String| Error::of_tensor(name.clone(), reason);
        let format = match info.dtype_name() {
            "F32" => Format::F32,
            "F16" => Format::F16,
            "BF16" => Format::Bf16,
            other => return Err(fault(format!("its numbers are {other}: save it as F32, F16 or BF16"))),
        };
        let size = match info.shape[..] {
            [columns] => usize::try_from(columns).ok().map(|columns| (1, columns)),
            [rows, columns] => usize::try_from(rows).ok().zip(usize::try_from(columns).ok()),
            _ => None,
        };
        let size = size.filter(|(rows, columns)| *rows > 0 && *columns > 0);
        let size = size.ok_or_else(|| fault(format!("its shape is {:?}, not rows and columns", info.shape)))?;
        let start = data_start + info.data_offsets[0];
        all.push(Found { name, slot, format, size, start, pairs_of: None });
    }
    Ok(all)
}

/// The slot of a tensor; none for what old checkpoints carry along.
fn slot_of(name: &str, root: &str) -> Result<Option<Slot>> {
    let unknown = || {
        let reason = "a model of Llama's family has no tensor of this name".to_owned();
        Error::of_tensor(name.to_owned(), reason)
    };
    let short = name.strip_prefix(root).unwrap_or(name);
    let (stem, kind) = short.rsplit_once('.').ok_or_else(unknown)?;
    let kind = match kind {
        "weight" => Kind::Weight,
        "bias" => Kind::Bias,
        "inv_freq" if stem.ends_with("rotary_emb") => return Ok(None),
        _ => return Err(unknown()),
    };
    if kind == Kind::Weight {
        if stem == "embed_tokens" {
            return Ok(Some(Slot::Tokens));
        }
        if stem == "norm" {
            return Ok(Some(Slot::FinalNorm(kind)));
        }
        if stem.ends_with("lm_head") {
            return Ok(Some(Slot::Head));
        }
    }
    let in_block = stem.strip_prefix("layers.").and_then(|rest| rest.split_once('.'));
    let (layer, rest) = in_block.ok_or_else(unknown)?;
    let layer = layer.parse().ok().filter(|layer: &usize| (*layer as u64) < MAX_LAYERS).ok_or_else(unknown)?;
    let (_, part) = *PARTS.iter().find(|(stem, _)| *stem == rest).ok_or_else(unknown)?;
    if kind == Kind::Bias && part.is_norm() {
        return Err(unknown());
    }
    Ok(Some(Slot::Block(layer, part, kind)))
}

/// What the file calls a tensor.
fn name_of(slot: Slot, root: &str) -> String {
    let kind = |kind| if kind == Kind::Weight { "weight" } else { "bias" };
    match slot {
        Slot::Tokens => format!("{root}{TOKENS}"),
        Slot::Head => format!("{}lm_head.weight", root.strip_suffix("model.").unwrap_or(root)),
        Slot::FinalNorm(of) => format!("{root}norm.{}", kind(of)),
        Slot::Positions => format!("{root}embed_positions.weight"),
        Slot::Divisors => format!("{root}rotary_emb.inv_freq"),
        Slot::Block(layer, part, of) => {
            let stem = PARTS.iter().find(|(_, other)| *other == part).map_or("", |(stem, _)| stem);
            format!("{root}layers.{layer}.{stem}.{}", kind(of))
        }
    }
}
