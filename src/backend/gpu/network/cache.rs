//! Keys and values on the device, for some rows of a batch, and what they were made of.

use super::{super::device::Device, weights::stride};
use crate::{error::Result, network::NetworkShape, token::TokenId};

/// Positions there is room for at first.
const FEWEST: usize = 64;

/// The caches of as many rows as a binding holds, one buffer a block: (rows, 2, capacity, C).
#[derive(Debug)]
pub(super) struct Cache {
    pub capacity: usize,
    pub blocks: Vec<wgpu::Buffer>,
    /// Of each row what its keys and values belong to, from position 0 on.
    pub ids: Vec<Vec<TokenId>>,
}

impl Drop for Cache {
    fn drop(&mut self) {
        self.blocks.iter().for_each(wgpu::Buffer::destroy);
    }
}

/// Bytes of one row's cache in one block.
fn row_bytes(shape: &NetworkShape, capacity: usize) -> usize {
    2 * capacity * stride(shape.n_embd) * size_of::<f32>()
}

/// All rows of a batch.
#[derive(Debug, Default)]
pub(super) struct Caches {
    capacity: usize,
    groups: Vec<Cache>,
}

impl Caches {
    /// Makes room for `n_positions`, and says how many rows lie in one group. What was kept is forgotten when the room grows.
    pub(super) fn fit(&mut self, shape: &NetworkShape, n_positions: usize, most_bytes: u64) -> usize {
        if n_positions > self.capacity {
            self.groups.clear();
            self.capacity = n_positions.next_power_of_two().max(FEWEST).min(shape.block_size.max(n_positions));
        }
        let most = usize::try_from(most_bytes).unwrap_or(usize::MAX);
        (most / row_bytes(shape, self.capacity)).clamp(1, 65_535)
    }

    /// Group number `ix` with at least `n_rows` rows.
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
        if group.ids.len() < n_rows {
            let usage = wgpu::BufferUsages::STORAGE;
            let bytes = (n_rows * row_bytes(shape, capacity)) as u64;
            let blocks = (0..shape.n_layer).map(|_| device.make("cache", usage, bytes)).collect::<Result<_>>()?;
            *group = Cache { capacity, blocks, ids: vec![Vec::new(); n_rows] };
        }
        Ok(group)
    }
}
