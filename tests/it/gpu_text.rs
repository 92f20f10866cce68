//! Texts on a GPU: the CPU's, character for character, in chains and step by step, and through the loss of the device.

use logitlab::{
    auto::{AutoBackend, Preference},
    backend::{Chain, ChainOutput, ChainRow},
    cpu::CpuBackend,
    generate::{Generation, Workbench},
    gpu::{GpuBackend, Kernel},
    model::{CountedBigram, LanguageModel},
    plan::{Plan, Stage},
    rng::{Generator, RngKind},
    settings::{GenerateSettings, LoopSettings, Settings},
    stages::{Penalties, Temperature, TopP, Xtc},
    token::TokenId,
};

use crate::{
    golden_samples::{Still, repeat_the_notebook},
    gpu::{adapters, backend, now},
    same_tokens::{Table, long_run},
    support::{
        block_on, ensure,
        inputs::{Family, SplitMix, random_plan, row},
    },
};

/// Whether an adapter emulates every thread, so that it gets less to do.
pub(crate) fn is_slow(adapter: &str) -> bool {
    adapter.contains("SwiftShader")
}

#[test]
fn the_notebooks_text() {
    for adapter in adapters() {
        let cases = repeat_the_notebook(&mut *backend(&adapter));
        println!("webgpu × {adapter} × the notebook: {cases} cases");
    }
}

/// The first place where two texts part, if they do.
fn divergence(a: &[TokenId], b: &[TokenId]) -> Option<String> {
    let at = a.iter().zip(b).position(|(a, b)| a != b);
    let at = at.or((a.len() != b.len()).then_some(a.len().min(b.len())))?;
    Some(format!("at {at}: {:?} and {:?}", a.get(at), b.get(at)))
}

#[test]
fn ten_thousand_characters() {
    for adapter in adapters() {
        // With a penalty nothing can be chained: every token is a step of its own.
        for (way, penalty, n) in [("chains", 0.0, 10_000), ("steps", 0.1, if is_slow(&adapter) { 500 } else { 10_000 })]
        {
            let want = long_run(&mut CpuBackend::new(), penalty, n);
            let got = long_run(&mut *backend(&adapter), penalty, n);
            assert_eq!(divergence(&want, &got), None, "{adapter}, {way}: CPU and GPU part");
            println!("webgpu × {adapter} × characters in {way}: {n} cases");
        }
    }
}

/// One chain on both backends, in calls of these lengths; how many tokens were compared.
pub(crate) fn compare_chain(
    gpu: &mut GpuBackend,
    model: &Table,
    plan: &Plan,
    eos: &[TokenId],
    n_rows: u32,
    calls: &[u32],
) -> Result<usize, String> {
    let mut cpu = CpuBackend::new();
    let (mut on_cpu, mut on_gpu) = (Default::default(), Default::default());
    let (len, mut done, mut compared) = (model.0.len() as u32, 0, 0);
    let mut rows: Vec<ChainRow> = (0..n_rows).map(|row| ChainRow { last: row * 7 % len, row: row * 3 }).collect();
    for &n in calls {
        let chain = Chain {
            model,
            plan,
            seed: 77 << 40 | 5,
            first_step: 4_294_967_000_u32.wrapping_add(done),
            n,
            eos,
            rows: &rows,
        };
        let mut want = vec![ChainOutput::default(); rows.len()];
        let mut got = want.clone();
        let ran = cpu.chain_now(&chain, &mut on_cpu, &mut want).unwrap();
        let ran_too = block_on(gpu.chain(&chain, &mut on_gpu, &mut got)).map_err(|error| error.to_string())?;
        ensure!(ran_too == ran, "V = {len}, {plan:?}: one of the two declines");
        for ((want, got), row) in want.iter().zip(&got).zip(&rows) {
            let parts = divergence(&want.tokens, &got.tokens);
            ensure!(parts.is_none(), "V = {len}, {plan:?}, {row:?}: {parts:?}");
            let bits = |out: &ChainOutput| out.probabilities.iter().map(|p| p.to_bits()).collect::<Vec<_>>();
            ensure!((bits(want), &want.kept) == (bits(got), &got.kept), "V = {len}, {plan:?}, {row:?}: probabilities");
            compared += want.tokens.len();
        }
        // Those that have ended begin anew.
        rows.iter_mut().zip(&want).for_each(|(row, out)| row.last = out.tokens.last().map_or(1 % len, |&last| last));
        done += n;
    }
    Ok(compared)
}

