//! The loop: however a run is cut into calls, it is the same run. Why it ends, and that nothing is half-done when it fails.

use std::cell::Cell;

use logitlab::{
    cpu::CpuBackend,
    error::Error,
    generate::{FinishReason, Generation, Outcome, RowChunk, Workbench},
    model::{CountedBigram, FirstOrder, GivenLogits, LanguageModel, Logits, TinyBigram, Tokens},
    rng::{Generator, RngKind},
    settings::{GenerateSettings, LoopSettings, Settings},
    stages::{Mirostat, Penalties, Temperature, TopK, TopP, Xtc},
    timing::Clock,
    token::{TokenId, Vocab},
};

use crate::support::{block_on, inputs::SplitMix};

/// A clock on which every look takes `tick` milliseconds.
struct Ticking {
    now: Cell<f64>,
    tick: f64,
}

impl Clock for Ticking {
    fn now_ms(&self) -> f64 {
        self.now.set(self.now.get() + self.tick);
        self.now.get()
    }
}

/// A model, the randomness and the clock of some runs.
struct Bench {
    model: Box<dyn LanguageModel>,
    backend: CpuBackend,
    generator: Generator,
    clock: Ticking,
}

impl Bench {
    fn new(model: impl LanguageModel + 'static, kind: RngKind, seed: u64) -> Self {
        Self {
            model: Box::new(model),
            backend: CpuBackend::new(),
            generator: Generator::new(kind, seed),
            clock: Ticking { now: Cell::new(0.0), tick: 0.25 },
        }
    }

    fn bigram(kind: RngKind, seed: u64) -> Self {
        Self::new(TinyBigram::notebook(&mut Generator::new(RngKind::Torch, 5)), kind, seed)
    }

    fn start(&self, settings: &GenerateSettings, prompts: &[&str]) -> Generation<CpuBackend> {
        let ids = prompts.iter().map(|prompt| self.model.vocab().encode(prompt).unwrap().ids).collect();
        Generation::new(settings.clone(), ids, &*self.model).unwrap()
    }

    fn advance(&mut self, run: &mut Generation<CpuBackend>, n: usize) -> Result<Vec<RowChunk>, Error> {
        let Self { model, backend, generator, clock } = self;
        let bench = Workbench { model: &mut **model, backend, generator, clock };
        block_on(run.advance(bench, n, f64::INFINITY)).map(|chunk| chunk.rows)
    }

    /// Runs to the end in calls of the sizes that `sizes` gives; the outcome, and the rows' chunks put together again.
    fn run(
        &mut self,
        settings: &GenerateSettings,
        prompts: &[&str],
        mut sizes: impl FnMut() -> usize,
    ) -> (Outcome, Vec<RowChunk>) {
        let mut run = self.start(settings, prompts);
        let mut whole = vec![RowChunk::default(); prompts.len()];
        while !run.is_finished() {
            for (whole, part) in whole.iter_mut().zip(self.advance(&mut run, sizes()).unwrap()) {
                assert_eq!(part.tokens.len(), part.kept.len(), "a count for every token");
                whole.tokens.extend(part.tokens);
                whole.probabilities.extend(part.probabilities);
                whole.kept.extend(part.kept);
                whole.text.push_str(&part.text);
                whole.finish_reason = part.finish_reason;
            }
        }
        (run.outcome(&*self.model, &self.generator).unwrap(), whole)
    }
}

/// So many new tokens.
fn length(max_new_tokens: usize) -> LoopSettings {
    LoopSettings { max_new_tokens, ..LoopSettings::default() }
}

