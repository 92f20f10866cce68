//! The notebook's `generate()`: crop to `block_size`, forward, last position, stages, draw, append. Any model, any backend.
//!
//! A [`Generation`] is one run. It is advanced some tokens at a time, and a long prompt some parts at a time, so that a page can show them, stop, and
//! stay alive in between.

mod chain;
mod decode;
mod output;
pub mod sample;
mod sequence;
mod source;
pub mod timing;

pub use output::{Chunk, FinishReason, Outcome, ReadSoFar, RowChunk, RowOutcome};

use sequence::Sequence;
use source::{ModelRows, Reader};
use timing::{Clock, Stopwatch};

use crate::{
    backend::{Backend, ChainOutput, Detail, Row, Step},
    core::{
        error::{Error, Result},
        token::{TokenId, Vocab},
    },
    model::LanguageModel,
    rng::{Draw, Generator, NoiseBuffer},
    settings::{GenerateSettings, Settings},
    stages::plan::Plan,
};

/// What a run works with; the same four from one call to the next.
pub struct Workbench<'a, B> {
    /// Gives the logits.
    pub model: &'a mut dyn LanguageModel,
    /// Draws the tokens.
    pub backend: &'a mut B,
    /// Makes the randomness.
    pub generator: &'a mut Generator,
    /// Tells the time.
    pub clock: &'a dyn Clock,
}

impl<'a, B> Workbench<'a, B> {
    /// The same bench for one more call.
    pub fn reborrow(&mut self) -> Workbench<'_, B> {
        Workbench { model: self.model, backend: self.backend, generator: self.generator, clock: self.clock }
    }
}

/// One run over B prompts.
#[derive(Debug)]
pub struct Generation<B: Backend> {
    settings: GenerateSettings,
    plan: Plan,
    sequences: Vec<Sequence>,
    stopwatch: Stopwatch,
    n_steps: usize,
    reader: Reader,
    /// Where the last call ended in the middle of what the model reads.
    reading: Option<ReadSoFar>,
    /// What earlier calls have spent on the step that comes, in milliseconds.
    spent_ms: f64,
    // Buffers, so that a token allocates nothing after warm-up.
    logits: Vec<f32>,
    noise: Vec<NoiseBuffer>,
    steps: Vec<Step>,
    /// Of a forced token, how probable it was in each row, where a stage will ask.
    forced_odds: Vec<f32>,
    /// What makes a token's original probability, where a stage looks at it; the logits that it is made of; and that of each row's token.
    original: Option<Plan>,
    before: Vec<f32>,
    originals: Vec<f32>,
    chain_table: B::ChainTable,
    chains: Vec<ChainOutput>,
    decoded: decode::Decoded,
}

impl<B: Backend> Generation<B> {
    /// A run over `prompts`, each a row of token ids. Nothing is computed and no randomness is used yet.
    ///
    /// # Errors
    /// `EmptyPrompt`; `InvalidToken` for an id of a prompt outside the model's vocabulary, `InvalidSetting` for one of a setting.
    pub fn new(settings: GenerateSettings, prompts: Vec<Vec<TokenId>>, model: &dyn LanguageModel) -> Result<Self> {
        let vocab = model.vocab();
        if prompts.is_empty() || (model.needs_prompt() && prompts.iter().any(Vec::is_empty)) {
            return Err(Error::EmptyPrompt);
        }
        for ids in &prompts {
            vocab.check(ids)?;
        }
        vocab.check_setting("eos_token_id", &settings.run.eos_token_id)?;
        let forced: Vec<TokenId> = settings.run.forced_tokens.iter().map(|&(_, token)| token).collect();
        vocab.check_setting("forced_tokens", &forced)?;
        let plan = settings.sampling.plan_with(vocab)?;
        let sequences = prompts.into_iter().map(|ids| Sequence::new(ids, vocab, &plan, &settings)).collect();
        Ok(Self {
            original: plan.original(),
            plan,
            sequences,
            stopwatch: Stopwatch::default(),
            n_steps: 0,
            reader: Reader::default(),
            reading: None,
            spent_ms: 0.0,
            logits: Vec::new(),
            noise: Vec::new(),
            steps: Vec::new(),
            forced_odds: Vec::new(),
            before: Vec::new(),
            originals: Vec::new(),
            chain_table: B::ChainTable::default(),
            chains: Vec::new(),
            decoded: decode::Decoded::default(),
            settings,
        })
    }

    /// How its tokens are drawn.
    pub fn settings(&self) -> &Settings {
        &self.settings.sampling
    }

