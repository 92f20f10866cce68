//! What is exactly known of a text: how probable it was, and where one without end spends its time.

use serde::Serialize;

use crate::{
    backend::{Detail, Row},
    core::{
        error::{Error, Result},
        history::History,
        token::TokenId,
        trace::StepTrace,
    },
    cpu::CpuBackend,
    generate::sample::original_of,
    model::{LanguageModel, Place, Reading},
    rng::Draw,
    settings::{ScoreOptions, Settings},
    stages::plan::Plan,
};

/// Largest vocabulary whose table of transitions is made: 32 MiB.
const MOST_TOKENS: usize = 2048;
/// Steps towards the stationary distribution, at most.
const MOST_STEPS: u32 = 20_000;
/// Total variation of one step that counts as none.
const STILL: f64 = 1e-12;

/// The probability of a text, in several ways to read it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Odds {
    /// −log2 of it; infinite for an impossible text.
    pub bits: f64,
    /// 0 where it is too small for an f64.
    pub probability: f64,
    /// log10 of it.
    pub log10_probability: f64,
    /// 2^(bits / n); none for an empty text.
    pub perplexity: Option<f64>,
}

/// How probable the tokens of a text were.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// n.
    pub tokens: usize,
    /// By the model alone: temperature 1 and no stage.
    pub model: Odds,
    /// After all stages.
    pub settings: Odds,
}

/// The long run of a model that sees one token.
#[derive(Debug, Clone, PartialEq)]
pub struct Stationary {
    /// (V) share of each token in a text without end.
    pub probabilities: Vec<f32>,
    /// Bits per token of such a text.
    pub entropy_rate: f64,
    /// Whether the shares had come to rest.
    pub converged: bool,
}

/// How probable the output's tokens were after the prompt.
///
/// # Errors
/// `InvalidToken`, `EmptyPrompt`, and those of the model and the stages.
pub fn score(model: &mut dyn LanguageModel, options: &ScoreOptions, settings: &Settings) -> Result<Score> {
    let mut scoring = Scoring::new(model, options, settings)?;
    while !scoring.is_finished() {
        scoring.advance(model, &mut || false)?;
    }
    Ok(scoring.score())
}

/// A score on its way, token by token and part by part of what the model reads, so that others get their turn: beyond a GPT's block every token takes a
/// pass over the whole window.
#[derive(Debug)]
pub struct Scoring {
    /// Prompt and output.
    text: Vec<TokenId>,
    prompt_len: usize,
    block_size: usize,
    plan: Plan,
    history: History,
    reading: Reading,
    /// (V) for the next token.
    logits: Vec<f32>,
    /// Tokens of the output that are done.
    n: usize,
    model_bits: f64,
    settings_bits: f64,
}

impl Scoring {
    /// Nothing is computed yet.
    ///
    /// # Errors
    /// `InvalidToken`.
    pub fn new(model: &dyn LanguageModel, options: &ScoreOptions, settings: &Settings) -> Result<Self> {
        let prompt = &options.prompt_ids;
        let text = [prompt.as_slice(), &options.output_ids].concat();
        model.vocab().check(&text)?;
        let mut history = History::new(settings.penalty_window);
        prompt.iter().for_each(|&token| history.push_prompt(token));
        let block_size = options.block_size.unwrap_or(model.block_size());
        let (plan, prompt_len) = (settings.plan_with(model.vocab())?, prompt.len());
        let (reading, logits) = (Reading::default(), vec![0.0; model.vocab().len()]);
        let (n, model_bits, settings_bits) = (0, 0.0, 0.0);
        Ok(Self { text, prompt_len, block_size, plan, history, reading, logits, n, model_bits, settings_bits })
    }

    /// Every token is done.
    pub fn is_finished(&self) -> bool {
        self.prompt_len + self.n == self.text.len()
    }

    /// Takes the next token, if there is one, or where `is_over` says so only a part of what the model reads before it.
    ///
    /// # Errors
    /// `EmptyPrompt`, and those of the model and the stages.
    pub fn advance(&mut self, model: &mut dyn LanguageModel, is_over: &mut dyn FnMut() -> bool) -> Result<()> {
        let end = self.prompt_len + self.n;
        let Some(&token) = self.text.get(end) else { return Ok(()) };
        let context = &self.text[end.saturating_sub(self.block_size)..end];
        if !model.read(Place::Aside, context, &mut self.reading, is_over, &mut self.logits)? {
            return Ok(());
        }
        let after = after(&self.logits, &self.plan, &self.history)?;
        self.model_bits -= libm::log2(f64::from(after.raw[token as usize]));
        self.settings_bits -= libm::log2(after.probabilities[token as usize]);
        if self.settings_bits.is_infinite() {
            // An impossible text stays so, whatever follows, and a constraint that it has left says nothing of the rest.
            self.plan = Plan { stages: Vec::new(), greedy: false };
        }
        #[allow(clippy::cast_possible_truncation, reason = "as a step reports it")]
        let drawn = after.probabilities[token as usize] as f32;
        if let Some(original) = self.plan.original() {
            let before = self::after(&self.logits, &original, &self.history)?;
            #[allow(clippy::cast_possible_truncation, reason = "as a step reports it")]
            self.history.observe_original(original_of(drawn, before.probabilities[token as usize] as f32));
        }
        self.history.push_output(token);
        self.history.observe(drawn);
        self.n += 1;
        Ok(())
    }

