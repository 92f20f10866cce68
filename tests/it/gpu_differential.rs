//! Many random rows on every adapter: fused = stage by stage = CPU, to the bit; and the oracle agrees.

use logitlab::{
    backend::{Backend, Detail, Row, Step},
    cpu::CpuBackend,
    gpu::GpuBackend,
    plan::{Plan, Stage},
    stages::{Bias, Dry, MinP, NoRepeatNgram, Temperature, TopK, TopP},
};

use crate::{
    gpu::{adapters, backend},
    support::{
        Outcome, block_on,
        case::{Case, Past},
        ensure, grammar,
        inputs::{FAMILIES, Family, SplitMix, leave_something, random_case, random_past, row},
        judge::judge,
        pass,
    },
};

/// A plan in the default order, as the fused kernels take it: each stage on with probability ½.
fn common_plan(rng: &mut SplitMix, len: usize) -> Plan {
    if rng.below(12) == 0 {
        return Plan { stages: Vec::new(), greedy: true };
    }
    let mut stages = vec![
        Stage::Bias(Bias((0..3).map(|_| (rng.below(len) as u32, rng.pick(&[2.0, -1.5, 5.0, 0.125, 0.0]))).collect())),
        Stage::Penalties(logitlab::plan::Penalties {
            repetition: rng.pick(&[1.0, 1.2, 0.8, 2.0]),
            presence: rng.pick(&[0.0, 0.5, -0.75]),
            frequency: rng.pick(&[0.0, 0.25, 0.3]),
            of_output: rng.bits() & 1 == 0,
            exempt: vec![0],
        }),
        grammar::random(rng, len).into(),
        Stage::Dry(Dry { multiplier: 0.7, base: 1.3, allowed_length: rng.pick(&[1, 2]), ..Dry::default() }),
        Stage::NoRepeatNgram(NoRepeatNgram(rng.pick(&[1, 2, 3]))),
        Stage::Temperature(Temperature::fixed(rng.pick(&[0.1, 0.7, 0.8, 1.3, 3.0, 10.0, 1e20, 1e-3]))),
        Stage::TopK(TopK(rng.pick(&[1, 2, 7, 50, 128, 129, 200, len.max(2) - 1, len + 1]))),
        Stage::TopP(TopP(rng.pick(&[0.0, 0.01, 0.3, 0.5, 0.9, 0.95, 0.999]))),
        Stage::MinP(MinP(rng.pick(&[1e-6, 0.02, 0.1, 0.5, 1.0]))),
    ];
    stages.retain(|_| rng.bits() & 1 == 0);
    Plan { stages, greedy: false }
}

/// `n` rows of V = `len`, every family in turn; half of the plans common, half in any order.
pub(crate) fn cases(rng: &mut SplitMix, len: usize, n: usize, all_common: bool) -> Vec<(Case, u64)> {
    (0..n)
        .map(|i| {
            let family = FAMILIES[i % FAMILIES.len()];
            let mut case = random_case(rng, family, len);
            if all_common || rng.bits() & 1 == 0 {
                case.plan = common_plan(rng, len);
                case.past = random_past(rng, len);
            }
            leave_something(&mut case);
            case.name = format!("{family:?} V={len} {:?} {:?}", case.plan, case.past);
            (case, rng.bits())
        })
        .collect()
}

/// All rows as one batch.
fn steps<B: Backend>(backend: &mut B, cases: &[(Case, u64)]) -> Result<Vec<Step>, String> {
    let histories: Vec<_> = cases.iter().map(|(case, _)| case.past.history()).collect();
    let rows: Vec<Row<'_>> = cases
        .iter()
        .zip(&histories)
        .map(|((case, coin), history)| Row { plan: &case.plan, history, draw: case.draw(*coin) })
        .collect();
    let mut logits: Vec<f32> = cases.iter().flat_map(|(case, _)| case.logits.iter().copied()).collect();
    let mut out = Vec::new();
    block_on(backend.step(&mut logits, &rows, Detail::Token, &mut out))
        .map_err(|error| format!("the batch: {error}"))?;
    Ok(out)
}

/// Fused, stage by stage and CPU give the same steps.
pub(crate) fn compare(gpu: &mut GpuBackend, cases: &[(Case, u64)]) -> Outcome {
    compare_in_batches(gpu, cases, usize::MAX)
}

