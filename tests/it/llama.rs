//! Models of Llama's family, and GPT-2's beside them, against what transformers computed with small random ones; and against themselves with and
//! without the cache.

use logitlab::{
    error::Error,
    model::{
        LanguageModel, Tokens,
        gpt::{Gpt, Options, TokenSource},
    },
    token::TokenId,
};
use safetensors::SafeTensors;
use serde::Deserialize;

use crate::gpt::{TOLERANCE, largest_difference, vocab, wide};

macro_rules! file {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../golden/llama/", $name, ".safetensors")).as_slice())
    };
}

const FILES: [(&str, &[u8]); 24] = [
    file!("llama-shared"),
    file!("llama-apart"),
    file!("llama-one"),
    file!("llama-tied"),
    file!("llama-linear"),
    file!("llama-linear-new"),
    file!("llama-llama3"),
    file!("llama-llama3-new"),
    file!("llama-biases"),
    file!("llama-mlp-biases"),
    file!("llama-heads"),
    file!("llama-base"),
    file!("llama-epsilon"),
    file!("llama-gelu"),
    file!("llama-long"),
    file!("qwen2"),
    file!("qwen2-tied"),
    file!("qwen2-base"),
    file!("qwen2-apart"),
    file!("qwen3"),
    file!("qwen3-tied"),
    file!("gpt2-tanh"),
    file!("gpt2-exact"),
    file!("gpt2-apart"),
];

/// What transformers computed.
#[derive(Deserialize)]
pub(crate) struct Golden {
    pub name: String,
    config: serde_json::Value,
    pub ids: Vec<TokenId>,
    /// (8, V): after the last eight tokens.
    pub logits: Vec<f32>,
}

fn goldens() -> Vec<(Golden, &'static [u8])> {
    let cases: Vec<Golden> = serde_json::from_str(include_str!("../golden/llama/cases.json")).expect("golden cases");
    assert_eq!(cases.len(), FILES.len(), "each file has its case");
    let with_file = |(case, (name, file)): (Golden, _)| {
        assert_eq!(case.name, name, "in the same order");
        (case, file)
    };
    cases.into_iter().zip(FILES).map(with_file).collect()
}

/// The small models and what transformers computed with each, for those who look at what runs them.
pub(crate) fn models() -> impl Iterator<Item = (Golden, Gpt)> {
    goldens().into_iter().map(|(golden, file)| {
        let model = read(file, &golden.config).expect("a model");
        (golden, model)
    })
}

fn read(file: &[u8], config: &serde_json::Value) -> Result<Gpt, Error> {
    let vocab_size = config["vocab_size"].as_u64().unwrap_or(29);
    let tokens = Some(TokenSource::Listed(vocab(vocab_size as usize)));
    Gpt::read(file, Options { config: Some(&config.to_string()), tokens, ..Options::default() })
}

/// What may not be changed with no logit showing it: name of the case, and how the config lies.
const LIES: [(&str, &str, &str); 9] = [
    ("llama-shared", "/num_key_value_heads", "4"),
    ("llama-epsilon", "/rms_norm_eps", "1e-6"),
    ("llama-gelu", "/hidden_act", "\"silu\""),
    ("llama-base", "/rope_theta", "10000.0"),
    ("llama-linear", "/rope_scaling/factor", "1.0"),
    ("llama-linear-new", "/rope_parameters/factor", "1.0"),
    ("llama-llama3", "/rope_scaling/low_freq_factor", "2.0"),
    ("llama-llama3", "/rope_scaling/high_freq_factor", "3.0"),
    ("llama-llama3-new", "/rope_parameters/original_max_position_embeddings", "96"),
];

fn last_logits(model: &mut Gpt, golden: &Golden) -> Vec<f32> {
    let logits = model.forward(Tokens::new(&golden.ids, 1).unwrap()).unwrap().values;
    logits[logits.len() - golden.logits.len()..].to_vec()
}

#[test]
fn logits_are_those_of_transformers() {
    for (golden, file) in goldens() {
        let mut model = read(file, &golden.config).unwrap_or_else(|error| panic!("{}: {error}", golden.name));
        let logits = last_logits(&mut model, &golden);
        let largest = largest_difference(wide(&logits), wide(&golden.logits));
        println!("{}: {largest:e}", golden.name);
        assert!(largest <= TOLERANCE, "{}: off by {largest}", golden.name);
    }
}

