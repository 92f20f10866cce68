//! What a GGUF file says of its model: every key counts whatever type carries it, or is refused by key and value. None is passed over that
//! would change what the model computes.

use logitlab::{
    error::Result,
    model::{
        LanguageModel, Tokens,
        gpt::{Gpt, Options, Reader, TokenSource},
    },
};

use crate::{
    gpt::vocab,
    support::gguf_file::{Entry, GgufFile, list, number, text},
};

const FLOATS: &[u8] = include_bytes!("../golden/llama/gguf/floats.gguf");

/// Numbers of types that may carry a count: of integers with and without a sign, and of reals.
const TYPES: [u32; 10] = [0, 1, 2, 3, 4, 5, 6, 10, 11, 12];
const F32: u32 = 6;
const F64: u32 = 12;
const U32: u32 = 4;
const I32: u32 = 5;
const BOOL: u32 = 7;

fn floats() -> GgufFile {
    GgufFile::parse(FLOATS)
}

fn read(file: &GgufFile) -> Result<Gpt> {
    Gpt::read(&file.bytes(), Options::default())
}

fn with(key: &str, entry: Entry) -> Result<Gpt> {
    read(&floats().say(key, entry))
}

fn refused(file: &GgufFile) -> String {
    let error = read(file).map(|_| ()).expect_err("a fault");
    assert!(matches!(error.code(), "model_format" | "invalid_tensor"), "{error}");
    error.to_string()
}

fn logits(model: &mut Gpt) -> Vec<f32> {
    model.forward(Tokens::new(&[2, 3, 4, 9, 1, 10, 2, 11], 1).unwrap()).unwrap().values
}

#[test]
fn the_file_is_the_same_when_it_was_put_together_again() {
    assert_eq!(floats().bytes(), FLOATS);
}

#[test]
fn a_factor_without_a_type_is_linear_and_so_is_the_old_key() {
    let plain = logits(&mut read(&floats()).unwrap());
    let linear = floats().say("llama.rope.scaling.type", text("linear"));
    let scaled = logits(&mut read(&linear.say("llama.rope.scaling.factor", number(F32, 2.5))).unwrap());
    assert_ne!(scaled, plain);
    for key in ["llama.rope.scaling.factor", "llama.rope.scale_linear"] {
        for kind in [F32, F64] {
            assert_eq!(logits(&mut with(key, number(kind, 2.5)).unwrap()), scaled, "{key} of type {kind}");
        }
    }
    let none = floats().say("llama.rope.scaling.type", text("none")).say("llama.rope.scaling.factor", number(U32, 4.0));
    assert_eq!(logits(&mut read(&none).unwrap()), plain);
    let both =
        floats().say("llama.rope.scale_linear", number(F32, 9.0)).say("llama.rope.scaling.factor", number(F32, 2.5));
    assert_eq!(logits(&mut read(&both).unwrap()), scaled, "the newer key counts");
}

#[test]
fn a_number_counts_whatever_type_carries_it() {
    let plain = logits(&mut read(&floats()).unwrap());
    for kind in TYPES {
        for (key, value) in [
            ("llama.block_count", 2.0),
            ("llama.context_length", 64.0),
            ("llama.embedding_length", 32.0),
            ("llama.feed_forward_length", 32.0),
            ("llama.attention.head_count", 4.0),
            ("llama.attention.head_count_kv", 2.0),
            ("llama.attention.key_length", 8.0),
            ("llama.attention.value_length", 8.0),
            ("llama.rope.dimension_count", 8.0),
            ("general.alignment", 32.0),
            ("split.count", 1.0),
        ] {
            let model = with(key, number(kind, value));
            let mut model = model.unwrap_or_else(|error| panic!("{key} of type {kind}: {error}"));
            assert_eq!(logits(&mut model), plain, "{key} of type {kind}");
            assert_eq!(model.block_size(), 64);
        }
        assert!(with("llama.rope.freq_base", number(kind, 100.0)).is_ok(), "type {kind}");
        for (i, key) in ["eos", "eot", "eom"].iter().enumerate() {
            let id = [0, 5, 12][i];
            let file = floats().without("tokenizer.ggml.eos_token_id");
            let file = file.say(&format!("tokenizer.ggml.{key}_token_id"), number(kind, f64::from(id)));
            assert_eq!(read(&file).unwrap().end_tokens(), [id], "{key} of type {kind}");
        }
    }
    let same = list(I32, &[number(I32, 32.0), number(I32, 32.0)]);
    assert_eq!(logits(&mut with("llama.feed_forward_length", same).unwrap()), plain, "one for every block");
}

