//! What a tensor is by its name, and which shapes belong together.

use super::{Piece, TensorInfo};
use crate::error::{Error, Result};

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

impl Slot {
    /// By Hugging Face's names or nanoGPT's, compiled or not; none for a mask that older checkpoints carry along.
    pub(super) fn parse(name: &str) -> Result<Option<Self>> {
        let short = name.strip_prefix("_orig_mod.").unwrap_or(name);
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

    fn is_bias(self) -> bool {
        matches!(self, Self::FinalNorm { is_bias: true } | Self::Block { is_bias: true, .. })
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
    /// Layer norms and matrices have biases.
    has_bias: bool,
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
            has_bias: pieces.iter().any(|(_, _, slot)| slot.is_bias()),
            is_transposed,
        })
    }

    /// Every tensor that the model needs is there once, and has its shape.
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
        let kinds = if self.has_bias { &[false, true][..] } else { &[false][..] };
        let norms = kinds.iter().map(|&is_bias| Slot::FinalNorm { is_bias });
        let blocks = (0..self.n_layer).flat_map(|layer| {
            PARTS
                .iter()
                .flat_map(move |&(_, part)| kinds.iter().map(move |&is_bias| Slot::Block { layer, part, is_bias }))
        });
        let needed = [Slot::Tokens, Slot::Positions].into_iter().chain(head).chain(norms).chain(blocks);
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
