//! What a tensor is by its name, and which shapes belong together.

use super::{Piece, TensorInfo};
use crate::core::error::{Error, Result};

/// Where a tensor belongs in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// wte.weight, (V, C).
    Tokens,
    /// wpe.weight, (block_size, C).
    Positions,
    /// ln_f, (C).
    FinalNorm {
        /// `.bias` rather than `.weight`.
        is_bias: bool,
    },
    /// lm_head.weight, (V, C).
    Head,
    /// h.N.…
    Block {
        /// N.
        layer: usize,
        /// Which of a block's.
        part: Part,
        /// `.bias` rather than `.weight`.
        is_bias: bool,
    },
}

/// A part of a block that has a weight and a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// ln_1, (C).
    Norm1,
    /// attn.c_attn, C → 3C.
    Qkv,
    /// attn.c_proj, C → C.
    Proj,
    /// ln_2, (C).
    Norm2,
    /// mlp.c_fc, C → n_inner.
    Fc,
    /// mlp.c_proj, n_inner → C.
    MlpProj,
}

const PARTS: [(&str, Part); 6] = [
    ("ln_1", Part::Norm1),
    ("attn.c_attn", Part::Qkv),
    ("attn.c_proj", Part::Proj),
    ("ln_2", Part::Norm2),
    ("mlp.c_fc", Part::Fc),
    ("mlp.c_proj", Part::MlpProj),
];

/// More blocks than this are a mistake: GPT-2's largest has 48.
const MAX_LAYERS: usize = 1024;

/// Parts of names that only models of another layout have, and whose they are.
const OTHERS: [(&str, &str); 10] = [
    ("trf_blocks.", "the book Build a Large Language Model (From Scratch), with separate W_query, W_key and W_value"),
    ("token_embedding_table", "the lecture Let's build GPT, with a matrix for each head"),
    (".self_attn.", "Llama's family, with rotary positions, or OPT's"),
    ("gpt_neox.", "GPT-NeoX"),
    (".attn.attention.", "GPT-Neo"),
    (".attn.q_proj.", "GPT-J"),
    ("word_embeddings.", "BLOOM or Falcon"),
    ("encoder.layer.", "BERT"),
    ("backbone.layers.", "Mamba"),
    ("lora_A.", "a LoRA adapter, which has to be merged into its model first (merge_and_unload in peft)"),
];

/// What every name begins with, before the names of Hugging Face and nanoGPT: `module.`, `_orig_mod.` or anything else.
pub(super) fn root<'a>(names: impl Iterator<Item = &'a String> + Clone) -> &'a str {
    let before = |end: &str| {
        let starts = names.clone().filter_map(|name| name.strip_suffix(end));
        starts.filter(|start| start.is_empty() || start.ends_with('.')).min_by_key(|start| start.len())
    };
    let root = before("wte.weight").or_else(|| before("lm_head.weight")).unwrap_or("");
    root.strip_suffix("transformer.").unwrap_or(root)
}

impl Slot {
    /// By Hugging Face's names or nanoGPT's behind a `root`; none for a mask that older checkpoints carry along.
    pub(super) fn parse(name: &str, root: &str) -> Result<Option<Self>> {
        if let Some((_, whose)) = OTHERS.iter().find(|(part, _)| name.contains(part)) {
            let reason = format!("it is a tensor of {whose}; only models in GPT-2's layout are read");
            return Err(Error::InvalidTensor { name: name.to_owned(), reason });
        }
        let short = name.strip_prefix(root).unwrap_or(name);
        let short = short.strip_prefix("transformer.").unwrap_or(short);
        let unknown = || {
            let reason = "a GPT-2 has no tensor of this name".to_owned();
            Error::InvalidTensor { name: name.to_owned(), reason }
        };
        let Some((stem, kind)) = short.rsplit_once('.') else { return Err(unknown()) };
        let is_bias = match kind {
            "weight" => false,
            "bias" => true,
            "masked_bias" if stem.ends_with(".attn") => return Ok(None),
            _ => return Err(unknown()),
        };
        Ok(Some(match (stem, is_bias) {
            ("wte", false) => Self::Tokens,
            ("wpe", false) => Self::Positions,
            ("lm_head", false) => Self::Head,
            ("ln_f", _) => Self::FinalNorm { is_bias },
            _ => {
                let in_block = stem.strip_prefix("h.").and_then(|rest| rest.split_once('.'));
                let (layer, rest) = in_block.ok_or_else(unknown)?;
                let layer = layer.parse().ok().filter(|layer| *layer < MAX_LAYERS).ok_or_else(unknown)?;
                if (rest, is_bias) == ("attn", true) {
                    return Ok(None);
                }
                let (_, part) = *PARTS.iter().find(|(stem, _)| *stem == rest).ok_or_else(unknown)?;
                Self::Block { layer, part, is_bias }
            }
        }))
    }

