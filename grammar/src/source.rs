//! What a user may write as a constraint.

use llguidance::{JsonCompileOptions, api::TopLevelGrammar};
use serde_json::Value;

use crate::{Result, gbnf};

/// The language of a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A regular expression that the whole output matches.
    Regex,
    /// A JSON schema, as text.
    JsonSchema,
    /// A grammar: GBNF, or the Lark of llguidance.
    Grammar,
}

impl Source {
    /// The language of that name: a setting's key.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "regex" => Some(Self::Regex),
            "json_schema" => Some(Self::JsonSchema),
            "grammar" => Some(Self::Grammar),
            _ => None,
        }
    }

    pub(crate) fn read(self, text: &str) -> Result<TopLevelGrammar> {
        match self {
            Self::Regex => Ok(TopLevelGrammar::from_regex(text)),
            Self::JsonSchema => read_schema(text),
            Self::Grammar if gbnf::is_one(text) => Ok(TopLevelGrammar::from_lark(gbnf::to_lark(text)?)),
            Self::Grammar => Ok(TopLevelGrammar::from_lark(text.to_owned())),
        }
    }
}

/// Between the parts of JSON stands one space at most: a grammar that takes any number of them lets a text of spaces go on for ever.
fn read_schema(text: &str) -> Result<TopLevelGrammar> {
    let mut schema: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
    if let Value::Object(parts) = &schema
        && !parts.contains_key("x-guidance")
    {
        let options = JsonCompileOptions {
            whitespace_flexible: false,
            item_separator: ", ".to_owned(),
            key_separator: ": ".to_owned(),
            ..JsonCompileOptions::default()
        };
        options.apply_to(&mut schema);
    }
    Ok(TopLevelGrammar::from_json_schema(schema))
}

/// An error of the parser as one line, without what is for its authors. Of a regular expression's, which draws a line under the place, the
/// place is counted.
pub(crate) fn plain(error: &str) -> String {
    let lines = || error.lines().filter(|line| !line.starts_with('<'));
    if let Some(reason) = lines().find_map(|line| line.strip_prefix("error: ")) {
        let marked = lines().find_map(|line| Some(line.find('^')?).filter(|at| line[..*at].trim().is_empty()));
        let place = marked.map_or_else(String::new, |at| format!(", at character {}", at + 1 - INDENT.min(at)));
        return format!("{reason}{place}");
    }
    let first = lines().next().unwrap_or("it cannot be read");
    match first.strip_prefix("at ").and_then(|rest| rest.split_once("): ")) {
        Some((place, reason)) => format!("{reason}, at line {}", place.replace('(', ", column ")),
        None => first.trim_end_matches('.').to_owned(),
    }
}

/// By which a regular expression is indented in its errors.
const INDENT: usize = 4;
