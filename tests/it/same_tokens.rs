//! The same tokens however they are computed: in chains or step by step, with SIMD or without, on every platform.

use logitlab::{
    backend::{Backend, Chain, ChainOutput, ChainRow, Transitions},
    cpu::CpuBackend,
    generate::{Generation, Workbench},
    lanes,
    model::{LanguageModel, TinyBigram},
    plan::{Plan, Stage},
    rng::{Draw, Generator, Philox, RngKind},
    settings::{GenerateSettings, LoopSettings, Settings},
    stages::{Bias, MinP, Penalties, Temperature, TopK, TopP},
    token::TokenId,
};

use crate::golden_samples::Still;
use crate::support::{
    Outcome, block_on,
    case::Case,
    ensure,
    inputs::{FAMILIES, Family, SplitMix, past_tokens, random_case, random_plan, row},
    pass,
};

/// A table of transitions.
pub(crate) struct Table(pub Vec<Vec<f32>>);

impl Transitions for Table {
    fn vocab_size(&self) -> usize {
        self.0.len()
    }
    fn logits_after(&self, token: TokenId, out: &mut [f32]) {
        out.copy_from_slice(&self.0[token as usize]);
    }
}

/// A chain draws the tokens, probabilities and counts of the same number of single steps.
#[test]
fn chains_are_steps() {
    let mut rng = SplitMix(10);
    for len in [1, 2, 5, 30, 65, 200] {
        for _ in 0..12 {
            let family = rng.pick(&[Family::Normal, Family::Flat, Family::Ties, Family::Peaked, Family::ManyMasked]);
            let model = Table((0..len).map(|_| row(family, len, rng.bits())).collect());
            let mut plan = random_plan(&mut rng, len);
            // What no table holds: it changes with the text, or with a random number of its own.
            let alone = |stage: &Stage| Plan { stages: vec![stage.clone()], greedy: false };
            plan.stages.retain(|stage| !stage.edits() && !stage.reads_history() && !alone(stage).has_chance());
            pass(chain_is_steps(&model, &plan, rng.bits(), rng.below(len) as u32, 1 << rng.below(33).min(31)));
        }
    }
}

fn chain_is_steps(model: &Table, plan: &Plan, seed: u64, first: TokenId, first_step: u32) -> Outcome {
    let (mut backend, mut table, mut got) = (CpuBackend::new(), Default::default(), [ChainOutput::default()]);
    // In two calls, so that the table is used again.
    for (n, done) in [(37, 0), (90, 37)] {
        let last = got[0].tokens.last().copied().unwrap_or(first);
        let rows = [ChainRow { last, row: 3 }];
        let chain = Chain { model, plan, seed, first_step: first_step.wrapping_add(done), n, eos: &[], rows: &rows };
        let was_run = backend.chain_now(&chain, &mut table, &mut got).map_err(|error| error.to_string())?;
        ensure!(was_run, "the chain was declined at V = {}", model.0.len());
    }
    let [got] = got;
    ensure!(got.tokens.len() == 127, "{} tokens", got.tokens.len());
    let mut last = first;
    for (i, ((&token, &probability), &kept)) in got.tokens.iter().zip(&got.probabilities).zip(&got.kept).enumerate() {
        let coin = Philox::coin(seed, first_step.wrapping_add(i as u32), 3);
        let case = Case { plan: plan.clone(), ..Case::new("step", model.0[last as usize].clone()) };
        let step = case.step(&mut backend, coin, false)?;
        ensure!(
            (step.token, step.probability.to_bits(), step.kept) == (token, probability.to_bits(), kept),
            "V={} {plan:?} step {i} after {last}: chain {token} {probability} {kept}, step {step:?}",
            model.0.len()
        );
        last = token;
    }
    Ok(())
}

/// A plan takes other paths when a stage that changes nothing makes a list of the row or divides it early; the bits stay the same.
/// So long rows agree with short ones, peaked nuclei with flat ones, and sums with the masses they add up.
fn agree(name: &str, logits: &[f32], temperature: f32, filter: Option<Stage>, coins: &[u64]) {
    let mut backend = CpuBackend::new();
    // Keeps everything that is less than 690 from the best, and makes the row a list.
    let list = Stage::MinP(MinP(1e-300));
    // Changes nothing, and divides the row by the temperature at once.
    let divide = Stage::Bias(Bias(vec![(0, 0.0)]));
    let name = format!("{name} V={} T={temperature} {filter:?}", logits.len());
    let mut drawn = |between: Option<&Stage>| {
        let mut stages = vec![Stage::Temperature(Temperature::fixed(temperature))];
        stages.extend(between.cloned().into_iter().chain(filter.clone()));
        let case = Case { plan: Plan { stages, greedy: false }, ..Case::new(&name, logits) };
        coins.iter().map(|&coin| case.step(&mut backend, coin, false).unwrap()).collect::<Vec<_>>()
    };
    let want = drawn(None);
    assert_eq!(drawn(Some(&list)), want, "{name}: through a list");
    assert_eq!(drawn(Some(&divide)), want, "{name}: divided at once");
}

