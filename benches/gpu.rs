//! How long one token takes on the GPU: fused kernels, stage by stage, and the CPU beside them. One JSON line per batch, vocabulary and way.
//!
//! The three are first compared to the bit; only then is anything timed. Numbers are per token: the median and the minimum of the
//! repeats, logits brought from the host and tokens brought back. "kernels" is the fused kernels' own time by the device's clock.

use std::{
    hint::black_box,
    pin::pin,
    sync::OnceLock,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use logitlab::{
    backend::{Backend, Chain, ChainOutput, ChainRow, Detail, Row, Step, Transitions},
    cpu::{ChainTable, CpuBackend},
    gpu::{GpuBackend, GpuChainTable, Kernel},
    history::History,
    plan::{Plan, Stage},
    rng::{Draw, Philox},
    stages::{Temperature, TopK, TopP},
    token::TokenId,
};

/// Repeats go on for this long, or at least three times.
const PATIENCE: Duration = Duration::from_secs(1);
const MOST_REPEATS: usize = 101;

fn main() {
    // SwiftShader emulates every thread and stands for no hardware: it is timed only where there is nothing else.
    let mut adapters = block_on(GpuBackend::adapters());
    adapters.sort_by_key(|adapter| adapter.contains("SwiftShader"));
    let Some(adapter) = adapters.first() else {
        eprintln!("no GPU adapter: nothing is timed");
        return;
    };
    let mut gpu = block_on(GpuBackend::on(adapter, now, &Kernel::source)).expect("a device");
    for v in [30, 50_257, 151_936] {
        for b in [1, 64, 1024] {
            measure(&mut gpu, v, b);
        }
    }
    for (b, n) in [(1, 16_384), (65_536, 256)] {
        measure_chain(&mut gpu, b, n);
    }
}

/// A batch of B rows of V logits under the common plan.
fn measure(gpu: &mut GpuBackend, v: usize, b: usize) {
    let stages = vec![Stage::Temperature(Temperature::fixed(0.8)), Stage::TopK(TopK(50)), Stage::TopP(TopP(0.9))];
    let (plan, history) = (Plan { stages, greedy: false }, History::default());
    let rows: Vec<Row<'_>> = (0..b)
        .map(|row| {
            let row = u32::try_from(row).expect("a small batch");
            Row { plan: &plan, history: &history, draw: Draw::Coin(Philox::coin(7, 0, row)) }
        })
        .collect();
    let mut logits = bell(v * b);
    let mut cpu = CpuBackend::new();
    let mut step_on_cpu =
        |out: &mut Vec<Step>| cpu.step_now(&mut logits, &rows, Detail::Token, out).expect("valid rows");
    let mut want = Vec::new();
    step_on_cpu(&mut want);
    report(gpu, v, b, "cpu", repeat(b, || step_on_cpu(&mut Vec::new())));
    for (way, fused) in [("fused", true), ("plain", false)] {
        gpu.set_fused(fused);
        let mut got = Vec::new();
        block_on(gpu.step(&mut logits, &rows, Detail::Token, &mut got)).expect("valid rows");
        assert_eq!(got, want, "{way}, V = {v}, B = {b}: the CPU's tokens");
        gpu.take_times();
        let times =
            repeat(b, || block_on(gpu.step(&mut logits, &rows, Detail::Token, &mut Vec::new())).expect("valid rows"));
        if let Some(ms) = gpu.take_times().gpu_ms().filter(|_| fused) {
            let tokens = (1 + times.len()) * b;
            report(gpu, v, b, "kernels", vec![ms * 1e3 / tokens as f64; times.len()]);
        }
        report(gpu, v, b, way, times);
    }
    gpu.set_fused(true);
}

/// B sequences of the bigram, `n` tokens each, that stay on the device; the tokens come back.
fn measure_chain(gpu: &mut GpuBackend, b: u32, n: u32) {
    let model = Bigram(bell(30 * 30));
    let plan =
        Plan { stages: vec![Stage::Temperature(Temperature::fixed(0.8)), Stage::TopP(TopP(0.9))], greedy: false };
    let rows: Vec<ChainRow> = (0..b).map(|row| ChainRow { last: row % 30, row }).collect();
    let chain = Chain { model: &model, plan: &plan, seed: 7, first_step: 0, n, eos: &[], rows: &rows };
    let (mut cpu, mut on_cpu, mut on_gpu) = (CpuBackend::new(), ChainTable::default(), GpuChainTable::default());
    let fresh = || vec![ChainOutput::default(); rows.len()];
    let (mut want, mut got) = (fresh(), fresh());
    cpu.chain_now(&chain, &mut on_cpu, &mut want).expect("a valid model");
    block_on(gpu.chain(&chain, &mut on_gpu, &mut got)).expect("a valid model");
    assert!(got == want, "a chain of {b} sequences: the CPU's tokens");
    let tokens = (b * n) as usize;
    let mut out = want;
    let times = repeat(tokens, || {
        out.iter_mut().for_each(ChainOutput::clear);
        cpu.chain_now(&chain, &mut on_cpu, &mut out).expect("a valid model");
    });
    report(gpu, 30, b as usize, "bigram loop, cpu", times);
    let mut drawn: Vec<Vec<TokenId>> = vec![Vec::new(); rows.len()];
    gpu.take_times();
    let times = repeat(tokens, || {
        drawn.iter_mut().for_each(Vec::clear);
        block_on(gpu.draw_chain(&chain, &mut on_gpu, &mut drawn)).expect("a valid model");
    });
    if let Some(ms) = gpu.take_times().gpu_ms() {
        let all = (1 + times.len()) * tokens;
        report(gpu, 30, b as usize, "bigram loop, kernels", vec![ms * 1e3 / all as f64; times.len()]);
    }
    report(gpu, 30, b as usize, "bigram loop, resident", times);
}

/// A table of 30 × 30 logits.
struct Bigram(Vec<f32>);

impl Transitions for Bigram {
    fn vocab_size(&self) -> usize {
        30
    }
    fn logits_after(&self, token: TokenId, out: &mut [f32]) {
        out.copy_from_slice(&self.0[token as usize * 30..][..30]);
    }
}

/// Microseconds a token of each repeat, once warm.
fn repeat<T>(n_tokens: usize, mut work: impl FnMut() -> T) -> Vec<f64> {
    black_box(work());
    let (started, mut times) = (Instant::now(), Vec::new());
    while times.len() < 3 || (times.len() < MOST_REPEATS && started.elapsed() < PATIENCE) {
        let each = Instant::now();
        black_box(work());
        times.push(each.elapsed().as_secs_f64() * 1e6 / n_tokens as f64);
    }
    times
}

fn report(gpu: &GpuBackend, v: usize, b: usize, way: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let (adapter, median, min, n) = (gpu.adapter(), times[times.len() / 2], times[0], times.len());
    println!(
        r#"{{"adapter":"{adapter}","v":{v},"b":{b},"way":"{way}","median_us":{median:.4},"min_us":{min:.4},"n":{n}}}"#
    );
}

/// Roughly normal logits, σ ≈ 2.5: the sum of three uniforms out of a multiplicative hash.
fn bell(n: usize) -> Vec<f32> {
    let uniform = |i: usize, salt: u64| {
        let bits = (i as u64 ^ salt << 40).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((bits ^ bits >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40) as f32 / (1 << 24) as f32
    };
    (0..n).map(|i| ((1..=3).map(|salt| uniform(i, salt)).sum::<f32>() - 1.5) * 5.0).collect()
}

/// Milliseconds since the first call.
fn now() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3
}

/// Natively a GPU's answer is waited for on the spot, so every future is ready when it is first polled.
fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a native backend waits where it is"),
    }
}
