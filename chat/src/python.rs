//! What Python and transformers have and minijinja has not: functions, and methods of strings and lists.

use minijinja::{
    Environment, Error, ErrorKind, Output, State, Value, escape_formatter,
    value::{Tuple, ValueKind},
};
use minijinja_contrib::pycompat::unknown_method_callback;

use crate::{Date, error::Raised};

pub(crate) fn add_to(environment: &mut Environment<'_>, now: Date) {
    environment.set_unknown_method_callback(method);
    environment.set_formatter(print);
    environment.add_function("raise_exception", raise_exception);
    environment.add_function("strftime_now", move |format: &str| {
        now.format(format).map_err(|reason| Error::new(ErrorKind::InvalidOperation, reason))
    });
    // In Python a text and a dict are sequences, too, and nothing is not iterable.
    environment.add_test("sequence", |value: &Value| {
        matches!(value.kind(), ValueKind::Seq | ValueKind::String | ValueKind::Map)
    });
    environment.add_test("iterable", |value: &Value| !value.is_none() && value.try_iter().is_ok());
    // Minijinja's own compare texts of any length without counting that as work.
    for name in ["eq", "equalto", "=="] {
        environment.add_test(name, |state: &State, a: &Value, b: &Value| is(state, a, b, |a, b| a == b));
    }
    for name in ["ne", "!="] {
        environment.add_test(name, |state: &State, a: &Value, b: &Value| is(state, a, b, |a, b| a != b));
    }
    for name in ["lt", "lessthan", "<"] {
        environment.add_test(name, |state: &State, a: &Value, b: &Value| is(state, a, b, |a, b| a < b));
    }
    for name in ["le", "<="] {
        environment.add_test(name, |state: &State, a: &Value, b: &Value| is(state, a, b, |a, b| a <= b));
    }
    for name in ["gt", "greaterthan", ">"] {
        environment.add_test(name, |state: &State, a: &Value, b: &Value| is(state, a, b, |a, b| a > b));
    }
    for name in ["ge", ">="] {
        environment.add_test(name, |state: &State, a: &Value, b: &Value| is(state, a, b, |a, b| a >= b));
    }
    environment.add_filter("int", int);
    environment.add_filter("float", float);
    environment.remove_global("debug");
    // They look through texts of any length without counting that as work.
    for test in ["endingwith", "lower", "startingwith", "upper"] {
        environment.remove_test(test);
    }
    // Not Jinja's, or with other lines than Python's.
    for filter in ["bool", "chain", "lines", "pprint", "split", "zip"] {
        environment.remove_filter(filter);
    }
}

/// What a test says of two values.
fn is(state: &State, a: &Value, b: &Value, holds: fn(&Value, &Value) -> bool) -> Result<bool, Error> {
    state.consume_fuel(a.as_str().map_or(0, str::len) as u64 / 64)?;
    Ok(holds(a, b))
}

fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.kind() == ValueKind::Number && !value.is_integer() {
        return out.write_str(&printed_number(value)).map_err(Error::from);
    }
    escape_formatter(out, state, value)
}

/// As Python prints it: floats below 0.0001 and from 10^16 on with an exponent.
pub(crate) fn printed_number(value: &Value) -> String {
    let printed = value.to_string();
    let Some(number) = f64::try_from(value.clone()).ok().filter(|_| !value.is_integer()) else { return printed };
    let size = number.abs();
    if !number.is_finite() || number == 0.0 || (1e-4..1e16).contains(&size) {
        return if number.is_finite() { printed } else { printed.to_lowercase() };
    }
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return printed };
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// `value|int(0)`: what is no number becomes the default.
fn int(value: &Value, default: Option<Value>) -> Value {
    let default = default.unwrap_or_else(|| Value::from(0));
    match value.kind() {
        ValueKind::Bool => Value::from(i64::from(value.is_true())),
        ValueKind::Number if value.is_integer() => value.clone(),
        ValueKind::Number => f64::try_from(value.clone()).ok().and_then(whole).unwrap_or(default),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default().trim();
            let read = text.parse::<i64>().ok().map(Value::from);
            read.or_else(|| text.parse().ok().and_then(whole)).unwrap_or(default)
        }
        _ => default,
    }
}