/// Settings of every kind that the loop looks at.
fn random_settings(rng: &mut SplitMix) -> GenerateSettings {
    let stop = |rng: &mut SplitMix| ["e", "th", "a b", ".\n", "zzz", "qu"][rng.below(6)].to_owned();
    GenerateSettings {
        sampling: Settings::default()
            .with(Temperature::fixed(rng.pick(&[1.0, 0.7, 1.4, 0.0])))
            .with(TopK(rng.pick(&[0, 0, 5])))
            .with(TopP(rng.pick(&[1.0, 1.0, 0.9])))
            .with(Xtc { probability: rng.pick(&[0.0, 0.0, 0.4]), threshold: 0.1 })
            .with(Mirostat { tau: rng.pick(&[0.0, 0.0, 2.0]), eta: 0.2 })
            .with(Penalties { presence: rng.pick(&[0.0, 0.0, 0.6]), ..Penalties::OFF }),
        run: LoopSettings {
            max_new_tokens: 1 + rng.below(150),
            block_size: rng.pick(&[None, Some(1), Some(8), Some(256)]),
            eos_token_id: (0..rng.below(3)).map(|_| rng.below(30) as TokenId).collect(),
            stop_strings: (0..rng.below(3)).map(|_| stop(rng)).collect(),
            min_new_tokens: rng.pick(&[0, 0, 4, 40]),
            ..LoopSettings::default()
        },
    }
}

/// Step by step with a trace, which goes the general way, against calls of any size, which take the table of states where they can.
#[test]
fn calls_of_any_size_make_the_same_run() {
    let mut rng = SplitMix(41);
    for i in 0..300 {
        let settings = random_settings(&mut rng);
        let kind = [RngKind::Philox, RngKind::Philox, RngKind::Torch][i % 3];
        let prompts = &["the ", "q", "hello, world\n"][..1 + rng.below(3)];
        let seed = rng.bits();
        let traced = GenerateSettings { run: LoopSettings { trace: true, ..settings.run.clone() }, ..settings.clone() };
        let mut bench = Bench::bigram(kind, seed);
        let (want, want_rows) = bench.run(&traced, prompts, || 1);
        let last_step = bench.generator.step();
        for most in [1, 7, 1000] {
            let mut bench = Bench::bigram(kind, seed);
            let (got, got_rows) = bench.run(&settings, prompts, || 1 + rng.below(most));
            assert_eq!(
                (&got.rows, &got_rows),
                (&want.rows, &want_rows),
                "calls of up to {most}, {kind:?}, {settings:?}"
            );
            assert_eq!(
                (got.seed, got.rng, got.timings.tokens),
                (want.seed, want.rng, want.timings.tokens),
                "{settings:?}"
            );
            assert_eq!(bench.generator.step(), last_step, "the generator went on as far: {settings:?}");
        }
    }
}

/// The rows of a chunk, put together, are the outcome.
#[test]
fn chunks_add_up_to_the_outcome() {
    let mut rng = SplitMix(42);
    for _ in 0..100 {
        let settings = random_settings(&mut rng);
        let mut bench = Bench::bigram(RngKind::Philox, rng.bits());
        let (outcome, rows) = bench.run(&settings, &["the ", "a"], || 1 + rng.below(20));
        for ((row, chunks), prompt) in outcome.rows.iter().zip(&rows).zip(["the ", "a"]) {
            let n_prompt = prompt.len();
            assert_eq!((&row.ids[n_prompt..], &row.new_text), (&chunks.tokens[..], &chunks.text), "{settings:?}");
            assert_eq!(row.text, format!("{prompt}{}", row.new_text), "{settings:?}");
            assert_eq!(row.finish_reason, chunks.finish_reason, "{settings:?}");
            check_end(row.finish_reason.unwrap(), &chunks.tokens, &row.new_text, &settings);
        }
    }
}

/// The reason fits what was drawn, and nothing was drawn after it.
fn check_end(reason: FinishReason, tokens: &[TokenId], text: &str, settings: &GenerateSettings) {
    let is_eos = |token: &TokenId| settings.run.eos_token_id.contains(token);
    let first_eos = tokens.iter().position(is_eos);
    assert!(
        first_eos.is_none_or(|at| at + 1 == tokens.len() && at >= settings.run.min_new_tokens),
        "eos at {first_eos:?}: {settings:?}"
    );
    // A token is a byte here. Those before the least number of tokens may hold a stop string.
    let ends_with = |stop: &String, end: usize| text.as_bytes()[..end].ends_with(stop.as_bytes());
    let mut ends = settings.run.min_new_tokens + 1..=text.len();
    assert!(
        !ends.any(|end| settings.run.stop_strings.iter().any(|stop| ends_with(stop, end))),
        "a stop string in {text:?}: {settings:?}"
    );
    match reason {
        FinishReason::Length => assert_eq!(tokens.len(), settings.run.max_new_tokens, "{settings:?}"),
        FinishReason::Eos => assert!(first_eos.is_some(), "{settings:?}"),
        FinishReason::Stop => assert!(text.len() < tokens.len(), "the stop string is cut off {text:?}: {settings:?}"),
        other => panic!("{other:?} in {settings:?}"),
    }
}

