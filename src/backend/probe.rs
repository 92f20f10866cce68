//! The start-up check: every kernel gives a known answer, the CPU's, or the GPU is refused by the kernel's name. Then both are timed once, so
//! that small work stays where it is faster.

use std::mem::discriminant;

use super::{
    Backend, Chain, ChainOutput, ChainRow, Row, Step, Transitions,
    cpu::{ChainTable, CpuBackend},
    gpu::{GpuBackend, GpuChainTable, Now},
};
use crate::{
    error::{Error, Result},
    history::History,
    number::shortest,
    plan::{Plan, Stage},
    rng::{Draw, Philox},
    stages::Cut,
    token::TokenId,
};

/// What a step costs where, in milliseconds, as measured at the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// A logit on the CPU.
    pub cpu_ms_per_logit: f64,
    /// A call of the GPU with next to nothing to do: submission and readback.
    pub gpu_call_ms: f64,
    /// A logit on the GPU, brought there from the host.
    pub gpu_ms_per_logit: f64,
    /// A token of a chain on the CPU.
    pub cpu_ms_per_token: f64,
    /// A token of a chain on the GPU.
    pub gpu_ms_per_token: f64,
}

impl Costs {
    /// A step of `n` logits: (CPU, GPU).
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn of_step(&self, n: usize) -> (f64, f64) {
        let n = n as f64;
        (n * self.cpu_ms_per_logit, self.gpu_call_ms + n * self.gpu_ms_per_logit)
    }

    /// A chain of `n` tokens in all: (CPU, GPU).
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn of_chain(&self, n: usize) -> (f64, f64) {
        let n = n as f64;
        (n * self.cpu_ms_per_token, self.gpu_call_ms + n * self.gpu_ms_per_token)
    }
}

/// More than one block of candidates' worth, so that nothing is kept as a whole.
const VOCAB_SIZE: usize = 300;

/// Checks every kernel and measures.
///
/// # Errors
/// `BackendFault` with the name of the kernel that is wrong, and those of the device.
pub(super) async fn probe(gpu: &mut GpuBackend, cpu: &mut CpuBackend, now: Now) -> Result<Costs> {
    let logits: Vec<f32> = (0..VOCAB_SIZE).map(logit).collect();
    let whole = vec![("softmax", Plan { stages: Vec::new(), greedy: false })];
    for (is_fused, plans, want_trace) in
        [(false, stage_plans(), false), (true, fused_plans(), false), (true, whole, true)]
    {
        gpu.set_fused(is_fused);
        check_rows(gpu, cpu, &logits, &plans, want_trace).await?;
    }
    let (cpu_ms_per_token, gpu_tokens_ms) = check_chain(gpu, cpu, now).await?;
    let mut steps = [(0.0, 0.0); 2];
    for ((vocab_size, n_rows), times) in [(VOCAB_SIZE, 1), (8192, 8)].into_iter().zip(&mut steps) {
        *times = time_step(gpu, cpu, vocab_size, n_rows, now).await?;
    }
    let [(_, small_ms), (cpu_ms, gpu_ms)] = steps;
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    let per = |ms: f64, n: usize| ms.max(0.0) / n as f64;
    gpu.take_times();
    Ok(Costs {
        cpu_ms_per_logit: per(cpu_ms, 8 * 8192),
        gpu_call_ms: small_ms,
        gpu_ms_per_logit: per(gpu_ms - small_ms, 8 * 8192),
        cpu_ms_per_token,
        gpu_ms_per_token: per(gpu_tokens_ms - small_ms, CHAIN_TOKENS),
    })
}

/// A logit that no two neighbours share, with ties further off.
#[allow(clippy::cast_precision_loss, reason = "small numbers")]
fn logit(i: usize) -> f32 {
    (i * 37 % 101) as f32 * 0.13 - 6.5
}

