//! How long one token takes: one JSON line per vocabulary size and setting, on native and, through Node's WASI, as wasm.
//!
//! Every row is first compared with a naive f64 reference; only then is it timed. Numbers are per token: the median and the minimum of
//! the repeats. `-- 151936` times that vocabulary alone, `-- 4096` the windows of DRY.

mod reference;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use logitlab::{
    backend::{Chain, ChainOutput, ChainRow, Detail, Row, Step, Transitions},
    cpu::{ChainTable, CpuBackend},
    history::History,
    plan::{Plan, Stage},
    rng::{Draw, philox4x32_10},
    stages::{
        AdaptiveP, Dry, EpsilonCutoff, EtaCutoff, MinP, Mirostat, Temperature, TopH, TopK, TopNSigma, TopP, TypicalP,
        Xtc,
    },
    token::TokenId,
};
use reference::Reference;

const REPEATS: u32 = 41;
const WARM_UP: Duration = Duration::from_millis(300);
const SIZES: [usize; 4] = [30, 50_257, 151_936, 262_144];
/// The vocabulary beside DRY's windows: small, so that it is DRY that takes the time.
const DRY_V: usize = 4096;
const WINDOWS: [usize; 4] = [64, 256, 1024, 4096];
/// Tokens of text: the largest window.
const LONGEST: u32 = 4096;

fn main() {
    // What else cargo hands over, `--bench`, is no number.
    let asked: Option<usize> = std::env::args().find_map(|argument| argument.parse().ok());
    for v in SIZES.into_iter().filter(|&v| asked.is_none_or(|asked| asked == v)) {
        // Two thirds of a vocabulary of normals with σ = 2.5 matter; with σ = 6 a few tokens carry the mass.
        let (flat, peaked) = (normals(v, 2.5), normals(v, 6.0));
        let (top_k, top_p) = (Stage::TopK(TopK(50)), Stage::TopP(TopP(0.9)));
        let mut timed = vec![
            Timed::new("T=1", &flat, vec![]),
            Timed::new("T=0.8", &flat, vec![Stage::Temperature(Temperature::fixed(0.8))]),
            Timed::new("top_k 50", &flat, vec![top_k.clone()]),
            Timed::new("top_p 0.9 flat", &flat, vec![top_p.clone()]),
            Timed::new("top_p 0.9 peaked", &peaked, vec![top_p.clone()]),
            Timed::new("top_k 50 + top_p 0.9", &flat, vec![top_k, top_p]),
            Timed::new("min_p 0.05", &flat, vec![Stage::MinP(MinP(0.05))]),
        ];
        for (setting, stage) in more() {
            timed.push(Timed::new(&format!("{setting} flat"), &flat, vec![stage.clone()]));
            timed.push(Timed::new(&format!("{setting} peaked"), &peaked, vec![stage]));
        }
        measure(&mut timed);
    }
    if asked.is_none_or(|asked| asked == DRY_V) {
        measure_dry();
    }
    if asked.is_none() {
        measure_chain();
    }
}

/// The other stages, each alone.
fn more() -> Vec<(&'static str, Stage)> {
    vec![
        ("dynatemp 0.8 ± 0.5", Temperature { range: 0.5, ..Temperature::fixed(0.8) }.into()),
        ("top_n_sigma 1", TopNSigma(1.0).into()),
        ("top_h 0.4", TopH(0.4).into()),
        ("typical_p 0.9", TypicalP(0.9).into()),
        ("epsilon_cutoff 3e-4", EpsilonCutoff(3e-4).into()),
        ("eta_cutoff 3e-4", EtaCutoff(3e-4).into()),
        ("xtc 0.001", Xtc { probability: 1.0, threshold: 0.001 }.into()),
        ("mirostat 5", Mirostat { tau: 5.0, eta: 0.1 }.into()),
        ("adaptive_p 0.01", AdaptiveP { target: Some(0.01), decay: 0.9 }.into()),
    ]
}

/// DRY after texts that repeat themselves: one token again and again, where every place is followed by the end of the text once more and comparing
/// each place anew would take the square of the window; two tokens by chance; and 32 tokens again and again.
fn measure_dry() {
    let logits = normals(DRY_V, 2.5);
    let two = |i: u32| philox4x32_10([i, 0, 0, 7], [5, 6])[0] & 1;
    let texts: [(&str, &dyn Fn(u32) -> TokenId); 3] =
        [("one token", &|_| 7), ("two tokens", &two), ("32 tokens", &|i| 100 * (i % 32))];
    let mut timed = vec![Timed::new("T=1", &logits, vec![])];
    for (name, token) in texts {
        for window in WINDOWS {
            let dry = Dry { multiplier: 0.8, last_n: Some(window), ..Dry::default() };
            let mut timed_dry = Timed::new(&format!("dry {window}, {name}"), &logits, vec![dry.into()]);
            (0..LONGEST).for_each(|i| timed_dry.history.push_output(token(i)));
            timed.push(timed_dry);
        }
    }
    measure(&mut timed);
}

/// A row, its plan, the text before it and how long they took.
struct Timed<'a> {
    setting: String,
    logits: &'a [f32],
    plan: Plan,
    history: History,
    times: Vec<f64>,
}

impl<'a> Timed<'a> {
    fn new(setting: &str, logits: &'a [f32], stages: Vec<Stage>) -> Self {
        let (plan, history) = (Plan { stages, greedy: false }, History::default());
        Self { setting: setting.into(), logits, plan, history, times: Vec::new() }
    }

