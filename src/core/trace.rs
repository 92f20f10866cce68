//! What every stage did in one step: a column per stage, for plots and lessons. Filled only on request.

use serde::Serialize;

use crate::core::token::TokenId;

/// One step, explained. V = vocabulary size; vectors named after tokens have V entries. Entropies are in bits.
///
/// Serialised without its columns: the web edge hands them over as typed arrays.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StepTrace {
    /// Logits as the model gave them; -inf is masked.
    #[serde(skip)]
    pub logits: Vec<f32>,
    /// Their softmax, before any stage.
    #[serde(skip)]
    pub raw_probabilities: Vec<f32>,
    /// Entropy of that.
    pub raw_entropy: f64,
    /// 2^entropy: as uncertain as a draw from so many equal tokens.
    pub raw_effective_vocab: f64,
    /// The stages that were on, in order.
    #[serde(skip)]
    pub stages: Vec<StageTrace>,
    /// The distribution the token was drawn from; masked is exactly 0.
    #[serde(skip)]
    pub probabilities: Vec<f32>,
    /// Entropy of that.
    pub entropy: f64,
    /// 2^entropy.
    pub effective_vocab: f64,
    /// Tokens left to draw from.
    pub kept: u32,
    /// The draw itself.
    #[serde(skip)]
    pub draw: DrawTrace,
}

/// What one stage did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageTrace {
    /// The stage's name.
    pub stage: &'static str,
    /// Its setting in words: "top_p = 0.9".
    pub setting: String,
    /// Logits after the stage; -inf is masked.
    #[serde(skip)]
    pub values: Vec<f32>,
    /// Whether it changed the logit of a token that is left.
    #[serde(skip)]
    pub moves: bool,
    /// Tokens this stage removed, ascending.
    #[serde(skip)]
    pub removed: Vec<TokenId>,
    /// For each of them the number that the rule compared: its logit, the mass before it, its share of the most likely one: see the stage. None at
    /// all where only [`Detail::Columns`](crate::backend::Detail::Columns) are asked for.
    #[serde(skip)]
    pub evidence: Vec<f32>,
    /// The number they were compared with; NaN where the stage compares nothing.
    pub limit: f64,
    /// One sentence: what was removed and why.
    pub rule: String,
    /// What the text may go on with here, where the stage allows only some of it; else nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<String>,
    /// Probability removed, of the distribution that entered.
    pub mass_removed: f64,
    /// Entropy of the distribution that entered.
    pub entropy_before: f64,
    /// Entropy of the distribution that left.
    pub entropy_after: f64,
    /// 2^`entropy_after`.
    pub effective_vocab: f64,
    /// Tokens left.
    pub kept: u32,
}

/// How the token was chosen among those left.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DrawTrace {
    /// The largest logit, lowest id first.
    Greedy {
        /// The token.
        token: TokenId,
        /// Its probability: 1.
        probability: f64,
    },
    /// Inverse CDF in id order.
    Coin {
        /// The token.
        token: TokenId,
        /// Its probability.
        probability: f64,
        /// The 64-bit coin.
        coin: u64,
        /// The random number u, the coin as a point in [0, 1).
        position: f64,
        /// The token's share of [0, 1), kept tokens laid side by side in id order.
        interval: (f64, f64),
    },
    /// PyTorch's exponential race: the largest p / q wins.
    Race {
        /// The token.
        token: TokenId,
        /// Its probability.
        probability: f64,
        /// Its noise q.
        noise: f32,
        /// Its p / q.
        ratio: f32,
        /// Who came second; equal to `token` when nobody else was left.
        runner_up: TokenId,
        /// The second's p / q.
        runner_up_ratio: f32,
    },
}

impl Default for DrawTrace {
    fn default() -> Self {
        Self::Greedy { token: 0, probability: 1.0 }
    }
}
