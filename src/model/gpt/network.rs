//! The GPT as a network that a backend runs in its place.

use std::sync::Arc;

use super::{Block, Gpt, Norm, linear::Linear};
use crate::core::network::{Network, NetworkShape, Part, Quantised, Tensor};

impl Network for Gpt {
    fn shape(&self) -> NetworkShape {
        self.config
    }

    fn uses_cache(&self) -> bool {
        self.use_cache
    }

    fn identity(&self) -> &Arc<()> {
        &self.identity
    }

    fn quantised(&self, tensor: Tensor) -> Option<Quantised> {
        let mut matrices = self.matrices(tensor).into_iter().flatten().map(Linear::quantised);
        let first = matrices.next()??;
        matrices.all(|other| other == Some(first)).then_some(first)
    }

    fn read_quantised(&self, tensor: Tensor, mut row: usize, out: &mut [u32]) {
        for matrix in self.matrices(tensor).into_iter().flatten() {
            if let Some(rest) = row.checked_sub(matrix.n_out()) {
                row = rest;
            } else {
                return matrix.read_quantised(row, out);
            }
        }
    }

    fn read_row(&self, tensor: Tensor, row: usize, out: &mut [f32]) {
        match tensor {
            Tensor::Tokens => self.tokens.column(row, out),
            Tensor::Head => self.head.as_ref().unwrap_or(&self.tokens).column(row, out),
            Tensor::Positions => out.copy_from_slice(&self.positions[row * out.len()..][..out.len()]),
            Tensor::Frequencies => out.copy_from_slice(&self.rotary.frequencies),
            Tensor::FinalNorm => norm(&self.norm_f, row, out),
            Tensor::Block(layer, part) => self.blocks[layer].read_row(part, row, out),
        }
    }
}

impl Gpt {
    /// The matrices that make up a tensor, one under the other; none of a vector.
    fn matrices(&self, tensor: Tensor) -> [Option<&Linear>; 3] {
        let one = |matrix| [Some(matrix), None, None];
        match tensor {
            Tensor::Tokens => one(&self.tokens),
            Tensor::Head => one(self.head.as_ref().unwrap_or(&self.tokens)),
            Tensor::Block(layer, part) => {
                let Block { query, key, value, proj, gate, fc, mlp_proj, .. } = &self.blocks[layer];
                match part {
                    Part::Qkv => [Some(query), Some(key), Some(value)],
                    Part::Proj => one(proj),
                    Part::Gate => [gate.as_ref(), None, None],
                    Part::Fc => one(fc),
                    Part::MlpProj => one(mlp_proj),
                    _ => [None; 3],
                }
            }
            _ => [None; 3],
        }
    }
}

impl Block {
    fn read_row(&self, part: Part, row: usize, out: &mut [f32]) {
        match part {
            Part::Norm1 => norm(&self.norm_1, row, out),
            Part::Norm2 => norm(&self.norm_2, row, out),
            Part::Qkv => {
                let (n_query, n_key) = (self.query.n_out(), self.key.n_out());
                match (row.checked_sub(n_query), row.checked_sub(n_query + n_key)) {
                    (_, Some(row)) => self.value.column(row, out),
                    (Some(row), None) => self.key.column(row, out),
                    (None, None) => self.query.column(row, out),
                }
            }
            Part::QkvBias => fill(out, self.query.bias().chain(self.key.bias()).chain(self.value.bias())),
            Part::QueryNorm => self.query_norm.iter().for_each(|it| norm(it, row, out)),
            Part::KeyNorm => self.key_norm.iter().for_each(|it| norm(it, row, out)),
            Part::Proj => self.proj.column(row, out),
            Part::ProjBias => fill(out, self.proj.bias()),
            Part::Gate => self.gate.iter().for_each(|gate| gate.column(row, out)),
            Part::GateBias => self.gate.iter().for_each(|gate| fill(out, gate.bias())),
            Part::Fc => self.fc.column(row, out),
            Part::FcBias => fill(out, self.fc.bias()),
            Part::MlpProj => self.mlp_proj.column(row, out),
            Part::MlpProjBias => fill(out, self.mlp_proj.bias()),
        }
    }
}

fn fill(out: &mut [f32], numbers: impl Iterator<Item = f32>) {
    out.iter_mut().zip(numbers).for_each(|(out, number)| *out = number);
}

fn norm(norm: &Norm, row: usize, out: &mut [f32]) {
    out.copy_from_slice(if row == 0 { &norm.weight } else { &norm.bias });
}
