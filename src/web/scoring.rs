//! A score that JavaScript advances.

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{convert, model::ModelHandle, platform::PerformanceClock};
use crate::{
    core::error::Result,
    explain::facts::Scoring,
    generate::timing::Clock,
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
    /// Goes on for about `budget_ms`, one token at least: `{ tokens, model, settings }` once all tokens are done, undefined before.
    ///
    /// # Errors
    /// `empty_prompt`, and those of the stages.
    pub fn advance(&mut self, budget_ms: f64) -> std::result::Result<JsValue, JsValue> {
        let started = self.clock.now_ms();
        loop {
            self.scoring.advance(&mut *self.model.borrow_mut()).map_err(convert::error)?;
            if self.scoring.is_finished() {
                return Ok(convert::plain(&self.scoring.score()));
            }
            if self.clock.now_ms() - started >= budget_ms {
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
