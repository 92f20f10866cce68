//! Checkpoints, good ones and hostile ones: a typed error that names the tensor, and never more memory than the file is worth.

use logitlab::{
    error::{Error, Result},
    model::{
        LanguageModel, Tokens,
        gpt::{Checkpoint, Gpt},
    },
    token::Vocab,
};
use safetensors::tensor::{Dtype, TensorView};

use crate::gpt::vocab;

/// Tensors by name: shape and numbers.
pub(crate) type Tensors = Vec<(String, Vec<usize>, Vec<f32>)>;

const CONFIG: &str = r#"{"n_head": 1}"#;

/// The smallest GPT that has everything: V = 3, block of 2, C = 2, one block.
pub(crate) fn tiny() -> Tensors {
    let named = |name: &str, shape: &[usize]| {
        let n: usize = shape.iter().product();
        (name.to_owned(), shape.to_vec(), (0..n).map(|i| 0.25 * (i % 7) as f32 - 0.5).collect())
    };
    let mut tensors = vec![
        named("wte.weight", &[3, 2]),
        named("wpe.weight", &[2, 2]),
        named("ln_f.weight", &[2]),
        named("ln_f.bias", &[2]),
        named("h.0.ln_1.weight", &[2]),
        named("h.0.ln_1.bias", &[2]),
        named("h.0.ln_2.weight", &[2]),
        named("h.0.ln_2.bias", &[2]),
    ];
    for (name, n_in, n_out) in [("attn.c_attn", 2, 6), ("attn.c_proj", 2, 2), ("mlp.c_fc", 2, 8), ("mlp.c_proj", 8, 2)]
    {
        tensors.push(named(&format!("h.0.{name}.weight"), &[n_in, n_out]));
        tensors.push(named(&format!("h.0.{name}.bias"), &[n_out]));
    }
    tensors
}

pub(crate) fn file(tensors: &Tensors) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|(_, _, numbers)| numbers.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).expect("bytes that fit"))
    });
    safetensors::serialize(views, None).expect("a file")
}

pub(crate) fn read(bytes: &[u8]) -> Result<Gpt> {
    Gpt::from_safetensors(bytes, Some(CONFIG), Some(vocab(3)))
}

/// The file of `tiny` after a change.
pub(crate) fn changed(change: impl FnOnce(&mut Tensors)) -> Vec<u8> {
    let mut tensors = tiny();
    change(&mut tensors);
    file(&tensors)
}

/// A file whose header is the given text, with `n` bytes behind it.
pub(crate) fn with_header(header: &str, n: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + n, 0);
    bytes
}

/// The header of `tiny` with one piece of text replaced.
pub(crate) fn replaced(from: &str, to: &str) -> Vec<u8> {
    let bytes = file(&tiny());
    let n = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&bytes[8..8 + n]).unwrap();
    assert!(header.contains(from), "{header}");
    with_header(&header.replacen(from, to, 1), bytes.len() - 8 - n)
}

pub(crate) fn tensor<'a>(tensors: &'a mut Tensors, name: &str) -> &'a mut (String, Vec<usize>, Vec<f32>) {
    tensors.iter_mut().find(|(other, _, _)| other == name).expect("a tensor of this name")
}

pub(crate) fn rename(tensors: &mut Tensors, from: &str, to: &str) {
    tensor(tensors, from).0 = to.to_owned();
}

pub(crate) fn shape(name: &'static str, shape: &[usize]) -> Vec<u8> {
    changed(|tensors| {
        let tensor = tensor(tensors, name);
        tensor.1 = shape.to_vec();
        tensor.2.resize(shape.iter().product(), 0.5);
    })
}

/// The tensor and the reason.
pub(crate) fn at(name: &str, reason: &str) -> Error {
    Error::InvalidTensor { name: name.to_owned(), reason: reason.to_owned() }
}

#[test]
fn a_whole_file_is_read() {
    let model = read(&file(&tiny())).expect("a GPT");
    let config = model.config();
    assert_eq!((config.vocab_size, config.block_size, config.n_embd, config.n_layer), (3, 2, 2, 1));
    assert_eq!((config.n_head, config.n_inner, model.n_weights()), (1, 8, 6 + 4 + 3 * 4 + 18 + 6 + 24 + 18));
}

