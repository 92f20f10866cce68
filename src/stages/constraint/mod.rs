//! constraint: only tokens with which the output can still become a text that a regular expression, a JSON schema or a grammar describes.
//! (V) → (V).
//!
//! A token stays iff the output and its bytes begin such a text; an end token stays iff the output is one. Nothing else changes. Off when
//! there is none. Where nothing may follow, a run ends, and a step that is asked for all the same is `NothingAllowed`.
//! Edges: a token without bytes is never allowed; the mask is a function of the output, not of the prompt.
//! Cost: a mask of V / 32 words from the grammar's engine, and one read of the row. Source: llguidance. Test: tests/it/stages/constraint.rs,
//! tests/it/constraint.rs.

use std::rc::Rc;

use super::{Amount, Cut, Edit, Given, Group, Kind, Passed, Reason, Setting, Shows, Spec, StageRules, System, tokens};
use crate::{
    core::{
        error::{Error, Result, quoted},
        grammar::{Grammar, Grammars, Refused},
        history::History,
        number::shortest,
        token::TokenId,
    },
    lanes::Lanes,
    rows::RowState,
};

/// What an output has to be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Constraint {
    /// As the user wrote it.
    pub described: Option<Described>,
    /// The same over a model's tokens.
    pub bound: Bound,
    /// The tokens that end a text.
    pub end: Vec<TokenId>,
}

/// A constraint as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// One of [`LANGUAGES`](Constraint::LANGUAGES).
    pub language: &'static str,
    /// The expression, the schema, the grammar.
    pub text: String,
}

/// A grammar over a model's tokens, once they are known. Equal when it is the same object.
#[derive(Debug, Clone, Default)]
pub struct Bound(pub Option<Rc<dyn Grammar>>);

impl PartialEq for Bound {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }
}

impl Constraint {
    /// In which a constraint can be written: the keys of the setting that take a text.
    pub const LANGUAGES: [&str; 3] = ["regex", "json_schema", "grammar"];

    /// One in one of these languages.
    pub fn described(language: &'static str, text: String) -> Self {
        Self { described: Some(Described { language, text }), ..Self::default() }
    }

    /// One that allows these tokens, whatever came before: for those who know what may follow without a vocabulary.
    pub fn allowing(ids: &[TokenId]) -> Self {
        let of_some_vocabulary = || ids.iter().filter(|&&id| id < MOST_TOKENS);
        let n_words = of_some_vocabulary().max().map_or(0, |&id| id as usize / 32 + 1);
        let mut words = vec![0; n_words];
        of_some_vocabulary().for_each(|&id| words[id as usize / 32] |= 1 << (id % 32));
        Self::over(Described { language: "allowed", text: tokens(ids.len()) }, Rc::new(Fixed(words)), Vec::new())
    }

    /// One over a model's tokens.
    pub fn over(described: Described, grammar: Rc<dyn Grammar>, end: Vec<TokenId>) -> Self {
        Self { described: Some(described), bound: Bound(Some(grammar)), end }
    }

    /// Compiles what the user wrote. `end`: the tokens that end a text.
    ///
    /// # Errors
    /// `Constraint` with what cannot be read or enforced.
    pub fn compile(&mut self, grammars: &dyn Grammars, end: &[TokenId]) -> Result<()> {
        let Some(described @ Described { language, text }) = &self.described else { return Ok(()) };
        if !Self::LANGUAGES.contains(language) {
            return Ok(());
        }
        let grammar = grammars.compile(language, text);
        let refused = |problem| Error::Constraint { value: described.shown(), problem };
        self.bound = Bound(Some(grammar.map_err(refused)?));
        self.end = end.to_vec();
        Ok(())
    }

    /// Whether the output is complete, and nothing but an end token may follow. `allowed` is scratch space.
    pub fn is_over(&self, history: &History, allowed: &mut Vec<u32>) -> bool {
        let next = self.bound.0.as_ref().map(|grammar| grammar.next(output(history), allowed));
        next == Some(Ok(true)) && allowed.iter().all(|&word| word == 0)
    }

    /// Refuses a token that it does not allow next. `allowed` is scratch space.
    ///
    /// # Errors
    /// `TokenNotAllowed`, and what stands against any token.
    pub fn require(&self, token: TokenId, history: &History, allowed: &mut Vec<u32>) -> Result<()> {
        match self.allow(history, allowed) {
            Ok(()) if is_set(allowed, token) => Ok(()),
            Ok(()) | Err(Error::NothingAllowed { .. }) => {
                Err(Error::TokenNotAllowed { value: self.shown(), position: output(history).len() })
            }
            Err(error) => Err(error),
        }
    }

    /// For an error.
    pub fn shown(&self) -> String {
        self.described.as_ref().map_or_else(String::new, Described::shown)
    }

    fn not_allowed(&self, refused: Refused) -> Error {
        let value = self.shown();
        match refused {
            Refused::Token(position) => Error::TokenNotAllowed { value, position },
            Refused::Problem(problem) => Error::Constraint { value, problem },
        }
    }

    /// Writes the bits of the tokens that stay.
    fn allow(&self, history: &History, allowed: &mut Vec<u32>) -> Result<()> {
        let grammar =
            self.bound.0.as_ref().ok_or_else(|| {
                Error::invalid("constraint", self.shown(), "it was not compiled for a model's tokens")
            })?;
        let may_end = grammar.next(output(history), allowed).map_err(|refused| self.not_allowed(refused))?;
        let end = self.end.iter().filter(|_| may_end);
        for &id in end {
            let word = id as usize / 32;
            allowed.resize(allowed.len().max(word + 1), 0);
            allowed[word] |= 1 << (id % 32);
        }
        if allowed.iter().all(|&word| word == 0) {
            let reason = if may_end { "the text is complete" } else { NO_TOKEN };
            return Err(Error::NothingAllowed { value: self.shown(), reason: reason.to_owned() });
        }
        Ok(())
    }
}