/// Without what is behind the point.
fn whole(number: f64) -> Option<Value> {
    #[allow(clippy::cast_possible_truncation, reason = "that is what is asked for, and checked")]
    (number.abs() < 9e18).then(|| Value::from(number as i64))
}

/// `value|float(0.0)`
fn float(value: &Value, default: Option<Value>) -> Value {
    let read = match value.kind() {
        ValueKind::Bool => Some(f64::from(u8::from(value.is_true()))),
        ValueKind::Number => f64::try_from(value.clone()).ok(),
        ValueKind::String => value.as_str().unwrap_or_default().trim().parse().ok(),
        _ => None,
    };
    read.map(Value::from).or(default).unwrap_or_else(|| Value::from(0.0))
}

fn raise_exception(message: &Value) -> Result<Value, Error> {
    let raised = Raised(message.to_string());
    Err(Error::new(ErrorKind::InvalidOperation, "raise_exception").with_source(raised))
}

/// Methods that minijinja's own list of Python's lacks.
fn method(state: &mut State, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    if let (Some(text), [Some(part)]) = (value.as_str(), &args.iter().map(Value::as_str).collect::<Vec<_>>()[..]) {
        match name {
            "removeprefix" => return Ok(Value::from(text.strip_prefix(part).unwrap_or(text))),
            "removesuffix" => return Ok(Value::from(text.strip_suffix(part).unwrap_or(text))),
            "partition" => return Ok(parts(text.split_once(part), part, [text, "", ""])),
            "rpartition" => return Ok(parts(text.rsplit_once(part), part, ["", "", text])),
            "index" => return index(text.find(part).map(|at| text[..at].chars().count())),
            "rsplit" => return Ok(rsplit(text, part, usize::MAX)),
            _ => {}
        }
    }
    if let ("rsplit", Some(text), [part, most]) = (name, value.as_str(), args)
        && let (Some(part), Some(most)) = (part.as_str(), most.as_usize())
    {
        return Ok(rsplit(text, part, most));
    }
    if let ("index", ValueKind::Seq, [item]) = (name, value.kind(), args) {
        return index(value.try_iter()?.position(|other| other == *item));
    }
    if let ("format", Some(text)) = (name, value.as_str()) {
        require_narrow(state, text)?;
    }
    // The filter pays for what it makes before it grows.
    if let ("join", Some(_), [items]) = (name, value.as_str(), args) {
        return state.apply_filter("join", &[items.clone(), value.clone()]);
    }
    if value.kind() == ValueKind::Seq && matches!(name, "append" | "extend" | "insert" | "pop" | "remove" | "clear") {
        let message = format!("a list cannot be changed by .{name}(…), as in transformers' sandbox");
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    }
    unknown_method_callback(state, value, name, args)
}

/// Widths and precisions of a format have at most three digits, and are paid for.
fn require_narrow(state: &State, format: &str) -> Result<(), Error> {
    let longest = format.split(|letter: char| !letter.is_ascii_digit()).map(str::len).max().unwrap_or_default();
    if longest > 3 {
        return Err(Error::new(ErrorKind::InvalidOperation, "format(…) takes widths up to 999"));
    }
    state.consume_fuel(format.matches('{').count() as u64 * 16)
}

/// A text before and after a part of it, as a tuple of three.
fn parts(found: Option<(&str, &str)>, part: &str, otherwise: [&str; 3]) -> Value {
    let three = found.map_or(otherwise, |(before, after)| [before, part, after]);
    Value::from(Tuple::from(three.map(Value::from)))
}

fn index(found: Option<usize>) -> Result<Value, Error> {
    let missing = || Error::new(ErrorKind::InvalidOperation, "index(…) finds nothing");
    found.map(Value::from).ok_or_else(missing)
}

fn rsplit(text: &str, part: &str, most: usize) -> Value {
    let mut parts: Vec<&str> = text.rsplitn(most.saturating_add(1), part).collect();
    parts.reverse();
    parts.into_iter().map(Value::from).collect()
}
