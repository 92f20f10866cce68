//! What says which tokens a constraint allows. A model's tokens make [`Grammars`], and those a [`Grammar`] of each text that describes one.

use std::{fmt, rc::Rc};

pub use crate::core::error::{Fault, Problem};
use crate::core::token::TokenId;

/// A model's tokens, made ready for constraints.
pub trait Grammars {
    /// The constraint that `text` describes in a `language`: `regex`, `json_schema` or `grammar`.
    ///
    /// # Errors
    /// What cannot be read, or not be enforced.
    fn compile(&self, language: &str, text: &str) -> Result<Rc<dyn Grammar>, Problem>;
}

/// A constraint. What it allows depends on the output so far alone.
pub trait Grammar: fmt::Debug {
    /// Writes a bit for each token that may follow `output`, the lowest id in the lowest bit, ⌈V / 32⌉ words; and says whether the text may
    /// end there. End tokens have no bit.
    ///
    /// # Errors
    /// See [`Refused`].
    fn next(&self, output: &[TokenId], allowed: &mut Vec<u32>) -> Result<bool, Refused>;

    /// What may follow, for people: characters as ranges, or the text that must follow.
    ///
    /// # Errors
    /// See [`Refused`].
    fn expected(&self, output: &[TokenId]) -> Result<String, Refused>;
}

/// Why nothing can be said of what follows an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The position of a token that is not allowed where it stands.
    Token(usize),
    /// The constraint itself is refused.
    Problem(Problem),
}
