//! Chat templates: from messages to the text that a model goes on with, as transformers renders them.
//!
//! 1. The template's tokens are looked through (`tokens.rs`): what nests without an end is refused, `{% generation %}` becomes its body.
//! 2. minijinja compiles it, with transformers' white space, functions and filters (`python.rs`, `json.rs`, `date.rs`).
//! 3. It is rendered with a budget of work, which bounds most of its memory; on the web all of it is bounded (`web.rs`).
//!
//! What is wrong is told with the line, and with the piece of the template. On the web this crate is a WebAssembly module of its own, loaded only
//! for a chat.
//! Source: Jinja 3.1, and transformers' `apply_chat_template`. Test: tests/it/chat.rs, tests/web/unit/chat.test.js.

mod date;
mod error;
mod json;
mod python;
mod tokens;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod web;

use minijinja::{Environment, Value, syntax::SyntaxConfig, value::ValueKind};
use serde::Deserialize;

pub use crate::{date::Date, error::Error};

/// The result of this crate's calls.
pub type Result<T> = std::result::Result<T, Error>;

/// The longest template, in bytes. The longest of known models have some 20,000.
pub const MOST_TEMPLATE: usize = 262_144;
/// The longest text that comes of it, in bytes.
pub const MOST_TEXT: usize = 4_194_304;
/// Steps of a rendering; 64 bytes that are made or read count as one.
pub const MOST_WORK: u64 = 1_000_000;
/// Levels of tags and brackets in each other, minijinja's own limit.
pub const MOST_NESTED: usize = 150;
/// Signs in one tag that each nest an expression, and branches of one template.
pub const MOST_SIGNS: usize = 400;
/// Levels of macros and recursive loops in each other while it is rendered.
const MOST_CALLS: usize = 120;

/// What a template is given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    messages: Vec<Value>,
    #[serde(default)]
    tools: Value,
    add_generation_prompt: bool,
    #[serde(default)]
    bos_token: String,
    #[serde(default)]
    eos_token: String,
}

impl Input {
    /// From JSON: `messages`, a list of objects, and `add_generation_prompt`; `tools`, `bos_token` and `eos_token` where there are some.
    ///
    /// # Errors
    /// What is missing or of another kind.
    pub fn from_json(text: &str) -> Result<Self> {
        let mut input: Self =
            serde_json::from_str(text).map_err(|error| Error::input("messages", &error.to_string()))?;
        for (i, message) in input.messages.iter_mut().enumerate() {
            if message.kind() != ValueKind::Map {
                let reason = format!("messages[{i}] is a {}: use an object with role and content", message.kind());
                return Err(Error::input("messages", &reason));
            }
            *message = without_null(message);
        }
        Ok(input)
    }
}

/// As transformers does: a message with `tool_calls: null` is one without.
fn without_null(message: &Value) -> Value {
    let Ok(keys) = message.try_iter() else { return message.clone() };
    let pairs = keys.filter_map(|key| Some((key.clone(), message.get_item(&key).ok()?)));
    Value::from_pairs(pairs.filter(|(_, value)| !value.is_none()))
}

/// The text that a template makes of messages. Cost: at most `MOST_WORK` steps, whatever the template.
///
/// # Errors
/// What is wrong with the template or of what it was given, what it complains about itself, or the limit that it is over.
pub fn render(template: &str, input: &Input, now: Date) -> Result<String> {
    Error::require("template", template.len() as u64, MOST_TEMPLATE as u64, "bytes")?;
    // Jinja reads every kind of line end as one.
    let template = template.replace("\r\n", "\n").replace('\r', "\n");
    let template = tokens::prepare(&template, syntax())?;
    let mut environment = Environment::new();
    environment.set_syntax(syntax());
    environment.set_fuel(Some(MOST_WORK));
    environment.set_recursion_limit(MOST_CALLS);
    environment.set_debug(true);
    python::add_to(&mut environment, now);
    environment.add_filter("tojson", json::tojson);
    let text = environment
        .template_from_named_str("chat template", &template)
        .and_then(|compiled| compiled.render(context(input)))
        .map_err(|error| Error::of_template(&error, &template))?;
    Error::require("text", text.len() as u64, MOST_TEXT as u64, "bytes")?;
    Ok(text)
}

/// As transformers sets it.
fn syntax() -> SyntaxConfig {
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    syntax.build().unwrap_or_default()
}

fn context(input: &Input) -> Value {
    let nothing = || Value::from(());
    let tools = if input.tools.is_undefined() { nothing() } else { input.tools.clone() };
    Value::from_pairs([
        ("messages", Value::from(input.messages.clone())),
        ("tools", tools),
        ("documents", nothing()),
        ("add_generation_prompt", Value::from(input.add_generation_prompt)),
        ("bos_token", Value::from(input.bos_token.as_str())),
        ("eos_token", Value::from(input.eos_token.as_str())),
    ])
}
