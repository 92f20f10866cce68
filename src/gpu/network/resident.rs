//! A network on the device, for as long as its model lives; and which rows of a batch are worked on together.

use std::sync::{Arc, Weak};

use super::{
    super::{GpuBackend, step::MAX_VOCAB_SIZE},
    cache::Caches,
    program::Scratch,
    schedule::{Window, shared},
    weights::Weights,
};
use crate::{
    backend::decode::{Context, Contexts},
    core::{
        error::{Error, Result},
        network::{Network, NetworkShape},
    },
};

/// A network on the device.
pub(in super::super) struct Resident {
    identity: Weak<()>,
    pub(super) shape: NetworkShape,
    pub(super) weights: Weights,
    pub(super) scratch: Scratch,
    pub(super) caches: Caches,
}

/// Rows that are worked on together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub ix: usize,
    /// The number of its first row.
    pub first_row: usize,
    /// How many rows its cache has space for.
    pub n_rows: usize,
}

impl GpuBackend {
    /// The network as it lies on the device, brought there if it is new. Whose model is gone goes, too.
    pub(super) async fn take_resident(&mut self, network: &dyn Network) -> Result<Resident> {
        self.device.check()?;
        self.networks.retain(|resident| resident.identity.strong_count() > 0);
        let identity = Arc::downgrade(network.identity());
        if let Some(ix) = self.networks.iter().position(|known| known.identity.ptr_eq(&identity)) {
            return Ok(self.networks.swap_remove(ix));
        }
        let shape = network.shape();
        let (found, limit) = (shape.vocab_size as u64, MAX_VOCAB_SIZE as u64);
        if found > limit {
            return Err(Error::LimitExceeded { name: "vocab_size".to_owned(), found, limit });
        }
        let scope = self.device.error_scope();
        let weights = Weights::upload(&self.device, network);
        let errors = scope.close();
        self.device.check_scoped(errors, "network").await?;
        let weights = weights?;
        self.pipelines.need(&self.device, weights.kernels()).await?;
        let (scratch, caches) = (Scratch::new(&self.device), Caches::default());
        Ok(Resident { identity, shape, weights, scratch, caches })
    }

    /// How many tokens of each context are read already, and need not be read again: all but the last of those that are seen, at most.
    pub(crate) fn n_known(&mut self, contexts: &Contexts<'_>) -> Vec<usize> {
        let mut known = vec![0; contexts.rows.len()];
        let identity = Arc::downgrade(contexts.network.identity());
        let ix = self.networks.iter().position(|resident| resident.identity.ptr_eq(&identity));
        let Some(ix) = ix.filter(|_| contexts.network.uses_cache()) else { return known };
        let mut resident = self.networks.swap_remove(ix);
        for (group, indices) in self.groups(&mut resident, contexts, 1) {
            let Some(ids) = resident.caches.ids(group.ix) else { continue };
            for ix in indices {
                let row = &contexts.rows[ix];
                let window = Window::of(row.ids.len(), contexts.block_size);
                let seen = &row.ids[window.start..window.end - 1];
                known[ix] = ids.get(row.row as usize - group.first_row).map_or(0, |ids| shared(ids, seen));
            }
        }
        self.networks.push(resident);
        known
    }

    /// Which rows are worked on together: the number of their group, and their indices.
    pub(super) fn groups(
        &self,
        resident: &mut Resident,
        contexts: &Contexts<'_>,
        n: usize,
    ) -> Vec<(Group, Vec<usize>)> {
        let seen = |row: &Context<'_>| (row.ids.len() + n - 1).min(contexts.block_size);
        let n_positions = contexts.rows.iter().map(seen).max().unwrap_or(1);
        let most_bytes = self.device.most_bound();
        let by_cache = resident.caches.fit(&resident.shape, n_positions, most_bytes);
        let row_bytes = (resident.shape.vocab_size * size_of::<f32>()) as u64;
        let by_logits = usize::try_from(most_bytes / row_bytes).unwrap_or(usize::MAX).max(1);
        let most = by_cache.min(by_logits);
        let n_rows = contexts.rows.iter().map(|row| row.row as usize + 1).max().unwrap_or(0);
        let members = |group: usize| {
            let range = group * most..(group + 1) * most;
            let indices = (0..contexts.rows.len()).filter(|&ix| range.contains(&(contexts.rows[ix].row as usize)));
            (Group { ix: group, first_row: range.start, n_rows: most.min(n_rows - range.start) }, indices.collect())
        };
        let groups = (0..n_rows.div_ceil(most)).map(members);
        groups.filter(|(_, indices): &(Group, Vec<usize>)| !indices.is_empty()).collect()
    }
}
