//! The notebook's model: a random table, row = token, column = logit of what follows.

use super::{FirstOrder, LanguageModel, Logits, Tokens, forward_first_order, next_first_order};
use crate::{
    core::{
        error::Result,
        token::{TokenId, Vocab},
    },
    rng::Generator,
};

/// Spaces, vowels and common letters follow everything a little more often.
const BONUSES: [(&str, f32); 6] = [(" ", 1.0), ("e", 0.8), ("t", 0.6), ("a", 0.5), ("o", 0.5), ("n", 0.4)];

/// A bigram model with random weights: the logits depend on the current token alone.
#[derive(Debug, Clone, PartialEq)]
pub struct TinyBigram {
    vocab: Vocab,
    /// (V, V).
    weights: Vec<f32>,
}

impl TinyBigram {
    /// The notebook's `TinyBigramLM(30)`, made of the generator's next numbers.
    ///
    /// They are drawn twice, as there: N(0, 1) by `nn.Embedding`, which is lost, then N(0, 0.3²).
    pub fn notebook(generator: &mut Generator) -> Self {
        let vocab = Vocab::notebook();
        let mut weights = vec![0.0; vocab.len() * vocab.len()];
        generator.fill_normal(0.0, 1.0, &mut weights);
        generator.fill_normal(0.0, 0.3, &mut weights);
        for (text, bonus) in BONUSES {
            for id in vocab.encode(text).expect("the notebook's own characters").ids {
                weights.iter_mut().skip(id as usize).step_by(vocab.len()).for_each(|weight| *weight += bonus);
            }
        }
        Self { vocab, weights }
    }

    /// The table (V, V): row = current token, column = next token.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }
}

impl FirstOrder for TinyBigram {
    fn vocab_size(&self) -> usize {
        self.vocab.len()
    }

    fn logits_after(&self, token: TokenId, out: &mut [f32]) {
        let start = token as usize * self.vocab_size();
        out.copy_from_slice(&self.weights[start..start + self.vocab_size()]);
    }
}

impl LanguageModel for TinyBigram {
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
