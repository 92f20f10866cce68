//! Why one token of a text was drawn, in one call: the logits of its context, what every stage made of them, and the draw.
//!
//! Nothing before the token is drawn again. What the token depends on is known without that: its context and its history are ids, and its
//! random number follows from where the stream stands after that many draws ([`Generator::skip`]). Where a stage looks at how probable the tokens
//! before were, those are computed, once for each text.

pub mod facts;
pub mod picture;
pub mod rules;
mod shown;
pub mod statistics;

use crate::{
    backend::{Backend, Detail, Row},
    core::{
        error::{Error, Result},
        history::History,
        token::TokenId,
        trace::StepTrace,
    },
    explain::{
        picture::{LastRanking, Picture, PictureOptions, Scene},
        rules::{Kept, kept_by_others_after},
    },
    generate::{
        ban,
        sample::{odds, original_of, softmax},
        word,
    },
    model::{LanguageModel, Place, Reading},
    rng::{Draw, Generator, NoiseBuffer},
    settings::{Arithmetic, GenerateSettings, SoftmaxOptions},
    stages::{Stage, plan::Plan},
};

/// Which token of which text. The settings are those of the loop that drew it.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// (B) prompts.
    pub prompts: &'a [Vec<TokenId>],
    /// (B) what was drawn after each.
    pub outputs: &'a [Vec<TokenId>],
    /// Which of the B rows.
    pub row: usize,
    /// Which of its new tokens; their number stands for the next one, which is not drawn yet.
    pub index: usize,
    /// What the text was made with.
    pub settings: &'a GenerateSettings,
    /// What is to stand beside the step.
    pub wants: Wants<'a>,
}

/// What is to stand beside the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wants<'a> {
    /// The probabilities after each stage.
    pub after: bool,
    /// What other systems would keep.
    pub rules: bool,
    /// The step as a picture.
    pub picture: Option<&'a PictureOptions>,
    /// Whether the token counts as drawn: false where its random number is one that nobody asked for.
    pub is_drawn: bool,
    /// Whether the trace has the evidence of each removed token, as that of the loop has. A picture needs none.
    pub evidence: bool,
}

impl Default for Wants<'_> {
    fn default() -> Self {
        Self { after: false, rules: false, picture: None, is_drawn: false, evidence: true }
    }
}

/// The logits after the context that was explained last, so that the same context is not read again for other settings. One for each model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LastContext {
    known: Option<(Vec<TokenId>, Vec<f32>)>,
    ranking: LastRanking,
    followed: Option<Followed>,
}

/// How probable the tokens of a text were when they were drawn, for stages that look at that.
#[derive(Debug, Clone, PartialEq)]
struct Followed {
    /// What it depends on beside the tokens: settings, prompt, row, seed and step.
    made_of: (GenerateSettings, Vec<TokenId>, usize, (u64, u32)),
    tokens: Vec<TokenId>,
    /// Of each, in the end and originally.
    probabilities: Vec<(f32, f32)>,
}

impl LastContext {
    /// The model's logits (V) for what follows `context`; None where the time is over before.
    fn logits(&mut self, (model, reading, is_over): Reader<'_>, context: &[TokenId]) -> Result<Option<Vec<f32>>> {
        if let Some((_, logits)) = self.known.as_ref().filter(|(known, _)| known == context) {
            return Ok(Some(logits.clone()));
        }
        let mut logits = vec![0.0; model.vocab().len()];
        if !model.read(Place::Aside, context, reading, is_over, &mut logits)? {
            return Ok(None);
        }
        self.known = Some((context.to_vec(), logits.clone()));
        Ok(Some(logits))
    }
}

/// A model, who reads it, and when to stop.
type Reader<'a> = (&'a mut dyn LanguageModel, &'a mut Reading, &'a mut dyn FnMut() -> bool);

/// What is known so far for an explanation that takes several calls.
#[derive(Debug, Default)]
pub struct Explaining {
    reading: Reading,
    /// Of the context.
    logits: Option<Vec<f32>>,
    followed: Option<Followed>,
    /// What the step is made with.
    ready: Option<(Plan, History)>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The step, as the loop records it with `trace`. Of a forced token it has the one that was drawn and not taken.
    pub trace: StepTrace,
    /// (V) each: the probabilities after each stage that was on, on request.
    pub after: Vec<Vec<f32>>,
    /// What other systems would keep, on request.
    pub rules: Vec<Kept>,
    /// The step as a picture, on request.
    pub picture: Option<Picture>,
}

/// Explains one step. `generator` is one that stands where the run's stood before its first token; it stays there. `last` is this model's.
///
/// Cost: one context through the model unless it is the last one, its stages with a trace, and [`Generator::skip`].
///
/// # Errors
/// `WrongLength` for other outputs than prompts, `InvalidSetting` for a row or an index that is not there, `EmptyPrompt`, `InvalidToken`, and
/// those of the model and the backend.
pub async fn explain<B: Backend>(
    question: &Question<'_>,
    model: &mut dyn LanguageModel,
    last: &mut LastContext,
    backend: &mut B,
    generator: &Generator,
) -> Result<Explanation> {
    let mut explaining = Explaining::default();
    explaining.read(question, model, last, generator, &mut || false)?;
    explaining.finish(question, last, backend, generator).await
}

