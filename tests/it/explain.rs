//! An explanation is the traced step of the run it explains, to the bit: for every model, generator and setting, and without drawing anything
//! before it again. And it takes nothing away from a text that is being made.

use std::cell::Cell;

use logitlab::{
    cpu::CpuBackend,
    error::Error,
    explain::{Explanation, LastContext, Question, Wants, explain},
    generate::{Generation, RowChunk, Workbench},
    model::{CountedBigram, GivenLogits, LanguageModel, Logits, TinyBigram, Tokens},
    rng::{Draw, Generator, NoiseBuffer, RngKind},
    rules::kept_by_others,
    sample::softmax,
    settings::{Arithmetic, GenerateSettings, LoopSettings, RowSettings, SampleSettings, Settings, SoftmaxOptions},
    stages::{Bias, MinP, Mirostat, Penalties, Temperature, TopK, TopP, Xtc},
    timing::Clock,
    token::{TokenId, Vocab},
    trace::StepTrace,
};

use crate::{
    gpt::{cases, prose},
    support::{block_on, inputs::SplitMix},
};

struct Still;

impl Clock for Still {
    fn now_ms(&self) -> f64 {
        0.0
    }
}

/// Counts how often the model inside was asked.
struct Counting<'a> {
    model: &'a mut dyn LanguageModel,
    calls: Cell<usize>,
}

impl LanguageModel for Counting<'_> {
    fn vocab(&self) -> &Vocab {
        self.model.vocab()
    }
    fn block_size(&self) -> usize {
        self.model.block_size()
    }
    fn needs_prompt(&self) -> bool {
        self.model.needs_prompt()
    }
    fn forward(&mut self, idx: Tokens<'_>) -> Result<Logits, Error> {
        self.calls.set(self.calls.get() + 1);
        self.model.forward(idx)
    }
    fn next_logits(&mut self, row: usize, context: &[TokenId], out: &mut [f32]) -> Result<(), Error> {
        self.calls.set(self.calls.get() + 1);
        self.model.next_logits(row, context, out)
    }
    fn context_logits(&mut self, context: &[TokenId], out: &mut [f32]) -> Result<(), Error> {
        self.calls.set(self.calls.get() + 1);
        self.model.context_logits(context, out)
    }
}

fn models() -> Vec<(&'static str, Box<dyn LanguageModel>)> {
    let text = "the cat sat on the mat. ".repeat(5);
    let own = GivenLogits::new(vec![2.0, -1.5, 0.3, 4.2, -0.8], (0..5).map(|id| id.to_string()).collect()).unwrap();
    let (_, _, _, small) = cases().remove(0);
    vec![
        ("bigram", Box::new(TinyBigram::notebook(&mut Generator::new(RngKind::Torch, 123)))),
        ("counted", Box::new(CountedBigram::from_text(&text, 0.1).unwrap())),
        ("logits", Box::new(own)),
        ("GPT", Box::new(small)),
    ]
}

fn random_settings(rng: &mut SplitMix, vocab_size: usize) -> GenerateSettings {
    let id = |rng: &mut SplitMix| rng.below(vocab_size) as TokenId;
    let n = 1 + rng.below(40);
    let penalties = Penalties {
        repetition: rng.pick(&[1.0, 1.3]),
        presence: rng.pick(&[0.0, 0.4]),
        frequency: rng.pick(&[0.0, 0.2]),
        ..Penalties::OFF
    };
    let sampling = Settings { penalty_window: rng.pick(&[None, Some(1), Some(7)]), ..Settings::default() }
        .with(Bias((0..rng.below(2)).map(|_| (id(rng), 1.25)).collect()))
        .with(penalties)
        .with(Temperature::fixed(rng.pick(&[1.0, 0.7, 1.6, 0.0])))
        .with(TopK(rng.pick(&[0, 4])))
        .with(TopP(rng.pick(&[1.0, 0.8])))
        .with(MinP(rng.pick(&[0.0, 0.02])))
        .with(Xtc { probability: rng.pick(&[0.0, 0.5]), threshold: 0.1 })
        .with(Mirostat { tau: rng.pick(&[0.0, 0.0, 2.0]), eta: 0.2 });
    let run = LoopSettings {
        block_size: rng.pick(&[None, Some(1), Some(5)]),
        eos_token_id: (0..rng.below(3)).map(|_| id(rng)).collect(),
        min_new_tokens: rng.pick(&[0, 3, 12]),
        forced_tokens: (0..rng.below(3)).map(|_| (rng.below(n) as u32, id(rng))).collect(),
        max_new_tokens: n,
        ..LoopSettings::default()
    };
    GenerateSettings { sampling, run }
}

