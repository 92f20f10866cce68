//! What JavaScript sees, which is what the engine's own JavaScript calls.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::{Grammar, Kind, Problem, Refused, Source, Tokens};

/// As in the engine.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// The parser keeps times that nobody here asks for, and its clock imports this. The real clock stays outside.
#[unsafe(no_mangle)]
extern "C" fn now() -> f64 {
    0.0
}

/// A model's tokens.
#[wasm_bindgen(js_name = GrammarTokens)]
#[derive(Debug)]
pub struct WebTokens(Tokens);

#[wasm_bindgen(js_class = GrammarTokens)]
impl WebTokens {
    /// Of the bytes of all tokens, where each ends in them, and those that end the text.
    ///
    /// # Errors
    /// A `GrammarProblem` that says why they cannot be used.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8], ends: &[u32], end: &[u32]) -> Result<Self, GrammarProblem> {
        Tokens::new(bytes, ends, end).map(Self).map_err(GrammarProblem)
    }

    /// A constraint in one of the languages that a setting names.
    ///
    /// # Errors
    /// A `GrammarProblem` that says what cannot be read or enforced.
    pub fn compile(&self, source: &str, text: &str) -> Result<WebGrammar, GrammarProblem> {
        let unknown =
            || Problem { kind: Kind::Syntax, reason: format!("{source} is no language of constraints"), place: None };
        let source = Source::parse(source).ok_or_else(unknown).map_err(GrammarProblem)?;
        self.0.compile(source, text).map(WebGrammar).map_err(GrammarProblem)
    }
}

/// A constraint over them.
#[wasm_bindgen(js_name = Grammar)]
#[derive(Debug)]
pub struct WebGrammar(Grammar);

#[wasm_bindgen(js_class = Grammar)]
impl WebGrammar {
    /// A bit for each token that may follow these, and a last word of its own: 1 where the text may end.
    ///
    /// # Errors
    /// The position of the first token that is not allowed, as a number, or a `GrammarProblem`.
    pub fn next(&mut self, output: &[u32]) -> Result<Vec<u32>, wasm_bindgen::JsValue> {
        let next = self.0.next(output).map_err(refused)?;
        let mut words = Vec::with_capacity(next.words.len() + 1);
        words.extend_from_slice(&next.words);
        words.push(u32::from(next.may_end));
        Ok(words)
    }

    /// What may follow, for people.
    ///
    /// # Errors
    /// As `next`.
    pub fn expected(&mut self, output: &[u32]) -> Result<String, wasm_bindgen::JsValue> {
        self.0.expected(output).map_err(refused)
    }
}

#[allow(clippy::cast_precision_loss, reason = "a position in a text")]
fn refused(refused: Refused) -> wasm_bindgen::JsValue {
    match refused {
        Refused::Token(position) => wasm_bindgen::JsValue::from_f64(position as f64),
        Refused::Problem(problem) => GrammarProblem(problem).into(),
    }
}

/// Why a constraint is refused.
#[wasm_bindgen]
#[derive(Debug)]
pub struct GrammarProblem(Problem);

#[wasm_bindgen]
impl GrammarProblem {
    /// The kind of it, stable.
    #[wasm_bindgen(getter)]
    pub fn kind(&self) -> String {
        self.0.kind.code().to_owned()
    }

    /// A sentence part.
    #[wasm_bindgen(getter)]
    pub fn reason(&self) -> String {
        self.0.reason.clone()
    }

    /// Its line, from 1; 0 where there is none.
    #[wasm_bindgen(getter)]
    pub fn line(&self) -> usize {
        self.0.place.map_or(0, |place| place.line)
    }

    /// Its column, from 1; 0 where there is none.
    #[wasm_bindgen(getter)]
    pub fn column(&self) -> usize {
        self.0.place.map_or(0, |place| place.column)
    }
}
