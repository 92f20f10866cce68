//! One call without a loop: logits and settings in, tokens out. For those who run a model of their own.

use crate::{
    backend::{Backend, Detail, Row, Step},
    core::{
        error::{Error, Result},
        history::History,
        token::TokenId,
    },
    cpu::{self, CpuBackend, Remainder, Survivors},
    rng::{Draw, Generator, NoiseBuffer},
    settings::{Arithmetic, RowSettings, SampleSettings, SoftmaxOptions},
    stages::{plan::Plan, share},
};

/// Draws one token per row of `logits` (B, V), which is used as scratch space.
///
/// One [`SampleSettings`] serves the whole batch, of its `batch` rows; several are one per row. One generator serves all rows, row after row;
/// several are one per row, so that a row's token does not depend on its neighbours. Cost: see the backend.
///
/// # Errors
/// `WrongLength`, `InvalidLogits`, `NothingLeft`, `InvalidToken`.
pub async fn sample<B: Backend>(
    backend: &mut B,
    logits: &mut [f32],
    settings: &[SampleSettings],
    generators: &mut [Generator],
    detail: Detail,
) -> Result<Vec<Step>> {
    Ok(sample_and_look(backend, logits, settings, generators, detail).await?.steps)
}

/// What [`sample_and_look`] found, row by row.
#[derive(Debug)]
pub struct Looked {
    /// What was drawn.
    pub steps: Vec<Step>,
    /// What was left, where a row's settings ask for it; otherwise empty.
    pub survivors: Vec<Survivors>,
    /// The original probability of each token, as a history takes it, where a row has a stage that follows those; of other rows 0. Otherwise empty.
    pub originals: Vec<f32>,
}

/// [`sample`], and what else is to be known of each row. That is found on the CPU, with the same bits.
///
/// # Errors
/// As [`sample`].
pub async fn sample_and_look<B: Backend>(
    backend: &mut B,
    logits: &mut [f32],
    settings: &[SampleSettings],
    generators: &mut [Generator],
    detail: Detail,
) -> Result<Looked> {
    let batch = if settings.len() == 1 { settings[0].row.batch } else { settings.len() };
    if batch == 0 || logits.is_empty() || !logits.len().is_multiple_of(batch) {
        let expected = format!("a positive multiple of batch = {batch}");
        return Err(Error::wrong_length("logits", logits.len(), expected));
    }
    let vocab_size = logits.len() / batch;
    for settings in settings {
        check_history(&settings.row, vocab_size)?;
    }
    let plans: Vec<Plan> =
        settings.iter().map(|settings| settings.sampling.plan_without_model(vocab_size)).collect::<Result<_>>()?;
    for (settings, plan) in settings.iter().zip(&plans) {
        check_followed(&settings.row, plan)?;
    }
    let histories: Vec<History> = settings.iter().map(history).collect();
    let mut noise = vec![NoiseBuffer::new(); batch];
    let shares_generator = generators.len() == 1;
    let mut rows = Vec::with_capacity(batch);
    for (ix, noise) in noise.iter_mut().enumerate() {
        let (plan, history) =
            if settings.len() == 1 { (&plans[0], &histories[0]) } else { (&plans[ix], &histories[ix]) };
        let draw = if plan.greedy {
            Draw::None
        } else if shares_generator {
            #[allow(clippy::cast_possible_truncation, reason = "a batch has far fewer than 2^32 rows")]
            generators[0].draw(ix as u32, vocab_size, noise)
        } else {
            generators[ix].draw(0, vocab_size, noise)
        };
        rows.push(Row { plan, history, draw });
    }
    let wants_survivors = settings.iter().any(|settings| settings.row.top_n > 0 || settings.row.kept_ids);
    let originals: Vec<Option<Plan>> = plans.iter().map(Plan::original).collect();
    let wants_originals = originals.iter().any(Option::is_some);
    let before = if wants_survivors || wants_originals { logits.to_vec() } else { Vec::new() };
    let mut steps = Vec::with_capacity(batch);
    backend.step(logits, &rows, detail, &mut steps).await?;
    let mut looked = Looked { steps, survivors: Vec::new(), originals: Vec::new() };
    for (ix, (row, before)) in rows.iter().zip(before.chunks(vocab_size)).enumerate() {
        let shared = if settings.len() == 1 { 0 } else { ix };
        if wants_survivors {
            let top_n = settings[shared].row.top_n;
            looked.survivors.push(CpuBackend::new().survivors(ix, &mut before.to_vec(), row, top_n)?);
        }
        if wants_originals {
            let step = &looked.steps[ix];
            looked.originals.push(match &originals[shared] {
                Some(plan) => {
                    let before = odds(ix, &mut before.to_vec(), &Row { plan, ..*row }, step.token)?;
                    original_of(step.probability, before)
                }
                None => 0.0,
            });
        }
    }
    if plans.iter().any(|plan| !plan.greedy) {
        generators.iter_mut().for_each(Generator::next_step);
    }
    Ok(looked)
}

