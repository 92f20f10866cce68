//! What a JSON file says whose shape is not known before: a config, a vocabulary with its ids. A config's values are read by name, and a fault
//! is told with name and value.

use std::{collections::BTreeMap, fmt, ops::RangeInclusive};

use serde::Deserialize;

use super::super::limits::{expected, fitting, written};
use crate::core::{
    error::{Error, Result, quoted},
    token::TokenId,
};

/// What an object says, by name. A null says nothing.
pub(in super::super) type Named = BTreeMap<String, Option<Said>>;

/// Any value but null.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(in super::super) enum Said {
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
    pub(in super::super) fn whole(&self) -> Option<i64> {
        match self {
            Self::Whole(n) => Some(*n),
            _ => None,
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "the nearest f64 is meant")]
    pub(in super::super) fn real(&self) -> Option<f64> {
        match self {
            Self::Whole(n) => Some(*n as f64),
            Self::Number(x) => Some(*x),
            _ => None,
        }
    }

    /// Says that something is not there: 0, false, an empty text, list or object.
    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::Flag(is_on) => !is_on,
            Self::Text(text) => text.is_empty(),
            Self::List(list) => list.is_empty(),
            Self::Inside(named) => named.is_empty(),
            number => number.real() == Some(0.0),
        }
    }

    pub(in super::super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A file's object, or one inside it.
#[derive(Debug, Clone)]
pub(in super::super) struct Sayings {
    file: &'static str,
    /// What stands before the names: `rope_scaling.`
    path: String,
    named: Named,
}

/// What Hugging Face writes where nobody says an end: a model that does not have it has none.
const USUAL_END: i64 = 50_256;

impl Sayings {
    /// Reads the JSON; nothing is said without one.
    pub(in super::super) fn parse(file: &'static str, text: Option<&str>) -> Result<Self> {
        let named = text.map_or(Ok(Named::new()), serde_json::from_str);
        let named = named.map_err(|error| fault(format!("{file} cannot be read: {error}")))?;
        Ok(Self { file, path: String::new(), named })
    }

    /// What an object in it says counts as said here, if that is not said otherwise.
    pub(super) fn lift(&mut self, name: &str) -> Result<()> {
        let Some(Some(Said::Inside(inside))) = self.named.remove(name) else { return Ok(()) };
        for (key, value) in inside.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            if let Some(other) = self.get(&key).filter(|other| **other != value) {
                let told = self.told(&key, other);
                return Err(fault(format!("{told}, and {name}.{key} = {value}: one model has one of them")));
            }
            self.named.insert(key, Some(value));
        }
        Ok(())
    }

    pub(in super::super) fn get(&self, name: &str) -> Option<&Said> {
        self.named.get(name)?.as_ref()
    }

    /// An object in it; an empty one where there is none.
    pub(in super::super) fn inside(&self, name: &str) -> Result<Self> {
        let named = match self.get(name) {
            None => Named::new(),
            Some(Said::Inside(named)) => named.clone(),
            Some(value) => return Err(self.odd(name, value, "an object")),
        };
        Ok(Self { file: self.file, path: format!("{}{name}.", self.path), named })
    }

    /// A whole number that is not negative.
    pub(in super::super) fn whole(&self, name: &str) -> Result<Option<u64>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let n = value.whole().and_then(|n| u64::try_from(n).ok());
        n.map(Some).ok_or_else(|| self.odd(name, value, "a whole number >= 0"))
    }

    /// A whole number from 1 to `most`.
    pub(in super::super) fn count(&self, name: &str, most: u64) -> Result<Option<usize>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let n = value.whole().and_then(|n| u64::try_from(n).ok()).filter(|n| (1..=most).contains(n));
        let n = n.and_then(|n| usize::try_from(n).ok());
        n.map(Some).ok_or_else(|| self.odd(name, value, &format!("a whole number from 1 to {most}")))
    }

    /// A number as f32, in a range.
    pub(in super::super) fn number(&self, name: &str, range: &RangeInclusive<f32>) -> Result<Option<f32>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.real().and_then(|number| fitting(number, range));
        number.map(Some).ok_or_else(|| self.odd(name, value, &expected(range)))
    }

    pub(in super::super) fn flag(&self, name: &str) -> Result<Option<bool>> {
        match self.get(name) {
            None => Ok(None),
            Some(Said::Flag(is_on)) => Ok(Some(*is_on)),
            Some(value) => Err(self.odd(name, value, "true or false")),
        }
    }

    pub(in super::super) fn text(&self, name: &str) -> Result<Option<&str>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.text().map(Some).ok_or_else(|| self.odd(name, value, "a text"))
    }

    /// Texts in a list; none where there is no list.
    pub(in super::super) fn texts(&self, name: &str) -> Result<Vec<&str>> {
        let list = match self.get(name) {
            None => return Ok(Vec::new()),
            Some(Said::List(list)) => list,
            Some(value) => return Err(self.odd(name, value, "a list of texts")),
        };
        let texts = list.iter().map(|value| value.as_ref().and_then(Said::text)).collect::<Option<_>>();
        texts.ok_or_else(|| fault(format!("{} says in {}{name} what is no text", self.file, self.path)))
    }

    /// The tokens that end a text; none where it does not say it, and where it says -1, which no token is.
    pub(in super::super) fn end_tokens(&self, vocab_size: usize) -> Result<Option<Vec<TokenId>>> {
        const NAME: &str = "eos_token_id";
        let Some(value) = self.get(NAME) else { return Ok(None) };
        let odd = |value: &Said| self.odd(NAME, value, "a token id or a list of them");
        let listed = match value {
            Said::List(list) => list.iter().map(|id| id.as_ref().unwrap_or(value)).collect(),
            one => vec![one],
        };
        let mut ids = Vec::new();
        for said in listed {
            let id = said.whole().ok_or_else(|| odd(said))?;
            match TokenId::try_from(id).ok().filter(|&id| (id as usize) < vocab_size) {
                Some(id) => ids.push(id),
                None if id == -1 || id == USUAL_END => {}
                None => {
                    let file = self.file;
                    return Err(fault(format!(
                        "{file} says {NAME} = {id}, and the vocabulary has {vocab_size} tokens"
                    )));
                }
            }
        }
        Ok(Some(ids))
    }

    /// A value that cannot be used, by its name.
    pub(in super::super) fn odd(&self, name: &str, value: &Said, expected: &str) -> Error {
        fault(format!("{}, and it has to be {expected}", self.told(name, value)))
    }

    /// Where the value stands, as the beginning of a sentence.
    pub(in super::super) fn told(&self, name: &str, value: &Said) -> String {
        format!("{} says {}{name} = {value}", self.file, self.path)
    }
}

/// The tokens that end a text: what generation_config.json says, or else config.json. GPT-2's own is Hugging Face's default, also for a model of
/// a few tokens: there it is left out.
pub(in super::super) fn end_tokens(
    config: &Sayings,
    generation: Option<&str>,
    vocab_size: usize,
) -> Result<Vec<TokenId>> {
    let generation = Sayings::parse("generation_config.json", generation)?;
    match generation.end_tokens(vocab_size)? {
        Some(ids) => Ok(ids),
        None => Ok(config.end_tokens(vocab_size)?.unwrap_or_default()),
    }
}

pub(super) fn fault(reason: String) -> Error {
    Error::of_model(reason)
}

/// As JSON writes it; of a list or an object what it is.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(n) => write!(f, "{n}"),
            Self::Number(x) => f.write_str(&written(*x)),
            Self::Flag(is_on) => write!(f, "{is_on}"),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::List(_) => f.write_str("a list"),
            Self::Inside(_) => f.write_str("an object"),
        }
    }
}
