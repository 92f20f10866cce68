//! The GPT as a network that a backend runs in its place.

use std::sync::Arc;

use super::{Gpt, layers::LayerNorm};
use crate::core::network::{Network, NetworkShape, Part, Tensor};

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

    fn read_row(&self, tensor: Tensor, row: usize, out: &mut [f32]) {
        match tensor {
            Tensor::Tokens => fill(out, self.tokens.column(row)),
            Tensor::Head => fill(out, self.head.as_ref().unwrap_or(&self.tokens).column(row)),
            Tensor::Positions => out.copy_from_slice(&self.positions[row * out.len()..][..out.len()]),
            Tensor::FinalNorm => norm(&self.ln_f, row, out),
            Tensor::Block(layer, part) => {
                let block = &self.blocks[layer];
                match part {
                    Part::Norm1 => norm(&block.ln_1, row, out),
                    Part::Norm2 => norm(&block.ln_2, row, out),
                    Part::Qkv => match row.checked_sub(self.config.n_embd) {
                        None => fill(out, block.query.column(row)),
                        Some(row) => fill(out, block.key_value.column(row)),
                    },
                    Part::QkvBias => fill(out, block.query.bias().chain(block.key_value.bias())),
                    Part::Proj => fill(out, block.proj.column(row)),
                    Part::ProjBias => fill(out, block.proj.bias()),
                    Part::Fc => fill(out, block.fc.column(row)),
                    Part::FcBias => fill(out, block.fc.bias()),
                    Part::MlpProj => fill(out, block.mlp_proj.column(row)),
                    Part::MlpProjBias => fill(out, block.mlp_proj.bias()),
                }
            }
        }
    }
}

fn fill(out: &mut [f32], numbers: impl Iterator<Item = f32>) {
    out.iter_mut().zip(numbers).for_each(|(out, number)| *out = number);
}

fn norm(norm: &LayerNorm, row: usize, out: &mut [f32]) {
    out.copy_from_slice(if row == 0 { &norm.weight } else { &norm.bias });
}
