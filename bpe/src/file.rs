//! A tokenizer.json: what it may hold, and what is refused by name.

use std::collections::HashMap;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    Result, Tokenizer,
    added::{self, AddedToken, AddedTokens},
    merges::Merges,
    normalizer::{self, Normalizer},
    pattern::Pattern,
    quoted,
    splitter::{Behavior, GPT2, Splitter},
    visible,
};

/// The largest vocabularies have 262,144 tokens.
const MAX_ID: u32 = 1 << 20;

/// The largest files are 35 MB. Reading JSON takes several times its length in memory.
const MAX_LEN: usize = 64 << 20;

/// Steps of a normalizer or a pre-tokenizer, at most: each may hold a compiled pattern.
const MAX_STEPS: usize = 32;

/// What is looked at first: a vocabulary of another kind would not be an object.
#[derive(Deserialize)]
struct Kind {
    model: ModelKind,
    normalizer: Option<Value>,
    pre_tokenizer: Option<Value>,
    decoder: Option<Value>,
    #[serde(default)]
    added_tokens: Vec<Added>,
}

#[derive(Deserialize)]
struct ModelKind {
    /// Old files do not say it.
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct File {
    model: Bpe,
}

#[derive(Deserialize)]
struct Bpe {
    /// Token → id.
    vocab: HashMap<String, u32>,
    merges: Vec<Pair>,
    dropout: Option<f32>,
    unk_token: Option<String>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    #[serde(default)]
    fuse_unk: bool,
    #[serde(default)]
    byte_fallback: bool,
    #[serde(default)]
    ignore_merges: bool,
}

/// Two tokens that are merged. Older files write them with a space between.
#[derive(Deserialize)]
#[serde(untagged)]
enum Pair {
    Apart(String, String),
    Joined(String),
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
    #[serde(default)]
    single_word: bool,
    #[serde(default)]
    lstrip: bool,
    #[serde(default)]
    rstrip: bool,
    #[serde(default)]
    normalized: bool,
}

/// Reads the text of a tokenizer.json.
pub(crate) fn read(text: &str) -> Result<Tokenizer> {
    if text.len() > MAX_LEN {
        return Err(format!("is {} bytes, more than the {MAX_LEN} that are read", text.len()));
    }
    let Kind { model, normalizer, pre_tokenizer, decoder, added_tokens } = parse(text)?;
    if let Some(kind) = model.kind.filter(|kind| kind != "BPE") {
        return Err(format!("has a model of type {kind}, and only a byte-level BPE is understood"));
    }
    let normalizers = steps(normalizer.as_ref(), "normalizers", "normalizer", normalizer_of)?;
    let splitters = steps(pre_tokenizer.as_ref(), "pretokenizers", "pre_tokenizer", splitters_of)?;
    match splitters.iter().filter(|splitter| matches!(splitter, Splitter::Bytes)).count() {
        0 => return Err("has a BPE of characters, and only one of bytes is understood (ByteLevel)".to_owned()),
        1 => {}
        _ => return Err("has ByteLevel twice in its pre_tokenizer, which is not understood".to_owned()),
    }
    steps(decoder.as_ref(), "decoders", "decoder", decoder_of)?;
    let File { model } = parse(text)?;
    let (bytes, ends) = tokens(&model.vocab, &added_tokens)?;
    let n_trained = model.vocab.values().map(|&id| id as usize + 1).max().unwrap_or(0);
    let (verbatim, normalized) = added(added_tokens, &normalizers)?;
    let merges = merges(model)?;
    Ok(Tokenizer { verbatim, normalized, normalizers, splitters, merges, bytes, ends, n_trained })
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| format!("cannot be read: {error}"))
}

/// The steps of a part, which are one object, or several in a `Sequence`.
fn steps<T>(
    part: Option<&Value>,
    list: &str,
    name: &str,
    step: fn(&str, &Value) -> Result<Option<Vec<T>>>,
) -> Result<Vec<T>> {
    let (mut open, mut steps) = (Vec::from_iter(part), Vec::new());
    while let Some(part) = open.pop() {
        let kind = part["type"].as_str().ok_or_else(|| format!("cannot be read: a part of its {name} has no type"))?;
        if kind == "Sequence" {
            let parts = part[list].as_array();
            let parts = parts.ok_or_else(|| format!("cannot be read: a Sequence in its {name} has no {list}"))?;
            open.extend(parts.iter().rev());
            continue;
        }
        let found = step(kind, part).map_err(|reason| format!("has {kind} in its {name}: {reason}"))?;
        let found = found.ok_or_else(|| format!("has {kind} in its {name}, which is not understood"))?;
        steps.extend(found);
        if steps.len() > MAX_STEPS {
            return Err(format!("has more than {MAX_STEPS} steps in its {name}"));
        }
    }
    Ok(steps)
}

