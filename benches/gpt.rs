//! How long a GPT takes for the first token and for each one after it, with its KV cache and without, and for one read of its weights: one
//! JSON line per row, natively and, through Node's WASI, as wasm.
//!
//! `cargo bench --bench gpt -- FILE` times another checkpoint than the one that is shipped. Before anything is timed, the logits of the shipped
//! model are compared with a naive f64 reference, and those of any model with and without the cache with each other, to the bit. Times are
//! microseconds, medians of the repeats, through the whole loop: model, sampling, text.

#![allow(clippy::unwrap_used, reason = "a bench may panic")]
#![allow(clippy::cast_possible_truncation, reason = "token ids and counts of a bench are small")]

use std::{
    fs::File,
    hint::black_box,
    io::{Read, Seek, SeekFrom},
    pin::pin,
    sync::OnceLock,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use logitlab::{
    cpu::CpuBackend,
    generate::{Generation, Workbench},
    lanes::wide::{LANES, Sixteen, Work, widest},
    model::{
        LanguageModel, Tokens,
        gpt::{Checkpoint, Gpt, Piece},
    },
    rng::{Generator, RngKind},
    settings::{GenerateSettings, LoopSettings, Settings},
    stages::Temperature,
    timing::Clock,
    token::TokenId,
};

#[allow(dead_code, reason = "its faults are for the tests")]
#[path = "../tests/it/support/plain_gpt.rs"]
mod plain_gpt;

const SHIPPED: &str = "www/models/prose/model.safetensors";
const PROMPTS: [usize; 5] = [16, 64, 128, 256, 448];
/// Tokens after the first.
const MORE: usize = 63;
/// Repeats go on for this long, or at least three times; greedy, as what they are compared with.
const PATIENCE: Duration = Duration::from_secs(2);
const MOST_REPEATS: usize = 41;

fn main() {
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let path = given.as_deref().unwrap_or(SHIPPED);
    let started = Instant::now();
    let mut model = load(path);
    let load_ms = started.elapsed().as_secs_f64() * 1e3;
    check_cache(&mut model);
    if given.is_none() {
        check_logits(&mut model);
    }
    let name = std::path::Path::new(path).file_stem().map_or_else(|| "?".into(), |stem| stem.to_string_lossy());
    let name = if given.is_none() { "shipped".into() } else { name };
    for kv_cache in [true, false] {
        for prompt in PROMPTS {
            // Without its cache a large model takes minutes for what a small one shows in seconds.
            if kv_cache || model.n_weights() < 10_000_000 {
                measure(&name, &mut model, prompt, kv_cache);
            }
        }
    }
    let weights = model.n_weights();
    let peak = peak_memory();
    drop(model);
    let floor = read_floor(weights as usize);
    println!(
        r#"{{"model":"{name}","weights":{weights},"read_us":{floor:.1},"load_ms":{load_ms:.0},"peak_memory_mb":{peak:.0}}}"#
    );
}

/// Reads a checkpoint tensor by tensor.
fn load(path: &str) -> Gpt {
    let mut file = File::open(path).or_else(|_| File::open(format!("/{path}"))).expect("the checkpoint");
    let file_len = file.metadata().unwrap().len();
    let mut prefix = [0; 8];
    file.read_exact(&mut prefix).unwrap();
    let mut bytes = vec![0; Checkpoint::header_len(prefix, file_len).unwrap()];
    file.read_exact(&mut bytes).unwrap();
    let mut checkpoint = Checkpoint::open(&bytes, file_len, None, None).unwrap();
    let pieces: Vec<Piece> = checkpoint.pieces().cloned().collect();
    for Piece { start, end, .. } in pieces {
        bytes.resize((end - start) as usize, 0);
        file.seek(SeekFrom::Start(start)).unwrap();
        file.read_exact(&mut bytes).unwrap();
        checkpoint.load(&bytes).unwrap();
    }
    checkpoint.finish().unwrap()
}

/// Tokens without a pattern.
fn ids(n: usize, vocab_size: usize) -> Vec<TokenId> {
    (0..n).map(|i| (i * i * 7 % 1009 % vocab_size) as TokenId).collect()
}

fn next(model: &mut Gpt, context: &[TokenId]) -> Vec<f32> {
    let mut out = vec![f32::NAN; model.vocab().len()];
    model.next_logits(0, context, &mut out).unwrap();
    out
}

/// The cache changes no bit, in one piece or token by token.
fn check_cache(model: &mut Gpt) {
    let ids = ids(20, model.vocab().len());
    model.set_use_cache(false);
    let expected = next(model, &ids);
    model.set_use_cache(true);
    for n in [7, 8, 9, 20] {
        let found = next(model, &ids[..n]);
        assert!(n < ids.len() || found == expected, "the cache changes the logits");
    }
}

/// Logits are those of the formulas.
fn check_logits(model: &mut Gpt) {
    let ids = ids(40, model.vocab().len());
    let file = std::fs::read(SHIPPED).or_else(|_| std::fs::read(format!("/{SHIPPED}"))).expect("the shipped model");
    let oracle = plain_gpt::PlainGpt::new(&file, model.config().n_head, 1e-5, false);
    let found = model.forward(Tokens::new(&ids, 1).unwrap()).unwrap().values;
    for (found, expected) in found.iter().zip(oracle.forward(&ids, 1)) {
        assert!((f64::from(*found) - expected).abs() <= 1e-4, "a logit is {found}, not {expected}");
    }
}

struct Now;

impl Clock for Now {
    fn now_ms(&self) -> f64 {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3
    }
}

/// Times one length of prompt.
fn measure(name: &str, model: &mut Gpt, prompt: usize, kv_cache: bool) {
    let ids = ids(prompt, model.vocab().len());
    let settings = GenerateSettings {
        sampling: Settings::default().with(Temperature::fixed(0.0)),
        run: LoopSettings { max_new_tokens: 1 + MORE, ..LoopSettings::default() },
    };
    let (mut firsts, mut laters) = (Vec::new(), Vec::new());
    let started = Instant::now();
    while firsts.len() < 3 || (started.elapsed() < PATIENCE && firsts.len() < MOST_REPEATS) {
        model.set_use_cache(kv_cache);
        let (mut backend, mut generator) = (CpuBackend::new(), Generator::new(RngKind::Philox, 7));
        let mut run = Generation::new(settings.clone(), vec![ids.clone()], model).unwrap();
        let mut advance = |steps| {
            let bench = Workbench { model, backend: &mut backend, generator: &mut generator, clock: &Now };
            let start = Instant::now();
            black_box(at_once(run.advance(bench, steps, f64::INFINITY)).unwrap());
            start.elapsed().as_secs_f64() * 1e6
        };
        firsts.push(advance(1));
        laters.push(advance(MORE) / MORE as f64);
        assert!(run.is_finished(), "{} tokens were asked for", 1 + MORE);
    }
    let n = firsts.len();
    let (ttft, decode) = (median(firsts), median(laters));
    println!(
        r#"{{"model":"{name}","prompt":{prompt},"kv_cache":{kv_cache},"ttft_us":{ttft:.1},"decode_us":{decode:.1},"n":{n}}}"#
    );
}

/// The CPU's futures are ready at once.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("the CPU never waits"),
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Adds up numbers, `N` sixteens at a time.
struct Sum<'a, const N: usize>(&'a [[f32; LANES]]);