#[test]
fn masks_and_prefixes_of_other_savers_are_known() {
    let bytes = changed(|tensors| {
        tensors.push(("h.0.attn.bias".to_owned(), vec![1, 1, 2, 2], vec![1.0; 4]));
        tensors.push(("h.0.attn.masked_bias".to_owned(), vec![1], vec![-1e4]));
        tensors.iter_mut().for_each(|(name, _, _)| *name = format!("_orig_mod.transformer.{name}"));
    });
    assert!(read(&bytes).is_ok(), "{:?}", read(&bytes).err());
    // Masks need not be numbers as weights are.
    let mask = r#""_orig_mod.transformer.h.0.attn.bias":{"dtype":"#;
    let n = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&bytes[8..8 + n]).unwrap();
    let other = header.replace(&format!(r#"{mask}"F32","shape":[1,1,2,2]"#), &format!(r#"{mask}"BOOL","shape":[4,4]"#));
    assert!(other.contains("BOOL"), "{other}");
    let bytes = with_header(&other, bytes.len() - 8 - n);
    assert!(read(&bytes).is_ok(), "{:?}", read(&bytes).err());
}

#[test]
fn the_header_may_bring_config_and_vocabulary() {
    let tensors = |metadata: &str| replaced("{\"", &format!("{{\"__metadata__\":{{{metadata}}},\""));
    let bytes = tensors(r#""config":"{\"n_head\": 2}","vocab":"[\" \",\"ab\",\"c\"]""#);
    let model = Gpt::from_safetensors(&bytes, None, None).unwrap();
    assert_eq!((model.config().n_head, model.vocab().decode(&[1, 2]).unwrap().as_str()), (2, "abc"));
    let given = Gpt::from_safetensors(&bytes, Some(CONFIG), Some(vocab(3))).unwrap();
    assert_eq!((given.config().n_head, given.vocab().decode(&[1]).unwrap().as_str()), (1, "<1>"));
    let characters = Gpt::from_safetensors(&tensors(r#""vocab":"xy ""#), Some(CONFIG), None).unwrap();
    assert_eq!(characters.vocab().encode("y x").unwrap().ids, [1, 2, 0]);
    let error = Gpt::from_safetensors(&file(&tiny()), Some(CONFIG), None).unwrap_err();
    let reason = "nothing says which 3 tokens it has: give its vocabulary";
    assert_eq!(error.to_string(), format!("the model cannot be built: {reason}"));
}

#[test]
fn a_head_that_was_rounded_up_is_cut_to_the_vocabulary() {
    let rows = |n: usize| shape("wte.weight", &[n, 2]);
    let config = r#"{"n_head": 1, "vocab_size": 2}"#;
    let said = Gpt::from_safetensors(&rows(3), Some(config), Some(vocab(2))).unwrap();
    assert_eq!(said.config().vocab_size, 2);
    for (n_rows, n_tokens) in [(3, 3), (8, 8), (8, 7), (64, 61), (50_304, 50_257), (151_936, 151_643)] {
        let cut = Gpt::from_safetensors(&rows(n_rows), Some(CONFIG), Some(vocab(n_tokens))).unwrap();
        assert_eq!(cut.config().vocab_size, n_tokens, "{n_rows} rows");
    }
    // Nobody rounds up to these: the vocabulary is another model's.
    for (n_rows, n_tokens) in [(3, 2), (65, 64), (66, 65), (50_257, 50_000), (50_304, 256), (256, 65)] {
        let error = Gpt::from_safetensors(&rows(n_rows), Some(CONFIG), Some(vocab(n_tokens))).unwrap_err();
        let reason = format!("it has logits for {n_rows} tokens, and the vocabulary has {n_tokens}");
        assert_eq!(error, Error::ModelFormat { reason });
    }
    let error = Gpt::from_safetensors(&file(&tiny()), Some(CONFIG), Some(vocab(4))).unwrap_err();
    assert_eq!(error.to_string(), "the model cannot be built: it has logits for 3 tokens, and the vocabulary has 4");
}

#[test]
fn the_tensor_at_fault_is_named() {
    let nan = changed(|tensors| tensor(tensors, "h.0.mlp.c_fc.weight").2[9] = f32::NAN);
    let infinite = changed(|tensors| tensor(tensors, "ln_f.bias").2[1] = f32::NEG_INFINITY);
    let twice = changed(|tensors| {
        let copy = tensor(tensors, "ln_f.weight").clone();
        tensors.push(("transformer.ln_f.weight".to_owned(), copy.1, copy.2));
    });
    let without = |name: &'static str| changed(|tensors| tensors.retain(|(other, _, _)| other != name));
    let hole = changed(|tensors| {
        let renamed: Tensors = tensors.iter().filter(|(name, _, _)| name.starts_with("h.0")).cloned().collect();
        tensors.extend(renamed.into_iter().map(|(name, shape, x)| (name.replace("h.0", "h.2"), shape, x)));
    });
    let wpe = r#""wpe.weight":{"dtype":"F32","shape":[2,2]"#;
    let cases = [
        (nan, at("h.0.mlp.c_fc.weight", "[1][1] is NaN, not a finite number")),
        (infinite, at("ln_f.bias", "[1] is -inf, not a finite number")),
        (twice, at("transformer.ln_f.weight", "another tensor is the same part of the model")),
        (without("wte.weight"), at("wte.weight", "it is missing")),
        (without("h.0.attn.c_attn.weight"), at("h.0.attn.c_attn.weight", "it is missing")),
        (hole, at("h.1.ln_1.weight", "it is missing")),
        (shape("wpe.weight", &[2, 3]), at("wpe.weight", "its shape is [2, 3], and [2, 2] would fit the others")),
        (shape("wte.weight", &[6]), at("wte.weight", "its shape is [6], not rows and columns")),
        (shape("wte.weight", &[0, 2]), at("wte.weight", "its shape is [0, 2], not rows and columns")),
        (shape("ln_f.bias", &[1]), at("ln_f.bias", "its shape is [1], and [2] would fit the others")),
        (
            changed(|tensors| rename(tensors, "h.0.ln_1.bias", "h.0.ln_3.bias")),
            at("h.0.ln_3.bias", "a GPT-2 has no tensor of this name"),
        ),
        (
            changed(|tensors| rename(tensors, "h.0.ln_1.bias", "h.99999999999999999999.ln_1.bias")),
            at("h.99999999999999999999.ln_1.bias", "a GPT-2 has no tensor of this name"),
        ),
        (
            replaced(wpe, r#""wpe.weight":{"dtype":"I64","shape":[1,2]"#),
            at("wpe.weight", "its numbers are I64: save it as F32, F16 or BF16"),
        ),
        (
            replaced(wpe, r#""wpe.weight":{"dtype":"F32","shape":[50000,50000]"#),
            at("wpe.weight", "shape [50000, 50000] of F32 is 10000000000 bytes, and "),
        ),
        (
            replaced(wpe, r#""wpe.weight":{"dtype":"F32","shape":[4294967296,4294967296]"#),
            at("wpe.weight", "shape [4294967296, 4294967296] is too large"),
        ),
    ];
    for (bytes, expected) in cases {
        let found = read(&bytes).expect_err("a file with a fault");
        // Where a tensor lies in the file is the writer's choice, and ends the sentence.
        assert!(found.to_string().starts_with(&expected.to_string()), "{found}, expected {expected}");
    }
}

#[test]
fn a_missing_tensor_is_named_with_what_the_others_begin_with() {
    for (prefix, inner) in [("", "transformer."), ("module.", ""), ("_orig_mod.", "transformer."), ("a.b.", "")] {
        for missing in ["wpe.weight", "ln_f.weight", "h.0.attn.c_attn.weight", "h.0.mlp.c_fc.weight"] {
            let bytes = changed(|tensors| {
                tensors.retain(|(name, _, _)| name != missing);
                tensors.iter_mut().for_each(|(name, _, _)| *name = format!("{prefix}{inner}{name}"));
            });
            assert_eq!(read(&bytes).err(), Some(at(&format!("{prefix}{inner}{missing}"), "it is missing")));
        }
    }
}

/// A name may be as long as a header.
#[test]
fn little_is_quoted_of_what_is_long() {
    let name = format!("h.0.{}", "ä".repeat(100_000));
    let bytes = changed(|tensors| rename(tensors, "h.0.ln_1.weight", &name));
    let error = read(&bytes).unwrap_err();
    let Error::InvalidTensor { name, .. } = &error else { panic!("{error}") };
    assert!(name.starts_with("h.0.ä") && name.chars().count() <= 200, "{} characters", name.chars().count());
    assert!(error.to_string().chars().count() <= 1300);
    let dtype = format!("\"dtype\":\"{}\"", "x".repeat(100_000));
    let error = read(&replaced("\"dtype\":\"F32\"", &dtype)).unwrap_err();
    assert!(error.to_string().chars().count() <= 1300, "{} characters", error.to_string().chars().count());
}

#[test]
fn offsets_that_overlap_leave_holes_or_leave_the_file_are_named() {
    let one = |name: &str, from: u64, to: u64| {
        format!(r#""{name}":{{"dtype":"F32","shape":[{}],"data_offsets":[{from},{to}]}}"#, to.saturating_sub(from) / 4)
    };
    let two = |a: (u64, u64), b: (u64, u64)| {
        with_header(&format!("{{{},{}}}", one("ln_f.weight", a.0, a.1), one("ln_f.bias", b.0, b.1)), 16)
    };
    let cases = [
        (two((0, 8), (4, 12)), "ln_f.bias", "it begins at byte 4, and what lies before it ends at 8"),
        (two((0, 8), (12, 16)), "ln_f.bias", "it begins at byte 12, and what lies before it ends at 8"),
        (two((0, 8), (8, 24)), "ln_f.bias", "it would end at byte 24 of 16: the file is truncated"),
        (
            two((0, 8), (8, 10_000_000_000)),
            "ln_f.bias",
            "it would end at byte 10000000000 of 16: the file is truncated",
        ),
        (
            two((0, 8), (8, u64::MAX)),
            "ln_f.bias",
            "it would end at byte 18446744073709551615 of 16: the file is truncated",
        ),
        (two((0, 8), (16, 8)), "ln_f.bias", "it begins at byte 16, and what lies before it ends at 8"),
    ];
    for (bytes, name, reason) in cases {
        assert_eq!(read(&bytes).err(), Some(at(name, reason)));
    }
}

#[test]
fn files_that_are_none_are_refused() {
    let whole = file(&tiny());
    for n in 0..whole.len() {
        let error = read(&whole[..n]).expect_err("a truncated file");
        assert!(matches!(error.code(), "model_format" | "invalid_tensor"), "{n} bytes: {error}");
    }
    let mut longer = whole.clone();
    longer.push(0);
    for (bytes, start) in [
        (vec![], "the file is truncated"),
        (b"PK\x03\x04 not at all one".to_vec(), "the file is a zip, as torch.save writes it"),
        (u64::MAX.to_le_bytes().to_vec(), "its header would be 18446744073709551615 bytes in a file of 8"),
        (with_header("{", 0), "its header is not as safetensors has it: "),
        (with_header("[]", 0), "its header is not as safetensors has it: "),
        (with_header("{\"a\":{}}", 0), "its header is not as safetensors has it: "),
        (with_header("\u{7f}\u{0}", 0), "its header is not as safetensors has it: "),
        (longer, "its tensors end at byte "),
    ] {
        let error = read(&bytes).expect_err(start);
        assert_eq!(error.code(), "model_format");
        let reason = error.to_string();
        assert!(reason.starts_with(&format!("the model cannot be built: {start}")), "{reason}");
    }
    let nested = format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    assert_eq!(read(&with_header(&nested, 0)).unwrap_err().code(), "model_format");
}

#[test]
fn a_claim_of_ten_gigabytes_takes_no_memory() {
    let one = |name: &str, shape: &str, from: u64, to: u64| {
        format!(r#""{name}":{{"dtype":"F32","shape":{shape},"data_offsets":[{from},{to}]}}"#)
    };
    // The file would be that long, and so would be the weights.
    let names = [
        ("wte.weight", "[1000000,2500]", 10_000_000_000_u64),
        ("wpe.weight", "[1,2500]", 10_000),
        ("ln_f.weight", "[2500]", 10_000),
        ("h.0.ln_1.weight", "[2500]", 10_000),
        ("h.0.ln_2.weight", "[2500]", 10_000),
        ("h.0.attn.c_attn.weight", "[2500,7500]", 75_000_000),
        ("h.0.attn.c_proj.weight", "[2500,2500]", 25_000_000),
        ("h.0.mlp.c_fc.weight", "[2500,1]", 10_000),
        ("h.0.mlp.c_proj.weight", "[1,2500]", 10_000),
    ];
    let mut end = 0;
    let tensors = names.map(|(name, shape, n)| {
        end += n;
        one(name, shape, end - n, end)
    });
    let header = format!("{{{}}}", tensors.join(","));
    let file_len = 8 + header.len() as u64 + end;
    let config = r#"{"n_head": 1, "vocab_size": 30}"#;
    let error = Checkpoint::open(header.as_bytes(), file_len, Some(config), Some(Vocab::notebook())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the model cannot be built: it has 2525015000 weights, and there is room for 536870912"
    );
    let long_header = 1_u64 << 40;
    let error = Checkpoint::header_len(long_header.to_le_bytes(), 1 << 41).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the model cannot be built: its header is 1099511627776 bytes, more than the 4194304 that are read"
    );
}

#[test]
fn a_config_that_does_not_fit_is_refused() {
    let bytes = file(&tiny());
    for (config, reason) in [
        ("{", "config.json cannot be read: "),
        ("[]", "config.json cannot be read: "),
        (r#"{"n_head": -1}"#, "config.json says n_head = -1, and it has to be a whole number >= 0"),
        (r#"{"n_head": "1"}"#, "config.json says n_head = \"1\", and it has to be a whole number >= 0"),
        (
            r#"{"n_head": 1, "scale_attn_weights": 1}"#,
            "config.json says scale_attn_weights = 1, and it has to be true or false",
        ),
        ("{}", "nothing says how many heads share n_embd = 2: give n_head, or add config.json"),
        (r#"{"n_head": 0}"#, "config.json says n_head = 0, which does not divide n_embd = 2"),
        (r#"{"n_head": 3}"#, "config.json says n_head = 3, which does not divide n_embd = 2"),
        (r#"{"n_head": 1, "n_embd": 3}"#, "config.json says n_embd = 3, and the tensors' shapes say 2"),
        (r#"{"n_head": 1, "n_layer": 12}"#, "config.json says n_layer = 12, and the tensors' shapes say 1"),
        (r#"{"n_head": 1, "block_size": 9}"#, "config.json says block_size = 9, and the tensors' shapes say 2"),
        (r#"{"n_head": 1, "n_positions": 9}"#, "config.json says n_positions = 9, and the tensors' shapes say 2"),
        (r#"{"n_head": 1, "vocab_size": 4}"#, "config.json says vocab_size = 4, and the tensors' shapes say 3"),
        (r#"{"n_head": 1, "vocab_size": 0}"#, "config.json says vocab_size = 0, and the tensors' shapes say 3"),
        (
            r#"{"n_head": 1, "eos_token_id": "<end>"}"#,
            "config.json says eos_token_id = \"<end>\", and it has to be a token id or a list of them",
        ),
        (
            r#"{"n_head": 1, "eos_token_id": [1, 0.5]}"#,
            "config.json says eos_token_id = 0.5, and it has to be a token id or a list of them",
        ),
        (r#"{"n_head": 1, "eos_token_id": 3}"#, "config.json says eos_token_id = 3, and the vocabulary has 3 tokens"),
        (
            r#"{"n_head": 1, "eos_token_id": [1, 49152]}"#,
            "config.json says eos_token_id = 49152, and the vocabulary has 3 tokens",
        ),
        (
            r#"{"n_head": 1, "quantization_config": {"bits": 4}}"#,
            "config.json says quantization_config = an object, which",
        ),
        (r#"{"n_head": 1, "logit_scale": 0.5}"#, "config.json says logit_scale = 0.5, which is not understood"),
        (
            r#"{"n_head": 1, "activation_function": "relu"}"#,
            "config.json says activation_function = \"relu\": use a GELU",
        ),
        (r#"{"n_head": 1, "layer_norm_epsilon": -1}"#, "config.json says layer_norm_epsilon = -1"),
        (
            r#"{"n_head": 1, "layer_norm_epsilon": 1e-320}"#,
            "config.json says layer_norm_epsilon = 1e-320, and it has to be a number from 1e-30 to 1",
        ),
        (
            r#"{"n_head": 1, "layer_norm_epsilon": 1e300}"#,
            "config.json says layer_norm_epsilon = 1e+300, and it has to be",
        ),
        (r#"{"n_head": 1, "scale_attn_weights": false}"#, "config.json asks for attention that is not scaled by "),
        (r#"{"n_head": 1, "hidden_act": "relu"}"#, "config.json says hidden_act = \"relu\": use a GELU"),
        (
            r#"{"n_head": 1, "activation_function": "gelu", "hidden_act": "silu"}"#,
            "config.json says activation_function = \"gelu\" and hidden_act = \"silu\"",
        ),
        (r#"{"n_head": 1, "layer_norm_eps": 2}"#, "config.json says layer_norm_eps = 2, and it has to be"),
        (
            r#"{"n_head": 1, "layer_norm_epsilon": 1e-5, "norm_eps": 1e-6}"#,
            "config.json says layer_norm_epsilon = 0.00001 and norm_eps = 0.000001",
        ),
        (r#"{"n_head": 1, "num_key_value_heads": 2}"#, "config.json says num_key_value_heads = 2, which is not"),
        (r#"{"n_head": 1, "n_kv_head": "1"}"#, "config.json says n_kv_head = \"1\", which is not"),
        (r#"{"n_head": 1, "head_dim": 1}"#, "config.json says head_dim = 1, which is not understood"),
        (r#"{"n_head": 1, "sliding_window": 1}"#, "config.json says sliding_window = 1, which is not understood"),
        (r#"{"n_head": 1, "rope_scaling": {"type": "yarn"}}"#, "config.json says rope_scaling = an object, which"),
        (r#"{"n_head": 1, "rope_theta": 10000.0}"#, "config.json says rope_theta = 10000, which is not understood"),
        (r#"{"n_head": 1, "rms_norm_eps": 1e-6}"#, "config.json says rms_norm_eps = 0.000001, which is not"),
        (
            r#"{"n_head": 1, "model_type": "gpt_bigcode"}"#,
            "config.json says model_type = \"gpt_bigcode\", which is not",
        ),
        (
            r#"{"n_head": 1, "position_embedding_type": "alibi"}"#,
            "config.json says position_embedding_type = \"alibi\"",
        ),
        (r#"{"n_head": 1, "do_layer_norm_before": false}"#, "config.json says do_layer_norm_before = false, which"),
        (r#"{"n_head": 1, "use_parallel_residual": true}"#, "config.json says use_parallel_residual = true, which"),
        (r#"{"n_head": 1, "scale_embedding": true}"#, "config.json says scale_embedding = true, which is not"),
        (
            r#"{"n_head": 2, "model": {"n_head": 1}}"#,
            "config.json says n_head = 2, and model.n_head = 1: one model has one of them",
        ),
    ] {
        let found = Gpt::from_safetensors(&bytes, Some(config), Some(vocab(3))).err();
        let Some(Error::ModelFormat { reason: found }) = found else { panic!("{config}: {found:?}") };
        assert!(found.starts_with(reason), "{found}");
    }
}

/// What says no more than is computed anyway, or of another thing.
#[test]
fn a_config_s_neutral_values_change_nothing() {
    let bytes = file(&tiny());
    let logits = |config: &str| {
        let mut model = Gpt::from_safetensors(&bytes, Some(config), Some(vocab(3))).expect(config);
        model.forward(Tokens::new(&[0, 1], 1).unwrap()).unwrap().values
    };
    let plain = logits(r#"{"n_head": 1}"#);
    for more in [
        r#""num_key_value_heads": 1, "head_dim": 2"#,
        r#""sliding_window": 2, "window_size": null"#,
        r#""rope_scaling": null, "rope_parameters": {}"#,
        r#""model_type": "gpt2", "position_embedding_type": "absolute""#,
        r#""model_type": "openai-gpt", "do_layer_norm_before": true"#,
        r#""model_type": "my_own", "parallel_attn": false"#,
        r#""layer_norm_epsilon": 1e-5, "layer_norm_eps": 0.00001"#,
        r#""activation_function": "gelu_new", "hidden_act": "gelu_pytorch_tanh""#,
        r#""model": {"n_head": 1}, "model_args": {"n_head": null}"#,
    ] {
        assert_eq!(logits(&format!(r#"{{"n_head": 1, {more}}}"#)), plain, "{more}");
    }
    assert_ne!(logits(r#"{"n_head": 1, "layer_norm_eps": 0.5}"#), plain);
}

#[test]
fn pieces_come_one_by_one() {
    let bytes = file(&tiny());
    let n = Checkpoint::header_len(bytes[..8].try_into().unwrap(), bytes.len() as u64).unwrap();
    let open = || Checkpoint::open(&bytes[8..8 + n], bytes.len() as u64, Some(CONFIG), Some(vocab(3))).unwrap();
    let mut checkpoint = open();
    let pieces: Vec<_> = checkpoint.pieces().cloned().collect();
    assert_eq!(pieces.len(), 16);
    assert_eq!(open().finish().unwrap_err(), at(&pieces[0].name, "it was not read"));
    let (start, end) = (pieces[0].start as usize, pieces[0].end as usize);
    let error = checkpoint.load(&bytes[start..end - 1]).unwrap_err();
    assert_eq!(error, at(&pieces[0].name, &format!("{} bytes of {} were given", end - start - 1, end - start)));
    for piece in &pieces {
        checkpoint.load(&bytes[piece.start as usize..piece.end as usize]).unwrap();
    }
    assert_eq!(checkpoint.load(&[]).unwrap_err().code(), "model_format");
    assert!(checkpoint.finish().is_ok());
}
