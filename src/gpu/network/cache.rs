//! Keys and values on the device, for some rows of a batch, and what they were made of.

use super::{super::device::Device, weights::stride};
use crate::core::{error::Result, network::NetworkShape, token::TokenId};

/// Positions there is space for at first.
const FEWEST: usize = 64;

/// The caches of as many rows as a binding holds, one buffer a block: (rows, 2, capacity, K).
#[derive(Debug)]
pub(super) struct Cache {
    pub capacity: usize,
    pub blocks: Vec<wgpu::Buffer>,
    /// Of each row what its keys and values belong to, from position 0 on.
    pub ids: Vec<Vec<TokenId>>,
}

impl Cache {
    /// Buffers for these rows, with what `old` holds of them already in it.
    ///
    /// # Errors
    /// `LimitExceeded`, `old` being as it was.
    fn grown(old: &mut Self, device: &Device, shape: &NetworkShape, n_rows: usize, capacity: usize) -> Result<Self> {
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let bytes = (n_rows * row_bytes(shape, capacity)) as u64;
        let blocks = (0..shape.n_layer).map(|_| device.make("cache", usage, bytes)).collect::<Result<Vec<_>>>()?;
        let mut ids = std::mem::take(&mut old.ids);
        ids.resize(n_rows, Vec::new());
        let mut encoder = device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let bytes_of = |n_positions| (n_positions * stride(shape.query_key_size().1) * size_of::<f32>()) as u64;
        for (from, to) in old.blocks.iter().zip(&blocks) {
            for (row, ids) in ids.iter().enumerate().filter(|(_, ids)| !ids.is_empty()) {
                for keys_or_values in [2 * row, 2 * row + 1] {
                    let [from_at, to_at] = [old.capacity, capacity].map(|capacity| bytes_of(keys_or_values * capacity));
                    encoder.copy_buffer_to_buffer(from, from_at, to, to_at, bytes_of(ids.len()));
                }
            }
        }
        device.queue.submit([encoder.finish()]);
        Ok(Self { capacity, blocks, ids })
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        self.blocks.iter().for_each(wgpu::Buffer::destroy);
    }
}

/// Bytes of one row's cache in one block.
fn row_bytes(shape: &NetworkShape, capacity: usize) -> usize {
    2 * capacity * stride(shape.query_key_size().1) * size_of::<f32>()
}

/// All rows of a batch.
#[derive(Debug, Default)]
pub(super) struct Caches {
    capacity: usize,
    groups: Vec<Cache>,
}

impl Caches {
    /// Makes space for `n_positions`, and says how many rows lie in one group. When the space grows, only the first group is kept: in the others
    /// lie other rows from then on.
    pub(super) fn fit(&mut self, shape: &NetworkShape, n_positions: usize, most_bytes: u64) -> usize {
        if n_positions > self.capacity {
            self.groups.truncate(1);
            self.capacity = n_positions.next_power_of_two().max(FEWEST).min(shape.block_size.max(n_positions));
        }
        let most = usize::try_from(most_bytes).unwrap_or(usize::MAX);
        (most / row_bytes(shape, self.capacity)).clamp(1, 65_535)
    }

    /// What the rows of a group hold, if there is space for them.
    pub(super) fn ids(&self, group: usize) -> Option<&[Vec<TokenId>]> {
        self.groups.get(group).map(|group| &group.ids[..])
    }

    /// Group number `ix` with space for `n_rows` rows.
    ///
    /// # Errors
    /// `LimitExceeded`.
    pub(super) fn group(
        &mut self,
        device: &Device,
        shape: &NetworkShape,
        ix: usize,
        n_rows: usize,
    ) -> Result<&mut Cache> {
        let capacity = self.capacity;
        while self.groups.len() <= ix {
            self.groups.push(Cache { capacity, blocks: Vec::new(), ids: Vec::new() });
        }
        let group = &mut self.groups[ix];
        if group.ids.len() < n_rows || group.capacity < capacity {
            *group = Cache::grown(group, device, shape, n_rows, capacity)?;
        }
        Ok(group)
    }
}
