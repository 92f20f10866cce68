//! Bytes as visible characters, the alphabet of a byte-level BPE: printable bytes of Latin-1 are written as they are, and the others, in
//! order, as U+0100 and the following.

/// The character of a byte.
pub(crate) fn char_of(byte: u8) -> char {
    let code = u32::from(byte);
    let code = match byte {
        0..=0x20 => 0x100 + code,
        0x7F..=0xA0 => 0x121 + code - 0x7F,
        0xAD => 0x143,
        _ => code,
    };
    char::from_u32(code).expect("below the surrogates")
}

/// The byte of a character, if it is one of the 256.
fn byte_of(character: char) -> Option<u8> {
    let code = u32::from(character);
    let byte = match code {
        0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF => code,
        0x100..=0x120 => code - 0x100,
        0x121..=0x142 => code - 0x121 + 0x7F,
        0x143 => 0xAD,
        _ => return None,
    };
    u8::try_from(byte).ok()
}

/// A text's bytes in visible characters.
pub(crate) fn write(text: &str) -> String {
    text.bytes().map(char_of).collect()
}

/// What a token in visible characters stands for; a token with any other character stands for itself.
pub(crate) fn bytes_of(token: &str) -> Vec<u8> {
    token.chars().map(byte_of).collect::<Option<_>>().unwrap_or_else(|| token.as_bytes().to_vec())
}

/// All 256 characters.
pub(crate) fn alphabet() -> impl Iterator<Item = char> {
    (0..=u8::MAX).map(char_of)
}
