//! A GPT's logits on every adapter: those of transformers, of the CPU and of the formulas, for every shape, whole, in pieces and cut.
//! SwiftShader, which takes seconds to start, gets the logits; how they are made piece by piece is the same on all.

use logitlab::{
    backend::decode::{Context, Contexts},
    error::Error,
    gpu::GpuBackend,
    model::{LanguageModel, Tokens, gpt::Gpt},
    token::TokenId,
};

use crate::{
    gpt::{TOLERANCE, cases, largest_difference, vocab, wide},
    gpu::{adapters, backend, fresh},
    gpu_text::is_slow,
    support::{Outcome, block_on, ensure, inputs::SplitMix, pass, plain_gpt::PlainGpt, random_gpt::RandomGpt},
};

/// Those that do not emulate every thread.
pub(crate) fn fast_adapters() -> impl Iterator<Item = String> {
    let fast: Vec<String> = adapters().into_iter().filter(|adapter| !is_slow(adapter)).collect();
    if fast.is_empty() {
        println!("NO FAST GPU ADAPTER: nothing was checked here");
    }
    fast.into_iter()
}

/// Logits (B, V) after the contexts, row r of the batch being sequence number `numbers[r]`.
pub(crate) fn logits_of_rows(
    gpu: &mut GpuBackend,
    model: &Gpt,
    contexts: &[&[TokenId]],
    numbers: &[u32],
) -> Result<Vec<f32>, Error> {
    let rows: Vec<Context<'_>> = contexts.iter().zip(numbers).map(|(&ids, &row)| Context { ids, row }).collect();
    let network = model.network().expect("a GPT is a network");
    let block_size = model.config().block_size;
    let mut out = vec![f32::NAN; rows.len() * model.vocab().len()];
    block_on(gpu.network_logits(&Contexts { network, block_size, rows: &rows, is_new: false }, &mut out))?;
    Ok(out)
}

/// Logits (T, V) of one row: every prefix at once with nothing kept, or one after the other with a cache, `piece` tokens at a time.
pub(crate) fn all_logits(
    gpu: &mut GpuBackend,
    model: &mut Gpt,
    ids: &[TokenId],
    piece: Option<usize>,
) -> Result<Vec<f32>, Error> {
    model.set_use_cache(piece.is_some());
    let Some(piece) = piece else {
        let contexts: Vec<&[TokenId]> = (1..=ids.len()).map(|n| &ids[..n]).collect();
        let numbers: Vec<u32> = (0..ids.len() as u32).collect();
        return logits_of_rows(gpu, model, &contexts, &numbers);
    };
    let ends = (0..ids.len()).step_by(piece).map(|first| (first + piece).min(ids.len()));
    let mut all = Vec::new();
    for end in ends {
        all.extend(logits_of_rows(gpu, model, &[&ids[..end]], &[5])?);
    }
    Ok(all)
}

/// NaN-safe: an error names the largest difference.
pub(crate) fn close(what: &str, found: &[f32], wanted: impl IntoIterator<Item = f64>) -> Result<f64, String> {
    let largest = largest_difference(wide(found), wanted);
    ensure!(largest <= TOLERANCE, "{what}: off by {largest:e}");
    Ok(largest)
}

/// One model's goldens by every way.
#[test]
fn logits_are_those_of_transformers() {
    for adapter in adapters() {
        let mut gpu = backend(&adapter);
        for (name, golden, _, mut model) in cases() {
            let mut largest: f64 = 0.0;
            let len = golden.ids.len() / golden.batch;
            let per_row = len * golden.vocab_size;
            for (ids, wanted) in golden.ids.chunks(len).zip(golden.logits.chunks(per_row)) {
                let pieces = if is_slow(&adapter) { &[None][..] } else { &[None, Some(1)] };
                for &piece in pieces {
                    let found = all_logits(&mut gpu, &mut model, ids, piece).unwrap();
                    let what = format!("{adapter}, {name}, {piece:?} at a time");
                    largest = largest.max(close(&what, &found, wide(wanted)).unwrap());
                }
            }
            println!("webgpu × {adapter} × {name}: {largest:e}");
        }
    }
}

/// Shapes whose sizes are no multiples of anything, and those on the edges of tiles.
const SHAPES: [RandomGpt; 7] = [
    shape(5, 70, 1, [1, 3], 7, true, false),
    shape(65, 40, 2, [3, 5], 33, false, true),
    shape(131, 130, 1, [2, 32], 128, true, true),
    shape(64, 65, 2, [4, 16], 256, false, false),
    shape(257, 33, 3, [5, 2], 41, true, false),
    shape(30, 72, 1, [1, 6], 8, true, false),
    shape(9, 68, 1, [1, 130], 12, true, false),
];

const fn shape(
    vocab_size: usize,
    block_size: usize,
    n_layer: usize,
    [n_head, head_size]: [usize; 2],
    n_inner: usize,
    is_tied: bool,
    exact_gelu: bool,
) -> RandomGpt {
    RandomGpt { vocab_size, block_size, n_layer, n_head, head_size, n_inner, is_tied, exact_gelu, loudness: 1.0 }
}

