//! The rows of a step as a source of logits: the model itself, or what a backend runs in its place.

use super::{ban, sequence::Sequence, word};
use crate::{
    backend::{
        LogitSource,
        decode::{Context, Contexts},
    },
    core::{error::Result, token::TokenId},
    generate::timing::Clock,
    model::{LanguageModel, Tokens},
    settings::GenerateSettings,
};

/// `logits = model(idx[:, -block_size:])[:, -1, :]` for the rows that are still going.
pub(super) struct ModelRows<'a> {
    model: &'a mut dyn LanguageModel,
    clock: &'a dyn Clock,
    sequences: &'a [Sequence],
    /// The same for a network; empty where the model is none.
    contexts: Vec<Context<'a>>,
    /// How many tokens the model is shown.
    n_shown: usize,
    /// How many of them a network sees.
    block_size: usize,
    is_new: bool,
    banned: &'a [TokenId],
}

impl<'a> ModelRows<'a> {
    pub(super) fn new(
        (model, clock): (&'a mut dyn LanguageModel, &'a dyn Clock),
        sequences: &'a [Sequence],
        settings: &GenerateSettings,
        is_new: bool,
        banned: &'a [TokenId],
    ) -> Self {
        let n_shown = settings.run.block_size.unwrap_or(model.block_size());
        let block_size = n_shown.min(model.block_size());
        let contexts = if model.network().is_some() { contexts(sequences, n_shown) } else { Vec::new() };
        Self { model, clock, sequences, contexts, n_shown, block_size, is_new, banned }
    }
}

impl LogitSource for ModelRows<'_> {
    fn contexts(&self) -> Option<Contexts<'_>> {
        let network = self.model.network()?;
        Some(Contexts { network, block_size: self.block_size, rows: &self.contexts, is_new: self.is_new })
    }

    fn logits(&mut self, out: &mut [f32]) -> Result<()> {
        let vocab_size = self.model.vocab().len();
        let active = self.sequences.iter().enumerate().filter(|(_, sequence)| sequence.is_active());
        for ((row, sequence), logits) in active.zip(out.chunks_mut(vocab_size)) {
            self.model.next_logits(row, sequence.context(self.n_shown), logits)?;
            ban(logits, self.banned);
        }
        Ok(())
    }

    fn logits_of(&mut self, ids: &[TokenId]) -> Result<Vec<f32>> {
        Ok(self.model.forward(Tokens::new(ids, 1)?)?.values)
    }

    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

/// Of each row that goes on at least the last `n_shown` tokens, and one more where there is one.
pub(super) fn contexts(sequences: &[Sequence], n_shown: usize) -> Vec<Context<'_>> {
    let active = sequences.iter().enumerate().filter(|(_, sequence)| sequence.is_active());
    active.map(|(row, it)| Context { ids: it.context(n_shown.saturating_add(1)), row: word(row) }).collect()
}