fn of_length(n: usize, sampling: Settings) -> GenerateSettings {
    GenerateSettings { sampling, run: LoopSettings { max_new_tokens: n, ..LoopSettings::default() } }
}

/// Draws a text with a trace of every step.
fn traced(
    model: &mut dyn LanguageModel,
    prompts: &[Vec<TokenId>],
    settings: &GenerateSettings,
    generator: &Generator,
) -> Vec<RowChunk> {
    let mut settings = settings.clone();
    settings.run.trace = true;
    let mut run = Generation::new(settings, prompts.to_vec(), model).unwrap();
    let (mut backend, mut generator) = (CpuBackend::new(), generator.clone());
    let bench = Workbench { model, backend: &mut backend, generator: &mut generator, clock: &Still };
    block_on(run.advance(bench, usize::MAX, f64::INFINITY)).unwrap().rows
}

/// To the bit, NaN included: a number's shortest decimal names it.
fn assert_same(got: &StepTrace, want: &StepTrace, which: &str) {
    assert_eq!(format!("{got:?}"), format!("{want:?}"), "{which}");
}

fn answer(model: &mut dyn LanguageModel, question: &Question<'_>, generator: &Generator) -> Result<Explanation, Error> {
    block_on(explain(question, model, &mut LastContext::default(), &mut CpuBackend::new(), generator))
}

/// Of each kind a fresh generator, and one that was used before.
fn generators(rng: &mut SplitMix) -> Vec<Generator> {
    let mut all = Vec::new();
    for kind in [RngKind::Philox, RngKind::Torch] {
        let fresh = Generator::new(kind, rng.bits());
        let mut used = fresh.clone();
        for _ in 0..3 {
            let _ = used.draw(0, 11, &mut NoiseBuffer::new());
            used.next_step();
        }
        all.extend([fresh, used]);
    }
    all
}

#[test]
fn an_explanation_is_the_traced_step_of_the_run() {
    let mut rng = SplitMix(77);
    let mut n_explained = 0;
    for (name, mut model) in models() {
        let vocab_size = model.vocab().len();
        for i in 0..36 {
            let settings = random_settings(&mut rng, vocab_size);
            let n_rows = 1 + i % 3;
            let prompts: Vec<Vec<TokenId>> = (0..n_rows)
                .map(|_| (0..1 + rng.below(9)).map(|_| rng.below(vocab_size) as TokenId).collect())
                .collect();
            for generator in generators(&mut rng) {
                let chunks = traced(&mut *model, &prompts, &settings, &generator);
                let outputs: Vec<Vec<TokenId>> = chunks.iter().map(|chunk| chunk.tokens.clone()).collect();
                for (row, chunk) in chunks.iter().enumerate() {
                    let n = chunk.tokens.len();
                    for index in [0, n / 2, n - 1] {
                        let question = Question {
                            prompts: &prompts,
                            outputs: &outputs,
                            row,
                            index,
                            settings: &settings,
                            wants: Wants::default(),
                        };
                        let mut counting = Counting { model: &mut *model, calls: Cell::new(0) };
                        let got = answer(&mut counting, &question, &generator).unwrap();
                        let kind = generator.kind();
                        let which =
                            format!("{name}, {kind:?}, row {row} of {n_rows}, token {index} of {n}, {settings:?}");
                        assert_same(&got.trace, &chunk.traces[index], &which);
                        // Once, and once for each token before where a stage follows how probable those were.
                        let n_before = if settings.sampling.plan().follows() { index } else { 0 };
                        assert_eq!(counting.calls.get(), 1 + n_before, "{name}: how often the model is asked");
                        n_explained += 1;
                    }
                }
            }
        }
    }
    assert_eq!(n_explained, 4 * 36 * 4 * 2 * 3, "models, runs, generators, rows on average, tokens");
}

