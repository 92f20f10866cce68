//! A setting's value as it came from outside, and the checks that turn it into a number, an order, a seed …

use std::{fmt, ops::RangeInclusive};

use super::hints;
use crate::{
    core::{
        error::{Error, Result},
        number::shortest,
        token::TokenId,
    },
    rng::RngKind,
    stages::{Amount, Constraint, Kind, Sequence, Setting, StageName},
};

/// Anything a user can write for a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing: the setting keeps its default or is switched off.
    Null,
    /// true or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// An integer beyond what a double holds exactly.
    Integer(u64),
    /// Text.
    Text(String),
    /// Something that is no value of a setting, named as in "a function".
    Other(String),
    /// A list.
    List(Vec<Value>),
    /// A list of numbers that came in one piece.
    Numbers(Vec<f64>),
    /// A list of whole numbers in [0, 2^32) that came in one piece.
    Words(Vec<u32>),
    /// Names with values.
    Map(Vec<(String, Value)>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => write!(f, "null"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Number(n) => f.write_str(&shortest(*n)),
            Self::Integer(n) => write!(f, "{n}"),
            Self::Numbers(numbers) => of(f, "a list", numbers.len()),
            Self::Words(words) => of(f, "a list", words.len()),
            Self::Other(what) => f.write_str(what),
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::List(items) => of(f, "a list", items.len()),
            Self::Map(entries) => of(f, "an object", entries.len()),
        }
    }
}

/// "a list of 3", "a list with nothing in it".
fn of(f: &mut fmt::Formatter<'_>, what: &str, n: usize) -> fmt::Result {
    match n {
        0 => write!(f, "{what} with nothing in it"),
        _ => write!(f, "{what} of {n}"),
    }
}

/// The tokens so far, as they are told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub prompt: Vec<TokenId>,
    pub output: Vec<TokenId>,
    /// How probable each of the output was; none where it is not told.
    pub probabilities: Vec<f32>,
    /// The same, originally.
    pub originals: Vec<f32>,
}

impl Value {
    fn refuse<T>(&self, name: &str, expected: &str) -> Result<T> {
        Err(Error::invalid(name, self, expected))
    }

    /// Refuses what should have been a number; the error says what people mean by it elsewhere.
    fn refuse_number<T>(&self, name: &str, expected: &str) -> Result<T> {
        Err(Error::invalid(name, self, &hints::about_number(name, self, expected)))
    }

    /// A number, or an integer that a number holds exactly.
    #[allow(clippy::cast_precision_loss, reason = "checked to be exact")]
    fn as_number(&self) -> Option<f64> {
        match *self {
            Self::Number(n) => Some(n),
            Self::Integer(n) if n <= 1 << 53 => Some(n as f64),
            _ => None,
        }
    }

    pub(super) fn number(self, name: &str, range: RangeInclusive<f64>, expected: &str) -> Result<f64> {
        match self.as_number() {
            Some(n) if range.contains(&n) => Ok(n),
            _ => self.refuse_number(name, expected),
        }
    }

