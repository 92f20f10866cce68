//! Constraints by the module in `grammar/`, which JavaScript loads and this engine asks.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Function, Uint32Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use crate::{
    core::{
        error::{Error, Result},
        grammar::{Fault, Grammar, Grammars, Problem, Refused},
        token::{TokenId, Vocab},
    },
    settings::Settings,
    stages::constraint::Described,
};

#[wasm_bindgen]
extern "C" {
    /// `GrammarTokens` of the module.
    #[derive(Debug)]
    type JsTokens;
    #[wasm_bindgen(method, catch)]
    fn compile(this: &JsTokens, language: &str, text: &str) -> std::result::Result<JsGrammar, JsValue>;
    #[wasm_bindgen(method)]
    fn free(this: &JsTokens);

    /// `Grammar` of the module.
    #[derive(Debug)]
    type JsGrammar;
    #[wasm_bindgen(method, catch)]
    fn next(this: &JsGrammar, output: &[u32]) -> std::result::Result<Vec<u32>, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn expected(this: &JsGrammar, output: &[u32]) -> std::result::Result<String, JsValue>;
    #[wasm_bindgen(method)]
    fn free(this: &JsGrammar);

    /// `GrammarProblem` of the module; all undefined where it is anything else.
    #[derive(Debug)]
    type JsProblem;
    #[wasm_bindgen(method, getter)]
    fn kind(this: &JsProblem) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn reason(this: &JsProblem) -> String;
    #[wasm_bindgen(method, getter)]
    fn line(this: &JsProblem) -> usize;
    #[wasm_bindgen(method, getter)]
    fn column(this: &JsProblem) -> usize;
    #[wasm_bindgen(method)]
    fn free(this: &JsProblem);
}

/// What makes a `GrammarTokens`, once the module is loaded.
pub(super) type GrammarsOf = Rc<RefCell<Option<Function>>>;

/// What a model remembers of its last constraint: a page asks for the same one again and again.
#[derive(Debug, Default)]
pub(super) struct LastConstraint {
    /// What made them: after a breakdown another module does.
    made_by: Option<Function>,
    /// The tokens, and which of them end a text.
    tokens: Option<(Vec<TokenId>, Rc<WebGrammars>)>,
    compiled: Option<(Described, Rc<dyn Grammar>)>,
}

impl LastConstraint {
    /// Compiles the settings' constraint for this vocabulary, if there is one.
    ///
    /// # Errors
    /// `Constraint`.
    pub(super) fn bind(
        &mut self,
        settings: &mut Settings,
        vocab: &Vocab,
        end: &[TokenId],
        grammars_of: &GrammarsOf,
    ) -> Result<()> {
        let Some(described) = settings.constraint().cloned() else { return Ok(()) };
        let make = grammars_of.borrow().clone();
        if make != self.made_by || self.tokens.as_ref().is_none_or(|(known, _)| known != end) {
            *self = Self::default();
            self.tokens = Some((end.to_vec(), Rc::new(WebGrammars::new(vocab, end, make.as_ref())?)));
            self.made_by = make;
        }
        if self.compiled.as_ref().is_none_or(|(known, _)| *known != described) {
            self.compiled = None;
        }
        self.compiled = settings.constrain(self, end)?.map(|grammar| (described, grammar));
        Ok(())
    }
}

impl Grammars for LastConstraint {
    fn compile(&self, language: &str, text: &str) -> std::result::Result<Rc<dyn Grammar>, Problem> {
        match (&self.compiled, &self.tokens) {
            (Some((_, grammar)), _) => Ok(grammar.clone()),
            (None, Some((_, tokens))) => tokens.compile(language, text),
            (None, None) => Err(unsupported("what reads it was not loaded")),
        }
    }
}

/// A model's tokens in the module.
#[derive(Debug)]
struct WebGrammars(JsTokens);

impl WebGrammars {
    fn new(vocab: &Vocab, end: &[TokenId], make: Option<&Function>) -> Result<Self> {
        let fault = |problem| Error::Constraint { value: "for this model".to_owned(), problem };
        let make = make.ok_or_else(|| fault(unsupported("what reads it was not loaded")))?;
        let (bytes, ends) = vocab.columns();
        let (bytes, ends) = (js_sys::Uint8Array::from(&bytes[..]), Uint32Array::from(&ends[..]));
        let made = make.call3(&JsValue::NULL, &bytes, &ends, &Uint32Array::from(end));
        Ok(Self(made.map_err(|error| fault(problem(error)))?.unchecked_into()))
    }

    fn compile(&self, language: &str, text: &str) -> std::result::Result<Rc<dyn Grammar>, Problem> {
        self.0.compile(language, text).map(|grammar| Rc::new(WebGrammar(grammar)) as _).map_err(problem)
    }
}

impl Drop for WebGrammars {
    fn drop(&mut self) {
        self.0.free();
    }
}

#[derive(Debug)]
struct WebGrammar(JsGrammar);

impl Grammar for WebGrammar {
    fn next(&self, output: &[TokenId], allowed: &mut Vec<u32>) -> std::result::Result<bool, Refused> {
        *allowed = self.0.next(output).map_err(refused)?;
        Ok(allowed.pop() == Some(1))
    }

    fn expected(&self, output: &[TokenId]) -> std::result::Result<String, Refused> {
        self.0.expected(output).map_err(refused)
    }
}

impl Drop for WebGrammar {
    fn drop(&mut self) {
        self.0.free();
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position in a text")]
fn refused(error: JsValue) -> Refused {
    match error.as_f64() {
        Some(position) => Refused::Token(position as usize),
        None => Refused::Problem(problem(error)),
    }
}

/// What the module says against a constraint. Anything else is its own breakdown, and nobody else's: its memory or its stack ended, which no limit
/// of the parser foresaw.
fn problem(error: JsValue) -> Problem {
    let said: JsProblem = error.unchecked_into();
    let Some(fault) = said.kind().as_deref().and_then(Fault::named) else {
        let reason = "it needs more memory or deeper nesting than there is".to_owned();
        return Problem { fault: Fault::TooLarge, reason, place: None };
    };
    let place = Some((said.line(), said.column())).filter(|(line, _)| *line > 0);
    let problem = Problem { fault, reason: said.reason(), place };
    said.free();
    problem
}

fn unsupported(reason: &str) -> Problem {
    Problem { fault: Fault::Unsupported, reason: reason.to_owned(), place: None }
}