/// Neither an end token nor a stop string ends a text before it has its least number of tokens; a stop string that ends later counts, also
/// where it begins before.
#[test]
fn stop_strings_wait_for_the_least_number_of_tokens() {
    let model = GivenLogits::new(vec![0.0], vec!["a".to_owned()]).unwrap();
    for (stop, min_new_tokens, want) in [("a", 0, ""), ("a", 3, "aaa"), ("aa", 0, ""), ("aa", 3, "aa"), ("aaa", 3, "a")]
    {
        let run = LoopSettings { stop_strings: vec![stop.to_owned()], min_new_tokens, ..LoopSettings::default() };
        let settings = GenerateSettings { run, ..GenerateSettings::default() };
        for size in [1, 7] {
            let mut bench = Bench::new(model.clone(), RngKind::Philox, 1);
            let (outcome, rows) = bench.run(&settings, &[""], || size);
            assert_eq!(
                (outcome.rows[0].new_text.as_str(), rows[0].text.as_str()),
                (want, want),
                "{stop} after {min_new_tokens}"
            );
            assert_eq!(outcome.rows[0].finish_reason, Some(FinishReason::Stop), "{stop} after {min_new_tokens}");
            let n = (min_new_tokens + 1).max(stop.len());
            assert_eq!(rows[0].tokens.len(), n, "{stop} after {min_new_tokens}");
        }
    }
}

/// The first row of a batch is the run of that prompt alone: a coin depends on seed, step and row, not on the neighbours.
#[test]
fn a_row_does_not_feel_its_neighbours() {
    let settings = GenerateSettings { sampling: Settings::default().with(TopP(0.95)), run: length(60) };
    let run = |prompts: &[&str]| Bench::bigram(RngKind::Philox, 77).run(&settings, prompts, || 13).0.rows.remove(0);
    let alone = run(&["the "]);
    assert_eq!(run(&["the ", "qu"]), alone);
    assert_eq!(run(&["the ", "a", "b", "c"]), alone);
}

#[test]
fn seeds_repeat_and_differ() {
    let settings = GenerateSettings { run: length(40), ..GenerateSettings::default() };
    for kind in [RngKind::Philox, RngKind::Torch] {
        let run = |seed| Bench::bigram(kind, seed).run(&settings, &["the "], || 9).0.rows.remove(0).text;
        assert_eq!(run(3), run(3), "{kind:?}");
        assert_ne!(run(3), run(4), "{kind:?}");
    }
}

/// Greedy draws nothing from the generator.
#[test]
fn greedy_uses_no_randomness() {
    let settings = GenerateSettings { sampling: Settings::default().with(Temperature::fixed(0.0)), run: length(20) };
    for kind in [RngKind::Philox, RngKind::Torch] {
        let (mut used, mut fresh) = (Bench::bigram(kind, 9), Bench::bigram(kind, 9));
        used.run(&settings, &["the ", "a"], || 4);
        let warm = GenerateSettings { run: length(20), ..GenerateSettings::default() };
        let [a, b] = [&mut used, &mut fresh].map(|bench| bench.run(&warm, &["the "], || 20).0.rows);
        assert_eq!(a, b, "{kind:?}");
    }
}

#[test]
fn abort_ends_a_run_and_keeps_its_text() {
    let settings = GenerateSettings { run: length(1000), ..GenerateSettings::default() };
    let mut bench = Bench::bigram(RngKind::Philox, 1);
    let mut run = bench.start(&settings, &["the ", "a"]);
    let drawn = bench.advance(&mut run, 10).unwrap();
    run.abort();
    assert!(run.is_finished(), "aborted runs are finished");
    let last = bench.advance(&mut run, 10).unwrap();
    for (row, (first, last)) in
        run.outcome(&*bench.model, &bench.generator).unwrap().rows.iter().zip(drawn.iter().zip(&last))
    {
        assert_eq!(row.finish_reason, Some(FinishReason::Aborted), "the reason");
        assert_eq!((row.new_text.clone(), last.tokens.len()), (first.text.clone() + &last.text, 0), "the text stays");
        assert_eq!(row.new_text.chars().count(), 10, "ten tokens were drawn");
    }
}