#[test]
fn all_end_tokens_count_once() {
    let key = |name: &str| format!("tokenizer.ggml.{name}_token_id");
    let file = floats().say(&key("eot"), number(I32, 0.0)).say(&key("eom"), number(U32, 7.0));
    assert_eq!(read(&file).unwrap().end_tokens(), [0, 7]);
    assert!(read(&floats().without(&key("eos"))).unwrap().end_tokens().is_empty());
    // The file's ends are none of the tokens that were given in the place of its own.
    let given = Options { tokens: Some(TokenSource::Listed(vocab(3))), ..Options::default() };
    let file = floats().say(&key("eos"), number(U32, 7.0)).say(&key("eot"), number(U32, 2.0));
    assert_eq!(Gpt::read(&file.bytes(), given).unwrap().end_tokens(), [2]);
}

/// Key, value, and what is answered.
fn faults() -> Vec<(&'static str, Entry, &'static str)> {
    let one_to = "and a whole number from 1 to 16777216 is needed";
    let mut all = vec![
        ("llama.block_count", number(U32, 1025.0), "is 1025, and a whole number from 1 to 1024 is needed"),
        ("llama.context_length", number(F32, 2.5), "is 2.5, and a whole number"),
        ("llama.context_length", number(BOOL, 1.0), "is true, and a whole number"),
        ("llama.rope.freq_base", number(F64, 1e-320), "is 1e-320, and a number from 1 to 1e+30 is needed"),
        ("llama.rope.freq_base", number(F64, 1e300), "is 1e+300, and a number from 1 to 1e+30 is needed"),
        ("llama.rope.freq_base", number(F32, f64::NAN), "is NaN, and a number from 1 to 1e+30 is needed"),
        ("llama.rope.freq_base", text("10000"), "is \"10000\", and a number"),
        ("llama.rope.scaling.factor", number(F32, 1e-40), "is 1e-40, and a number from 0.001 to 1000000 is needed"),
        ("llama.rope.scaling.factor", number(U32, 0.0), "is 0, and a number from 0.001"),
        ("llama.rope.scale_linear", number(F64, 1e-320), "is 1e-320, and a number from 0.001"),
        ("llama.attention.layer_norm_rms_epsilon", number(F64, 1e-320), "is 1e-320, and a number from 1e-30 to 1"),
        ("llama.attention.layer_norm_rms_epsilon", number(F64, 1e300), "is 1e+300, and a number from 1e-30 to 1"),
        ("llama.rope.scaling.type", text("yarn"), "is \"yarn\", and none and linear are understood"),
        ("llama.rope.scaling.type", number(U32, 1.0), "is 1, and none and linear are understood"),
        (
            "llama.attention.head_count_kv",
            number(U32, 3.0),
            "is 3, which does not divide its llama.attention.head_count, 4",
        ),
        ("llama.attention.key_length", number(U32, 3.0), "have 3 numbers"),
        ("llama.attention.value_length", number(U32, 4.0), "is 4, and only 8, a head's size, is understood"),
        ("llama.rope.dimension_count", number(U32, 4.0), "is 4, and only 8, a head's size, is understood"),
        (
            "llama.feed_forward_length",
            list(U32, &[number(U32, 64.0), number(U32, 32.0)]),
            "is a list of 2 numbers that differ",
        ),
        ("general.alignment", number(U32, 1.0), "is 1, and a power of two from 8 to 65536 is needed"),
        ("general.architecture", number(U32, 1.0), "is 1, and a text is needed"),
        ("tokenizer.chat_template", number(U32, 3.0), "is 3, and a text is needed"),
        ("tokenizer.ggml.model", number(U32, 3.0), "is 3, and a text is needed"),
        ("tokenizer.ggml.tokens", number(U32, 3.0), "is 3, and a list of texts is needed"),
        (
            "tokenizer.ggml.merges",
            list(U32, &[number(U32, 3.0)]),
            "is a list of 1 number, and a list of texts is needed",
        ),
        ("tokenizer.ggml.token_type", text("x"), "is \"x\", and a list of numbers is needed"),
        ("tokenizer.ggml.precompiled_charsmap", list(0, &[number(0, 3.0)]), "which is not understood"),
        ("tokenizer.ggml.suppress_tokens", list(I32, &[number(I32, 3.0)]), "which is not understood"),
    ];
    for value in [number(U32, 0.0), number(I32, -1.0), number(10, 1e19), text("4")] {
        for key in ["llama.attention.head_count", "llama.embedding_length", "llama.context_length"] {
            all.push((key, value.clone(), one_to));
        }
    }
    for value in [number(U32, 13.0), number(I32, -1.0), number(F32, 0.5), number(10, 5e9), text("0"), number(BOOL, 0.0)]
    {
        for key in ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"] {
            all.push((key, value.clone(), "which is no id of its 13 tokens"));
        }
    }
    all
}

