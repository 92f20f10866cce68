//! Where a running sum crosses its limit, without sorting the row.
//!
//! One read adds up weights by bins of the order that the sum runs in; the bin in which it crosses the limit is found from these sums, and only the
//! tokens of that bin are ranked. Cost: one read of the row, and a selection in a small part of it. Test: tests/it/stages/top_p.rs, top_h.rs,
//! typical_p.rs.

use super::{
    RowState, Scratch,
    scan::{BLOCK, position},
    softmax::{Scale, exponents, load_padded, masses_of},
};
use crate::{
    core::error::Result,
    lanes::{Lanes, WIDTH},
};

/// Bins of a [`Tally`].
pub(crate) const N_BINS: usize = 512;
/// Takes everything behind the others.
pub(crate) const LAST_BIN: usize = N_BINS - 1;

/// What is added up, and in which order.
pub(crate) trait Weigh {
    /// What tokens with these exponents of two are ordered by.
    fn keys<L: Lanes>(exponents: L) -> [u32; WIDTH];
    /// The bin of a key, below [`N_BINS`]. No token of a bin ranks behind one of a later bin.
    fn bin(&self, key: u32) -> usize;
    /// The weight; 0 without mass.
    fn weight(&self, key: u32, mass: u32) -> u64;
}

/// The bin of what is a number of steps of 2^-24 bits: eighths of a bit.
#[inline(always)]
pub(crate) fn bin_of_steps(steps: u32) -> usize {
    ((steps >> 21) as usize).min(LAST_BIN)
}

/// The most steps in a bin.
#[allow(clippy::cast_possible_truncation, reason = "a bin is below 512")]
pub(crate) fn last_of_bin(bin: usize) -> u32 {
    if bin == LAST_BIN { u32::MAX } else { ((bin as u32 + 1) << 21) - 1 }
}

/// Sums of weights, one for each bin.
#[derive(Debug)]
pub(crate) struct Tally {
    /// One row per lane, so that neighbours in one bin do not wait for each other; in the end the first holds all.
    lanes: [[u64; N_BINS]; WIDTH],
}

impl Default for Tally {
    fn default() -> Self {
        Self { lanes: [[0; N_BINS]; WIDTH] }
    }
}

impl Tally {
    /// The sum of all weights.
    pub(crate) fn total(&self) -> u64 {
        self.lanes[0].iter().sum()
    }

    /// The bin in which the running sum exceeds `limit`, or the last, and the sum before that bin.
    pub(crate) fn crossing(&self, limit: u64) -> (usize, u64) {
        let (mut bin, mut before) = (0, 0);
        while bin < LAST_BIN && before + self.lanes[0][bin] <= limit {
            before += self.lanes[0][bin];
            bin += 1;
        }
        (bin, before)
    }

    fn add<'a, L: Lanes, O: Weigh, const DIVIDE: bool>(
        &mut self,
        blocks: impl Iterator<Item = &'a [f32]>,
        scale: Scale,
        order: &O,
    ) {
        for block in blocks {
            for x in block.chunks(WIDTH) {
                let e = exponents::<L, DIVIDE>(load_padded(x), scale);
                let (keys, masses) = (O::keys(e), masses_of(e));
                for lane in 0..WIDTH {
                    let (key, mass) = (keys[lane], masses[lane]);
                    self.lanes[lane][order.bin(key) & LAST_BIN] += order.weight(key, mass);
                }
            }
        }
    }

    fn join_lanes(&mut self) {
        let [first, rest @ ..] = &mut self.lanes;
        for (bin, sum) in first.iter_mut().enumerate() {
            *sum += rest.iter().map(|lane| lane[bin]).sum::<u64>();
        }
    }
}

impl RowState<'_> {
    /// Adds up what the tokens left weigh. Blocks of a whole row in which no token has a mass are not read.
    ///
    /// # Errors
    /// `InvalidLogits`, `NothingLeft`.
    pub(crate) fn tally<L: Lanes, O: Weigh>(&mut self, order: &O) -> Result<&Tally> {
        let scale = self.scale::<L>()?;
        let Scratch { tally, block_max, values, .. } = &mut *self.scratch;
        tally.lanes.iter_mut().for_each(|lane| lane.fill(0));
        if let Some(n) = self.listed {
            tally.add::<L, O, false>(values[..n].chunks(BLOCK), scale, order);
        } else {
            let blocks = self.x.chunks(BLOCK).zip(&*block_max);
            let with_mass = blocks.filter(|(_, max)| !scale.is_massless(**max)).map(|(block, _)| block);
            if scale.temperature == 1.0 {
                tally.add::<L, O, false>(with_mass, scale, order);
            } else {
                tally.add::<L, O, true>(with_mass, scale, order);
            }
        }
        tally.join_lanes();
        Ok(tally)
    }
}

/// The last rank before which the weights of all are within the limit, if any is open. Halves the open part by selection until a short sort settles it: O(n).
pub(crate) fn last_within(
    mut open: &mut [u64],
    weight: impl Fn(usize) -> u64,
    mut above: u64,
    limit: u64,
) -> Option<u64> {
    let mass = |rank: u64| weight(position(rank));
    while open.len() > 64 {
        let middle = open.len() / 2;
        open.select_nth_unstable(middle);
        let (front, back) = open.split_at_mut(middle);
        let front_mass: u64 = front.iter().map(|&rank| mass(rank)).sum();
        if above + front_mass > limit {
            open = front;
        } else {
            above += front_mass;
            open = back;
        }
    }
    open.sort_unstable();
    let mut last = None;
    for &mut rank in open {
        if above > limit {
            break;
        }
        last = Some(rank);
        above += mass(rank);
    }
    last
}
