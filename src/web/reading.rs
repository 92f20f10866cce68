//! What a model reads for JavaScript, who advances it.

use js_sys::Float32Array;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{convert, memory, model::ModelHandle, platform::PerformanceClock};
use crate::{
    core::{error::Result, token::TokenId},
    model::{Place, Reading, Tokens},
};

/// One call of `forward()` or `next()`.
#[wasm_bindgen(js_name = Reading)]
pub struct ReadingHandle {
    model: ModelHandle,
    ids: Vec<TokenId>,
    /// B, where the logits after each token are wanted, and not those of what follows all.
    batch: Option<usize>,
    reading: Reading,
    logits: Vec<f32>,
    clock: PerformanceClock,
}

#[wasm_bindgen(js_class = Reading)]
impl ReadingHandle {
    /// Goes on for about `budget_ms`, one part of what is read at least: the logits once they are all there, undefined before.
    ///
    /// # Errors
    /// `empty_prompt`, `wrong_length`, `invalid_token`.
    pub fn advance(&mut self, budget_ms: f64) -> std::result::Result<JsValue, JsValue> {
        let is_done = self.read(budget_ms).map_err(convert::error)?;
        Ok(if is_done { Float32Array::from(&self.logits[..]).into() } else { JsValue::UNDEFINED })
    }
}

#[wasm_bindgen(js_class = Model)]
impl ModelHandle {
    /// Begins to read ids (B, T): in the end logits (B, T, V). Nothing is computed yet.
    ///
    /// # Errors
    /// `empty_prompt`, `wrong_length`.
    pub fn forward(&self, ids: Vec<u32>, batch: usize) -> std::result::Result<ReadingHandle, JsValue> {
        ReadingHandle::new(self.clone(), ids, Some(batch)).map_err(convert::error)
    }

    /// Begins to read the context `ids` (T): in the end the logits (V) for what follows it. Nothing is computed yet.
    pub fn next(&self, ids: Vec<u32>) -> std::result::Result<ReadingHandle, JsValue> {
        ReadingHandle::new(self.clone(), ids, None).map_err(convert::error)
    }
}

impl ReadingHandle {
    /// Of these ids; `batch`: in so many rows, each token's logits.
    fn new(model: ModelHandle, ids: Vec<TokenId>, batch: Option<usize>) -> Result<Self> {
        let vocab_size = model.vocab_size();
        let mut logits = Vec::new();
        if let Some(batch) = batch {
            memory::require("ids", ids.len(), vocab_size.saturating_mul(8))?;
            Tokens::new(&ids, batch)?;
        } else {
            logits.resize(vocab_size, 0.0);
        }
        Ok(Self { model, ids, batch, reading: Reading::default(), logits, clock: PerformanceClock::new() })
    }

    fn read(&mut self, budget_ms: f64) -> Result<bool> {
        let Self { model, ids, batch, reading, logits, clock } = self;
        let (model, is_over) = (&mut *model.borrow_mut(), &mut clock.is_over_after(budget_ms));
        match *batch {
            Some(batch) => model.forward_on(Tokens::new(ids, batch)?, reading, is_over, logits),
            None => model.read(Place::Aside, ids, reading, is_over, logits),
        }
    }
}
