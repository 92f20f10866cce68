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
        self == Self::Grammar && !gbnf::is_one(text.trim_start_matches('\u{FEFF}'))
    }

    pub(crate) fn read(self, text: &str) -> Result<TopLevelGrammar> {
        if text.len() > MOST_BYTES {
            let reason = format!("it has {} bytes, and at most {MOST_BYTES} are read", text.len());
            return Err(Problem::new(Kind::TooLarge, reason, None));
        }
        // Editors of Windows put it before a file.
        let unmarked = text.trim_start_matches('\u{FEFF}');
        let text = if self == Self::Regex { text } else { unmarked };
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
    require_distinct(&schema)?;
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

/// Keys whose values are schemas, lists of them, and objects of them under names of the writer's.
const SCHEMAS: [&str; 2] = ["items", "additionalProperties"];
const LISTS: [&str; 4] = ["anyOf", "oneOf", "allOf", "prefixItems"];
const NAMED: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];

/// Refuses what would count a name twice: the parser lets properties that have no name in the schema come again.
fn require_distinct(schema: &Value) -> Result<()> {
    let Value::Object(parts) = schema else { return Ok(()) };
    let named = parts.get("required").and_then(Value::as_array).map_or(0, Vec::len) as u64;
    if let Some(least) = parts.get("minProperties").and_then(Value::as_u64).filter(|&least| least > named + 1) {
        let reason = format!(
            "it has minProperties = {least}, which a name that comes twice would meet; list the names in required"
        );
        return Err(Problem::new(Kind::Unsupported, reason, None));
    }
    let of = |keys: &[&str]| keys.iter().filter_map(|key| parts.get(*key)).collect::<Vec<_>>();
    let in_lists = of(&LISTS).into_iter().filter_map(Value::as_array).flatten();
    let in_names = of(&NAMED).into_iter().filter_map(Value::as_object).flat_map(serde_json::Map::values);
    of(&SCHEMAS).into_iter().chain(in_lists).chain(in_names).try_for_each(require_distinct)
}

fn no_json(error: &serde_json::Error) -> Problem {
    let place = Place { line: error.line(), column: error.column().max(1) };
    let said = error.to_string();
    let (reason, _) = said.rsplit_once(" at line ").unwrap_or((&said, ""));
    let kind = if reason.starts_with("recursion limit") { Kind::TooLarge } else { Kind::Syntax };
    Problem::new(kind, format!("it is no JSON: {reason}"), Some(place))
}
