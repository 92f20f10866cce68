//! Byte-level BPE: the ids of PyPI's tokenizers on ten thousand texts, text that comes back, and files with something wrong.

use logitlab::{
    error::Error,
    model::{
        LanguageModel,
        gpt::{Checkpoint, Gpt, Options, TokenSource, Tokenizer},
    },
    text::TextStream,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    checkpoint::{file, replaced, tiny},
    gpt::vocab,
    support::inputs::SplitMix,
};

/// Recorded by tools/tokenizer/golden.py, as are the others.
pub(crate) const GPT2: &str = include_str!("../golden/tokenizer/gpt2.json");
const SPLIT: &str = include_str!("../golden/tokenizer/split.json");
const TEXTS: &str = include_str!("../golden/tokenizer/texts.json");
const IDS: &str = include_str!("../golden/tokenizer/ids.json");

/// What texts are made of.
#[derive(Deserialize)]
pub(crate) struct Texts {
    seed: u64,
    n: usize,
    fragments: Vec<String>,
    ranges: Vec<[u32; 2]>,
    first: Vec<String>,
}

#[derive(Deserialize)]
struct Golden {
    ids_hash: String,
    text_hash: String,
    ids: Vec<Vec<u32>>,
}

impl Texts {
    fn recorded() -> Self {
        serde_json::from_str(TEXTS).expect("a recording")
    }

    /// Others of the same kind.
    pub(crate) fn others(n: usize, seed: u64) -> Vec<String> {
        Self { n, seed, ..Self::recorded() }.all()
    }

    /// Up to fifteen pieces each: one in four a code point of a range, the others fragments.
    fn all(&self) -> Vec<String> {
        let mut random = SplitMix(self.seed);
        let text = |_| {
            let n = random.below(16);
            let piece = |_| {
                if random.below(4) > 0 {
                    return self.fragments[random.below(self.fragments.len())].clone();
                }
                let [low, high] = random.pick(&self.ranges);
                let point = low + random.below((high - low) as usize + 1) as u32;
                char::from_u32(point).expect("no surrogate is in a range").to_string()
            };
            (0..n).map(piece).collect()
        };
        (0..self.n).map(text).collect()
    }
}

fn golden(name: &str) -> Golden {
    let mut all: Value = serde_json::from_str(IDS).expect("a recording");
    serde_json::from_value(all[name].take()).expect("ids and hashes")
}

/// FNV-1a.
pub(crate) struct Hash(pub u64);

impl Hash {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3));
    }

    pub(crate) fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

/// Of how many texts what comes back is what went in.
fn check_golden(json: &str, golden: &Golden) -> usize {
    let (tokenizer, recorded) = (Tokenizer::from_json(json).expect("a tokenizer"), Texts::recorded());
    let texts = recorded.all();
    assert_eq!(texts[..recorded.first.len()], recorded.first, "the texts themselves");
    let (mut ids_hash, mut text_hash, mut n_same) = (Hash::new(), Hash::new(), 0);
    for (i, text) in texts.iter().enumerate() {
        let encoded = tokenizer.encode(text).expect("ids");
        assert_eq!(encoded.replaced, 0, "{text:?}");
        if let Some(expected) = golden.ids.get(i) {
            assert_eq!(encoded.ids, *expected, "{text:?}");
        }
        for number in [&[encoded.ids.len() as u32], &encoded.ids[..]].concat() {
            ids_hash.add(&number.to_le_bytes());
        }
        let decoded = tokenizer.vocab().decode(&encoded.ids).expect("ids of the vocabulary");
        text_hash.add(decoded.as_bytes());
        n_same += usize::from(decoded == *text);
        assert_eq!(streamed(&tokenizer, &encoded.ids), decoded, "token by token");
    }
    let found = [ids_hash, text_hash].map(|hash| format!("{:016x}", hash.0));
    assert_eq!(found, [golden.ids_hash.as_str(), golden.text_hash.as_str()], "ids and text");
    n_same
}

/// The text as it comes token by token, where no part may hold a half of a character.
fn streamed(tokenizer: &Tokenizer, ids: &[u32]) -> String {
    let mut stream = TextStream::default();
    let mut text = String::new();
    for &id in ids {
        stream.push(tokenizer.vocab().token_bytes(id));
        text.push_str(&stream.take_ready());
    }
    text + &stream.finish()
}

#[test]
fn gpt2_s_kind_is_the_library_s_and_every_text_comes_back() {
    assert_eq!(check_golden(GPT2, &golden("gpt2")), 10_000);
}

#[test]
fn a_pattern_of_its_own_is_the_library_s_too() {
    // NFC changes some texts, and <mask> takes the space before it along.
    let n_same = check_golden(SPLIT, &golden("split"));
    assert!(n_same > 7_000 && n_same < 10_000, "{n_same}");
}

