//! Constraints by the parser: every text that ends is one of the form that was asked for, and what may follow depends on the output alone.

use std::rc::Rc;

use logitlab::{
    cpu::CpuBackend,
    error::Error,
    explain::{LastContext, Question, Wants, explain},
    generate::{FinishReason, Generation, Outcome, Workbench},
    grammar::{Fault, Grammar, Grammars, Refused},
    model::{LanguageModel, Logits, NativeGrammars, Tokens},
    rng::{Generator, RngKind},
    settings::{GenerateSettings, LoopSettings, Settings, Value},
    stages::{Bias, Constraint, Temperature},
    timing::Clock,
    token::{TokenId, Vocab},
};
use regex::Regex;

use crate::support::{block_on, inputs::SplitMix};

struct Still;

impl Clock for Still {
    fn now_ms(&self) -> f64 {
        0.0
    }
}

/// Any logits at all after each text. Its tokens are all bytes, pieces of text, and one that ends it.
struct Random {
    vocab: Vocab,
    seed: u64,
}

const PIECES: [&str; 40] = [
    "20", "19", "-0", "ab", "abc", "the", " the", "\": ", "\", \"", "{\"", "\"}", "true", "false", "null", "], ", "[[",
    "]]", "()", "((", "1.", ".0", "é", "ü", "日本", "e+", "\\u", "\\\"", " \"", "name", "age", "\"name\"", "tags",
    "id", "-", "--", "10", "255.", "Mo", "n", "xyz",
];
const END: TokenId = 256 + PIECES.len() as TokenId;

impl Random {
    fn new(seed: u64) -> Self {
        let bytes = (0..=255).map(|byte| vec![byte]);
        let pieces = PIECES.iter().map(|piece| piece.as_bytes().to_vec());
        let tokens: Vec<Vec<u8>> =
            bytes.chain(pieces).chain([b"<end>".to_vec(), b"<end>".to_vec(), Vec::new()]).collect();
        Self { vocab: Vocab::from_tokens(tokens), seed }
    }
}

impl LanguageModel for Random {
    fn vocab(&self) -> &Vocab {
        &self.vocab
    }
    fn needs_prompt(&self) -> bool {
        false
    }
    fn forward(&mut self, idx: Tokens<'_>) -> Result<Logits, Error> {
        let mut values = Vec::new();
        for end in 1..=idx.ids().len() {
            let seed = idx.ids()[..end].iter().fold(self.seed, |seed, &id| SplitMix(seed ^ u64::from(id)).bits());
            let mut rng = SplitMix(seed);
            values.extend((0..self.vocab.len()).map(|_| (3.0 * rng.bell()) as f32));
        }
        Ok(Logits { values, batch: idx.batch(), len: idx.len(), vocab_size: self.vocab.len() })
    }
}

fn described(language: &'static str, text: &str) -> Constraint {
    Constraint::described(language, text.to_owned())
}

fn settings(constraint: Constraint, temperature: f32, max_new_tokens: usize) -> GenerateSettings {
    let mut sampling = Settings::default().with(constraint);
    if temperature != 1.0 {
        sampling = sampling.with(Temperature::fixed(temperature));
    }
    GenerateSettings {
        sampling,
        run: LoopSettings { max_new_tokens, eos_token_id: vec![END], ..LoopSettings::default() },
    }
}

fn compiled(grammars: &NativeGrammars, language: &'static str, text: &str) -> Constraint {
    let mut constraint = described(language, text);
    constraint.compile(grammars, &[END]).unwrap_or_else(|error| panic!("{text}: {error}"));
    constraint
}

fn run(
    model: &mut Random,
    settings: &GenerateSettings,
    prompts: Vec<Vec<TokenId>>,
    seed: u64,
) -> Result<Outcome, Error> {
    let mut run = Generation::new(settings.clone(), prompts, model)?;
    let (mut backend, mut generator) = (CpuBackend::new(), Generator::new(RngKind::Philox, seed));
    let bench = Workbench { model, backend: &mut backend, generator: &mut generator, clock: &Still };
    block_on(run.advance(bench, usize::MAX, f64::INFINITY))?;
    run.outcome(model, &generator)
}