#[test]
fn chains_are_the_cpus() {
    for adapter in adapters() {
        let (mut gpu, mut rng, mut cases) = (backend(&adapter), SplitMix(31), 0);
        for len in [1, 2, 3, 30, 31, 64, 255, 257, 1000] {
            for round in 0..if is_slow(&adapter) { 1 } else { 4 } {
                let family =
                    rng.pick(&[Family::Normal, Family::Ties, Family::Peaked, Family::ManyMasked, Family::OneSurvivor]);
                let model = Table((0..len).map(|_| row(family, len, rng.bits())).collect());
                let mut plan = random_plan(&mut rng, len);
                let one = |stage: &Stage| Plan { stages: vec![stage.clone()], greedy: false };
                plan.stages.retain(|stage| !stage.reads_history() && !one(stage).has_chance());
                let eos: Vec<TokenId> = (0..rng.below(3)).map(|_| rng.below(len) as TokenId).collect();
                let n_rows = [1, 2, 65, 700][round];
                cases += compare_chain(&mut gpu, &model, &plan, &eos, n_rows, &[1, 37, 90]).unwrap();
            }
        }
        // More steps than a dispatch makes, and a row after which nothing is left.
        let mut model = Table((0..30).map(|i| row(Family::Normal, 30, i)).collect());
        let plan =
            Plan { stages: vec![Stage::Temperature(Temperature::fixed(0.8)), Stage::TopP(TopP(0.9))], greedy: false };
        cases += compare_chain(&mut gpu, &model, &plan, &[], 3, &[3000, 1025]).unwrap();
        model.0[4] = vec![f32::NEG_INFINITY; 30];
        cases += compare_chain(&mut gpu, &model, &plan, &[], 5, &[200, 200]).unwrap();
        println!("webgpu × {adapter} × tokens of chains: {cases} cases");
    }
}

/// The live check sees every token of a run, whichever backend draws it.
#[test]
fn the_live_check_compares_chains() {
    for adapter in adapters() {
        for preference in [Preference::Auto, Preference::WebGpu] {
            let mut auto = backend(&adapter).map(|gpu| block_on(AutoBackend::with(gpu, preference, now)).unwrap());
            auto.set_check(true);
            run(&mut auto, true, None);
            let report = auto.check_report().unwrap();
            assert_eq!((report.rows, report.same_tokens, report.same_bits), (60, 60, 60), "{adapter}: {report:?}");
        }
    }
}

/// A run of 60 tokens whose device is lost at a step, if at any.
fn run(backend: &mut AutoBackend, chained: bool, lost_at: Option<usize>) -> (String, Vec<TokenId>) {
    let mut model = CountedBigram::from_text("the quick brown fox jumps over the lazy dog. the end.", 0.1).unwrap();
    let mut sampling = Settings::default().with(Temperature::fixed(0.9));
    if !chained {
        // What looks at the history is done step by step, and what follows what was drawn above all.
        sampling = sampling
            .with(Penalties { frequency: 0.3, ..Penalties::OFF })
            .with(Xtc { probability: 0.5, threshold: 0.2 });
        let followers = Stage::examples().into_iter().map(|[_, wide]| wide).filter(Stage::follows);
        sampling = followers.fold(sampling, Settings::with);
    }
    let settings = GenerateSettings { sampling, run: LoopSettings { max_new_tokens: 60, ..LoopSettings::default() } };
    let prompt = model.vocab().encode("the ").unwrap().ids;
    let mut generation = Generation::<AutoBackend>::new(settings, vec![prompt], &model).unwrap();
    let mut generator = Generator::new(RngKind::Philox, 12);
    while !generation.is_finished() {
        if lost_at.is_some_and(|step| generation.outcome(&model, &generator).unwrap().rows[0].ids.len() >= 4 + step) {
            backend.lose_device();
        }
        let bench = Workbench { model: &mut model, backend, generator: &mut generator, clock: &Still };
        block_on(generation.advance(bench, if chained { 7 } else { 1 }, f64::INFINITY)).unwrap();
    }
    let row = generation.outcome(&model, &generator).unwrap().rows.remove(0);
    (row.text, row.ids)
}

#[test]
fn a_device_lost_at_any_step_changes_no_text_and_leaves_nothing_behind() {
    for adapter in adapters() {
        let mut rng = SplitMix(44);
        for round in 0..if is_slow(&adapter) { 4 } else { 20 } {
            let chained = round % 2 == 0;
            let want = run(&mut AutoBackend::default(), chained, None);
            let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
            let gpu = block_on(GpuBackend::of(&instance, &adapter, now, &Kernel::source)).unwrap();
            let mut auto = block_on(AutoBackend::with(gpu, Preference::WebGpu, now)).unwrap();
            let at = rng.below(50);
            assert_eq!(run(&mut auto, chained, Some(at)), want, "{adapter}, lost at step {at}");
            assert!(
                auto.about().lost && auto.about().kind == "cpu",
                "{adapter}, lost at step {at}: {:?}",
                auto.about()
            );
            let report = instance.generate_report().expect("a native instance");
            let hub = report.hub_report();
            let alive =
                [&hub.devices, &hub.queues, &hub.buffers, &hub.bind_groups, &hub.compute_pipelines, &hub.query_sets];
            assert_eq!(alive.map(|kind| kind.num_allocated), [0; 6], "{adapter}, lost at step {at}: still alive");
        }
        println!("webgpu × {adapter} × lost devices: {} cases", if is_slow(&adapter) { 4 } else { 20 });
    }
}

/// The report counts: while a device is there, it is not empty.
#[test]
fn what_is_alive_is_counted() {
    for adapter in adapters() {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let gpu = block_on(GpuBackend::of(&instance, &adapter, now, &Kernel::source)).unwrap();
        let alive = || {
            let report = instance.generate_report().expect("a native instance");
            [report.hub_report().devices.num_allocated, report.hub_report().buffers.num_allocated]
        };
        assert!(alive()[0] == 1 && alive()[1] > 5, "{:?}", alive());
        drop(gpu);
        assert_eq!(alive(), [0, 0]);
    }
}