    /// Every row has its reason to stop.
    pub fn is_finished(&self) -> bool {
        self.sequences.iter().all(|sequence| sequence.finish_reason.is_some())
    }

    /// Draws up to `max_steps` tokens per row, for about `budget_ms` at most, and returns what became final. At least a part of what the model has to
    /// read is read, so that there may be no token yet.
    ///
    /// # Errors
    /// Those of the model and the backend. The text so far, the settings and the seed are as before the failed step.
    pub async fn advance(&mut self, mut bench: Workbench<'_, B>, max_steps: usize, budget_ms: f64) -> Result<Chunk> {
        self.stopwatch.start_run(bench.clock);
        self.reading = None;
        let result = self.run(&mut bench, max_steps, budget_ms).await;
        self.sequences.iter_mut().for_each(Sequence::take_text);
        if result.is_err() || self.is_finished() {
            // Others may have the model's caches.
            self.forget_reading();
            self.reader = Reader::default();
        }
        result.map(|()| self.take_chunk())
    }

    async fn run(&mut self, bench: &mut Workbench<'_, B>, max_steps: usize, budget_ms: f64) -> Result<()> {
        let deadline = bench.clock.now_ms() + budget_ms;
        let last_step = self.n_steps.saturating_add(max_steps);
        while !self.is_finished() && self.n_steps < last_step {
            let wanted = last_step - self.n_steps;
            let is_done = self.decode(bench, wanted).await?;
            if !is_done && !self.chain(bench, wanted).await? {
                self.step(bench, deadline).await?;
            }
            let now = bench.clock.now_ms();
            self.check_time(now);
            if now >= deadline {
                break;
            }
        }
        Ok(())
    }

    /// Stops every row that is still going; the text so far stays.
    pub fn abort(&mut self) {
        self.finish_all(FinishReason::Aborted);
    }

    fn forget_reading(&mut self) {
        self.reader.end_step();
        (self.reading, self.spent_ms) = (None, 0.0);
    }

    /// The whole run so far.
    pub fn outcome(&self, model: &dyn LanguageModel, generator: &Generator) -> Result<Outcome> {
        let rows = self.sequences.iter().map(|sequence| sequence.outcome(model.vocab())).collect();
        Ok(Outcome { rng: generator.kind().as_str(), seed: generator.seed(), rows, timings: self.stopwatch.timings() })
    }

    /// One token for every row that is still going: the notebook's loop body. None where there is no time to read all of what is before it.
    async fn step(&mut self, bench: &mut Workbench<'_, B>, deadline: f64) -> Result<()> {
        if let Some(token) = self.forced() {
            self.sequences.iter_mut().filter(|sequence| sequence.is_active()).try_for_each(|it| it.require(token))?;
        }
        let started = bench.clock.now_ms() - self.spent_ms;
        if !self.forward(bench, deadline).await? {
            self.spent_ms = bench.clock.now_ms() - started;
            return Ok(());
        }
        self.forget_reading();
        let modelled = bench.clock.now_ms();
        self.draw(bench).await?;
        self.force();
        let sampled = bench.clock.now_ms();
        let n_tokens = self.append(bench.model.vocab());
        self.n_steps += 1;
        self.stopwatch.record(started, modelled, sampled, bench.clock.now_ms(), 1, n_tokens);
        Ok(())
    }

    /// `logits = model(idx[:, -block_size:])[:, -1, :]` for the rows that are still going; false where the time was over before.
    async fn forward(&mut self, bench: &mut Workbench<'_, B>, deadline: f64) -> Result<bool> {
        let vocab_size = bench.model.vocab().len();
        let n_active = self.sequences.iter().filter(|sequence| sequence.is_active()).count();
        self.logits.resize(n_active * vocab_size, 0.0);
        let is_early = self.n_steps < self.settings.run.min_new_tokens;
        let banned = if is_early { self.settings.run.eos_token_id.as_slice() } else { &[] };
        let is_new = self.n_steps == 0;
        let (time, reader) = ((bench.clock, deadline), &mut self.reader);
        let mut source =
            ModelRows::new(&mut *bench.model, time, reader, &self.sequences, &self.settings, is_new, banned);
        if !bench.backend.forward(&mut source, &mut self.logits).await? {
            self.reading = Some(source.so_far());
            return Ok(false);
        }
        self.logits.chunks_mut(vocab_size).for_each(|logits| ban(logits, banned));
        Ok(true)
    }