const PERSON: &str = r#"{"type": "object", "properties": {
    "name": {"type": "string", "maxLength": 6},
    "age": {"type": "integer", "minimum": 0, "maximum": 120},
    "tags": {"type": "array", "items": {"enum": ["a", "b", 3, null]}, "maxItems": 3},
    "ok": {"type": "boolean"}
  }, "required": ["name", "age"], "additionalProperties": false}"#;
const SUM: &str = "root ::= term ([-+] term)? # a sum\nterm ::= digits | \"(\" digits \")\"\ndigits ::= [0-9]{1,3}\n";
const LIST: &str = "start: item (\", \" item)?\nitem: /[a-c]{2}/ | \"[\" item \"]\"";

type Judge = fn(&str) -> bool;

/// What is asked for, and who else can tell whether a text is it.
const FORMS: [(&str, &str, Judge); 10] = [
    ("regex", "[0-9]{4}-(0[1-9]|1[0-2])-[0-3][0-9]", |text| matches("[0-9]{4}-(0[1-9]|1[0-2])-[0-3][0-9]", text)),
    ("regex", "(Mon|Tues|Wednes)day|never", |text| matches("(Mon|Tues|Wednes)day|never", text)),
    ("regex", r"\p{L}{2,5} ?[^\s]{0,3}", |text| matches(r"\p{L}{2,5} ?[^\s]{0,3}", text)),
    ("regex", "((25[0-5]|1?[0-9]{1,2})\\.){3}[0-9]", |text| matches("((25[0-5]|1?[0-9]{1,2})\\.){3}[0-9]", text)),
    ("regex", "a{0,7}", |text| matches("a{0,7}", text)),
    ("json_schema", PERSON, is_person),
    (
        "json_schema",
        r#"{"type": "array", "items": {"type": "number", "minimum": -2, "maximum": 2.5, "multipleOf": 0.25}, "maxItems": 4}"#,
        is_list,
    ),
    ("json_schema", r#"{"enum": ["é", [1, {"a": null}], -3.5, true]}"#, |text| {
        matches!(text, "\"é\"" | "[1, {\"a\": null}]" | "-3.5" | "true")
    }),
    ("grammar", SUM, |text| matches(r"([0-9]{1,3}|\([0-9]{1,3}\))([-+]([0-9]{1,3}|\([0-9]{1,3}\)))?", text)),
    ("grammar", LIST, is_nested),
];

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(&format!("^(?:{pattern})$")).unwrap().is_match(text)
}

fn is_person(text: &str) -> bool {
    let Ok(serde_json::Value::Object(person)) = serde_json::from_str(text) else { return false };
    let is_name = |value: &serde_json::Value| value.as_str().is_some_and(|name| name.chars().count() <= 6);
    let is_tag = |tag: &serde_json::Value| tag.is_null() || *tag == 3 || *tag == "a" || *tag == "b";
    let is_tags =
        |value: &serde_json::Value| value.as_array().is_some_and(|tags| tags.len() <= 3 && tags.iter().all(is_tag));
    person.contains_key("name")
        && person.contains_key("age")
        && person.iter().all(|(key, value)| match key.as_str() {
            "name" => is_name(value),
            "age" => value.as_u64().is_some_and(|age| age <= 120),
            "tags" => is_tags(value),
            "ok" => value.is_boolean(),
            _ => false,
        })
}

fn is_list(text: &str) -> bool {
    let Ok(numbers) = serde_json::from_str::<Vec<f64>>(text) else { return false };
    numbers.len() <= 4 && numbers.iter().all(|n| (-2.0..=2.5).contains(n) && (n * 4.0).fract() == 0.0)
}

/// Peels brackets off its items.
fn is_nested(text: &str) -> bool {
    text.split(", ").count() <= 2
        && text.split(", ").all(|mut item| {
            while let Some(inner) = item.strip_prefix('[').and_then(|item| item.strip_suffix(']')) {
                item = inner;
            }
            matches("[a-c]{2}", item)
        })
}

