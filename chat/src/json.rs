//! The filter `tojson` as transformers has it: Python's `json.dumps`, with no escapes for HTML and, unless asked for, none for letters.

use std::fmt::Write;

use minijinja::{
    Error, ErrorKind, State, Value,
    value::{Kwargs, ValueKind},
};

use crate::python::printed_number;

/// How deep values may be in each other.
const MOST_DEPTH: usize = 100;

/// The most bytes of one level.
const MOST_INDENT: usize = 64;

/// `value|tojson(ensure_ascii=false, indent=none, separators=none, sort_keys=false)`
pub(crate) fn tojson(state: &State, value: &Value, indent: Option<Value>, options: Kwargs) -> Result<String, Error> {
    let indent = match indent {
        // The first of transformers' parameters is ensure_ascii, as in `tojson(true)`.
        Some(_) => return Err(Error::new(ErrorKind::TooManyArguments, "tojson takes its options by name")),
        None => indent_of(options.get::<Option<Value>>("indent")?)?,
    };
    let separators = match options.get::<Option<Value>>("separators")? {
        Some(pair) if !pair.is_none() => (string(&pair, 0)?, string(&pair, 1)?),
        _ if indent.is_some() => (",".to_owned(), ": ".to_owned()),
        _ => (", ".to_owned(), ": ".to_owned()),
    };
    let is_true = |name| options.get::<Option<bool>>(name).map(Option::unwrap_or_default);
    let (ensure_ascii, sort_keys) = (is_true("ensure_ascii")?, is_true("sort_keys")?);
    options.assert_all_used()?;
    let mut writer = Writer { state, text: String::new(), indent, separators, ensure_ascii, sort_keys };
    writer.value(value, 0)?;
    Ok(writer.text)
}

/// The text of one level.
fn indent_of(indent: Option<Value>) -> Result<Option<String>, Error> {
    let Some(indent) = indent.filter(|indent| !indent.is_none()) else { return Ok(None) };
    if let Some(text) = indent.as_str().filter(|text| text.len() <= MOST_INDENT) {
        return Ok(Some(text.to_owned()));
    }
    let n = indent.as_i64().map(|n| usize::try_from(n).unwrap_or_default()).filter(|n| *n <= MOST_INDENT);
    let message = || format!("indent is a number up to {MOST_INDENT}, or a text as long");
    Ok(Some(" ".repeat(n.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, message()))?)))
}

fn string(pair: &Value, i: usize) -> Result<String, Error> {
    let part = pair.get_item_by_index(i)?;
    let text = part.as_str().map(ToOwned::to_owned);
    text.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "separators are two texts"))
}

struct Writer<'a> {
    state: &'a State<'a, 'a>,
    text: String,
    indent: Option<String>,
    /// Between items, and after a key.
    separators: (String, String),
    ensure_ascii: bool,
    sort_keys: bool,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > MOST_DEPTH {
            let message = format!("tojson takes values in each other up to {MOST_DEPTH} levels");
            return Err(Error::new(ErrorKind::InvalidOperation, message));
        }
        match value.kind() {
            ValueKind::None => self.put("null"),
            ValueKind::Bool => self.put(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => self.put(&json_number(value)),
            ValueKind::String => self.string(value.as_str().unwrap_or_default()),
            ValueKind::Map => self.map(value, depth),
            ValueKind::Seq => self.list(value, depth),
            kind => Err(Error::new(ErrorKind::BadSerialization, format!("a value of kind {kind} has no JSON"))),
        }
    }

    fn list(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        let mut is_first = true;
        self.put("[")?;
        for item in value.try_iter()? {
            self.item(is_first, depth + 1)?;
            is_first = false;
            self.value(&item, depth + 1)?;
        }
        self.end(is_first, depth, "]")
    }

    fn map(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        let mut is_first = true;
        let mut keys: Vec<Value> = value.try_iter()?.collect();
        if self.sort_keys {
            keys.sort();
        }
        self.put("{")?;
        for key in keys {
            self.item(is_first, depth + 1)?;
            is_first = false;
            match key.kind() {
                ValueKind::String => self.string(key.as_str().unwrap_or_default())?,
                ValueKind::Map | ValueKind::Seq => {
                    return Err(Error::new(ErrorKind::BadSerialization, "a key is no text"));
                }
                _ => {
                    self.put("\"")?;
                    self.value(&key, depth)?;
                    self.put("\"")?;
                }
            }
            let after = self.separators.1.clone();
            self.put(&after)?;
            self.value(&value.get_item(&key)?, depth + 1)?;
        }
        self.end(is_first, depth, "}")
    }

    fn item(&mut self, is_first: bool, depth: usize) -> Result<(), Error> {
        if !is_first {
            let between = self.separators.0.clone();
            self.put(&between)?;
        }
        self.line(depth)
    }

    fn end(&mut self, is_empty: bool, depth: usize, bracket: &str) -> Result<(), Error> {
        if !is_empty {
            self.line(depth)?;
        }
        self.put(bracket)
    }

    fn line(&mut self, depth: usize) -> Result<(), Error> {
        match &self.indent {
            Some(indent) => {
                let line = format!("\n{}", indent.repeat(depth));
                self.put(&line)
            }
            None => Ok(()),
        }
    }

    fn string(&mut self, text: &str) -> Result<(), Error> {
        let mut escaped = String::with_capacity(text.len() + 2);
        escaped.push('"');
        for letter in text.chars() {
            match letter {
                '"' => escaped += "\\\"",
                '\\' => escaped += "\\\\",
                '\n' => escaped += "\\n",
                '\r' => escaped += "\\r",
                '\t' => escaped += "\\t",
                '\u{8}' => escaped += "\\b",
                '\u{c}' => escaped += "\\f",
                _ if letter < ' ' || (self.ensure_ascii && letter > '~') => {
                    for unit in letter.encode_utf16(&mut [0; 2]) {
                        let _ = write!(escaped, "\\u{unit:04x}");
                    }
                }
                _ => escaped.push(letter),
            }
        }
        escaped.push('"');
        self.put(&escaped)
    }

    /// What is written is paid for before it grows.
    fn put(&mut self, text: &str) -> Result<(), Error> {
        self.state.consume_fuel(1 + text.len() as u64 / 64)?;
        self.text += text;
        Ok(())
    }
}

/// JSON has no words for numbers that are not finite, and Python writes them all the same.
fn json_number(value: &Value) -> String {
    match printed_number(value).as_str() {
        "nan" => "NaN".to_owned(),
        "inf" => "Infinity".to_owned(),
        "-inf" => "-Infinity".to_owned(),
        printed => printed.to_owned(),
    }
}