/// The fields of a step.
fn fields<T: DeserializeOwned>(part: &Value) -> Result<T> {
    T::deserialize(part).map_err(|error| error.to_string())
}

fn normalizer_of(kind: &str, part: &Value) -> Result<Option<Vec<Normalizer>>> {
    #[derive(Deserialize)]
    struct Strip {
        strip_left: bool,
        strip_right: bool,
    }
    #[derive(Deserialize)]
    struct Prepend {
        prepend: String,
    }
    #[derive(Deserialize)]
    struct Replace {
        pattern: FilePattern,
        content: String,
    }
    Ok(Some(vec![match kind {
        "NFC" => Normalizer::Nfc,
        "NFD" => Normalizer::Nfd,
        "NFKC" => Normalizer::Nfkc,
        "NFKD" => Normalizer::Nfkd,
        "Lowercase" => Normalizer::Lowercase,
        "Strip" => {
            let Strip { strip_left, strip_right } = fields(part)?;
            Normalizer::Strip { left: strip_left, right: strip_right }
        }
        "Prepend" => Normalizer::Prepend(fields::<Prepend>(part)?.prepend),
        "Replace" => {
            let Replace { pattern, content } = fields(part)?;
            Normalizer::Replace { pattern: pattern.compile()?, content }
        }
        _ => return Ok(None),
    }]))
}

fn splitters_of(kind: &str, part: &Value) -> Result<Option<Vec<Splitter>>> {
    #[derive(Deserialize)]
    struct ByteLevel {
        add_prefix_space: bool,
        use_regex: Option<bool>,
    }
    #[derive(Deserialize)]
    struct Split {
        pattern: FilePattern,
        behavior: Behavior,
        invert: bool,
    }
    #[derive(Deserialize)]
    struct Digits {
        individual_digits: bool,
    }
    #[derive(Deserialize)]
    struct CharDelimiterSplit {
        delimiter: char,
    }
    let split = |pattern, behavior, is_inverted| Some(vec![Splitter::Split { pattern, behavior, is_inverted }]);
    Ok(match kind {
        "ByteLevel" => {
            let ByteLevel { add_prefix_space, use_regex } = fields(part)?;
            let mut steps = Vec::new();
            if add_prefix_space {
                steps.push(Splitter::PrefixSpace);
            }
            if use_regex.unwrap_or(true) {
                steps.extend(split(Pattern::regex(GPT2)?, Behavior::Isolated, false).into_iter().flatten());
            }
            steps.push(Splitter::Bytes);
            Some(steps)
        }
        "Split" => {
            let Split { pattern, behavior, invert } = fields(part)?;
            split(pattern.compile()?, behavior, invert)
        }
        "Digits" => {
            let is_apart = fields::<Digits>(part)?.individual_digits;
            let behavior = if is_apart { Behavior::Isolated } else { Behavior::Contiguous };
            split(Pattern::Character(char::is_numeric), behavior, false)
        }
        "Whitespace" => split(Pattern::regex(r"\w+|[^\w\s]+")?, Behavior::Removed, true),
        "WhitespaceSplit" => split(Pattern::Character(char::is_whitespace), Behavior::Removed, false),
        "CharDelimiterSplit" => {
            let delimiter = fields::<CharDelimiterSplit>(part)?.delimiter;
            split(Pattern::Text(delimiter.to_string()), Behavior::Removed, false)
        }
        _ => None,
    })
}

fn decoder_of(kind: &str, _: &Value) -> Result<Option<Vec<()>>> {
    Ok((kind == "ByteLevel").then(Vec::new))
}

#[derive(Deserialize)]
enum FilePattern {
    String(String),
    Regex(String),
}

impl FilePattern {
    fn compile(self) -> Result<Pattern> {
        match self {
            // The library makes a regular expression of it; an empty one matches everywhere.
            Self::String(text) if text.is_empty() => Pattern::regex(""),
            Self::String(text) => Ok(Pattern::Text(text)),
            Self::Regex(source) => Pattern::regex(&source),
        }
    }
}