#[test]
fn ten_thousand_random_texts_are_of_the_form() {
    let grammars = NativeGrammars::new(&Random::new(0).vocab, &[END]).unwrap();
    let mut n_cut = 0;
    for (form, (language, text, is_one)) in (0..).zip(FORMS) {
        let constraint = compiled(&grammars, language, text);
        let mut n = 0;
        for round in 0.. {
            let temperature = [0.0, 0.3, 1.0, 2.0, 5.0][round % 5];
            let settings = settings(constraint.clone(), temperature, 400);
            let seed = form * 1000 + round as u64;
            let outcome = run(&mut Random::new(seed), &settings, vec![vec![END, 65]], seed).unwrap();
            let row = &outcome.rows[0];
            let new_text = row.new_text.strip_suffix("<end>").unwrap_or(&row.new_text);
            match row.finish_reason {
                Some(FinishReason::Constraint | FinishReason::Eos) => {
                    assert!(is_one(new_text), "{text}: {new_text:?} at temperature {temperature}");
                    n += 1;
                }
                // A grammar without a longest text may be drawn for ever at temperature 0: another text in its place.
                reason => {
                    assert_eq!((reason, text), (Some(FinishReason::Length), LIST), "{new_text:?}");
                    n_cut += 1;
                    assert!(n_cut <= 20, "{n_cut} texts were cut");
                }
            }
            if n == 10_000 / FORMS.len() {
                break;
            }
        }
    }
}

#[test]
fn what_may_follow_depends_on_the_output_alone() {
    let grammars = NativeGrammars::new(&Random::new(0).vocab, &[END]).unwrap();
    for (language, text, _) in FORMS {
        let kept = grammars.compile(language, text).unwrap();
        let mut rng = SplitMix(7);
        let mut outputs = vec![Vec::new()];
        for _ in 0..120 {
            let output: Vec<TokenId> = outputs[rng.below(outputs.len())].clone();
            let next = next(&*kept, &output);
            assert_eq!(next, self::next(&*grammars.compile(language, text).unwrap(), &output), "{text}: {output:?}");
            if let Some(&id) = next.0.get(rng.below(next.0.len().max(1))) {
                outputs.push([output, vec![id]].concat());
            }
        }
    }
}

/// The ids that may follow, and whether the text may end.
fn next(grammar: &dyn Grammar, output: &[TokenId]) -> (Vec<TokenId>, bool) {
    let mut bits = Vec::new();
    let may_end = grammar.next(output, &mut bits).unwrap();
    let ids = (0..bits.len() as u32 * 32).filter(|id| bits[*id as usize / 32] >> (id % 32) & 1 == 1);
    (ids.collect(), may_end)
}

#[test]
fn every_row_of_a_batch_has_its_own_place() {
    let mut model = Random::new(3);
    let grammars = NativeGrammars::new(&model.vocab, &[END]).unwrap();
    let settings = settings(compiled(&grammars, "json_schema", PERSON), 2.0, 60);
    let prompts: Vec<Vec<TokenId>> = (0..40).map(|id| vec![id]).collect();
    let together = run(&mut model, &settings, prompts, 5).unwrap();
    for (row, outcome) in together.rows.iter().enumerate() {
        let text = outcome.new_text.strip_suffix("<end>").unwrap_or(&outcome.new_text);
        assert!(is_person(text), "row {row}: {text}");
    }
}

#[test]
fn an_explanation_says_what_was_allowed() {
    let mut model = Random::new(1);
    let grammars = NativeGrammars::new(&model.vocab, &[END]).unwrap();
    let mut settings = settings(compiled(&grammars, "regex", "[0-9]{2}-abc"), 1.0, 20);
    settings.run.trace = true;
    let prompt = vec![70];
    let outcome = run(&mut model, &settings, vec![prompt.clone()], 9).unwrap();
    let output = outcome.rows[0].ids[1..].to_vec();
    for index in 0..output.len() {
        let (prompts, outputs) = ([prompt.clone()], [output.clone()]);
        let wants = Wants::default();
        let question = Question { prompts: &prompts, outputs: &outputs, row: 0, index, settings: &settings, wants };
        let generator = Generator::new(RngKind::Philox, 9);
        let mut last = LastContext::default();
        let answer = block_on(explain(&question, &mut model, &mut last, &mut CpuBackend::new(), &generator)).unwrap();
        let stage = &answer.trace.stages[0];
        let so_far = model.vocab.decode(&output[..index]).unwrap();
        let want = match so_far.len() {
            0 | 1 => "0–9",
            len => &"-abc"[len - 2..],
        };
        assert_eq!(stage.allowed.as_deref(), Some(want), "after {so_far:?}");
        assert!(stage.rule.starts_with("allowed ") && stage.rule.ends_with(" bits"), "{}", stage.rule);
        assert!(stage.removed.contains(&END), "the text may not end after {so_far:?}");
    }
}

