//! Long contexts are read in parts: with the same bits as in one go, in a bounded number of calls, with others in between, and with an end at once when
//! nobody wants the rest.

use logitlab::{
    cpu::CpuBackend,
    explain::{Explaining, LastContext, Question, Wants, explain},
    facts::{Scoring, score},
    generate::{FinishReason, Generation, ReadSoFar, Workbench},
    model::{LanguageModel, Place, Reading, Tokens, gpt::Gpt},
    rng::{Generator, RngKind},
    settings::{GenerateSettings, LoopSettings, ScoreOptions, Settings},
    stages::{Mirostat, Temperature},
    token::TokenId,
};

use crate::{
    gguf,
    golden_samples::Still,
    gpt, llama,
    support::{block_on, inputs::SplitMix},
};

/// Parts of a block.
const PARTS: usize = 5;
/// Tokens that are read together.
const CHUNK: usize = 64;

/// Models of every kind, each with as many tokens as it can see at once.
fn models() -> Vec<(String, Gpt)> {
    let mut models: Vec<(String, Gpt)> = vec![("prose".to_owned(), gpt::prose())];
    models.extend(gpt::cases().into_iter().map(|(name, _, _, model)| (name.to_owned(), model)));
    models.extend(llama::models().map(|(golden, model)| (golden.name, model)));
    models.extend(gguf::long_models());
    models
}

fn random_ids(model: &Gpt, n: usize, seed: u64) -> Vec<TokenId> {
    let mut random = SplitMix(seed);
    (0..n).map(|_| random.below(model.vocab().len()) as TokenId).collect()
}

/// True after so many parts.
fn after(n: usize) -> impl FnMut() -> bool {
    let mut left = n;
    move || {
        left -= 1;
        left == 0
    }
}

/// Reads to the end, `n` parts at a time, and lets `between` have its turn after each call; the logits, and how many calls it took.
fn read_in_parts(
    model: &mut Gpt,
    place: Place,
    ids: &[TokenId],
    n: usize,
    mut between: impl FnMut(&mut Gpt),
) -> (Vec<f32>, usize) {
    let (mut out, mut reading) = (vec![f32::NAN; model.vocab().len()], Reading::default());
    for n_calls in 1.. {
        let before = reading.n_read();
        if model.read(place, ids, &mut reading, &mut after(n), &mut out).unwrap() {
            return (out, n_calls);
        }
        let n_read = reading.n_read();
        assert!(reading.is_under_way(), "a part is left");
        assert!((before..reading.n_tokens()).contains(&n_read), "{n_read} tokens after {before}");
        between(model);
    }
    unreachable!("it ends")
}

fn at_once(model: &mut Gpt, ids: &[TokenId]) -> Vec<f32> {
    let mut out = vec![f32::NAN; model.vocab().len()];
    model.next_logits(0, ids, &mut out).unwrap();
    out
}

#[test]
fn the_bits_are_the_same_however_a_context_is_cut() {
    for (name, fresh) in models() {
        for len in [1, 2, 63, 64, 65, 150, fresh.block_size(), fresh.block_size() + 9] {
            if len > fresh.block_size() + 9 {
                continue;
            }
            let ids = random_ids(&fresh, len, len as u64);
            let wanted = at_once(&mut fresh.clone(), &ids);
            for (n, place) in [(1, Place::Row(0)), (2, Place::Aside), (7, Place::Row(3)), (1000, Place::Row(0))] {
                for use_cache in [true, false] {
                    let mut model = fresh.clone();
                    model.set_use_cache(use_cache);
                    let (found, n_calls) = read_in_parts(&mut model, place, &ids, n, |_| {});
                    assert_eq!(found, wanted, "{name}: {len} tokens, {n} parts at a time, {place:?}");
                    let seen = len.min(fresh.block_size());
                    let n_parts = seen.div_ceil(CHUNK) * PARTS * fresh.config().n_layer;
                    assert!(n_calls <= n_parts.div_ceil(n), "{name}: {n_calls} calls for {n_parts} parts");
                    assert!(n > 1 || seen < 2 || n_calls > fresh.config().n_layer, "{name}: {n_calls} calls");
                }
            }
        }
    }
}