    /// An integer ≥ `min` that a double holds exactly.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "checked to be an integer in [min, 2^53]; larger than usize only on wasm32, where it saturates"
    )]
    pub(crate) fn count(self, name: &str, min: usize) -> Result<usize> {
        match self.as_number() {
            Some(n) if n >= min as f64 && n <= 9_007_199_254_740_992.0 && n.fract() == 0.0 => Ok(n as usize),
            _ => self.refuse_number(name, &format!("use an integer >= {min}")),
        }
    }

    /// A list of integers ≥ 1.
    pub(super) fn counts(self, name: &str) -> Result<Vec<usize>> {
        match self {
            Self::List(items) => items.into_iter().map(|item| item.count(name, 1)).collect(),
            other => other.refuse(name, "use a list of integers >= 1"),
        }
    }

    pub(crate) fn boolean(self, name: &str) -> Result<bool> {
        match self {
            Self::Bool(b) => Ok(b),
            _ => self.refuse(name, "use true or false, without quotation marks"),
        }
    }

    pub(super) fn text(self, name: &str, expected: &str) -> Result<String> {
        match self {
            Self::Text(text) => Ok(text),
            _ => self.refuse(name, expected),
        }
    }

    /// The name of a generator.
    pub(super) fn rng(self, name: &str) -> Result<RngKind> {
        let expected = "use \"philox\" or \"torch\"";
        let text = self.text(name, expected)?;
        RngKind::parse(&text).ok_or_else(|| Error::invalid(name, format!("\"{text}\""), expected))
    }

    /// An integer in [0, 2^64).
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be an integer in [0, 2^53]")]
    pub(super) fn seed(self, name: &str) -> Result<u64> {
        match self {
            Self::Integer(seed) => Ok(seed),
            Self::Number(n) if (0.0..=9_007_199_254_740_991.0).contains(&n) && n.fract() == 0.0 => Ok(n as u64),
            _ => self.refuse_number(name, "use an integer from 0 to 2^64 - 1; above 2^53 - 1 as a BigInt"),
        }
    }

    /// An integer in [0, 2^32).
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be an integer in [0, 2^32)")]
    pub(super) fn word(self, name: &str, expected: &str) -> Result<u32> {
        match self.as_number() {
            Some(n) if (0.0..=f64::from(u32::MAX)).contains(&n) && n.fract() == 0.0 => Ok(n as u32),
            _ => self.refuse_number(name, expected),
        }
    }

    pub(super) fn id(self, name: &str) -> Result<TokenId> {
        self.word(name, "use a token id")
    }

    /// Token ids: one, several, or null for none.
    ///
    /// # Errors
    /// `InvalidSetting` under the given name.
    pub fn ids(self, name: &str) -> Result<Vec<TokenId>> {
        match self {
            Self::Null => Ok(Vec::new()),
            Self::List(items) => items.into_iter().map(|item| item.id(name)).collect(),
            Self::Numbers(numbers) => numbers.into_iter().map(|n| Self::Number(n).id(name)).collect(),
            Self::Words(words) => Ok(words),
            one => Ok(vec![one.id(name)?]),
        }
    }

    /// Strings: one, several. An empty string would stop everything.
    pub(super) fn strings(self, name: &str) -> Result<Vec<String>> {
        let expected = "use a string that is not empty, or a list of them";
        let items = match self {
            Self::List(items) => items,
            one => vec![one],
        };
        let mut strings = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Self::Text(text) if !text.is_empty() => strings.push(text),
                other => return other.refuse(name, expected),
            }
        }
        Ok(strings)
    }

    /// Sequences of tokens: a list of which each is a text, an id or a list of ids.
    fn sequences(self, name: &str) -> Result<Vec<Sequence>> {
        let expected = "use a list of token ids, lists of token ids, and texts that are not empty";
        let items = match self {
            Self::List(items) => items,
            Self::Words(_) | Self::Numbers(_) => {
                return Ok(self.ids(name)?.into_iter().map(|id| Sequence::Ids(vec![id])).collect());
            }
            other => return other.refuse(name, expected),
        };
        let sequence = |(ix, item)| match item {
            Self::Text(text) if !text.is_empty() => Ok(Sequence::Text(text)),
            Self::Text(_) | Self::Null => item.refuse(&format!("{name}[{ix}]"), expected),
            item => match item.ids(&format!("{name}[{ix}]"))? {
                ids if ids.is_empty() => Err(Error::invalid(&format!("{name}[{ix}]"), "an empty list", expected)),
                ids => Ok(Sequence::Ids(ids)),
            },
        };
        items.into_iter().enumerate().map(sequence).collect()
    }

    /// One of some words.
    fn choice(self, name: &str, words: &'static [&'static str]) -> Result<&'static str> {
        let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let expected = format!("use {}", quoted.join(" or "));
        let text = self.text(name, &expected)?;
        let known = words.iter().copied().find(|word| **word == text);
        known.ok_or_else(|| Error::invalid(name, format!("\"{text}\""), &expected))
    }

    /// Sequences of tokens as ids: what a list of ids and lists of ids says.
    fn id_lists(self, name: &str) -> Result<Vec<Vec<TokenId>>> {
        let ids = |(ix, sequence)| match sequence {
            Sequence::Ids(ids) => Ok(ids),
            Sequence::Text(text) => {
                Self::Text(text).refuse(&format!("{name}[{ix}]"), "use token ids: model.encode gives those of a text")
            }
        };
        self.sequences(name)?.into_iter().enumerate().map(ids).collect()
    }

    /// Pairs of a sequence and a bias: `[[ids, number], …]`.
    #[allow(clippy::cast_possible_truncation, reason = "logits are f32")]
    fn sequence_bias(self, name: &str) -> Result<Vec<(Vec<TokenId>, f32)>> {
        let expected = "use a list of pairs [token ids, number], with -Infinity to ban the sequence";
        let Self::List(pairs) = self else { return self.refuse(name, expected) };
        let pair = |(ix, pair): (usize, Self)| {
            let name = format!("{name}[{ix}]");
            let Self::List(parts) = &pair else { return pair.refuse(&name, expected) };
            let [ids, bias] = &parts[..] else { return pair.refuse(&name, expected) };
            match (ids.clone().ids(&name)?, bias.as_number().filter(|bias| is_bias(*bias))) {
                (ids, Some(bias)) if !ids.is_empty() => Ok((ids, bias as f32)),
                _ => pair.refuse(&name, expected),
            }
        };
        pairs.into_iter().enumerate().map(pair).collect()
    }

    /// `{ id: bias }`; -inf bans a token.
    #[allow(clippy::cast_possible_truncation, reason = "logits are f32")]
    pub(super) fn bias(self, name: &str) -> Result<Vec<(TokenId, f32)>> {
        let expected = "use { token id: number }, a Map, pairs [token id, number] or { ids, values }";
        let entries = match self {
            Self::Map(entries) if entries.iter().any(|(name, _)| name == "ids") => return bias_columns(entries, name),
            Self::Map(entries) => entries,
            other => return other.refuse(name, expected),
        };
        let mut bias = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            match (token_id(&key), value.as_number().filter(|b| is_bias(*b))) {
                (Some(token), Some(b)) => bias.push((token, b as f32)),
                (Some(token), None) => return value.refuse(&format!("{name}[{token}]"), A_BIAS),
                (None, _) if key.parse::<f64>().is_ok() => return value.refuse(&format!("{name}[{key}]"), AN_ID),
                (None, _) => return value.refuse(&format!("{name}[{}]", Self::Text(key).quoted()), NEEDS_MODEL),
            }
        }
        Ok(bias)
    }

    /// A text as JSON has it; anything else as it is shown.
    fn quoted(&self) -> String {
        match self {
            Self::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            other => other.to_string(),
        }
    }

    /// `{ regex }`, `{ json_schema }` or `{ grammar }`: a text, or the schema itself. Or the ids that are `{ allowed }`.
    fn form(self, name: &str) -> Result<Constraint> {
        let expected =
            "use { regex: \"…\" }, { json_schema: a schema, or its JSON }, { grammar: \"…\" } or { allowed: ids }";
        let Self::Map(entries) = &self else { return self.refuse(name, expected) };
        let [(key, value)] = &entries[..] else { return self.refuse(name, expected) };
        if key == "allowed" {
            return value.clone().ids(&format!("{name}.{key}")).map(|ids| Constraint::allowing(&ids));
        }
        let Some(language) = Constraint::LANGUAGES.into_iter().find(|language| language == key) else {
            return value.refuse(&format!("{name}.{key}"), expected);
        };
        match value {
            Self::Text(text) => Ok(Constraint::described(language, text.clone())),
            Self::Map(_) | Self::Bool(_) if language == "json_schema" => {
                Ok(Constraint::described(language, value.json(&format!("{name}.{key}"))?))
            }
            other => other.refuse(&format!("{name}.{key}"), expected),
        }
    }

    /// As JSON, keys in the order in which they were given.
    fn json(&self, name: &str) -> Result<String> {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let list = |items: Result<Vec<String>>| items.map(|items| format!("[{}]", items.join(",")));
        match self {
            Self::Null | Self::Bool(_) | Self::Integer(_) => Ok(self.to_string()),
            Self::Number(n) if n.is_finite() => Ok(self.to_string()),
            Self::Number(_) | Self::Other(_) => self.refuse(name, "use what JSON has"),
            Self::Text(text) => Ok(quoted(text)),
            Self::List(items) => list(items.iter().map(|item| item.json(name)).collect()),
            Self::Numbers(numbers) => list(numbers.iter().map(|&n| Self::Number(n).json(name)).collect()),
            Self::Words(words) => list(words.iter().map(|word| Ok(word.to_string())).collect()),
            Self::Map(entries) => {
                let entry = |(key, value): &(String, Self)| {
                    Ok(format!("{}:{}", quoted(key), value.json(&format!("{name}.{key}"))?))
                };
                Ok(format!("{{{}}}", entries.iter().map(entry).collect::<Result<Vec<_>>>()?.join(",")))
            }
        }
    }

    /// `{ new token: token id }`.
    pub(super) fn forced(self, name: &str) -> Result<Vec<(u32, TokenId)>> {
        let expected = "use an object { new token, from 0: token id }";
        let entries = match self {
            Self::Map(entries) => entries,
            other => return other.refuse(name, expected),
        };
        let mut forced = Vec::with_capacity(entries.len());
        for (step, id) in entries {
            let name = format!("{name}[{step}]");
            match step.parse() {
                Ok(step) => forced.push((step, id.id(&name)?)),
                Err(_) => return id.refuse(&name, expected),
            }
        }
        Ok(forced)
    }

    /// `{ prompt: ids, output: ids, probabilities, original_probabilities }`.
    pub(super) fn history(self, name: &str) -> Result<Told> {
        let expected = "use { prompt: token ids, output: token ids, probabilities and original_probabilities: one of each output token }";
        let entries = match self {
            Self::Map(entries) => entries,
            other => return other.refuse(name, expected),
        };
        let mut told = Told::default();
        for (key, value) in entries {
            let name = format!("{name}.{key}");
            match key.as_str() {
                "prompt" => told.prompt = value.ids(&name)?,
                "output" => told.output = value.ids(&name)?,
                "probabilities" => told.probabilities = value.probabilities(&name)?,
                "original_probabilities" => told.originals = value.probabilities(&name)?,
                _ => return value.refuse(&name, expected),
            }
        }
        let n = told.output.len();
        for (key, list) in [("probabilities", &told.probabilities), ("original_probabilities", &told.originals)] {
            if !list.is_empty() && list.len() != n {
                let (name, expected) = (format!("{name}.{key}"), format!("{n}, one of each output token"));
                return Err(Error::wrong_length(&name, list.len(), expected));
            }
        }
        Ok(told)
    }

    /// A list of numbers in [0, 1].
    #[allow(clippy::cast_possible_truncation, reason = "probabilities of a step are f32")]
    fn probabilities(self, name: &str) -> Result<Vec<f32>> {
        let expected = "use a list of numbers from 0 to 1";
        let numbers = match self {
            Self::Numbers(numbers) => numbers.into_iter().map(Self::Number).collect(),
            Self::Words(words) => words.into_iter().map(|word| Self::Number(word.into())).collect(),
            Self::List(items) => items,
            other => return other.refuse(name, expected),
        };
        numbers.into_iter().map(|item| item.number(name, 0.0..=1.0, expected).map(|p| p as f32)).collect()
    }

    /// Stage names in the order wanted. Those left out follow in their default order.
    pub(super) fn order(self, name: &str) -> Result<Vec<StageName>> {
        let expected =
            format!("use a list of stages among {}", StageName::DEFAULT_ORDER.map(StageName::as_str).join(", "));
        let items = match self {
            Self::List(items) => items,
            other => return other.refuse(name, &expected),
        };
        let mut order = Vec::with_capacity(items.len() + StageName::DEFAULT_ORDER.len());
        for item in items {
            match &item {
                Self::Text(text) if StageName::parse(text).is_some() => order.extend(StageName::parse(text)),
                _ => return item.refuse(name, &expected),
            }
        }
        let left_out = StageName::DEFAULT_ORDER.into_iter().filter(|stage| !order.contains(stage)).collect::<Vec<_>>();
        order.extend(left_out);
        Ok(order)
    }

    /// The value of a stage's setting, read as its kind says.
    #[allow(clippy::cast_precision_loss, reason = "a count that came from a double")]
    pub(super) fn amount(self, setting: &Setting) -> Result<Amount> {
        let name = setting.name;
        let off = setting.off.filter(|_| !setting.helps).map_or(String::new(), |off| format!("; {off} is off"));
        let number = match setting.kind {
            Kind::Bias => return self.bias(name).map(Amount::Bias),
            Kind::Choice(words) => return self.choice(name, words).map(Amount::Choice),
            Kind::Form => return self.form(name).map(Amount::Form),
            Kind::Ids => return self.ids(name).map(Amount::Ids),
            Kind::IdLists => return self.id_lists(name).map(Amount::IdLists),
            Kind::SequenceBias => return self.sequence_bias(name).map(Amount::SequenceBias),
            Kind::Sequences => return self.sequences(name).map(Amount::Sequences),
            Kind::Count(least) => self.count(name, least)? as f64,
            Kind::Probability => self.number(name, 0.0..=1.0, "use a number from 0 to 1")?,
            Kind::Positive => {
                self.number(name, LEAST_DIVISOR..=f64::from(f32::MAX), &format!("use a number > 0{off}"))?
            }
            Kind::NonNegative => self.non_negative(setting)?,
            Kind::FromOne => self.number(name, 1.0..=f64::from(f32::MAX), "use a number of at least 1")?,
            Kind::Number => self.number(name, F32_RANGE, &format!("use a finite number{off}"))?,
            other => unreachable!("no stage has a setting of the kind {}", other.as_str()),
        };
        Ok(Amount::Number(number))
    }

    /// 0, or a number that an f32 can be divided by.
    fn non_negative(self, setting: &Setting) -> Result<f64> {
        let (name, shown) = (setting.name, self.to_string());
        let zero = if setting.greedy == Some(0.0) { "greedy" } else { "off" };
        let number =
            self.number(name, 0.0..=f64::from(f32::MAX), &format!("use a number from 0 to 3.4e38; 0 is {zero}"))?;
        if number > 0.0 && number < LEAST_DIVISOR {
            let expected = format!("that is too small to divide by: use 0 for {zero}");
            return Err(Error::invalid(name, shown, &expected));
        }
        Ok(number)
    }
}

