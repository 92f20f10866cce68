//! Many steps of a first-order model in one go: the next distribution depends on the last token alone, so each state's stages are run
//! once and kept as integer prefix sums. A step is then one coin and one binary search, and draws the same token as the general path.

use super::{CpuBackend, Scratch, draw::scaled, lanes::Lanes, row::RowState};
use crate::{
    backend::{Chain, ChainOutput},
    error::Result,
    history::History,
    rng::{Draw, Philox},
    token::TokenId,
};

/// Above this many tokens a table could fill the memory: V states of up to V entries.
const MAX_VOCAB_SIZE: usize = 1024;

/// The states seen so far.
#[derive(Debug, Default)]
pub struct ChainTable {
    states: Vec<Option<State>>,
    logits: Vec<f32>,
}

/// The tokens left after the stages, in id order.
#[derive(Debug)]
struct State {
    /// Running sums of their masses; the last is W.
    sums: Vec<u64>,
    ids: Vec<TokenId>,
    probabilities: Vec<f32>,
}

impl<L: Lanes> CpuBackend<L> {
    /// [`Backend::chain`](crate::backend::Backend::chain), which on the CPU has nothing to wait for.
    ///
    /// # Errors
    /// As there.
    pub fn chain_now(&mut self, chain: &Chain<'_>, table: &mut ChainTable, out: &mut ChainOutput) -> Result<bool> {
        if chain.model.vocab_size() > MAX_VOCAB_SIZE || chain.plan.greedy || chain.plan.reads_history() {
            return Ok(false);
        }
        table.states.resize_with(chain.model.vocab_size(), || None);
        let mut last = chain.last;
        for i in 0..chain.n {
            let slot = &mut table.states[last as usize];
            let state = match slot {
                Some(state) => state,
                None => slot.insert(state_after::<L>(chain, last, &mut table.logits, &mut self.scratch)?),
            };
            let coin = Philox::coin(chain.seed, chain.first_step.wrapping_add(i), chain.row);
            let r = scaled(state.sums[state.sums.len() - 1], coin);
            let position = state.sums.partition_point(|&sum| sum <= r);
            last = state.ids[position];
            out.tokens.push(last);
            out.probabilities.push(state.probabilities[position]);
            out.kept.push(state.ids.len().try_into().unwrap_or(u32::MAX));
        }
        Ok(true)
    }
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
    let row = crate::backend::Row { plan: chain.plan, history: &history, draw: Draw::None };
    let mut state = RowState::new(0, logits, scratch);
    for stage in &chain.plan.stages {
        super::apply::<L>(stage, &mut state, &row)?;
    }
    if state.list().is_none() {
        state.keep_where::<L>(|_| true)?;
    }
    state.list_masses::<L>()?;
    let mut sum = 0;
    let (mut sums, mut ids) = (Vec::new(), Vec::new());
    for (id, _, mass) in state.weighted() {
        sum += u64::from(mass);
        sums.push(sum);
        ids.push(id);
    }
    let probabilities = (0..sums.len()).map(|i| share(sums[i] - if i == 0 { 0 } else { sums[i - 1] }, sum)).collect();
    Ok(State { sums, ids, probabilities })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "masses below 2^53, reported in f32")]
fn share(mass: u64, total: u64) -> f32 {
    (mass as f64 / total as f64) as f32
}
