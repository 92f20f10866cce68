//! A score that JavaScript advances.

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{convert, model::ModelHandle, platform::PerformanceClock};
use crate::{
    core::error::Result,
    explain::facts::Scoring,
    settings::{ScoreOptions, Settings},
};

/// One call of `score()`.
#[wasm_bindgen(js_name = Scoring)]
pub struct ScoringHandle {
    scoring: Scoring,
    model: ModelHandle,
    clock: PerformanceClock,
}

#[wasm_bindgen(js_class = Scoring)]
impl ScoringHandle {
    /// Goes on for about `budget_ms`, one part of what is read at least: `{ tokens, model, settings }` once all tokens are done, undefined before.
    ///
    /// # Errors
    /// `empty_prompt`, and those of the stages.
    pub fn advance(&mut self, budget_ms: f64) -> std::result::Result<JsValue, JsValue> {
        let is_over = &mut self.clock.is_over_after(budget_ms);
        loop {
            self.scoring.advance(&mut *self.model.borrow_mut(), is_over).map_err(convert::error)?;
            if self.scoring.is_finished() {
                return Ok(convert::plain(&self.scoring.score()));
            }
            if is_over() {
                return Ok(JsValue::UNDEFINED);
            }
        }
    }
}

impl ScoringHandle {
    /// Of a text.
    pub(super) fn new(model: ModelHandle, options: &ScoreOptions, settings: &Settings) -> Result<Self> {
        let scoring = Scoring::new(&*model.borrow_mut(), options, settings)?;
        Ok(Self { scoring, model, clock: PerformanceClock::new() })
    }
}
