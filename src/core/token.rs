//! Token ids and the vocabulary: id ↔ text.

use std::borrow::Cow;

use crate::core::error::{Error, Result};

/// A token's number in its vocabulary.
pub type TokenId = u32;

/// The tokens of a model. A token is a string of bytes, most often one character; it need not be whole characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocab {
    /// All tokens' bytes, end to end.
    bytes: Vec<u8>,
    /// Where each token ends in `bytes`.
    ends: Vec<usize>,
    /// The tokens that are one character: its code point above, the id below, sorted.
    characters: Vec<u64>,
}

/// A text as tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The tokens, in order.
    pub ids: Vec<TokenId>,
    /// How many characters were outside the vocabulary and became a space.
    pub replaced: usize,
}

impl Vocab {
    /// The notebook's 30 characters: a to z, space, full stop, comma, line feed.
    pub fn notebook() -> Self {
        Self::from_characters("abcdefghijklmnopqrstuvwxyz .,\n")
    }

    /// The distinct characters of `text` and the space, in code-point order. Cost: O(n log V).
    pub fn from_text(text: &str) -> Self {
        let mut code_points: Vec<u64> = text.chars().chain([' ']).map(u64::from).collect();
        code_points.sort_unstable();
        code_points.dedup();
        let characters = code_points.into_iter().filter_map(|point| char::from_u32(u32::try_from(point).ok()?));
        Self::from_characters(&characters.collect::<String>())
    }

    /// Any tokens; an id is an index into the list. Of equal tokens, [`encode`](Self::encode) uses the first.
    pub fn from_tokens<T: AsRef<[u8]>>(tokens: impl IntoIterator<Item = T>) -> Self {
        let mut vocab = Self::empty();
        tokens.into_iter().for_each(|token| vocab.push(token.as_ref()));
        vocab.sort();
        vocab
    }

    /// `n` tokens that are called by their ids: "0", "1", …
    pub fn numbered(n: usize) -> Self {
        let (mut vocab, mut digits) = (Self::empty(), vec![b'0']);
        for _ in 0..n {
            vocab.push(&digits);
            let nines = digits.iter().rev().take_while(|digit| **digit == b'9').count();
            if nines == digits.len() {
                digits.insert(0, b'0');
            }
            let (up, zeros) = (digits.len() - nines - 1, digits.len() - nines);
            digits[up] += 1;
            digits[zeros..].fill(b'0');
        }
        vocab.sort();
        vocab
    }

    /// The first `n` tokens, of at least as many.
    pub(crate) fn cut(&self, n: usize) -> Self {
        Self::from_tokens((0..).take(n).map(|id| self.token_bytes(id)))
    }

    /// V.
    #[allow(clippy::len_without_is_empty, reason = "a vocabulary holds at least one token")]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of a token.
    ///
    /// # Panics
    /// If `id` is not below [`len`](Self::len).
    pub fn token_bytes(&self, id: TokenId) -> &[u8] {
        let ix = id as usize;
        let start = if ix == 0 { 0 } else { self.ends[ix - 1] };
        &self.bytes[start..self.ends[ix]]
    }

    /// All tokens' bytes, end to end, and where each token ends in them.
    #[allow(clippy::cast_possible_truncation, reason = "a vocabulary has far fewer than 2^32 bytes")]
    pub fn columns(&self) -> (Vec<u8>, Vec<u32>) {
        (self.bytes.clone(), self.ends.iter().map(|&end| end as u32).collect())
    }

