//! Why one token of a text was drawn, in one call: the logits of its context, what every stage made of them, and the draw.
//!
//! Nothing before the token is drawn again. What the token depends on is known without that: its context and its history are ids, and its
//! random number follows from where the stream stands after that many draws ([`Generator::skip`]).

use crate::{
    backend::{Backend, Row},
    error::{Error, Result},
    generate::{ban, word},
    history::History,
    model::LanguageModel,
    plan::Plan,
    rng::{Draw, Generator, NoiseBuffer},
    rules::{Kept, kept_by_others_after},
    sample::softmax,
    settings::{Arithmetic, GenerateSettings, SoftmaxOptions},
    token::TokenId,
    trace::StepTrace,
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
    /// Whether to say what other systems would keep.
    pub wants_rules: bool,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The step, as the loop records it with `trace`. Of a forced token it has the one that was drawn and not taken.
    pub trace: StepTrace,
    /// (V) each: the probabilities after each stage that was on.
    pub after: Vec<Vec<f32>>,
    /// What other systems would keep, on request.
    pub rules: Vec<Kept>,
}

/// Explains one step. `generator` is one that stands where the run's stood before its first token; it stays there.
///
/// Cost: one context through the model, its stages with a trace, and [`Generator::skip`].
///
/// # Errors
/// `WrongLength` for other outputs than prompts, `InvalidSetting` for a row or an index that is not there, `EmptyPrompt`, `InvalidToken`, and
/// those of the model and the backend.
pub async fn explain<B: Backend>(
    question: &Question<'_>,
    model: &mut dyn LanguageModel,
    backend: &mut B,
    generator: &Generator,
) -> Result<Explanation> {
    question.check(model)?;
    let sampling = &question.settings.sampling;
    let plan = sampling.plan();
    let mut logits = question.logits(model)?;
    let history = question.history(&plan);
    let mut generator = generator.clone();
    let mut noise = NoiseBuffer::new();
    let draw = if plan.greedy { Draw::None } else { question.draw(&mut generator, logits.len(), &mut noise) };
    let mut steps = Vec::with_capacity(1);
    backend.step(&mut logits, &[Row { plan: &plan, history: &history, draw }], true, &mut steps).await?;
    let trace = *steps.remove(0).trace.expect("a step has a trace where one was asked for");
    let rules = if question.wants_rules {
        kept_by_others_after(&history, &mut trace.logits.clone(), sampling)?
    } else {
        Vec::new()
    };
    Ok(Explanation { after: after_each(&trace)?, rules, trace })
}

impl Question<'_> {
    fn check(&self, model: &dyn LanguageModel) -> Result<()> {
        let Self { prompts, outputs, row, index, .. } = *self;
        if outputs.len() != prompts.len() {
            let expected = format!("one row for each of {} prompts", prompts.len());
            return Err(Error::WrongLength { name: "output_ids".to_owned(), found: outputs.len(), expected });
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
        model.vocab().check(&self.settings.run.eos_token_id)
    }

    /// `model(idx[:, -block_size:])[:, -1, :]`, and the ban that the loop puts on an early end.
    fn logits(&self, model: &mut dyn LanguageModel) -> Result<Vec<f32>> {
        let text = [&self.prompts[self.row][..], self.drawn_before()].concat();
        let block_size = self.settings.run.block_size.unwrap_or(model.block_size());
        let mut logits = vec![0.0; model.vocab().len()];
        model.context_logits(&text[text.len().saturating_sub(block_size)..], &mut logits)?;
        if self.index < self.settings.run.min_new_tokens {
            ban(&mut logits, &self.settings.run.eos_token_id);
        }
        Ok(logits)
    }

    fn history(&self, plan: &Plan) -> History {
        let mut history = History::new(self.settings.sampling.penalty_window);
        if plan.reads_history() {
            self.prompts[self.row].iter().for_each(|&id| history.push_prompt(id));
            self.drawn_before().iter().for_each(|&id| history.push_output(id));
        }
        history
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
