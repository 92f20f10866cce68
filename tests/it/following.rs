//! Stages that follow what was drawn: what they know of a text is a function of its tokens and of how probable those were, whatever draws them, in
//! whatever pieces, and whoever asks afterwards.

use logitlab::{
    backend::{Backend, Detail},
    cpu::CpuBackend,
    explain::{LastContext, Question, Wants, explain},
    facts::score,
    generate::{Generation, RowChunk, Workbench},
    model::{CountedBigram, LanguageModel},
    rng::{Generator, RngKind},
    sample::{sample, sample_and_look},
    settings::{GenerateSettings, LoopSettings, RowSettings, SampleSettings, ScoreOptions, Settings},
    stages::{AdaptiveP, Mirostat, Stage, Temperature, TopP, Xtc},
    timing::Clock,
    token::TokenId,
};

use crate::support::block_on;

struct Still;

impl Clock for Still {
    fn now_ms(&self) -> f64 {
        0.0
    }
}

const TEXT: &str = "the quick brown fox jumps over the lazy dog. the end of a tale that a cat told the hen.";
const MIROSTAT: Mirostat = Mirostat { tau: 1.4, eta: 0.3 };
const ADAPTIVE: AdaptiveP = AdaptiveP { target: Some(0.3), decay: 0.8 };

/// Those that follow what was drawn, a narrow and a wide one of each.
fn followers() -> Vec<Stage> {
    let followers: Vec<Stage> = Stage::examples().into_iter().flatten().filter(Stage::follows).collect();
    assert!(followers.len() > 2, "{followers:?}");
    followers
}

fn settings(stage: impl Into<Stage>, forced_tokens: Vec<(u32, TokenId)>, trace: bool) -> GenerateSettings {
    GenerateSettings {
        sampling: Settings::default()
            .with(Temperature::fixed(1.3))
            .with(Xtc { probability: 0.4, threshold: 0.2 })
            .with(stage),
        run: LoopSettings { max_new_tokens: 50, forced_tokens, trace, ..LoopSettings::default() },
    }
}

/// The rows of a run that is advanced by so many steps at a time.
fn run<B: Backend>(
    backend: &mut B,
    settings: &GenerateSettings,
    prompts: &[Vec<TokenId>],
    piece: usize,
) -> Vec<RowChunk> {
    let mut model = CountedBigram::from_text(TEXT, 0.05).unwrap();
    let mut generation = Generation::<B>::new(settings.clone(), prompts.to_vec(), &model).unwrap();
    let mut generator = Generator::new(RngKind::Philox, 5);
    let mut rows = vec![RowChunk::default(); prompts.len()];
    while !generation.is_finished() {
        let bench = Workbench { model: &mut model, backend: &mut *backend, generator: &mut generator, clock: &Still };
        let chunk = block_on(generation.advance(bench, piece, f64::INFINITY)).unwrap();
        for (row, more) in rows.iter_mut().zip(chunk.rows) {
            row.tokens.extend(more.tokens);
            row.probabilities.extend(more.probabilities);
            row.original_probabilities.extend(more.original_probabilities);
            row.kept.extend(more.kept);
            row.traces.extend(more.traces);
        }
    }
    rows
}

fn prompts() -> Vec<Vec<TokenId>> {
    let model = CountedBigram::from_text(TEXT, 0.05).unwrap();
    ["the ", "a", "fox j"].iter().map(|text| model.vocab().encode(text).unwrap().ids).collect()
}

/// μ before each token, from how probable those before it were.
fn limits(probabilities: &[f32]) -> Vec<f64> {
    let mut mu = 2.0 * MIROSTAT.tau;
    let next = |&p: &f32| {
        let now = mu;
        mu -= if p > 0.0 { MIROSTAT.eta * (-f64::from(p).log2() - MIROSTAT.tau) } else { 0.0 };
        now
    };
    probabilities.iter().map(next).collect()
}

/// Tokens put in by hand: none; ones that could be drawn, and one that could not, which does not count.
fn forced_tokens() -> [Vec<(u32, TokenId)>; 2] {
    [vec![], vec![(3, 4), (20, 0), (21, 9)]]
}

