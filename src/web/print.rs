//! The browser's digits and letters, for `crate::print`.

use js_sys::{JsString, Number};

pub(crate) fn shortest(x: f64) -> String {
    Number::from(x).to_string_with_radix(10).map_or_else(|_| String::new(), String::from)
}

/// Nine digits tell any two numbers of single precision apart.
#[allow(clippy::cast_possible_truncation, reason = "asks whether the number reads back")]
pub(crate) fn shortest_single(x: f32) -> String {
    let rounded = |digits| {
        let text = Number::from(f64::from(x)).to_precision(digits).map(String::from);
        Number::parse_float(&text.unwrap_or_default())
    };
    shortest((1..9).map(rounded).find(|&y| y as f32 == x).unwrap_or_else(|| rounded(9)))
}

/// With so many digits after the point.
pub(crate) fn fixed(x: f64, digits: u8) -> String {
    Number::from(x).to_fixed(digits).map_or_else(|_| String::new(), String::from)
}

pub(crate) fn lower_case(character: char) -> String {
    JsString::from(String::from(character)).to_lower_case().into()
}
