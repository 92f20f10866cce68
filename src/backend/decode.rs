//! What a backend is told to run a network by itself: the contexts, and how many steps after them.

use crate::{
    core::{network::Network, token::TokenId},
    stages::plan::Plan,
};

/// One sequence.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Its last tokens: all, or at least as many as are seen.
    pub ids: &'a [TokenId],
    /// Its number: the row of its random numbers, and of what the backend keeps of it.
    pub row: u32,
}

/// What a network is to read.
#[derive(Clone, Copy)]
pub struct Contexts<'a> {
    /// The network.
    pub network: &'a dyn Network,
    /// How many of the last tokens are seen, at least 1.
    pub block_size: usize,
    /// The sequences, none without a token.
    pub rows: &'a [Context<'a>],
    /// Nothing of them was read before in this run.
    pub is_new: bool,
}

impl Contexts<'_> {
    /// Whether everything that is seen has to be read, and not one token a row.
    pub fn are_read_whole(&self) -> bool {
        self.is_new || !self.network.uses_cache() || self.rows.iter().any(|row| row.ids.len() > self.block_size)
    }

    /// How many tokens have to be read.
    pub fn n_tokens(&self) -> usize {
        let seen = self.rows.iter().map(|row| row.ids.len().min(self.block_size));
        if self.are_read_whole() { seen.sum() } else { self.rows.len() }
    }
}

/// A run of steps after some contexts, in which no stage looks at the history and every random number is Philox's.
#[derive(Clone, Copy)]
pub struct Decode<'a> {
    /// Where it begins.
    pub contexts: Contexts<'a>,
    /// What happens before each draw.
    pub plan: &'a Plan,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Step of the first random number.
    pub first_step: u32,
    /// How many steps, at most; at least 1.
    pub n: u32,
}
