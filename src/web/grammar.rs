//! Constraints by the module in `grammar/`, which JavaScript loads and this engine asks.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Function, Uint32Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use crate::{
    core::{
        error::{Error, Result},
        grammar::{Grammar, Grammars, Refused},
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
}

/// What makes a `GrammarTokens`, once the module is loaded.
pub(super) type GrammarsOf = Rc<RefCell<Option<Function>>>;

/// What a model remembers of its last constraint: a page asks for the same one again and again.
#[derive(Debug, Default)]
pub(super) struct LastConstraint {
    /// The tokens, and which of them end a text.
    tokens: Option<(Vec<TokenId>, Rc<WebGrammars>)>,
    compiled: Option<(Described, Rc<dyn Grammar>)>,
}

impl LastConstraint {
    /// Compiles the settings' constraint for this vocabulary, if there is one.
    ///
    /// # Errors
    /// `InvalidSetting`.
    pub(super) fn bind(
        &mut self,
        settings: &mut Settings,
        vocab: &Vocab,
        end: &[TokenId],
        grammars_of: &GrammarsOf,
    ) -> Result<()> {
        let Some(described) = settings.constraint().cloned() else { return Ok(()) };
        if self.tokens.as_ref().is_none_or(|(known, _)| known != end) {
            self.compiled = None;
            self.tokens = Some((end.to_vec(), Rc::new(WebGrammars::new(vocab, end, grammars_of)?)));
        }
        if self.compiled.as_ref().is_some_and(|(known, _)| *known == described) {
            return settings.constrain(self, end);
        }
        self.compiled = None;
        settings.constrain(self, end)?;
        self.compiled = settings.grammar().map(|grammar| (described, grammar));
        Ok(())
    }
}

impl Grammars for LastConstraint {
    fn compile(&self, language: &str, text: &str) -> std::result::Result<Rc<dyn Grammar>, String> {
        match (&self.compiled, &self.tokens) {
            (Some((_, grammar)), _) => Ok(grammar.clone()),
            (None, Some((_, tokens))) => tokens.compile(language, text),
            (None, None) => Err("it has no tokens to be about".to_owned()),
        }
    }
}

/// A model's tokens in the module.
#[derive(Debug)]
struct WebGrammars(JsTokens);

impl WebGrammars {
    fn new(vocab: &Vocab, end: &[TokenId], grammars_of: &GrammarsOf) -> Result<Self> {
        let fault = |reason: &str| Error::invalid("constraint", "for this model", reason);
        let make = grammars_of.borrow().clone().ok_or_else(|| fault("what reads it was not loaded"))?;
        let (bytes, ends) = vocab.columns();
        let (bytes, ends) = (js_sys::Uint8Array::from(&bytes[..]), Uint32Array::from(&ends[..]));
        let made = make.call3(&JsValue::NULL, &bytes, &ends, &Uint32Array::from(end));
        Ok(Self(made.map_err(|error| fault(&sentence(error)))?.unchecked_into()))
    }

    fn compile(&self, language: &str, text: &str) -> std::result::Result<Rc<dyn Grammar>, String> {
        self.0.compile(language, text).map(|grammar| Rc::new(WebGrammar(grammar)) as _).map_err(sentence)
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
        None => Refused::TooMuch(sentence(error)),
    }
}

/// What the module says against a text; anything else is its breakdown.
pub(super) fn sentence(error: JsValue) -> String {
    error.as_string().unwrap_or_else(|| wasm_bindgen::throw_val(error))
}