#[test]
fn what_cannot_be_used_is_refused_by_key_and_value() {
    for (key, entry, answer) in faults() {
        let said = refused(&floats().say(key, entry.clone()));
        assert!(said.contains(key) && said.contains(answer), "{key}: {said}");
    }
    for key in ["llama.block_count", "llama.attention.layer_norm_rms_epsilon", "tokenizer.ggml.pre"] {
        let said = refused(&floats().without(key));
        assert!(said.ends_with(&format!("it does not say {key}")), "{said}");
    }
}

#[test]
fn what_would_change_the_logits_is_refused_unless_its_value_is_neutral() {
    let plain = logits(&mut read(&floats()).unwrap());
    for (name, other, neutral) in [
        ("expert_count", 8.0, &[0.0][..]),
        ("expert_used_count", 2.0, &[0.0]),
        ("attention.sliding_window", 8.0, &[0.0]),
        ("attention.clamp_kqv", 4.0, &[0.0]),
        ("attention.max_alibi_bias", 8.0, &[0.0]),
        ("attention.scale", 0.5, &[0.0, 0.353_553_390_6]),
        ("attention.output_scale", 0.5, &[1.0]),
        ("attention.temperature_scale", 0.1, &[0.0]),
        ("attn_logit_softcapping", 50.0, &[0.0]),
        ("final_logit_softcapping", 30.0, &[0.0]),
        ("logit_scale", 0.5, &[0.0, 1.0]),
        ("embedding_scale", 12.0, &[0.0, 1.0]),
        ("residual_scale", 0.22, &[0.0, 1.0]),
        ("rope.scaling.attn_factor", 1.2, &[1.0]),
        ("rope.scaling.yarn_ext_factor", 1.0, &[0.0, -1.0]),
        ("rope.scaling.original_context_length", 32.0, &[64.0]),
        ("pooling_type", 1.0, &[0.0]),
        ("something.of.tomorrow", 1.0, &[0.0]),
    ] {
        let key = format!("llama.{name}");
        let said = refused(&floats().say(&key, number(F64, other)));
        assert!(said.ends_with(&format!("its {key} is {other}, which is not understood")), "{said}");
        for &value in neutral {
            let model = with(&key, number(F64, value));
            assert_eq!(logits(&mut model.unwrap_or_else(|error| panic!("{error}"))), plain, "{key} = {value}");
        }
    }
    assert!(refused(&floats().say("llama.attention.causal", number(BOOL, 0.0))).contains("causal is false"));
    assert!(with("llama.attention.causal", number(BOOL, 1.0)).is_ok());
    let sections = list(I32, &[number(I32, 2.0), number(I32, 2.0)]);
    assert!(refused(&floats().say("llama.rope.dimension_sections", sections)).contains("a list of 2 numbers"));
    // What belongs to another kind of model, or to nobody, changes nothing.
    for key in
        ["qwen2.expert_count", "llama.vocab_size", "llama.rope.scaling.finetuned", "quantize.imatrix.chunks_count"]
    {
        assert_eq!(logits(&mut with(key, number(U32, 13.0)).unwrap()), plain, "{key}");
    }
}

#[test]
fn a_file_that_was_split_is_told_as_such() {
    let part = floats().say("split.count", number(2, 3.0)).say("split.no", number(2, 1.0));
    let said = "it is part 2 of a GGUF file that was split into 3: join them with llama-gguf-split --merge";
    assert!(refused(&part).ends_with(said), "{}", refused(&part));
    // All but the first have no more than that, and no tokenizer.
    let mut bare = part.clone();
    bare.said.retain(|(key, _)| key.starts_with("split."));
    assert!(refused(&bare).ends_with(said));
    let error = Reader::gguf_tokenizer(&bare.bytes(), 1 << 20).unwrap_err().to_string();
    assert!(error.ends_with(said), "{error}");
    let odd = refused(&floats().say("split.count", text("3")));
    assert!(odd.ends_with("its split.count is \"3\", and a whole number is needed"), "{odd}");
}

#[test]
fn a_missing_tensor_is_named_as_the_file_would_name_it() {
    for (name, _) in floats().tensors {
        if name == "output.weight" {
            continue;
        }
        let mut file = floats();
        file.tensors.retain(|(other, _)| *other != name);
        let said = refused(&file);
        assert_eq!(said, format!("the checkpoint cannot be used: {name}: it is missing"));
    }
}