#[test]
fn a_text_ends_where_nothing_may_follow() {
    let mut model = Random::new(2);
    let grammars = NativeGrammars::new(&model.vocab, &[END]).unwrap();
    let reason = |constraint, n, model: &mut Random| {
        let outcome = run(model, &settings(constraint, 1.0, n), vec![vec![1]], 4).unwrap();
        (outcome.rows[0].new_text.clone(), outcome.rows[0].finish_reason)
    };
    let xyz = compiled(&grammars, "regex", "x{3}");
    assert_eq!(reason(xyz.clone(), 50, &mut model), ("xxx".to_owned(), Some(FinishReason::Constraint)));
    assert_eq!(
        reason(xyz.clone(), 3, &mut model),
        ("xxx".to_owned(), Some(FinishReason::Constraint)),
        "at its length, too"
    );
    assert_eq!(reason(xyz, 2, &mut model), ("xx".to_owned(), Some(FinishReason::Length)));
    let nothing = compiled(&grammars, "regex", "");
    assert_eq!(reason(nothing, 5, &mut model), (String::new(), Some(FinishReason::Constraint)));
    // Where it may go on or end, the end token decides.
    let more = compiled(&grammars, "regex", "x+");
    let mut settings = settings(more, 1.0, 9);
    settings.sampling = settings.sampling.with(Bias(vec![(END, 1e4)]));
    let outcome = run(&mut model, &settings, vec![vec![1]], 4).unwrap();
    assert_eq!((outcome.rows[0].new_text.as_str(), outcome.rows[0].finish_reason), ("x<end>", Some(FinishReason::Eos)));
}

#[test]
fn what_cannot_be_followed_is_an_error() {
    let mut model = Random::new(2);
    let grammars = NativeGrammars::new(&model.vocab, &[END]).unwrap();
    let digits = compiled(&grammars, "regex", "[0-9]{9}");
    let mut forced = settings(digits, 1.0, 9);
    forced.run.forced_tokens = vec![(2, u32::from(b'x'))];
    let refusal = run(&mut model, &forced, vec![vec![1]], 4).map(|outcome| outcome.rows);
    let value = "{ regex: \"[0-9]{9}\" }".to_owned();
    assert_eq!(refusal, Err(Error::TokenNotAllowed { value, position: 2 }));
    let letters = Vocab::from_text("abc");
    let few = NativeGrammars::new(&letters, &[]).unwrap();
    let (ids, may_end) = next(&*few.compile("regex", "a[0-9]").unwrap(), &[1]);
    assert_eq!((ids, may_end), (vec![], false), "the vocabulary has no digit");
    let unbound = settings(described("regex", "a"), 1.0, 9);
    let refusal = run(&mut model, &unbound, vec![vec![1]], 4).map(|outcome| outcome.rows);
    assert!(matches!(refusal, Err(Error::InvalidSetting { ref name, .. }) if name == "constraint"), "{refusal:?}");
    assert!(NativeGrammars::new(&Vocab::from_tokens([""; 3]), &[]).is_err(), "tokens without text");
}

/// A language, a text in it, and what it is refused for: the kind, the place, a part of the reason.
type Refusal<'a> = (&'static str, &'a str, Fault, Option<(usize, usize)>, &'a str);