/// How probable a token is in row number `ix`, in the engine's own arithmetic; `logits` (V) is used as scratch space.
///
/// # Errors
/// Those of the stages.
pub(crate) fn odds(ix: usize, logits: &mut [f32], row: &Row<'_>, token: TokenId) -> Result<f32> {
    Ok(CpuBackend::new().remainder(ix, logits, row)?.probabilities()[token as usize])
}

/// The original probability of a token that is noted: one that was drawn counts, however improbable it was before, and one that could not be drawn does not.
pub(crate) fn original_of(drawn: f32, before: f32) -> f32 {
    if drawn > 0.0 { before.max(f32::MIN_POSITIVE) } else { 0.0 }
}

/// How often each token was drawn, of many draws of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct ManyDraws {
    /// (V) how often.
    pub counts: Vec<u32>,
    /// (V) how probable each was.
    pub probabilities: Vec<f32>,
    /// Tokens that were left to draw from, at most.
    pub kept: usize,
}

/// Draws `n` times from one row of `logits` (V), which is used as scratch space: the tokens that [`sample`] draws for batches of a thousand copies of
/// the row, or as many as have a million logits.
///
/// Cost: the stages once, and a search for each draw; with PyTorch's race V random numbers for each draw.
///
/// # Errors
/// As [`sample`].
pub fn draw_many(
    logits: &mut [f32],
    settings: &SampleSettings,
    generator: &mut Generator,
    n: usize,
) -> Result<ManyDraws> {
    let vocab_size = logits.len();
    if vocab_size == 0 {
        return Err(Error::wrong_length("logits", 0, "one for each token, at least one"));
    }
    check_history(&settings.row, vocab_size)?;
    let (plan, history, mut noise) =
        (settings.sampling.plan_without_model(vocab_size)?, history(settings), NoiseBuffer::new());
    check_followed(&settings.row, &plan)?;
    let draw = if plan.greedy { Draw::None } else { generator.clone().draw(0, vocab_size, &mut noise) };
    let mut outcomes = Vec::new();
    for (limit, plan) in plan.outcomes() {
        let row = Row { plan: &plan, history: &history, draw };
        outcomes.push((limit, CpuBackend::new().remainder(0, &mut logits.to_vec(), &row)?));
    }
    let mut counts = vec![0; vocab_size];
    let mut remaining = n;
    while remaining > 0 {
        let batch = remaining.min(COPIES).min(MOST_LOGITS.div_ceil(vocab_size));
        #[allow(clippy::cast_possible_truncation, reason = "a batch has far fewer than 2^32 rows")]
        for row in 0..batch as u32 {
            let draw = if plan.greedy { Draw::None } else { generator.draw(row, vocab_size, &mut noise) };
            let left = outcomes.iter().find(|(limit, _)| draw.chance() <= share(*limit)).expect("the last limit is 1");
            counts[left.1.draw(draw)? as usize] += 1;
        }
        if !plan.greedy {
            generator.next_step();
        }
        remaining -= batch;
    }
    let kept = outcomes.iter().map(|(_, left)| left.ids.len()).max().unwrap_or(0);
    Ok(ManyDraws { counts, probabilities: mixed(&outcomes), kept })
}

