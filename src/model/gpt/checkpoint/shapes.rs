//! Which shapes of tensors belong together, and what they tell of the model.

use super::{
    Piece, TensorInfo,
    names::{Called, Names, Part, Slot},
};
use crate::core::error::{Error, Result};

/// What the tensors' shapes tell.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Query, key and value are tensors of their own.
    pub is_split: bool,
    /// How the file calls its tensors.
    pub called: Called,
}

type Named = (Piece, TensorInfo, Slot);

impl Shapes {
    /// Reads the sizes off the tensors that show them.
    pub(super) fn of(pieces: &[Named], called: Called) -> Result<Self> {
        let find = |slot: Slot| pieces.iter().find(|(_, _, other)| *other == slot);
        let matrix = |slot: Slot| {
            let (piece, info, _) = find(slot).ok_or_else(|| missing(slot, &called))?;
            let dims = match info.shape[..] {
                [rows, columns] => usize::try_from(rows).ok().zip(usize::try_from(columns).ok()),
                _ => None,
            };
            dims.filter(|(rows, columns)| *rows > 0 && *columns > 0).ok_or_else(|| {
                let reason = format!("its shape is {:?}, not rows and columns", info.shape);
                Error::of_tensor(piece.name.clone(), reason)
            })
        };
        let in_block = |part| Slot::Block { layer: 0, part, is_bias: false };
        let (vocab_size, n_embd) = matrix(Slot::Tokens)?;
        let (block_size, _) = matrix(Slot::Positions)?;
        let is_transposed = called.names.is_linear || matrix(in_block(Part::Qkv))?.0 != n_embd;
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
            is_split: find(in_block(Part::Query)).is_some(),
            called,
        })
    }

    /// Every tensor that the model needs is there once, and has its shape. A bias that is not there is zero, unless the config says that it is there.
    pub(super) fn check(&self, pieces: &[Named], is_tied: bool) -> Result<()> {
        let mut seen: Vec<Slot> = Vec::with_capacity(pieces.len());
        for (piece, info, slot) in pieces {
            let fault = |reason: String| Error::of_tensor(piece.name.clone(), reason);
            let expected = self.expected(*slot);
            if !info.shape.iter().copied().eq(expected.iter().map(|&n| n as u64)) {
                return Err(fault(format!("its shape is {:?}, and {expected:?} would fit the others", info.shape)));
            }
            if seen.contains(slot) {
                return Err(fault("another tensor is the same part of the model".to_owned()));
            }
            seen.push(*slot);
        }
        let head = (!is_tied).then_some(Slot::Head);
        let blocks = (0..self.n_layer).flat_map(|layer| {
            Names::needed(self.is_split).map(move |part| Slot::Block { layer, part, is_bias: false })
        });
        let first = [Slot::Tokens, Slot::Positions, Slot::FinalNorm { is_bias: false }];
        let needed = first.into_iter().chain(head).chain(blocks);
        match needed.into_iter().find(|slot| !seen.contains(slot)) {
            Some(slot) => Err(missing(slot, &self.called)),
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
            Slot::Block { part: Part::Query | Part::Key | Part::Value | Part::Proj, .. } => (c, c),
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

fn missing(slot: Slot, called: &Called) -> Error {
    Error::of_tensor(called.name(slot), "it is missing".to_owned())
}