/// One random model against the CPU and the formulas: whole, and with a cache in pieces of several lengths, to the end of its block.
pub(crate) fn compare(gpu: &mut GpuBackend, shape: &RandomGpt, seed: u64, pieces: &[usize]) -> Result<f64, String> {
    let file = shape.file(seed);
    let mut random = SplitMix(seed ^ 77);
    let v = shape.vocab_size;
    let mut model = Gpt::from_safetensors(&file, Some(&shape.config()), Some(vocab(v))).expect("a model");
    let ids: Vec<TokenId> = (0..shape.block_size).map(|_| random.below(v) as TokenId).collect();
    let twin = model.forward(Tokens::new(&ids, 1).unwrap()).unwrap().values;
    let exact = PlainGpt::new(&file, shape.n_head, 1e-5, shape.exact_gelu).forward(&ids, 1);
    let said = |error: Error| format!("{shape:?}: {error}");
    let whole = all_logits(gpu, &mut model, &ids, None).map_err(said)?;
    let mut largest = close(&format!("{shape:?}, the CPU"), &whole, wide(&twin))?;
    largest = largest.max(close(&format!("{shape:?}, the formulas"), &whole, exact)?);
    for &piece in pieces {
        let found = all_logits(gpu, &mut model, &ids, Some(piece)).map_err(said)?;
        let last_of_each = |n: usize| (n + piece).min(ids.len()) - 1;
        let wanted: Vec<f64> = (0..ids.len())
            .step_by(piece)
            .flat_map(|first| wide(&twin[last_of_each(first) * v..][..v]).collect::<Vec<_>>())
            .collect();
        largest = largest.max(close(&format!("{shape:?}, {piece} at a time"), &found, wanted)?);
        // Another run begins with an empty cache.
        logits_of_rows(gpu, &model, &[&[ids[0] ^ 1]], &[5]).map_err(said)?;
    }
    Ok(largest)
}

#[test]
fn logits_are_the_cpus_for_every_shape() {
    for adapter in adapters() {
        let mut gpu = backend(&adapter);
        for (shape, seed) in SHAPES.iter().zip(1..) {
            let pieces: &[usize] = if is_slow(&adapter) { &[7, 33] } else { &[1, 7, 8, 31, 33] };
            let largest =
                compare(&mut gpu, shape, seed, pieces).unwrap_or_else(|message| panic!("{adapter}: {message}"));
            println!("webgpu × {adapter} × {shape:?}: {largest:e}");
        }
    }
}

/// Scores that no exponential holds: without the largest taken off, nothing but NaN would come of them.
fn compare_loud(gpu: &mut GpuBackend) -> Result<f64, String> {
    let shape = RandomGpt { loudness: 9.0, ..SHAPES[2] };
    let file = shape.file(13);
    let mut model = Gpt::from_safetensors(&file, Some(&shape.config()), Some(vocab(shape.vocab_size))).unwrap();
    let ids: Vec<TokenId> = (0..100).map(|i| (i * 29 % shape.vocab_size) as TokenId).collect();
    let exact = PlainGpt::new(&file, shape.n_head, 1e-5, shape.exact_gelu).forward(&ids, 1);
    let found = all_logits(gpu, &mut model, &ids, None).map_err(|error| error.to_string())?;
    close("loud", &found, exact)
}

/// All kernels, tiles, cuts and both GELUs, as shortly as that can be had: what notices a faulty kernel.
pub(crate) fn check_network(gpu: &mut GpuBackend) -> Outcome {
    for (shape, pieces) in [(0, &[1, 9][..]), (1, &[3]), (3, &[2, 30])] {
        compare(gpu, &SHAPES[shape], 7, pieces)?;
    }
    compare_loud(gpu)?;
    gpu.set_most_bound(70_000);
    let outcome = compare(gpu, &RandomGpt { vocab_size: 700, n_inner: 400, ..SHAPES[2] }, 8, &[5, 40]);
    gpu.set_most_bound(u64::MAX);
    outcome.map(drop)
}

#[test]
fn large_scores_are_no_trouble() {
    for adapter in fast_adapters() {
        let largest = compare_loud(&mut backend(&adapter)).unwrap_or_else(|message| panic!("{adapter}: {message}"));
        println!("webgpu × {adapter} × large scores: {largest:e}");
    }
}