impl Explaining {
    /// Reads what the step depends on, in as many calls as it takes, all with the same arguments: false where `is_over` said so before all was read.
    /// Others may use the model in between.
    ///
    /// # Errors
    /// As [`explain`].
    pub fn read(
        &mut self,
        question: &Question<'_>,
        model: &mut dyn LanguageModel,
        last: &mut LastContext,
        generator: &Generator,
        is_over: &mut dyn FnMut() -> bool,
    ) -> Result<bool> {
        question.check(model)?;
        if self.logits.is_none() {
            self.logits = question.logits((&mut *model, &mut self.reading, is_over), last)?;
        }
        if self.logits.is_some() {
            let plan = question.settings.sampling.plan_with(model.vocab())?;
            let history = question.history(&plan, model, (last, self, is_over), generator)?;
            self.ready = history.map(|history| (plan, history));
        }
        Ok(self.ready.is_some())
    }

    /// The answer, once all is read.
    ///
    /// # Errors
    /// As [`explain`].
    pub async fn finish<B: Backend>(
        &mut self,
        question: &Question<'_>,
        last: &mut LastContext,
        backend: &mut B,
        generator: &Generator,
    ) -> Result<Explanation> {
        let read = self.logits.take().zip(self.ready.take());
        let (mut logits, (plan, history)) = read.expect("all is read before");
        let mut generator = generator.clone();
        let mut noise = NoiseBuffer::new();
        let draw = if plan.greedy { Draw::None } else { question.draw(&mut generator, logits.len(), &mut noise) };
        let mut steps = Vec::with_capacity(1);
        let wants = question.wants;
        let detail = if wants.evidence { Detail::Evidence } else { Detail::Columns };
        backend.step(&mut logits, &[Row { plan: &plan, history: &history, draw }], detail, &mut steps).await?;
        let trace = *steps.remove(0).trace.expect("a step has a trace where one was asked for");
        let after = if wants.after { after_each(&trace)? } else { Vec::new() };
        let rules = if wants.rules {
            kept_by_others_after(&history, draw, &mut trace.logits.clone(), &question.settings.sampling, plan)?
        } else {
            Vec::new()
        };
        let picture = wants
            .picture
            .map(|options| Picture::of(&question.scene(&trace), options, &mut last.ranking))
            .transpose()?;
        Ok(Explanation { trace, after, rules, picture })
    }
}

