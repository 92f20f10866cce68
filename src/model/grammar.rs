//! Constraints over a model's tokens, by the crate in `grammar/`. On the web that is a module of its own, which `web/` asks instead.

use std::{cell::RefCell, rc::Rc};

use logitlab_grammar::{Source, Tokens};

use crate::core::{
    error::{Error, Result},
    grammar::{Grammar, Grammars, Refused},
    token::{TokenId, Vocab},
};

/// A model's tokens, made ready once for all constraints.
#[derive(Debug)]
pub struct NativeGrammars(Tokens);

impl NativeGrammars {
    /// Of a vocabulary, and the tokens that end a text. Cost: O(bytes · log V).
    ///
    /// # Errors
    /// `InvalidSetting` if no token stands for text.
    pub fn new(vocab: &Vocab, end: &[TokenId]) -> Result<Self> {
        let (bytes, ends) = vocab.columns();
        let tokens = Tokens::new(&bytes, &ends, end);
        tokens.map(Self).map_err(|reason| Error::invalid("constraint", "of this model", &reason))
    }
}

impl Grammars for NativeGrammars {
    fn compile(&self, language: &str, text: &str) -> std::result::Result<Rc<dyn Grammar>, String> {
        let source = Source::parse(language).ok_or_else(|| format!("{language} is no language of constraints"))?;
        self.0.compile(source, text).map(|grammar| Rc::new(NativeGrammar(RefCell::new(grammar))) as _)
    }
}

/// One of them.
#[derive(Debug)]
struct NativeGrammar(RefCell<logitlab_grammar::Grammar>);

impl Grammar for NativeGrammar {
    fn next(&self, output: &[TokenId], allowed: &mut Vec<u32>) -> std::result::Result<bool, Refused> {
        let mut grammar = self.0.borrow_mut();
        let next = grammar.next(output).map_err(refused)?;
        allowed.clone_from(&next.words);
        Ok(next.may_end)
    }

    fn expected(&self, output: &[TokenId]) -> std::result::Result<String, Refused> {
        self.0.borrow_mut().expected(output).map_err(refused)
    }
}

fn refused(refused: logitlab_grammar::Refused) -> Refused {
    match refused {
        logitlab_grammar::Refused::Token(position) => Refused::Token(position),
        logitlab_grammar::Refused::TooMuch(reason) => Refused::TooMuch(reason),
    }
}
