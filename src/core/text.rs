//! Tokens' bytes to text as they come: never part of a character, never any part of a stop string.

/// A streaming detokeniser.
///
/// How the bytes are cut into tokens makes no difference. Bytes that are no UTF-8 become U+FFFD, as in
/// [`String::from_utf8_lossy`]. The text ends before the stop string that is complete first; of several complete at the same
/// character, before the longest.
#[derive(Debug, Clone, Default)]
pub struct TextStream {
    stops: Vec<Stop>,
    /// The start of a character whose end has not come.
    partial: Vec<u8>,
    /// Text not taken yet; its last `held` bytes may turn out to be the start of a stop string.
    text: String,
    held: usize,
    stopped: Option<usize>,
    /// Stop strings that are complete now are text as any other.
    passes_stops: bool,
}

impl TextStream {
    /// A stream that begins in the middle of a character.
    pub(crate) fn begin_with(&mut self, partial: &[u8]) {
        self.partial = partial.to_vec();
    }

    /// A stream that ends at any of `stops`. Empty ones are ignored.
    pub fn new<S: Into<String>>(stops: impl IntoIterator<Item = S>) -> Self {
        let stops = stops.into_iter().map(Into::into).filter(|text| !text.is_empty());
        Self { stops: stops.map(Stop::new).collect(), ..Self::default() }
    }

    /// Whether the stop strings that the next tokens complete are text as any other.
    pub fn pass_stops(&mut self, passes: bool) {
        self.passes_stops = passes;
    }

    /// Adds a token's bytes; after a stop string they are ignored. Cost: O(bytes · stop strings), amortised.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.stopped.is_some() {
            return;
        }
        self.partial.extend_from_slice(bytes);
        let mut pending = std::mem::take(&mut self.partial);
        let mut start = 0;
        while let Some((character, end)) = next_character(&pending[start..]) {
            self.push_character(character);
            start += end;
        }
        pending.drain(..start);
        self.partial = pending;
    }

    /// The text that has become final since the last call.
    pub fn take_ready(&mut self) -> String {
        let ready = self.text.len() - self.held;
        self.text.drain(..ready).collect()
    }

    /// Ends the stream: no more bytes will come, so nothing need be held back. Returns the rest of the text.
    pub fn finish(&mut self) -> String {
        if !std::mem::take(&mut self.partial).is_empty() {
            self.push_character(char::REPLACEMENT_CHARACTER);
        }
        self.held = 0;
        std::mem::take(&mut self.text)
    }

    /// The stop string that ended the text, if one did.
    pub fn stopped(&self) -> Option<&str> {
        self.stopped.map(|ix| self.stops[ix].text.as_str())
    }

    fn push_character(&mut self, character: char) {
        if self.stopped.is_some() {
            return;
        }
        self.text.push(character);
        let mut utf8 = [0; 4];
        for &byte in character.encode_utf8(&mut utf8).as_bytes() {
            self.stops.iter_mut().for_each(|stop| stop.advance(byte));
        }
        if self.passes_stops {
            self.stops.iter_mut().for_each(Stop::pass);
        }
        let complete = (0..self.stops.len()).filter(|&ix| self.stops[ix].is_complete());
        self.stopped = complete.max_by_key(|&ix| self.stops[ix].text.len());
        self.held = match self.stopped {
            Some(ix) => {
                self.text.truncate(self.text.len() - self.stops[ix].text.len());
                0
            }
            None => self.stops.iter().map(|stop| stop.matched).max().unwrap_or(0),
        };
    }
}

/// One stop string and how much of it the text ends with (Knuth, Morris and Pratt).
#[derive(Debug, Clone)]
struct Stop {
    text: String,
    /// For each length of prefix: the length of the longest shorter prefix that it ends with.
    fallbacks: Vec<usize>,
    matched: usize,
}

impl Stop {
    fn new(text: String) -> Self {
        let mut stop = Self { text, fallbacks: vec![0, 0], matched: 0 };
        for ix in 1..stop.text.len() {
            stop.advance(stop.text.as_bytes()[ix]);
            stop.fallbacks.push(stop.matched);
        }
        stop.matched = 0;
        stop
    }

    fn is_complete(&self) -> bool {
        self.matched == self.text.len()
    }

    /// Goes on with the longest part of a complete stop that may begin another one.
    fn pass(&mut self) {
        if self.is_complete() {
            self.matched = self.fallbacks[self.matched];
        }
    }

    /// Reads one byte of the text. A complete stop reads no more.
    fn advance(&mut self, byte: u8) {
        let wanted = self.text.as_bytes();
        while self.matched > 0 && wanted[self.matched] != byte {
            self.matched = self.fallbacks[self.matched];
        }
        self.matched += usize::from(wanted[self.matched] == byte);
    }
}

/// How many of the last bytes begin a character and do not end it: at most three.
pub(crate) fn incomplete_tail(bytes: &[u8]) -> usize {
    let is_begun = |n: &usize| {
        let error = bytes.len().checked_sub(*n).and_then(|start| std::str::from_utf8(&bytes[start..]).err());
        error.is_some_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    };
    (1..=3).find(is_begun).unwrap_or(0)
}

/// The first character of `bytes` and where it ends, or `None` if more bytes are needed to tell.
fn next_character(bytes: &[u8]) -> Option<(char, usize)> {
    let head = bytes.get(..4).unwrap_or(bytes);
    let valid = head.utf8_chunks().next()?.valid();
    if let Some(character) = valid.chars().next() {
        return Some((character, character.len_utf8()));
    }
    let n_invalid = std::str::from_utf8(head).err()?.error_len()?;
    Some((char::REPLACEMENT_CHARACTER, n_invalid))
}
