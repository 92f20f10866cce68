//! One row to sample, built in a line: `Case::new("ties", [1.0, 2.0, 2.0]).top_k(2)`.

use logitlab::{
    backend::{Backend, Detail, Row, Step},
    error::Error,
    history::History,
    plan::{Penalties, Plan, Stage},
    rng::{Draw, philox4x32_10},
    stages::{Bias, MinP, Sequence, Temperature, TopK, TopP},
    token::TokenId,
};

use super::{block_on, sample_row};

/// Logits, plan and past of one row, with a name for messages.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub name: String,
    pub logits: Vec<f32>,
    pub plan: Plan,
    pub past: Past,
}

/// The tokens so far, as plain lists.
#[derive(Debug, Clone, Default)]
pub(crate) struct Past {
    pub prompt: Vec<TokenId>,
    pub output: Vec<TokenId>,
    pub window: Option<usize>,
    /// The second random number of the step.
    pub chance: u64,
    /// With which probability the tokens of the output were drawn.
    pub odds: Vec<f32>,
    /// Before the stage that looks at that.
    pub originals: Vec<f32>,
}

impl Past {
    /// The same as the engine keeps it.
    pub(crate) fn history(&self) -> History {
        let mut history = History::new(self.window);
        self.prompt.iter().for_each(|&token| history.push_prompt(token));
        self.output.iter().for_each(|&token| history.push_output(token));
        self.odds.iter().for_each(|&p| history.observe(p));
        self.originals.iter().for_each(|&p| history.observe_original(p));
        history
    }
}

impl Case {
    pub(crate) fn new(name: &str, logits: impl Into<Vec<f32>>) -> Self {
        let plan = Plan { stages: Vec::new(), greedy: false };
        Self { name: name.to_owned(), logits: logits.into(), plan, past: Past::default() }
    }

    /// Logits whose softmax is `probabilities`; 0 is masked.
    pub(crate) fn of_probabilities(name: &str, probabilities: &[f64]) -> Self {
        Self::new(name, probabilities.iter().map(|p| p.ln() as f32).collect::<Vec<_>>())
    }

    /// Adds a stage at the end of the plan.
    pub(crate) fn stage(mut self, stage: Stage) -> Self {
        self.plan.stages.push(stage);
        self
    }

    pub(crate) fn bias(self, pairs: &[(TokenId, f32)]) -> Self {
        self.stage(Stage::Bias(Bias(pairs.to_vec())))
    }

    pub(crate) fn penalties(self, repetition: f32, presence: f32, frequency: f32) -> Self {
        self.stage(Stage::Penalties(Penalties { repetition, presence, frequency, ..Penalties::OFF }))
    }

    pub(crate) fn temperature(self, t: f32) -> Self {
        self.stage(Stage::Temperature(Temperature::fixed(t)))
    }

    pub(crate) fn top_k(self, k: usize) -> Self {
        self.stage(Stage::TopK(TopK(k)))
    }

    pub(crate) fn top_p(self, p: f64) -> Self {
        self.stage(Stage::TopP(TopP(p)))
    }

    pub(crate) fn min_p(self, min_p: f64) -> Self {
        self.stage(Stage::MinP(MinP(min_p)))
    }

    pub(crate) fn greedy(mut self) -> Self {
        self.plan.greedy = true;
        self
    }

    pub(crate) fn past(mut self, prompt: &[TokenId], output: &[TokenId]) -> Self {
        self.past = Past { prompt: prompt.to_vec(), output: output.to_vec(), ..self.past };
        self
    }

    pub(crate) fn window(mut self, window: usize) -> Self {
        self.past.window = Some(window);
        self
    }

    /// The coin, or nothing for a greedy plan.
    pub(crate) fn draw(&self, coin: u64) -> Draw<'static> {
        if self.plan.greedy { Draw::None } else { Draw::Coin(coin) }
    }

    /// Samples it.
    pub(crate) fn step<B: Backend>(&self, backend: &mut B, coin: u64, want_trace: bool) -> Result<Step, String> {
        self.try_step(backend, self.draw(coin), want_trace).map_err(|error| format!("{}: refused: {error}", self.name))
    }

    /// Samples it with one coin after the other, as one batch.
    pub(crate) fn steps<B: Backend>(
        &self,
        backend: &mut B,
        coins: impl Iterator<Item = u64>,
    ) -> Result<Vec<Step>, String> {
        self.draws(backend, coins.map(|coin| self.draw(coin)))
    }

    /// The same with any draws.
    pub(crate) fn draws<'a, B: Backend>(
        &'a self,
        backend: &mut B,
        draws: impl Iterator<Item = Draw<'a>>,
    ) -> Result<Vec<Step>, String> {
        let history = self.past.history();
        let rows: Vec<Row<'_>> = draws.map(|draw| Row { plan: &self.plan, history: &history, draw }).collect();
        let mut logits = self.logits.repeat(rows.len());
        let mut out = Vec::with_capacity(rows.len());
        block_on(backend.step(&mut logits, &rows, Detail::Token, &mut out))
            .map_err(|error| format!("{}: refused: {error}", self.name))?;
        assert_eq!(out.len(), rows.len(), "a step for every row");
        Ok(out)
    }

    /// Samples it with any draw, and gives the engine's error as it is.
    pub(crate) fn try_step<B: Backend>(
        &self,
        backend: &mut B,
        draw: Draw<'_>,
        want_trace: bool,
    ) -> Result<Step, Error> {
        sample_row(backend, &self.logits, &self.plan, &self.past.history(), draw, want_trace)
    }
}

/// The second random number of a step with this coin.
pub(crate) fn chance_of(coin: u64) -> u64 {
    let [low, high, ..] = philox4x32_10([coin as u32, (coin >> 32) as u32, 3, 0], [0, 0]);
    u64::from(high) << 32 | u64::from(low)
}

/// A sequence of which the ids are known without a vocabulary.
pub(crate) fn ids_of(sequence: &Sequence) -> &Vec<u32> {
    match sequence {
        Sequence::Ids(ids) => ids,
        Sequence::Text(text) => panic!("the tokens of {text:?} are not known here"),
    }
}