/// Numbers of another type than the file says would be read as nonsense, where all of them are finite.
#[test]
fn a_tensor_of_another_type_or_place_than_is_said_is_told() {
    // What stands behind a tensor's name ends in its type, four bytes, and its offset, eight.
    let (kind, offset) = (|rest: &[u8]| rest.len() - 12, |rest: &[u8]| rest.len() - 8);
    let names: Vec<String> = floats().tensors.into_iter().map(|(name, _)| name).collect();
    let place = |rest: &[u8]| u64::from_le_bytes(rest[offset(rest)..].try_into().unwrap());
    let last = floats().tensors.iter().map(|(_, rest)| place(rest)).max().unwrap();
    let mut n_changed = 0;
    for name in names {
        let mut file = floats();
        let rest = &mut file.tensors.iter_mut().find(|(other, _)| *other == name).unwrap().1;
        let at = kind(rest);
        // F32 as F16: half of its bytes.
        if rest[at] == 0 && place(rest) < last {
            rest[at] = 1;
            let said = refused(&file);
            let start = format!("the checkpoint cannot be used: {name}: it ends at byte ");
            // Of a short vector the padding may hide the half.
            if said.starts_with(&start) {
                assert!(said.contains(" by its type and dimensions, and "), "{said}");
                n_changed += 1;
            }
        }
    }
    assert!(n_changed > 3, "{n_changed}");
    let mut file = floats();
    for (_, rest) in &mut file.tensors {
        let at = offset(rest);
        let moved = place(rest) + 32;
        rest[at..].copy_from_slice(&moved.to_le_bytes());
    }
    file.append(&[0.0; 8]);
    let said = refused(&file);
    assert!(said.ends_with("it begins at byte 32 of the tensors, and nothing lies before it"), "{said}");
}

#[test]
fn as_many_rows_as_tokens_are_told_of() {
    let said = refused(&floats().say("llama.vocab_size", number(U32, 99.0)));
    assert!(said.ends_with("its llama.vocab_size is 99, and its token_embd.weight has 16 rows"), "{said}");
    let odd = refused(&floats().say("llama.vocab_size", text("14")));
    assert!(odd.ends_with("its llama.vocab_size is \"14\", and a whole number from 1 to 16777216 is needed"), "{odd}");
    let plain = logits(&mut read(&floats()).unwrap());
    for n in [16.0, 13.0] {
        assert_eq!(logits(&mut with("llama.vocab_size", number(U32, n)).unwrap()), plain, "{n}");
    }
}

#[test]
fn qwen_2_has_its_biases() {
    let whole = GgufFile::parse(include_bytes!("../golden/llama/gguf/qwen2.gguf"));
    let biases: Vec<String> =
        whole.tensors.iter().map(|(name, _)| name.clone()).filter(|name| name.ends_with(".bias")).collect();
    assert!(!biases.is_empty());
    for missing in biases {
        let mut file = whole.clone();
        file.tensors.retain(|(name, _)| *name != missing);
        let reason = "it is missing, and the file says general.architecture = qwen2";
        assert_eq!(refused(&file), format!("the checkpoint cannot be used: {missing}: {reason}"));
    }
}

#[test]
fn divisors_of_frequencies_have_to_be_sensible() {
    let divided = |divisor: f32| {
        let mut file = floats();
        // One row of four numbers in the place of the first norm, which lies somewhere else then.
        let (_, rest) = file.tensors.iter().find(|(name, _)| name == "blk.0.attn_norm.weight").unwrap();
        let mut rest = rest.clone();
        rest[4..12].copy_from_slice(&4_u64.to_le_bytes());
        let offset = file.append(&[divisor; 4]);
        let n = rest.len();
        rest[n - 8..].copy_from_slice(&offset.to_le_bytes());
        file.tensors.push(("rope_freqs.weight".to_owned(), rest));
        file
    };
    assert!(read(&divided(2.0)).is_ok());
    for (divisor, shown) in [(1e-40, "1e-40"), (3e38, "3e+38"), (0.0, "0"), (f32::NAN, "NaN")] {
        let said = refused(&divided(divisor));
        let answer = format!("rope_freqs.weight: [0] is {shown}, not a number from 0.001 to 1000000");
        assert!(said.ends_with(&answer), "{said}");
    }
}

/// The golden's tokens, with a change.
fn tokens(change: impl Fn(&mut Vec<String>)) -> Entry {
    let mut tokens: Vec<String> =
        ["<|end|>", "Ġ", "t", "h", "e", "a", "n", "Ġt", "Ġth", "Ġthe", "an", "1", "2", "<unused>"]
            .map(String::from)
            .into();
    change(&mut tokens);
    list(8, &tokens.iter().map(|token| text(token)).collect::<Vec<_>>())
}

