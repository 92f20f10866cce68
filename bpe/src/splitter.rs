//! What cuts a text into words.

use std::ops::Range;

use serde::Deserialize;

use crate::{Result, pattern::Pattern, visible};

/// GPT-2's words.
pub(crate) const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

/// One step of a pre-tokenizer.
#[derive(Debug)]
pub(crate) enum Splitter {
    /// Cuts at what matches.
    Split { pattern: Pattern, behavior: Behavior, is_inverted: bool },
    /// Puts a space before every piece that has none.
    PrefixSpace,
    /// Writes bytes as visible characters.
    Bytes,
}

/// What becomes of a match.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) enum Behavior {
    /// It is left out.
    Removed,
    /// It is a piece.
    Isolated,
    /// It is a piece, together with the matches right before and after it.
    Contiguous,
    /// It belongs to the piece before it.
    MergedWithPrevious,
    /// It belongs to the piece after it.
    MergedWithNext,
}

/// All steps, one after the other: the words of a text, in visible characters.
pub(crate) fn split(steps: &[Splitter], text: &str) -> Result<Vec<String>> {
    let mut words = vec![text.to_owned()];
    for step in steps {
        let mut next = Vec::with_capacity(words.len());
        for word in words {
            step.apply(word, &mut next)?;
        }
        words = next;
    }
    Ok(words)
}

impl Splitter {
    fn apply(&self, word: String, words: &mut Vec<String>) -> Result<()> {
        match self {
            Self::PrefixSpace if !word.starts_with(' ') => words.push(format!(" {word}")),
            Self::PrefixSpace => words.push(word),
            Self::Bytes => words.push(visible::write(&word)),
            Self::Split { pattern, behavior, is_inverted } => {
                let mut pieces = pattern.pieces(&word)?;
                pieces.iter_mut().for_each(|(_, is_match)| *is_match ^= is_inverted);
                let ranges = behavior.join(pieces);
                words.extend(ranges.into_iter().filter(|range| !range.is_empty()).map(|range| word[range].to_owned()));
            }
        }
        Ok(())
    }
}

impl Behavior {
    /// The pieces that are left, each a word.
    fn join(self, mut pieces: Vec<(Range<usize>, bool)>) -> Vec<Range<usize>> {
        let is_backwards = matches!(self, Self::MergedWithNext);
        if is_backwards {
            pieces.reverse();
        }
        let (mut words, mut was_match) = (Vec::<Range<usize>>::with_capacity(pieces.len()), false);
        for (piece, is_match) in pieces {
            let joins = match self {
                Self::Removed | Self::Isolated => false,
                Self::Contiguous => is_match == was_match,
                Self::MergedWithPrevious | Self::MergedWithNext => is_match && !was_match,
            };
            was_match = is_match;
            match words.last_mut() {
                Some(last) if joins => *last = last.start.min(piece.start)..last.end.max(piece.end),
                _ if is_match && matches!(self, Self::Removed) => {}
                _ => words.push(piece),
            }
        }
        if is_backwards {
            words.reverse();
        }
        words
    }
}