#[test]
fn others_between_the_parts_change_nothing_and_lose_nothing() {
    for (name, fresh) in models() {
        let len = fresh.block_size().min(150);
        let ids = random_ids(&fresh, len, 1);
        let wanted = at_once(&mut fresh.clone(), &ids);
        let others: Vec<Vec<TokenId>> = (2..5).map(|seed| random_ids(&fresh, len.min(9), seed)).collect();
        let of_others: Vec<Vec<f32>> = others.iter().map(|ids| at_once(&mut fresh.clone(), ids)).collect();
        let of_beginning = at_once(&mut fresh.clone(), &ids[..len / 2 + 1]);
        for place in [Place::Row(0), Place::Aside] {
            let mut turn = 0;
            let mut model = fresh.clone();
            let (found, n_calls) = read_in_parts(&mut model, place, &ids, 3, |model| {
                turn += 1;
                let ix = turn % others.len();
                let mut out = vec![f32::NAN; model.vocab().len()];
                match turn % 4 {
                    0 => model.next_logits(0, &others[ix], &mut out).unwrap(),
                    1 => model.next_logits(1, &others[ix], &mut out).unwrap(),
                    2 => model.context_logits(&others[ix], &mut out).unwrap(),
                    _ => model.context_logits(&ids[..len / 2 + 1], &mut out).unwrap(),
                }
                let wanted = if turn % 4 == 3 { &of_beginning } else { &of_others[ix] };
                assert_eq!(&out, wanted, "{name}: another's logits, {place:?}, {turn}");
            });
            assert_eq!(found, wanted, "{name}: {place:?}");
            let n_parts = len.div_ceil(CHUNK) * PARTS * fresh.config().n_layer;
            assert!(n_calls <= n_parts.div_ceil(3), "{name}: {n_calls} calls with others, {n_parts} parts");
        }
    }
}

/// Each of two readers of the same row does some work in every call, and none undoes the other's.
#[test]
fn two_readers_of_a_row_both_come_to_their_end() {
    for (name, fresh) in models() {
        let len = fresh.block_size().min(150);
        let (a, mut b) = (random_ids(&fresh, len, 1), random_ids(&fresh, len, 2));
        b[..len / 3].copy_from_slice(&a[..len / 3]);
        let wanted = [&a, &b].map(|ids| at_once(&mut fresh.clone(), ids));
        let n_parts = len.div_ceil(CHUNK) * PARTS * fresh.config().n_layer;
        let mut model = fresh.clone();
        let mut readings = [Reading::default(), Reading::default()];
        let mut found = [vec![0.0; model.vocab().len()], vec![0.0; model.vocab().len()]];
        let mut n_calls = [0, 0];
        while n_calls.iter().sum::<usize>() < 3 * n_parts
            && (0..2).any(|i| n_calls[i] == 0 || readings[i].is_under_way())
        {
            for (i, ids) in [&a, &b].into_iter().enumerate() {
                if n_calls[i] == 0 || readings[i].is_under_way() {
                    n_calls[i] += 1;
                    model.read(Place::Row(0), ids, &mut readings[i], &mut after(1), &mut found[i]).unwrap();
                }
            }
        }
        assert_eq!(found, wanted, "{name}");
        assert!(n_calls.iter().all(|&n| n <= n_parts), "{name}: {n_calls:?} calls for {n_parts} parts");
        // And from then on a token costs each of them one pass.
        for (i, ids) in [a, b].into_iter().enumerate().filter(|_| len < fresh.block_size()) {
            let ids = [&ids[..], &[0]].concat();
            let mut n = 1;
            while !model.read(Place::Row(0), &ids, &mut readings[i], &mut after(1), &mut found[i]).unwrap() {
                n += 1;
            }
            assert!(n <= PARTS * fresh.config().n_layer, "{name}: {n} calls for a token");
            assert_eq!(found[i], at_once(&mut fresh.clone(), &ids), "{name}");
        }
    }
}