    /// How probable the tokens so far were.
    pub fn score(&self) -> Score {
        let n = self.n;
        Score { tokens: n, model: Odds::of(self.model_bits, n), settings: Odds::of(self.settings_bits, n) }
    }
}

impl Odds {
    #[allow(clippy::cast_precision_loss, reason = "a count of tokens")]
    fn of(bits: f64, n: usize) -> Self {
        let nats = bits * std::f64::consts::LN_2;
        let perplexity = (n > 0).then(|| libm::exp(nats / n as f64));
        Self {
            // Without the sign of −0.
            bits: bits + 0.0,
            probability: libm::exp(-nats),
            log10_probability: 0.0 - bits * std::f64::consts::LOG10_2,
            perplexity,
        }
    }
}

/// The share of every token in a text without end that starts after `from`, or anywhere: the limit of the chain that stays where it is
/// every other step, so that circles come to rest, too. Cost: O(V²) per step.
///
/// # Errors
/// `ModelFormat` above 2,048 tokens and for a model that sees more than one token, `InvalidSetting` with a stage that reads the history, and
/// those of the stages.
pub fn stationary(model: &mut dyn LanguageModel, from: Option<TokenId>, settings: &Settings) -> Result<Stationary> {
    let plan = settings.plan_with(model.vocab())?;
    let vocab_size = model.vocab().len();
    model.vocab().check(from.as_slice())?;
    if vocab_size > MOST_TOKENS || model.first_order().is_none() {
        let reason = "only a model that sees one token, of at most 2048, has shares that can be computed".to_owned();
        return Err(Error::of_model(reason));
    }
    if let Some(stage) = plan.stages.iter().find(|stage| stage.reads_history()) {
        let advice = "switch it off: with it a token depends on all before it";
        return Err(Error::invalid(stage.name().as_str(), "on", advice));
    }
    let mut table = Vec::with_capacity(vocab_size * vocab_size);
    let mut entropies = Vec::with_capacity(vocab_size);
    let mut logits = vec![0.0; vocab_size];
    for token in (0..).take(vocab_size) {
        model.context_logits(&[token], &mut logits)?;
        let after = after(&logits, &plan, &History::new(None))?;
        // Rounded to f32, the probabilities of a row do not add up to 1.
        let sum: f64 = after.probabilities.iter().sum();
        after.probabilities.iter().for_each(|&p| table.push(p / sum));
        entropies.push(after.entropy);
    }
    #[allow(clippy::cast_precision_loss, reason = "a count of tokens")]
    let mut shares = vec![1.0 / vocab_size as f64; vocab_size];
    if let Some(token) = from {
        shares.fill(0.0);
        shares[token as usize] = 1.0;
    }
    let converged = rest(&table, &mut shares);
    let entropy_rate = shares.iter().zip(&entropies).map(|(share, bits)| share * bits).sum();
    #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
    Ok(Stationary { probabilities: shares.iter().map(|&p| p as f32).collect(), entropy_rate, converged })
}

/// The distribution at which the chain comes to rest, from `shares` (V) on, and whether it did.
fn rest(table: &[f64], shares: &mut [f64]) -> bool {
    let mut next = vec![0.0; shares.len()];
    for _ in 0..MOST_STEPS {
        next.copy_from_slice(shares);
        for (i, p) in table.iter().enumerate() {
            next[i % shares.len()] += shares[i / shares.len()] * p;
        }
        let mut moved = 0.0;
        for (share, next) in shares.iter_mut().zip(&next) {
            moved += (next / 2.0 - *share).abs();
            *share = next / 2.0;
        }
        if moved < STILL {
            return true;
        }
    }
    false
}

/// What may follow a context, whatever the random numbers.
struct After {
    /// (V) by the model alone.
    raw: Vec<f32>,
    /// (V) after all stages.
    probabilities: Vec<f64>,
    /// Of those, in bits.
    entropy: f64,
}

/// What the stages make of the logits after a context; of a stage that acts by chance, both that it does and that it does not, by how probable that is.
fn after(logits: &[f32], plan: &Plan, history: &History) -> Result<After> {
    let mut after = After { raw: Vec::new(), probabilities: vec![0.0; logits.len()], entropy: 0.0 };
    let (outcomes, mut from) = (plan.outcomes(), 0.0);
    for (limit, outcome) in &outcomes {
        let weight = limit - std::mem::replace(&mut from, *limit);
        let trace = trace_of(&mut logits.to_vec(), outcome, history)?;
        after.probabilities.iter_mut().zip(&trace.probabilities).for_each(|(sum, &p)| *sum += weight * f64::from(p));
        (after.raw, after.entropy) = (trace.raw_probabilities, trace.entropy);
    }
    if outcomes.len() > 1 {
        let bits = |p: &f64| if *p > 0.0 { -p * libm::log2(*p) } else { 0.0 };
        after.entropy = after.probabilities.iter().map(bits).sum();
    }
    Ok(after)
}

/// What the stages make of these logits, whatever the random number.
#[inline(never)]
pub(crate) fn trace_of(logits: &mut [f32], plan: &Plan, history: &History) -> Result<Box<StepTrace>> {
    let draw = if plan.greedy { Draw::None } else { Draw::Coin(0) };
    let mut steps = Vec::new();
    CpuBackend::new().step_now(logits, &[Row { plan, history, draw }], Detail::Columns, &mut steps)?;
    Ok(steps.pop().and_then(|step| step.trace).expect("a trace of one row was asked for"))
}
