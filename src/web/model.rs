//! A model that JavaScript holds.

use std::{
    cell::{RefCell, RefMut},
    rc::Rc,
};

use js_sys::{Array, Object, Uint32Array};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{
    convert,
    generator::GeneratorHandle,
    grammar::{GrammarsOf, LastConstraint},
};
use crate::{
    core::{
        error::Result,
        number::{counted, shortest},
        token::TokenId,
    },
    explain::LastContext,
    model::{CountedBigram, GivenLogits, LanguageModel, TinyBigram},
    settings::{BigramSpec, CountedSpec, GenerateSettings, ModelSpec, ReadsOptions, Settings, Value},
};

/// `logits = model(idx)`.
#[wasm_bindgen(js_name = Model)]
#[derive(Clone)]
pub struct ModelHandle {
    model: Rc<RefCell<dyn LanguageModel>>,
    last_context: Rc<RefCell<LastContext>>,
    last_constraint: Rc<RefCell<LastConstraint>>,
    kind: &'static str,
    description: String,
}

#[wasm_bindgen(js_class = Model)]
impl ModelHandle {
    /// "bigram", "counted", "logits" or "gpt".
    #[wasm_bindgen(getter)]
    pub fn kind(&self) -> String {
        self.kind.to_owned()
    }

    /// V.
    #[wasm_bindgen(getter)]
    pub fn vocab_size(&self) -> usize {
        self.model.borrow().vocab().len()
    }

    /// One sentence: what the model is and where its numbers come from.
    pub fn describe(&self) -> String {
        self.description.clone()
    }

    /// The text of every token, in id order.
    pub fn tokens(&self) -> Vec<JsValue> {
        let model = self.model.borrow();
        let texts = (0u32..).take(model.vocab().len()).map(|id| JsValue::from(model.vocab().token_text(id).as_ref()));
        texts.collect::<Array>().to_vec()
    }

    /// Text to ids: `{ ids, replaced }`.
    ///
    /// # Errors
    /// `cannot_encode`.
    pub fn encode(&self, text: &str) -> std::result::Result<JsValue, JsValue> {
        let encoded = self.model.borrow().encode(text).map_err(convert::error)?;
        let object = Object::new();
        convert::set(&object, "ids", &Uint32Array::from(encoded.ids.as_slice()));
        convert::set(&object, "replaced", &encoded.replaced.into());
        Ok(object.into())
    }

    /// Ids to text.
    ///
    /// # Errors
    /// `invalid_token`.
    pub fn decode(&self, ids: &[u32]) -> std::result::Result<String, JsValue> {
        self.model.borrow().vocab().decode(ids).map_err(convert::error)
    }
}

impl ModelHandle {
    /// Builds a model; a bigram's weights come from `generator` if there is one.
    pub(super) fn build(spec: ModelSpec, generator: Option<GeneratorHandle>) -> Result<Self> {
        match spec {
            ModelSpec::Bigram(BigramSpec { rng, seed }) => {
                let generator = generator.unwrap_or_else(|| GeneratorHandle::new(rng, Some(seed)));
                let model = TinyBigram::notebook(&mut generator.borrow_mut());
                let description = format!(
                    "the notebook's bigram: 30 x 30 weights, N(0, 0.3) from {} with seed {}, plus six letter bonuses",
                    generator.rng(),
                    generator.seed(),
                );
                Ok(Self::new(Rc::new(RefCell::new(model)), "bigram", description))
            }
            ModelSpec::Counted(CountedSpec { text, smoothing }) => {
                let model = CountedBigram::from_text(&text, smoothing)?;
                let description = format!(
                    "a bigram counted from {} of your text, {} distinct, {} added to every count",
                    counted(text.chars().count(), "character"),
                    model.vocab().len(),
                    shortest(smoothing),
                );
                Ok(Self::new(Rc::new(RefCell::new(model)), "counted", description))
            }
        }
    }

    /// A model of given logits (V), with one label each, or called by their ids.
    pub(super) fn given(logits: Vec<f32>, labels: Option<Vec<String>>) -> Result<Self> {
        let model = match labels {
            Some(labels) => GivenLogits::new(logits, labels),
            None => GivenLogits::numbered(logits),
        }?;
        let description = format!("{} of your own, the same at every step", counted(model.vocab().len(), "logit"));
        Ok(Self::new(Rc::new(RefCell::new(model)), "logits", description))
    }

    /// A model of any kind.
    pub(super) fn new(model: Rc<RefCell<dyn LanguageModel>>, kind: &'static str, description: String) -> Self {
        Self { model, last_context: Rc::default(), last_constraint: Rc::default(), kind, description }
    }

    /// What the model said after the context that was explained last.
    pub(super) fn last_context(&self) -> RefMut<'_, LastContext> {
        self.last_context.borrow_mut()
    }

    /// Reads the settings of a text of this model, which ends at the model's own tokens unless `eos_token_id` says otherwise.
    ///
    /// # Errors
    /// `InvalidSetting`, `UnknownSetting`, `Constraint`.
    pub(super) fn settings(
        &self,
        entries: Vec<(String, Value)>,
        others: &mut dyn ReadsOptions,
        of: &GrammarsOf,
    ) -> Result<GenerateSettings> {
        let is_end_given = entries.iter().any(|(name, _)| name == "eos_token_id");
        let mut settings = GenerateSettings::read_with(entries, others)?;
        if !is_end_given {
            settings.run.eos_token_id = self.model.borrow().end_tokens().to_vec();
        }
        self.constrain(&mut settings.sampling, Some(&settings.run.eos_token_id), of)?;
        Ok(settings)
    }

    /// Compiles the settings' constraint for this model's tokens, if there is one. `end`: the tokens that end a text; None for the model's own.
    ///
    /// # Errors
    /// `Constraint`.
    pub(super) fn constrain(&self, settings: &mut Settings, end: Option<&[TokenId]>, of: &GrammarsOf) -> Result<()> {
        let model = self.model.borrow();
        self.last_constraint.borrow_mut().bind(settings, model.vocab(), end.unwrap_or(model.end_tokens()), of)
    }

    pub(super) fn borrow_mut(&self) -> RefMut<'_, dyn LanguageModel> {
        self.model.borrow_mut()
    }
}
