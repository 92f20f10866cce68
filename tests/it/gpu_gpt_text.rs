//! Texts of a GPT on every adapter: the CPU's, token for token, in every way a token can be drawn.

use logitlab::{
    backend::Backend,
    cpu::CpuBackend,
    generate::{Generation, RowOutcome, Workbench},
    gpu::GpuBackend,
    model::{
        LanguageModel,
        gpt::{Activation, Gpt},
    },
    rng::{Generator, RngKind},
    settings::{GenerateSettings, LoopSettings, Settings},
    stages::{Bias, MinP, Penalties, Temperature, TopK, TopP, Xtc},
};

use crate::{
    golden_samples::Still,
    gpt::{prose, vocab},
    gpu::{adapters, backend},
    gpu_gpt::fast_adapters,
    gpu_text::is_slow,
    support::{block_on, random_gpt::RandomGpt},
};

/// A run, `piece` tokens at a time: its rows, and how probable each token of the first was.
fn generate<B: Backend>(
    backend: &mut B,
    model: &mut Gpt,
    settings: &GenerateSettings,
    prompts: &[&str],
    piece: usize,
) -> (Vec<RowOutcome>, Vec<f32>) {
    let mut generator = Generator::new(settings.sampling.rng, settings.sampling.seed.unwrap_or(0));
    let prompts = prompts.iter().map(|prompt| model.encode(prompt).unwrap().ids).collect();
    let mut run = Generation::new(settings.clone(), prompts, model).unwrap();
    let mut probabilities = Vec::new();
    while !run.is_finished() {
        let bench = Workbench { model, backend, generator: &mut generator, clock: &Still };
        let chunk = block_on(run.advance(bench, piece, f64::INFINITY)).unwrap();
        probabilities.extend_from_slice(&chunk.rows[0].probabilities);
    }
    (run.outcome(model, &generator).unwrap().rows, probabilities)
}

/// The same run on both; how many tokens were compared.
fn compare(gpu: &mut GpuBackend, model: &mut Gpt, settings: &GenerateSettings, prompts: &[&str]) -> usize {
    let (want, want_p) = generate(&mut CpuBackend::new(), model, settings, prompts, usize::MAX);
    for piece in [usize::MAX, 3] {
        let (got, got_p) = generate(gpu, model, settings, prompts, piece);
        for (got, want) in got.iter().zip(&want) {
            let parts = got.ids.iter().zip(&want.ids).position(|(a, b)| a != b);
            assert_eq!(parts, None, "CPU and GPU part: {settings:?}\n{}\n{}", got.text, want.text);
            assert_eq!((got.ids.len(), got.finish_reason), (want.ids.len(), want.finish_reason), "{settings:?}");
        }
        let largest = got_p.iter().zip(&want_p).fold(0.0_f32, |max, (a, b)| max.max((a - b).abs()));
        assert!(largest <= 1e-4, "probabilities are off by {largest}: {settings:?}");
    }
    want.iter().map(|row| row.ids.len()).sum()
}

#[test]
fn greedy_text_is_the_cpus() {
    for adapter in adapters() {
        let max_new_tokens = if is_slow(&adapter) { 30 } else { 200 };
        let settings = GenerateSettings {
            sampling: Settings::default().with(Temperature::fixed(0.0)),
            run: LoopSettings { max_new_tokens, ..LoopSettings::default() },
        };
        let n = compare(&mut backend(&adapter), &mut prose(), &settings, &["the old man "]);
        println!("webgpu × {adapter} × greedy tokens: {n} cases");
    }
}

/// The cache grows twice in this text.
#[test]
fn no_token_of_a_text_is_read_twice() {
    for adapter in fast_adapters() {
        let (mut gpu, mut model) = (backend(&adapter), prose());
        let settings = GenerateSettings {
            sampling: Settings::default().with(Temperature::fixed(0.0)),
            run: LoopSettings { max_new_tokens: 200, ..LoopSettings::default() },
        };
        gpu.take_times();
        let (rows, _) = generate(&mut *gpu, &mut model, &settings, &["the old man "], usize::MAX);
        // The last token drawn is read by nobody.
        assert_eq!(gpu.take_times().tokens_read, rows[0].ids.len() - 1, "{adapter}");
    }
}

