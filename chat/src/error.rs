//! What can go wrong, for people.

use std::{error::Error as _, fmt};

use minijinja::ErrorKind;

/// Why there is no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// What was given to the template is of another kind.
    Input {
        /// What.
        name: &'static str,
        /// What is wrong with it, as a sentence part.
        reason: String,
    },
    /// The template cannot be read, or meets what it cannot go on with.
    Template {
        /// Its line, from 1.
        line: Option<usize>,
        /// The piece of it.
        piece: Option<String>,
        /// What is wrong, as a sentence part.
        reason: String,
    },
    /// The template itself refuses what it was given.
    Raised {
        /// What it says.
        message: String,
    },
    /// More than is taken.
    Limit {
        /// Of what.
        name: &'static str,
        /// How much there is, where that is known.
        found: Option<u64>,
        /// The limit.
        most: u64,
        /// What is counted.
        unit: &'static str,
        /// The template's line, from 1.
        line: Option<usize>,
    },
}

impl Error {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Input { .. } => "invalid_setting",
            Self::Template { .. } | Self::Raised { .. } => "chat_template",
            Self::Limit { .. } => "limit_exceeded",
        }
    }

    /// What was given that is at fault.
    pub fn setting(&self) -> Option<&'static str> {
        match self {
            Self::Input { name, .. } => Some(name),
            Self::Limit { name, .. } => Some(name),
            _ => None,
        }
    }

    pub(crate) fn input(name: &'static str, reason: &str) -> Self {
        Self::Input { name, reason: shortened(reason, MOST_SAID) }
    }

    pub(crate) fn require(name: &'static str, found: u64, most: u64, unit: &'static str) -> crate::Result<()> {
        if found <= most {
            return Ok(());
        }
        Err(Self::Limit { name, found: Some(found), most, unit, line: None })
    }

    /// From minijinja's, which may have others inside.
    pub(crate) fn of_template(error: &minijinja::Error, template: &str) -> Self {
        let innermost = innermost(error);
        let line = innermost.line().or(error.line());
        if let Some(raised) = innermost.source().and_then(|source| source.downcast_ref::<Raised>()) {
            return Self::Raised { message: shortened(&raised.0, MOST_SAID) };
        }
        let limit = |name, most: usize, unit| Self::Limit { name, found: None, most: most as u64, unit, line };
        let detail = innermost.detail().unwrap_or_default();
        match innermost.kind() {
            ErrorKind::OutOfFuel => {
                return Self::Limit { name: "work", found: None, most: crate::MOST_WORK, unit: "steps", line };
            }
            _ if detail == "template exceeds maximum recursion limits" => {
                return limit("nesting", crate::MOST_NESTED, "levels of tags and brackets");
            }
            _ if detail == "recursion limit exceeded" => {
                return limit("nesting", crate::MOST_CALLS, "levels of macros and loops");
            }
            _ => {}
        }
        let piece = innermost.range().and_then(|range| template.get(range)).map(|piece| shortened(piece, MOST_PIECE));
        let kind = innermost.kind().to_string();
        let reason = if detail.is_empty() { kind } else { format!("{kind}: {detail}") };
        Self::Template { line, piece, reason: shortened(&reason, MOST_SAID) }
    }
}

/// Characters of what is said, and of a piece of a template in it.
const MOST_SAID: usize = 400;
const MOST_PIECE: usize = 60;

/// The error that began it.
fn innermost(error: &minijinja::Error) -> &minijinja::Error {
    let mut found = error;
    let mut next = error.source();
    while let Some(source) = next {
        found = source.downcast_ref().unwrap_or(found);
        next = source.source();
    }
    found
}

/// In one line of so many characters.
fn shortened(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most { line } else { line.chars().take(most - 1).chain(['…']).collect() }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { name, reason } => write!(f, "{name} cannot be read: {reason}"),
            Self::Template { line, piece, reason } => {
                f.write_str("the chat template cannot be used: ")?;
                write_line(f, *line)?;
                if let Some(piece) = piece {
                    write!(f, "`{piece}`: ")?;
                }
                f.write_str(reason)
            }
            Self::Raised { message } => write!(f, "the chat template says: {message}"),
            Self::Limit { name, found, most, unit, line } => {
                f.write_str("the chat template is refused: ")?;
                write_line(f, *line)?;
                match found {
                    Some(found) => write!(f, "{name} = {found}, more than {most} {unit}"),
                    None => write!(f, "{name} takes more than {most} {unit}"),
                }
            }
        }
    }
}

fn write_line(f: &mut fmt::Formatter<'_>, line: Option<usize>) -> fmt::Result {
    line.map_or(Ok(()), |line| write!(f, "line {line}, "))
}

impl std::error::Error for Error {}

/// What a template says through `raise_exception`.
#[derive(Debug)]
pub(crate) struct Raised(pub(crate) String);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Raised {}
