//! `engine.explain`: why one token of a text was drawn.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Array, BigInt, Float32Array, Object};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{
    answer::answer, convert, engine::Engine, generation::ids, generator::GeneratorHandle, grammar::GrammarsOf,
    model::ModelHandle, picture, platform::PerformanceClock, shared::SharedBackend,
};
use crate::{
    core::{
        error::{Error, Result},
        token::TokenId,
    },
    explain::{Explaining, Explanation, Question, Wants, picture::PictureOptions},
    rng::Generator,
    settings::{GenerateSettings, Reader, Table, Value, refuse_beside_generator},
};

/// Which token is asked about, and what is wanted of it.
struct Asked {
    prompts: Vec<Vec<TokenId>>,
    outputs: Vec<Vec<TokenId>>,
    row: usize,
    index: Option<usize>,
    wants_rules: bool,
    wants_columns: bool,
    picture: Option<PictureOptions>,
    named_ids: Option<Vec<TokenId>>,
    /// Whether its random number is one that was asked for.
    is_drawn: bool,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            prompts: vec![Vec::new()],
            outputs: vec![Vec::new()],
            row: 0,
            index: None,
            wants_rules: false,
            wants_columns: true,
            picture: None,
            named_ids: None,
            is_drawn: false,
        }
    }
}

impl Table for Asked {
    const READERS: &'static [(&'static str, Reader<Self>)] = &[
        ("prompt_ids", |asked, _, v| ids(v).map(|rows| asked.prompts = rows)),
        ("output_ids", |asked, _, v| ids(v).map(|rows| asked.outputs = rows)),
        ("row", |asked, name, v| v.count(name, 0).map(|row| asked.row = row)),
        ("index", |asked, name, v| v.count(name, 0).map(|index| asked.index = Some(index))),
        ("rules", |asked, name, v| v.boolean(name).map(|rules| asked.wants_rules = rules)),
        ("columns", |asked, name, v| v.boolean(name).map(|columns| asked.wants_columns = columns)),
        ("picture", |asked, name, v| own_bands(name, v).map(|picture| asked.picture = picture)),
        ("named_ids", |asked, name, v| v.ids(name).map(|named| asked.named_ids = Some(named))),
        ("model", |_, name, v| Err(Error::invalid(name, v, "use what lab.model() gives"))),
        ("generator", |_, name, v| Err(Error::invalid(name, v, "use what lab.generator() gives"))),
    ];
}

/// One call of `explain()`.
#[wasm_bindgen(js_name = Explaining)]
pub struct ExplainingHandle {
    asked: Rc<(Asked, GenerateSettings)>,
    model: ModelHandle,
    generator: Rc<Generator>,
    backend: SharedBackend,
    clock: Rc<PerformanceClock>,
    explaining: Rc<RefCell<Explaining>>,
}

#[wasm_bindgen(js_class = Explaining)]
impl ExplainingHandle {
    /// Goes on for about `budget_ms`, one part of what is read at least: undefined until all is read; then everything that happened to the token, a trace,
    /// the probabilities `after` each stage, and `rules` and a `picture` where they are asked for; with `columns: false` nothing that is as long as the
    /// vocabulary. The answer on the CPU, a promise of it on a GPU.
    ///
    /// # Errors
    /// `empty_prompt`, `invalid_token`, `nothing_left`, `wrong_length`, `invalid_setting`.
    #[allow(clippy::await_holding_refcell_ref, reason = "JavaScript makes one call at a time")]
    pub fn advance(&self, budget_ms: f64) -> std::result::Result<JsValue, JsValue> {
        let (asked, model, generator) = (self.asked.clone(), self.model.clone(), self.generator.clone());
        let (backend, clock, explaining) = (self.backend.clone(), self.clock.clone(), self.explaining.clone());
        answer(async move {
            let question = asked.0.question(&asked.1)?;
            let (backend, last) = (&mut *backend.borrow_mut(), &mut *model.last_context());
            let (model, is_over) = (&mut *model.borrow_mut(), &mut clock.is_over_after(budget_ms));
            let explaining = &mut *explaining.borrow_mut();
            if !explaining.read(&question, model, last, &generator, is_over)? {
                return Ok(JsValue::UNDEFINED);
            }
            let explanation = explaining.finish(&question, last, backend, &generator).await?;
            let object = to_object(&explanation, &question);
            convert::set(&object, "seed", &BigInt::from(generator.seed()));
            Ok(object.into())
        })
    }
}

