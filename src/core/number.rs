//! Numbers as text, the same on every platform and in JavaScript; and a u64 as two words.

use ryu_js::{Buffer, Float};

/// So many of something: "1 row", "2 rows".
pub(crate) fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The fewest digits that read back as this number, written as JavaScript writes them (`0.1`, `1e-7`, `1e+21`); inf, -inf and NaN as Rust
/// does.
pub(crate) fn shortest(x: impl Float) -> String {
    match Buffer::new().format(x) {
        "Infinity" => "inf".to_owned(),
        "-Infinity" => "-inf".to_owned(),
        digits => digits.to_owned(),
    }
}

/// Low word, high word.
#[allow(clippy::cast_possible_truncation, reason = "taking the low word is the point")]
pub(crate) const fn split_u64(x: u64) -> [u32; 2] {
    [x as u32, (x >> 32) as u32]
}
