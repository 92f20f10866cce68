//! What is changed in a text before it is cut into words.

use std::borrow::Cow;

use unicode_normalization_alignments::UnicodeNormalization;

use crate::{Result, pattern::Pattern};

/// Bytes that normalizers may make of a text, at most.
const MAX_LEN: usize = 64 << 20;

/// One step of a normalizer.
#[derive(Debug)]
pub(crate) enum Normalizer {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
    /// Character by character, without regard to what stands around it.
    Lowercase,
    /// Removes whitespace at the ends.
    Strip {
        left: bool,
        right: bool,
    },
    /// Puts a text before every piece.
    Prepend(String),
    /// Puts `content` in the place of every match.
    Replace {
        pattern: Pattern,
        content: String,
    },
}

/// All steps, one after the other.
pub(crate) fn apply<'a>(steps: &[Normalizer], text: &'a str) -> Result<Cow<'a, str>> {
    steps.iter().try_fold(Cow::Borrowed(text), |text, step| {
        let text = step.apply(&text)?;
        if text.len() > MAX_LEN { Err(too_long()) } else { Ok(Cow::Owned(text)) }
    })
}

impl Normalizer {
    fn apply(&self, text: &str) -> Result<String> {
        Ok(match self {
            Self::Nfc => text.nfc().map(|(character, _)| character).collect(),
            Self::Nfd => text.nfd().map(|(character, _)| character).collect(),
            Self::Nfkc => text.nfkc().map(|(character, _)| character).collect(),
            Self::Nfkd => text.nfkd().map(|(character, _)| character).collect(),
            Self::Lowercase => text.chars().flat_map(char::to_lowercase).collect(),
            Self::Strip { left, right } => {
                let text = if *left { text.trim_start() } else { text };
                let text = if *right { text.trim_end() } else { text };
                text.to_owned()
            }
            Self::Prepend(_) if text.is_empty() => String::new(),
            Self::Prepend(prefix) => format!("{prefix}{text}"),
            Self::Replace { pattern, content } => replace(text, pattern, content)?,
        })
    }
}

fn replace(text: &str, pattern: &Pattern, content: &str) -> Result<String> {
    let mut replaced = String::with_capacity(text.len());
    for (range, is_match) in pattern.pieces(text)? {
        replaced.push_str(if is_match { content } else { &text[range] });
        if replaced.len() > MAX_LEN {
            return Err(too_long());
        }
    }
    Ok(replaced)
}

fn too_long() -> String {
    format!("has a normalizer that makes more than {MAX_LEN} bytes of this text")
}