/// More than any vocabulary has: of ids beyond it no bits are kept.
const MOST_TOKENS: TokenId = 1 << 24;

fn is_set(words: &[u32], id: TokenId) -> bool {
    words.get(id as usize / 32).is_some_and(|word| word >> (id % 32) & 1 == 1)
}

/// Also for a list of tokens that is empty.
const NO_TOKEN: &str = "no token of the model goes on from here; change the constraint or the model";

impl Described {
    /// For an error: what it begins with.
    fn shown(&self) -> String {
        let Self { language, text } = self;
        format!("{{ {language}: {} }}", quoted(text))
    }
}

/// The tokens that a constraint is about.
fn output(history: &History) -> &[TokenId] {
    &history.tokens()[history.n_prompt()..]
}

impl StageRules for Constraint {
    const SPEC: Spec = Spec {
        name: "constraint",
        label: "Constraint",
        about: "Keeps only tokens that can still lead to a text of the given form.",
        group: Group::Tokens,
        filter: true,
        reason: "not allowed here, only: {allowed}",
        brief: "not allowed",
        shows: Shows::Logit,
        settings: &[Setting {
            name: "constraint",
            label: "Constraint",
            about: "The form of the output: a regular expression, a JSON schema or a grammar.",
            kind: Kind::Form,
            elsewhere: &[(System::Vllm, "structured_outputs"), (System::LlamaCpp, "--grammar")],
            also: &[
                ("grammar", "{ grammar: … }"),
                ("regex", "{ regex: … }"),
                ("guidedregex", "{ regex: … }"),
                ("jsonschema", "{ json_schema: … }"),
                ("guidedjson", "{ json_schema: … }"),
                ("guidedgrammar", "{ grammar: … }"),
                ("structuredoutputs", ""),
                ("responseformat", "{ json_schema: … }"),
            ],
            ..Setting::PLAIN
        }],
        ..Spec::PLAIN
    };
    const EDITS: bool = true;
    const READS_HISTORY: bool = true;

    fn set(&mut self, _: &str, value: Amount) {
        match value {
            Amount::Form(constraint) => *self = constraint,
            _ => unreachable!("the setting's kind is a constraint"),
        }
    }

    fn unbound(&self) -> Option<(&'static str, &str)> {
        let described = self.described.as_ref().filter(|_| self.bound.0.is_none())?;
        Some(("constraint", &described.text))
    }

    fn examples() -> [Self; 2] {
        let of = |n| Self::over(Described { language: "regex", text: String::new() }, Rc::new(Every(n)), vec![4]);
        [of(3), of(2)]
    }

    fn is_off(&self) -> bool {
        self.described.is_none()
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, given: &Given<'_>) -> Result<()> {
        // Taken out for a while, so that the row can be changed.
        let mut allowed = std::mem::take(&mut row.scratch.allowed);
        let result = self.allow(given.history, &mut allowed).and_then(|()| row.keep_bits::<L>(&allowed));
        row.scratch.allowed = allowed;
        result
    }

    fn gpu(&self, given: &Given<'_>, _: usize, edits: &mut Vec<Edit>) -> Option<[u32; 4]> {
        let mut allowed = Vec::new();
        self.allow(given.history, &mut allowed).ok()?;
        let words = |four: &[u32]| std::array::from_fn(|ix| four.get(ix).copied().unwrap_or(0));
        edits.extend(allowed.chunks(4).map(|four| Edit::of_words(words(four))));
        Some([0; 4])
    }

    fn fused(&self) -> Option<Cut> {
        Some(Cut::Edits)
    }

    fn setting(&self) -> String {
        let Some(Described { language, text }) = &self.described else { return "constraint = null".to_owned() };
        format!("constraint = {{ {language}: {text:?} }}")
    }

    fn allows(&self, given: &Given<'_>) -> Option<String> {
        self.bound.0.as_ref()?.expected(output(given.history)).ok()
    }

    fn form(&self) -> Option<String> {
        self.described.as_ref().map(Described::shown)
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let gone: f64 = passed.removed.iter().map(|&id| passed.exps[id as usize]).sum();
        let bits = -libm::log2(1.0 - (gone / passed.sum).min(1.0));
        #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
        let bits = shortest((bits * 100.0).round() as f32 / 100.0);
        passed.by_logit(f64::NAN, format!("allowed {}, took away {bits} bits", tokens(passed.n_left())))
    }
}

/// The same tokens everywhere, as bits.
#[derive(Debug)]
struct Fixed(Vec<u32>);

impl Grammar for Fixed {
    fn next(&self, _: &[TokenId], allowed: &mut Vec<u32>) -> std::result::Result<bool, Refused> {
        allowed.clone_from(&self.0);
        Ok(false)
    }

    fn expected(&self, _: &[TokenId]) -> std::result::Result<String, Refused> {
        Ok(String::new())
    }
}

/// A grammar of the examples: it allows every n-th token, and an end after some text.
#[derive(Debug)]
struct Every(usize);

impl Grammar for Every {
    fn next(&self, output: &[TokenId], allowed: &mut Vec<u32>) -> std::result::Result<bool, Refused> {
        allowed.clear();
        let bit = |ix: usize| u32::from(ix.is_multiple_of(self.0));
        allowed.extend((0..1 << 14).map(|at| (0..32).fold(0, |word, ix| word | bit(32 * at + ix) << ix)));
        Ok(!output.is_empty())
    }

    fn expected(&self, _: &[TokenId]) -> std::result::Result<String, Refused> {
        Ok(String::new())
    }
}