#[test]
fn paths_agree() {
    let mut rng = SplitMix(14);
    for len in [1025, 1088, 2047, 4100, 20_000] {
        for family in FAMILIES.into_iter().filter(|&family| family != Family::Extremes) {
            for _ in 0..8 {
                let filter = match rng.below(4) {
                    0 => Some(Stage::TopK(TopK(rng.pick(&[1, 5, 20, 300, len - 1])))),
                    1 => Some(Stage::TopP(TopP(rng.unit()))),
                    2 => Some(Stage::TopP(TopP(rng.pick(&[0.0, 0.5, 0.9, 0.999_999])))),
                    _ => None,
                };
                let logits = row(family, len, rng.bits());
                let coins = [0, rng.bits(), rng.bits(), rng.bits(), u64::MAX];
                agree(&format!("{family:?}"), &logits, rng.pick(&[1.0, 0.3, 0.8, 1.7]), filter, &coins);
            }
        }
    }
}

/// Rows on which a sum of masses meets p exactly, and rows of neighbouring floats around the edge of a histogram bin.
#[test]
fn paths_agree_on_the_edge() {
    let halves = |n: u32| -(n as f32) * std::f32::consts::LN_2;
    let by = |len: usize, f: &dyn Fn(usize) -> f32| (0..len).map(f).collect::<Vec<_>>();
    let rows = [
        ("half of the mass in a third", by(3072, &|i| if i % 3 == 0 { 0.0 } else { halves(1) })),
        ("half of the mass in a fifth", by(5120, &|i| if i % 5 == 2 { 0.0 } else { halves(2) })),
        ("half of the mass in one token", by(1025, &|i| if i == 700 { 0.0 } else { halves(10) })),
        ("half of the mass in one of 4097", by(4097, &|i| if i == 0 { 0.0 } else { halves(12) })),
    ];
    let coins = [0, 1 << 62, 1 << 63, 3 << 62, u64::MAX];
    for (name, logits) in rows {
        for p in [0.25, 0.5, 0.75] {
            agree(name, &logits, 1.0, Some(Stage::TopP(TopP(p))), &coins);
        }
    }
    for bin in [1, 5, 8, 30] {
        let edge = -(bin as f32 + 0.5) / 8.0 * std::f32::consts::LN_2;
        let neighbours =
            by(4096, &|i| if i == 9 { 0.0 } else { f32::from_bits(edge.to_bits() - 2048 + (i * 1237 % 4096) as u32) });
        for p in [0.2, 0.4, 0.5, 0.6, 0.8] {
            agree(&format!("around bin {bin}"), &neighbours, 1.0, Some(Stage::TopP(TopP(p))), &coins);
        }
    }
}

/// SIMD and its plain twin: the same bits. On a target without SIMD they are the same code.
#[test]
fn lanes_agree() {
    let (mut simd, mut plain) = (CpuBackend::<lanes::Native>::default(), CpuBackend::<lanes::Plain>::default());
    let mut rng = SplitMix(12);
    for len in (1..=200).chain([1023, 1025, 3001, 50_257]) {
        for family in FAMILIES {
            let case = random_case(&mut rng, family, len);
            let coin = rng.bits();
            let (a, b) =
                (case.try_step(&mut simd, case.draw(coin), false), case.try_step(&mut plain, case.draw(coin), false));
            assert_eq!(a, b, "{}", case.name);
        }
    }
}

/// Plans of the stages there were when the number below was recorded, so that a stage that comes later does not change it.
fn recorded_plan(rng: &mut SplitMix, len: usize) -> Plan {
    let mut stages = vec![
        Stage::Bias(Bias(
            (0..3).map(|_| (rng.below(len) as u32, rng.pick(&[2.0, -1.5, 5.0, f32::NEG_INFINITY, 0.125]))).collect(),
        )),
        Stage::Penalties(Penalties {
            repetition: rng.pick(&[1.0, 1.2, 0.8, 2.0]),
            presence: rng.pick(&[0.0, 0.5, -0.75]),
            frequency: rng.pick(&[0.0, 0.25, 0.3]),
            ..Penalties::OFF
        }),
        Stage::Temperature(Temperature::fixed(rng.pick(&[0.1, 0.7, 0.8, 1.3, 2.0, 10.0]))),
        Stage::TopK(TopK(rng.pick(&[1, 2, 3, 7, 50, 200, len.max(2) - 1, len, len + 1]))),
        Stage::TopP(TopP(rng.pick(&[0.0, 0.01, 0.3, 0.5, 0.9, 0.95, 0.999]))),
        Stage::MinP(MinP(rng.pick(&[1e-6, 0.02, 0.1, 0.5, 1.0]))),
    ];
    rng.shuffle(&mut stages);
    stages.retain(|_| rng.bits() & 1 == 0);
    Plan { stages, greedy: false }
}

