//! GGUF files of every way to write numbers, against transformers with the same weights dequantised; and damaged ones.

use logitlab::{
    error::{Error, Result},
    model::{
        LanguageModel, Tokens,
        gpt::{Gpt, Options, TokenSource},
    },
    token::TokenId,
};
use serde::Deserialize;

use crate::{
    gpt::{TOLERANCE, largest_difference, vocab, wide},
    support::inputs::SplitMix,
};

macro_rules! file {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../golden/llama/gguf/", $name, ".gguf")).as_slice())
    };
}

const FILES: [(&str, &[u8]); 5] = [file!("floats"), file!("simple"), file!("small"), file!("qwen2"), file!("qwen3")];

/// What transformers computed.
#[derive(Deserialize)]
pub(crate) struct Golden {
    pub name: String,
    pub ids: Vec<TokenId>,
    /// (8, V): after the last eight tokens.
    pub logits: Vec<f32>,
}

fn goldens() -> Vec<(Golden, &'static [u8])> {
    let cases: Vec<Golden> = serde_json::from_str(include_str!("../golden/llama/gguf/cases.json")).expect("cases");
    assert_eq!(cases.len(), FILES.len(), "each file has its case");
    cases
        .into_iter()
        .zip(FILES)
        .inspect(|(case, (name, _))| assert_eq!(case.name, *name, "in the same order"))
        .map(|(a, (_, b))| (a, b))
        .collect()
}

fn read(file: &[u8]) -> Result<Gpt> {
    Gpt::read(file, Options::default())
}

/// The small models and what transformers computed with each, for those who look at what runs them.
#[cfg(not(target_os = "wasi"))]
pub(crate) fn models() -> impl Iterator<Item = (Golden, Gpt)> {
    goldens().into_iter().map(|(golden, file)| {
        let model = read(file).expect("a model");
        (golden, model)
    })
}

#[test]
fn logits_are_those_of_the_dequantised_weights() {
    for (golden, file) in goldens() {
        let mut model = read(file).unwrap_or_else(|error| panic!("{}: {error}", golden.name));
        let logits = model.forward(Tokens::new(&golden.ids, 1).unwrap()).unwrap().values;
        let last = &logits[logits.len() - golden.logits.len()..];
        let largest = largest_difference(wide(last), wide(&golden.logits));
        println!("{}: {largest:e}", golden.name);
        assert!(largest <= TOLERANCE, "{}: off by {largest}", golden.name);
    }
}

#[test]
fn the_cache_changes_no_bit() {
    for (golden, file) in goldens() {
        let mut model = read(file).unwrap();
        let whole = model.forward(Tokens::new(&golden.ids, 1).unwrap()).unwrap();
        let mut uncached = model.clone();
        uncached.set_use_cache(false);
        for (position, expected) in whole.values.chunks(whole.vocab_size).enumerate() {
            for (what, model) in [("with", &mut model), ("without", &mut uncached)] {
                let mut out = vec![f32::NAN; whole.vocab_size];
                model.next_logits(0, &golden.ids[..=position], &mut out).unwrap();
                assert_eq!(out, expected, "{}: {what} the cache, {position}", golden.name);
            }
        }
    }
}

/// The small models, which see 150 tokens at once.
pub(crate) fn long_models() -> impl Iterator<Item = (String, Gpt)> {
    goldens().into_iter().map(|(golden, file)| {
        let model = read(&changed(file, b"context_length\x04\0\0\0\x40", b"context_length\x04\0\0\0\x96")).unwrap();
        assert_eq!(model.block_size(), 150, "{}", golden.name);
        (golden.name, model)
    })
}

/// Tokens go through the blocks in chunks, and of all but the last one nothing but keys and values is wanted.
#[test]
fn a_long_prompt_is_read_in_chunks() {
    for ((golden, _), (_, mut model)) in goldens().into_iter().zip(long_models()) {
        let ids: Vec<TokenId> = golden.ids.iter().copied().cycle().take(150).collect();
        let whole = model.forward(Tokens::new(&ids, 1).unwrap()).unwrap();
        let mut out = vec![f32::NAN; whole.vocab_size];
        model.next_logits(0, &ids, &mut out).unwrap();
        assert_eq!(out, whole.values[whole.values.len() - whole.vocab_size..], "{}", golden.name);
    }
}