fn merges(merges: &[&str]) -> Entry {
    list(8, &merges.iter().map(|merge| text(merge)).collect::<Vec<_>>())
}

#[test]
fn a_fault_of_the_tokenizer_names_the_key() {
    let (of_tokens, of_merges, of_types) =
        ("tokenizer.ggml.tokens", "tokenizer.ggml.merges", "tokenizer.ggml.token_type");
    let types = |changed: usize, value: f64| {
        let of = |id| if id == changed { value } else { [3.0, 1.0][usize::from(id > 0)] };
        list(I32, &(0..14).map(|id| number(I32, of(id))).collect::<Vec<_>>())
    };
    let said = |key, entry| refused(&floats().say(key, entry));
    for (found, answer) in [
        (said(of_merges, merges(&["a"])), "merge 0 of its tokenizer.ggml.merges is \"a\", which is no pair"),
        (
            said(of_merges, merges(&["a n", "zz qq"])),
            "merge 1 of its tokenizer.ggml.merges is \"zz qq\", and its tokenizer.ggml.tokens has no \"zz\"",
        ),
        (
            said(of_merges, merges(&["h t"])),
            "merge 0 of its tokenizer.ggml.merges is \"h t\", and its tokenizer.ggml.tokens has no \"ht\"",
        ),
        (
            said(of_tokens, tokens(|tokens| tokens[3] = "e".to_owned())),
            "its tokenizer.ggml.tokens has \"e\" twice, as 3 and 4",
        ),
        (
            said(of_tokens, tokens(|tokens| tokens[0] = "e".to_owned())),
            "its tokenizer.ggml.tokens has \"e\" twice, as 0 and 4",
        ),
        (
            said(of_tokens, tokens(|tokens| tokens[0] = "x".repeat(1025))),
            "token 0 of its tokenizer.ggml.tokens has 1025 bytes, and of one of type 3 at most 1024 are read",
        ),
        (said(of_tokens, tokens(Vec::clear)), "its tokenizer.ggml.tokens has 0 tokens, and from 1 to 1048576 are read"),
        (
            said(of_types, list(I32, &[number(I32, 3.0)])),
            "its tokenizer.ggml.tokens has 14 tokens, and its tokenizer.ggml.token_type says what 1 are",
        ),
        (said(of_types, types(2, 77.0)), "its tokenizer.ggml.token_type is 77 for token 2, and 0 to 6 are known"),
        (said(of_types, types(2, -1.0)), "its tokenizer.ggml.token_type is -1 for token 2, and 0 to 6 are known"),
        (
            refused(&floats().say(of_types, list(0, &vec![number(0, 5.0); 14])).say(of_merges, merges(&[]))),
            "its tokenizer.ggml.token_type says of every token that it is unused",
        ),
        (said("tokenizer.ggml.pre", text("")), "its words are cut as \"\" does (tokenizer.ggml.pre)"),
        (said("tokenizer.ggml.model", text("llama")), "its tokenizer is of kind \"llama\" (tokenizer.ggml.model)"),
    ] {
        assert!(found.contains(answer), "{found}");
    }
    let small = list(
        0,
        &(0..14).map(|id| number(0, [3.0, 1.0, 5.0][usize::from(id > 0) + usize::from(id > 12)])).collect::<Vec<_>>(),
    );
    let model = read(&floats().say(of_types, small)).unwrap();
    assert_eq!(model.encode("the the ant12<|end|>").unwrap().ids, [2, 3, 4, 9, 1, 10, 2, 11, 12, 0]);
}

#[test]
fn the_chat_template_is_the_key_s_and_not_what_a_description_quotes() {
    let template = |file: &GgufFile| {
        let (bytes, options) = (file.bytes(), Options::default());
        let reader = Reader::open_gguf(&bytes, bytes.len() as u64, options).expect("a model");
        reader.chat_template().map(str::to_owned)
    };
    let key = "tokenizer.chat_template";
    let mut quoted = text(key).bytes;
    quoted.extend(8_u32.to_le_bytes());
    quoted.extend(text("not it").bytes);
    let mut file = floats();
    file.said.insert(0, ("general.description".to_owned(), text(std::str::from_utf8(&quoted).unwrap())));
    assert_eq!(template(&file), None);
    assert_eq!(template(&file.say(key, text("{{ 'é' }}"))).as_deref(), Some("{{ 'é' }}"));
}
