//! A value of a JSON file whose shape is not known before: a course's config, a vocabulary with its ids.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

/// What an object says, by name. A null says nothing.
pub(super) type Named = BTreeMap<String, Option<Said>>;

/// Any value but null.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Said {
    /// A number without a fraction.
    Whole(i64),
    /// Any other number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// A string.
    Text(String),
    /// Of any values.
    List(Vec<Option<Said>>),
    /// An object.
    Inside(Named),
}

impl Said {
    pub(super) fn whole(&self) -> Option<i64> {
        match self {
            Self::Whole(n) => Some(*n),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// As JSON writes it; of a list or an object what it is.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(n) => write!(f, "{n}"),
            Self::Number(x) => write!(f, "{x}"),
            Self::Flag(is_on) => write!(f, "{is_on}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::List(_) => f.write_str("a list"),
            Self::Inside(_) => f.write_str("an object"),
        }
    }
}