#[test]
fn the_file_has_its_tokens_and_its_end() {
    for (name, file) in FILES {
        let model = read(file).unwrap();
        assert_eq!(model.end_tokens(), [0], "{name}");
        assert_eq!(model.vocab().len(), 13, "{name}: an unused token is none");
        assert_eq!(model.encode("the the ant12<|end|>").unwrap().ids, [2, 3, 4, 9, 1, 10, 2, 11, 12, 0], "{name}");
        assert_eq!(model.vocab().decode(&[9, 10, 0]).unwrap(), " thean<|end|>", "{name}");
    }
}

/// The same file with the first place of some bytes changed.
fn changed(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = file.windows(from.len()).position(|bytes| bytes == from).expect("these bytes");
    [&file[..at], to, &file[at + from.len()..]].concat()
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    let file = FILES[0].1;
    // A text in the file, one of the same length in its place, and the answer.
    for (from, to, answer) in [
        (
            "\x05\0\0\0\0\0\0\0llama",
            "\x05\0\0\0\0\0\0\0gemma",
            "its model is of kind \"gemma\", and llama, qwen2 and qwen3 are understood",
        ),
        ("\x06\0\0\0\0\0\0\0smollm", "\x06\0\0\0\0\0\0\0falcon", "cut as \"falcon\" does"),
        ("\x04\0\0\0\0\0\0\0gpt2", "\x04\0\0\0\0\0\0\0bert", "its tokenizer is of kind \"bert\""),
        ("GGUF\x03", "GGUF\x02", "it is GGUF of version 2"),
        ("llama.block_count", "llama.block_cOunt", "it does not say llama.block_count"),
        ("blk.1.ffn_up.weight", "blk.1.ffn_op.weight", "has no tensor of this name"),
        ("blk.1.ffn_up.weight", "blk.0.ffn_up.weight", "another tensor is the same part of the model"),
        ("blk.1.ffn_up.weight\x02\0\0\0\x20", "blk.1.ffn_up.weight\x02\0\0\0\x40", "it lies over"),
    ] {
        let error = read(&changed(file, from.as_bytes(), to.as_bytes())).map(|_| ()).expect_err(to).to_string();
        assert!(error.contains(answer), "{to}: {error}");
    }
    let config = Options { config: Some("{}"), ..Options::default() };
    let error = Gpt::read(file, config).map(|_| ()).unwrap_err();
    assert!(matches!(&error, Error::InvalidSetting { name, .. } if name == "config"), "{error}");
    for cut in [5, 100, file.len() / 2, file.len() - 1] {
        let error = read(&file[..cut]).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("truncated"), "{cut} bytes: {error}");
    }
}

/// Makes one to three changes at random places, most of them in the head.
fn mutate(bytes: &mut Vec<u8>, head: usize, random: &mut SplitMix) {
    for _ in 0..=random.below(3) {
        let end = if random.below(8) == 0 { bytes.len() } else { head.min(bytes.len()) };
        let place = random.below(end.max(1));
        match random.below(6) {
            0 if random.below(8) == 0 => bytes.truncate(place),
            1 => {
                let length = random.pick(&[0, 1, 1 << 20, 1 << 33, 1 << 62, u64::MAX]).to_le_bytes();
                bytes.iter_mut().skip(place).zip(length).for_each(|(byte, new)| *byte = new);
            }
            2 => {
                let end = place + random.below(24).min(bytes.len().saturating_sub(place));
                let copy = bytes.get(place..end).unwrap_or_default().to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            3 => drop(bytes.drain(place.min(bytes.len())..(place + random.below(24)).min(bytes.len()))),
            _ => {
                let bits = random.bits() as u8;
                bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte = bits);
            }
        }
    }
}

#[test]
fn a_million_hostile_files() {
    let n = if cfg!(target_os = "wasi") { 50_000 } else { 1_000_000 };
    let (mut random, mut n_read) = (SplitMix(9), 0);
    let whole = FILES[3].1;
    let head = whole.windows(4).rposition(|bytes| bytes == b"blk.").expect("a tensor") + 64;
    for i in 0..n {
        let mut bytes = whole.to_vec();
        mutate(&mut bytes, head, &mut random);
        // To compile a tokenizer's patterns takes longer than all the rest.
        let tokens = (i % 50 != 0).then(|| TokenSource::Listed(vocab(14)));
        match Gpt::read(&bytes, Options { tokens, ..Options::default() }) {
            Ok(_) => n_read += 1,
            Err(error) => assert!(matches!(error.code(), "model_format" | "invalid_tensor"), "file {i}: {error}"),
        }
    }
    println!("{n_read} of {n} could still be read");
    assert!(n_read > n / 100 && n_read < n / 2, "{n_read} of {n}");
}