#[test]
fn all_logits_in_parts_are_those_at_once() {
    for (name, fresh) in models() {
        let len = fresh.block_size().min(70);
        let ids = random_ids(&fresh, 3 * len, 4);
        let idx = Tokens::new(&ids, 3).unwrap();
        let wanted = fresh.clone().forward(idx).unwrap().values;
        for n in [1, 4] {
            let (mut model, mut reading, mut found) = (fresh.clone(), Reading::default(), Vec::new());
            let mut n_calls = 1;
            while !model.forward_on(idx, &mut reading, &mut after(n), &mut found).unwrap() {
                n_calls += 1;
                let mut out = vec![0.0; model.vocab().len()];
                model.context_logits(&ids[1..9.min(len)], &mut out).unwrap();
            }
            assert_eq!(found, wanted, "{name}: {n} parts at a time");
            assert!(n_calls > 3 * fresh.config().n_layer, "{name}: {n_calls} calls");
        }
    }
}

fn greedy(n: usize) -> GenerateSettings {
    let sampling = Settings::default().with(Temperature::fixed(0.0));
    GenerateSettings { sampling, run: LoopSettings { max_new_tokens: n, ..LoopSettings::default() } }
}

fn advance(run: &mut Generation<CpuBackend>, model: &mut Gpt, budget_ms: f64) -> logitlab::generate::Chunk {
    let (mut backend, mut generator) = (CpuBackend::new(), Generator::new(RngKind::Philox, 7));
    let bench = Workbench { model, backend: &mut backend, generator: &mut generator, clock: &Still };
    block_on(run.advance(bench, usize::MAX, budget_ms)).unwrap()
}

/// The text of each row, and what was told of the reading; `budget_ms` of 0 is one part a call.
fn text(model: &mut Gpt, prompts: &[Vec<TokenId>], n: usize, budget_ms: f64) -> (Vec<Vec<TokenId>>, Vec<ReadSoFar>) {
    let mut run = Generation::new(greedy(n), prompts.to_vec(), &*model).unwrap();
    let (mut rows, mut told) = (vec![Vec::new(); prompts.len()], Vec::new());
    while !run.is_finished() {
        let chunk = advance(&mut run, model, budget_ms);
        rows.iter_mut().zip(chunk.rows).for_each(|(row, chunk)| row.extend(chunk.tokens));
        told.extend(chunk.reading);
    }
    (rows, told)
}

#[test]
fn a_run_reads_its_prompts_in_parts_and_tells_how_far_it_is() {
    let fresh = gpt::prose();
    let n_layer = fresh.config().n_layer;
    for lens in [vec![200], vec![70, 1, 130], vec![fresh.block_size() + 20]] {
        let prompts: Vec<_> = lens.iter().map(|&len| random_ids(&fresh, len, len as u64)).collect();
        let (wanted, told) = text(&mut fresh.clone(), &prompts, 5, f64::INFINITY);
        assert_eq!(told, [], "with all the time in the world there is nothing to tell");
        let (found, told) = text(&mut fresh.clone(), &prompts, 5, 0.0);
        assert_eq!(found, wanted, "{lens:?}");
        let n_tokens: usize = lens.iter().map(|&len| len.min(fresh.block_size())).sum();
        let of_prompt = told.iter().take_while(|at| at.tokens == n_tokens).collect::<Vec<_>>();
        assert!(of_prompt.len() > n_tokens / CHUNK * n_layer, "{lens:?}: told {} times", of_prompt.len());
        assert!(of_prompt.iter().all(|at| at.read < n_tokens), "{lens:?}");
        assert!(of_prompt.iter().any(|at| at.read > 0), "{lens:?}");
        if lens[0] < fresh.block_size() {
            assert!(of_prompt.is_sorted_by_key(|at| at.read), "{lens:?}: it only grows");
        }
    }
}

#[test]
fn an_abort_ends_a_run_in_its_prompt_and_a_later_one_goes_on_there() {
    let mut model = gpt::prose();
    let prompt = random_ids(&model, 200, 3);
    let (wanted, told) = text(&mut gpt::prose(), std::slice::from_ref(&prompt), 4, 0.0);
    let mut run = Generation::new(greedy(4), vec![prompt.clone()], &model).unwrap();
    for _ in 0..told.len() / 2 {
        assert!(!advance(&mut run, &mut model, 0.0).finished);
    }
    run.abort();
    let end = advance(&mut run, &mut model, 0.0);
    assert!(end.finished && end.reading.is_none());
    assert_eq!((end.rows[0].tokens.len(), end.rows[0].finish_reason), (0, Some(FinishReason::Aborted)));
    let (found, again) = text(&mut model, &[prompt], 4, 0.0);
    assert_eq!(found, wanted);
    assert!(again.len() < told.len() * 3 / 4, "{} calls after {} at first", again.len(), told.len());
}

