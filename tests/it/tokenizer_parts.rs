//! The parts of a tokenizer.json: each that is read gives the ids of PyPI's tokenizers, and every other is refused by name.

use logitlab::model::{
    LanguageModel,
    gpt::{Gpt, Options, TokenSource, Tokenizer},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    checkpoint::{file, tiny},
    tokenizer::{GPT2, Hash, Texts, reason, small, three},
};

/// Recorded by tools/tokenizer/record.py.
const PARTS: &str = include_str!("../golden/tokenizer/parts.json");

/// A change of gpt2.json, and what the library makes of the texts then.
#[derive(Deserialize)]
struct Part {
    name: String,
    change: serde_json::Map<String, Value>,
    ids_hash: String,
}

/// What is changed of a model: other fields, tokens that are gone with their merges, and tokens that are new.
#[derive(Deserialize)]
struct Model {
    fields: serde_json::Map<String, Value>,
    gone: Vec<String>,
    more: serde_json::Map<String, Value>,
}

impl Part {
    fn file(&self) -> Value {
        let mut file: Value = serde_json::from_str(GPT2).unwrap();
        for (name, change) in &self.change {
            if name != "model" {
                file[name] = change.clone();
                continue;
            }
            let Model { fields, gone, more } = serde_json::from_value(change.clone()).expect("a change of the model");
            let model = file["model"].as_object_mut().unwrap();
            model.extend(fields);
            let vocab = model["vocab"].as_object_mut().unwrap();
            vocab.retain(|token, _| !gone.contains(token));
            vocab.extend(more);
            let is_there =
                |pair: &Value| !gone.contains(&[pair[0].as_str().unwrap(), pair[1].as_str().unwrap()].concat());
            let merges = model["merges"].as_array_mut().unwrap();
            merges.retain(is_there);
        }
        file
    }
}

#[test]
fn every_part_that_is_read_is_the_library_s() {
    let texts = Texts::others(500, 77);
    let parts: Vec<Part> = serde_json::from_str(PARTS).expect("a recording");
    assert!(parts.len() >= 70, "{}", parts.len());
    for part in parts {
        let tokenizer = Tokenizer::from_json(&part.file().to_string()).expect(&part.name);
        let mut hash = Hash::new();
        for text in &texts {
            let ids = tokenizer.encode(text).expect(&part.name).ids;
            for number in [&[ids.len() as u32], &ids[..]].concat() {
                hash.add(&number.to_le_bytes());
            }
        }
        assert_eq!(format!("{:016x}", hash.0), part.ids_hash, "{}", part.name);
    }
}

#[test]
fn parts_that_are_not_understood_are_refused_by_name() {
    let byte_level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false});
    for (place, kind) in [
        ("pre_tokenizer", "UnicodeScripts"),
        ("pre_tokenizer", "BertPreTokenizer"),
        ("pre_tokenizer", "Metaspace"),
        ("pre_tokenizer", "Punctuation"),
        ("pre_tokenizer", "FixedLength"),
        ("normalizer", "BertNormalizer"),
        ("normalizer", "Nmt"),
        ("normalizer", "StripAccents"),
        ("normalizer", "Precompiled"),
        ("normalizer", "ByteLevel"),
        ("decoder", "Replace"),
        ("decoder", "WordPiece"),
    ] {
        let (part, list) =
            (json!({"type": kind}), if place == "pre_tokenizer" { "pretokenizers" } else { "normalizers" });
        let list = if place == "decoder" { "decoders" } else { list };
        for part in [part.clone(), json!({"type": "Sequence", list: [part, byte_level]})] {
            let mut file = small();
            file[place] = part;
            assert_eq!(
                reason(&file.to_string()),
                format!("tokenizer.json has {kind} in its {place}, which is not understood")
            );
        }
    }
}

