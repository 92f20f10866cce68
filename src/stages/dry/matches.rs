//! What repeats the end of a text, and what a repeated sequence does not reach over.

use crate::{
    core::{
        history::FIRST_TOKENS,
        token::{TokenId, Vocab},
    },
    stages::Sequence,
};

/// Sequence breakers as token ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Breakers {
    /// Tokens that break by themselves, ascending.
    single: Vec<TokenId>,
    /// Those of two tokens and more.
    longer: Vec<Vec<TokenId>>,
}

impl Breakers {
    /// Those that are ids already.
    pub(super) fn of_ids(sequences: &[Sequence]) -> Self {
        let mut breakers = Self::default();
        for sequence in sequences {
            match sequence {
                Sequence::Ids(ids) if ids.len() == 1 => breakers.single.push(ids[0]),
                Sequence::Ids(ids) => breakers.longer.push(ids.clone()),
                Sequence::Text(_) => {}
            }
        }
        breakers.single.sort_unstable();
        breakers
    }

    /// All of them: a text breaks at every token that contains it. Cost: O(bytes of the vocabulary) for each text.
    pub(super) fn of(sequences: &[Sequence], vocab: &Vocab) -> Self {
        let mut breakers = Self::of_ids(sequences);
        for sequence in sequences {
            if let Sequence::Text(text) = sequence {
                let holds =
                    |id: &TokenId| vocab.token_bytes(*id).windows(text.len()).any(|part| part == text.as_bytes());
                breakers.single.extend((0..).take(vocab.len()).filter(holds));
            }
        }
        breakers.single.sort_unstable();
        breakers.single.dedup();
        breakers
    }

    /// Whether a token breaks by itself.
    pub(super) fn is_one(&self, id: TokenId) -> bool {
        self.single.binary_search(&id).is_ok()
    }

    /// How many tokens come after the last breaker; all where there is none.
    pub(super) fn tokens_since(&self, text: &[TokenId]) -> usize {
        let breaks_at = |from: &usize| {
            let longest = self.longer.iter().filter(|ids| text[*from..].starts_with(ids)).map(Vec::len).max();
            longest.or_else(|| self.is_one(text[*from]).then_some(1))
        };
        let last = (0..text.len()).rev().find_map(|from| breaks_at(&from).map(|length| from + length));
        text.len() - last.unwrap_or(0)
    }
}

/// For each number of tokens back, from 0: how many of the tokens before that place are the same as those at the end of the text; of 0 nothing is
/// asked. The Z-algorithm on the reversed text: inside of what was seen to match, the answer is known from the beginning. Cost: O(T).
pub(super) fn repeat_lengths(text: &[TokenId], lengths: &mut Vec<usize>) {
    let n = text.len();
    lengths.clear();
    lengths.reserve(n.max(FIRST_TOKENS));
    lengths.resize(n, 0);
    let from_end = |back: usize| text[n - 1 - back];
    // The match that reaches furthest: [left, right).
    let (mut left, mut right) = (0, 0);
    for back in 1..n {
        let known = if back < right { lengths[back - left].min(right - back) } else { 0 };
        let mut length = known;
        while back + length < n && from_end(length) == from_end(back + length) {
            length += 1;
        }
        if back + length > right {
            (left, right) = (back, back + length);
        }
        lengths[back] = length;
    }
}