#[wasm_bindgen]
impl Engine {
    /// Begins to explain one token of a text. Nothing is computed yet.
    ///
    /// # Errors
    /// `invalid_setting`, `unknown_setting`.
    pub fn explain(
        &self,
        model: &ModelHandle,
        options: &JsValue,
        generator: Option<GeneratorHandle>,
    ) -> std::result::Result<ExplainingHandle, JsValue> {
        let begin = || {
            let (asked, settings) = Asked::read(options, generator.is_some(), model, &self.grammars_of)?;
            let generator =
                generator.unwrap_or_else(|| GeneratorHandle::of(&settings.sampling, 0)).borrow_mut().clone();
            Ok(ExplainingHandle {
                asked: Rc::new((asked, settings)),
                model: model.clone(),
                generator: Rc::new(generator),
                backend: self.backend.clone(),
                clock: Rc::new(PerformanceClock::new()),
                explaining: Rc::default(),
            })
        };
        begin().map_err(convert::error)
    }
}

impl Asked {
    fn read(
        options: &JsValue,
        has_generator: bool,
        model: &ModelHandle,
        of: &GrammarsOf,
    ) -> Result<(Self, GenerateSettings)> {
        let entries = convert::entries(options)?;
        refuse_beside_generator(has_generator, &entries)?;
        let mut asked = Self::default();
        let settings = model.settings(entries, &mut asked, of)?;
        let is_drawn =
            asked.outputs.get(asked.row).is_some_and(|output| asked.index.is_some_and(|ix| ix < output.len()));
        let has_seed = has_generator || settings.sampling.seed.is_some() || settings.sampling.plan().greedy;
        if is_drawn && !has_seed {
            let expected = "give the seed that the text was drawn with: every step of generate() names it";
            return Err(Error::invalid("seed", "undefined", expected));
        }
        asked.is_drawn = has_seed;
        match (asked.named_ids.take(), &mut asked.picture) {
            (Some(named), Some(picture)) => picture.named_ids = named,
            (Some(named), None) => {
                let expected = "ask for the picture, too, which gives these tokens bands of their own";
                return Err(Error::invalid("named_ids", format!("a list of {}", named.len()), expected));
            }
            (None, _) => {}
        }
        Ok((asked, settings))
    }

    fn question<'a>(&'a self, settings: &'a GenerateSettings) -> Result<Question<'a>> {
        let Self { prompts, outputs, row, index, .. } = self;
        let index = index.ok_or_else(|| Error::invalid("index", "undefined", "say which new token, from 0"))?;
        let wants = Wants {
            after: self.wants_columns,
            rules: self.wants_rules,
            picture: self.picture.as_ref(),
            is_drawn: self.is_drawn,
            evidence: self.wants_columns,
        };
        Ok(Question { prompts, outputs, row: *row, index, settings, wants })
    }
}

/// `true` for the usual number of tokens with a band of their own, or another number of them.
fn own_bands(name: &str, value: Value) -> Result<Option<PictureOptions>> {
    match value {
        Value::Bool(false) => Ok(None),
        Value::Bool(true) => Ok(Some(PictureOptions::default())),
        Value::Number(n) if n >= 1.0 && n.fract() == 0.0 => {
            Ok(Some(PictureOptions { own_bands: value.count(name, 1)?, ..PictureOptions::default() }))
        }
        other => {
            let expected = "use true or false, or an integer >= 1: how many tokens get a band of their own";
            Err(Error::invalid(name, other, expected))
        }
    }
}

fn to_object(explanation: &Explanation, question: &Question<'_>) -> Object {
    let (trace, sampling) = (&explanation.trace, &question.settings.sampling);
    let object =
        if question.wants.after { convert::trace(trace, sampling) } else { convert::brief_trace(trace, sampling) };
    if question.wants.after {
        let after = explanation.after.iter().map(|column| JsValue::from(Float32Array::from(column.as_slice())));
        convert::set(&object, "after", &after.collect::<Array>());
    }
    if let Some(seen) = &explanation.picture {
        convert::set(&object, "picture", &picture::to_object(seen));
    }
    if question.wants.rules {
        convert::set(&object, "rules", &explanation.rules.iter().map(convert::kept).collect::<Array>());
    }
    object
}
