//! Weights on the device: uploaded once, as f32 or quantised as they are, a tensor beyond the device's limit in several buffers.

use super::super::{device::Device, kernels::Kernel, step::word};
use crate::core::{
    error::Result,
    network::{Network, NetworkShape, Part, PositionKind, Quantised, Tensor},
};

/// Bytes that go up in one piece, about.
const PIECE: usize = 1 << 22;

/// Numbers from one row to the next: rows begin at a multiple of four.
pub(super) fn stride(n: usize) -> usize {
    n.next_multiple_of(4)
}

/// Some rows of a matrix.
#[derive(Debug)]
pub(super) struct Rows {
    /// The first of them.
    pub first: u32,
    /// How many.
    pub n: u32,
    pub buffer: wgpu::Buffer,
}

/// A matrix (rows, columns).
#[derive(Debug)]
pub(super) struct Matrix {
    pub columns: usize,
    /// Where its weights are less than numbers.
    pub quantised: Option<Quantised>,
    pub parts: Vec<Rows>,
}

impl Matrix {
    /// # Errors
    /// `LimitExceeded` where a single row, or what cannot be cut, is beyond the limit.
    fn upload(device: &Device, network: &dyn Network, tensor: Tensor) -> Result<Self> {
        let (n_rows, columns) = network.shape().size_of(tensor);
        let quantised = network.quantised(tensor);
        let row_words = quantised.map_or(stride(columns), |kind| columns / Quantised::GROUP * kind.words());
        let row_bytes = row_words * size_of::<u32>();
        let most = usize::try_from(device.most_bound()).unwrap_or(usize::MAX) / row_bytes;
        // A norm's two rows and a bias are read together.
        let most = if n_rows <= 2 { n_rows } else { most.max(1) };
        let mut matrix = Self { columns, quantised, parts: Vec::new() };
        for first in (0..n_rows).step_by(most) {
            let n = most.min(n_rows - first);
            let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
            let buffer = device.make("weights", usage, (n * row_bytes) as u64)?;
            matrix.parts.push(Rows { first: word(first), n: word(n), buffer });
            let Some(Rows { buffer, .. }) = matrix.parts.last() else { break };
            write_rows(device, buffer, row_words, first..first + n, |row, out| {
                if quantised.is_some() {
                    network.read_quantised(tensor, row, out);
                } else {
                    network.read_row(tensor, row, bytemuck::cast_slice_mut(&mut out[..columns]));
                }
            });
        }
        Ok(matrix)
    }

    /// What reads its rows.
    pub(super) fn embed(&self) -> Kernel {
        match self.quantised {
            None => Kernel::Embed,
            Some(Quantised::Nibbles) => Kernel::EmbedNibbles,
            Some(Quantised::Bytes) => Kernel::EmbedBytes,
        }
    }

    /// What multiplies with it, for few slots and for many.
    pub(super) fn product(&self) -> [Kernel; 2] {
        match self.quantised {
            None => [Kernel::Product, Kernel::Products],
            Some(Quantised::Nibbles) => [Kernel::ProductNibbles, Kernel::ProductsNibbles],
            Some(Quantised::Bytes) => [Kernel::ProductBytes, Kernel::ProductsBytes],
        }
    }

    /// The only part of what is never cut.
    pub(super) fn whole(&self) -> &wgpu::Buffer {
        &self.parts[0].buffer
    }
}

impl Drop for Matrix {
    fn drop(&mut self) {
        self.parts.iter().for_each(|rows| rows.buffer.destroy());
    }
}

/// Rows of so many words, which `read` writes.
fn write_rows(
    device: &Device,
    buffer: &wgpu::Buffer,
    row_words: usize,
    rows: std::ops::Range<usize>,
    read: impl Fn(usize, &mut [u32]),
) {
    let row_bytes = row_words * size_of::<u32>();
    let rows_of_piece = (PIECE / row_bytes).max(1);
    for first in rows.clone().step_by(rows_of_piece) {
        let piece = first..rows.end.min(first + rows_of_piece);
        let mut words = vec![0; piece.len() * row_words];
        for (row, out) in piece.zip(words.chunks_exact_mut(row_words)) {
            read(row, out);
        }
        device.queue.write_buffer(buffer, ((first - rows.start) * row_bytes) as u64, bytemuck::cast_slice(&words));
        // What is on its way need not wait for the last piece.
        device.queue.submit([]);
    }
}

