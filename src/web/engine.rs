//! The engine as JavaScript sees it.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Array, BigInt, BigUint64Array, Float32Array, Object, Uint32Array};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{
    PerformanceClock, convert, generation::GenerationHandle, generator::GeneratorHandle, model::ModelHandle, ready,
};
use crate::{
    backend::{Step, cpu::CpuBackend},
    error::Result,
    generate::Workbench,
    rng::Generator,
    sample,
    settings::{ModelSpec, Settings, SoftmaxOptions, SweepOptions},
    sweep::sweep,
};

/// One backend, shared by everything an engine started.
pub(super) type SharedBackend = Rc<RefCell<CpuBackend>>;

/// Owns the backend. Everything else is a handle that JavaScript holds.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Engine {
    backend: SharedBackend,
    /// The caller's logits, copied in; grows to the largest batch seen.
    logits: Vec<f32>,
}

#[wasm_bindgen]
impl Engine {
    /// A CPU engine.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// `{ version, simd }`.
    pub fn info(&self) -> JsValue {
        let object = Object::new();
        convert::set(&object, "version", &env!("CARGO_PKG_VERSION").into());
        convert::set(&object, "simd", &cfg!(target_feature = "simd128").into());
        object.into()
    }

    /// softmax(logits / temperature), (B·V) → (B·V).
    ///
    /// # Errors
    /// `invalid_logits`, `nothing_left`, `wrong_length`, `invalid_setting`, `unknown_setting`.
    pub fn softmax(&mut self, logits: &Float32Array, options: &JsValue) -> std::result::Result<Vec<f32>, JsValue> {
        self.softmax_rows(logits, options).map_err(convert::error)
    }

    /// One token per row: `{ tokens, probabilities, kept, seed }`. `settings` is one object, or one per row.
    ///
    /// # Errors
    /// `invalid_logits`, `nothing_left`, `wrong_length`, `invalid_token`, `invalid_setting`, `unknown_setting`.
    pub fn sample(
        &mut self,
        logits: &Float32Array,
        settings: &JsValue,
        generator: Option<GeneratorHandle>,
    ) -> std::result::Result<JsValue, JsValue> {
        let settings = per_row(settings).map_err(convert::error)?;
        let (steps, seeds) = self.step(logits, &settings, generator, false).map_err(convert::error)?;
        let object = Object::new();
        let tokens: Vec<u32> = steps.iter().map(|step| step.token).collect();
        let probabilities: Vec<f32> = steps.iter().map(|step| step.probability).collect();
        let kept: Vec<u32> = steps.iter().map(|step| step.kept).collect();
        convert::set(&object, "tokens", &Uint32Array::from(tokens.as_slice()));
        convert::set(&object, "probabilities", &Float32Array::from(probabilities.as_slice()));
        convert::set(&object, "kept", &Uint32Array::from(kept.as_slice()));
        convert::set(&object, "seed", &BigInt::from(seeds[0]));
        if seeds.len() > 1 {
            convert::set(&object, "seeds", &BigUint64Array::from(seeds.as_slice()));
        }
        Ok(object.into())
    }

    /// Everything that happened to one row, from its logits to the token.
    ///
    /// # Errors
    /// As [`sample`](Self::sample).
    pub fn trace(
        &mut self,
        logits: &Float32Array,
        settings: &JsValue,
        generator: Option<GeneratorHandle>,
    ) -> std::result::Result<JsValue, JsValue> {
        let settings = per_row(settings).map_err(convert::error)?;
        let (steps, seeds) = self.step(logits, &settings, generator, true).map_err(convert::error)?;
        let explained = steps.first().and_then(|step| step.trace.as_deref()).zip(settings.first());
        let object = explained.map(|(trace, settings)| convert::trace(trace, settings)).unwrap_or_default();
        convert::set(&Object::from(object.clone()), "seed", &BigInt::from(seeds[0]));
        Ok(object)
    }