    /// The name in Hugging Face's checkpoints.
    fn name(self) -> String {
        let kind = |is_bias| if is_bias { "bias" } else { "weight" };
        match self {
            Self::Tokens => "wte.weight".to_owned(),
            Self::Positions => "wpe.weight".to_owned(),
            Self::Head => "lm_head.weight".to_owned(),
            Self::FinalNorm { is_bias } => format!("ln_f.{}", kind(is_bias)),
            Self::Block { layer, part, is_bias } => {
                let stem = PARTS.iter().find(|(_, other)| *other == part).map_or("", |(stem, _)| stem);
                format!("h.{layer}.{stem}.{}", kind(is_bias))
            }
        }
    }
}

/// What the tensors' shapes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shapes {
    /// Rows of wte.
    pub vocab_size: usize,
    /// Rows of wpe.
    pub block_size: usize,
    /// Columns of both.
    pub n_embd: usize,
    /// Width of the MLP.
    pub n_inner: usize,
    /// Blocks.
    pub n_layer: usize,
    /// There is a head beside wte.
    pub has_head: bool,
    /// Matrices are (out, in).
    pub is_transposed: bool,
}

type Named = (Piece, TensorInfo, Slot);

impl Shapes {
    /// Reads the sizes off the tensors that show them.
    pub(super) fn of(pieces: &[Named]) -> Result<Self> {
        let find = |slot: Slot| pieces.iter().find(|(_, _, other)| *other == slot);
        let matrix = |slot: Slot| {
            let (piece, info, _) = find(slot).ok_or_else(|| missing(slot))?;
            let dims = match info.shape[..] {
                [rows, columns] => usize::try_from(rows).ok().zip(usize::try_from(columns).ok()),
                _ => None,
            };
            dims.filter(|(rows, columns)| *rows > 0 && *columns > 0).ok_or_else(|| {
                let reason = format!("its shape is {:?}, not rows and columns", info.shape);
                Error::InvalidTensor { name: piece.name.clone(), reason }
            })
        };
        let in_block = |part| Slot::Block { layer: 0, part, is_bias: false };
        let (vocab_size, n_embd) = matrix(Slot::Tokens)?;
        let (block_size, _) = matrix(Slot::Positions)?;
        let is_transposed = matrix(in_block(Part::Qkv))?.0 != n_embd;
        let (rows, columns) = matrix(in_block(Part::Fc))?;
        let layers = pieces.iter().filter_map(|(_, _, slot)| match slot {
            Slot::Block { layer, .. } => Some(layer + 1),
            _ => None,
        });
        Ok(Self {
            vocab_size,
            block_size,
            n_embd,
            n_inner: if is_transposed { rows } else { columns },
            n_layer: layers.max().unwrap_or(0),
            has_head: find(Slot::Head).is_some(),
            is_transposed,
        })
    }

    /// Every tensor that the model needs is there once, and has its shape. A bias that is not there is zero.
    pub(super) fn check(&self, pieces: &[Named], is_tied: bool) -> Result<()> {
        let mut seen: Vec<Slot> = Vec::with_capacity(pieces.len());
        for (piece, info, slot) in pieces {
            let fault = |reason: String| Error::InvalidTensor { name: piece.name.clone(), reason };
            let expected = self.expected(*slot);
            if !info.shape.iter().copied().eq(expected.iter().map(|&n| n as u64)) {
                return Err(fault(format!("its shape is {:?}, and {expected:?} would fit the others", info.shape)));
            }
            if seen.contains(slot) {
                return Err(fault("another tensor has the same place in the model".to_owned()));
            }
            seen.push(*slot);
        }
        let head = (!is_tied).then_some(Slot::Head);
        let blocks = (0..self.n_layer)
            .flat_map(|layer| PARTS.iter().map(move |&(_, part)| Slot::Block { layer, part, is_bias: false }));
        let first = [Slot::Tokens, Slot::Positions, Slot::FinalNorm { is_bias: false }];
        let needed = first.into_iter().chain(head).chain(blocks);
        match needed.into_iter().find(|slot| !seen.contains(slot)) {
            Some(slot) => Err(missing(slot)),
            None => Ok(()),
        }
    }

    fn expected(&self, slot: Slot) -> Vec<usize> {
        let c = self.n_embd;
        let (n_in, n_out) = match slot {
            Slot::Tokens | Slot::Head => return vec![self.vocab_size, c],
            Slot::Positions => return vec![self.block_size, c],
            Slot::FinalNorm { .. } | Slot::Block { part: Part::Norm1 | Part::Norm2, .. } => return vec![c],
            Slot::Block { part: Part::Qkv, .. } => (c, c.saturating_mul(3)),
            Slot::Block { part: Part::Proj, .. } => (c, c),
            Slot::Block { part: Part::Fc, .. } => (c, self.n_inner),
            Slot::Block { part: Part::MlpProj, .. } => (self.n_inner, c),
        };
        match slot {
            Slot::Block { is_bias: true, .. } => vec![n_out],
            _ if self.is_transposed => vec![n_out, n_in],
            _ => vec![n_in, n_out],
        }
    }
}

fn missing(slot: Slot) -> Error {
    Error::InvalidTensor { name: slot.name(), reason: "it is missing".to_owned() }
}
