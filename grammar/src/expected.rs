//! What may follow, for people.

use llguidance::TokenParser;

use crate::Next;

/// Ranges that are named.
const N_RANGES: usize = 8;

/// The text that must follow, or the characters that may, as ranges: `0–9, a–f`. Empty where nothing may.
pub(crate) fn in_words(parser: &mut TokenParser, next: &Next) -> String {
    if next.words.iter().all(|&word| word == 0) {
        return String::new();
    }
    let certain = parser.force_bytes();
    if let Ok(text) = String::from_utf8(certain)
        && text.chars().nth(1).is_some()
    {
        return text;
    }
    let ranges = ranges(first_characters(parser, next));
    let named: Vec<String> = ranges.iter().take(N_RANGES).map(named).collect();
    let rest = if ranges.len() > N_RANGES { ", …" } else { "" };
    format!("{}{rest}", named.join(", "))
}

/// The first character of each token that may follow, ascending, each once. A token that begins with a part of a character does not count.
fn first_characters(parser: &TokenParser, next: &Next) -> Vec<char> {
    let trie = parser.token_env.tok_trie();
    let ids = (0..)
        .zip(&next.words)
        .flat_map(|(at, word)| (0..32).filter(move |bit| word >> bit & 1 == 1).map(move |bit| 32 * at + bit));
    let first = |id: u32| trie.token(id).utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    let mut characters: Vec<char> = ids.filter_map(first).collect();
    characters.sort_unstable();
    characters.dedup();
    characters
}

/// Runs of neighbours.
fn ranges(characters: Vec<char>) -> Vec<(char, char)> {
    let mut ranges: Vec<(char, char)> = Vec::new();
    for character in characters {
        match ranges.last_mut() {
            Some((_, last)) if u32::from(*last) + 1 == u32::from(character) => *last = character,
            _ => ranges.push((character, character)),
        }
    }
    ranges
}

fn named(&(first, last): &(char, char)) -> String {
    match u32::from(last) - u32::from(first) {
        0 => shown(first),
        1 => format!("{}, {}", shown(first), shown(last)),
        _ => format!("{}–{}", shown(first), shown(last)),
    }
}

/// A character that can be seen.
fn shown(character: char) -> String {
    match character {
        ' ' => "␣".to_owned(),
        character if character.is_control() => character.escape_default().to_string(),
        character => character.to_string(),
    }
}