#[test]
fn the_cache_changes_no_bit() {
    for (golden, file) in goldens() {
        let mut model = read(file, &golden.config).unwrap();
        let whole = model.forward(Tokens::new(&golden.ids, 1).unwrap()).unwrap();
        let mut uncached = model.clone();
        uncached.set_use_cache(false);
        for (position, expected) in whole.values.chunks(whole.vocab_size).enumerate() {
            let mut out = vec![f32::NAN; whole.vocab_size];
            model.next_logits(0, &golden.ids[..=position], &mut out).unwrap();
            assert_eq!(out, expected, "{}: with the cache, {position}", golden.name);
            uncached.next_logits(0, &golden.ids[..=position], &mut out).unwrap();
            assert_eq!(out, expected, "{}: without, {position}", golden.name);
        }
    }
}

#[test]
fn every_lie_of_a_config_is_noticed() {
    for (name, path, value) in LIES {
        let (golden, file) = goldens().into_iter().find(|(golden, _)| golden.name == name).expect("a case");
        let mut config = golden.config.clone();
        let place = config.pointer_mut(path).unwrap_or_else(|| panic!("{name} has no {path}"));
        *place = serde_json::from_str(value).unwrap();
        match read(file, &config) {
            // Where the sizes do not fit any more, that is said.
            Err(error) => assert_eq!(error.code(), "invalid_tensor", "{name}: {path}: {error}"),
            Ok(mut model) => {
                let logits = last_logits(&mut model, &golden);
                let largest = largest_difference(wide(&logits), wide(&golden.logits));
                assert!(!(largest <= TOLERANCE), "{name}: {path} = {value} changes logits by {largest} only");
            }
        }
    }
}

