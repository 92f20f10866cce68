//! One row of a run: its tokens, its text, and why it ended.

use super::output::{FinishReason, RowChunk, RowOutcome};
use crate::{
    backend::{ChainOutput, Step},
    core::{
        error::Result,
        history::History,
        text::{TextStream, incomplete_tail},
        token::{TokenId, Vocab},
    },
    settings::{GenerateSettings, LoopSettings},
    stages::{
        Constraint,
        plan::{Plan, Stage},
    },
};

/// A prompt and what was drawn after it.
#[derive(Debug)]
pub(super) struct Sequence {
    ids: Vec<TokenId>,
    prompt_len: usize,
    /// Counted only where the plan looks at it.
    pub history: History,
    reads_history: bool,
    constraint: Option<Constraint>,
    /// Scratch space of the constraint.
    allowed: Vec<u32>,
    stream: TextStream,
    new_text: String,
    chunk: RowChunk,
    pub finish_reason: Option<FinishReason>,
}

impl Sequence {
    pub(super) fn new(ids: Vec<TokenId>, vocab: &Vocab, plan: &Plan, settings: &GenerateSettings) -> Self {
        let mut history = History::new(settings.sampling.penalty_window);
        if plan.reads_history() {
            ids.iter().for_each(|&id| history.push_prompt(id));
        }
        let mut stream = TextStream::new(settings.run.stop_strings.iter().cloned());
        stream.begin_with(&split_prompt(&ids, vocab).1);
        let constraint = plan.stages.iter().find_map(|stage| match stage {
            Stage::Constraint(constraint) => Some(constraint.clone()),
            _ => None,
        });
        let mut sequence = Self {
            prompt_len: ids.len(),
            ids,
            history,
            reads_history: plan.reads_history(),
            constraint,
            allowed: Vec::new(),
            stream,
            new_text: String::new(),
            chunk: RowChunk::default(),
            finish_reason: None,
        };
        if sequence.is_complete() {
            sequence.finish(FinishReason::Constraint);
        }
        sequence
    }

    /// Whether the constraint allows nothing more.
    fn is_complete(&mut self) -> bool {
        let Self { constraint, history, allowed, .. } = self;
        constraint.as_ref().is_some_and(|constraint| constraint.is_over(history, allowed))
    }

    /// Refuses a token that the constraint does not allow next.
    pub(super) fn require(&mut self, token: TokenId) -> Result<()> {
        let Self { constraint, history, allowed, .. } = self;
        constraint.as_ref().map_or(Ok(()), |constraint| constraint.require(token, history, allowed))
    }

    pub(super) fn is_active(&self) -> bool {
        self.finish_reason.is_none()
    }

    /// Tokens drawn so far.
    pub(super) fn n_new(&self) -> usize {
        self.ids.len() - self.prompt_len
    }

    /// The end of the sequence, at most `block_size` tokens.
    pub(super) fn context(&self, block_size: usize) -> &[TokenId] {
        &self.ids[self.ids.len().saturating_sub(block_size)..]
    }

    pub(super) fn last(&self) -> TokenId {
        self.ids[self.ids.len() - 1]
    }

    /// Appends a token and sees whether the row has ended.
    pub(super) fn append(&mut self, step: Step, vocab: &Vocab, options: &LoopSettings) {
        if let Some(trace) = step.trace {
            self.chunk.traces.push(*trace);
        }
        self.push(step.token, step.probability, step.kept, vocab, options);
    }

    /// Notes the original probability of the token that was appended last.
    pub(super) fn observe_original(&mut self, probability: f32) {
        self.history.observe_original(probability);
        self.chunk.original_probabilities.push(probability);
    }

    /// Appends up to `n` tokens of a chain, until the row ends, and returns how many that were.
    pub(super) fn append_chain(
        &mut self,
        chain: &ChainOutput,
        n: usize,
        vocab: &Vocab,
        options: &LoopSettings,
    ) -> usize {
        let steps = chain.tokens.iter().zip(&chain.probabilities).zip(&chain.kept);
        let before = self.n_new();
        for ((&token, &probability), &kept) in steps.take(n) {
            if !self.is_active() {
                break;
            }
            self.push(token, probability, kept, vocab, options);
        }
        self.n_new() - before
    }

    fn push(&mut self, token: TokenId, probability: f32, kept: u32, vocab: &Vocab, options: &LoopSettings) {
        self.ids.push(token);
        if self.reads_history {
            self.history.push_output(token);
            self.history.observe(probability);
        }
        self.chunk.tokens.push(token);
        self.chunk.probabilities.push(probability);
        self.chunk.kept.push(kept);
        // The token that ends the text comes after so many others, also one that was put there.
        self.stream.pass_stops(self.n_new() <= options.min_new_tokens);
        self.stream.push(vocab.token_bytes(token));
        if self.stream.stopped().is_some() {
            self.finish(FinishReason::Stop);
        } else if self.n_new() > options.min_new_tokens && options.eos_token_id.contains(&token) {
            self.finish(FinishReason::Eos);
        } else if self.is_complete() {
            self.finish(FinishReason::Constraint);
        } else if self.n_new() >= options.max_new_tokens {
            self.finish(FinishReason::Length);
        }
    }

    pub(super) fn finish(&mut self, reason: FinishReason) {
        self.finish_reason = Some(reason);
        self.chunk.finish_reason = Some(reason);
        self.take_text();
        let rest = self.stream.finish();
        self.new_text.push_str(&rest);
        self.chunk.text.push_str(&rest);
    }

    /// Moves the text that became final to the chunk and to the whole.
    pub(super) fn take_text(&mut self) {
        let ready = self.stream.take_ready();
        self.new_text.push_str(&ready);
        self.chunk.text.push_str(&ready);
    }

    pub(super) fn take_chunk(&mut self) -> RowChunk {
        let next = RowChunk { finish_reason: self.finish_reason, ..RowChunk::default() };
        std::mem::replace(&mut self.chunk, next)
    }

    pub(super) fn outcome(&self, vocab: &Vocab) -> RowOutcome {
        RowOutcome {
            ids: self.ids.clone(),
            text: split_prompt(&self.ids[..self.prompt_len], vocab).0 + &self.new_text,
            new_text: self.new_text.clone(),
            finish_reason: self.finish_reason,
        }
    }
}

/// A prompt's text, and the bytes at its end that begin a character: what is drawn may complete it, so it belongs to the new text.
fn split_prompt(ids: &[TokenId], vocab: &Vocab) -> (String, Vec<u8>) {
    let mut bytes: Vec<u8> = ids.iter().flat_map(|&id| vocab.token_bytes(id)).copied().collect();
    let begun = bytes.split_off(bytes.len() - incomplete_tail(&bytes));
    (String::from_utf8_lossy(&bytes).into_owned(), begun)
}
