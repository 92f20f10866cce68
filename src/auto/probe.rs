//! The check of the kernels that plans share: each gives a known answer, the CPU's, or the GPU is refused by the kernel's name. Plans of several
//! shapes are timed on both, so that work goes where it is faster; their rows are compared, too. A stage's own kernel is compiled and checked when
//! it is first needed, and a network's when its logits are compared.

use std::mem::discriminant;

use super::costs::{Costs, Rates, Shape};
use crate::{
    backend::{Backend, Chain, ChainOutput, ChainRow, Detail, Row, Step, Transitions},
    core::{
        error::{Error, Result},
        history::History,
        number::shortest,
        token::TokenId,
    },
    cpu::{ChainTable, CpuBackend},
    gpu::{GpuBackend, GpuChainTable, Now},
    rng::{Draw, Generator, NoiseBuffer, Philox, RngKind},
    stages::{
        Cut, StageName,
        plan::{Plan, Stage},
    },
};

/// Rows of the first check: short, so that every stage's kernel is tried with many plans.
const SHORT: usize = 300;
/// Rows of the second: several blocks, and more candidates than one of them holds.
const LONG: usize = 20_011;

/// Checks every kernel that is no stage's own.
///
/// # Errors
/// `BackendFault` with the name of the kernel that is wrong, and those of the device.
pub(super) async fn check(gpu: &mut GpuBackend, cpu: &mut CpuBackend, now: Now) -> Result<()> {
    let whole = vec![("softmax", Plan { stages: Vec::new(), greedy: false })];
    let short: Vec<f32> = (0..SHORT).map(logit).collect();
    let long: Vec<f32> = (0..LONG).map(steep_logit).collect();
    // Every row ends with a draw, so it comes first.
    gpu.set_fused(false);
    check_rows(gpu, cpu, &short, &ends(), Detail::Token).await?;
    // The fused kernels divide by a stage's.
    for stage in plan_of(&[Cut::Divide(0.0)], 0).stages {
        check_stage(gpu, cpu, stage.name()).await?;
    }
    gpu.set_fused(true);
    for (logits, plans, detail) in [
        (&short, fused_plans(), Detail::Token),
        (&short, whole, Detail::Evidence),
        (&long, fused_plans(), Detail::Token),
    ] {
        check_rows(gpu, cpu, logits, &plans, detail).await?;
    }
    check_race(gpu, cpu, &short).await?;
    run_chain(Some(gpu), cpu, now).await.map(drop)
}

/// Measures: both where there is a GPU that has passed its check, else the CPU, as if the GPU took no longer than `call_ms` for anything.
///
/// # Errors
/// As [`check`].
pub(super) async fn measure(
    mut gpu: Option<&mut GpuBackend>,
    cpu: &mut CpuBackend,
    call_ms: f64,
    now: Now,
) -> Result<Costs> {
    let short: Vec<f32> = (0..SHORT).map(logit).collect();
    let long: Vec<f32> = (0..LONG).map(steep_logit).collect();
    let small = time_rows(gpu.as_deref_mut(), cpu, &short, 1, &timed_plans()[0], now).await?;
    let call_ms = if gpu.is_some() { small.gpu } else { call_ms };
    let (times, n_tokens) = run_chain(gpu.as_deref_mut(), cpu, now).await?;
    let mut rates = vec![(Shape::CHAIN, times.rates(n_tokens, call_ms))];
    let [.., (_, slowest)] = timed_plans();
    let alone = slowest.stages.first().map_or("draw", |stage| stage.name().as_str());
    let plans = timed_plans().into_iter().map(|plan| (shape_of(&plan.1), plan, true));
    for (shape, plan, is_fused) in plans.chain([(shape_of(&slowest).unfused(), (alone, slowest), false)]) {
        if let Some(gpu) = &mut gpu {
            gpu.set_fused(is_fused);
        }
        let times = time_rows(gpu.as_deref_mut(), cpu, &long, 2, &plan, now).await?;
        rates.push((shape, times.rates(2 * LONG, call_ms)));
    }
    if let Some(gpu) = gpu {
        gpu.set_fused(true);
        gpu.take_times();
    }
    Ok(Costs::new(call_ms, rates))
}