#[test]
fn beyond_the_block_an_explanation_reads_the_window() {
    let mut model = prose();
    let prompt: Vec<TokenId> = model.vocab().encode("the wind went round ").unwrap().ids;
    let prompts = [(0..model.block_size() - 6).map(|i| prompt[i % prompt.len()]).collect::<Vec<_>>()];
    let penalties = Penalties { presence: 0.3, ..Penalties::OFF };
    let sampling = Settings::default().with(Temperature::fixed(0.8)).with(penalties);
    let settings = of_length(16, sampling);
    let generator = Generator::new(RngKind::Torch, 9);
    let chunk = traced(&mut model, &prompts, &settings, &generator).remove(0);
    assert!(prompts[0].len() + chunk.tokens.len() > model.block_size(), "the window has to slide");
    let outputs = [chunk.tokens.clone()];
    for index in [15, 0, 5, 6, 7, 14] {
        let question = Question {
            prompts: &prompts,
            outputs: &outputs,
            row: 0,
            index,
            settings: &settings,
            wants: Wants::default(),
        };
        let trace = answer(&mut model, &question, &generator).unwrap().trace;
        assert_same(&trace, &chunk.traces[index], &format!("token {index}"));
    }
}

/// A text goes on as if nothing had been asked, with what it has read.
#[test]
fn an_explanation_takes_nothing_from_a_text_that_is_being_made() {
    for use_cache in [true, false] {
        let (_, _, _, mut model) = cases().remove(0);
        model.set_use_cache(use_cache);
        let settings = of_length(12, Settings::default());
        let generator = Generator::new(RngKind::Philox, 4);
        let prompts = [vec![1, 2, 3], vec![4, 1]];
        let want = traced(&mut model.clone(), &prompts, &settings, &generator);
        let mut run = Generation::new(settings.clone(), prompts.to_vec(), &model).unwrap();
        let (mut backend, mut going_on) = (CpuBackend::new(), generator.clone());
        let mut outputs = vec![Vec::new(); 2];
        let mut rng = SplitMix(5);
        while !run.is_finished() {
            let bench = Workbench { model: &mut model, backend: &mut backend, generator: &mut going_on, clock: &Still };
            for (row, chunk) in block_on(run.advance(bench, 1, f64::INFINITY)).unwrap().rows.iter().enumerate() {
                outputs[row].extend_from_slice(&chunk.tokens);
            }
            for row in 0..2 {
                // One of its own tokens or the next one, and the first token of another text.
                let index = rng.below(outputs[row].len().min(11) + 1);
                let (own, other) = (&prompts, &[vec![7, 7], vec![7, 7]]);
                let known = model.n_cached(row);
                let of = |prompts| Question {
                    prompts,
                    outputs: &outputs,
                    row,
                    index,
                    settings: &settings,
                    wants: Wants::default(),
                };
                let trace = answer(&mut model, &of(own), &generator).unwrap().trace;
                assert_same(&trace, &want[row].traces[index], &format!("row {row}, token {index}"));
                answer(&mut model, &of(other), &generator).unwrap();
                assert!(model.n_cached(row) >= known, "row {row} has forgotten what it had read");
            }
        }
        let wanted: Vec<Vec<TokenId>> = want.iter().map(|row| row.tokens.clone()).collect();
        assert_eq!(outputs, wanted, "cache {use_cache}");
    }
}