/// Rows of a batch whose plans run stage by stage: each kernel that some row needs at a place passes over all rows, which takes SwiftShader
/// four times as long for seven rows as for one. Plans in any order come in batches of many rows in gpu_mutants.rs and in the browsers' tests.
const FEW_ROWS: usize = 2;

/// The same in batches of at most so many rows where they run fused, if their plans allow it, and of a few stage by stage.
fn compare_in_batches(gpu: &mut GpuBackend, cases: &[(Case, u64)], most: usize) -> Outcome {
    compare_one_way(gpu, cases, ("fused", true, most))?;
    compare_one_way(gpu, cases, ("stage by stage", false, most.min(FEW_ROWS)))
}

/// One way: its name, whether rows run fused where their plans allow it, and how many there are in a batch at most.
fn compare_one_way(gpu: &mut GpuBackend, cases: &[(Case, u64)], (way, fused, most): (&str, bool, usize)) -> Outcome {
    let want = steps(&mut CpuBackend::new(), cases)?;
    gpu.set_fused(fused);
    let got: Result<Vec<_>, _> = cases.chunks(most).map(|cases| steps(gpu, cases)).collect();
    gpu.set_fused(true);
    for (((case, coin), got), want) in cases.iter().zip(got?.concat()).zip(&want) {
        ensure!(
            (got.token, got.kept, got.probability.to_bits()) == (want.token, want.kept, want.probability.to_bits()),
            "{way}, coin {coin:#x}: {got:?}, the CPU {want:?}: {}",
            case.name
        );
    }
    Ok(())
}

/// (V, rows): short rows, every kind of tail, several blocks, real vocabularies.
const SHAPES: [(usize, usize); 16] = [
    (2, 1400),
    (3, 700),
    (7, 1400),
    (30, 2800),
    (64, 2800),
    (255, 1400),
    (256, 1400),
    (257, 1400),
    (300, 2800),
    (513, 2800),
    (1025, 1400),
    (2049, 700),
    (8191, 140),
    (8193, 140),
    (50_257, 56),
    (151_936, 28),
];

/// SwiftShader compares 18,000 rows of at most so many logits in minutes.
const SHORT: usize = 300;

/// Other rows with another number in the environment variable SEED, and all of the short ones on every adapter.
#[test]
fn twenty_thousand_rows() {
    let own_seed: Option<u64> = std::env::var("SEED").ok().map(|seed| seed.parse().expect("SEED is a whole number"));
    let seed = own_seed.unwrap_or(21);
    for adapter in adapters() {
        // SwiftShader emulates each thread: fewer rows there, the longer the fewer, with a few of their families. All of them on any other adapter.
        let is_emulated = adapter.contains("SwiftShader");
        let (mut gpu, mut rng, mut n) = (backend(&adapter), SplitMix(seed), 0);
        for (len, rows) in SHAPES {
            let share = if is_emulated && (own_seed.is_none() || len > SHORT) { 20 } else { 1 };
            for all_common in [true, false] {
                let mut cases = cases(&mut rng, len, (rows / 2 / share).max(14), all_common);
                if is_emulated {
                    let every = 1 + len / 5000;
                    cases = cases.into_iter().skip(usize::from(all_common) % every).step_by(every).collect();
                }
                let outcome = if all_common {
                    compare_in_batches(&mut gpu, &cases, usize::MAX)
                } else {
                    // Most batches have a plan that no fused kernel takes: they would run twice the same way.
                    compare_one_way(&mut gpu, &cases, ("plans in any order", true, FEW_ROWS))
                };
                pass(outcome.map_err(|message| format!("{adapter}: {message}")));
                n += cases.len();
            }
        }
        println!("webgpu × {adapter} × random rows, fused and stage by stage, seed {seed}: {n} cases");
        assert!(n >= if is_emulated { 1000 } else { 20_000 }, "{n} rows");
    }
}

