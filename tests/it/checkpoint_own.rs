//! Checkpoints as people have them: prefixes, missing biases, padded rows, and what no file says.

use logitlab::model::{
    LanguageModel,
    gpt::{Activation, Assumed, Gpt, Options, TokenSource},
};

use crate::{
    checkpoint::{Tensors, at, changed, file, read, rename, tensor, tiny},
    gpt::vocab,
};

/// Logits after the tokens 1 and 2.
fn logits(model: &mut Gpt) -> Vec<f32> {
    let mut out = vec![0.0; model.vocab().len()];
    model.next_logits(0, &[1, 2], &mut out).expect("logits");
    out
}

fn with(config: &str, vocab_size: usize) -> Gpt {
    Gpt::from_safetensors(&file(&tiny()), Some(config), Some(vocab(vocab_size))).expect(config)
}

#[test]
fn any_prefix_that_all_names_share_is_passed_over() {
    let whole = logits(&mut read(&file(&tiny())).unwrap());
    for (prefix, head) in
        [("module.", "module."), ("_orig_mod.module.transformer.", "_orig_mod.module."), ("model.", "")]
    {
        let bytes = changed(|tensors| {
            tensors.iter_mut().for_each(|(name, _, _)| *name = format!("{prefix}{name}"));
            let wte = tensor(tensors, &format!("{prefix}wte.weight")).clone();
            tensors.push((format!("{head}lm_head.weight"), wte.1, wte.2));
        });
        assert_eq!(logits(&mut read(&bytes).expect(prefix)), whole, "{prefix}");
    }
    let stray = changed(|tensors| {
        tensors.iter_mut().for_each(|(name, _, _)| *name = format!("module.{name}"));
        rename(tensors, "module.ln_f.bias", "other.ln_f.bias");
    });
    assert_eq!(read(&stray).err(), Some(at("other.ln_f.bias", "a GPT-2 has no tensor of this name")));
}

#[test]
fn a_bias_that_is_missing_is_zero() {
    for missing in ["h.0.attn.c_attn.bias", "h.0.mlp.c_proj.bias", "h.0.ln_1.bias", "ln_f.bias"] {
        let without = changed(|tensors| tensors.retain(|(name, _, _)| name != missing));
        let zero = changed(|tensors| tensor(tensors, missing).2.fill(0.0));
        let (mut without, mut zero) = (read(&without).expect(missing), read(&zero).expect(missing));
        assert_eq!(logits(&mut without), logits(&mut zero), "{missing}");
        assert_ne!(logits(&mut without), logits(&mut read(&file(&tiny())).unwrap()), "{missing}");
    }
}

#[test]
fn what_nothing_says_is_assumed_and_can_be_set() {
    let wide = |config: Option<&str>, n_head, activation| {
        let mut tensors = tiny();
        for (_, shape, numbers) in &mut tensors {
            shape.iter_mut().filter(|n| [2, 6].contains(*n)).for_each(|n| *n *= 64);
            *numbers = (0..shape.iter().product()).map(|i: usize| ((i * 37 + 11) % 101) as f32 / 500.0 - 0.1).collect();
        }
        tensor(&mut tensors, "wpe.weight").1[0] = 2;
        tensor(&mut tensors, "wpe.weight").2.truncate(2 * 128);
        let tokens = Some(TokenSource::Listed(vocab(3)));
        Gpt::read(&file(&tensors), Options { config, tokens, n_head, activation, ..Options::default() })
    };
    let (mut assumed, both) = (wide(None, None, None).unwrap(), Assumed { n_head: true, activation: true });
    assert_eq!(
        (assumed.config().n_head, assumed.config().activation, assumed.assumed()),
        (2, Activation::GeluTanh, both)
    );
    let said = r#"{"n_head": 4, "activation_function": "gelu"}"#;
    let mut told = wide(Some(said), None, None).unwrap();
    assert_eq!(
        (told.config().n_head, told.config().activation, told.assumed()),
        (4, Activation::GeluErf, Assumed::default())
    );
    let mut given = wide(Some(said), Some(2), Some(Activation::GeluTanh)).unwrap();
    assert_eq!((given.config().n_head, given.assumed()), (2, Assumed::default()), "what is given counts");
    assert_eq!(logits(&mut given), logits(&mut assumed));
    assert_ne!(logits(&mut told), logits(&mut assumed));
    let error = wide(None, Some(3), None).unwrap_err();
    assert_eq!(error.to_string(), "n_head = 3 is not valid: use a divisor of n_embd = 128");
    // `nn.Linear` has its matrices the other way round, and nanoGPT has the exact GELU.
    let linear = changed(|tensors| {
        for (_, shape, _) in tensors.iter_mut().filter(|(name, shape, _)| name.contains(".c_") && shape.len() == 2) {
            shape.reverse();
        }
    });
    let linear = read(&linear).unwrap();
    let gelu = Assumed { activation: true, n_head: false };
    assert_eq!((linear.config().activation, linear.assumed()), (Activation::GeluErf, gelu));
}

