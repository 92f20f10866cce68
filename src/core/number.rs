//! Numbers as text, the same on every platform and in JavaScript.

use ryu_js::{Buffer, Float};

/// The fewest digits that read back as this number, written as JavaScript writes them (`0.1`, `1e-7`, `1e+21`); inf, -inf and NaN as Rust
/// does.
pub(crate) fn shortest(x: impl Float) -> String {
    match Buffer::new().format(x) {
        "Infinity" => "inf".to_owned(),
        "-Infinity" => "-inf".to_owned(),
        digits => digits.to_owned(),
    }
}
