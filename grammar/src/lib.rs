//! What a regular expression, a JSON schema or a grammar allows next, over a model's own tokens.
//!
//! 1. The tokens' bytes become a trie, once for a model (`Tokens`).
//! 2. A constraint is compiled to a parser over bytes (`Tokens::compile`).
//! 3. For an output so far, the parser is taken through its bytes, and the trie is walked along what it takes next: a bit for each token
//!    (`Grammar::next`). What it says depends on the output alone; places in the text that were asked for lately are kept.
//!
//! The parsers are llguidance's, which refuses by name what it cannot enforce exactly. They need Unicode's tables, and are as large as the
//! engine. So on the web this crate is a WebAssembly module of its own, loaded only for a constraint.
//! Source: llguidance (Earley's algorithm, derivatives of regular expressions). Test: tests/it/constraint.rs, tests/web/unit/constraint.test.js.

mod expected;
mod gbnf;
mod places;
mod problem;
mod source;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod web;

use std::{cell::OnceCell, sync::Arc};

use llguidance::{
    Logger, ParserFactory,
    api::{GrammarInit, ParserLimits, TopLevelGrammar},
    toktrie::{ApproximateTokEnv, InferenceCapabilities, TokRxInfo, TokTrie},
};

use crate::places::Places;
pub use crate::{
    problem::{Kind, Place, Problem},
    source::Source,
};

/// A result of reading a constraint.
pub type Result<T> = std::result::Result<T, Problem>;

/// Ways to read a text that are followed at once, at most: of any constraint so many, and one more for each few bytes of its own, since each of its
/// alternatives is one. What grows with the output alone would soon take seconds for a token.
const N_WAYS: usize = 2_000;
const BYTES_OF_A_WAY: usize = 3;
const MOST_WAYS: usize = 20_000;

/// A model's tokens as a trie of their bytes.
pub struct Tokens {
    factory: ParserFactory,
    /// The same over single bytes, where a text of no token is asked for.
    bytes: OnceCell<ParserFactory>,
}

impl Tokens {
    /// Of the bytes of all V tokens, end to end, and where each ends in them. A token of `end` ends the text and stands for no bytes.
    /// Cost: O(bytes · log V), and some passes over them for the parts of strings that masks are put together from.
    ///
    /// # Errors
    /// If no token has bytes.
    pub fn new(bytes: &[u8], ends: &[u32], end: &[u32]) -> Result<Self> {
        let mut words: Vec<Vec<u8>> = Vec::with_capacity(ends.len() + 1);
        let mut start = 0;
        for &to in ends {
            words.push(bytes[start..to as usize].to_vec());
            start = to as usize;
        }
        for &id in end {
            if let Some(word) = words.get_mut(id as usize) {
                word.clear();
            }
        }
        if words.iter().all(Vec::is_empty) {
            return Err(Problem::new(Kind::Unsupported, "the model's tokens stand for no text", None));
        }
        let slices = llguidance::earley::SlicedBiasComputer::general_slices();
        Ok(Self { factory: factory(words, &slices)?, bytes: OnceCell::new() })
    }

    /// A grammar from a regular expression that the whole output matches, a JSON schema, or a grammar.
    ///
    /// # Errors
    /// What cannot be read or enforced, and where; a constraint that no text fits.
    pub fn compile(&self, source: Source, text: &str) -> Result<Grammar> {
        let read = source.read(text)?;
        // Of what was made of it the writer knows no lines.
        let own_place = |problem: Problem| Problem { place: problem.place.filter(|_| source.is_lark(text)), ..problem };
        let n_ways = (N_WAYS + text.len() / BYTES_OF_A_WAY).min(MOST_WAYS);
        let mut grammar = grammar(&self.factory, read.clone(), n_ways).map_err(own_place)?;
        if !grammar.is_open()? && !self.is_open_to_bytes(read, n_ways)? {
            return Err(Problem::new(Kind::Empty, "whatever a text begins with, it does not fit", None));
        }
        Ok(grammar)
    }

    /// Whether any text at all may begin, of whatever tokens.
    fn is_open_to_bytes(&self, read: TopLevelGrammar, n_ways: usize) -> Result<bool> {
        let made = || factory((0..=u8::MAX).map(|byte| vec![byte]).collect(), &[]);
        let bytes = match self.bytes.get() {
            Some(known) => known,
            None => {
                let made = made()?;
                self.bytes.get_or_init(|| made)
            }
        };
        grammar(bytes, read, n_ways)?.is_open()
    }
}

/// What makes parsers over the tokens that stand for these bytes.
fn factory(mut words: Vec<Vec<u8>>, slices: &[String]) -> Result<ParserFactory> {
    // One more, by which a mask says that the text may end here. The parser calls it by a name, and breaks down where it knows none.
    words.push([&[TokTrie::SPECIAL_TOKEN_MARKER], "<end>".as_bytes()].concat());
    #[allow(clippy::cast_possible_truncation, reason = "token ids are u32")]
    let n = words.len() as u32;
    let trie = TokTrie::from(&TokRxInfo::new(n, n - 1), &words);
    // Not canonical: how a text is cut into tokens is the model's choice, also where the text is certain.
    let env = Arc::new(ApproximateTokEnv::new(trie));
    let mut factory = ParserFactory::new(&(env as _), InferenceCapabilities::default(), slices)
        .map_err(|error| Problem::of_parser(&error.to_string()))?;
    factory.quiet();
    factory.limits_mut().verbose_errors = false;
    Ok(factory)
}

fn grammar(factory: &ParserFactory, read: TopLevelGrammar, n_ways: usize) -> Result<Grammar> {
    let limits = ParserLimits { max_items_in_row: n_ways, ..factory.limits().clone() };
    let (read, quiet) = (GrammarInit::Serialized(read), Logger::new(0, 0));
    let parser = factory.create_parser_from_init_ext(read, quiet, InferenceCapabilities::default(), limits);
    let parser = parser.map_err(|error| Problem::of_parser(&error.to_string()))?;
    Ok(Grammar { places: Places::new(parser) })
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

/// A constraint over a model's tokens.
#[derive(Debug)]
pub struct Grammar {
    places: Places,
}

/// What may follow an output.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Next {
    /// A bit for each token that may follow, the lowest id in the lowest bit; ⌈V / 32⌉ words, and no bit of an end token.
    pub words: Vec<u32>,
    /// Whether the text may end here.
    pub may_end: bool,
}

impl Grammar {
    /// What may follow these tokens of output.
    /// Cost: a walk along the trie where it is not known yet, and the parser's way from the nearest place that is.
    ///
    /// # Errors
    /// The position of the first token that the constraint does not allow, or what the parser refuses for its size.
    pub fn next(&mut self, output: &[u32]) -> std::result::Result<&Next, Refused> {
        self.places.next(output)
    }

    /// Whether a text may begin at all, or be empty.
    fn is_open(&mut self) -> Result<bool> {
        match self.next(&[]) {
            Ok(next) => Ok(next.may_end || next.words.iter().any(|&word| word != 0)),
            Err(Refused::Problem(problem)) => Err(problem),
            Err(Refused::Token(_)) => unreachable!("there is no token yet"),
        }
    }

    /// What may follow these tokens, for people: characters as ranges, or the text that must follow.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn expected(&mut self, output: &[u32]) -> std::result::Result<String, Refused> {
        self.places.expected(output)
    }
}

/// Why nothing can be said of what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The token of the output that the constraint does not allow where it stands.
    Token(usize),
    /// It takes too much work.
    Problem(Problem),
}
