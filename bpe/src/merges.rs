//! A word's characters, merged pair by pair.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

/// The vocabulary, and which pairs of tokens are merged in which order.
#[derive(Debug)]
pub(crate) struct Merges {
    /// Token, in visible characters → id.
    pub vocab: HashMap<String, u32>,
    /// Two ids that stand side by side → how early they are merged, and the id of both together.
    pub pairs: HashMap<(u32, u32), (u32, u32)>,
    /// A word that is a token is that token, whatever its merges would make of it.
    pub takes_whole_words: bool,
    /// What stands for a character without a token. Without this, such characters are dropped.
    pub unknown: Option<u32>,
    /// Several of them in a row become one.
    pub fuses_unknown: bool,
}

/// A token on its way, in a list that is linked both ways: merging two of them is O(1).
struct Symbol {
    id: u32,
    before: Option<usize>,
    after: Option<usize>,
    /// False once it became a part of the one before it.
    is_there: bool,
}

/// Pairs to be merged: the earliest in training first, of equal ones the leftmost.
type Queue = BinaryHeap<Reverse<(u32, usize, u32)>>;

impl Merges {
    /// Appends a word's ids. Cost: O(n log n).
    pub(crate) fn encode(&self, word: &str, ids: &mut Vec<u32>) {
        if let Some(&id) = self.vocab.get(word).filter(|_| self.takes_whole_words) {
            ids.push(id);
            return;
        }
        let mut symbols = self.symbols(word);
        let mut queue = Queue::new();
        for at in 0..symbols.len() {
            self.enqueue(&symbols, Some(at), &mut queue);
        }
        while let Some(Reverse((_, at, merged))) = queue.pop() {
            // One of the two may have become a part of another token since.
            if !symbols[at].is_there || self.pair_at(&symbols, at).is_none_or(|(_, id)| id != merged) {
                continue;
            }
            let Some(gone) = symbols[at].after else { continue };
            symbols[gone].is_there = false;
            symbols[at].id = merged;
            symbols[at].after = symbols[gone].after;
            if let Some(next) = symbols[gone].after {
                symbols[next].before = Some(at);
            }
            self.enqueue(&symbols, symbols[at].before, &mut queue);
            self.enqueue(&symbols, Some(at), &mut queue);
        }
        ids.extend(symbols.iter().filter(|symbol| symbol.is_there).map(|symbol| symbol.id));
    }

    /// A token for each character.
    fn symbols(&self, word: &str) -> Vec<Symbol> {
        let (mut ids, mut was_unknown, mut utf8) = (Vec::with_capacity(word.len()), false, [0; 4]);
        for character in word.chars() {
            let known = self.vocab.get(&*character.encode_utf8(&mut utf8)).copied();
            let is_fused = known.is_none() && was_unknown && self.fuses_unknown;
            ids.extend(known.or(self.unknown).filter(|_| !is_fused));
            was_unknown = known.is_none();
        }
        let n = ids.len();
        let symbol = |(at, id): (usize, u32)| Symbol {
            id,
            before: at.checked_sub(1),
            after: Some(at + 1).filter(|&next| next < n),
            is_there: true,
        };
        ids.into_iter().enumerate().map(symbol).collect()
    }

    /// What the symbol and the one after it would become.
    fn pair_at(&self, symbols: &[Symbol], at: usize) -> Option<(u32, u32)> {
        let after = symbols[at].after?;
        self.pairs.get(&(symbols[at].id, symbols[after].id)).copied()
    }

    fn enqueue(&self, symbols: &[Symbol], at: Option<usize>, queue: &mut Queue) {
        let pair = at.and_then(|at| self.pair_at(symbols, at).map(|(rank, id)| Reverse((rank, at, id))));
        queue.extend(pair);
    }
}