/// A logit that no two neighbours share, with ties further off.
#[allow(clippy::cast_precision_loss, reason = "small numbers")]
fn logit(i: usize) -> f32 {
    (i * 37 % 101) as f32 * 0.13 - 6.5
}

/// A logit of a long row: all differ, and a few hundred have nearly all of the mass.
#[allow(clippy::cast_precision_loss, reason = "small numbers")]
fn steep_logit(i: usize) -> f32 {
    (i * 7919 % LONG) as f32 * 0.004 - 50.0
}

/// Plans without a stage.
fn ends() -> Vec<(&'static str, Plan)> {
    [false, true].map(|greedy| ("draw", Plan { stages: Vec::new(), greedy })).to_vec()
}

/// Checks the kernel of one stage, before it is first used.
///
/// # Errors
/// As [`probe`].
pub(super) async fn check_stage(gpu: &mut GpuBackend, cpu: &mut CpuBackend, name: StageName) -> Result<()> {
    let stages = Stage::checked(name).into_iter();
    let plans: Vec<_> = stages.map(|stage| (name.as_str(), Plan { stages: vec![stage], greedy: false })).collect();
    let logits: Vec<f32> = (0..SHORT).map(logit).collect();
    gpu.set_fused(false);
    let result = check_rows(gpu, cpu, &logits, &plans, Detail::Token).await;
    gpu.set_fused(true);
    result
}

/// Plans that take each way through the fused kernels, by the kernel that has the last word.
fn fused_plans() -> Vec<(&'static str, Plan)> {
    let all: Vec<Cut> = vec![Cut::Divide(0.0), Cut::Count(0), Cut::Mass(0), Cut::Value(0.0)];
    vec![
        ("scan", Plan { stages: Vec::new(), greedy: true }),
        ("sums", plan_of(&[Cut::Divide(0.0), Cut::Value(0.0)], 0)),
        ("finish", plan_of(&[Cut::Divide(0.0), Cut::Count(0), Cut::Mass(0)], 0)),
        ("finish", plan_of(&[Cut::Mass(0)], 0)),
        ("fallback", plan_of(&all, 1)),
    ]
}

/// A plan of the first stages that are such cuts, whatever their numbers: the narrow (0) or the wide (1) example of each.
fn plan_of(cuts: &[Cut], width: usize) -> Plan {
    let is_like = |stage: &Stage, cut| stage.fused().is_some_and(|own| discriminant(&own) == discriminant(cut));
    let examples = || Stage::examples().into_iter().map(|both| both[width].clone());
    let stage = |cut| examples().find(|stage| is_like(stage, cut)).expect("a stage of the list makes each cut");
    Plan { stages: cuts.iter().map(stage).collect(), greedy: false }
}