/// Case, place in the config, what it says there (nothing: it is taken out), and what is answered.
const REFUSED: [(&str, &str, &str, &str); 65] = [
    ("llama-shared", "model_type", "\"gemma2\"", "model_type = gemma2, and llama, qwen2 and qwen3 are understood"),
    (
        "llama-shared",
        "num_key_value_heads",
        "3",
        "num_key_value_heads = 3, which does not divide num_attention_heads = 4",
    ),
    (
        "llama-shared",
        "num_attention_heads",
        "0",
        "num_attention_heads = 0, and it has to be a whole number from 1 to 16777216",
    ),
    ("llama-shared", "num_attention_heads", "\"4\"", "num_attention_heads = \"4\", and it has to be a whole number"),
    ("llama-shared", "num_attention_heads", "[4]", "num_attention_heads = a list, and it has to be a whole number"),
    ("llama-shared", "num_attention_heads", "-1", "num_attention_heads = -1, and it has to be a whole number"),
    (
        "llama-shared",
        "num_hidden_layers",
        "1.5",
        "num_hidden_layers = 1.5, and it has to be a whole number from 1 to 1024",
    ),
    (
        "llama-shared",
        "num_hidden_layers",
        "1e9",
        "num_hidden_layers = 1000000000, and it has to be a whole number from 1 to 1024",
    ),
    (
        "llama-shared",
        "num_hidden_layers",
        "2000",
        "num_hidden_layers = 2000, and it has to be a whole number from 1 to 1024",
    ),
    ("llama-shared", "vocab_size", "1e30", "vocab_size = 1e+30, and it has to be a whole number"),
    ("llama-shared", "hidden_size", "", "config.json does not say hidden_size"),
    ("llama-shared", "hidden_size", "null", "config.json does not say hidden_size"),
    ("llama-shared", "head_dim", "5", "heads have 5 numbers (head_dim), and rotary positions turn pairs of them"),
    ("llama-shared", "hidden_act", "\"relu2\"", "hidden_act = \"relu2\": use \"silu\""),
    ("llama-shared", "hidden_act", "5", "hidden_act = 5, and it has to be a text"),
    ("llama-shared", "model_type", "5", "model_type = 5, and it has to be a text"),
    ("llama-shared", "rms_norm_eps", "-1.0", "rms_norm_eps = -1, and it has to be a number from 1e-30 to 1"),
    ("llama-shared", "rms_norm_eps", "1e-320", "rms_norm_eps = 1e-320, and it has to be a number from 1e-30 to 1"),
    ("llama-shared", "rms_norm_eps", "1e300", "rms_norm_eps = 1e+300, and it has to be a number from 1e-30 to 1"),
    ("llama-shared", "rms_norm_eps", "\"1e-5\"", "rms_norm_eps = \"1e-5\", and it has to be a number"),
    ("llama-base", "rope_theta", "0", "rope_theta = 0, and it has to be a number from 1 to 1e+30"),
    ("llama-base", "rope_theta", "1e-40", "rope_theta = 1e-40, and it has to be a number from 1 to 1e+30"),
    ("llama-base", "rope_theta", "1e300", "rope_theta = 1e+300, and it has to be a number from 1 to 1e+30"),
    ("llama-base", "rope_theta", "\"1e4\"", "rope_theta = \"1e4\", and it has to be a number"),
    ("llama-base", "rope_scaling", "5", "rope_scaling = 5, and it has to be an object"),
    (
        "llama-linear",
        "rope_scaling",
        "{\"type\":\"yarn\",\"factor\":2.0}",
        "of type \"yarn\", and default, linear and llama3 are",
    ),
    ("llama-linear", "rope_scaling", "{\"type\":\"linear\"}", "does not say factor of its rope_scaling"),
    ("llama-linear", "rope_scaling", "{\"factor\":2.0}", "does not say rope_type of its rope_scaling"),
    ("llama-linear", "rope_scaling", "{\"type\":1,\"factor\":2.0}", "rope_scaling.type = 1, and it has to be a text"),
    (
        "llama-linear",
        "rope_scaling",
        "{\"type\":\"linear\",\"factor\":1e-40}",
        "rope_scaling.factor = 1e-40, and it has to be a number from 0.001 to 1000000",
    ),
    (
        "llama-linear",
        "rope_scaling",
        "{\"type\":\"linear\",\"factor\":2,\"partial_rotary_factor\":0.5}",
        "rope_scaling.partial_rotary_factor = 0.5, which is not understood",
    ),
    (
        "llama-llama3",
        "rope_scaling",
        "{\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":4,\"high_freq_factor\":4,\"original_max_position_embeddings\":8}",
        "rope_scaling.low_freq_factor = 4, which has to be below high_freq_factor = 4",
    ),
    ("qwen2", "use_sliding_window", "true", "use_sliding_window = true, and only full attention is understood"),
    ("qwen2", "use_sliding_window", "1", "use_sliding_window = 1, and it has to be true or false"),
    ("qwen2", "layer_types", "[\"sliding_attention\"]", "layer_types = \"sliding_attention\" …, and only full"),
    ("qwen2", "layer_types", "5", "layer_types = 5, and it has to be a list of texts"),
    ("llama-shared", "sliding_window", "5", "sliding_window = 5, which is not understood"),
    ("llama-shared", "partial_rotary_factor", "0.5", "partial_rotary_factor = 0.5, which is not understood"),
    ("llama-shared", "rotary_pct", "0.25", "rotary_pct = 0.25, which is not understood"),
    ("llama-shared", "attn_logit_softcapping", "50.0", "attn_logit_softcapping = 50, which is not understood"),
    ("llama-shared", "final_logit_softcapping", "30", "final_logit_softcapping = 30, which is not understood"),
    ("llama-shared", "logit_scale", "0.0625", "logit_scale = 0.0625, which is not understood"),
    ("llama-shared", "logits_scaling", "8.0", "logits_scaling = 8, which is not understood"),
    ("llama-shared", "embedding_multiplier", "12.0", "embedding_multiplier = 12, which is not understood"),
    ("llama-shared", "residual_multiplier", "0.22", "residual_multiplier = 0.22, which is not understood"),
    ("llama-shared", "attention_multiplier", "0.1", "attention_multiplier = 0.1, which is not understood"),
    ("llama-shared", "query_pre_attn_scalar", "256", "query_pre_attn_scalar = 256, which is not understood"),
    ("llama-shared", "num_experts", "8", "num_experts = 8, which is not understood"),
    ("llama-shared", "num_local_experts", "8", "num_local_experts = 8, which is not understood"),
    ("llama-shared", "clip_qkv", "8.0", "clip_qkv = 8, which is not understood"),
    ("llama-shared", "alibi", "true", "alibi = true, which is not understood"),
    ("llama-shared", "quantization_config", "{\"bits\":4}", "quantization_config = an object, which is not understood"),
    ("llama-shared", "num_hidden_layers", "3", "model.layers.2.input_layernorm.weight: it is missing"),
    (
        "llama-shared",
        "attention_bias",
        "true",
        "model.layers.0.self_attn.q_proj.bias: it is missing, and config.json says attention_bias = true",
    ),
    (
        "llama-shared",
        "mlp_bias",
        "true",
        "model.layers.0.mlp.gate_proj.bias: it is missing, and config.json says mlp_bias = true",
    ),
    (
        "llama-biases",
        "attention_bias",
        "false",
        "model.layers.0.self_attn.q_proj.bias: it is there, and config.json says attention_bias = false",
    ),
    (
        "llama-mlp-biases",
        "mlp_bias",
        "false",
        "model.layers.0.mlp.gate_proj.bias: it is there, and config.json says mlp_bias = false",
    ),
    ("llama-shared", "attention_bias", "1", "attention_bias = 1, and it has to be true or false"),
    ("llama-tied", "tie_word_embeddings", "false", "lm_head.weight: it is missing"),
    ("llama-shared", "tie_word_embeddings", "0", "tie_word_embeddings = 0, and it has to be true or false"),
    ("llama-shared", "eos_token_id", "29", "eos_token_id = 29, and the vocabulary has 29 tokens"),
    ("llama-shared", "eos_token_id", "\"x\"", "eos_token_id = \"x\", and it has to be a token id or a list of them"),
    ("llama-shared", "eos_token_id", "1.5", "eos_token_id = 1.5, and it has to be a token id or a list of them"),
    ("llama-shared", "eos_token_id", "[2, -7]", "eos_token_id = -7, and the vocabulary has 29 tokens"),
    ("llama-shared", "intermediate_size", "25", "its size is (16, 24), and (16, 25) would fit the others"),
];

