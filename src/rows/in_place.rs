//! Changes that leave most tokens where they are: a whole row stays whole, and its logits are changed in memory.

use super::{
    RowState, Scratch,
    scan::{BLOCK, RowScan, position, rank},
    softmax::{self, CHUNK, store_part},
};
use crate::{
    core::{error::Result, token::TokenId},
    lanes::{Lanes, WIDTH, load_padded},
};

impl RowState<'_> {
    /// Of the tokens whose value `holds` only the last in rank stays, with all others. `holds` is monotone and true at the maximum.
    pub(crate) fn keep_last_where<L: Lanes>(&mut self, holds: impl Fn(f32) -> bool) -> Result<()> {
        let is_whole = self.listed.is_none();
        if is_whole {
            self.keep_where::<L>(&holds)?;
        }
        let (ids, values) = self.list().expect("a list was made above");
        let ranks = ids.iter().zip(values).filter(|&(_, &value)| holds(value)).map(|(&id, &value)| rank(id, value));
        let last = ranks.max().map(position).expect("it holds for the largest");
        let is_last = |id: TokenId| id as usize == last;
        if is_whole {
            self.mask_listed(|id| !is_last(id));
        } else {
            self.retain_by(|id, value| is_last(id) || !holds(value), false);
        }
        Ok(())
    }

    /// Masks those of the listed tokens that `goes` names, and goes back to the whole row, of which one token at least is left.
    fn mask_listed(&mut self, goes: impl Fn(TokenId) -> bool) {
        let n = self.listed.take().expect("the list is of the whole row");
        let block_max = &mut self.scratch.block_max;
        for ids in self.scratch.ids[..n].chunk_by(|a, b| *a as usize / BLOCK == *b as usize / BLOCK) {
            ids.iter().filter(|id| goes(**id)).for_each(|id| self.x[*id as usize] = f32::NEG_INFINITY);
            let block = ids[0] as usize / BLOCK;
            let left = self.x[block * BLOCK..].iter().take(BLOCK);
            block_max[block] = left.copied().fold(f32::NEG_INFINITY, f32::max);
        }
        let max = block_max.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        self.scanned = Some(RowScan { max, ordinary: false });
    }

    /// Makes the values of the tokens left anew: `make` is given the sum of all masses, some of the masses, and where their values go.
    pub(crate) fn remake<L: Lanes>(&mut self, make: impl Fn(u64, &[u32], &mut [f32])) -> Result<()> {
        if let Some(n) = self.listed {
            let total = self.list_masses::<L>()?.iter().map(|&mass| u64::from(mass)).sum();
            make(total, &self.scratch.masses[..n], &mut self.scratch.values[..n]);
            self.list_max = None;
            self.masses_are_current = false;
            return Ok(());
        }
        // Masks are read before anything is divided.
        self.scan::<L>()?;
        self.apply_temperature();
        let scale = self.scale::<L>()?;
        let Scratch { block_max, chunk_sums, .. } = &mut *self.scratch;
        let total = softmax::chunk_sums::<L>(self.x, block_max, scale, chunk_sums);
        let mut masses = [0; CHUNK];
        self.change_all::<L>(|values| {
            let masses = &mut masses[..values.len()];
            softmax::masses::<L>(values, scale, masses);
            make(total, masses, values);
        });
        Ok(())
    }

    /// Changes the values of the tokens left, of a row whose scale has been asked for: `change` is given some of them at a time, among them masked ones,
    /// which stay masked. What becomes −inf is masked from then on.
    pub(crate) fn change_all<L: Lanes>(&mut self, mut change: impl FnMut(&mut [f32])) {
        if let Some(n) = self.listed {
            change(&mut self.scratch.values[..n]);
            self.list_max = None;
            self.masses_are_current = false;
            return self.retain(f32::MIN);
        }
        self.apply_temperature();
        let (least, masked) = (L::splat(f32::MIN), L::splat(f32::NEG_INFINITY));
        let mut made = [0.0; CHUNK];
        for chunk in self.x.chunks_mut(CHUNK) {
            let made = &mut made[..chunk.len()];
            made.copy_from_slice(chunk);
            change(made);
            let (vectors, tail) = chunk.as_chunks_mut::<WIDTH>();
            let (made, made_tail) = made.as_chunks::<WIDTH>();
            for (x, made) in vectors.iter_mut().zip(made) {
                L::load(made).where_at_least(L::load(x), least, masked).store(x);
            }
            if !tail.is_empty() {
                store_part(load_padded::<L>(made_tail).where_at_least(load_padded(tail), least, masked), tail);
            }
        }
        self.scanned = None;
    }
}
