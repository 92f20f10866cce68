//! The tokenizer inside a GGUF file, as the tokenizer.json that means the same.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{
    header::Header,
    value::{Texts, Value},
};
use crate::core::error::{Error, Result, quoted};

const MODEL: &str = "tokenizer.ggml.model";
const PRE: &str = "tokenizer.ggml.pre";
const TOKENS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";
const MERGES: &str = "tokenizer.ggml.merges";

/// What would change the tokens of a text, or the text, and is not understood.
const OTHERS: [&str; 4] = [
    "tokenizer.ggml.precompiled_charsmap",
    "tokenizer.ggml.normalizer.lowercase",
    "tokenizer.ggml.normalizer.strip_accents",
    "tokenizer.ggml.suppress_tokens",
];

/// What bpe/ reads of a tokenizer.json: tokens, and bytes of one that is found in the text before anything else.
const MAX_TOKENS: usize = 1 << 20;
const MAX_ADDED: usize = 1024;

/// Llama 3's words, whose numbers have up to three digits.
const LLAMA: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Qwen 2's, whose digits stand alone.
const QWEN: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The format's numbers for what a token is, from 0 on: not said, normal, unknown, control, defined by a user, unused, a byte.
const MAX_TYPE: i64 = 6;
const CONTROL: i64 = 3;
const USER_DEFINED: i64 = 4;
const UNUSED: i64 = 5;

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
/// `ModelFormat` with the key at fault.
pub(super) fn json(header: &Header<'_>) -> Result<String> {
    let kind = text(header, MODEL)?;
    if kind != "gpt2" {
        let kind = quoted(kind);
        return Err(fault(format!(
            "its tokenizer is of kind {kind} ({MODEL}), and \"gpt2\", a byte-level BPE, is read"
        )));
    }
    for key in OTHERS {
        if let Some(value) = header.said.get(key).filter(|value| !value.is_nothing()) {
            return Err(fault(format!("its {key} is {value}, which is not understood")));
        }
    }
    let pre = text(header, PRE)?;
    let (normalizer, pre_tokenizer) = words(pre)?;
    let (vocab, added_tokens) = tokens(header)?;
    let merges = merges(header, &vocab)?;
    let model = Model { kind: "BPE", ignore_merges: pre == "llama-bpe", vocab, merges };
    let file = File { normalizer, pre_tokenizer, added_tokens, model };
    serde_json::to_string(&file).map_err(|error| fault(format!("its tokenizer cannot be read: {error}")))
}

/// Those that merges make, by their texts, and those that are found in a text before anything else.
fn tokens<'a>(header: &Header<'a>) -> Result<(HashMap<&'a str, usize>, Vec<Added<'a>>)> {
    let tokens = texts(header, TOKENS)?;
    if !(1..=MAX_TOKENS).contains(&tokens.n) {
        return Err(fault(format!("its {TOKENS} has {} tokens, and from 1 to {MAX_TOKENS} are read", tokens.n)));
    }
    let types = types(header, tokens.n)?;
    let (mut vocab, mut added) = (HashMap::with_capacity(tokens.n), Vec::new());
    let twice = |content: &str, first: usize, second: usize| {
        fault(format!("its {TOKENS} has {} twice, as {first} and {second}", quoted(content)))
    };
    for ((id, content), of) in tokens.iter().enumerate().zip(types) {
        if matches!(of, CONTROL | USER_DEFINED) {
            if content.len() > MAX_ADDED {
                let n = content.len();
                return Err(fault(format!(
                    "token {id} of its {TOKENS} has {n} bytes, and of one of type {of} at most {MAX_ADDED} are read"
                )));
            }
            added.push(Added { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false });
        } else if of != UNUSED
            && let Some(first) = vocab.insert(content, id)
        {
            return Err(twice(content, first, id));
        }
    }
    if let Some((content, first, id)) = added.iter().find_map(|it| Some((it.content, *vocab.get(it.content)?, it.id))) {
        return Err(twice(content, first.min(id), first.max(id)));
    }
    if vocab.is_empty() && added.is_empty() {
        return Err(fault(format!("its {TYPES} says of every token that it is unused")));
    }
    Ok((vocab, added))
}

/// Two tokens each, which become one, all of them in the vocabulary.
fn merges<'a>(header: &Header<'a>, vocab: &HashMap<&str, usize>) -> Result<Vec<&'a str>> {
    let merges = texts(header, MERGES)?;
    for (i, merge) in merges.iter().enumerate() {
        let Some((first, second)) = merge.split_once(' ') else {
            return Err(fault(format!("merge {i} of its {MERGES} is {}, which is no pair", quoted(merge))));
        };
        let whole = [first, second].concat();
        if let Some(missing) = [first, second, &whole].into_iter().find(|token| !vocab.contains_key(token)) {
            let (merge, missing) = (quoted(merge), quoted(missing));
            return Err(fault(format!("merge {i} of its {MERGES} is {merge}, and its {TOKENS} has no {missing}")));
        }
    }
    Ok(merges.iter().collect())
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
            "its words are cut as {} does ({PRE}), and gpt-2, smollm, llama-bpe and qwen2 are known",
            quoted(pre)
        ))),
    }
}

/// What each token is; all are normal where nothing says it.
fn types(header: &Header<'_>, n: usize) -> Result<Vec<i64>> {
    let Some(&value) = header.said.get(TYPES) else { return Ok(vec![1; n]) };
    let Value::Numbers(numbers) = value else {
        return Err(fault(format!("its {TYPES} is {value}, and a list of numbers is needed")));
    };
    let types: Vec<_> = numbers.iter().collect();
    if types.len() != n {
        return Err(fault(format!("its {TOKENS} has {n} tokens, and its {TYPES} says what {} are", types.len())));
    }
    let known = |of: &Value<'_>| of.whole().filter(|of| (0..=MAX_TYPE).contains(of));
    let of = |(id, of): (usize, Value<'_>)| {
        known(&of).ok_or_else(|| fault(format!("its {TYPES} is {of} for token {id}, and 0 to {MAX_TYPE} are known")))
    };
    types.into_iter().enumerate().map(of).collect()
}

fn text<'a>(header: &Header<'a>, key: &str) -> Result<&'a str> {
    match header.said.get(key) {
        None => Err(fault(format!("it does not say {key}"))),
        Some(Value::Text(text)) => Ok(text),
        Some(other) => Err(fault(format!("its {key} is {other}, and a text is needed"))),
    }
}

fn texts<'a>(header: &Header<'a>, key: &str) -> Result<Texts<'a>> {
    match header.said.get(key) {
        None => Err(fault(format!("it does not say {key}"))),
        Some(&Value::Texts(texts)) => Ok(texts),
        Some(other) => Err(fault(format!("its {key} is {other}, and a list of texts is needed"))),
    }
}

fn fault(reason: String) -> Error {
    Error::of_model(reason)
}