    /// A stream that goes on from call to call.
    ///
    /// # Errors
    /// `invalid_setting`.
    pub fn generator(&self, rng: &JsValue, seed: &JsValue) -> std::result::Result<GeneratorHandle, JsValue> {
        GeneratorHandle::parse(convert::value(rng), convert::value(seed)).map_err(convert::error)
    }

    /// Builds a model.
    ///
    /// # Errors
    /// `model_format`, `invalid_setting`, `unknown_setting`.
    pub fn model(
        &self,
        spec: &JsValue,
        generator: Option<GeneratorHandle>,
    ) -> std::result::Result<ModelHandle, JsValue> {
        let spec = convert::entries(spec).and_then(ModelSpec::from_entries).map_err(convert::error)?;
        ModelHandle::build(spec, generator).map_err(convert::error)
    }

    /// Starts a run. Nothing is computed yet.
    ///
    /// # Errors
    /// `empty_prompt`, `invalid_token`, `invalid_setting`, `unknown_setting`.
    pub fn generate(
        &self,
        model: &ModelHandle,
        options: &JsValue,
        generator: Option<GeneratorHandle>,
    ) -> std::result::Result<GenerationHandle, JsValue> {
        GenerationHandle::start(model.clone(), options, generator, self.backend.clone()).map_err(convert::error)
    }

    /// The notebook's prompt-length sweep.
    ///
    /// # Errors
    /// `invalid_setting`, `unknown_setting`.
    pub fn time(
        &self,
        model: &ModelHandle,
        options: &JsValue,
        generator: Option<GeneratorHandle>,
    ) -> std::result::Result<JsValue, JsValue> {
        let options = convert::entries(options).and_then(SweepOptions::from_entries).map_err(convert::error)?;
        let generator = generator.unwrap_or_else(|| GeneratorHandle::of(&options.settings));
        let mut bench = Workbench {
            model: &mut *model.borrow_mut(),
            backend: &mut *self.backend.borrow_mut(),
            generator: &mut generator.borrow_mut(),
            clock: &PerformanceClock::new(),
        };
        let points = ready(sweep(&mut bench, &options)).map_err(convert::error)?;
        Ok(convert::plain(&points))
    }
}

impl Engine {
    fn softmax_rows(&mut self, logits: &Float32Array, options: &JsValue) -> Result<Vec<f32>> {
        let options = SoftmaxOptions::from_entries(convert::entries(options)?)?;
        self.load(logits);
        sample::softmax(&mut self.logits, options)
    }

    /// Draws one token per row and returns the steps with the seed of each row, or of the batch.
    fn step(
        &mut self,
        logits: &Float32Array,
        settings: &[Settings],
        generator: Option<GeneratorHandle>,
        want_trace: bool,
    ) -> Result<(Vec<Step>, Vec<u64>)> {
        let mut generators: Vec<Generator> = match &generator {
            Some(shared) => vec![shared.borrow_mut().clone()],
            None => settings.iter().map(|settings| GeneratorHandle::of(settings).borrow_mut().clone()).collect(),
        };
        let seeds = generators.iter().map(Generator::seed).collect();
        self.load(logits);
        let backend = &mut *self.backend.borrow_mut();
        let steps = ready(sample::sample(backend, &mut self.logits, settings, &mut generators, want_trace))?;
        if let (Some(shared), Some(advanced)) = (generator, generators.pop()) {
            *shared.borrow_mut() = advanced;
        }
        Ok((steps, seeds))
    }

    /// Copies the caller's logits into wasm memory.
    fn load(&mut self, logits: &Float32Array) {
        self.logits.resize(logits.length() as usize, 0.0);
        logits.copy_to(&mut self.logits);
    }
}

/// One object, or a list of one per row.
fn per_row(settings: &JsValue) -> Result<Vec<Settings>> {
    let read = |row: &JsValue| Settings::from_entries(convert::entries(row)?);
    if Array::is_array(settings) {
        Array::from(settings).iter().map(|row| read(&row)).collect()
    } else {
        Ok(vec![read(settings)?])
    }
}