#[test]
fn what_is_not_understood_is_refused_by_name() {
    for (name, place, value, answer) in REFUSED {
        let (golden, file) = goldens().into_iter().find(|(golden, _)| golden.name == name).expect("a case");
        let mut config = golden.config.clone();
        let fields = config.as_object_mut().unwrap();
        match value {
            "" => drop(fields.remove(place)),
            _ => drop(fields.insert(place.to_owned(), serde_json::from_str(value).unwrap())),
        }
        let error = read(file, &config).map(|_| ()).expect_err(place).to_string();
        assert!(error.contains(answer), "{place} = {value}: {error}");
    }
}

/// What says no more than is computed anyway.
#[test]
fn a_neutral_value_changes_nothing() {
    let (golden, file) = goldens().swap_remove(0);
    let plain = last_logits(&mut read(file, &golden.config).unwrap(), &golden);
    for (name, value) in [
        ("partial_rotary_factor", "1"),
        ("partial_rotary_factor", "1.0"),
        ("logit_scale", "1.0"),
        ("logit_scale", "null"),
        ("sliding_window", "4096"),
        ("num_experts", "0"),
        ("quantization_config", "null"),
        ("attention_multiplier", "0.5"),
        ("query_pre_attn_scalar", "4"),
        ("alibi", "false"),
        ("is_encoder_decoder", "false"),
        ("pretraining_tp", "2"),
        ("tie_word_embeddings", "null"),
    ] {
        let mut config = golden.config.clone();
        config[name] = serde_json::from_str(value).unwrap();
        let mut model = read(file, &config).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(last_logits(&mut model, &golden), plain, "{name} = {value}");
    }
}

#[test]
fn a_missing_tensor_is_named_as_the_file_would_name_it() {
    let (golden, file) = goldens().into_iter().find(|(golden, _)| golden.name == "qwen3").expect("a case");
    let whole = SafeTensors::deserialize(file).unwrap();
    for prefix in ["", "_orig_mod."] {
        // By the projection at the end of attention a Llama is known.
        for missing in
            whole.names().into_iter().filter(|name| !name.contains("o_proj") && !name.contains("embed_tokens"))
        {
            let named = whole.iter().filter(|(name, _)| *name != missing);
            let named = named.map(|(name, tensor)| (format!("{prefix}{name}"), tensor));
            let bytes = safetensors::serialize(named, None).unwrap();
            let found = read(&bytes, &golden.config).map(|_| ()).unwrap_err();
            let name = format!("{prefix}{missing}");
            assert_eq!(found, Error::InvalidTensor { name, reason: "it is missing".to_owned() });
        }
    }
}

#[test]
fn a_llama_needs_its_config() {
    let tokens = Some(TokenSource::Listed(vocab(29)));
    let error =
        Gpt::read(FILES[0].1, Options { tokens: tokens.clone(), ..Options::default() }).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("needs its config.json"), "{error}");
    let config = goldens().swap_remove(0).0.config.to_string();
    let options = Options { config: Some(&config), tokens, n_head: Some(2), ..Options::default() };
    let error = Gpt::read(FILES[0].1, options).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "n_head = 2 is not valid: leave it out: config.json says 4");
}