#[test]
fn old_files_say_less_and_mean_the_same() {
    let mut file: Value = serde_json::from_str(GPT2).unwrap();
    let merges = file["model"]["merges"].as_array().unwrap();
    let joined: Vec<String> =
        merges.iter().map(|pair| format!("{} {}", pair[0].as_str().unwrap(), pair[1].as_str().unwrap())).collect();
    let vocab = file["model"]["vocab"].take();
    file["model"] = json!({
        "dropout": null, "unk_token": "", "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false,
        "vocab": vocab, "merges": joined,
    });
    file["pre_tokenizer"] = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true});
    assert_eq!(check_golden(&file.to_string(), &golden("gpt2")), 10_000);
}

#[test]
fn tokens_can_be_read() {
    let tokenizer = Tokenizer::from_json(GPT2).unwrap();
    let shown = |text| -> Vec<String> {
        let ids = tokenizer.encode(text).unwrap().ids;
        ids.into_iter().map(|id| tokenizer.vocab().token_text(id).into_owned()).collect()
    };
    assert_eq!(shown(" the<|endoftext|>\n"), [" the", "<|endoftext|>", "\n"]);
    assert_eq!(shown("\u{C0DE1}").concat(), "<0xF3><0x80><0xB7><0xA1>");
}

/// A tokenizer of few words, and all that a file can have: a pattern, a normalizer, added tokens.
pub(crate) fn small() -> Value {
    let letters = "\u{120}abcdehnot".chars().map(String::from);
    let tokens = letters.chain(["th", "the", "\u{120}the", "<mask>"].map(String::from));
    let vocab: serde_json::Map<String, Value> = tokens.enumerate().map(|(id, token)| (token, id.into())).collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [
            {"id": 13, "content": "<mask>", "single_word": false, "lstrip": true, "rstrip": false, "normalized": false, "special": true},
        ],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": " ?[a-z]+|[0-9]{1,3}| "}, "behavior": "Isolated", "invert": false},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false},
        ]},
        "post_processor": null,
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
            "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": vocab, "merges": [["t", "h"], ["th", "e"], ["\u{120}", "the"]],
        },
    })
}

