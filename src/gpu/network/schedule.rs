//! Which positions of which rows go through the network in each step: all that is new, which after the first step is one token a row; and
//! everything that is seen, once a context is longer than the block and its positions move, or when nothing is kept.

use super::{
    super::{layout::Drawn, step::word},
    layout::{ALL, Slot},
};
use crate::{
    backend::decode::Contexts,
    core::{order::sort_by_key, token::TokenId},
};

/// Words of a record.
const RECORD: usize = size_of::<Drawn>() / size_of::<u32>();

/// Slots of one pass. Those whose logits are wanted come first, so that the last block can leave the others alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass {
    /// The first of them.
    pub first: u32,
    /// How many.
    pub n: u32,
    /// How many are wanted.
    pub n_wanted: u32,
}

/// The slots of some steps in their order.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    pub slots: Vec<Slot>,
    /// The passes of each step.
    pub steps: Vec<Vec<Pass>>,
}

impl Schedule {
    /// Of `n` steps. `first_row` is the number of the cache's row 0, `ids` what its rows hold.
    pub(super) fn new(
        contexts: &Contexts<'_>,
        first_row: usize,
        ids: &[Vec<TokenId>],
        n: usize,
        most_slots: usize,
    ) -> Self {
        let mut schedule = Self::default();
        for step in 0..n {
            let begin = schedule.slots.len();
            for (out, context) in contexts.rows.iter().enumerate() {
                let row = context.row as usize - first_row;
                let window = Window::of(context.ids.len() + step, contexts.block_size);
                let known = match (contexts.network.uses_cache(), step) {
                    (false, _) => 0,
                    (true, 0) => shared(&ids[row], &context.ids[window.start..window.end - 1]),
                    (true, _) if window.start > 0 => 0,
                    (true, _) => window.end - 1,
                };
                schedule.slots.extend((window.start + known..window.end).map(|at| {
                    Slot {
                        token: context.ids.get(at).copied().unwrap_or_default(),
                        source: at
                            .checked_sub(context.ids.len())
                            .map_or(ALL, |step| word((step * contexts.rows.len() + out) * RECORD)),
                        position: word(at - window.start),
                        row: word(row),
                        out: if at + 1 == window.end { word(out) } else { ALL },
                    }
                }));
            }
            let mut first = begin;
            let passes = schedule.slots[begin..].chunks_mut(most_slots).map(|slots| {
                sort_by_key(slots, |slot| u64::from(slot.out == ALL));
                let n_wanted = slots.iter().filter(|slot| slot.out != ALL).count();
                let pass = Pass { first: word(first), n: word(slots.len()), n_wanted: word(n_wanted) };
                first += slots.len();
                pass
            });
            schedule.steps.push(passes.collect());
        }
        schedule
    }
}

/// The part of a sequence that is seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub start: usize,
    pub end: usize,
}

impl Window {
    /// The last `block_size` of `len` tokens.
    pub(super) fn of(len: usize, block_size: usize) -> Self {
        Self { start: len.saturating_sub(block_size), end: len }
    }
}

/// How many tokens two sequences begin with alike.
pub(super) fn shared(a: &[TokenId], b: &[TokenId]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
