//! Chat templates: what transformers renders of templates in the styles of known models and of single constructs, and templates that want too much.

use std::collections::{BTreeMap, BTreeSet};

use logitlab_chat::{Date, Error, Input, MOST_SIGNS, MOST_TEMPLATE, render};
use serde::Deserialize;

/// Recorded by tools/chat/record.py.
const RECORDED: &str = include_str!("../golden/chat/recorded.json");

#[derive(Deserialize)]
struct Recorded {
    now: [u32; 6],
    /// Texts, because the order of what is in them counts.
    inputs: BTreeMap<String, String>,
    models: Vec<Model>,
    constructs: Vec<Construct>,
}

#[derive(Deserialize)]
struct Model {
    name: String,
    template: String,
    outcomes: BTreeMap<String, Outcome>,
}

#[derive(Deserialize)]
struct Construct {
    template: String,
    #[serde(flatten)]
    outcome: Outcome,
}

/// A text, or the kind of Python's error and what it says.
#[derive(Deserialize, Debug)]
struct Outcome {
    text: Option<String>,
    error: Option<String>,
    message: Option<String>,
}

/// Constructs that render otherwise, and why. What is refused ends with an error that names it.
const DIFFERENT: &[(&str, &str)] = &[
    ("{{ 'a' < 1 }}", "values of different kinds have an order"),
    ("{{ \"it's o'clock\".title() }}", "a letter after an apostrophe begins no word"),
    ("{{ '%s' % 'a' }}", "refused: % between texts"),
    ("{{ '7'.zfill(3) }}", "refused: a method"),
    ("{{ 'a'.center(5) }}|", "refused: a method"),
    ("{{ 'a'.ljust(3) }}|", "refused: a method"),
    ("{{ 'abc'.encode() }}", "refused: a method"),
    ("{{ 'aBc'.swapcase() }}", "refused: a method"),
    ("{{ 1 in 'abc' }}", "a number is in no text"),
    ("{{ '<a> & \"b\"'|e }}", "a quotation mark has another name in HTML"),
    ("{{ range(3) }}", "a range is printed as the list that it stands for"),
    ("{{ 'one two three'|wordcount }}", "refused: a filter"),
    ("{{ 'a long text of words'|truncate(9) }}", "refused: a filter"),
    ("{{ 'a'|center(5) }}|", "refused: a filter"),
    ("{{ 'a <b>c</b>'|striptags }}", "refused: a filter"),
    ("{{ 'a b&c'|urlencode }}", "refused: a filter"),
    ("{{ [1]|map('string')|tojson }}", "what a filter gives is a list"),
    ("{{ {'a': 1}|pprint }}", "refused: a filter"),
    ("{{ range is callable }} {{ 'a' is callable }}", "refused: a test"),
    ("{{ 'a' is lower }} {{ 'A' is upper }} {{ none is sameas none }}", "refused: tests that no chat needs"),
    ("{% for x in none %}{{ x }}{% endfor %}", "none has no items, as what is undefined has none"),
    (
        "{% macro m() %}{{ varargs|join }}{{ kwargs.x }}{% endmacro %}{{ m(1, 2, x=3) }}",
        "refused: more arguments than a macro names",
    ),
    ("{% block a %}b{% endblock %}", "refused: a statement for templates that extend each other"),
    ("{{ self }}", "a name for templates that extend each other"),
    ("{{ lipsum is defined }}", "a function that no chat needs"),
    ("{{ cycler('a', 'b').next() }}", "refused: a function"),
    ("{% set j = joiner(',') %}{{ j() }}a{{ j() }}b", "refused: a function"),
    ("{{ messages|random is defined }}", "refused: a filter"),
    ("{{ {'a': 1}|attr('a') }}", "what a dict holds counts as its attribute"),
    ("{{ 'a\\\nb' }}", "a line is not continued inside a text"),
];

fn recorded() -> (Recorded, Date) {
    let recorded: Recorded = serde_json::from_str(RECORDED).unwrap();
    let [year, month, day, hour, minute, second] = recorded.now;
    let date = Date { year: year as i32, month, day, hour, minute, second };
    (recorded, date)
}

/// With one message "Hi" of a user.
fn rendered(template: &str) -> Result<String, Error> {
    let input = r#"{"messages": [{"role": "user", "content": "Hi"}], "add_generation_prompt": true}"#;
    let now = Date { year: 2026, month: 11, day: 7, hour: 15, minute: 4, second: 5 };
    render(template, &Input::from_json(input)?, now)
}

