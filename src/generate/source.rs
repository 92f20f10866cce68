//! The rows of a step as a source of logits: the model itself, or what a backend runs in its place.

use super::{ban, sequence::Sequence, word};
use crate::{
    backend::{
        LogitSource,
        decode::{Context, Contexts},
    },
    core::{error::Result, token::TokenId},
    generate::{output::ReadSoFar, timing::Clock},
    model::{LanguageModel, Place, Reading, Tokens},
    settings::GenerateSettings,
};

/// How far the rows of a step are read, from call to call.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// Of each row of the run.
    rows: Vec<Reading>,
    /// Rows that are still going and whose logits are there.
    n_done: usize,
    /// Tokens that a backend has read by itself, where it does.
    by_backend: Option<usize>,
    /// What the model has taken for what it is at, in milliseconds.
    spent_ms: f64,
    /// What a backend asked for to compare.
    aside: Reading,
    of_aside: Vec<f32>,
}

impl Reader {
    /// The step's logits are there, or are not wanted any more.
    pub(super) fn end_step(&mut self) {
        (self.n_done, self.by_backend, self.spent_ms) = (0, None, 0.0);
        (self.aside, self.of_aside) = (Reading::default(), Vec::new());
    }

    /// How far a step is of whose contexts, cut to what the model sees, these are the lengths.
    fn so_far(&self, lengths: impl Iterator<Item = (usize, usize)>) -> ReadSoFar {
        let mut sum = ReadSoFar { read: 0, tokens: 0 };
        for (ix, (row, len)) in lengths.enumerate() {
            let begun = self.rows.get(row).filter(|reading| reading.is_under_way()).map_or(0, Reading::n_read);
            sum.tokens += len;
            sum.read += if ix < self.n_done { len } else { begun };
        }
        sum.read = self.by_backend.unwrap_or(sum.read);
        sum
    }
}

/// `logits = model(idx[:, -block_size:])[:, -1, :]` for the rows that are still going.
pub(super) struct ModelRows<'a> {
    model: &'a mut dyn LanguageModel,
    clock: &'a dyn Clock,
    /// When its time is over.
    deadline: f64,
    reader: &'a mut Reader,
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
        model: &'a mut dyn LanguageModel,
        (clock, deadline): (&'a dyn Clock, f64),
        reader: &'a mut Reader,
        sequences: &'a [Sequence],
        settings: &GenerateSettings,
        is_new: bool,
        banned: &'a [TokenId],
    ) -> Self {
        let n_shown = settings.run.block_size.unwrap_or(model.block_size());
        let block_size = n_shown.min(model.block_size());
        let contexts = if model.network().is_some() { contexts(sequences, n_shown) } else { Vec::new() };
        reader.rows.resize_with(sequences.len(), Reading::default);
        Self { model, clock, deadline, reader, sequences, contexts, n_shown, block_size, is_new, banned }
    }

    /// How far it is.
    pub(super) fn so_far(&self) -> ReadSoFar {
        let active = self.sequences.iter().enumerate().filter(|(_, sequence)| sequence.is_active());
        self.reader.so_far(active.map(|(row, sequence)| (row, sequence.context(self.block_size).len())))
    }
}

impl LogitSource for ModelRows<'_> {
    fn contexts(&self) -> Option<Contexts<'_>> {
        let network = self.model.network()?;
        Some(Contexts { network, block_size: self.block_size, rows: &self.contexts, is_new: self.is_new })
    }

    fn logits(&mut self, out: &mut [f32]) -> Result<bool> {
        let vocab_size = self.model.vocab().len();
        let is_over = &mut is_over(self.clock, self.deadline);
        let active = self.sequences.iter().enumerate().filter(|(_, sequence)| sequence.is_active());
        let n_before = self.reader.n_done;
        for ((row, sequence), logits) in active.zip(out.chunks_mut(vocab_size)).skip(n_before) {
            if self.reader.n_done > n_before && is_over() {
                return Ok(false);
            }
            let (context, reading) = (sequence.context(self.n_shown), &mut self.reader.rows[row]);
            if !self.model.read(Place::Row(row), context, reading, is_over, logits)? {
                return Ok(false);
            }
            ban(logits, self.banned);
            self.reader.n_done += 1;
        }
        Ok(true)
    }

    fn logits_of(&mut self, ids: &[TokenId]) -> Result<Option<Vec<f32>>> {
        let is_over = &mut is_over(self.clock, self.deadline);
        let Reader { aside, of_aside, .. } = &mut *self.reader;
        let is_done = self.model.forward_on(Tokens::new(ids, 1)?, aside, is_over, of_aside)?;
        Ok(is_done.then(|| std::mem::take(of_aside)))
    }

    fn note_read(&mut self, n_tokens: usize) {
        self.reader.by_backend = Some(n_tokens);
    }

    fn spend(&mut self, ms: f64, is_done: bool) -> f64 {
        let all = self.reader.spent_ms + ms;
        self.reader.spent_ms = if is_done { 0.0 } else { all };
        all
    }

    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

/// Whether a time is over; the clock is not looked at where it never is.
fn is_over(clock: &dyn Clock, deadline: f64) -> impl FnMut() -> bool + '_ {
    move || deadline < f64::INFINITY && clock.now_ms() >= deadline
}

/// Of each row that goes on at least the last `n_shown` tokens, and one more where there is one.
pub(super) fn contexts(sequences: &[Sequence], n_shown: usize) -> Vec<Context<'_>> {
    let active = sequences.iter().enumerate().filter(|(_, sequence)| sequence.is_active());
    active.map(|(row, it)| Context { ids: it.context(n_shown.saturating_add(1)), row: word(row) }).collect()
}
