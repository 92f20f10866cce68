//! A seeded stream that goes on from call to call.

use std::{
    cell::{RefCell, RefMut},
    rc::Rc,
};

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{convert, platform::fresh_seed};
use crate::{
    core::error::Result,
    rng::{Generator, RngKind},
    settings::{Settings, Value},
};

/// A generator that several calls share, as `torch.manual_seed` and what follows it.
#[wasm_bindgen(js_name = Generator)]
#[derive(Debug, Clone)]
pub struct GeneratorHandle(Rc<RefCell<Generator>>);

#[wasm_bindgen(js_class = Generator)]
impl GeneratorHandle {
    /// "philox" or "torch".
    #[wasm_bindgen(getter)]
    pub fn rng(&self) -> String {
        self.0.borrow().kind().as_str().to_owned()
    }

    /// The seed in force.
    #[wasm_bindgen(getter)]
    pub fn seed(&self) -> u64 {
        self.0.borrow().seed()
    }

    /// Goes to the start of the stream that `seed` names.
    ///
    /// # Errors
    /// `invalid_setting`.
    pub fn manual_seed(&self, seed: JsValue) -> std::result::Result<(), JsValue> {
        let settings =
            Settings::from_entries(vec![("seed".to_owned(), convert::value(&seed))]).map_err(convert::error)?;
        self.0.borrow_mut().manual_seed(settings.seed.unwrap_or_else(fresh_seed));
        Ok(())
    }

    /// A second handle on the same stream.
    pub fn share(&self) -> Self {
        self.clone()
    }
}

impl GeneratorHandle {
    /// A stream of its own.
    pub(super) fn new(kind: RngKind, seed: Option<u64>) -> Self {
        Self(Rc::new(RefCell::new(Generator::new(kind, seed.unwrap_or_else(fresh_seed)))))
    }

    /// The stream that the settings ask for.
    pub(super) fn of(settings: &Settings, step: u32) -> Self {
        let handle = Self::new(settings.rng, settings.seed);
        handle.borrow_mut().set_step(step);
        handle
    }

    /// From JavaScript's arguments.
    pub(super) fn parse(rng: Value, seed: Value) -> Result<Self> {
        Settings::from_entries(vec![("rng".to_owned(), rng), ("seed".to_owned(), seed)])
            .map(|settings| Self::of(&settings, 0))
    }

    pub(super) fn borrow_mut(&self) -> RefMut<'_, Generator> {
        self.0.borrow_mut()
    }
}