/// Of each kind, in each language.
#[test]
fn what_cannot_be_is_refused_by_kind_and_place() {
    let grammars = NativeGrammars::new(&Random::new(0).vocab, &[END]).unwrap();
    let at = |line, column| Some((line, column));
    let long = "a".repeat(500_001);
    let deep = format!("root ::= {}\"a\"{}", "(".repeat(21), ")".repeat(21));
    let deep_schema = format!("{}{{}}{}", r#"{"items":"#.repeat(200), "}".repeat(200));
    let cases: &[Refusal<'_>] = &[
        ("regex", "ab\n[a", Fault::Syntax, at(2, 1), "unclosed character class"),
        ("regex", "(a", Fault::Syntax, at(1, 1), "unclosed group"),
        ("regex", "a\\", Fault::Syntax, at(1, 2), "incomplete escape sequence"),
        ("regex", "a{3,1}", Fault::Syntax, at(1, 2), "the start must be <= the end"),
        ("regex", r"\p{Nope}", Fault::Syntax, at(1, 1), "Unicode property not found"),
        ("regex", "a(?=b)", Fault::Unsupported, at(1, 2), "look-around, including look-ahead"),
        ("regex", r"(a)\1", Fault::Unsupported, at(1, 4), "backreferences are not supported"),
        ("regex", r"\ba", Fault::Unsupported, None, "it has \\b, \\B, or an anchor"),
        ("regex", "a^b", Fault::Unsupported, None, "an anchor that is not at its beginning or end"),
        ("regex", r"(?-u)\xff", Fault::Unsupported, at(1, 6), "invalid UTF-8"),
        ("regex", &long, Fault::TooLarge, None, "it has 500001 bytes, and at most 500000 are read"),
        ("regex", r"(?m)^a$", Fault::Unsupported, None, "an anchor"),
        ("regex", r"[^\s\S]", Fault::Empty, None, "whatever a text begins with"),
        ("regex", "[a&&b]c", Fault::Empty, None, "whatever a text begins with"),
        ("json_schema", "{", Fault::Syntax, at(1, 1), "it is no JSON: EOF while parsing an object"),
        ("json_schema", "{\n \"type\": }", Fault::Syntax, at(2, 10), "it is no JSON: expected value"),
        ("json_schema", "5", Fault::Syntax, None, "schema must be an object or boolean"),
        ("json_schema", r#"{"type": "colour"}"#, Fault::Syntax, None, "colour"),
        ("json_schema", r##"{"$ref": "#/$defs/x"}"##, Fault::Syntax, None, "$defs"),
        (
            "json_schema",
            r#"{"type": "string", "pattern": "["}"#,
            Fault::Syntax,
            None,
            "in the regular expression \"[\": unclosed",
        ),
        ("json_schema", r#"{"type": "string", "pattern": "(?!a)b"}"#, Fault::Unsupported, None, "look-around"),
        (
            "json_schema",
            r#"{"type": "array", "uniqueItems": true}"#,
            Fault::Unsupported,
            None,
            "it has \"uniqueItems\"",
        ),
        ("json_schema", r#"{"not": {}}"#, Fault::Unsupported, None, "it has \"not\""),
        (
            "json_schema",
            r#"{"anyOf": [{"type": "object", "minProperties": 2, "additionalProperties": {"const": 1}}]}"#,
            Fault::Unsupported,
            None,
            "it has minProperties = 2",
        ),
        (
            "json_schema",
            r#"{"type": "object", "properties": {"a": {}}, "maxProperties": 2}"#,
            Fault::Unsupported,
            None,
            "list the names in required",
        ),
        ("json_schema", r#"{"type": "number", "multipleOf": 0}"#, Fault::Syntax, None, "greater than 0"),
        ("json_schema", r#"{"type": "number", "minimum": 1e21, "maximum": 2e21}"#, Fault::TooLarge, None, "64-bit"),
        ("grammar", "start: %json { \"not\": {} }", Fault::Unsupported, at(1, 8), "it has \"not\""),
        (
            "json_schema",
            r#"{"oneOf": [{"type": "integer"}, {"type": "number"}]}"#,
            Fault::Unsupported,
            None,
            "use anyOf",
        ),
        ("json_schema", r#"{"type": "string", "format": "x"}"#, Fault::Unsupported, None, "Unknown format: x"),
        ("json_schema", r#"{"$ref": "http://example.com/x"}"#, Fault::Unsupported, None, "$defs"),
        ("json_schema", r#"{"type": "integer", "minimum": 1e300}"#, Fault::TooLarge, None, "64-bit"),
        ("json_schema", &deep_schema, Fault::TooLarge, at(1, 1144), "recursion limit"),
        (
            "json_schema",
            r#"{"type": "integer", "minimum": 5, "maximum": 4}"#,
            Fault::Empty,
            None,
            "minimum (5) is greater",
        ),
        ("json_schema", r#"{"enum": []}"#, Fault::Empty, None, "anyOf is empty"),
        ("json_schema", "false", Fault::Empty, None, "schema is false"),
        ("json_schema", r##"{"$ref": "#"}"##, Fault::Empty, None, "whatever a text begins with"),
        ("grammar", "start: x", Fault::Syntax, at(1, 8), "unknown name: \"x\""),
        ("grammar", "hello", Fault::Syntax, at(1, 6), "Expected token ':'"),
        ("grammar", "start: /[/", Fault::Syntax, at(1, 8), "in the regular expression \"[\": unclosed"),
        ("grammar", "\nstart: /a(?=b)/", Fault::Unsupported, at(2, 8), "look-around"),
        ("grammar", "start: <|im_end|>", Fault::Unsupported, at(1, 8), "write the text that it is shown as"),
        ("grammar", "start: start", Fault::Empty, None, "whatever a text begins with"),
        ("grammar", "root ::= a-b", Fault::Syntax, at(1, 10), "the rule a-b is not defined"),
        ("grammar", "root ::= \"a\"\n\nroot ::= \"b\"", Fault::Syntax, at(3, 1), "the rule root is defined twice"),
        ("grammar", "x ::= \"a\"", Fault::Syntax, None, "there is no rule root"),
        ("grammar", "root ::= [a", Fault::Syntax, at(1, 10), "the bracket that opens here is not closed"),
        ("grammar", "root ::= []", Fault::Syntax, at(1, 10), "no character stands in the brackets"),
        ("grammar", "root ::= [a-c\n z-b]", Fault::Syntax, at(2, 4), "the range ends before it begins"),
        ("grammar", "root ::= \"a", Fault::Syntax, at(1, 10), "the quotation mark that opens here is not closed"),
        ("grammar", "root ::= (\"a\"", Fault::Syntax, at(1, 10), "the bracket that opens here is not closed"),
        ("grammar", "root ::= \"a\")", Fault::Syntax, at(1, 13), "')' has no meaning here"),
        ("grammar", "root ::= \"a\" | *", Fault::Syntax, at(1, 16), "nothing stands before '*'"),
        ("grammar", "root ::= {2}", Fault::Syntax, at(1, 10), "nothing stands before '{'"),
        ("grammar", "root ::= \"a\"{3,1}", Fault::Syntax, at(1, 13), "use {n}, {n,}"),
        ("grammar", "root ::= \"a\"{x}", Fault::Syntax, at(1, 13), "use {n}, {n,}"),
        ("grammar", "root ::= \"\\u12\"", Fault::Syntax, at(1, 11), "is no character in 4 hexadecimal digits"),
        ("grammar", "root ::= \"\\q\"", Fault::Syntax, at(1, 11), "\\q has no meaning here"),
        ("grammar", "root ::= x ::= y", Fault::Syntax, at(1, 16), "the rule y is not defined"),
        ("grammar", "root ::= !\"a\"", Fault::Unsupported, at(1, 10), "it names tokens of a model"),
        ("grammar", &deep, Fault::TooLarge, at(1, 30), "more than 20 brackets"),
        ("grammar", "\n root ::= \"a\" root", Fault::Empty, at(2, 2), "every text of root goes on for ever"),
        ("grammar", "root ::= x\nx ::= root | x x", Fault::Empty, at(1, 1), "every text of root goes on for ever"),
    ];
    for &(language, text, fault, place, part) in cases {
        let mut constraint = described(language, text);
        let shown: String = text.chars().take(40).collect();
        match constraint.compile(&grammars, &[]) {
            Err(error @ Error::Constraint { .. }) => {
                let said = error.to_string();
                let Error::Constraint { value, problem } = error else { unreachable!() };
                assert_eq!((problem.fault, problem.place), (fault, place), "{shown}: {problem:?}");
                assert!(problem.reason.contains(part) && !problem.reason.contains('\n'), "{shown}: {}", problem.reason);
                assert!(value.starts_with(&format!("{{ {language}: \"")) && value.chars().count() < 200, "{value}");
                assert!(said.starts_with(&format!("constraint = {value} ")) && said.contains("; "), "{said}");
            }
            other => panic!("{shown}: {other:?}"),
        }
    }
}

/// Rules that end in themselves are followed as fast at the end of a long text as at its beginning, and allow what they say.
#[test]
fn a_rule_that_ends_in_itself_goes_on() {
    let vocab = Vocab::from_text("abc");
    let grammars = NativeGrammars::new(&vocab, &[]).unwrap();
    let grammar = grammars.compile("grammar", "root ::= [ab] root | root | \"c\" | \"a\" [b] root").unwrap();
    let [a, b, c] = ["a", "b", "c"].map(|letter| vocab.encode(letter).unwrap().ids[0]);
    let long = vec![a; 5_000];
    assert_eq!(next(&*grammar, &long), (vec![a, b, c], false));
    assert_eq!(next(&*grammar, &[&long[..], &[c]].concat()), (vec![], true));
}

/// What a step may cost has a limit, which is told as such.
#[test]
fn a_step_that_takes_too_much_is_refused() {
    let vocab = Vocab::from_text("w0123456789");
    let grammars = NativeGrammars::new(&vocab, &[]).unwrap();
    let words: Vec<String> = (0..21_000).map(|n| format!("\"w{n}\"")).collect();
    let grammar = grammars.compile("grammar", &format!("start: {}", words.join(" | ")));
    let w = vocab.encode("w").unwrap().ids;
    match grammar.map(|grammar| grammar.next(&w, &mut Vec::new())) {
        Ok(Err(Refused::Problem(problem))) | Err(problem) => {
            assert_eq!(problem.fault, Fault::TooComplex);
            assert!(problem.reason.contains("regular expression"), "{}", problem.reason);
        }
        other => panic!("{other:?}"),
    }
}

/// Alternatives by the thousand, in grammars of both kinds and in a schema, also where they come again and again.
#[test]
fn many_alternatives_are_followed() {
    let vocab = Vocab::from_text(" \"0123456789:w{}");
    let grammars = NativeGrammars::new(&vocab, &[]).unwrap();
    let list = |of: &dyn Fn(usize) -> String, between: &str| (0..4_000).map(of).collect::<Vec<_>>().join(between);
    let words = list(&|n| format!("\"w{n}\""), " | ");
    let objects = list(
        &|n| {
            format!(
                r#"{{"properties":{{"w{n}":{{"const":{n}}}}},"required":["w{n}"],"additionalProperties":false,"type":"object"}}"#
            )
        },
        ",",
    );
    let cases = [
        ("grammar", format!("root ::= (w \" \")+\nw ::= {words}"), "w3999 w17 "),
        ("grammar", format!("start: (w \" \")+\nw: {words}"), "w3999 w17 "),
        ("json_schema", format!(r#"{{"anyOf":[{objects}]}}"#), "{\"w3999\": 3999}"),
    ];
    for (language, form, text) in cases {
        let grammar = grammars.compile(language, &form).unwrap_or_else(|error| panic!("{language}: {error:?}"));
        assert!(accepts(&grammar, &vocab.encode(text).unwrap().ids), "{language}: {text}");
    }
}

/// A number of a schema is the number that its digits say, not its neighbour.
#[test]
fn a_number_of_a_schema_is_read_exactly() {
    let vocab = Vocab::from_text("0123456789");
    let grammars = NativeGrammars::new(&vocab, &[]).unwrap();
    for digits in ["123456789012345680000", "8410000000000000000000"] {
        let grammar = grammars.compile("json_schema", &format!("{{\"const\": {digits}}}")).unwrap();
        assert!(accepts(&grammar, &vocab.encode(digits).unwrap().ids), "{digits}");
    }
}

#[test]
fn a_byte_order_mark_before_a_grammar_is_passed_over() {
    let vocab = Vocab::from_text("a1");
    let grammars = NativeGrammars::new(&vocab, &[]).unwrap();
    for (language, text) in
        [("grammar", "root ::= \"a\""), ("grammar", "start: \"a\""), ("json_schema", "{\"const\": 1}")]
    {
        let marked =
            grammars.compile(language, &format!("\u{feff}{text}")).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        assert_eq!(next(&*marked, &[]), next(&*grammars.compile(language, text).unwrap(), &[]), "{text}");
    }
}

/// What is put by hand is judged where it is put, also at the end of a run, and an end token where no text ends.
#[test]
fn a_forced_token_is_judged_where_it_is_put() {
    let mut model = Random::new(2);
    let grammars = NativeGrammars::new(&model.vocab, &[END]).unwrap();
    for (token, at, n) in [(u32::from(b'x'), 2, 3), (END, 1, 9), (END, 2, 3)] {
        let mut forced = settings(compiled(&grammars, "regex", "[0-9]{4}"), 1.0, n);
        forced.run.forced_tokens = vec![(at, token)];
        let refusal = run(&mut model, &forced, vec![vec![1]], 4).map(|outcome| outcome.rows);
        let value = "{ regex: \"[0-9]{4}\" }".to_owned();
        assert_eq!(refusal, Err(Error::TokenNotAllowed { value, position: at as usize }), "{token} at {at}");
    }
}

/// An end token that was put there ends no text before its least length either.
#[test]
fn a_forced_end_waits_for_the_least_length() {
    let mut model = Random::new(2);
    let settings = GenerateSettings {
        run: LoopSettings {
            max_new_tokens: 9,
            min_new_tokens: 5,
            eos_token_id: vec![END],
            forced_tokens: vec![(1, END), (6, END)],
            ..LoopSettings::default()
        },
        ..GenerateSettings::default()
    };
    let outcome = run(&mut model, &settings, vec![vec![1]], 4).unwrap();
    assert_eq!((outcome.rows[0].ids.len(), outcome.rows[0].finish_reason), (8, Some(FinishReason::Eos)));
}

#[test]
fn the_setting_is_one_of_three() {
    let read = |value| Settings::from_entries([("constraint".to_owned(), value)]);
    let one = |key: &str, value| Value::Map(vec![(key.to_owned(), value)]);
    let schema = one("maximum", Value::List(vec![Value::Number(1.5), Value::Null, Value::Text("a\"".to_owned())]));
    let read_schema = read(one("json_schema", schema)).unwrap();
    assert_eq!(read_schema.constraint().unwrap().text, r#"{"maximum":[1.5,null,"a\""]}"#);
    assert_eq!(read(one("regex", Value::Text("a".to_owned()))).unwrap().constraint().unwrap().language, "regex");
    let allowed = read(one("allowed", Value::Words(vec![3, 40]))).unwrap();
    assert_eq!(allowed.constraint().unwrap().text, "2 tokens");
    assert_eq!(read(Value::Null).unwrap().constraint(), None);
    for wrong in
        [Value::Text("a".to_owned()), one("regexp", Value::Null), one("regex", Value::Number(1.0)), Value::Map(vec![])]
    {
        assert!(matches!(read(wrong.clone()), Err(Error::InvalidSetting { .. })), "{wrong:?}");
    }
}

/// Every text over a few characters: the GBNF grammar allows those that a naive reader of the same rules accepts, and no other.
#[test]
fn gbnf_means_what_it_says() {
    let vocab = Vocab::from_text("abc]-");
    let grammars = NativeGrammars::new(&vocab, &[]).unwrap();
    let cases: [(&str, &str); 7] = [
        ("root ::= \"a\" | \"ab\" \"c\"", "a|abc"),
        ("root ::= (\"a\" | \"ab\") \"bc\"", "(a|ab)bc"),
        ("root ::= x*\nx ::= [ab]\n", "[ab]*"),
        ("root ::= [^a-b]{2} \"\" .?", r"[c\]\- ]{2}[abc\]\- ]?"),
        ("root ::= x? # none\nx ::=\n  \"\\x61\" x |\n  [\\]-]", r"(a*[\]\-])?"),
        ("root ::= ( | \"a\") \"b\"", "a?b"),
        ("root ::= my-rule\nmy-rule ::= \"b\"+", "b+"),
    ];
    for (gbnf, pattern) in cases {
        let grammar = grammars.compile("grammar", gbnf).unwrap_or_else(|error| panic!("{gbnf}: {error:?}"));
        let mut texts: Vec<Vec<TokenId>> = vec![Vec::new()];
        for _ in 0..4 {
            let longer = texts.iter().flat_map(|text| (0..vocab.len() as u32).map(|id| [&text[..], &[id]].concat()));
            texts = [vec![Vec::new()], longer.collect::<Vec<_>>()].concat();
        }
        for ids in texts {
            let text = vocab.decode(&ids).unwrap();
            assert_eq!(accepts(&grammar, &ids), matches(pattern, &text), "{gbnf}: {text:?}");
        }
    }
}

fn accepts(grammar: &Rc<dyn Grammar>, ids: &[TokenId]) -> bool {
    let is_allowed = |end: usize| next(&**grammar, &ids[..end]).0.contains(&ids[end]);
    (0..ids.len()).all(is_allowed) && next(&**grammar, ids).1
}