    /// The token drawn, and how many were left. A step may change its logits.
    fn draw(&self, backend: &mut CpuBackend, logits: &mut [f32], out: &mut Vec<Step>, coin: u64) -> (TokenId, u32) {
        out.clear();
        let row = Row { plan: &self.plan, history: &self.history, draw: Draw::Coin(coin) };
        backend.step_now(logits, &[row], Detail::Token, out).expect("the row is valid");
        (out[0].token, out[0].kept)
    }

    /// Compares tokens with the reference for 64 coins.
    fn check(&self, backend: &mut CpuBackend) {
        let reference = Reference::of(self.logits, &self.plan, self.history.tokens());
        let (setting, v) = (&self.setting, self.logits.len());
        for coin in (0..64).map(coin) {
            let (token, kept) = self.draw(backend, &mut self.logits.to_vec(), &mut Vec::new(), coin);
            assert_eq!(kept as usize, reference.kept, "{setting}, V = {v}: tokens left");
            let point = coin as f64 / 2f64.powi(64);
            let (from, to) = reference.interval(token);
            let holds = from - 1e-6 <= point && point <= to + 1e-6;
            assert!(holds, "{setting}: token {token} holds {from}..{to}, not {point}");
        }
    }

    /// Microseconds a draw, on the average of a batch: small rows are timed in batches, so that the clock can see them.
    fn time(&self, backend: &mut CpuBackend, repeat: u32) -> f64 {
        let n = u32::try_from(200_000 / self.logits.len()).unwrap_or(1).max(1);
        let mut batch = self.logits.repeat(n as usize);
        let mut out = Vec::with_capacity(1);
        let started = Instant::now();
        for (i, logits) in (0..n).zip(batch.chunks_exact_mut(self.logits.len())) {
            black_box(self.draw(backend, logits, &mut out, coin(repeat * n + i)));
        }
        started.elapsed().as_secs_f64() * 1e6 / f64::from(n)
    }
}

/// Times them in turns, so that each has the same share of a machine's slow moments.
fn measure(timed: &mut [Timed<'_>]) {
    let mut backend = CpuBackend::new();
    for timed in &*timed {
        timed.check(&mut backend);
        // A browser's engine compiles hot code again, better: give it the time, as every page does after its first tokens.
        let warm = Instant::now();
        while warm.elapsed() < WARM_UP {
            timed.time(&mut backend, 0);
        }
    }
    for repeat in 0..REPEATS {
        timed.iter_mut().for_each(|timed| timed.times.push(timed.time(&mut backend, repeat)));
    }
    timed.iter_mut().for_each(|timed| report(timed.logits.len(), &timed.setting, std::mem::take(&mut timed.times)));
}

/// The bigram loop: a million tokens in one call, after comparing ten thousand with the general path.
fn measure_chain() {
    const N: u32 = 1_000_000;
    let model = Bigram(normals(30 * 30, 1.0));
    let plan =
        Plan { stages: vec![Stage::Temperature(Temperature::fixed(0.8)), Stage::TopP(TopP(0.9))], greedy: false };
    let (mut backend, mut table, mut out) = (CpuBackend::new(), ChainTable::default(), [ChainOutput::default()]);
    let rows = [ChainRow { last: 0, row: 0 }];
    let mut chain = |first_step: u32, n: u32| {
        out[0].clear();
        let chain = Chain { model: &model, plan: &plan, seed: 7, first_step, n, eos: &[], rows: &rows };
        assert!(
            backend.chain_now(&chain, &mut table, &mut out).expect("the model is valid"),
            "the CPU has a fast loop"
        );
        out[0].tokens.clone()
    };
    let tokens = chain(0, 10_000);
    assert_eq!(tokens, general_path(&model, &plan, 10_000), "the loop draws what the general path draws");
    let times = (0..REPEATS).map(|repeat| {
        let started = Instant::now();
        black_box(chain(repeat * N, N));
        started.elapsed().as_secs_f64() * 1e6 / f64::from(N)
    });
    report(30, "bigram loop", times.collect());
}

/// The same tokens one by one, through every stage.
fn general_path(model: &Bigram, plan: &Plan, n: u32) -> Vec<TokenId> {
    let (mut backend, history, mut last) = (CpuBackend::new(), History::default(), 0);
    let mut logits = vec![0.0; 30];
    let mut out = Vec::new();
    for step in 0..n {
        model.logits_after(last, &mut logits);
        let row = Row { plan, history: &history, draw: Draw::Coin(logitlab::rng::Philox::coin(7, step, 0)) };
        backend.step_now(&mut logits, &[row], Detail::Token, &mut out).expect("the model is valid");
        last = out[out.len() - 1].token;
    }
    out.iter().map(|step| step.token).collect()
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

fn report(v: usize, setting: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let (median, min, n) = (times[times.len() / 2], times[0], times.len());
    println!(r#"{{"v":{v},"setting":"{setting}","median_us":{median:.4},"min_us":{min:.4},"n":{n}}}"#);
}

fn coin(i: u32) -> u64 {
    let [low, high, ..] = philox4x32_10([i, 0, 0, 9], [1, 2]);
    u64::from(high) << 32 | u64::from(low)
}

/// N(0, σ²) by Box–Muller over Philox.
#[allow(clippy::cast_possible_truncation, reason = "logits are f32")]
fn normals(n: usize, sigma: f64) -> Vec<f32> {
    let uniform = |word: u32| (f64::from(word) + 0.5) / 2f64.powi(32);
    let normal = |i: u32| {
        let [a, b, ..] = philox4x32_10([i, 0, 0, 8], [3, 4]);
        sigma * (-2.0 * uniform(a).ln()).sqrt() * (std::f64::consts::TAU * uniform(b)).cos()
    };
    (0..n as u32).map(|i| normal(i) as f32).collect()
}
