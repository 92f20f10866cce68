//! What a user may write as a constraint.

use llguidance::{JsonCompileOptions, api::TopLevelGrammar};
use serde_json::Value;

use crate::{
    Result, gbnf,
    problem::{Kind, Place, Problem},
};

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

/// Bytes of a constraint: one of so many is read in about a second.
const MOST_BYTES: usize = 500_000;

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

    /// Whether a text is the parser's own language.
    pub(crate) fn is_lark(self, text: &str) -> bool {
        self == Self::Grammar && !gbnf::is_one(text)
    }

    pub(crate) fn read(self, text: &str) -> Result<TopLevelGrammar> {
        if text.len() > MOST_BYTES {
            let reason = format!("it has {} bytes, and at most {MOST_BYTES} are read", text.len());
            return Err(Problem::new(Kind::TooLarge, reason, None));
        }
        match self {
            Self::Regex => read_regex(text),
            Self::JsonSchema => read_schema(text),
            Self::Grammar if self.is_lark(text) => Ok(TopLevelGrammar::from_lark(text.to_owned())),
            Self::Grammar => Ok(TopLevelGrammar::from_lark(gbnf::to_lark(text)?)),
        }
    }
}

/// Read here first: the parser's own way to the same reader loses the place, and a backslash at the end.
fn read_regex(text: &str) -> Result<TopLevelGrammar> {
    regex_syntax::Parser::new().parse(text).map_err(|error| Problem::of_regex(&error))?;
    Ok(TopLevelGrammar::from_regex(text))
}

/// Between the parts of JSON stands one space at most: a grammar that takes any number of them lets a text of spaces go on for ever.
fn read_schema(text: &str) -> Result<TopLevelGrammar> {
    let mut schema: Value = serde_json::from_str(text).map_err(|error| no_json(&error))?;
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

fn no_json(error: &serde_json::Error) -> Problem {
    let place = Place { line: error.line(), column: error.column().max(1) };
    let said = error.to_string();
    let (reason, _) = said.rsplit_once(" at line ").unwrap_or((&said, ""));
    let kind = if reason.starts_with("recursion limit") { Kind::TooLarge } else { Kind::Syntax };
    Problem::new(kind, format!("it is no JSON: {reason}"), Some(place))
}