/// Every look at the clock takes 0.25 ms, so a second is over long before 10^6 tokens are drawn one by one.
#[test]
fn max_time_ends_a_run() {
    let settings = GenerateSettings {
        run: LoopSettings { max_new_tokens: 1_000_000, max_time: Some(1.0), ..LoopSettings::default() },
        ..GenerateSettings::default()
    };
    for size in [1, 50] {
        let mut bench = Bench::bigram(RngKind::Torch, 1);
        let (outcome, rows) = bench.run(&settings, &["the "], || size);
        assert_eq!(outcome.rows[0].finish_reason, Some(FinishReason::Time), "calls of {size}");
        assert!((10..5_000).contains(&rows[0].tokens.len()), "{} tokens in a second", rows[0].tokens.len());
    }
}

/// A model that masks everything after the token "c", and says that it is of first order or keeps it to itself.
struct DeadEnd {
    model: CountedBigram,
    is_open: bool,
}

impl DeadEnd {
    fn is_dead(&self, token: TokenId) -> bool {
        self.model.vocab().token_bytes(token) == b"c"
    }
}

impl LanguageModel for DeadEnd {
    fn vocab(&self) -> &Vocab {
        self.model.vocab()
    }

    fn forward(&mut self, idx: Tokens<'_>) -> Result<Logits, Error> {
        let mut logits = self.model.forward(idx)?;
        for (&id, row) in idx.ids().iter().zip(logits.values.chunks_mut(logits.vocab_size)) {
            if self.is_dead(id) {
                row.fill(f32::NEG_INFINITY);
            }
        }
        Ok(logits)
    }

    fn first_order(&self) -> Option<&dyn FirstOrder> {
        self.is_open.then_some(self)
    }
}

impl FirstOrder for DeadEnd {
    fn vocab_size(&self) -> usize {
        self.model.vocab_size()
    }

    fn logits_after(&self, token: TokenId, out: &mut [f32]) {
        self.model.logits_after(token, out);
        if self.is_dead(token) {
            out.fill(f32::NEG_INFINITY);
        }
    }
}

/// A failed step leaves the text as it was, again and again, and what was drawn before it does not depend on the calls.
#[test]
fn an_error_changes_nothing() {
    let mut texts = Vec::new();
    for (is_open, size) in [(false, 1), (false, 7), (true, 1), (true, 7), (true, 1000)] {
        let model = DeadEnd { model: CountedBigram::from_text("abababababababababc", 0.001).unwrap(), is_open };
        let mut bench = Bench::new(model, RngKind::Philox, 2);
        let mut run = bench.start(&GenerateSettings::default(), &["a", "b"]);
        while bench.advance(&mut run, size).is_ok() {
            assert!(!run.is_finished(), "the run reached no dead end");
        }
        let (before, step) = (run.outcome(&*bench.model, &bench.generator).unwrap(), bench.generator.step());
        for row in &before.rows {
            assert_eq!(
                row.text,
                bench.model.vocab().decode(&row.ids).unwrap(),
                "{is_open}, calls of {size}: text and ids"
            );
        }
        assert!(before.rows.iter().any(|row| row.text.ends_with('c')), "{:?}", before.rows);
        assert!(matches!(bench.advance(&mut run, size), Err(Error::NothingLeft { .. })), "once more");
        assert_eq!(run.outcome(&*bench.model, &bench.generator).unwrap().rows, before.rows, "nothing was added");
        assert_eq!(bench.generator.step(), step, "no randomness was used");
        texts.push((is_open, size, before.rows));
    }
    for (is_open, size, rows) in &texts {
        assert_eq!(rows, &texts[0].2, "first order said: {is_open}, calls of {size}");
    }
}