    /// `next_id = sample_next_token(logits)`: stages, softmax, draw.
    async fn draw(&mut self, bench: &mut Workbench<'_, B>) -> Result<()> {
        self.noise.resize_with(self.sequences.len(), NoiseBuffer::new);
        self.steps.clear();
        let forced = self.forced();
        let detail = if self.settings.run.trace || forced.is_some() { Detail::Evidence } else { Detail::Token };
        let (plan, generator, vocab_size) = (&self.plan, &mut *bench.generator, bench.model.vocab().len());
        let sequences = self.sequences.iter().zip(&mut self.noise).enumerate();
        let mut rows = sequences.filter(|(_, (sequence, _))| sequence.is_active()).map(|(row, (sequence, noise))| {
            let draw = if plan.greedy { Draw::None } else { generator.draw(word(row), vocab_size, noise) };
            Row { plan, history: &sequence.history, draw }
        });
        // One row, the usual case, needs no list of them.
        let (one, several);
        let rows = match (rows.next(), self.sequences.len()) {
            (None, _) => &[][..],
            (Some(row), 1) => {
                one = [row];
                &one
            }
            (Some(row), _) => {
                several = std::iter::once(row).chain(rows).collect::<Vec<_>>();
                &several
            }
        };
        self.forced_odds.clear();
        for (ix, row) in rows.iter().enumerate().filter(|(_, row)| row.plan.follows()) {
            let Some(token) = forced else { break };
            let mut logits = self.logits[ix * vocab_size..][..vocab_size].to_vec();
            self.forced_odds.push(sample::odds(ix, &mut logits, row, token)?);
        }
        if self.original.is_some() {
            self.before.clone_from(&self.logits);
        }
        if !rows.is_empty() {
            bench.backend.step(&mut self.logits, rows, detail, &mut self.steps).await?;
        }
        self.originals.clear();
        for (ix, (row, logits)) in rows.iter().zip(self.before.chunks_mut(vocab_size)).enumerate() {
            let Some(plan) = &self.original else { break };
            let token = forced.unwrap_or(self.steps[ix].token);
            let drawn = self.forced_odds.get(ix).copied().unwrap_or(self.steps[ix].probability);
            let before = sample::odds(ix, logits, &Row { plan, ..*row }, token)?;
            self.originals.push(sample::original_of(drawn, before));
        }
        if !plan.greedy {
            bench.generator.next_step();
        }
        Ok(())
    }

    /// The token that the user wants at this step.
    fn forced(&self) -> Option<TokenId> {
        self.settings.run.forced_tokens.iter().find(|(at, _)| *at as usize == self.n_steps).map(|&(_, token)| token)
    }

    /// Replaces the drawn token with the forced one. The random number is used all the same, so the later ones do not change.
    fn force(&mut self) {
        let Some(token) = self.forced() else { return };
        for (ix, step) in self.steps.iter_mut().enumerate() {
            step.token = token;
            let traced = || step.trace.as_ref().map_or(0.0, |trace| trace.probabilities[token as usize]);
            step.probability = self.forced_odds.get(ix).copied().unwrap_or_else(traced);
            step.trace = step.trace.take().filter(|_| self.settings.run.trace);
        }
    }

    /// `idx = cat([idx, next_id])`; returns how many tokens that were.
    fn append(&mut self, vocab: &Vocab) -> usize {
        let n_tokens = self.steps.len();
        let active = self.sequences.iter_mut().filter(|sequence| sequence.is_active());
        for (ix, (sequence, step)) in active.zip(self.steps.drain(..)).enumerate() {
            sequence.append(step, vocab, &self.settings.run);
            self.originals.get(ix).into_iter().for_each(|&original| sequence.observe_original(original));
        }
        n_tokens
    }

    fn check_time(&mut self, now: f64) {
        if self.settings.run.max_time.is_some_and(|seconds| self.stopwatch.elapsed_ms(now) >= seconds * 1000.0) {
            self.finish_all(FinishReason::Time);
        }
    }

    fn finish_all(&mut self, reason: FinishReason) {
        for sequence in self.sequences.iter_mut().filter(|sequence| sequence.is_active()) {
            sequence.finish(reason);
        }
    }

    fn take_chunk(&mut self) -> Chunk {
        Chunk {
            reading: self.reading,
            finished: self.is_finished(),
            rows: self.sequences.iter_mut().map(Sequence::take_chunk).collect(),
            timings: self.stopwatch.take_chunk_times(),
        }
    }
}

/// Masks single tokens.
pub(crate) fn ban(logits: &mut [f32], ids: &[TokenId]) {
    for &id in ids {
        logits[id as usize] = f32::NEG_INFINITY;
    }
}

#[allow(clippy::cast_possible_truncation, reason = "rows of a batch, or steps of a run: far fewer than 2^32")]
pub(crate) fn word(n: usize) -> u32 {
    n as u32
}
