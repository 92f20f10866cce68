//! Many steps of a first-order model in one go: the next distribution depends on the last token alone, so each state's stages are run
//! once and kept as integer prefix sums with a guide table. A step is then one random number and a look-up, and draws the same token as the general path.

use super::{CpuBackend, draw::share_of};
use crate::{
    backend::{Chain, ChainOutput, ChainRow},
    core::{error::Result, history::History, token::TokenId},
    lanes::Lanes,
    rng::{Draw, Philox},
    rows::{RowState, Scratch, softmax::scaled},
    stages::Given,
};

/// Above this many tokens a table could fill the memory: V states of up to V entries.
const MAX_VOCAB_SIZE: usize = 1024;

/// The states seen so far.
#[derive(Debug, Default)]
pub struct ChainTable {
    states: Vec<Option<State>>,
    logits: Vec<f32>,
}

impl ChainTable {
    /// Runs the stages of every state that has not been seen yet. False when this chain has no table.
    #[cfg(not(target_os = "wasi"))]
    pub(crate) fn complete(&mut self, chain: &Chain<'_>, backend: &mut CpuBackend) -> bool {
        if !has_table(chain) {
            return false;
        }
        self.states.resize_with(chain.model.vocab_size(), || None);
        for (token, slot) in (0..).zip(&mut self.states) {
            if slot.is_none() {
                *slot = state_after::<crate::lanes::Native>(chain, token, &mut self.logits, &mut backend.scratch).ok();
            }
        }
        true
    }

    /// What may follow each token; None at a dead end.
    #[cfg(not(target_os = "wasi"))]
    pub(crate) fn states(&self) -> &[Option<State>] {
        &self.states
    }
}

/// The tokens left after the stages.
#[derive(Debug)]
pub(crate) struct State {
    /// W, the sum of their masses.
    pub total: u64,
    /// How many they are.
    pub kept: u32,
    /// In id order.
    pub entries: Vec<Entry>,
    /// For each value of the coin's first byte, the first entry that such a coin can fall on.
    guide: [u16; 256],
}

impl State {
    /// The entry a coin falls on: the first whose running sum exceeds ⌊W·coin / 2^64⌋. The guide leaves a step or two to walk.
    #[inline(always)]
    fn entry(&self, coin: u64) -> &Entry {
        let r = scaled(self.total, coin);
        let start = usize::from(self.guide[(coin >> 56) as usize]);
        let walked = self.entries[start..].iter().position(|entry| entry.sum > r);
        let walked = walked.expect("the last running sum is W, and r is below it");
        &self.entries[start + walked]
    }
}

/// One token of a [`State`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// Running sum of the masses, this one included.
    pub sum: u64,
    /// The token.
    pub id: TokenId,
    /// Its probability.
    pub probability: f32,
}

impl<L: Lanes> CpuBackend<L> {
    /// [`Backend::run_ahead`](crate::backend::Backend::run_ahead) of a chain, which on the CPU has nothing to wait for.
    ///
    /// # Errors
    /// As there.
    pub fn chain_now(&mut self, chain: &Chain<'_>, table: &mut ChainTable, out: &mut [ChainOutput]) -> Result<bool> {
        if !has_table(chain) {
            return Ok(false);
        }
        table.states.resize_with(chain.model.vocab_size(), || None);
        for (row, out) in chain.rows.iter().zip(out) {
            let start = out.tokens.len();
            out.resize(start + chain.n as usize);
            let n_drawn = self.run(chain, *row, table, out, start);
            out.resize(start + n_drawn);
        }
        Ok(true)
    }

    /// Fills `out` from `start` on, up to an end or a state whose stages fail, and returns how many steps that were.
    fn run(
        &mut self,
        chain: &Chain<'_>,
        row: ChainRow,
        table: &mut ChainTable,
        out: &mut ChainOutput,
        start: usize,
    ) -> usize {
        let (tokens, probabilities) = (&mut out.tokens[start..], &mut out.probabilities[start..]);
        let slots = tokens.iter_mut().zip(probabilities).zip(&mut out.kept[start..]);
        let mut last = row.last;
        for (i, ((token, probability), kept)) in slots.enumerate() {
            let slot = &mut table.states[last as usize];
            let state = match slot {
                Some(state) => state,
                None => match state_after::<L>(chain, last, &mut table.logits, &mut self.scratch) {
                    Ok(state) => slot.insert(state),
                    Err(_) => return i,
                },
            };
            let coin = Philox::coin(chain.seed, step_number(chain.first_step, i), row.row);
            let entry = state.entry(coin);
            last = entry.id;
            (*token, *probability, *kept) = (entry.id, entry.probability, state.kept);
            if chain.eos.contains(&last) {
                return i + 1;
            }
        }
        chain.n as usize
    }
}

fn has_table(chain: &Chain<'_>) -> bool {
    chain.model.vocab_size() <= MAX_VOCAB_SIZE
        && !chain.plan.greedy
        && !chain.plan.reads_history()
        && !chain.plan.has_chance()
}

#[allow(clippy::cast_possible_truncation, reason = "i is below a u32")]
fn step_number(first: u32, i: usize) -> u32 {
    first.wrapping_add(i as u32)
}

/// Runs the stages on the logits that follow `token`.
fn state_after<L: Lanes>(
    chain: &Chain<'_>,
    token: TokenId,
    logits: &mut Vec<f32>,
    scratch: &mut Scratch,
) -> Result<State> {
    logits.resize(chain.model.vocab_size(), 0.0);
    chain.model.logits_after(token, logits);
    let history = History::default();
    let given = Given { history: &history, draw: Draw::None };
    let mut state = RowState::new(0, logits, scratch);
    for stage in &chain.plan.stages {
        stage.cpu::<L>(&mut state, &given)?;
    }
    if state.list().is_none() {
        state.keep_where::<L>(&|_| true)?;
    }
    let total = state.list_masses::<L>()?.iter().map(|&m| u64::from(m)).sum();
    let mut sum = 0;
    let (ids, _, masses) = state.weighted();
    #[allow(clippy::cast_possible_truncation, reason = "a probability is reported in f32")]
    let entry = |(&id, &mass)| {
        sum += u64::from(mass);
        Entry { sum, id, probability: share_of(u64::from(mass), total) as f32 }
    };
    let entries: Vec<Entry> = ids.iter().zip(masses).map(entry).collect();
    #[allow(clippy::cast_possible_truncation, reason = "a position is below the largest vocabulary, 1,024")]
    let guide = std::array::from_fn(|byte| {
        let least = scaled(total, (byte as u64) << 56);
        entries.partition_point(|entry| entry.sum <= least) as u16
    });
    Ok(State { total, kept: entries.len().try_into().unwrap_or(u32::MAX), entries, guide })
}
