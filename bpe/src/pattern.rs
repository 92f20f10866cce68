//! Regular expressions as the tokenizers library reads them (Oniguruma's syntax), with bounds on what they may take.

use std::ops::Range;

use fancy_regex::{Regex, RegexBuilder};

use crate::{Result, quoted};

/// Steps back of one search, at most. The patterns of real files take one or two.
const MAX_BACKTRACKS: usize = 1_000_000;

/// Bytes of one compiled pattern, about.
const MAX_SIZE: usize = 4 << 20;

/// What is looked for in a text.
#[derive(Debug, Clone)]
pub(crate) enum Pattern {
    /// This text, which is not empty.
    Text(String),
    /// One character with a property.
    Character(fn(char) -> bool),
    /// A regular expression.
    Regex(Box<Regex>),
}

impl Pattern {
    /// Compiles a regular expression.
    pub(crate) fn regex(source: &str) -> Result<Self> {
        let mut builder = RegexBuilder::new(source);
        builder.oniguruma_mode(true).backtrack_limit(MAX_BACKTRACKS);
        builder.delegate_size_limit(MAX_SIZE).max_prog_size(MAX_SIZE);
        let regex = builder
            .build()
            .map_err(|error| format!("has the pattern {}, which cannot be used: {error}", quoted(source)))?;
        Ok(Self::Regex(Box::new(regex)))
    }

    /// All of a text in pieces, each with whether it matches.
    pub(crate) fn pieces(&self, text: &str) -> Result<Vec<(Range<usize>, bool)>> {
        let (mut pieces, mut end) = (Vec::new(), 0);
        self.for_each_match(text, |found| {
            if found.start > end {
                pieces.push((end..found.start, false));
            }
            end = found.end;
            pieces.push((found, true));
        })?;
        if end < text.len() {
            pieces.push((end..text.len(), false));
        }
        Ok(pieces)
    }

    fn for_each_match(&self, text: &str, mut take: impl FnMut(Range<usize>)) -> Result<()> {
        match self {
            Self::Text(wanted) => text.match_indices(wanted).for_each(|(at, found)| take(at..at + found.len())),
            Self::Character(has) => text.match_indices(has).for_each(|(at, found)| take(at..at + found.len())),
            Self::Regex(regex) => {
                for found in regex.find_iter(text) {
                    let found =
                        found.map_err(|error| format!("has the pattern {}, {error}", quoted(regex.as_str())))?;
                    take(found.start()..found.end());
                }
            }
        }
        Ok(())
    }
}