#[test]
fn fields_that_are_not_understood_are_refused_by_name() {
    let byte_level = small()["pre_tokenizer"]["pretokenizers"][1].clone();
    let twice = json!({"type": "Sequence", "pretokenizers": [byte_level, byte_level]});
    let many: Vec<Value> = (0..100).map(|_| json!({"type": "NFC"})).collect();
    let with = |place: &str, value: Value| {
        let mut file = small();
        *file.pointer_mut(place).expect(place) = value;
        reason(&file.to_string())
    };
    for (place, value, expected) in [
        ("/pre_tokenizer", twice, "has ByteLevel twice in its pre_tokenizer, which is not understood"),
        ("/normalizer", json!({"type": "Sequence", "normalizers": many}), "has more than 32 steps in its normalizer"),
        ("/normalizer", json!({}), "cannot be read: a part of its normalizer has no type"),
        ("/normalizer", json!({"type": "Sequence"}), "cannot be read: a Sequence in its normalizer has no normalizers"),
        ("/normalizer", json!({"type": "Prepend"}), "has Prepend in its normalizer: missing field `prepend`"),
        ("/model/dropout", json!(0.1), "has dropout in its model: text would have other tokens every time"),
        (
            "/model/continuing_subword_prefix",
            json!("##"),
            "has continuing_subword_prefix = \"##\" in its model, which a byte-level BPE has not",
        ),
        (
            "/model/end_of_word_suffix",
            json!("</w>"),
            "has end_of_word_suffix = \"</w>\" in its model, which a byte-level BPE has not",
        ),
        ("/model/byte_fallback", json!(true), "has no token \"\u{100}\", and byte_fallback in its place"),
        (
            "/model/unk_token",
            json!("?"),
            "has no token \"\u{100}\", and an unk_token outside its vocabulary in its place",
        ),
        ("/model/merges", json!(["th"]), "has the merge \"th\", which is no pair"),
        ("/model/merges", json!([["t", "x"]]), "merges \"t\" and \"x\", and its vocabulary has no \"x\""),
        (
            "/added_tokens/0/content",
            json!("the"),
            "gives the token \"the\" the id 13 among its added_tokens, and another in its vocabulary",
        ),
        (
            "/added_tokens/0/content",
            json!("x".repeat(2000)),
            "has an added token of 2000 bytes, id 13, and at most 1024 are read",
        ),
    ] {
        assert_eq!(with(place, value), format!("tokenizer.json {expected}"));
    }
}

#[test]
fn what_takes_too_much_for_a_text_is_an_error() {
    let encoded = |normalizer: Value, pattern: &str, text: &str| {
        let mut file = small();
        file["normalizer"] = normalizer;
        file["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = pattern.into();
        Tokenizer::from_json(&file.to_string()).expect(pattern).encode(text).map(|encoded| encoded.ids.len())
    };
    let replace = json!({"type": "Replace", "pattern": {"String": "a"}, "content": "a".repeat(1000)});
    let growing = json!({"type": "Sequence", "normalizers": [replace, replace, replace]});
    let error = encoded(growing, "a", "aaaa").expect_err("four thousand millions");
    assert_eq!(
        (error.code(), error.to_string().contains("more than 67108864 bytes of this text")),
        ("cannot_encode", true),
        "{error}"
    );
    let error = encoded(Value::Null, "(a|a)*(?!a)b", &format!("{}cb", "a".repeat(40))).expect_err("too many ways");
    assert_eq!(error.code(), "cannot_encode", "{error}");
    assert_eq!(encoded(Value::Null, "(a|a)*(?!a)b", "ab"), Ok(2));
}

/// `[PAD]` was added to a tokenizer, and its model has no row for it.
#[test]
fn a_token_beyond_the_model_s_is_an_error_where_a_text_has_it() {
    let mut padded = three();
    let pad = json!({"id": 3, "content": "[PAD]", "lstrip": false, "rstrip": false, "normalized": false});
    padded["added_tokens"] = json!([pad]);
    let tokens = Some(TokenSource::Bpe(Tokenizer::from_json(&padded.to_string()).unwrap()));
    let options = Options { config: Some(r#"{"n_head": 1}"#), tokens, ..Options::default() };
    let model = Gpt::read(&file(&tiny()), options).expect("a GPT");
    assert_eq!((model.vocab().len(), model.encode("abba").unwrap().ids), (3, vec![2, 1, 0]));
    let error = model.encode("ab[PAD]").unwrap_err();
    let reason = "it has the token \"[PAD]\", id 3, and the model has logits for 3 tokens";
    assert_eq!(error.to_string(), format!("the text cannot be turned into tokens: {reason}"));
}

#[test]
fn a_long_word_is_no_trap() {
    let tokenizer = Tokenizer::from_json(GPT2).unwrap();
    for word in ["a", "ab", " ", "\u{1F642}"] {
        let text = word.repeat(50_000);
        assert_eq!(tokenizer.vocab().decode(&tokenizer.encode(&text).unwrap().ids).unwrap(), text);
    }
}
