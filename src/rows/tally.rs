//! Where a running sum crosses its limit, without sorting the row.
//!
//! One read adds up weights by bins of the order that the sum runs in; the bin in which it crosses the limit is found from these sums, and only the
//! tokens of that bin are ranked. Cost: one read of the row, and a selection in a small part of it. Test: tests/it/stages/top_p.rs, top_h.rs,
//! typical_p.rs.

use super::{
    RowState, Scratch,
    scan::{BLOCK, position},
    softmax::{Moment, Scale, exponents, mass_of},
    surprise::Surprise,
};
use crate::{
    core::error::Result,
    lanes::{Lanes, WIDTH, exp::MAGIC, load_padded},
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

/// Of steps of 2^-24 bits, 2^21 are an eighth of a bit: the width of a bin.
const STEPS_LOG2: u32 = 21;

/// The bin of what is a number of steps.
#[inline(always)]
pub(crate) fn bin_of_steps(steps: u32) -> usize {
    ((steps >> STEPS_LOG2) as usize).min(LAST_BIN)
}

/// The most likely first, by mass. The bin is round(−8·e), the nearest eighth of a bit; from 32 bits on, where masses are 0, it is the same.
pub(crate) struct Masses;

impl Weigh for Masses {
    /// In the low bits of a f32 above 2^23.
    #[inline(always)]
    fn keys<L: Lanes>(exponents: L) -> [u32; WIDTH] {
        exponents.max(L::splat(-32.0)).mul(L::splat(-8.0)).add(L::splat(MAGIC)).to_bits()
    }

    #[inline(always)]
    fn bin(&self, key: u32) -> usize {
        key as usize & LAST_BIN
    }

    #[inline(always)]
    fn weight(&self, _: u32, mass: u32) -> u64 {
        mass.into()
    }
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

    /// Of [`Masses`], around a number of steps below the most likely token: what is nearer to it than the first result has at most the mass `limit`, and
    /// what is no further than the second has more, if all have.
    #[allow(clippy::cast_possible_truncation, reason = "a bin is below 512")]
    pub(crate) fn crossing_around(&self, steps: u32, limit: u64) -> (u32, u32) {
        let sum_of = |bin: u32| self.lanes[0].get(bin as usize).copied().unwrap_or(0);
        // It is at most half a bin from the middle of its own bin. So with k bins to either side all is there that is nearer than k widths of a bin, and
        // nothing that is further than k + 1.
        let middle = (steps + (1 << (STEPS_LOG2 - 1))) >> STEPS_LOG2;
        let (mut k, mut sum) = (0, sum_of(middle));
        while sum <= limit && k < LAST_BIN as u32 {
            k += 1;
            sum += middle.checked_sub(k).map_or(0, sum_of) + sum_of(middle + k);
        }
        (k.saturating_sub(1) << STEPS_LOG2, (k + 1) << STEPS_LOG2)
    }

    /// Adds up the blocks. The result is Σ round(m · −e) where `MOMENT` asks for it.
    fn add<'a, L: Lanes, O: Weigh, const DIVIDE: bool, const MOMENT: bool>(
        &mut self,
        blocks: impl Iterator<Item = &'a [f32]>,
        scale: Scale,
        order: &O,
    ) -> u64 {
        let mut moment = Moment::<L>::default();
        for block in blocks {
            for x in block.chunks(WIDTH) {
                let e = exponents::<L, DIVIDE>(load_padded(x), scale);
                let (keys, mass) = (O::keys(e), mass_of(e));
                let mut masses = [0; WIDTH];
                mass.store_integers(&mut masses);
                if MOMENT {
                    moment.add(mass, e);
                }
                for lane in 0..WIDTH {
                    let (key, mass) = (keys[lane], masses[lane]);
                    self.lanes[lane][order.bin(key) & LAST_BIN] += order.weight(key, mass);
                }
            }
            moment.settle();
        }
        moment.total()
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
        self.fill::<L, O, false>(order)?;
        Ok(&self.scratch.tally)
    }

    /// The surprise of the tokens left and their [`Masses`], by the same read.
    ///
    /// # Errors
    /// As [`tally`](Self::tally).
    pub(crate) fn tally_surprise<L: Lanes>(&mut self) -> Result<(Surprise, &Tally)> {
        let scale = self.scale::<L>()?;
        let moment = self.fill::<L, _, true>(&Masses)?;
        let tally = &*self.scratch.tally;
        Ok((Surprise::from_moments(scale, tally.total(), moment), tally))
    }

    fn fill<L: Lanes, O: Weigh, const MOMENT: bool>(&mut self, order: &O) -> Result<u64> {
        let scale = self.scale::<L>()?;
        let Scratch { tally, block_max, values, .. } = &mut *self.scratch;
        tally.lanes.iter_mut().for_each(|lane| lane.fill(0));
        let moment = if let Some(n) = self.listed {
            tally.add::<L, O, false, MOMENT>(values[..n].chunks(BLOCK), scale, order)
        } else {
            let blocks = self.x.chunks(BLOCK).zip(&*block_max);
            let with_mass = blocks.filter(|(_, max)| !scale.is_massless(**max)).map(|(block, _)| block);
            if scale.temperature == 1.0 {
                tally.add::<L, O, false, MOMENT>(with_mass, scale, order)
            } else {
                tally.add::<L, O, true, MOMENT>(with_mass, scale, order)
            }
        };
        tally.join_lanes();
        Ok(moment)
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
