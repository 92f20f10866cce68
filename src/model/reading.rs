//! Contexts that a model reads from call to call, so that others get their turn.

use std::sync::{Arc, Weak};

/// Which sequence a context belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is the end of the sequence with this number.
    Row(usize),
    /// It is the end of no sequence in particular: caches of rows lose nothing.
    Aside,
}

/// One reader of a model, who may stop in the middle of a context and go on later. What the model has made of it is kept as long as the reader is
/// there; others may ask the same model in between.
#[derive(Debug, Default)]
pub struct Reading {
    /// What the model knows it by.
    id: Arc<()>,
    is_under_way: bool,
    n_read: usize,
    n_tokens: usize,
}

impl Reading {
    /// Whether a context was begun and not read to its end.
    pub fn is_under_way(&self) -> bool {
        self.is_under_way
    }

    /// Tokens of the context that went through the model, or did not have to. Whole chunks count.
    pub fn n_read(&self) -> usize {
        self.n_read
    }

    /// Tokens that the model sees of the context.
    pub fn n_tokens(&self) -> usize {
        self.n_tokens
    }

    /// After a call of the model: `n_read` of `n_tokens` are done.
    pub(super) fn note(&mut self, is_done: bool, n_read: usize, n_tokens: usize) {
        (self.is_under_way, self.n_read, self.n_tokens) = (!is_done, n_read, n_tokens);
    }

    /// What the model is to know it by.
    pub(super) fn id(&self) -> Weak<()> {
        Arc::downgrade(&self.id)
    }
}