    /// A token as text; what is no whole character is shown as its bytes: <0xE2>.
    ///
    /// # Panics
    /// If `id` is not below [`len`](Self::len).
    pub fn token_text(&self, id: TokenId) -> Cow<'_, str> {
        readable(self.token_bytes(id))
    }

    /// The tokens of a text, character by character: the character itself, else its lower case, else the space.
    ///
    /// # Errors
    /// `CannotEncode` for a character that is not in a vocabulary without a space.
    pub fn encode(&self, text: &str) -> Result<Encoded> {
        let space = self.id_of(' ');
        let mut encoded = Encoded { ids: Vec::with_capacity(text.len()), replaced: 0 };
        for (position, character) in text.chars().enumerate() {
            if let Some(id) = self.id_of(character) {
                encoded.ids.push(id);
                continue;
            }
            for lower in character.to_lowercase() {
                let known = self.id_of(lower);
                encoded.replaced += usize::from(known.is_none());
                encoded.ids.push(known.or(space).ok_or_else(|| outside(character, position))?);
            }
        }
        Ok(encoded)
    }

    /// The text of some tokens; bytes that are no whole character become U+FFFD.
    ///
    /// # Errors
    /// `InvalidToken` for the first id outside the vocabulary.
    pub fn decode(&self, ids: &[TokenId]) -> Result<String> {
        self.check(ids)?;
        let bytes: Vec<u8> = ids.iter().flat_map(|&id| self.token_bytes(id)).copied().collect();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether all ids of a setting are below [`len`](Self::len).
    ///
    /// # Errors
    /// `InvalidSetting` with the setting's name and the first that is not.
    pub fn check_setting(&self, name: &str, ids: &[TokenId]) -> Result<()> {
        let vocab_size = self.len();
        match ids.iter().find(|&&id| id as usize >= vocab_size) {
            Some(&id) => Err(Error::outside(name, id, vocab_size)),
            None => Ok(()),
        }
    }

    /// Whether all ids are below [`len`](Self::len).
    ///
    /// # Errors
    /// `InvalidToken` for the first that is not.
    pub fn check(&self, ids: &[TokenId]) -> Result<()> {
        let vocab_size = self.len();
        match ids.iter().position(|&id| id as usize >= vocab_size) {
            Some(position) => Err(Error::InvalidToken { id: ids[position], position, vocab_size }),
            None => Ok(()),
        }
    }

    /// A token for each of these characters.
    fn from_characters(characters: &str) -> Self {
        let (mut vocab, mut buffer) = (Self::empty(), [0; 4]);
        characters.chars().for_each(|character| vocab.push(character.encode_utf8(&mut buffer).as_bytes()));
        vocab.sort();
        vocab
    }

    fn empty() -> Self {
        Self { bytes: Vec::new(), ends: Vec::new(), characters: Vec::new() }
    }

    fn push(&mut self, token: &[u8]) {
        let id = self.ends.len() as u64;
        self.bytes.extend_from_slice(token);
        self.ends.push(self.bytes.len());
        self.characters.extend(only_character(token).map(|character| u64::from(character) << 32 | id));
    }

    /// Afterwards characters can be found.
    fn sort(&mut self) {
        self.characters.sort_unstable();
        self.characters.dedup_by_key(|entry| *entry >> 32);
    }

    #[allow(clippy::cast_possible_truncation, reason = "the low half of an entry is the id")]
    fn id_of(&self, character: char) -> Option<TokenId> {
        let found = self.characters.binary_search_by_key(&u64::from(character), |entry| entry >> 32);
        found.ok().map(|ix| self.characters[ix] as TokenId)
    }
}

fn readable(bytes: &[u8]) -> Cow<'_, str> {
    let Err(_) = std::str::from_utf8(bytes) else { return String::from_utf8_lossy(bytes) };
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("<0x{byte:02X}>")));
    }
    text.into()
}

/// A character without a token, where no space can stand for it.
fn outside(character: char, position: usize) -> Error {
    let reason = format!("the character {character:?} at position {position} is not in the model's vocabulary");
    Error::not_encoded(reason)
}

/// The character that a token is, if it is exactly one.
fn only_character(token: &[u8]) -> Option<char> {
    let mut characters = std::str::from_utf8(token).ok()?.chars();
    characters.next().filter(|_| characters.next().is_none())
}
