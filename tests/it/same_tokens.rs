//! The same tokens however they are computed: in chains or step by step, with SIMD or without, on every platform.

use logitlab::{
    backend::{
        Backend, Chain, ChainOutput, Transitions,
        cpu::{CpuBackend, lanes},
    },
    plan::{Plan, Stage},
    rng::{Draw, Philox},
    token::TokenId,
};

use crate::support::{
    Outcome, block_on,
    case::Case,
    ensure,
    inputs::{FAMILIES, Family, SplitMix, random_case, random_plan, row},
    pass,
};

/// A table of transitions.
struct Table(Vec<Vec<f32>>);

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
            plan.stages.retain(|stage| !matches!(stage, Stage::Penalties(_) | Stage::Bias(_)));
            pass(chain_is_steps(&model, &plan, rng.bits(), rng.below(len) as u32, 1 << rng.below(33).min(31)));
        }
    }
}

fn chain_is_steps(model: &Table, plan: &Plan, seed: u64, first: TokenId, first_step: u32) -> Outcome {
    let (mut backend, mut table, mut got) = (CpuBackend::new(), Default::default(), ChainOutput::default());
    // In two calls, so that the table is used again.
    for (n, done) in [(37, 0), (90, 37)] {
        let last = got.tokens.last().copied().unwrap_or(first);
        let chain = Chain { model, plan, last, seed, first_step: first_step.wrapping_add(done), row: 3, n };
        let was_run = block_on(backend.chain(&chain, &mut table, &mut got)).map_err(|error| error.to_string())?;
        ensure!(was_run, "the chain was declined at V = {}", model.0.len());
    }
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
#[test]
fn paths_agree() {
    let mut backend = CpuBackend::new();
    let mut rng = SplitMix(14);
    // Keeps everything that is less than 690 from the best, and makes the row a list.
    let list = Stage::MinP(1e-300);
    // Changes nothing, and divides the row by the temperature at once.
    let divide = Stage::Bias(vec![(0, 0.0)]);
    for len in [1025, 1088, 2047, 4100, 20_000] {
        for family in FAMILIES.into_iter().filter(|&family| family != Family::Extremes) {
            for _ in 0..8 {
                let temperature = Stage::Temperature(rng.pick(&[1.0, 0.3, 0.8, 1.7]));
                let filter = match rng.below(4) {
                    0 => Stage::TopK(rng.pick(&[1, 5, 20, 300, len - 1])),
                    1 => Stage::TopP(rng.unit()),
                    2 => Stage::TopP(rng.pick(&[0.0, 0.5, 0.9, 0.999_999])),
                    _ => list.clone(),
                };
                let logits = row(family, len, rng.bits());
                let coins = [0, rng.bits(), rng.bits(), rng.bits(), u64::MAX];
                let mut drawn = |stages: &[&Stage]| {
                    let stages = stages.iter().map(|stage| (*stage).clone()).collect();
                    let case = Case { plan: Plan { stages, greedy: false }, ..Case::new("paths", logits.clone()) };
                    coins.map(|coin| case.step(&mut backend, coin, false).expect("nothing is wrong with this row"))
                };
                let want = drawn(&[&temperature, &filter]);
                let name = format!("{family:?} V={len} {temperature:?} {filter:?}");
                assert_eq!(drawn(&[&temperature, &list, &filter]), want, "{name}: through a list");
                assert_eq!(drawn(&[&temperature, &divide, &filter]), want, "{name}: divided at once");
                if matches!(filter, Stage::MinP(_)) {
                    assert_eq!(drawn(&[&temperature]), want, "{name}: the whole row");
                }
            }
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

/// One number for the outcome of many steps. It is the same on native and wasm, and a change of it is a change of people's texts.
#[test]
fn fingerprint() {
    let (mut backend, mut rng, mut hash) = (CpuBackend::new(), SplitMix(13), 0xCBF2_9CE4_8422_2325_u64);
    let mut mix = |value: u64| hash = (hash ^ value).wrapping_mul(0x100_0000_01B3);
    for i in 0..3000 {
        let len = 1 + rng.below(2100);
        let case = random_case(&mut rng, FAMILIES[i % 14], len);
        match case.try_step(&mut backend, Draw::Coin(rng.bits()), false) {
            Ok(step) => [step.token, step.kept, step.probability.to_bits()].map(|n| mix(u64::from(n))).map(drop),
            Err(error) => [mix(error.code().len() as u64), (), ()],
        };
    }
    assert_eq!(hash, 5_818_501_748_964_963_367, "the same plans and coins now draw other tokens");
}