/// One number for the outcome of many steps. It is the same on native and wasm, and a change of it is a change of people's texts.
#[test]
fn fingerprint() {
    let (mut backend, mut rng, mut hash) = (CpuBackend::new(), SplitMix(13), 0xCBF2_9CE4_8422_2325_u64);
    let mut mix = |value: u64| hash = (hash ^ value).wrapping_mul(0x100_0000_01B3);
    for i in 0..3000 {
        let len = 1 + rng.below(2100);
        let logits = row(FAMILIES[i % 14], len, rng.bits());
        let plan = recorded_plan(&mut rng, len);
        let case = Case { name: String::new(), logits, plan, past: past_tokens(&mut rng, len) };
        match case.try_step(&mut backend, Draw::Coin(rng.bits()), false) {
            Ok(step) => [step.token, step.kept, step.probability.to_bits()].map(|n| mix(u64::from(n))).map(drop),
            Err(error) => [mix(error.code().len() as u64), (), ()],
        };
    }
    assert_eq!(hash, 6_878_095_511_818_081_450, "the same plans and coins now draw other tokens");
}

/// The same of 100,000 rows and all stages in any order. A new stage, or another rule for what is a random plan, makes it another number: recorded anew,
/// it has to be that of WebAssembly and of this machine again.
#[test]
fn fingerprint_of_all_stages() {
    let (mut backend, mut rng, mut hash, mut n) = (CpuBackend::new(), SplitMix(14), 0xCBF2_9CE4_8422_2325_u64, 0);
    let mut mix = |value: u64| hash = (hash ^ value).wrapping_mul(0x100_0000_01B3);
    for i in 0..100_000 {
        let len = if i % 100 == 0 { 1 + rng.below(9000) } else { 1 + rng.below(300) };
        let case = random_case(&mut rng, FAMILIES[i % FAMILIES.len()], len);
        match case.try_step(&mut backend, case.draw(rng.bits()), false) {
            Ok(step) => {
                n += 1;
                [step.token, step.kept, step.probability.to_bits()].into_iter().for_each(|n| mix(u64::from(n)));
            }
            Err(error) => mix(error.code().len() as u64),
        }
    }
    assert!(n > 50_000, "{n} rows were drawn from");
    assert_eq!(hash, 6_487_901_561_032_717_790, "the same plans and coins now draw other tokens");
}

/// The ids of a text of `n` characters by the notebook's bigram, step by step when there is a penalty, else in chains.
pub(crate) fn long_run<B: Backend>(backend: &mut B, penalty: f64, n: usize) -> Vec<TokenId> {
    let mut model = TinyBigram::notebook(&mut Generator::new(RngKind::Torch, 123));
    let settings = GenerateSettings {
        sampling: Settings::default()
            .with(Temperature::fixed(0.8))
            .with(TopP(0.9))
            .with(Penalties { presence: penalty as f32, ..Penalties::OFF }),
        run: LoopSettings { max_new_tokens: n, ..LoopSettings::default() },
    };
    let prompt = model.vocab().encode("the ").unwrap().ids;
    let mut generation = Generation::<B>::new(settings, vec![prompt], &model).unwrap();
    let mut generator = Generator::new(RngKind::Philox, 2026);
    while !generation.is_finished() {
        let bench = Workbench { model: &mut model, backend, generator: &mut generator, clock: &Still };
        block_on(generation.advance(bench, 4096, f64::INFINITY)).unwrap();
    }
    generation.outcome(&model, &generator).unwrap().rows.remove(0).ids
}

/// One number for ten thousand characters: the same on native and wasm, and in tests/it/gpu_text.rs the same ids on every GPU.
#[test]
fn ten_thousand_characters() {
    let hash = |ids: Vec<TokenId>| {
        assert_eq!(ids.len(), 10_004, "the prompt and the new tokens");
        ids.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, &id| (hash ^ u64::from(id)).wrapping_mul(0x100_0000_01B3))
    };
    let hashes = [0.0, 0.1].map(|penalty| hash(long_run(&mut CpuBackend::new(), penalty, 10_000)));
    assert_eq!(hashes, [16_060_887_059_409_727_940, 11_810_654_940_106_611_670], "the texts have changed");
}
