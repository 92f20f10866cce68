//! What can be wrong with a constraint. The parser says it in sentences for its authors; here each is one of a few kinds, with a place where
//! there is one, and in words for whoever wrote the constraint.

/// What a constraint is refused for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing it is.
    pub kind: Kind,
    /// What is wrong, as a sentence part of one line.
    pub reason: String,
    /// Where in the constraint's text.
    pub place: Option<Place>,
}

/// The kinds of what can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It cannot be understood.
    Syntax,
    /// It is understood, and cannot be enforced exactly.
    Unsupported,
    /// It is larger than is taken.
    TooLarge,
    /// No text is of this form.
    Empty,
    /// A step of it takes more work than is given.
    TooComplex,
}

/// A line and a column of it, in characters, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Kind {
    /// Stable, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Unsupported => "unsupported",
            Self::TooLarge => "too_large",
            Self::Empty => "empty",
            Self::TooComplex => "too_complex",
        }
    }
}

impl Problem {
    pub(crate) fn new(kind: Kind, reason: impl Into<String>, place: Option<Place>) -> Self {
        Self { kind, reason: reason.into(), place }
    }

    pub(crate) fn syntax(reason: impl Into<String>, place: Place) -> Self {
        Self::new(Kind::Syntax, reason, Some(place))
    }

    /// Of a regular expression's own reader.
    pub(crate) fn of_regex(error: &regex_syntax::Error) -> Self {
        use regex_syntax::{ast, hir};
        let (kind, reason, span) = match error {
            regex_syntax::Error::Parse(error) => {
                let kind = match error.kind() {
                    ast::ErrorKind::UnsupportedBackreference | ast::ErrorKind::UnsupportedLookAround => {
                        Kind::Unsupported
                    }
                    ast::ErrorKind::NestLimitExceeded(_) | ast::ErrorKind::CaptureLimitExceeded => Kind::TooLarge,
                    _ => Kind::Syntax,
                };
                (kind, error.kind().to_string(), error.span())
            }
            regex_syntax::Error::Translate(error) => {
                let kind = match error.kind() {
                    hir::ErrorKind::InvalidUtf8 | hir::ErrorKind::UnicodeNotAllowed => Kind::Unsupported,
                    _ => Kind::Syntax,
                };
                (kind, error.kind().to_string(), error.span())
            }
            other => return Self::new(Kind::Syntax, other.to_string().replace('\n', " "), None),
        };
        Self::new(kind, reason, Some(Place { line: span.start.line, column: span.start.column }))
    }

    /// Of the parser, while it reads a constraint.
    pub(crate) fn of_parser(error: &str) -> Self {
        let (place, reason) = located(error);
        // In a schema or a grammar stands a regular expression.
        if let Some((_, inner)) = error.split_once("regex parse error:\n") {
            return Self::of_inner_regex(inner, place);
        }
        let reason = reason.lines().next().unwrap_or_default().trim_end_matches('.');
        let (reason, _) = reason.split_once(" (at ").unwrap_or((reason, ""));
        Self::new(kind_of(reason), in_plain_words(reason), place)
    }

    /// Of a regular expression's reader as text: the expression, a line under the place, the reason.
    fn of_inner_regex(error: &str, place: Option<Place>) -> Self {
        let expression = error.lines().next().unwrap_or_default().trim();
        let quoted = serde_json::Value::from(expression).to_string();
        match regex_syntax::Parser::new().parse(expression) {
            Err(error) => {
                let inner = Self::of_regex(&error);
                let at = inner.place.map_or_else(String::new, |place| format!(" at character {}", place.column));
                Self::new(inner.kind, format!("in the regular expression {quoted}: {}{at}", inner.reason), place)
            }
            // It has several lines.
            Ok(_) => {
                let reason = error.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or("it cannot be read");
                Self::new(kind_of(reason), format!("in a regular expression: {reason}"), place)
            }
        }
    }

    /// Of the parser, while it follows a text.
    pub(crate) fn of_work(error: &str) -> Self {
        let first = error.lines().next().unwrap_or_default().trim_end_matches('.');
        Self::new(Kind::TooComplex, in_plain_words(first.trim_start_matches("Parser Error: ")), None)
    }
}

/// What the parser's sentences begin with: `at 2(7): ` or `2(7): `.
fn located(error: &str) -> (Option<Place>, &str) {
    let rest = error.strip_prefix("at ").unwrap_or(error);
    let place = rest.split_once("): ").and_then(|(place, reason)| {
        let (line, column) = place.split_once('(')?;
        Some((Place { line: line.parse().ok()?, column: column.parse().ok()? }, reason))
    });
    place.map_or((None, error), |(place, reason)| (Some(place), reason))
}

/// What its sentences have in them, by kind. Whatever else it says is of the syntax.
const KINDS: [(Kind, &[&str]); 3] = [
    (Kind::Empty, &["Unsatisfiable schema"]),
    (
        Kind::TooLarge,
        &[
            "too large",
            "too big",
            "too many digits",
            "too deeply nested",
            "exceed",
            "exhausted",
            "precomputation",
            "integer range",
            "float range",
            "panic: ",
        ],
    ),
    (
        Kind::Unsupported,
        &[
            "supported",
            "Unimplemented",
            "Unknown format",
            "not disjoint",
            "can't determine",
            "cannot be used",
            "special token",
            "unknown grammar",
            "Unknown specification",
        ],
    ),
];

fn kind_of(reason: &str) -> Kind {
    let has = |parts: &[&str]| parts.iter().any(|part| reason.contains(part));
    KINDS.iter().find(|(_, parts)| has(parts)).map_or(Kind::Syntax, |(kind, _)| *kind)
}

/// Sentences that name what only the parser's authors can change, and ours in their place.
const PLAIN: [(&str, &str); 14] = [
    (
        "oneOf constraints are not supported",
        "the alternatives of oneOf overlap, and nothing tells them apart; use anyOf",
    ),
    ("Only absolute $ref", "a $ref leads out of the schema; copy what it names into $defs"),
    ("lookarounds not supported", "it has \\b, \\B, or an anchor that is not at its beginning or end"),
    ("unknown special token", "a special token cannot be named; write the text that it is shown as"),
    ("unknown grammar @", "it names another grammar, and there is only one"),
    ("initial lexer configuration", "its regular expressions are too large together"),
    ("fuel exhausted", "its regular expressions are too large together"),
    ("lexer precomputation failed", "its regular expressions are too large together"),
    ("Failed to generate regex for integer range", "a bound has more digits than a 64-bit integer"),
    ("Failed to generate regex for float range", "a bound has more digits than a 64-bit integer"),
    ("invalid multiple of", "multipleOf has to be greater than 0"),
    ("panic: ", "it has more rules and alternatives than the parser takes"),
    (
        "min/maxProperties only supported",
        "it has minProperties or maxProperties beside properties that are not required; list the names in required",
    ),
    (
        "Current row has",
        "too many ways to read the text so far; put a repetition in place of a rule that ends in itself, and many words into a regular expression",
    ),
];

fn in_plain_words(reason: &str) -> String {
    let known = PLAIN.iter().find(|(part, _)| reason.contains(part));
    if let Some((_, ours)) = known {
        return (*ours).to_owned();
    }
    let reason =
        reason.trim_start_matches("failed to compile JSON schema: ").trim_start_matches("Unsatisfiable schema: ");
    match reason.strip_prefix("Unimplemented keys: ") {
        Some(keys) => format!("it has {}", keys.trim_matches(['[', ']'])),
        None => reason.to_owned(),
    }
}