/// One batch of all plans, a few random numbers each, compared with the CPU: with a trace all probabilities, else the token and its own to the bit.
async fn check_rows(
    gpu: &mut GpuBackend,
    cpu: &mut CpuBackend,
    logits: &[f32],
    plans: &[(&'static str, Plan)],
    detail: Detail,
) -> Result<()> {
    let mut history = History::new(None);
    [5, 9, 5].into_iter().for_each(|token| history.push_prompt(token));
    [9, 12, 9].into_iter().for_each(|token| history.push_output(token));
    let coins = 0..4;
    let rows: Vec<(&str, Row<'_>)> = plans
        .iter()
        .flat_map(|(name, plan)| {
            let history = &history;
            coins.clone().map(move |step| {
                let draw = if plan.greedy { Draw::None } else { Draw::Coin(Philox::coin(11, step, 0)) };
                (*name, Row { plan, history, draw })
            })
        })
        .collect();
    let (names, rows): (Vec<&str>, Vec<Row<'_>>) = rows.into_iter().unzip();
    let mut batch = logits.repeat(rows.len());
    let (mut got, mut want) = (Vec::new(), Vec::new());
    gpu.step(&mut batch, &rows, detail, &mut got).await?;
    cpu.step_now(&mut batch, &rows, detail, &mut want)?;
    let is_right =
        |got, want| if detail.has_trace() { largest_difference(got, want) <= 1e-6 } else { is_same(got, want) };
    match names.iter().zip(got.iter().zip(&want)).find(|(_, (got, want))| !is_right(got, want)) {
        None => Ok(()),
        Some((kernel, (got, want))) => Err(fault(kernel, &describe(got), &describe(want))),
    }
}

/// The same token, of as many, with the same probability.
pub(super) fn is_same(a: &Step, b: &Step) -> bool {
    (a.token, a.kept, a.probability.to_bits()) == (b.token, b.kept, b.probability.to_bits())
}

fn describe(step: &Step) -> String {
    format!("token {} of {} with p = {}", step.token, step.kept, shortest(step.probability))
}

fn fault(kernel: &str, got: &str, want: &str) -> Error {
    Error::BackendFault { kernel: kernel.to_owned(), reason: format!("its check gave {got}, not {want}") }
}

/// Between the probabilities of two steps: of all tokens where both have a trace, else of the token drawn.
pub(super) fn largest_difference(a: &Step, b: &Step) -> f64 {
    let apart = |(a, b): (&f32, &f32)| f64::from((a - b).abs());
    match (&a.trace, &b.trace) {
        (Some(a), Some(b)) => a.probabilities.iter().zip(&b.probabilities).map(apart).fold(0.0, f64::max),
        _ => apart((&a.probability, &b.probability)),
    }
}

/// A small model for the chain kernel.
struct Wheel;

impl Transitions for Wheel {
    fn vocab_size(&self) -> usize {
        20
    }
    fn logits_after(&self, token: TokenId, out: &mut [f32]) {
        for (i, x) in out.iter_mut().enumerate() {
            *x = logit(i + 7 * token as usize) * 0.3;
        }
    }
}

/// Plans of different shapes, by the kernel that has the last word; the one that takes longest stage by stage comes last.
fn timed_plans() -> [(&'static str, Plan); N_TIMED] {
    [
        ("sums", Plan { stages: Vec::new(), greedy: false }),
        ("scan", Plan { stages: Vec::new(), greedy: true }),
        ("finish", plan_of(&[Cut::Count(0)], 0)),
        ("sums", plan_of(&[Cut::Value(0.0)], 0)),
        ("finish", plan_of(&[Cut::Mass(0)], 0)),
    ]
}

const N_TIMED: usize = 5;

fn shape_of(plan: &Plan) -> Shape {
    Shape::of(&[Row { plan, history: &History::default(), draw: Draw::None }], false)
}

/// Milliseconds.
#[derive(Debug, Clone, Copy)]
struct Times {
    cpu: f64,
    gpu: f64,
}

impl Times {
    /// For each of `n`, without the call.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    fn rates(self, n: usize, call_ms: f64) -> Rates {
        Rates { cpu: self.cpu / n as f64, gpu: (self.gpu - call_ms).max(0.0) / n as f64 }
    }
}

const CHAIN_ROWS: u32 = 128;
const CHAIN_STEPS: u32 = 64;

/// The chain twice on both, compared; the shorter times, tables not included, and how many tokens were drawn.
async fn run_chain(mut gpu: Option<&mut GpuBackend>, cpu: &mut CpuBackend, now: Now) -> Result<(Times, usize)> {
    let plan = plan_of(&[Cut::Divide(0.0), Cut::Mass(0)], 1);
    let rows: Vec<ChainRow> = (0..CHAIN_ROWS).map(|row| ChainRow { last: row % 20, row }).collect();
    let chain = Chain { model: &Wheel, plan: &plan, seed: 5, first_step: 0, n: CHAIN_STEPS, eos: &[13], rows: &rows };
    let (mut on_gpu, mut on_cpu) = (GpuChainTable::default(), ChainTable::default());
    let (mut times, mut n) = (Times { cpu: f64::INFINITY, gpu: f64::INFINITY }, 0);
    for _ in 0..2 {
        let mut outputs = [vec![ChainOutput::default(); rows.len()], vec![ChainOutput::default(); rows.len()]];
        let started = now();
        if let Some(gpu) = &mut gpu {
            gpu.chain(&chain, &mut on_gpu, &mut outputs[0]).await?;
        }
        let middle = now();
        cpu.chain_now(&chain, &mut on_cpu, &mut outputs[1])?;
        times = Times { gpu: times.gpu.min(middle - started), cpu: times.cpu.min(now() - middle) };
        if gpu.is_some() && outputs[0] != outputs[1] {
            return Err(fault("chain", "other tokens", "the CPU's"));
        }
        n = outputs[1].iter().map(|out| out.tokens.len()).sum();
    }
    Ok((times, n))
}

/// Some rows twice on both, compared; the shorter times.
async fn time_rows(
    mut gpu: Option<&mut GpuBackend>,
    cpu: &mut CpuBackend,
    logits: &[f32],
    n_rows: usize,
    (kernel, plan): &(&'static str, Plan),
    now: Now,
) -> Result<Times> {
    let history = History::default();
    let draw = if plan.greedy { Draw::None } else { Draw::Coin(1 << 63) };
    let rows = vec![Row { plan, history: &history, draw }; n_rows];
    let (mut times, mut got, mut want) = (Times { cpu: f64::INFINITY, gpu: f64::INFINITY }, Vec::new(), Vec::new());
    for _ in 0..2 {
        let (mut on_gpu, mut on_cpu) = (logits.repeat(n_rows), logits.repeat(n_rows));
        let started = now();
        if let Some(gpu) = &mut gpu {
            gpu.step(&mut on_gpu, &rows, Detail::Token, &mut got).await?;
        }
        let middle = now();
        cpu.step_now(&mut on_cpu, &rows, Detail::Token, &mut want)?;
        times = Times { gpu: times.gpu.min(middle - started), cpu: times.cpu.min(now() - middle) };
    }
    match got.iter().zip(&want).find(|(got, want)| !is_same(got, want)) {
        None => Ok(times),
        Some((got, want)) => Err(fault(kernel, &describe(got), &describe(want))),
    }
}

/// PyTorch's race on both: the same token, whose probability may differ in its last digits.
async fn check_race(gpu: &mut GpuBackend, cpu: &mut CpuBackend, logits: &[f32]) -> Result<()> {
    let plan = Plan { stages: Vec::new(), greedy: false };
    let mut generator = Generator::new(RngKind::Torch, 11);
    let mut noise = vec![NoiseBuffer::new(); 4];
    let draws: Vec<Draw<'_>> = noise.iter_mut().map(|noise| generator.draw(0, logits.len(), noise)).collect();
    let history = History::default();
    let rows: Vec<Row<'_>> = draws.iter().map(|&draw| Row { plan: &plan, history: &history, draw }).collect();
    let (mut got, mut want) = (Vec::new(), Vec::new());
    gpu.step(&mut logits.repeat(rows.len()), &rows, Detail::Token, &mut got).await?;
    cpu.step_now(&mut logits.repeat(rows.len()), &rows, Detail::Token, &mut want)?;
    let is_right = |(got, want): &(&Step, &Step)| {
        (got.token, got.kept) == (want.token, want.kept) && largest_difference(got, want) <= 1e-6
    };
    match got.iter().zip(&want).find(|pair| !is_right(pair)) {
        None => Ok(()),
        Some((got, want)) => Err(fault("race", &describe(got), &describe(want))),
    }
}