/// t' before each token, from how probable the tokens before it were originally: what the stage before made of the logits says so.
#[test]
fn every_row_makes_up_for_its_own_tokens() {
    for forced in forced_tokens() {
        let settings = settings(ADAPTIVE, forced, true);
        let sampling = settings.sampling.with(TopP(0.9));
        let settings = GenerateSettings { sampling, ..settings };
        let (mut moved, mut by_hand) = (0, 0);
        for row in run(&mut CpuBackend::new(), &settings, &prompts(), usize::MAX) {
            let mut average = 0.3_f64;
            for (ix, (trace, &token)) in row.traces.iter().zip(&row.tokens).enumerate() {
                let [.., before, stage] = &trace.stages[..] else { panic!("a stage stands before it") };
                let target = (0.6 - average).clamp(0.0, 1.0);
                assert!(
                    (stage.limit - target).abs() < 1e-5,
                    "{} where the tokens before make it {target}",
                    stage.limit
                );
                moved += usize::from((target - 0.3).abs() > 0.05);
                let exp = |x: f32| f64::from(x).exp();
                let original = exp(before.values[token as usize]) / before.values.iter().map(|&x| exp(x)).sum::<f64>();
                assert!((f64::from(row.original_probabilities[ix]) - original).abs() < 1e-6, "{original}");
                by_hand += usize::from(original == 0.0);
                average = if original > 0.0 { 0.8 * average + 0.2 * original } else { average };
            }
        }
        assert!(moved > 20, "the target hardly moved: {moved}");
        assert_eq!(by_hand > 0, !settings.run.forced_tokens.is_empty(), "one that could not be drawn");
    }
}

#[test]
fn every_row_follows_its_own_tokens() {
    for forced in forced_tokens() {
        let rows = run(&mut CpuBackend::new(), &settings(MIROSTAT, forced, true), &prompts(), usize::MAX);
        let mut moved = 0;
        for row in &rows {
            assert_eq!(row.traces.len(), 50);
            for (trace, mu) in row.traces.iter().zip(limits(&row.probabilities)) {
                let limit = trace.stages.last().unwrap().limit;
                assert!((limit - mu).abs() < 1e-5, "{limit} where the tokens before make it {mu}");
                moved += usize::from((mu - 2.8).abs() > 0.5);
            }
        }
        assert!(moved > 20, "the limit hardly moved: {moved}");
        assert_ne!(rows[0].tokens, rows[1].tokens);
    }
}

#[test]
fn pieces_traces_and_forced_tokens_change_nothing() {
    followers().iter().for_each(nothing_changes);
}

fn nothing_changes(stage: &Stage) {
    let plain = settings(stage.clone(), Vec::new(), false);
    let whole = run(&mut CpuBackend::new(), &plain, &prompts(), usize::MAX);
    for piece in [1, 7] {
        assert_eq!(run(&mut CpuBackend::new(), &plain, &prompts(), piece), whole, "{piece} steps at a time");
    }
    // The token that was drawn, put there by hand: the text goes on as it did.
    let again =
        settings(stage.clone(), (0..50).step_by(9).map(|at| (at, whole[0].tokens[at as usize])).collect(), false);
    let one =
        |settings: &GenerateSettings| run(&mut CpuBackend::new(), settings, &prompts()[..1], usize::MAX).remove(0);
    assert_eq!(one(&again), one(&plain), "the same tokens by hand");
    let traced = run(&mut CpuBackend::new(), &settings(stage.clone(), Vec::new(), true), &prompts(), usize::MAX);
    let is_same = |(a, b): (&RowChunk, &RowChunk)| (&a.tokens, &a.probabilities) == (&b.tokens, &b.probabilities);
    assert!(traced.iter().zip(&whole).all(is_same), "a trace changes nothing");
}

#[test]
fn a_step_is_explained_as_it_was_drawn() {
    followers().iter().for_each(steps_are_explained);
}

fn steps_are_explained(stage: &Stage) {
    let settings = settings(stage.clone(), vec![(11, 2)], true);
    let (mut model, prompts) = (CountedBigram::from_text(TEXT, 0.05).unwrap(), prompts());
    let rows = run(&mut CpuBackend::new(), &settings, &prompts, usize::MAX);
    let outputs: Vec<Vec<TokenId>> = rows.iter().map(|row| row.tokens.clone()).collect();
    let mut last = LastContext::default();
    // In any order: what is known of the text already is used, and is that of the right row.
    for (row, index) in [(0, 30), (0, 31), (0, 5), (1, 12), (0, 12), (2, 49), (0, 0), (0, 30)] {
        let question =
            Question { prompts: &prompts, outputs: &outputs, row, index, settings: &settings, wants: Wants::default() };
        let generator = Generator::new(RngKind::Philox, 5);
        let explained =
            block_on(explain(&question, &mut model, &mut last, &mut CpuBackend::new(), &generator)).unwrap();
        // NaN is not equal to itself, but it reads the same.
        let [got, want] = [&explained.trace, &rows[row].traces[index]].map(|trace| format!("{trace:?}"));
        assert_eq!(got, want, "row {row}, token {index}");
    }
}

/// A text told of by hand: the tokens so far with their probabilities.
#[test]
fn one_step_is_told_what_was_drawn_before() {
    followers().iter().for_each(one_step_is_told);
}