impl<const N: usize> Work for Sum<'_, N> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        let mut sums = [S::splat(0.0); N];
        for sixteens in self.0.as_chunks::<N>().0 {
            for i in 0..N {
                sums[i] = sums[i].add(S::load(&sixteens[i]));
            }
        }
        let total: f64 = sums.iter().flat_map(|sum| sum.to_array()).map(f64::from).sum();
        assert_eq!(total, self.0.len() as f64, "sixteenths");
    }
}

/// Microseconds to read as many numbers as there are weights, with the registers that multiply: what a token costs at least. How many sums take
/// turns is a matter of the machine; the fastest counts.
fn read_floor(n_weights: usize) -> f64 {
    // Sums of ones in f32 stay whole up to 2^24 a lane.
    let numbers = vec![[1.0 / LANES as f32; LANES]; n_weights / LANES / 4 * 4];
    let ways: [fn(&[[f32; LANES]]); 3] = [|n| widest(Sum::<1>(n)), |n| widest(Sum::<2>(n)), |n| widest(Sum::<4>(n))];
    let times = ways.map(|read| {
        let (mut times, started) = (Vec::new(), Instant::now());
        while times.len() < 3 || started.elapsed() < PATIENCE {
            let start = Instant::now();
            read(black_box(&numbers));
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        median(times)
    });
    times.into_iter().fold(f64::INFINITY, f64::min)
}

/// The most memory this program has held, in MB: as wasm its memory, on Linux the kernel's count, elsewhere 0 for not known.
fn peak_memory() -> f64 {
    #[cfg(target_arch = "wasm32")]
    return core::arch::wasm32::memory_size::<0>() as f64 * 65536.0 / 1e6;
    #[cfg(not(target_arch = "wasm32"))]
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<f64>().ok())
        })
        .map_or(0.0, |kib| kib * 1024.0 / 1e6)
}
