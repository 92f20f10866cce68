//! A GPT between CPU and GPU: proved before it is used, chosen by what was measured, compared on demand, and given back after a loss.

use std::cell::Cell;

use logitlab::{
    auto::{AutoBackend, CheckReport, Preference},
    generate::{Generation, Workbench},
    gpu::{Bindings, Kernel},
    model::{LanguageModel, gpt::Gpt},
    rng::{Generator, RngKind},
    settings::{GenerateSettings, LoopSettings, Settings},
    stages::{Penalties, Temperature},
    timing::Clock,
    token::TokenId,
};

use crate::{
    gguf,
    golden_samples::Still,
    gpt::{prose, vocab},
    gpu::{Lease, Lent, backend, fresh, now},
    gpu_gpt::{fast_adapters, logits_of_rows},
    gpu_mutants::NETWORK_MUTANTS,
    support::{block_on, random_gpt::RandomGpt},
};

/// A clock on which every look takes this long.
struct Steady {
    ms: f64,
    time: Cell<f64>,
}

impl Clock for Steady {
    fn now_ms(&self) -> f64 {
        self.time.set(self.time.get() + self.ms);
        self.time.get()
    }
}

/// 60 tokens of the model, on a backend whose device is lost at a step, if at any; a look at the clock takes `ms`.
fn write(
    backend: &mut AutoBackend,
    model: &mut Gpt,
    settings: &GenerateSettings,
    lost_at: Option<usize>,
    ms: f64,
) -> String {
    let mut generator = Generator::new(RngKind::Philox, settings.sampling.seed.unwrap_or(0));
    let prompts = vec![model.encode("the old man ").unwrap().ids];
    let mut run = Generation::<AutoBackend>::new(settings.clone(), prompts, model).unwrap();
    let clock = Steady { ms, time: Cell::new(0.0) };
    for step in (0..).step_by(3) {
        if lost_at.is_some_and(|at| step >= at) {
            backend.lose_device();
        }
        let bench = Workbench { model, backend, generator: &mut generator, clock: &clock };
        block_on(run.advance(bench, 3, f64::INFINITY)).unwrap();
        if run.is_finished() {
            break;
        }
    }
    run.outcome(model, &generator).unwrap().rows.swap_remove(0).text
}

fn settings() -> GenerateSettings {
    GenerateSettings {
        sampling: Settings { seed: Some(4), ..Settings::default() }.with(Temperature::fixed(0.7)),
        run: LoopSettings { max_new_tokens: 60, ..LoopSettings::default() },
    }
}

fn with_penalty() -> GenerateSettings {
    GenerateSettings {
        sampling: settings().sampling.with(Penalties { frequency: 0.1, ..Penalties::OFF }),
        ..settings()
    }
}

fn auto(adapter: &str, preference: Preference) -> Lent<AutoBackend> {
    backend(adapter).map(|gpu| block_on(AutoBackend::with(gpu, preference, now)).unwrap())
}

#[test]
fn a_device_lost_at_any_step_changes_no_text() {
    let mut model = prose();
    for adapter in fast_adapters() {
        for settings in [settings(), with_penalty()] {
            let want = write(&mut AutoBackend::default(), &mut model, &settings, None, 0.0);
            for lost_at in [None, Some(0), Some(3), Some(9)] {
                let mut backend = block_on(AutoBackend::with(fresh(&adapter), Preference::WebGpu, now)).unwrap();
                let text = write(&mut backend, &mut model, &settings, lost_at, 0.0);
                assert_eq!(text, want, "{adapter}, lost at {lost_at:?}");
                let about = backend.about();
                let (kind, lost) = if lost_at.is_some() { ("cpu", true) } else { ("webgpu", false) };
                assert_eq!((about.kind, about.lost), (kind, lost), "{adapter}, lost at {lost_at:?}: {about:?}");
            }
        }
    }
}

#[test]
fn the_faster_one_goes_on() {
    let mut model = prose();
    let want = write(&mut AutoBackend::default(), &mut model, &settings(), None, 0.0);
    for adapter in fast_adapters() {
        for (ms, kind, reason) in
            [(0.0, "cpu", "small steps stay on the CPU"), (5000.0, "webgpu", "a token of the network took")]
        {
            let mut backend = auto(&adapter, Preference::Auto);
            assert_eq!(write(&mut backend, &mut model, &settings(), None, ms), want, "{adapter}");
            let about = backend.about();
            assert_eq!(about.kind, kind, "{adapter}: {about:?}");
            assert!(about.reason.starts_with(reason) || kind == "cpu", "{adapter}: {about:?}");
        }
    }
}

/// What a token costs is found out with a few before a long prompt is read, and not with the prompt.
#[test]
fn a_long_prompt_goes_to_the_faster_one_at_once() {
    let mut model = prose();
    let settings = GenerateSettings {
        sampling: Settings::default().with(Temperature::fixed(0.0)),
        run: LoopSettings { max_new_tokens: 2, ..LoopSettings::default() },
    };
    // The GPU is compared with the model, and timed, by so many tokens.
    let proof = 17 + 1 + 17;
    for adapter in fast_adapters() {
        for (len, ms, kind, n_read) in [
            (191, 5000.0, "cpu", 0),
            (192, 5000.0, "webgpu", proof + 192),
            (192, 1.0, "cpu", proof),
            (192, 0.0, "cpu", 0),
        ] {
            let mut backend = auto(&adapter, Preference::Auto);
            let mut generator = Generator::new(RngKind::Philox, 0);
            let prompt = model.encode(&"the old man ".repeat(16)).unwrap().ids[..len].to_vec();
            let mut run = Generation::<AutoBackend>::new(settings.clone(), vec![prompt], &model).unwrap();
            let clock = Steady { ms, time: Cell::new(0.0) };
            let bench =
                Workbench { model: &mut model, backend: &mut *backend, generator: &mut generator, clock: &clock };
            block_on(run.advance(bench, 1, f64::INFINITY)).unwrap();
            assert_eq!(backend.about().kind, kind, "{adapter}: {len} tokens, {ms} ms: {:?}", backend.about());
            assert_eq!(backend.take_gpu_times().unwrap().tokens_read, n_read, "{adapter}: {len} tokens, {ms} ms");
        }
    }
}