#[test]
fn templates_in_the_styles_of_known_models() {
    let (recorded, now) = recorded();
    assert!(recorded.models.len() >= 12 && recorded.inputs.len() >= 7, "something was recorded");
    let mut n_texts = 0;
    for Model { name, template, outcomes } in &recorded.models {
        for (input, outcome) in outcomes {
            let found = render(template, &Input::from_json(&recorded.inputs[input]).unwrap(), now);
            match (&outcome.text, &outcome.error) {
                (Some(text), _) => assert_eq!(found.as_ref(), Ok(text), "{name}, {input}"),
                // What a template complains about itself, to the letter.
                (_, Some(error)) if error == "TemplateError" => {
                    let message = outcome.message.clone().unwrap();
                    assert_eq!(found, Err(Error::Raised { message }), "{name}, {input}");
                }
                _ => assert!(matches!(found, Err(Error::Template { line: Some(_), .. })), "{name}, {input}: {found:?}"),
            }
            n_texts += usize::from(outcome.text.is_some());
        }
    }
    assert!(n_texts > 50, "{n_texts} texts");
}

#[test]
fn single_constructs() {
    let (recorded, now) = recorded();
    assert!(recorded.constructs.len() >= 400, "{} constructs", recorded.constructs.len());
    let input = Input::from_json(&recorded.inputs["a system and turns"]).unwrap();
    let reasons: BTreeMap<&str, &str> = DIFFERENT.iter().copied().collect();
    let (mut different, mut wrong) = (BTreeSet::new(), Vec::new());
    for Construct { template, outcome } in &recorded.constructs {
        let found = render(template, &input, now);
        let is_same = match (&found, &outcome.text) {
            (Ok(found), Some(text)) => found == text,
            (found, text) => found.is_err() && text.is_none(),
        };
        if is_same {
            continue;
        }
        different.insert(template.as_str());
        if !reasons.contains_key(template.as_str()) {
            wrong.push(format!("{template:?}\n  renders {found:?}\n  and not {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let listed: BTreeSet<&str> = reasons.into_keys().collect();
    assert_eq!(listed, different, "what is listed as different is");
}

#[test]
fn what_nests_or_grows_without_end() {
    let nested = |open: &str, inside: &str, close: &str, n: usize| open.repeat(n) + inside + &close.repeat(n);
    let doubled =
        "{% set ns = namespace(x='x') %}{% for i in range(40) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}";
    for (template, name) in [
        ("x".repeat(MOST_TEMPLATE + 1), "template"),
        (nested("{{ 1", "", " }}", 1).replace('1', &"1+".repeat(100_000)).replace("+ }}", " }}"), "signs"),
        (nested("{{ ", &("not ".repeat(50_000) + "1"), " }}", 1), "signs"),
        (nested("{{ ", &("-".repeat(50_000) + "1"), " }}", 1), "signs"),
        (nested("{{ x", &".y".repeat(50_000), " }}", 1), "signs"),
        (nested("{{ x", &"|trim".repeat(50_000), " }}", 1), "signs"),
        (nested("{{ ", &nested("(", "1", ")", 10_000), " }}", 1), "signs"),
        (nested("{{ ", &nested("[", "1", "]", 10_000), " }}", 1), "signs"),
        (nested("{{ ", &nested("{1:", "1", "}", 10_000), " }}", 1), "nesting"),
        (nested("{% if 1 %}", "", "{% endif %}", 10_000), "nesting"),
        (nested("{% for x in [1] %}", "", "{% endfor %}", 5_000), "nesting"),
        (format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(10_000)), "branches"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}".to_owned(), "nesting"),
        ("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}".to_owned(), "work"),
        ("{{ 'x' * 10**9 }}".to_owned(), "work"),
        ("{% for i in range(90000) %}{{ 'x' * 64 }}{% endfor %}".to_owned(), "text"),
        (doubled.to_owned(), "work"),
    ] {
        let start = template.get(..60).unwrap_or(&template).to_owned();
        let error = rendered(&template).unwrap_err();
        let Error::Limit { name: found, most, .. } = &error else { panic!("{start}: {error}") };
        assert_eq!(*found, name, "{start}: {error}");
        assert!(error.to_string().contains(&most.to_string()), "{start}: {error}");
        assert_eq!(error.code(), "limit_exceeded", "{start}");
    }
}

#[test]
fn what_is_just_within_the_limits() {
    let sum = format!("{{{{ {}1 }}}}", "1 + ".repeat(MOST_SIGNS));
    assert_eq!(rendered(&sum), Ok((MOST_SIGNS + 1).to_string()), "a sum");
    let deep = format!("{}x{}", "{% if 1 %}".repeat(100), "{% endif %}".repeat(100));
    assert_eq!(rendered(&deep).as_deref(), Ok("x"), "tags in each other");
    let calls = "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{% endif %}x{% endmacro %}{{ m(9) }}";
    assert_eq!(rendered(calls).as_deref(), Ok("xxxxxxxxxx"), "macros that call themselves");
    let or = format!("{{{{ {}0{} or 'end' }}}}", "(".repeat(28), " or 0)".repeat(28));
    assert_eq!(rendered(&or).as_deref(), Ok("end"), "28 alternatives in each other");
    let text = "x".repeat(700_000);
    let input = format!(r#"{{"messages": [{{"role": "user", "content": "{text}"}}], "add_generation_prompt": true}}"#);
    let now = Date { year: 2026, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
    let found = render("{{ '<' + messages[0].content + '>' }}", &Input::from_json(&input).unwrap(), now);
    assert_eq!(found.map(|found| found.len()), Ok(text.len() + 2), "a long message");
}

#[test]
fn errors_name_the_line_and_the_piece() {
    for (template, message) in [
        (
            "a\n\n{{ nothing.more }}",
            "the chat template cannot be used: line 3, `nothing.more`: undefined value: `nothing` is undefined",
        ),
        (
            "\n{{ x|nothing }}",
            "the chat template cannot be used: line 2, `nothing`: unknown filter: filter nothing is unknown",
        ),
        ("{% macro m() %}{{ raise_exception('no') }}{% endmacro %}{{ m() }}", "the chat template says: no"),
        ("{{ [1].append(2) }}", "a list cannot be changed by .append(…)"),
        ("{{ strftime_now('%Q') }}", "strftime_now has %Q, which is not understood"),
        ("{{ 'x'|tojson(4) }}", "tojson takes its options by name"),
    ] {
        let error = rendered(template).unwrap_err();
        assert_eq!(error.code(), "chat_template", "{template}");
        assert!(error.to_string().contains(message), "{template}: {error}");
    }
    let long = format!("{{{{ raise_exception('{}') }}}}", "x".repeat(10_000));
    assert!(rendered(&long).unwrap_err().to_string().chars().count() < 500, "a long complaint is shortened");
}

#[test]
fn what_is_given_is_checked() {
    for (json, message) in [
        ("{}", "missing field `messages`"),
        (r#"{"messages": 1}"#, "invalid type: integer `1`, expected a sequence"),
        (r#"{"messages": [1], "add_generation_prompt": true}"#, "messages[0] is a number"),
        (r#"{"messages": [], "add_generation_prompt": true, "more": 1}"#, "unknown field `more`"),
        (r#"{"messages": []"#, "EOF"),
    ] {
        let error = Input::from_json(json).unwrap_err();
        assert_eq!((error.code(), error.setting()), ("invalid_setting", Some("messages")), "{json}");
        assert!(error.to_string().contains(message), "{json}: {error}");
    }
}

#[test]
fn dates() {
    let all = "%Y-%m-%d %H:%M:%S %A %a %B %b %j %w %I %p %y %e %%";
    for ((year, month, day, hour), expected) in [
        ((2024, 2, 29, 0), "2024-02-29 00:04:05 Thursday Thu February Feb 060 4 12 AM 24 29 %"),
        ((2026, 12, 31, 12), "2026-12-31 12:04:05 Thursday Thu December Dec 365 4 12 PM 26 31 %"),
        ((2000, 1, 1, 23), "2000-01-01 23:04:05 Saturday Sat January Jan 001 6 11 PM 00  1 %"),
        ((1900, 3, 4, 1), "1900-03-04 01:04:05 Sunday Sun March Mar 063 0 01 AM 00  4 %"),
    ] {
        let now = Date { year, month, day, hour, minute: 4, second: 5 };
        let input = Input::from_json(r#"{"messages": [], "add_generation_prompt": false}"#).unwrap();
        let found = render(&format!("{{{{ strftime_now('{all}') }}}}"), &input, now);
        assert_eq!(found.as_deref(), Ok(expected), "{year}-{month}-{day}");
    }
}
