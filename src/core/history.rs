//! The tokens so far, counted as they come, so that a penalty costs O(distinct tokens) a step and not O(text).

use std::collections::VecDeque;

use crate::core::token::TokenId;

/// Tokens for which there is memory from the start, so that a short text takes more only once.
pub(crate) const FIRST_TOKENS: usize = 1024;

/// How surprising the tokens drawn so far were: what a stage that follows them knows of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drawn {
    /// How many they are.
    pub n: u32,
    /// Σ −log2 p, each in whole steps of 2^-24 bits, so that a sum is the same in any order and on every device.
    steps: u64,
}

/// Steps of a bit.
const STEPS: f64 = 16_777_216.0;

impl Drawn {
    /// Σ −log2 p.
    #[allow(clippy::cast_precision_loss, reason = "exact below 2^53 steps, some 20 million tokens of 26 bits")]
    pub fn bits(self) -> f64 {
        self.steps as f64 / STEPS
    }
}

/// Prompt and output tokens of one sequence; they are counted inside an optional window of the last n.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// All of them, the prompt first.
    tokens: Vec<TokenId>,
    /// Where the output begins.
    n_prompt: usize,
    window: Option<usize>,
    /// Tokens inside the window, oldest first, with "is output"; kept only when there is a window to leave.
    recent: VecDeque<(TokenId, bool)>,
    counts: Vec<Count>,
    /// Every token that was ever in the window, once.
    distinct: Vec<TokenId>,
    drawn: Drawn,
    /// The original probability of each token of the output that could be drawn: before the stage that follows it.
    originals: Vec<f32>,
}

/// How often a token occurs inside the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// In prompt and output.
    pub total: u32,
    /// In the output alone.
    pub output: u32,
    /// Already in the list of distinct tokens.
    is_listed: bool,
}

impl History {
    /// An empty history that looks back over `window` tokens, or over all of them.
    pub fn new(window: Option<usize>) -> Self {
        Self { window, ..Self::default() }
    }

    /// Adds a token of the prompt, which comes before all output.
    pub fn push_prompt(&mut self, token: TokenId) {
        self.n_prompt += 1;
        self.push(token, false);
    }

    /// Adds a token of the output.
    pub fn push_output(&mut self, token: TokenId) {
        self.push(token, true);
    }

    /// Notes with which probability the last token of the output was drawn. One that could not be drawn was put there by hand, and does not count.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in [0, 149 · 2^24]")]
    pub fn observe(&mut self, probability: f32) {
        if probability > 0.0 {
            let bits = -libm::log2(f64::from(probability));
            self.drawn = Drawn { n: self.drawn.n + 1, steps: self.drawn.steps + (bits * STEPS) as u64 };
        }
    }

    /// Notes the original probability of the last token of the output. One of 0 was put there by hand, and does not count.
    pub fn observe_original(&mut self, probability: f32) {
        if probability > 0.0 {
            self.originals.push(probability);
        }
    }

    /// The original probabilities of the output's tokens, as far as they were [noted](Self::observe_original).
    pub fn originals(&self) -> &[f32] {
        &self.originals
    }

    /// How surprising the output's tokens were, as far as it was [noted](Self::observe).
    pub fn drawn(&self) -> Drawn {
        self.drawn
    }

    /// All tokens so far, oldest first, whatever the window.
    pub fn tokens(&self) -> &[TokenId] {
        &self.tokens
    }

    /// How many of them are the prompt's.
    pub fn n_prompt(&self) -> usize {
        self.n_prompt
    }

    /// The distinct tokens inside the window with their counts, in order of first appearance.
    pub fn counts(&self) -> impl Iterator<Item = (TokenId, Count)> + '_ {
        self.distinct.iter().map(|&token| (token, self.counts[token as usize])).filter(|(_, count)| count.total > 0)
    }

    fn push(&mut self, token: TokenId, is_output: bool) {
        if self.tokens.is_empty() {
            self.tokens.reserve(FIRST_TOKENS);
        }
        self.tokens.push(token);
        let ix = token as usize;
        if ix >= self.counts.len() {
            self.counts.resize(ix + 1, Count::default());
        }
        let count = &mut self.counts[ix];
        count.total += 1;
        count.output += u32::from(is_output);
        if !std::mem::replace(&mut count.is_listed, true) {
            self.distinct.push(token);
        }
        let Some(window) = self.window else { return };
        self.recent.push_back((token, is_output));
        if self.recent.len() > window
            && let Some((old, was_output)) = self.recent.pop_front()
        {
            self.counts[old as usize].total -= 1;
            self.counts[old as usize].output -= u32::from(was_output);
        }
    }
}