const F32_RANGE: RangeInclusive<f64> = (f32::MIN as f64)..=(f32::MAX as f64);
const LEAST_DIVISOR: f64 = f32::MIN_POSITIVE as f64;

/// What to do about a bias that is none, a number that is no id, and a text where there is no vocabulary to find it in.
const A_BIAS: &str = "use a number, or -Infinity to ban the token";
const AN_ID: &str = "token ids are whole numbers from 0: use one of those";
const NEEDS_MODEL: &str =
    "a text needs a model's vocabulary: use its token id, or a call with a model, such as generate";

/// A token id that is written as a number is: "03" and "+3" are none.
fn token_id(key: &str) -> Option<TokenId> {
    let is_plain = key == "0" || !key.starts_with(['0', '+']);
    key.parse().ok().filter(|_| is_plain)
}

/// Whether it can be added to a logit: not NaN, not +inf.
#[allow(clippy::cast_possible_truncation, reason = "logits are f32")]
#[inline(always)]
fn is_bias(b: f64) -> bool {
    !b.is_nan() && (b as f32) < f32::INFINITY
}

/// `{ ids: token ids, values: as many numbers }`: what tens of thousands of biases are best given as.
#[allow(clippy::cast_possible_truncation, reason = "logits are f32")]
fn bias_columns(entries: Vec<(String, Value)>, name: &str) -> Result<Vec<(TokenId, f32)>> {
    let expected = "use { ids, values }, two lists of the same length";
    let (mut ids, mut values) = (None, None);
    for (column, value) in entries {
        match (column.as_str(), value) {
            ("ids", list) => ids = Some(list.ids(&format!("{name}.ids"))?),
            ("values", Value::Numbers(numbers)) => values = Some(numbers),
            ("values", Value::Words(words)) => values = Some(words.into_iter().map(f64::from).collect()),
            ("values", Value::List(items)) => {
                values = Some(items.iter().map(|item| item.as_number().unwrap_or(f64::NAN)).collect())
            }
            (other, value) => return value.refuse(&format!("{name}.{other}"), expected),
        }
    }
    let (ids, values) = (ids.unwrap_or_default(), values.unwrap_or_default());
    if ids.len() != values.len() {
        let found = format!("{{ ids: {}, values: {} }}", Value::Words(ids), Value::Numbers(values));
        return Err(Error::invalid(name, found, expected));
    }
    if let Some(ix) = values.iter().position(|&b| !is_bias(b)) {
        return Value::Number(values[ix]).refuse(&format!("{name}[{}]", ids[ix]), A_BIAS);
    }
    Ok(ids.into_iter().zip(values).map(|(id, b)| (id, b as f32)).collect())
}