/// What the kernels find hard: ties across blocks, everything equal, all candidates in one block, nuclei that do not fit.
#[test]
fn adversarial_rows() {
    for adapter in adapters() {
        let (mut gpu, mut rng) = (backend(&adapter), SplitMix(22));
        let lengths: &[usize] = if adapter.contains("SwiftShader") { &[9000] } else { &[9000, 20_000, 262_144] };
        for &len in lengths {
            let one_block: Vec<f32> =
                (0..len).map(|i| if i < 4000 { 5.0 + (i % 999) as f32 * 0.01 } else { 0.0 }).collect();
            let ties: Vec<f32> = (0..len).map(|i| if i % 1000 == 17 { 3.0 } else { -1.0 }).collect();
            let close: Vec<f32> = (0..len).map(|i| f32::from_bits(0x3f80_0000 + (i as u32 * 7919) % 4096)).collect();
            let kinds = [
                one_block,
                ties,
                close,
                row(Family::Constant, len, 1),
                row(Family::Ascending, len, 1),
                row(Family::Descending, len, 1),
                row(Family::LastOnly, len, 1),
            ];
            let mut cases = Vec::new();
            for logits in kinds {
                for _ in 0..7 {
                    let plan = common_plan(&mut rng, len);
                    let name = format!("V={len} {plan:?}");
                    let mut case = Case { name, logits: logits.clone(), plan, past: Past::default() };
                    leave_something(&mut case);
                    cases.push((case, rng.bits()));
                }
            }
            pass(compare(&mut gpu, &cases).map_err(|message| format!("{adapter}: {message}")));
        }
    }
}

/// The oracle judges fused rows of every family, trace and all.
#[test]
fn the_oracle_judges_the_gpu() {
    for adapter in adapters() {
        let (mut gpu, mut rng) = (backend(&adapter), SplitMix(23));
        let n = if adapter.contains("SwiftShader") { 2 } else { 12 };
        for len in [5, 30, 300, 1500] {
            for (case, coin) in cases(&mut rng, len, n * FAMILIES.len() / 2, true) {
                pass(judge(&mut *gpu, &case, coin).map(drop).map_err(|message| format!("{adapter}: {message}")));
            }
        }
    }
}

/// What the CPU refuses, the GPU refuses with the same words.
#[test]
fn errors_are_the_cpus() {
    let mut rows: Vec<Case> = vec![
        Case::new("NaN", [1.0, f32::NAN, 2.0]).top_k(1),
        Case::new("+inf", [1.0, 2.0, f32::INFINITY]),
        Case::new("all masked", [f32::NEG_INFINITY; 4]).top_p(0.5),
        Case::new("all banned", [1.0, 2.0]).bias(&[(0, f32::NEG_INFINITY), (1, f32::NEG_INFINITY)]),
        Case::new("bias overflows", [f32::MAX, 0.0]).bias(&[(0, f32::MAX)]),
        Case::new("a bias to nowhere", [1.0, 2.0]).bias(&[(7, 1.0)]),
        Case::new("temperature overflows", [1e10, 0.0]).temperature(1e-30),
        Case::new("temperature overflows downwards", [-1e10, -2e10]).temperature(1e-30),
        Case::new("penalty overflows", [f32::MAX, 0.0]).penalties(0.5, 0.0, 0.0).past(&[0], &[]),
        Case::new("NaN, greedy", [f32::NAN, 0.0]).greedy(),
    ];
    let mut long = row(Family::Normal, 20_000, 3);
    long[19_999] = f32::NAN;
    rows.push(Case::new("NaN at the end of a long row", long).temperature(0.8).top_k(40).top_p(0.9));
    for adapter in adapters() {
        let mut gpu = backend(&adapter);
        for case in &rows {
            let want = case.try_step(&mut CpuBackend::new(), case.draw(1), false).unwrap_err();
            for (fused, want_trace) in [(true, false), (false, false), (true, true)] {
                gpu.set_fused(fused);
                let got = case.try_step(&mut *gpu, case.draw(1), want_trace).unwrap_err();
                // NaN is not equal to itself, but it reads the same.
                assert_eq!(
                    format!("{got:?}"),
                    format!("{want:?}"),
                    "{adapter}, fused {fused}, trace {want_trace}: {}",
                    case.name
                );
            }
        }
        gpu.set_fused(true);
        Case::new("afterwards", [1.0, 2.0]).step(&mut *gpu, 5, false).unwrap();
    }
}
