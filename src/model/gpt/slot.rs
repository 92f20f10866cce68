//! Where a tensor of a file belongs in the model, whatever the file calls it.

use super::{Block, Gpt, Norm, linear::Linear};
use crate::core::network::{NetworkShape, PositionKind};

/// A tensor of the model: which matrix, bias or norm of which block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    /// (V, C).
    Tokens,
    /// (block_size, C).
    Positions,
    /// (head_size / 2): what the rotary frequencies are divided by.
    Divisors,
    /// (C).
    FinalNorm(Kind),
    /// (V, C).
    Head,
    /// Of a block, by its number.
    Block(usize, Part, Kind),
}

/// Of a matrix or a norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Weight,
    Bias,
}

/// A part of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Norm1,
    Query,
    Key,
    Value,
    QueryNorm,
    KeyNorm,
    Proj,
    Norm2,
    Gate,
    Fc,
    MlpProj,
}

impl Slot {
    /// Rows and columns; a vector is one row.
    pub(super) fn size(self, shape: &NetworkShape) -> (usize, usize) {
        let c = shape.n_embd;
        match self {
            Self::Tokens | Self::Head => (shape.vocab_size, c),
            Self::Positions => (shape.block_size, c),
            Self::Divisors => (1, shape.head_size / 2),
            Self::FinalNorm(_) => (1, c),
            Self::Block(_, part, kind) => {
                let (rows, columns) = part.size(shape);
                // A norm is one row of its own.
                if kind == Kind::Bias && !part.is_norm() { (1, rows) } else { (rows, columns) }
            }
        }
    }

    /// Whether it is one row, and not a matrix.
    pub(super) fn is_vector(self) -> bool {
        match self {
            Self::Tokens | Self::Positions | Self::Head => false,
            Self::Divisors | Self::FinalNorm(_) => true,
            Self::Block(_, part, kind) => kind == Kind::Bias || part.is_norm(),
        }
    }

    /// All that a model of this shape cannot do without.
    pub(super) fn needed(shape: &NetworkShape) -> Vec<Self> {
        let mut slots = vec![Self::Tokens, Self::FinalNorm(Kind::Weight)];
        slots.extend((!shape.is_tied).then_some(Self::Head));
        slots.extend((shape.positions == PositionKind::Learned).then_some(Self::Positions));
        let mut parts =
            vec![Part::Norm1, Part::Query, Part::Key, Part::Value, Part::Proj, Part::Norm2, Part::Fc, Part::MlpProj];
        if shape.has_gate {
            parts.push(Part::Gate);
        }
        if shape.has_head_norms {
            parts.extend([Part::QueryNorm, Part::KeyNorm]);
        }
        for layer in 0..shape.n_layer {
            slots.extend(parts.iter().map(|&part| Self::Block(layer, part, Kind::Weight)));
        }
        slots
    }
}

impl Part {
    /// Whether it is one row.
    pub(super) fn is_norm(self) -> bool {
        matches!(self, Self::Norm1 | Self::Norm2 | Self::QueryNorm | Self::KeyNorm)
    }

    fn size(self, shape: &NetworkShape) -> (usize, usize) {
        let (c, wide) = (shape.n_embd, shape.n_inner);
        let (query, key) = shape.query_key_size();
        match self {
            Self::Norm1 | Self::Norm2 => (1, c),
            Self::QueryNorm | Self::KeyNorm => (1, shape.head_size),
            Self::Query => (query, c),
            Self::Key | Self::Value => (key, c),
            Self::Proj => (c, query),
            Self::Gate | Self::Fc => (wide, c),
            Self::MlpProj => (c, wide),
        }
    }
}

/// A tensor's target.
pub(super) enum Target<'a> {
    Vector(&'a mut [f32]),
    /// They are divided by what comes.
    Divided(&'a mut [f32]),
    Matrix(&'a mut Linear),
    BiasOf(&'a mut Linear),
}

impl Gpt {
    /// Where the numbers of a slot go; None where the model has no such tensor.
    pub(super) fn target(&mut self, slot: Slot) -> Option<Target<'_>> {
        Some(match slot {
            Slot::Tokens => Target::Matrix(&mut self.tokens),
            Slot::Head => Target::Matrix(self.head.as_mut()?),
            Slot::Positions => Target::Vector(&mut self.positions),
            Slot::Divisors => Target::Divided(&mut self.rotary.frequencies),
            Slot::FinalNorm(kind) => self.norm_f.target(kind),
            Slot::Block(layer, part, kind) => return self.blocks.get_mut(layer)?.target(part, kind),
        })
    }
}

impl Block {
    fn target(&mut self, part: Part, kind: Kind) -> Option<Target<'_>> {
        let linear = match part {
            Part::Norm1 => return Some(self.norm_1.target(kind)),
            Part::Norm2 => return Some(self.norm_2.target(kind)),
            Part::QueryNorm => return self.query_norm.as_mut().map(|norm| norm.target(kind)),
            Part::KeyNorm => return self.key_norm.as_mut().map(|norm| norm.target(kind)),
            Part::Query => &mut self.query,
            Part::Key => &mut self.key,
            Part::Value => &mut self.value,
            Part::Proj => &mut self.proj,
            Part::Gate => self.gate.as_mut()?,
            Part::Fc => &mut self.fc,
            Part::MlpProj => &mut self.mlp_proj,
        };
        Some(if kind == Kind::Bias { Target::BiasOf(linear) } else { Target::Matrix(linear) })
    }
}

impl Norm {
    fn target(&mut self, kind: Kind) -> Target<'_> {
        Target::Vector(if kind == Kind::Bias { &mut self.bias } else { &mut self.weight })
    }
}
