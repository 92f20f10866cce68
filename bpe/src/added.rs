//! Tokens that are found in a text before anything else, as `<|endoftext|>` is.

use crate::{Piece, Result, pattern::Pattern};

/// Bytes of one such token, at most. It bounds what a text costs: every place is compared with them.
pub(crate) const MAX_LEN: usize = 1024;

/// A token as it stands in text.
#[derive(Debug, Clone)]
pub(crate) struct AddedToken {
    pub content: String,
    pub id: u32,
    /// Only where no letter or digit stands next to it.
    pub is_single_word: bool,
    /// Takes the whitespace before it along.
    pub strips_left: bool,
    /// Takes the whitespace after it along.
    pub strips_right: bool,
}

/// All of them, sorted by their bytes.
#[derive(Debug)]
pub(crate) struct AddedTokens {
    tokens: Vec<AddedToken>,
    /// A character of a word, where one of them has to be a single word.
    word: Option<Pattern>,
}

impl AddedTokens {
    /// Of equal ones the first counts.
    pub(crate) fn new(mut tokens: Vec<AddedToken>) -> Result<Self> {
        tokens.retain(|token| !token.content.is_empty());
        tokens.sort_by(|a, b| a.content.cmp(&b.content));
        tokens.dedup_by(|a, b| a.content == b.content);
        let needs_words = tokens.iter().any(|token| token.is_single_word);
        let word = needs_words.then(|| Pattern::regex(r"\w")).transpose()?;
        Ok(Self { tokens, word })
    }

    /// All of a text in pieces: tokens, and what lies between them. None is empty, but where a token has taken the whitespace before the
    /// next one.
    pub(crate) fn cut(&self, text: &str) -> Result<Vec<Piece>> {
        let (mut pieces, mut end, mut at) = (Vec::new(), 0, 0);
        while at < text.len() {
            let Some(token) = self.longest_at(&text.as_bytes()[at..]) else {
                at += 1;
                continue;
            };
            let (mut start, mut stop) = (at, at + token.content.len());
            at = stop;
            if token.is_single_word && self.is_in_word(&text[..start], &text[stop..])? {
                continue;
            }
            if token.strips_left {
                start = text[..start].trim_end().len().max(end);
            }
            if token.strips_right {
                stop = text.len() - text[stop..].trim_start().len();
            }
            if end < start {
                pieces.push((end..start, None));
            }
            pieces.push((start..stop, Some(token.id)));
            end = stop;
        }
        if end < text.len() {
            pieces.push((end..text.len(), None));
        }
        Ok(pieces)
    }

    /// The longest token that a text begins with: the range of those that agree with it so far shrinks byte by byte.
    fn longest_at(&self, text: &[u8]) -> Option<&AddedToken> {
        let (mut agreeing, mut longest) = (&self.tokens[..], None);
        for (depth, byte) in text.iter().enumerate() {
            let byte_of = |token: &AddedToken| token.content.as_bytes().get(depth).copied();
            let start = agreeing.partition_point(|token| byte_of(token) < Some(*byte));
            let end = agreeing.partition_point(|token| byte_of(token) <= Some(*byte));
            agreeing = &agreeing[start..end];
            // The shortest of them comes first.
            let Some(first) = agreeing.first() else { break };
            if first.content.len() == depth + 1 {
                longest = Some(first);
            }
        }
        longest
    }

    /// Whether a character of a word stands next to a token that has to be a word by itself.
    fn is_in_word(&self, before: &str, after: &str) -> Result<bool> {
        let Some(word) = &self.word else { return Ok(false) };
        for neighbour in [before.chars().next_back(), after.chars().next()].into_iter().flatten() {
            if word.pieces(neighbour.encode_utf8(&mut [0; 4]))?.iter().any(|(_, is_match)| *is_match) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