fn one_step_is_told(stage: &Stage) {
    let (mut model, prompt) = (CountedBigram::from_text(TEXT, 0.05).unwrap(), prompts().remove(0));
    let settings = settings(stage.clone(), Vec::new(), false);
    let row = run(&mut CpuBackend::new(), &settings, std::slice::from_ref(&prompt), usize::MAX).remove(0);
    for index in [0, 1, 20] {
        let (output, probabilities) = (row.tokens[..index].to_vec(), row.probabilities[..index].to_vec());
        let mut logits = vec![0.0; model.vocab().len()];
        model.context_logits(&[prompt.clone(), output.clone()].concat(), &mut logits).unwrap();
        let told = RowSettings {
            history_prompt: prompt.clone(),
            history_output: output,
            history_probabilities: probabilities,
            history_originals: row.original_probabilities.iter().take(index).copied().collect(),
            ..RowSettings::default()
        };
        let mut generator = Generator::new(RngKind::Philox, 5);
        generator.set_step(index as u32);
        let asked = [SampleSettings { sampling: settings.sampling.clone(), row: told }];
        let mut backend = CpuBackend::new();
        let looked =
            block_on(sample_and_look(&mut backend, &mut logits, &asked, &mut [generator], Detail::Token)).unwrap();
        let step = &looked.steps[0];
        assert_eq!(
            (step.token, step.probability, step.kept, looked.originals.first()),
            (row.tokens[index], row.probabilities[index], row.kept[index], row.original_probabilities.get(index)),
            "token {index}, told of by hand"
        );
    }
    // A text that was drawn without the stage has one list for both.
    let history_probabilities = vec![0.25; 5];
    let drawn = |history_originals: Vec<f32>| {
        let history_probabilities = history_probabilities.clone();
        let row = RowSettings {
            history_output: vec![1; 5],
            history_probabilities,
            history_originals,
            ..RowSettings::default()
        };
        let asked = [SampleSettings { sampling: settings.sampling.clone(), row }];
        let mut generators = [Generator::new(RngKind::Philox, 5)];
        block_on(sample(&mut CpuBackend::new(), &mut [0.5, 0.25, 0.0, 2.0], &asked, &mut generators, Detail::Token))
            .unwrap()
    };
    assert_eq!(
        drawn(Vec::new()),
        drawn(history_probabilities.clone()),
        "the same probabilities, told of once or twice"
    );
    // Without them nobody knows where its limit stands.
    let told = RowSettings { history_output: vec![1, 2], ..RowSettings::default() };
    let asked = [SampleSettings { sampling: settings.sampling, row: told }];
    let mut generators = [Generator::new(RngKind::Philox, 5)];
    let refused =
        block_on(sample(&mut CpuBackend::new(), &mut [0.0; 9], &asked, &mut generators, Detail::Token)).unwrap_err();
    assert!(refused.to_string().contains("history.probabilities"), "{refused}");
}

/// A score has the probabilities that the tokens were drawn with; of a stage that acts by chance, those of both ways.
#[test]
fn a_score_follows_too() {
    followers().iter().for_each(scores_follow);
}

fn scores_follow(stage: &Stage) {
    let (mut model, prompt) = (CountedBigram::from_text(TEXT, 0.05).unwrap(), prompts().remove(0));
    let mut settings = settings(stage.clone(), Vec::new(), false);
    settings.sampling = settings.sampling.with(Xtc { probability: 0.0, threshold: 0.2 }).with(TopP(0.99));
    let row = run(&mut CpuBackend::new(), &settings, std::slice::from_ref(&prompt), usize::MAX).remove(0);
    let options = ScoreOptions { prompt_ids: prompt, output_ids: row.tokens.clone(), ..ScoreOptions::default() };
    let bits: f64 = row.probabilities.iter().map(|p| -f64::from(*p).log2()).sum();
    let scored = score(&mut model, &options, &settings.sampling).unwrap().settings.bits;
    assert!((scored - bits).abs() < 1e-3, "{scored} bits, drawn with {bits}");
    let by_chance = Settings::default().with(Xtc { probability: 0.25, threshold: 0.05 });
    let options = ScoreOptions { prompt_ids: vec![0], output_ids: vec![1], ..ScoreOptions::default() };
    let p = |settings: &Settings, model: &mut CountedBigram| {
        (-score(model, &options, settings).unwrap().settings.bits).exp2()
    };
    let always = Settings::default().with(Xtc { probability: 1.0, threshold: 0.05 });
    let want = 0.25 * p(&always, &mut model) + 0.75 * p(&Settings::default(), &mut model);
    assert!((p(&by_chance, &mut model) - want).abs() < 1e-6, "both ways, by how probable each is");
}
