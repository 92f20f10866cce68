//! The tokenizer inside a GGUF file, as the tokenizer.json that means the same.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{
    cursor::{Texts, Value},
    header::Header,
};
use crate::core::error::{Error, Result};

/// Llama 3's words, whose numbers have up to three digits.
const LLAMA: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Qwen 2's, whose digits stand alone.
const QWEN: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The format's numbers for what a token is.
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;
const UNUSED: i32 = 5;

#[derive(Serialize)]
struct File<'a> {
    normalizer: Json,
    pre_tokenizer: Json,
    added_tokens: Vec<Added<'a>>,
    model: Model<'a>,
}

#[derive(Serialize)]
struct Added<'a> {
    id: usize,
    content: &'a str,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
}

#[derive(Serialize)]
struct Model<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    ignore_merges: bool,
    vocab: HashMap<&'a str, usize>,
    merges: Vec<&'a str>,
}

/// The text of a tokenizer.json.
///
/// # Errors
/// `ModelFormat` for a tokenizer of another kind, by its name.
pub(super) fn json(header: &Header<'_>) -> Result<String> {
    let kind = text(header, "tokenizer.ggml.model");
    if kind != Some("gpt2") {
        let kind = kind.unwrap_or("none");
        return Err(fault(format!("its tokenizer is of kind \"{kind}\", and \"gpt2\", a byte-level BPE, is read")));
    }
    let pre = text(header, "tokenizer.ggml.pre").unwrap_or("none");
    let tokens = texts(header, "tokenizer.ggml.tokens")?;
    let merges = texts(header, "tokenizer.ggml.merges")?;
    let types = kinds(header, tokens.n)?;
    let (mut vocab, mut added_tokens) = (HashMap::with_capacity(tokens.n), Vec::new());
    for ((id, content), kind) in tokens.iter().enumerate().zip(types) {
        if matches!(kind, CONTROL | USER_DEFINED) {
            let plain = Added { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false };
            added_tokens.push(plain);
        } else if kind != UNUSED && vocab.insert(content, id).is_some() {
            return Err(fault(format!("its vocabulary has the token {content:?} twice")));
        }
    }
    let (normalizer, pre_tokenizer) = words(pre)?;
    let model = Model { kind: "BPE", ignore_merges: pre == "llama-bpe", vocab, merges: merges.iter().collect() };
    let file = File { normalizer, pre_tokenizer, added_tokens, model };
    serde_json::to_string(&file).map_err(|error| fault(format!("its tokenizer cannot be read: {error}")))
}

/// Normalizer and pre-tokenizer by the name that llama.cpp gives them.
fn words(pre: &str) -> Result<(Json, Json)> {
    let bytes = |use_regex: bool| json!({ "type": "ByteLevel", "add_prefix_space": false, "use_regex": use_regex });
    let split = |pattern: &str| json!({ "type": "Split", "pattern": { "Regex": pattern }, "behavior": "Isolated", "invert": false });
    let both = |first: Json, second: Json| json!({ "type": "Sequence", "pretokenizers": [first, second] });
    match pre {
        "gpt-2" => Ok((Json::Null, bytes(true))),
        "smollm" => Ok((Json::Null, both(json!({ "type": "Digits", "individual_digits": true }), bytes(true)))),
        "llama-bpe" => Ok((Json::Null, both(split(LLAMA), bytes(false)))),
        "qwen2" => Ok((json!({ "type": "NFC" }), both(split(QWEN), bytes(false)))),
        _ => Err(fault(format!(
            "its words are cut as \"{pre}\" does (tokenizer.ggml.pre), and gpt-2, smollm, llama-bpe and qwen2 are known"
        ))),
    }
}

/// What each token is; all are normal where nothing says it.
fn kinds(header: &Header<'_>, n: usize) -> Result<Vec<i32>> {
    let Some(value) = header.said.get("tokenizer.ggml.token_type") else { return Ok(vec![1; n]) };
    let kinds: Vec<i32> = match value {
        Value::Words(bytes) => bytes.as_chunks().0.iter().map(|&bytes| i32::from_le_bytes(bytes)).collect(),
        _ => Vec::new(),
    };
    let n_kinds = kinds.len();
    (n_kinds == n).then_some(kinds).ok_or_else(|| fault(format!("it has {n} tokens, and says what {n_kinds} are")))
}

fn text<'a>(header: &Header<'a>, name: &str) -> Option<&'a str> {
    match header.said.get(name) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn texts<'a>(header: &Header<'a>, name: &str) -> Result<Texts<'a>> {
    match header.said.get(name) {
        Some(&Value::Texts(texts)) => Ok(texts),
        _ => Err(fault(format!("it does not say {name}"))),
    }
}

fn fault(reason: String) -> Error {
    Error::ModelFormat { reason }
}