/// The bytes of every id, and where they end. An added token is written as it is, the others in visible characters.
fn tokens(vocab: &HashMap<String, u32>, added: &[Added]) -> Result<(Vec<u8>, Vec<u32>)> {
    let written = vocab.iter().map(|(token, &id)| (id, token));
    let as_they_are = added.iter().map(|token| (token.id, &token.content));
    for (id, token) in written.clone().chain(as_they_are.clone()) {
        if id >= MAX_ID {
            return Err(format!("gives the token {} the id {id}, and ids have to be below {MAX_ID}", quoted(token)));
        }
    }
    if let Some((id, token)) =
        as_they_are.clone().find(|(id, token)| vocab.get(*token).is_some_and(|other| other != id))
    {
        return Err(format!(
            "gives the token {} the id {id} among its added_tokens, and another in its vocabulary",
            quoted(token)
        ));
    }
    let n = written.clone().chain(as_they_are.clone()).map(|(id, _)| id as usize + 1).max().unwrap_or(0);
    if n == 0 {
        return Err("has no tokens".to_owned());
    }
    let mut by_id = vec![Vec::new(); n];
    written.for_each(|(id, token)| by_id[id as usize] = visible::bytes_of(token));
    as_they_are.for_each(|(id, token)| by_id[id as usize] = token.clone().into_bytes());
    let mut bytes = Vec::with_capacity(by_id.iter().map(Vec::len).sum());
    let end_of = |token: Vec<u8>| {
        bytes.extend(token);
        u32::try_from(bytes.len()).expect("no longer than the file")
    };
    let ends = by_id.into_iter().map(end_of).collect();
    Ok((bytes, ends))
}

/// The added tokens that are found in the text as it is, and those that are found after the normalizer.
fn added(tokens: Vec<Added>, normalizers: &[Normalizer]) -> Result<(AddedTokens, AddedTokens)> {
    if let Some(long) = tokens.iter().find(|token| token.content.len() > added::MAX_LEN) {
        let (id, len, most) = (long.id, long.content.len(), added::MAX_LEN);
        return Err(format!("has an added token of {len} bytes, id {id}, and at most {most} are read"));
    }
    let (mut verbatim, mut normalized) = (Vec::new(), Vec::new());
    for Added { id, content, single_word, lstrip, rstrip, normalized: is_normalized } in tokens {
        let content = if is_normalized { normalizer::apply(normalizers, &content)?.into_owned() } else { content };
        let token = AddedToken { content, id, is_single_word: single_word, strips_left: lstrip, strips_right: rstrip };
        if is_normalized { &mut normalized } else { &mut verbatim }.push(token);
    }
    Ok((AddedTokens::new(verbatim)?, AddedTokens::new(normalized)?))
}

fn merges(model: Bpe) -> Result<Merges> {
    let Bpe { vocab, merges, unk_token, fuse_unk, ignore_merges, .. } = &model;
    if model.dropout.is_some_and(|dropout| dropout != 0.0) {
        return Err("has dropout in its model: text would have other tokens every time".to_owned());
    }
    for (name, part) in [
        ("continuing_subword_prefix", &model.continuing_subword_prefix),
        ("end_of_word_suffix", &model.end_of_word_suffix),
    ] {
        if let Some(part) = part.as_ref().filter(|part| !part.is_empty()) {
            return Err(format!("has {name} = {} in its model, which a byte-level BPE has not", quoted(part)));
        }
    }
    let missing = visible::alphabet().find(|character| !vocab.contains_key(&character.to_string()));
    let unknown = unk_token.as_ref().filter(|token| !token.is_empty());
    let unknown_id = unknown.and_then(|token| vocab.get(token)).copied();
    if let Some(character) = missing.filter(|_| model.byte_fallback || unknown.is_some() && unknown_id.is_none()) {
        let instead = if model.byte_fallback { "byte_fallback" } else { "an unk_token outside its vocabulary" };
        return Err(format!("has no token {}, and {instead} in its place", quoted(&character.to_string())));
    }
    let pairs = merges.iter().zip(0..).map(|(pair, rank)| pair.of(vocab).map(|(pair, merged)| (pair, (rank, merged))));
    Ok(Merges {
        pairs: pairs.collect::<Result<_>>()?,
        takes_whole_words: *ignore_merges,
        unknown: unknown_id,
        fuses_unknown: *fuse_unk,
        vocab: model.vocab,
    })
}

impl Pair {
    /// The ids of the two, and of what they become.
    fn of(&self, vocab: &HashMap<String, u32>) -> Result<((u32, u32), u32)> {
        let (first, second) = match self {
            Self::Apart(first, second) => (first.as_str(), second.as_str()),
            Self::Joined(text) => {
                text.split_once(' ').ok_or_else(|| format!("has the merge {}, which is no pair", quoted(text)))?
            }
        };
        let id = |token: &str| {
            let id = vocab.get(token).copied();
            id.ok_or_else(|| {
                let (first, second, token) = (quoted(first), quoted(second), quoted(token));
                format!("merges {first} and {second}, and its vocabulary has no {token}")
            })
        };
        Ok(((id(first)?, id(second)?), id(&format!("{first}{second}"))?))
    }
}
