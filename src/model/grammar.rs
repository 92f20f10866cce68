//! Constraints over a model's tokens, by the crate in `grammar/`. On the web that is a module of its own, which `web/` asks instead.

use std::{cell::RefCell, rc::Rc};

use logitlab_grammar::{Source, Tokens};

use crate::core::{
    error::{Error, Result},
    grammar::{Fault, Grammar, Grammars, Problem, Refused},
    token::{TokenId, Vocab},
};

/// A model's tokens, made ready once for all constraints.
#[derive(Debug)]
pub struct NativeGrammars(Tokens);

impl NativeGrammars {
    /// Of a vocabulary, and the tokens that end a text. Cost: O(bytes · log V).
    ///
    /// # Errors
    /// `Constraint` if no token stands for text.
    pub fn new(vocab: &Vocab, end: &[TokenId]) -> Result<Self> {
        let (bytes, ends) = vocab.columns();
        let tokens = Tokens::new(&bytes, &ends, end);
        let value = || "for this model".to_owned();
        tokens.map(Self).map_err(|found| Error::Constraint { value: value(), problem: problem(found) })
    }
}

impl Grammars for NativeGrammars {
    fn compile(&self, language: &str, text: &str) -> std::result::Result<Rc<dyn Grammar>, Problem> {
        let unknown = || format!("{language} is no language of constraints");
        let source =
            Source::parse(language).ok_or_else(|| Problem { fault: Fault::Syntax, reason: unknown(), place: None })?;
        let compiled = self.0.compile(source, text).map_err(problem)?;
        Ok(Rc::new(NativeGrammar(RefCell::new(compiled))))
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
        logitlab_grammar::Refused::Problem(found) => Refused::Problem(problem(found)),
    }
}

fn problem(logitlab_grammar::Problem { kind, reason, place }: logitlab_grammar::Problem) -> Problem {
    let fault = Fault::named(kind.code()).expect("both sides know the same kinds");
    Problem { fault, reason, place: place.map(|place| (place.line, place.column)) }
}
