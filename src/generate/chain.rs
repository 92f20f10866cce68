//! Many steps of a first-order model in one call of the backend.

use super::{Generation, Workbench, word};
use crate::{
    backend::{Ahead, Backend, Chain, ChainOutput, ChainRow, Transitions},
    core::{
        error::Result,
        token::{TokenId, Vocab},
    },
    model::FirstOrder,
    rng::RngKind,
};

/// Steps in one call of [`Backend::run_ahead`], at most.
const CHAIN_STEPS: usize = 4096;
/// Tokens in one call, over all rows.
const CHAIN_TOKENS: usize = 1 << 20;

impl<B: Backend> Generation<B> {
    /// Many steps at once, where the model and the plan allow it. The first step is left to [`step`](Self::step), so that TTFT is one token.
    pub(super) async fn chain(&mut self, bench: &mut Workbench<'_, B>, wanted: usize) -> Result<bool> {
        let may_chain = self.n_steps > 0
            && wanted > 1
            && !self.settings.run.trace
            && !self.plan.greedy
            && !self.plan.reads_history()
            && !self.plan.has_chance()
            && self.n_steps >= self.settings.run.min_new_tokens
            && bench.generator.kind() == RngKind::Philox;
        let Some(model) = bench.model.first_order().filter(|_| may_chain) else { return Ok(false) };
        let started = bench.clock.now_ms();
        let forced =
            self.settings.run.forced_tokens.iter().map(|(at, _)| *at as usize).filter(|at| *at >= self.n_steps);
        let end = forced.fold(self.settings.run.max_new_tokens, usize::min);
        let left = end - self.n_steps;
        if left == 0 {
            return Ok(false);
        }
        let active = || self.sequences.iter().enumerate().filter(|(_, sequence)| sequence.is_active());
        let rows: Vec<ChainRow> =
            active().map(|(row, sequence)| ChainRow { last: sequence.last(), row: word(row) }).collect();
        let most = (CHAIN_TOKENS / rows.len()).clamp(1, CHAIN_STEPS);
        self.chains.iter_mut().for_each(ChainOutput::clear);
        self.chains.resize_with(rows.len(), ChainOutput::default);
        let chain = Chain {
            model: &FirstOrderModel(model),
            plan: &self.plan,
            seed: bench.generator.seed(),
            first_step: bench.generator.step(),
            n: word(wanted.min(left).min(most)),
            eos: &self.settings.run.eos_token_id,
            rows: &rows,
        };
        if !bench.backend.run_ahead(&Ahead::Chain(chain), &mut self.chain_table, &mut self.chains).await? {
            return Ok(false);
        }
        // As far as every row can go: a row at a dead end leaves its error to the next step.
        let has_ended = |out: &ChainOutput| out.tokens.last().is_some_and(|token| chain.eos.contains(token));
        let lengths = self.chains.iter().filter(|out| !has_ended(out)).map(|out| out.tokens.len());
        let n_common = lengths.min().unwrap_or(chain.n as usize);
        if n_common == 0 {
            return Ok(false);
        }
        let sampled = bench.clock.now_ms();
        let (n_steps, n_tokens) = self.append_chains(n_common, bench.model.vocab());
        bench.generator.set_step(bench.generator.step().wrapping_add(word(n_steps)));
        self.n_steps += n_steps;
        self.stopwatch.record(started, started, sampled, bench.clock.now_ms(), n_steps, n_tokens);
        Ok(true)
    }

    /// Appends up to `n` tokens to each row, fewer where it ends; returns the steps of the longest and all tokens.
    fn append_chains(&mut self, n: usize, vocab: &Vocab) -> (usize, usize) {
        let (mut longest, mut n_tokens) = (0, 0);
        let active = self.sequences.iter_mut().filter(|sequence| sequence.is_active());
        for (sequence, chain) in active.zip(&self.chains) {
            let appended = sequence.append_chain(chain, n, vocab, &self.settings.run);
            n_tokens += appended;
            longest = longest.max(appended);
        }
        (longest, n_tokens)
    }
}

/// A model's [`FirstOrder`] side as the backend's [`Transitions`]: model and backend do not know each other, they meet here.
struct FirstOrderModel<'a>(&'a dyn FirstOrder);

impl Transitions for FirstOrderModel<'_> {
    fn vocab_size(&self) -> usize {
        self.0.vocab_size()
    }
    fn logits_after(&self, token: TokenId, out: &mut [f32]) {
        self.0.logits_after(token, out);
    }
}