/// Why a file is refused.
pub(crate) fn reason(text: &str) -> String {
    match Tokenizer::from_json(text) {
        Err(Error::ModelFormat { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_that_are_no_byte_level_bpe() {
    let without = |change: &dyn Fn(&mut Value)| {
        let mut file = small();
        change(&mut file);
        reason(&file.to_string())
    };
    for kind in ["WordPiece", "Unigram", "WordLevel", "\u{1F642}"] {
        let expected = format!("tokenizer.json has a model of type {kind}, and only a byte-level BPE is understood");
        assert_eq!(without(&|file| file["model"]["type"] = kind.into()), expected);
    }
    let of_characters = "tokenizer.json has a BPE of characters, and only one of bytes is understood (ByteLevel)";
    assert_eq!(without(&|file| file["pre_tokenizer"] = Value::Null), of_characters);
    let split = json!({"type": "Split", "pattern": {"String": " "}, "behavior": "Isolated", "invert": false});
    assert_eq!(without(&|file| file["pre_tokenizer"] = split.clone()), of_characters);
    for (text, start) in [
        ("", "tokenizer.json cannot be read: "),
        ("[]", "tokenizer.json cannot be read: "),
        ("{}", "tokenizer.json cannot be read: missing field `model`"),
    ] {
        assert!(reason(text).starts_with(start), "{}", reason(text));
    }
    let no_ids = without(&|file| file["model"]["vocab"] = json!(["a", "b"]));
    assert!(no_ids.starts_with("tokenizer.json cannot be read: invalid type: sequence"), "{no_ids}");
    let too_large = without(&|file| file["model"]["vocab"]["a"] = json!(4_294_967_295_u32));
    assert_eq!(too_large, "tokenizer.json gives the token \"a\" the id 4294967295, and ids have to be below 1048576");
    let none = without(&|file| {
        (file["model"]["vocab"], file["model"]["merges"], file["added_tokens"]) = (json!({}), json!([]), json!([]));
    });
    assert_eq!(none, "tokenizer.json has no tokens");
    let pattern = without(&|file| file["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "(((".into());
    let start = "tokenizer.json has Split in its pre_tokenizer: has the pattern \"(((\", which cannot be used: ";
    assert!(pattern.starts_with(start), "{pattern}");
    let nested = format!("{}{}", "{\"model\":".repeat(100_000), "}".repeat(100_000));
    assert!(reason(&nested).starts_with("tokenizer.json cannot be read: "));
}

#[test]
fn a_hundred_thousand_hostile_tokenizers() {
    const WORDS: [&str; 24] = [
        "null",
        "true",
        "0",
        "-1",
        "4294967295",
        "1e400",
        "\"\"",
        "[]",
        "{}",
        "\"a\"",
        "WordPiece",
        "Removed",
        "Contiguous",
        "MergedWithNext",
        "(a{1000}){1000}",
        "(?=x*)*",
        "\\\\p{L}+",
        "(((",
        "\u{120}",
        "ByteLevel",
        "Split",
        "Metaspace",
        "NFKD",
        "Prepend",
    ];
    let n = if cfg!(target_os = "wasi") { 10_000 } else { 100_000 };
    let (whole, mut random, mut n_read) = (small().to_string(), SplitMix(11), 0);
    for i in 0..n {
        let mut bytes = whole.clone().into_bytes();
        for _ in 0..=random.below(3) {
            let place = random.below(bytes.len().max(1)).min(bytes.len());
            let end = place + random.below(40).min(bytes.len() - place);
            match random.below(5) {
                0 => bytes.truncate(place),
                1 => drop(bytes.drain(place..end)),
                2 => bytes.extend_from_within(place..end),
                3 => bytes
                    .iter_mut()
                    .skip(place)
                    .find(|byte| byte.is_ascii_digit())
                    .into_iter()
                    .for_each(|byte| *byte = b'9'),
                _ => {
                    let is_edge = |byte: &u8| b":,[]{}\"".contains(byte);
                    let start = bytes[..place].iter().rposition(is_edge).map_or(0, |i| i + 1);
                    let end = bytes.iter().skip(place).position(is_edge).map_or(bytes.len(), |i| place + i);
                    bytes.splice(start..end, random.pick(&WORDS).bytes());
                }
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        match Tokenizer::from_json(&text) {
            Ok(tokenizer) => {
                n_read += 1;
                for text in ["", "the <mask>  the 1234 one", "e\u{301}\u{1F642}\r\n"] {
                    match tokenizer.encode(text) {
                        Ok(encoded) => assert_eq!(tokenizer.vocab().check(&encoded.ids), Ok(()), "file {i}"),
                        Err(error) => assert_eq!(error.code(), "cannot_encode", "file {i}: {error}"),
                    }
                }
            }
            Err(error) => assert_eq!(error.code(), "model_format", "file {i}: {error}"),
        }
    }
    println!("{n_read} of {n} could still be read");
    assert!(n_read > n / 100 && n_read < n / 2, "{n_read} of {n}");
}

/// Three tokens, as many as the smallest model has.
pub(crate) fn three() -> Value {
    let mut file = small();
    file["model"]["vocab"] = json!({"a": 0, "b": 1, "ab": 2});
    file["model"]["merges"] = json!([["a", "b"]]);
    file["added_tokens"] = json!([]);
    file
}

#[test]
fn a_gpt_with_a_tokenizer() {
    let text = three().to_string();
    let metadata = json!({"config": "{\"n_head\": 1}", "tokenizer": text, "vocab": "xyz "}).to_string();
    let in_header = replaced("{\"", &format!("{{\"__metadata__\":{metadata},\""));
    let header = Gpt::from_safetensors(&in_header, None, None).expect("a GPT");
    let whole = file(&tiny());
    let n = Checkpoint::header_len(whole[..8].try_into().unwrap(), whole.len() as u64).unwrap();
    let tokenizer = || Tokenizer::from_json(&text).unwrap();
    let config = Some(r#"{"n_head": 1}"#);
    let open = |tokenizer| {
        let options = Options { config, tokens: Some(TokenSource::Bpe(tokenizer)), ..Options::default() };
        Checkpoint::open_with(&whole[8..8 + n], whole.len() as u64, options)
    };
    let mut checkpoint = open(tokenizer()).unwrap();
    for piece in checkpoint.pieces().cloned().collect::<Vec<_>>() {
        checkpoint.load(&whole[piece.start as usize..piece.end as usize]).unwrap();
    }
    for model in [header, checkpoint.finish().expect("a GPT")] {
        let encoded = model.encode("abba").unwrap();
        assert_eq!((encoded.ids.as_slice(), encoded.replaced), (&[2, 1, 0][..], 0));
        assert_eq!(model.vocab().decode(&encoded.ids).unwrap(), "abba");
    }
    let mut larger = three();
    larger["model"]["vocab"]["c"] = json!(3);
    let error = open(Tokenizer::from_json(&larger.to_string()).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "the model cannot be built: it has logits for 3 tokens, and the vocabulary has 4");
    assert_eq!(
        Gpt::from_safetensors(&in_header, None, Some(vocab(3))).unwrap().encode("ab").unwrap().ids,
        [0, 0],
        "what was given counts"
    );
}