/// One plan for each stage kernel, by the kernel's name.
fn stage_plans() -> Vec<(&'static str, Plan)> {
    let mut plans = vec![
        // Every row ends with it, so it comes first.
        ("draw", Plan { stages: Vec::new(), greedy: false }),
        ("draw", Plan { stages: Vec::new(), greedy: true }),
    ];
    let narrow = Stage::examples().into_iter().map(|[stage, _]| stage);
    plans.extend(narrow.map(|stage| (stage.name().as_str(), Plan { stages: vec![stage], greedy: false })));
    plans
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

/// One batch of all plans, a few coins each, compared with the CPU: with a trace all probabilities, else the token and its own to the bit.
async fn check_rows(
    gpu: &mut GpuBackend,
    cpu: &mut CpuBackend,
    logits: &[f32],
    plans: &[(&'static str, Plan)],
    want_trace: bool,
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
    gpu.step(&mut batch, &rows, want_trace, &mut got).await?;
    cpu.step_now(&mut batch, &rows, want_trace, &mut want)?;
    let is_right = |got, want| if want_trace { largest_difference(got, want) <= 1e-6 } else { is_same(got, want) };
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
    Error::BackendFault { kernel: kernel.to_owned(), reason: format!("the start-up check gave {got}, not {want}") }
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

const CHAIN_ROWS: u32 = 128;
const CHAIN_STEPS: u32 = 64;
const CHAIN_TOKENS: usize = (CHAIN_ROWS * CHAIN_STEPS) as usize;

/// The chain on both; returns the CPU's time per token and the GPU's for all, tables not included.
async fn check_chain(gpu: &mut GpuBackend, cpu: &mut CpuBackend, now: Now) -> Result<(f64, f64)> {
    let plan = plan_of(&[Cut::Divide(0.0), Cut::Mass(0)], 1);
    let rows: Vec<ChainRow> = (0..CHAIN_ROWS).map(|row| ChainRow { last: row % 20, row }).collect();
    let chain = Chain { model: &Wheel, plan: &plan, seed: 5, first_step: 0, n: CHAIN_STEPS, eos: &[13], rows: &rows };
    let (mut on_gpu, mut on_cpu) = (GpuChainTable::default(), ChainTable::default());
    let (mut times, mut outputs) = ([f64::INFINITY; 2], [Vec::new(), Vec::new()]);
    for _ in 0..2 {
        outputs = [vec![ChainOutput::default(); rows.len()], vec![ChainOutput::default(); rows.len()]];
        let started = now();
        gpu.chain(&chain, &mut on_gpu, &mut outputs[0]).await?;
        let middle = now();
        cpu.chain_now(&chain, &mut on_cpu, &mut outputs[1])?;
        times = [times[0].min(middle - started), times[1].min(now() - middle)];
    }
    if outputs[0] != outputs[1] {
        return Err(fault("chain", "other tokens", "the CPU's"));
    }
    let n: usize = outputs[1].iter().map(|out| out.tokens.len()).sum();
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    let n = n.max(1) as f64;
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    let whole = CHAIN_TOKENS as f64 / n;
    Ok((times[1] / n, times[0] * whole))
}

/// The shorter of two steps without a filter, on CPU and GPU.
async fn time_step(
    gpu: &mut GpuBackend,
    cpu: &mut CpuBackend,
    vocab_size: usize,
    n_rows: usize,
    now: Now,
) -> Result<(f64, f64)> {
    let mut logits: Vec<f32> = (0..vocab_size * n_rows).map(logit).collect();
    let (plan, history) = (Plan { stages: Vec::new(), greedy: false }, History::default());
    let rows = vec![Row { plan: &plan, history: &history, draw: Draw::Coin(1 << 63) }; n_rows];
    let (mut times, mut out) = ([f64::INFINITY; 2], Vec::new());
    for _ in 0..2 {
        let started = now();
        cpu.step_now(&mut logits, &rows, false, &mut out)?;
        let middle = now();
        gpu.step(&mut logits, &rows, false, &mut out).await?;
        times = [times[0].min(middle - started), times[1].min(now() - middle)];
        out.clear();
    }
    Ok((times[0], times[1]))
}