/// What is more than a call of the GPU reads comes in slices of 512 tokens, and the logits are those of one call.
#[test]
fn long_prompts_are_read_in_slices() {
    let shape = RandomGpt {
        vocab_size: 20,
        block_size: 1300,
        n_layer: 2,
        n_head: 2,
        head_size: 8,
        n_inner: 32,
        is_tied: true,
        exact_gelu: false,
        loudness: 1.0,
    };
    let model = Gpt::from_safetensors(&shape.file(3), Some(&shape.config()), Some(vocab(20))).unwrap();
    let mut settings = settings();
    (settings.run.max_new_tokens, settings.run.trace) = (2, true);
    for adapter in fast_adapters() {
        for (lens, slices) in [(vec![1200], vec![512, 1024]), (vec![600, 3, 700], vec![512, 1024]), (vec![512], vec![])]
        {
            let ids = |len: usize| (0..len).map(|i| ((i * i + len) % 20) as TokenId).collect::<Vec<_>>();
            let prompts: Vec<Vec<TokenId>> = lens.iter().map(|&len| ids(len)).collect();
            let rows: Vec<&[TokenId]> = prompts.iter().map(Vec::as_slice).collect();
            let numbers: Vec<u32> = (0..).take(rows.len()).collect();
            let wanted = logits_of_rows(&mut backend(&adapter), &model, &rows, &numbers).unwrap();
            let mut backend = auto(&adapter, Preference::WebGpu);
            let (mut model, mut generator) = (model.clone(), Generator::new(RngKind::Philox, 0));
            let mut run = Generation::<AutoBackend>::new(settings.clone(), prompts.clone(), &model).unwrap();
            let (mut told, mut found) = (Vec::new(), Vec::new());
            while found.is_empty() {
                let bench =
                    Workbench { model: &mut model, backend: &mut *backend, generator: &mut generator, clock: &Still };
                let chunk = block_on(run.advance(bench, 1, 0.0)).unwrap();
                told.extend(chunk.reading.map(|reading| reading.read));
                found.extend(chunk.rows.iter().flat_map(|row| &row.traces).flat_map(|trace| trace.logits.clone()));
            }
            // Before that the CPU has read what the GPU is compared with, in parts as well, and the first row may begin as that does.
            let n_known = (0..).zip(&prompts[0]).take_while(|&(i, &id)| i * 37 % 20 == id).count();
            let slices: Vec<usize> = slices.into_iter().map(|read| read + n_known).collect();
            assert_eq!(
                told.iter().copied().filter(|&read| read > 0).collect::<Vec<_>>(),
                slices,
                "{adapter}: {lens:?}"
            );
            assert_eq!(backend.about().kind, "webgpu", "{adapter}");
            assert_eq!(found, wanted, "{adapter}: {lens:?}");
        }
    }
}

#[test]
fn the_live_check_compares_networks() {
    let mut model = prose();
    for adapter in fast_adapters() {
        for settings in [settings(), with_penalty()] {
            let mut backend = auto(&adapter, Preference::WebGpu);
            backend.set_check(true);
            write(&mut backend, &mut model, &settings, None, 0.0);
            let CheckReport { rows, same_tokens, largest_difference, first_difference, .. } =
                backend.check_report().unwrap();
            assert_eq!((rows, same_tokens, first_difference), (60, 60, None), "{adapter}");
            assert!(largest_difference <= 1e-4, "{adapter}: {largest_difference}");
        }
    }
}

#[test]
fn a_network_that_is_computed_wrong_is_refused_and_the_cpu_writes() {
    // The kernels of numbers but for turns, turns, those of four bits, and those of eight.
    let mut small: Vec<Gpt> = gguf::models().map(|(_, model)| model).collect();
    let (nibbles, bytes, turns) = (small.swap_remove(4), small.swap_remove(1), small.swap_remove(0));
    let mut models = [prose(), turns, nibbles, bytes].map(|mut model| {
        let want = write(&mut AutoBackend::default(), &mut model, &settings(), None, 0.0);
        (model, want)
    });
    let Some(adapter) = fast_adapters().next() else { return };
    let lease = Lease::of(&adapter);
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.bindings() == Bindings::Network) {
        let (name, from, to) =
            NETWORK_MUTANTS.iter().find(|(name, ..)| *name == kernel.name()).expect("a mutant of each");
        let (model, want) = &mut models[match kernel {
            Kernel::Turn => 1,
            Kernel::EmbedNibbles | Kernel::ProductNibbles | Kernel::ProductsNibbles => 2,
            Kernel::EmbedBytes | Kernel::ProductBytes | Kernel::ProductsBytes => 3,
            _ => 0,
        }];
        let gpu = lease.faulty(name, from, to);
        let mut backend = block_on(AutoBackend::with(gpu, Preference::WebGpu, now)).unwrap();
        assert_eq!(write(&mut backend, model, &settings(), None, 0.0), *want, "{name}");
        let about = backend.about();
        assert!(about.kind == "cpu" && about.reason.contains("network"), "{name}: {about:?}");
    }
}
