//! Models of Llama's family on every adapter: the logits of transformers and of the CPU, with a cache and without.

use logitlab::{
    gpu::GpuBackend,
    model::{LanguageModel, Tokens, gpt::Gpt},
    token::TokenId,
};

use crate::{
    gguf,
    gpt::wide,
    gpu::{adapters, backend},
    gpu_gpt::{all_logits, close, fast_adapters},
    gpu_text::is_slow,
    llama::models,
    support::{Outcome, ensure},
};

/// A model against itself on the CPU, and at its end against what transformers computed.
fn compare(
    gpu: &mut GpuBackend,
    model: &mut Gpt,
    ids: &[TokenId],
    golden: &[f32],
    pieces: &[Option<usize>],
) -> Result<f64, String> {
    let twin = model.forward(Tokens::new(ids, 1).expect("ids")).expect("logits");
    let mut largest: f64 = 0.0;
    for &piece in pieces {
        // Another context, so that a run begins with an empty cache.
        let other = [(ids[0] + 1) % twin.vocab_size as TokenId];
        all_logits(gpu, model, &other, Some(1)).map_err(|error| error.to_string())?;
        let found = all_logits(gpu, model, ids, piece).map_err(|error| error.to_string())?;
        let step = piece.unwrap_or(1);
        let ends = (0..ids.len()).step_by(step).map(|first| (first + step).min(ids.len()));
        let v = twin.vocab_size;
        let wanted: Vec<f32> = ends.flat_map(|end| twin.values[(end - 1) * v..end * v].to_vec()).collect();
        largest = largest.max(close(&format!("the CPU, {piece:?} at a time"), &found, wide(&wanted))?);
        if step == 1 {
            let last = &found[found.len() - golden.len()..];
            largest = largest.max(close(&format!("transformers, {piece:?} at a time"), last, wide(golden))?);
        }
    }
    Ok(largest)
}

#[test]
fn logits_are_those_of_transformers() {
    for adapter in adapters() {
        let mut gpu = backend(&adapter);
        let pieces = if is_slow(&adapter) { &[Some(1), Some(7)][..] } else { &[None, Some(1), Some(9), Some(40)] };
        for (golden, mut model) in models() {
            let largest = compare(&mut gpu, &mut model, &golden.ids, &golden.logits, pieces)
                .unwrap_or_else(|message| panic!("{adapter}, {}: {message}", golden.name));
            println!("webgpu × {adapter} × {}: {largest:e}", golden.name);
        }
    }
}

/// GGUF files of every way to write numbers, read on the device as they are.
#[test]
fn quantised_weights_are_those_of_the_file() {
    for adapter in adapters() {
        let mut gpu = backend(&adapter);
        let pieces = if is_slow(&adapter) { &[Some(1), Some(40)][..] } else { &[None, Some(1), Some(9)] };
        for (golden, mut model) in gguf::models() {
            let largest = compare(&mut gpu, &mut model, &golden.ids, &golden.logits, pieces)
                .unwrap_or_else(|message| panic!("{adapter}, {}: {message}", golden.name));
            println!("webgpu × {adapter} × {}: {largest:e}", golden.name);
        }
    }
}

/// A token after others reads every matrix once, in the file's four bits and two numbers for 32 of them: a few dispatches a block.
#[test]
fn a_token_reads_each_weight_once() {
    for adapter in fast_adapters() {
        let mut gpu = backend(&adapter);
        let (golden, mut model) = gguf::models().find(|(golden, _)| golden.name == "qwen3").expect("a model");
        all_logits(&mut gpu, &mut model, &golden.ids[..20], Some(20)).expect("logits");
        gpu.take_times();
        all_logits(&mut gpu, &mut model, &golden.ids[..21], Some(21)).expect("logits");
        let times = gpu.take_times();
        assert_eq!(times.tokens_read, 1, "{adapter}");
        let (of_block, head) = ((32 + 2 * 16 + 32 + 3 * 32) * 32, 13 * 32);
        assert_eq!(times.weight_bytes, (2 * of_block + head) / 32 * 24, "{adapter}: two numbers and 32 q of four bits");
        // The token; norm, qkv, turn, keep, attend, proj, norm, gate, fc and mlp_proj of each block; norm and head.
        assert_eq!(times.dispatches, 1 + 2 * 10 + 2, "{adapter}");
    }
}

/// Shared keys and values, norms of heads, a gate, turns beyond the first pass and quantised weights: what notices a faulty kernel.
pub(crate) fn check_llamas(gpu: &mut GpuBackend) -> Outcome {
    let names = ["llama-shared", "llama-gelu", "qwen3-tied"];
    for (golden, mut model) in models().filter(|(golden, _)| names.contains(&golden.name.as_str())) {
        let compared = compare(gpu, &mut model, &golden.ids, &golden.logits, &[None, Some(1), Some(11)]);
        ensure!(compared.is_ok(), "{}: {}", golden.name, compared.unwrap_err());
    }
    for (golden, mut model) in gguf::models() {
        let compared = compare(gpu, &mut model, &golden.ids, &golden.logits, &[Some(1), Some(40)]);
        ensure!(compared.is_ok(), "{}: {}", golden.name, compared.unwrap_err());
    }
    Ok(())
}