impl Question<'_> {
    fn check(&self, model: &dyn LanguageModel) -> Result<()> {
        let Self { prompts, outputs, row, index, .. } = *self;
        if outputs.len() != prompts.len() {
            let expected = format!("one row for each of {} prompts", prompts.len());
            return Err(Error::wrong_length("output_ids", outputs.len(), expected));
        }
        let Some(output) = outputs.get(row) else {
            let expected = format!("use a whole number below {}, the number of rows", outputs.len());
            return Err(Error::invalid("row", row, &expected));
        };
        if index > output.len() {
            let expected = format!("use a whole number from 0 to {0}; {0} is the token after the text", output.len());
            return Err(Error::invalid("index", index, &expected));
        }
        if model.needs_prompt() && prompts[row].is_empty() {
            return Err(Error::EmptyPrompt);
        }
        model.vocab().check(&[&prompts[row][..], output].concat())?;
        model.vocab().check_setting("eos_token_id", &self.settings.run.eos_token_id)?;
        model.vocab().check_setting("forced_tokens", self.forced().as_slice())?;
        model.vocab().check(self.wants.picture.map_or(&[][..], |options| &options.named_ids))
    }

    /// `model(idx[:, -block_size:])[:, -1, :]`, and the ban that the loop puts on an early end.
    fn logits(&self, reader: Reader<'_>, last: &mut LastContext) -> Result<Option<Vec<f32>>> {
        let text = [&self.prompts[self.row][..], self.drawn_before()].concat();
        let block_size = self.settings.run.block_size.unwrap_or(reader.0.block_size());
        let Some(mut logits) = last.logits(reader, &text[text.len().saturating_sub(block_size)..])? else {
            return Ok(None);
        };
        if self.index < self.settings.run.min_new_tokens {
            ban(&mut logits, &self.settings.run.eos_token_id);
        }
        Ok(Some(logits))
    }

    /// None where the time is over before all of it is known.
    fn history(
        &self,
        plan: &Plan,
        model: &mut dyn LanguageModel,
        (last, explaining, is_over): (&mut LastContext, &mut Explaining, &mut dyn FnMut() -> bool),
        generator: &Generator,
    ) -> Result<Option<History>> {
        let mut history = History::new(self.settings.sampling.penalty_window);
        if plan.follows() {
            let stream = (generator.seed(), generator.step());
            let prompt = &self.prompts[self.row];
            let made_of = (self.settings.clone(), prompt.clone(), self.row, stream);
            let known = explaining.followed.take().or_else(|| last.followed.take());
            let same = known.filter(|known| known.made_of == made_of);
            let mut followed = same.unwrap_or(Followed { made_of, tokens: Vec::new(), probabilities: Vec::new() });
            let reader: Reader<'_> = (model, &mut explaining.reading, is_over);
            if !self.follow(plan, reader, &mut followed, generator, &mut history)? {
                explaining.followed = Some(followed);
                return Ok(None);
            }
            last.followed = Some(followed);
        } else if plan.reads_history() {
            self.prompts[self.row].iter().for_each(|&id| history.push_prompt(id));
            self.drawn_before().iter().for_each(|&id| history.push_output(id));
        }
        Ok(Some(history))
    }

    /// The history with the probability of every token drawn before. What was known of the same text is not computed again; each other token takes
    /// a context through the model. False where the time is over before.
    fn follow(
        &self,
        plan: &Plan,
        (model, reading, is_over): Reader<'_>,
        followed: &mut Followed,
        generator: &Generator,
        history: &mut History,
    ) -> Result<bool> {
        let drawn = self.drawn_before();
        let n_known = drawn.iter().zip(&followed.tokens).take_while(|(a, b)| a == b).count();
        self.prompts[self.row].iter().for_each(|&id| history.push_prompt(id));
        for (index, &token) in drawn.iter().enumerate() {
            if index == n_known {
                followed.tokens.truncate(n_known);
                followed.probabilities.truncate(n_known);
            }
            if index >= n_known {
                if index > n_known && is_over() {
                    return Ok(false);
                }
                let (earlier, reader): (_, Reader<'_>) =
                    (Question { index, ..*self }, (&mut *model, &mut *reading, &mut *is_over));
                let Some(odds) = earlier.odds(token, plan, reader, history, generator)? else { return Ok(false) };
                followed.tokens.push(token);
                followed.probabilities.push(odds);
            }
            history.push_output(token);
            let (drawn, original) = followed.probabilities[index];
            history.observe(drawn);
            history.observe_original(original);
        }
        Ok(true)
    }

    /// How probable this token was in this step, in the engine's own arithmetic, and how probable originally, which means nothing where no stage looks at that.
    /// None where the time is over before that is known.
    fn odds(
        &self,
        token: TokenId,
        plan: &Plan,
        reader: Reader<'_>,
        history: &History,
        generator: &Generator,
    ) -> Result<Option<(f32, f32)>> {
        let Some(mut logits) = self.logits(reader, &mut LastContext::default())? else { return Ok(None) };
        let (mut generator, mut noise) = (generator.clone(), NoiseBuffer::new());
        let draw = if plan.greedy { Draw::None } else { self.draw(&mut generator, logits.len(), &mut noise) };
        let before = match &plan.original() {
            Some(plan) => odds(self.row, &mut logits.clone(), &Row { plan, history, draw }, token)?,
            None => 0.0,
        };
        let drawn = odds(self.row, &mut logits, &Row { plan, history, draw }, token)?;
        Ok(Some((drawn, original_of(drawn, before))))
    }

    fn scene<'t>(&self, trace: &'t StepTrace) -> Scene<'t> {
        let greedy = self.settings.sampling.stages.iter().find(|stage| stage.is_greedy()).map(Stage::name);
        Scene { trace, greedy, is_drawn: self.wants.is_drawn, forced: self.forced() }
    }

    /// The token that the user put there instead of the drawn one.
    fn forced(&self) -> Option<TokenId> {
        let forced = &self.settings.run.forced_tokens;
        forced.iter().find(|(at, _)| *at as usize == self.index).map(|&(_, token)| token)
    }

    fn drawn_before(&self) -> &[TokenId] {
        &self.outputs[self.row][..self.index]
    }

    fn draw<'a>(&self, generator: &mut Generator, vocab_size: usize, noise: &'a mut NoiseBuffer) -> Draw<'a> {
        generator.skip(word(self.index), self.draws_before(), vocab_size);
        generator.draw(word(self.row), vocab_size, noise)
    }

    /// Draws before this one, of all rows: in each step every row draws that has not ended, in the order of the rows.
    fn draws_before(&self) -> u64 {
        let draws = |(row, output): (usize, &Vec<TokenId>)| output.len().min(self.index + usize::from(row < self.row));
        self.outputs.iter().enumerate().map(draws).sum::<usize>() as u64
    }
}

/// The softmax of each stage's column.
fn after_each(trace: &StepTrace) -> Result<Vec<Vec<f32>>> {
    let options = SoftmaxOptions { temperature: 1.0, batch: 1, arithmetic: Arithmetic::Engine };
    trace.stages.iter().map(|stage| softmax(&mut stage.values.clone(), options)).collect()
}
