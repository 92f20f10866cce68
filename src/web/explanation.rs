//! `engine.explain`: why one token of a text was drawn, in one call.

use js_sys::{Array, BigInt, Float32Array, Object};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{answer::answer, convert, engine::Engine, generation::ids, generator::GeneratorHandle, model::ModelHandle};
use crate::{
    error::{Error, Result},
    explain::{Explanation, Question, explain},
    settings::{GenerateSettings, Reader, Table, refuse_beside_generator},
    token::TokenId,
};

/// Which token is asked about, and what is wanted of it.
struct Asked {
    prompts: Vec<Vec<TokenId>>,
    outputs: Vec<Vec<TokenId>>,
    row: usize,
    index: Option<usize>,
    wants_rules: bool,
}

impl Default for Asked {
    fn default() -> Self {
        Self { prompts: vec![Vec::new()], outputs: vec![Vec::new()], row: 0, index: None, wants_rules: false }
    }
}

impl Table for Asked {
    const READERS: &'static [(&'static str, Reader<Self>)] = &[
        ("prompt_ids", |asked, _, v| ids(v).map(|rows| asked.prompts = rows)),
        ("output_ids", |asked, _, v| ids(v).map(|rows| asked.outputs = rows)),
        ("row", |asked, name, v| v.count(name, 0).map(|row| asked.row = row)),
        ("index", |asked, name, v| v.count(name, 0).map(|index| asked.index = Some(index))),
        ("rules", |asked, name, v| v.boolean(name).map(|rules| asked.wants_rules = rules)),
        ("model", |_, name, v| Err(Error::invalid(name, v, "use what lab.model() gives"))),
        ("generator", |_, name, v| Err(Error::invalid(name, v, "use what lab.generator() gives"))),
    ];
}

#[wasm_bindgen]
impl Engine {
    /// Everything that happened to one token of a text: a trace, the probabilities `after` each stage, and `rules` where they are asked for.
    /// The answer on the CPU, a promise of it on a GPU.
    ///
    /// # Errors
    /// `empty_prompt`, `invalid_token`, `nothing_left`, `wrong_length`, `invalid_setting`, `unknown_setting`.
    #[allow(clippy::await_holding_refcell_ref, reason = "JavaScript makes one call at a time")]
    pub fn explain(
        &self,
        model: &ModelHandle,
        options: &JsValue,
        generator: Option<GeneratorHandle>,
    ) -> std::result::Result<JsValue, JsValue> {
        let (asked, settings) = Asked::read(options, generator.is_some()).map_err(convert::error)?;
        let generator = generator.unwrap_or_else(|| GeneratorHandle::of(&settings.sampling, 0)).borrow_mut().clone();
        let (backend, model) = (self.backend.clone(), model.clone());
        answer(async move {
            let question = asked.question(&settings)?;
            let backend = &mut *backend.borrow_mut();
            let explanation = explain(&question, &mut *model.borrow_mut(), backend, &generator).await?;
            let object = to_object(&explanation, &question);
            convert::set(&object, "seed", &BigInt::from(generator.seed()));
            Ok(object.into())
        })
    }
}

impl Asked {
    fn read(options: &JsValue, has_generator: bool) -> Result<(Self, GenerateSettings)> {
        let entries = convert::entries(options)?;
        refuse_beside_generator(has_generator, &entries)?;
        let mut asked = Self::default();
        let settings = GenerateSettings::read_with(entries, &mut asked)?;
        let is_drawn =
            asked.outputs.get(asked.row).is_some_and(|output| asked.index.is_some_and(|ix| ix < output.len()));
        let has_seed = has_generator || settings.sampling.seed.is_some() || settings.sampling.plan().greedy;
        if is_drawn && !has_seed {
            let expected = "give the seed that the text was drawn with: every step of generate() names it";
            return Err(Error::invalid("seed", "undefined", expected));
        }
        Ok((asked, settings))
    }

    fn question<'a>(&'a self, settings: &'a GenerateSettings) -> Result<Question<'a>> {
        let Self { prompts, outputs, row, index, wants_rules } = self;
        let index = index.ok_or_else(|| Error::invalid("index", "undefined", "say which new token, from 0"))?;
        Ok(Question { prompts, outputs, row: *row, index, settings, wants_rules: *wants_rules })
    }
}

fn to_object(explanation: &Explanation, question: &Question<'_>) -> Object {
    let object = convert::trace(&explanation.trace, &question.settings.sampling);
    let after = explanation.after.iter().map(|column| JsValue::from(Float32Array::from(column.as_slice())));
    convert::set(&object, "after", &after.collect::<Array>());
    if question.wants_rules {
        convert::set(&object, "rules", &explanation.rules.iter().map(convert::kept).collect::<Array>());
    }
    object
}