#[test]
fn a_run_that_is_out_of_time_ends_in_its_prompt() {
    /// A second passes with every look.
    struct Ticking(std::cell::Cell<f64>);
    impl logitlab::timing::Clock for Ticking {
        fn now_ms(&self) -> f64 {
            self.0.set(self.0.get() + 1000.0);
            self.0.get()
        }
    }
    let mut model = gpt::prose();
    let prompt = random_ids(&model, 200, 3);
    let mut settings = greedy(4);
    settings.run.max_time = Some(5.0);
    let mut run = Generation::<CpuBackend>::new(settings, vec![prompt], &model).unwrap();
    let (mut backend, mut generator, clock) =
        (CpuBackend::new(), Generator::new(RngKind::Philox, 7), Ticking(0.0.into()));
    for _ in 0..20 {
        let bench = Workbench { model: &mut model, backend: &mut backend, generator: &mut generator, clock: &clock };
        let chunk = block_on(run.advance(bench, 4, 0.0)).unwrap();
        if chunk.finished {
            assert_eq!((chunk.rows[0].tokens.len(), chunk.rows[0].finish_reason), (0, Some(FinishReason::Time)));
            return;
        }
    }
    panic!("it went on");
}

#[test]
fn a_score_in_parts_is_that_at_once() {
    let fresh = gpt::prose();
    let block_size = fresh.block_size();
    let options = ScoreOptions {
        prompt_ids: random_ids(&fresh, block_size - 3, 5),
        output_ids: random_ids(&fresh, 6, 6),
        ..ScoreOptions::default()
    };
    let settings = Settings::default().with(Temperature::fixed(0.8)).with(Mirostat { tau: 2.0, eta: 0.2 });
    let wanted = score(&mut fresh.clone(), &options, &settings).unwrap();
    let mut model = fresh.clone();
    let mut scoring = Scoring::new(&model, &options, &settings).unwrap();
    let mut n_calls = 0;
    while !scoring.is_finished() {
        scoring.advance(&mut model, &mut after(1)).unwrap();
        n_calls += 1;
    }
    assert_eq!(scoring.score(), wanted);
    assert!(n_calls > 4 * block_size / CHUNK * fresh.config().n_layer, "{n_calls} calls");
}

#[test]
fn an_explanation_in_parts_is_that_at_once() {
    let fresh = gpt::prose();
    let (prompts, outputs) = (vec![random_ids(&fresh, 150, 7)], vec![random_ids(&fresh, 6, 8)]);
    let following = Settings::default().with(Temperature::fixed(0.9)).with(Mirostat { tau: 2.0, eta: 0.2 });
    for sampling in [Settings::default(), following] {
        let settings = GenerateSettings { sampling, ..GenerateSettings::default() };
        let wants = Wants { after: true, ..Wants::default() };
        let question = Question { prompts: &prompts, outputs: &outputs, row: 0, index: 5, settings: &settings, wants };
        let generator = Generator::new(RngKind::Philox, 7);
        let mut backend = CpuBackend::new();
        let (mut model, mut last) = (fresh.clone(), LastContext::default());
        let wanted = block_on(explain(&question, &mut model, &mut last, &mut backend, &generator)).unwrap();
        // Two of them in turns: one knows nothing of the other.
        let (mut model, mut last) = (fresh.clone(), LastContext::default());
        let other = Question { index: 2, ..question };
        let mut works = [(question, Explaining::default()), (other, Explaining::default())];
        let (mut found, mut n_calls) = ([None, None], 0);
        while found.iter().any(Option::is_none) {
            for ((question, explaining), found) in works.iter_mut().zip(&mut found).filter(|(_, found)| found.is_none())
            {
                n_calls += 1;
                assert!(n_calls < 2000, "they undo each other's work");
                let is_over = &mut after(1);
                if explaining.read(question, &mut model, &mut last, &generator, is_over).unwrap() {
                    *found = Some(block_on(explaining.finish(question, &mut last, &mut backend, &generator)).unwrap());
                }
            }
        }
        assert_eq!(format!("{:?}", found[0]), format!("{:?}", Some(wanted)));
        assert!(n_calls > 2 * fresh.config().n_layer, "{n_calls} calls");
    }
}
