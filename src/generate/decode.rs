//! The loop over a network that the backend runs by itself. The backend draws many tokens in one call, more than were asked for, and the rest is
//! kept: a random number depends on its step alone, so a token is the same whenever it is drawn.

use super::{Generation, Workbench, source::contexts, word};
use crate::{
    backend::{
        Ahead, Backend, ChainOutput,
        decode::{Contexts, Decode},
    },
    core::{error::Result, token::TokenId},
    model::LanguageModel,
    rng::RngKind,
    stages::{
        Bias,
        plan::{Plan, Stage},
    },
};

/// Steps of one call, at most.
const MOST_STEPS: usize = 64;
/// A call that takes less is followed by one of twice as many steps, a longer one than twice this by one of half as many: text should flow.
const CALL_MS: f64 = 125.0;

/// Tokens drawn and not asked for yet.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    /// Of each row that was going on when they were drawn, by its number.
    rows: Vec<(usize, ChainOutput)>,
    /// Seed and step of the next random number.
    next: (u64, u32),
    /// What a step cost, in milliseconds.
    step_ms: f64,
    /// Steps of the next call.
    n_steps: usize,
}

impl<B: Backend> Generation<B> {
    /// Up to `wanted` steps of a network that the backend runs; false, with nothing done, where it does not, or a step needs more than that.
    pub(super) async fn decode(&mut self, bench: &mut Workbench<'_, B>, wanted: usize) -> Result<bool> {
        let is_plain = self.plan.greedy || bench.generator.kind() == RngKind::Philox;
        if self.settings.run.trace || self.plan.reads_history() || !is_plain || self.forced().is_some() {
            return Ok(false);
        }
        if self.n_decoded(bench) == 0 {
            self.draw_ahead(bench).await?;
        }
        let n = self.n_decoded(bench).min(wanted);
        if n == 0 {
            return Ok(false);
        }
        let started = bench.clock.now_ms();
        let (mut longest, mut n_tokens) = (0, 0);
        for (row, drawn) in &mut self.decoded.rows {
            let sequence = &mut self.sequences[*row];
            if sequence.is_active() {
                let appended = sequence.append_chain(drawn, n, bench.model.vocab(), &self.settings.run);
                drawn.forget(appended);
                n_tokens += appended;
                longest = longest.max(appended);
            }
        }
        self.n_steps += longest;
        if !self.plan.greedy {
            bench.generator.set_step(bench.generator.step().wrapping_add(word(longest)));
        }
        self.decoded.next = (bench.generator.seed(), bench.generator.step());
        #[allow(clippy::cast_precision_loss, reason = "a few steps")]
        let modelled = longest as f64 * self.decoded.step_ms + self.spent_ms;
        self.forget_reading();
        self.stopwatch.record(started - modelled, started, started, bench.clock.now_ms(), longest, n_tokens);
        Ok(true)
    }

    /// Steps that every row still going has before it. None where the generator has gone elsewhere since.
    fn n_decoded(&self, bench: &Workbench<'_, B>) -> usize {
        if self.decoded.next != (bench.generator.seed(), bench.generator.step()) {
            return 0;
        }
        let active = self.decoded.rows.iter().filter(|(row, _)| self.sequences[*row].is_active());
        active.map(|(_, drawn)| drawn.tokens.len()).min().unwrap_or(0)
    }

    /// One call of the backend. The first draws one token, so that TTFT is that token's.
    async fn draw_ahead(&mut self, bench: &mut Workbench<'_, B>) -> Result<()> {
        self.decoded.rows.clear();
        let Some(network) = bench.model.network() else { return Ok(()) };
        let started = bench.clock.now_ms();
        let is_new = self.n_steps == 0;
        let bans = self.n_steps < self.settings.run.min_new_tokens && !self.settings.run.eos_token_id.is_empty();
        let banned = bans.then(|| without(&self.plan, &self.settings.run.eos_token_id));
        let forced =
            self.settings.run.forced_tokens.iter().map(|(at, _)| *at as usize).filter(|at| *at >= self.n_steps);
        let mut end = forced.fold(self.settings.run.max_new_tokens, usize::min);
        if bans {
            end = end.min(self.settings.run.min_new_tokens);
        }
        let n_steps = if is_new { 1 } else { self.decoded.n_steps.max(2) };
        let n = n_steps.min(end - self.n_steps);
        let block_size = self.block_size(bench.model);
        let rows = contexts(&self.sequences, block_size);
        let decode = Decode {
            contexts: Contexts { network, block_size, rows: &rows, is_new },
            plan: banned.as_ref().unwrap_or(&self.plan),
            seed: bench.generator.seed(),
            first_step: bench.generator.step(),
            n: word(n),
        };
        let mut drawn = vec![ChainOutput::default(); rows.len()];
        if n == 0 || !bench.backend.run_ahead(&Ahead::Network(decode), &mut self.chain_table, &mut drawn).await? {
            return Ok(());
        }
        let ms = bench.clock.now_ms() - started;
        let n_drawn = drawn.iter().map(|drawn| drawn.tokens.len()).max().unwrap_or(0).max(1);
        let rows = rows.iter().map(|context| context.row as usize).zip(drawn).collect();
        let next_n = if ms < CALL_MS {
            n_steps * 2
        } else if ms > 2.0 * CALL_MS {
            n_steps / 2
        } else {
            n_steps
        };
        self.decoded = Decoded {
            rows,
            next: (decode.seed, decode.first_step),
            #[allow(clippy::cast_precision_loss, reason = "a few steps")]
            step_ms: ms / n_drawn as f64,
            n_steps: next_n.clamp(1, MOST_STEPS),
        };
        Ok(())
    }

    /// How many tokens the model is shown.
    fn block_size(&self, model: &dyn LanguageModel) -> usize {
        self.settings.run.block_size.unwrap_or(usize::MAX).min(model.block_size())
    }
}

/// The same plan with these tokens banned before anything else.
fn without(plan: &Plan, ids: &[TokenId]) -> Plan {
    let mut plan = plan.clone();
    let bans = ids.iter().map(|&id| (id, f32::NEG_INFINITY));
    match plan.stages.first_mut() {
        Some(Stage::Bias(Bias(bias))) => bias.extend(bans),
        _ => plan.stages.insert(0, Bias(bans.collect()).into()),
    }
    plan
}