/// Rows that branch, are rewound, grow past the block and come in any order, all at once.
#[test]
fn rows_branch_rewind_and_grow_past_the_block() {
    for adapter in fast_adapters() {
        let (mut gpu, mut random) = (backend(&adapter), SplitMix(19));
        let shape = SHAPES[1];
        let mut model =
            Gpt::from_safetensors(&shape.file(3), Some(&shape.config()), Some(vocab(shape.vocab_size))).unwrap();
        let mut contexts: Vec<Vec<TokenId>> = vec![vec![0]; 4];
        for step in 0..shape.block_size + 12 {
            for context in &mut contexts {
                match random.below(8) {
                    0 => context.truncate(1 + random.below(context.len())),
                    1 => *context.last_mut().unwrap() = random.below(shape.vocab_size) as TokenId,
                    _ => context.extend((0..1 + random.below(3)).map(|_| random.below(shape.vocab_size) as TokenId)),
                }
            }
            let numbers: Vec<u32> = (0..4).filter(|_| random.below(4) > 0).rev().collect();
            let rows: Vec<&[TokenId]> = numbers.iter().map(|&row| &contexts[row as usize][..]).collect();
            if rows.is_empty() {
                continue;
            }
            let found = logits_of_rows(&mut gpu, &model, &rows, &numbers).unwrap();
            for ((found, row), number) in found.chunks(shape.vocab_size).zip(&rows).zip(&numbers) {
                let mut wanted = vec![0.0; shape.vocab_size];
                model.next_logits(9, row, &mut wanted).unwrap();
                pass(close(&format!("{adapter}: step {step}, row {number}"), found, wide(&wanted)).map(drop));
            }
        }
    }
}

/// A cache that grows, in positions or in rows, takes along what it holds: no token is read twice, and the logits are the CPU's.
#[test]
fn a_cache_that_grows_takes_along_what_it_holds() {
    for adapter in fast_adapters() {
        let (mut gpu, mut random) = (backend(&adapter), SplitMix(23));
        let shape = RandomGpt { block_size: 300, ..SHAPES[4] };
        let v = shape.vocab_size;
        let mut model = Gpt::from_safetensors(&shape.file(5), Some(&shape.config()), Some(vocab(v))).unwrap();
        let ids: Vec<Vec<TokenId>> = (0..3).map(|_| (0..300).map(|_| random.below(v) as TokenId).collect()).collect();
        let mut held = [0; 3];
        for lens in [[60, 0, 0], [70, 0, 0], [70, 20, 0], [129, 64, 0], [130, 65, 9], [300, 256, 10]] {
            let numbers: Vec<u32> = (0..3).filter(|&row| lens[row as usize] > 0).collect();
            let rows: Vec<&[TokenId]> = numbers.iter().map(|&row| &ids[row as usize][..lens[row as usize]]).collect();
            gpu.take_times();
            let found = logits_of_rows(&mut gpu, &model, &rows, &numbers).unwrap();
            // What is known of a context but for its last token is not read again.
            let new = |row: usize| lens[row] - held[row].min(lens[row] - 1);
            let n_new: usize = numbers.iter().map(|&row| new(row as usize)).sum();
            assert_eq!(gpu.take_times().tokens_read, n_new, "{adapter}: {lens:?}");
            held = lens;
            for (found, row) in found.chunks(v).zip(&rows) {
                let mut wanted = vec![0.0; v];
                model.next_logits(9, row, &mut wanted).unwrap();
                pass(close(&format!("{adapter}: {lens:?}"), found, wide(&wanted)).map(drop));
            }
        }
    }
}

/// Weights, caches and logits beyond what a shader is given in one piece are cut, and give the same bits.
#[test]
fn what_is_too_large_for_one_binding_is_cut() {
    for adapter in fast_adapters() {
        let shape = RandomGpt { vocab_size: 700, n_inner: 400, ..SHAPES[2] };
        let file = shape.file(8);
        let model = Gpt::from_safetensors(&file, Some(&shape.config()), Some(vocab(700))).unwrap();
        let contexts: Vec<Vec<TokenId>> =
            (1..=6).map(|n| (0..n * 20).map(|i| (i * 37 % 700) as TokenId).collect()).collect();
        let rows: Vec<&[TokenId]> = contexts.iter().map(Vec::as_slice).collect();
        let numbers = [3, 0, 7, 1, 2, 5];
        let whole = logits_of_rows(&mut backend(&adapter), &model, &rows, &numbers).unwrap();
        for limit in [200_000, 70_000] {
            let mut gpu = backend(&adapter);
            gpu.set_most_bound(limit);
            assert_eq!(logits_of_rows(&mut gpu, &model, &rows, &numbers).unwrap(), whole, "{adapter}, {limit} bytes");
        }
        let mut gpu = backend(&adapter);
        gpu.set_most_bound(20_000);
        let error = logits_of_rows(&mut gpu, &model, &rows, &numbers).unwrap_err();
        assert_eq!(error.code(), "limit_exceeded", "{error}: a row of the cache cannot be cut");
    }
}

/// The same bits from run to run, and on a fresh device.
#[test]
fn an_adapter_repeats_its_bits() {
    for adapter in fast_adapters() {
        let shape = SHAPES[3];
        let file = shape.file(4);
        let model = Gpt::from_safetensors(&file, Some(&shape.config()), Some(vocab(shape.vocab_size))).unwrap();
        let ids: Vec<TokenId> = (0..50).collect();
        let once =
            |gpu: &mut GpuBackend, rows: [u32; 2]| logits_of_rows(gpu, &model, &[&ids, &ids[..7]], &rows).unwrap();
        let mut gpu = fresh(&adapter);
        let first = once(&mut gpu, [0, 1]);
        assert!(once(&mut gpu, [2, 3]) == first, "{adapter}: other rows");
        assert!(once(&mut fresh(&adapter), [0, 1]) == first, "{adapter}: on a fresh device");
    }
}