#[test]
fn seeded_text_is_the_cpus() {
    let base = GenerateSettings {
        sampling: Settings { seed: Some(7), ..Settings::default() },
        run: LoopSettings { max_new_tokens: 120, ..LoopSettings::default() },
    };
    let settings = [
        GenerateSettings { sampling: base.sampling.clone().with(Temperature::fixed(0.8)), ..base.clone() },
        GenerateSettings {
            sampling: base.sampling.clone().with(Temperature::fixed(1.2)).with(TopK(12)).with(TopP(0.9)),
            ..base.clone()
        },
        GenerateSettings {
            sampling: Settings { seed: Some(8), ..base.sampling.clone() }.with(MinP(0.05)),
            ..base.clone()
        },
        GenerateSettings {
            sampling: base.sampling.clone().with(TopK(9)).with(Xtc { probability: 0.4, threshold: 0.1 }),
            ..base.clone()
        },
    ];
    for adapter in fast_adapters() {
        let (mut gpu, mut model) = (backend(&adapter), prose());
        let n: usize = settings.iter().map(|it| compare(&mut gpu, &mut model, it, &["the rain ", "a"])).sum();
        println!("webgpu × {adapter} × seeded tokens: {n} cases");
    }
}

/// A small model whose block is soon full.
fn small() -> Gpt {
    let shape = RandomGpt {
        vocab_size: 40,
        block_size: 24,
        n_layer: 2,
        n_head: 2,
        head_size: 6,
        n_inner: 30,
        is_tied: true,
        exact_gelu: true,
        loudness: 1.0,
    };
    let model = Gpt::from_safetensors(&shape.file(21), Some(&shape.config()), Some(vocab(40))).unwrap();
    assert_eq!(model.config().activation, Activation::GeluErf, "as the shape says");
    model
}

/// Ends, bans, wishes, penalties, traces, other generators, contexts beyond the block, and no cache.
#[test]
fn every_kind_of_step_draws_the_cpus_tokens() {
    let base = GenerateSettings {
        sampling: Settings { seed: Some(5), ..Settings::default() },
        run: LoopSettings { max_new_tokens: 40, ..LoopSettings::default() },
    };
    let settings = [
        base.clone(),
        GenerateSettings { run: LoopSettings { eos_token_id: vec![3, 9, 17], ..base.run.clone() }, ..base.clone() },
        GenerateSettings {
            run: LoopSettings { eos_token_id: vec![3, 9, 17, 4], min_new_tokens: 11, ..base.run.clone() },
            ..base.clone()
        },
        GenerateSettings {
            sampling: base.sampling.clone().with(Bias(vec![(2, 1.5)])),
            run: LoopSettings { eos_token_id: vec![3, 5], min_new_tokens: 30, ..base.run.clone() },
        },
        GenerateSettings {
            run: LoopSettings { forced_tokens: vec![(0, 6), (7, 1), (8, 2)], ..base.run.clone() },
            ..base.clone()
        },
        GenerateSettings {
            sampling: base.sampling.clone().with(Penalties { repetition: 1.4, ..Penalties::OFF }),
            ..base.clone()
        },
        GenerateSettings { run: LoopSettings { trace: true, max_new_tokens: 6, ..base.run.clone() }, ..base.clone() },
        GenerateSettings {
            sampling: Settings { rng: RngKind::Torch, ..base.sampling.clone() },
            run: LoopSettings { max_new_tokens: 12, ..base.run.clone() },
        },
        GenerateSettings {
            sampling: Settings { rng: RngKind::Torch, ..base.sampling.clone() }.with(Temperature::fixed(0.0)),
            ..base.clone()
        },
        GenerateSettings { run: LoopSettings { block_size: Some(5), ..base.run.clone() }, ..base.clone() },
        GenerateSettings {
            run: LoopSettings { stop_strings: vec!["<7>".to_owned()], ..base.run.clone() },
            ..base.clone()
        },
    ];
    for adapter in fast_adapters() {
        let (mut gpu, mut n) = (backend(&adapter), 0);
        for use_cache in [true, false] {
            let mut model = small();
            model.set_use_cache(use_cache);
            for settings in &settings {
                n += compare(&mut gpu, &mut model, settings, &[" ", "<4><5><6>", "<31>"]);
            }
        }
        println!("webgpu × {adapter} × every kind of step: {n} tokens");
    }
}