/// (V) how probable each token is, whatever the chance.
fn mixed(outcomes: &[(f64, Remainder)]) -> Vec<f32> {
    if let [(_, left)] = outcomes {
        return left.probabilities();
    }
    let (mut mixed, mut from) = (Vec::new(), 0.0);
    for (limit, left) in outcomes {
        let weight = limit - std::mem::replace(&mut from, *limit);
        let probabilities = left.probabilities();
        mixed.resize(probabilities.len(), 0.0);
        mixed.iter_mut().zip(probabilities).for_each(|(sum, p)| *sum += weight * f64::from(p));
    }
    #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
    mixed.into_iter().map(|p| p as f32).collect()
}

/// Copies of a row that are one step of [`draw_many`].
const COPIES: usize = 1000;
/// Their logits, at most.
const MOST_LOGITS: usize = 1 << 20;

/// Where a stage follows what was drawn, it is known how probable that was.
fn check_followed(row: &RowSettings, plan: &Plan) -> Result<()> {
    let n = row.history_output.len();
    match plan.stages.iter().find(|stage| stage.follows()) {
        Some(stage) if row.history_probabilities.len() != n => {
            let advice =
                format!("{} follows what was drawn: give the probability of each output token", stage.name().as_str());
            Err(Error::invalid("history.probabilities", "none", &advice))
        }
        _ => Ok(()),
    }
}

/// Every token of the history is one of the vocabulary, whether or not a stage looks at it.
pub(crate) fn check_history(row: &RowSettings, vocab_size: usize) -> Result<()> {
    let tokens = row.history_prompt.iter().chain(&row.history_output);
    match tokens.enumerate().find(|(_, id)| **id as usize >= vocab_size) {
        None => Ok(()),
        Some((position, &id)) => Err(Error::InvalidToken { id, position, vocab_size }),
    }
}

pub(crate) fn history(SampleSettings { sampling, row }: &SampleSettings) -> History {
    let mut history = History::new(sampling.penalty_window);
    row.history_prompt.iter().for_each(|&token| history.push_prompt(token));
    row.history_output.iter().for_each(|&token| history.push_output(token));
    row.history_probabilities.iter().for_each(|&probability| history.observe(probability));
    let originals = if row.history_originals.is_empty() { &row.history_probabilities } else { &row.history_originals };
    originals.iter().for_each(|&probability| history.observe_original(probability));
    history
}

/// softmax(logits / temperature) of each row, (B·V) → (B·V). Masked → exactly 0; Σ = 1 within 2^-20.
///
/// # Errors
/// `WrongLength`, `InvalidLogits`, `NothingLeft`, `InvalidSetting` for a temperature so small that the logits overflow.
pub fn softmax(logits: &mut [f32], options: SoftmaxOptions) -> Result<Vec<f32>> {
    if logits.is_empty() || !logits.len().is_multiple_of(options.batch) {
        let expected = format!("a positive multiple of batch = {}", options.batch);
        return Err(Error::wrong_length("logits", logits.len(), expected));
    }
    let vocab_size = logits.len() / options.batch;
    let mut out = vec![0.0; logits.len()];
    for (row, (x, out)) in logits.chunks_mut(vocab_size).zip(out.chunks_mut(vocab_size)).enumerate() {
        #[allow(clippy::cast_possible_truncation, reason = "logits are f32, so is what divides them")]
        cpu::softmax(row, x, options.temperature as f32, out)?;
        match options.arithmetic {
            Arithmetic::Engine => {}
            Arithmetic::Notebook => out.copy_from_slice(&cpu::torch::stable_softmax(x)),
            Arithmetic::Torch => out.copy_from_slice(&cpu::torch::softmax(x)),
        }
    }
    Ok(out)
}
