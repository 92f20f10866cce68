//! A model learned by counting: how often does one character follow another in a text?

use super::{FirstOrder, LanguageModel, Logits, Tokens, forward_first_order, next_first_order};
use crate::core::{
    error::{Error, Result},
    number::shortest,
    token::{TokenId, Vocab},
};

/// A bigram model of a text's characters, with additive smoothing: logit = ln((count + a) / (total + a·V)).
///
/// Only pairs that occur take memory.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedBigram {
    vocab: Vocab,
    /// One per token.
    rows: Vec<Row>,
    /// The rows' seen followers, end to end, ascending in each row, with their logits.
    followers: Vec<(TokenId, f32)>,
}

/// What follows one token.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    /// Where the row's followers end.
    end: usize,
    /// The logit of every token that never followed.
    unseen: f32,
}

impl CountedBigram {
    /// The largest vocabulary.
    pub const MAX_CHARACTERS: usize = 1 << 16;

    /// Smoothing when none is asked for.
    pub const DEFAULT_SMOOTHING: f64 = 0.1;

    /// Counts the neighbours in `text`. The vocabulary is the text's characters and the space. Cost: O(n log n).
    ///
    /// # Errors
    /// `ModelFormat` for an empty text or more than 65,536 distinct characters; `InvalidSetting` unless `smoothing` > 0 and finite.
    pub fn from_text(text: &str, smoothing: f64) -> Result<Self> {
        let format = |reason: String| Err(Error::of_model(reason));
        if text.is_empty() {
            return format("the text is empty: give it at least one character to count".to_owned());
        }
        let vocab = Vocab::from_text(text);
        if vocab.len() > Self::MAX_CHARACTERS {
            return format(format!(
                "the text has {} distinct characters, at most {} are possible",
                vocab.len(),
                Self::MAX_CHARACTERS
            ));
        }
        if !(smoothing > 0.0 && (smoothing * vocab.len() as f64).is_finite()) {
            return Err(Error::invalid("smoothing", shortest(smoothing), "use a finite number > 0, for example 0.1"));
        }
        Ok(Self::count(vocab, text, smoothing))
    }

    /// How many distinct pairs of neighbours the text had.
    pub fn n_pairs(&self) -> usize {
        self.followers.len()
    }

    fn count(vocab: Vocab, text: &str, smoothing: f64) -> Self {
        let ids = vocab.encode(text).expect("a vocabulary with a space").ids;
        // A pair as one integer: first token, then follower.
        let mut pairs: Vec<u64> = ids.windows(2).map(|pair| u64::from(pair[0]) << 32 | u64::from(pair[1])).collect();
        pairs.sort_unstable();
        let (mut rows, mut followers) = (Vec::with_capacity(vocab.len()), Vec::new());
        let mut rest = pairs.as_slice();
        for token in (0..).take(vocab.len()) {
            let (row, others) = rest.split_at(rest.partition_point(|&pair| pair >> 32 == token));
            rest = others;
            let logit = |count: usize| {
                let total = row.len() as f64 + smoothing * vocab.len() as f64;
                narrow(libm::log(count as f64 + smoothing) - libm::log(total))
            };
            followers.extend(row.chunk_by(PartialEq::eq).map(|equal| (follower(equal[0]), logit(equal.len()))));
            rows.push(Row { end: followers.len(), unseen: logit(0) });
        }
        Self { vocab, rows, followers }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the low half of a pair")]
fn follower(pair: u64) -> TokenId {
    pair as TokenId
}

impl FirstOrder for CountedBigram {
    fn vocab_size(&self) -> usize {
        self.vocab.len()
    }

    fn logits_after(&self, token: TokenId, out: &mut [f32]) {
        let ix = token as usize;
        let start = if ix == 0 { 0 } else { self.rows[ix - 1].end };
        let Row { end, unseen } = self.rows[ix];
        out.fill(unseen);
        for &(follower, logit) in &self.followers[start..end] {
            out[follower as usize] = logit;
        }
    }
}

impl LanguageModel for CountedBigram {
    fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    fn forward(&mut self, idx: Tokens<'_>) -> Result<Logits> {
        forward_first_order(&self.vocab, self, idx)
    }

    fn next_logits(&mut self, _row: usize, context: &[TokenId], out: &mut [f32]) -> Result<()> {
        next_first_order(&self.vocab, self, context, out)
    }

    fn first_order(&self) -> Option<&dyn FirstOrder> {
        Some(self)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "logits are f32")]
fn narrow(x: f64) -> f32 {
    x as f32
}