#[test]
fn the_names_of_gelus() {
    for (name, activation) in [
        ("gelu", Activation::GeluErf),
        ("gelu_new", Activation::GeluTanh),
        ("gelu_fast", Activation::GeluTanh),
        ("gelu_pytorch_tanh", Activation::GeluTanh),
    ] {
        let model = with(&format!(r#"{{"n_head": 1, "activation_function": "{name}"}}"#), 3);
        assert_eq!(model.config().activation, activation, "{name}");
    }
}

#[test]
fn both_names_of_the_block_are_read() {
    let model = with(r#"{"n_head": 1, "n_positions": 2, "block_size": 2, "n_ctx": 2}"#, 3);
    assert_eq!(model.config().block_size, 2);
}

#[test]
fn the_tokens_that_end_a_text_are_the_config_s() {
    for (ids, expected) in [("2", &[2][..]), ("[0, 1]", &[0, 1]), ("50256", &[]), ("null", &[]), ("-1", &[])] {
        let model = with(&format!(r#"{{"n_head": 1, "eos_token_id": {ids}}}"#), 3);
        assert_eq!(model.end_tokens(), expected, "{ids}");
    }
}

#[test]
fn a_list_of_generation_config_counts_before_the_config_s_token() {
    let end_tokens = |config: &str, generation: Option<&str>| {
        let options = Options {
            config: Some(config),
            generation_config: generation,
            tokens: Some(TokenSource::Listed(vocab(3))),
            ..Options::default()
        };
        Gpt::read(&file(&tiny()), options).map(|model| model.end_tokens().to_vec())
    };
    let config = r#"{"n_head": 1, "eos_token_id": 2}"#;
    for (generation, expected) in [
        (None, &[2][..]),
        (Some(r#"{"eos_token_id": [0, 1], "do_sample": true}"#), &[0, 1]),
        (Some(r#"{"eos_token_id": null}"#), &[2]),
        (Some(r#"{"eos_token_id": 50256}"#), &[]),
        (Some("{}"), &[2]),
    ] {
        assert_eq!(end_tokens(config, generation).unwrap(), expected, "{generation:?}");
    }
    let error = end_tokens(config, Some("[")).unwrap_err().to_string();
    assert!(error.starts_with("the model cannot be built: generation_config.json cannot be read: "), "{error}");
}

#[test]
fn sizes_have_the_names_of_every_course() {
    for config in [
        r#"{"emb_dim": 2, "n_heads": 1, "n_layers": 1, "context_length": 2, "qkv_bias": true, "drop_rate": 0.1}"#,
        r#"{"hidden_size": 2, "num_attention_heads": 1, "num_hidden_layers": 1, "max_position_embeddings": 2}"#,
        r#"{"trainer": {"n_head": 7}, "model": {"n_head": 1, "n_layer": 1, "block_size": null, "vocab_size": null}}"#,
        r#"{"model_args": {"n_head": 1, "bias": false}, "iter_num": 7}"#,
        r#"{"n_head": 1, "n_heads": 1}"#,
    ] {
        assert_eq!(with(config, 3).config().n_head, 1, "{config}");
    }
    let read = |config| Gpt::from_safetensors(&file(&tiny()), Some(config), Some(vocab(3))).unwrap_err().to_string();
    for (config, reason) in [
        (r#"{"n_heads": 1, "emb_dim": 3}"#, "config.json says emb_dim = 3, and the tensors' shapes say 2"),
        (r#"{"n_heads": 1, "n_head": 2}"#, "config.json says n_head = 2 and n_heads = 1"),
        (r#"{"n_heads": 3}"#, "config.json says n_heads = 3, which does not divide n_embd = 2"),
        (
            r#"{"n_heads": 1, "context_length": 9}"#,
            "config.json says context_length = 9, and the tensors' shapes say 2",
        ),
        (r#"{"n_heads": "1"}"#, "config.json says n_heads = \"1\", and it has to be a whole number >= 0"),
    ] {
        assert_eq!(read(config), format!("the model cannot be built: {reason}"));
    }
}

#[test]
fn a_head_that_is_the_embedding_saved_twice_is_tied() {
    let twice = changed(|tensors| {
        let wte = tensor(tensors, "wte.weight").clone();
        tensors.push(("lm_head.weight".to_owned(), wte.1, wte.2));
    });
    let own = changed(|tensors| {
        let wte = tensor(tensors, "wte.weight").clone();
        tensors.push(("lm_head.weight".to_owned(), wte.1, wte.2.iter().map(|x| x * 2.0).collect()));
    });
    let (whole, twice, own) = (read(&file(&tiny())).unwrap(), read(&twice).unwrap(), read(&own).unwrap());
    assert_eq!([whole.config().is_tied, twice.config().is_tied, own.config().is_tied], [true, true, false]);
    assert_eq!(
        [twice.n_weights(), own.n_weights()],
        [whole.n_weights(), whole.n_weights() + 6],
        "3 tokens of 2 numbers"
    );
}

#[test]
fn padded_rows_with_the_true_vocab_size() {
    let whole = logits(&mut read(&file(&tiny())).unwrap());
    let padded = changed(|tensors| {
        let wte = tensor(tensors, "wte.weight");
        wte.1[0] = 64;
        wte.2.resize(128, 9.0);
    });
    let config = Some(r#"{"n_head": 1, "vocab_size": 3}"#);
    let mut model = Gpt::from_safetensors(&padded, config, Some(vocab(3))).unwrap();
    assert_eq!(logits(&mut model), whole);
    let error = Gpt::from_safetensors(&padded, config, Some(vocab(4))).unwrap_err();
    assert_eq!(error.to_string(), "the model cannot be built: it has logits for 3 tokens, and the vocabulary has 4");
    let none = Gpt::from_safetensors(&padded, config, Some(vocab(0))).unwrap_err();
    assert_eq!(none.to_string(), "the model cannot be built: it has logits for 3 tokens, and the vocabulary has 0");
}

#[test]
fn models_of_other_layouts_are_named() {
    for (name, whose) in [
        ("model.layers.0.self_attn.q_proj.weight", "Llama's family"),
        ("token_embedding_table.weight", "the lecture Let's build GPT"),
        ("gpt_neox.layers.0.attention.dense.weight", "GPT-NeoX"),
        ("transformer.h.0.attn.attention.k_proj.weight", "GPT-Neo"),
        ("transformer.h.0.attn.q_proj.weight", "GPT-J"),
        ("transformer.word_embeddings.weight", "BLOOM or Falcon"),
        ("bert.encoder.layer.0.output.dense.bias", "BERT"),
        ("base_model.model.h.0.attn.c_attn.lora_A.weight", "a LoRA adapter"),
    ] {
        let error = read(&changed(|tensors| tensors.push((name.to_owned(), vec![2], vec![0.0; 2])))).expect_err(name);
        let start = at(name, &format!("it is a tensor of {whose}")).to_string();
        assert!(error.to_string().starts_with(&start) && error.to_string().contains("GPT-2's layout"), "{error}");
    }
}

#[test]
fn a_tensor_that_the_config_says_is_there_is_there() {
    let refused = |tensors: Tensors, config: &str| {
        let model = Gpt::from_safetensors(&file(&tensors), Some(config), Some(vocab(3)));
        model.map(|_| ()).expect_err(config)
    };
    let without = |missing: &str| {
        let mut tensors = tiny();
        tensors.retain(|(name, _, _)| name != missing);
        tensors
    };
    let biases: Vec<String> = tiny().into_iter().map(|(name, _, _)| name).filter(|it| it.ends_with("bias")).collect();
    assert_eq!(biases.len(), 7);
    for (said, told, promised) in [
        (r#"{"n_head": 1, "bias": true}"#, "bias = true", &biases[..]),
        (r#"{"model_args": {"n_head": 1, "bias": true}}"#, "bias = true", &biases),
        (r#"{"n_head": 1, "qkv_bias": true}"#, "qkv_bias = true", &["h.0.attn.c_attn.bias".to_owned()]),
    ] {
        with(said, 3);
        for bias in &biases {
            if promised.contains(bias) {
                let reason = format!("it is missing, and config.json says {told}");
                assert_eq!(refused(without(bias), said), at(bias, &reason));
            } else {
                Gpt::from_safetensors(&file(&without(bias)), Some(said), Some(vocab(3))).expect(bias);
            }
        }
    }
    for silent in [r#"{"n_head": 1}"#, r#"{"n_head": 1, "bias": false}"#, r#"{"n_head": 1, "bias": null}"#] {
        let bare: Tensors = tiny().into_iter().filter(|(name, _, _)| !name.ends_with("bias")).collect();
        Gpt::from_safetensors(&file(&bare), Some(silent), Some(vocab(3))).expect(silent);
    }
    let odd = refused(tiny(), r#"{"n_head": 1, "bias": "yes"}"#).to_string();
    assert!(odd.ends_with("config.json says bias = \"yes\", and it has to be true or false"), "{odd}");
    // The head: of a pair that is said to be two, each is named.
    let apart = r#"{"n_head": 1, "tie_word_embeddings": false}"#;
    let reason = "it is missing, and config.json says tie_word_embeddings = false";
    assert_eq!(refused(tiny(), apart), at("lm_head.weight", reason));
    let mut head_alone = tiny();
    rename(&mut head_alone, "wte.weight", "lm_head.weight");
    assert_eq!(refused(head_alone, apart), at("wte.weight", reason));
}