#[test]
fn what_stands_beside_the_step_is_what_the_calls_for_it_give() {
    let mut model = TinyBigram::notebook(&mut Generator::new(RngKind::Torch, 123));
    let prompts = [model.vocab().encode("the ").unwrap().ids];
    let penalties = Penalties { repetition: 1.4, ..Penalties::OFF };
    let sampling = Settings::default().with(penalties).with(Temperature::fixed(0.7)).with(TopK(12)).with(TopP(0.9));
    let settings = of_length(20, sampling.clone());
    let generator = Generator::new(RngKind::Philox, 123);
    let outputs = [traced(&mut model, &prompts, &settings, &generator).remove(0).tokens];
    let index = 13;
    let wants = Wants { after: true, rules: true, ..Wants::default() };
    let question = Question { prompts: &prompts, outputs: &outputs, row: 0, index, settings: &settings, wants };
    let Explanation { trace, after, rules, .. } = answer(&mut model, &question, &generator).unwrap();
    let options = SoftmaxOptions { temperature: 1.0, batch: 1, arithmetic: Arithmetic::Engine };
    let want: Vec<_> = trace.stages.iter().map(|stage| softmax(&mut stage.values.clone(), options).unwrap()).collect();
    assert_eq!((after.len(), &after), (4, &want));
    let row = RowSettings {
        history_prompt: prompts[0].clone(),
        history_output: outputs[0][..index].to_vec(),
        ..RowSettings::default()
    };
    let with_history = SampleSettings { sampling, row };
    assert_eq!(rules, kept_by_others(&mut trace.logits.clone(), &with_history).unwrap());
    let without = Question { wants: Wants::default(), ..question };
    assert_eq!(answer(&mut model, &without, &generator).unwrap().rules, []);
}

#[test]
fn a_skipped_stream_goes_on_as_one_that_was_drawn() {
    for kind in [RngKind::Philox, RngKind::Torch] {
        for vocab_size in [1, 30, 1000] {
            let (mut drawn, mut skipped) = (Generator::new(kind, 42), Generator::new(kind, 42));
            for n in [0, 1, 700] {
                for row in (0..n).flat_map(|_| [0, 1]) {
                    let _ = drawn.draw(row, vocab_size, &mut NoiseBuffer::new());
                    if row == 1 {
                        drawn.next_step();
                    }
                }
                skipped.skip(n, 2 * u64::from(n), vocab_size);
                let (mut a, mut b) = (NoiseBuffer::new(), NoiseBuffer::new());
                let same = match (drawn.clone().draw(0, 9, &mut a), skipped.clone().draw(0, 9, &mut b)) {
                    (Draw::Coin(a), Draw::Coin(b)) => a == b,
                    (Draw::Race(a), Draw::Race(b)) => (0..9).all(|ix| a.q(ix).to_bits() == b.q(ix).to_bits()),
                    _ => false,
                };
                assert!(same, "{kind:?}, V = {vocab_size}, {n} steps of two rows");
            }
        }
    }
}

#[test]
fn what_is_not_there_is_refused_by_name() {
    let mut model = TinyBigram::notebook(&mut Generator::new(RngKind::Torch, 123));
    let generator = Generator::new(RngKind::Philox, 1);
    let settings = GenerateSettings::default();
    let of = |prompts: &[Vec<TokenId>], outputs: &[Vec<TokenId>], row, index, model: &mut TinyBigram| {
        let question = Question { prompts, outputs, row, index, settings: &settings, wants: Wants::default() };
        answer(model, &question, &generator).map(|_| ()).unwrap_err().to_string()
    };
    let (prompts, outputs) = ([vec![3]], [vec![4, 5]]);
    assert_eq!(
        of(&prompts, &outputs, 0, 3, &mut model),
        "index = 3 is not valid: use a whole number from 0 to 2; 2 is the token after the text"
    );
    assert_eq!(
        of(&prompts, &outputs, 1, 0, &mut model),
        "row = 1 is not valid: use a whole number below 1, the number of rows"
    );
    assert_eq!(of(&prompts, &[], 0, 0, &mut model), "output_ids has 0 values, expected one row for each of 1 prompts");
    assert_eq!(
        of(&prompts, &[vec![4, 30]], 0, 0, &mut model),
        "token id 30 at position 2 is outside the vocabulary of 30 tokens"
    );
    let empty = of(&[vec![]], &outputs, 0, 0, &mut model);
    assert_eq!(empty, Error::EmptyPrompt.to_string());
}