/// A block's.
#[derive(Debug)]
pub(super) struct BlockWeights {
    pub norm_1: Matrix,
    pub qkv: [Matrix; 2],
    /// Of a query's head and of a key's.
    pub head_norms: Option<[Matrix; 2]>,
    pub proj: [Matrix; 2],
    pub norm_2: Matrix,
    pub gate: Option<[Matrix; 2]>,
    pub fc: [Matrix; 2],
    pub mlp_proj: [Matrix; 2],
}

/// All of a network's. A matrix with its bias is a pair.
#[derive(Debug)]
pub(super) struct Weights {
    pub tokens: Matrix,
    /// Where they are learned.
    pub positions: Option<Matrix>,
    /// (head_size / 2), where positions turn; else none.
    pub frequencies: Vec<f32>,
    pub blocks: Vec<BlockWeights>,
    pub final_norm: Matrix,
    /// Where it is not the embedding.
    pub head: Option<Matrix>,
}

impl BlockWeights {
    /// Those that products read.
    pub(super) fn matrices(&self) -> impl Iterator<Item = &Matrix> {
        let gate = self.gate.iter().map(|gate| &gate[0]);
        [&self.qkv[0], &self.proj[0], &self.fc[0], &self.mlp_proj[0]].into_iter().chain(gate)
    }
}

impl Weights {
    /// The embedding, or what is in its place before logits.
    pub(super) fn head(&self) -> &Matrix {
        self.head.as_ref().unwrap_or(&self.tokens)
    }

    /// What has to be compiled for these.
    pub(super) fn kernels(&self) -> Vec<Kernel> {
        let mut kernels = vec![Kernel::Norm, Kernel::Keep, Kernel::Attend];
        kernels.extend((!self.frequencies.is_empty()).then_some(Kernel::Turn));
        kernels.extend([Some(&self.tokens), self.positions.as_ref()].into_iter().flatten().map(Matrix::embed));
        let matrices = self.blocks.iter().flat_map(BlockWeights::matrices).chain([self.head()]);
        kernels.extend(matrices.flat_map(|matrix| matrix.product()));
        kernels
    }

    /// Cost: a copy of all weights.
    ///
    /// # Errors
    /// `LimitExceeded`.
    pub(super) fn upload(device: &Device, network: &dyn Network) -> Result<Self> {
        let NetworkShape { n_layer, is_tied, has_gate, has_head_norms, positions, head_size, .. } = network.shape();
        let upload = |tensor| Matrix::upload(device, network, tensor);
        let block = |layer| {
            let one = |part| upload(Tensor::Block(layer, part));
            let pair = |[a, b]: [Part; 2]| Ok([one(a)?, one(b)?]);
            let maybe = |is_there: bool, parts| if is_there { pair(parts).map(Some) } else { Ok(None) };
            Ok(BlockWeights {
                norm_1: one(Part::Norm1)?,
                qkv: pair([Part::Qkv, Part::QkvBias])?,
                head_norms: maybe(has_head_norms, [Part::QueryNorm, Part::KeyNorm])?,
                proj: pair([Part::Proj, Part::ProjBias])?,
                norm_2: one(Part::Norm2)?,
                gate: maybe(has_gate, [Part::Gate, Part::GateBias])?,
                fc: pair([Part::Fc, Part::FcBias])?,
                mlp_proj: pair([Part::MlpProj, Part::MlpProjBias])?,
            })
        };
        let is_learned = positions == PositionKind::Learned;
        let mut frequencies = vec![0.0; if is_learned { 0 } else { head_size / 2 }];
        if !is_learned {
            network.read_row(Tensor::Frequencies, 0, &mut frequencies);
        }
        Ok(Self {
            tokens: upload(Tensor::Tokens)?,
            positions: if is_learned { Some(upload(Tensor::Positions)?) } else { None },
            frequencies,
            blocks: (0..n_layer).map(block).collect::<Result<_>>()?,
            final_norm: upload(Tensor::FinalNorm)?,
            head: if is_tied { None } else { Some(upload(Tensor::Head)?) },
        })
    }
}
