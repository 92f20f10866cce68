//! The engine as JavaScript sees it.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Array, BigInt, BigUint64Array, Float32Array, Function, Object, Reflect};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{
    answer::answer, convert, generation::GenerationHandle, generator::GeneratorHandle, grammar::GrammarsOf, memory,
    model::ModelHandle, platform::now_ms, scoring::ScoringHandle, shared::SharedBackend,
};
use crate::{
    auto::{AutoBackend, Preference},
    backend::Detail,
    core::error::{Error, Result},
    explain::{facts::stationary, rules::kept_by_others, statistics::chi_square},
    generate::sample,
    rng::Generator,
    settings::{
        ModelSpec, SampleSettings, ScoreOptions, Settings, SoftmaxOptions, StationaryOptions, Table, TimeOptions,
        Value, read_options, refuse_beside_generator,
    },
};

/// Owns the backend. Everything else is a handle that JavaScript holds.
///
/// Methods that draw give their answer at once on the CPU, and a promise of it while a GPU works. The next call must wait for it.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Engine {
    pub(super) backend: SharedBackend,
    next: Rc<RefCell<Option<AutoBackend>>>,
    /// The caller's logits, copied in; grows to the largest batch seen.
    logits: Rc<RefCell<Vec<f32>>>,
    pub(super) grammars_of: GrammarsOf,
}

#[wasm_bindgen]
impl Engine {
    /// A CPU engine.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes ready what [`adopt`](Self::adopt) changes to: "auto", "cpu" or "webgpu". A GPU is looked for and tried out; other calls go on
    /// meanwhile. `missing` says why there is no use in looking, if there is none. The answer is whether there is one.
    ///
    /// # Errors
    /// `backend_unavailable` and `backend_fault` when WebGPU was asked for; `invalid_setting`.
    pub fn prepare(&self, preference: &str, missing: Option<String>) -> std::result::Result<JsValue, JsValue> {
        let (next, wanted) = (self.next.clone(), Preference::parse(preference));
        let preference = preference.to_owned();
        answer(async move {
            let expected = "use \"auto\", \"cpu\" or \"webgpu\"";
            let wanted = wanted.ok_or_else(|| Error::invalid("backend", preference, expected))?;
            let fresh = match missing {
                Some(reason) => AutoBackend::without_gpu(wanted, &reason)?,
                None => AutoBackend::new(wanted, now_ms).await?,
            };
            let has_gpu = fresh.about().adapter.is_some();
            next.replace(Some(fresh));
            Ok(has_gpu.into())
        })
    }

    /// Changes to the backend that was made ready. Runs go on where they are. `adapter` is what the browser calls its GPU.
    pub fn adopt(&self, adapter: Option<String>) {
        if let Some(fresh) = self.next.take() {
            self.backend.borrow_mut().replace(fresh, adapter);
        }
    }

    /// Changes to "auto" or "webgpu" with the GPU in use; false, with nothing done, when there is none, or another wish.
    pub fn prefer(&self, preference: &str) -> bool {
        Preference::parse(preference).is_some_and(|wanted| self.backend.borrow_mut().prefer(wanted))
    }

    /// `{ kind, adapter, reason, lost }`: where the last step ran or the next one will, and why there.
    pub fn about(&self) -> JsValue {
        convert::about(self.backend.borrow().about())
    }

    /// Counts the changes of [`about`](Self::about).
    #[wasm_bindgen(getter)]
    pub fn about_version(&self) -> u32 {
        self.backend.borrow().about().version
    }

    /// Whether a call with these options has a constraint, and what reads one was not given yet.
    pub fn wants_grammars(&self, options: &JsValue) -> bool {
        let is_set = |value: JsValue| !value.is_undefined() && !value.is_null();
        self.grammars_of.borrow().is_none() && Reflect::get(options, &"constraint".into()).is_ok_and(is_set)
    }

    /// Takes what makes a `GrammarTokens` of a model's bytes, ends and end tokens: from now on calls may have a constraint. Nothing takes it away
    /// again, because what was there broke down.
    pub fn use_grammars(&self, grammars_of: Option<Function>) {
        self.grammars_of.replace(grammars_of);
    }

    /// Switches the live check on or off: from now on every step is done on both backends.
    pub fn check(&self, on: bool) {
        self.backend.borrow_mut().set_check(on);
    }

    /// `{ rows, same_tokens, same_bits, largest_difference }` since the live check was switched on; undefined while it is off.
    pub fn check_report(&self) -> JsValue {
        self.backend.borrow().check_report().map_or(JsValue::UNDEFINED, convert::report)
    }

    /// Destroys the GPU's device, as a crash would: for tests of what happens then.
    pub fn lose_device(&self) {
        self.backend.borrow_mut().lose_device();
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

    /// One token per row: `{ tokens, probabilities, kept, seed }`, and `original_probabilities` where a stage follows them. `settings` is one object, or one per row.
    ///
    /// # Errors
    /// `invalid_logits`, `nothing_left`, `wrong_length`, `invalid_token`, `invalid_setting`, `unknown_setting`.
    pub fn sample(
        &self,
        logits: &Float32Array,
        settings: &JsValue,
        generator: Option<GeneratorHandle>,
    ) -> std::result::Result<JsValue, JsValue> {
        self.draw(logits, settings, generator, Detail::Token)
    }

    /// Everything that happened to one row, from its logits to the token.
    ///
    /// # Errors
    /// As [`sample`](Self::sample).
    pub fn trace(
        &self,
        logits: &Float32Array,
        settings: &JsValue,
        generator: Option<GeneratorHandle>,
    ) -> std::result::Result<JsValue, JsValue> {
        self.draw(logits, settings, generator, Detail::Evidence)
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
        let spec = || {
            let entries = convert::entries(spec)?;
            refuse_beside_generator(generator.is_some(), &entries)?;
            ModelSpec::from_entries(entries)
        };
        spec().and_then(|spec| ModelHandle::build(spec, generator)).map_err(convert::error)
    }

    /// A model of given logits (V) and their labels, V strings; without labels the tokens are called by their ids.
    ///
    /// # Errors
    /// `invalid_logits`, `nothing_left`, `wrong_length`, `model_format`.
    pub fn given(&self, logits: Vec<f32>, labels: Option<Array>) -> std::result::Result<ModelHandle, JsValue> {
        let text = |label: JsValue| label.as_string().expect("the library makes every label a string");
        let labels = labels.map(|labels| labels.iter().map(text).collect());
        ModelHandle::given(logits, labels).map_err(convert::error)
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
        GenerationHandle::start(model.clone(), options, generator, self.backend.clone(), &self.grammars_of)
            .map_err(convert::error)
    }

    /// Pearson's test of counts (V) against probabilities (V): `{ statistic, degrees_of_freedom, p_value }`.
    pub fn chi_square(&self, counts: &[u32], probabilities: &[f32]) -> JsValue {
        convert::plain(&chi_square(counts, probabilities))
    }

    /// What other systems would keep of one row: `[{ system, order, kept }]`.
    ///
    /// # Errors
    /// As [`sample`](Self::sample).
    pub fn rules(&self, logits: &Float32Array, settings: &JsValue) -> std::result::Result<Array, JsValue> {
        let kept = convert::entries(settings)
            .and_then(SampleSettings::from_entries)
            .and_then(|settings| kept_by_others(&mut self.load(logits, PER_LOGIT_TRACED)?.borrow_mut(), &settings));
        Ok(kept.map_err(convert::error)?.iter().map(convert::kept).collect())
    }

    /// Begins to score a text. Nothing is computed yet.
    ///
    /// # Errors
    /// `invalid_token`, `invalid_setting`, `unknown_setting`.
    pub fn score(&self, model: &ModelHandle, options: &JsValue) -> std::result::Result<ScoringHandle, JsValue> {
        let read = with_settings::<ScoreOptions>(options);
        let begun = read.and_then(|(options, mut settings)| {
            model.constrain(&mut settings, None, &self.grammars_of)?;
            ScoringHandle::new(model.clone(), &options, &settings)
        });
        begun.map_err(convert::error)
    }

    /// Where an endless text spends its time: `{ probabilities, entropy_rate, converged }`.
    ///
    /// # Errors
    /// `model_format`, `invalid_token`, `invalid_setting`, `unknown_setting`.
    pub fn stationary(&self, model: &ModelHandle, options: &JsValue) -> std::result::Result<JsValue, JsValue> {
        let found = with_settings::<StationaryOptions>(options)
            .and_then(|(options, settings)| stationary(&mut *model.borrow_mut(), options.from, &settings));
        found.map(|found| convert::stationary(&found)).map_err(convert::error)
    }

    /// What a call of `time` measures: `{ prompt_lengths, new_tokens, rounds }`, with the defaults where nothing is said.
    ///
    /// # Errors
    /// `invalid_setting`, `unknown_setting`.
    pub fn time_options(
        &self,
        options: &JsValue,
        generator: Option<GeneratorHandle>,
    ) -> std::result::Result<JsValue, JsValue> {
        let read = || {
            refuse_beside_generator(generator.is_some(), &convert::entries(options)?)?;
            with_settings::<TimeOptions>(options)
        };
        read().map(|(options, _)| convert::time_options(&options)).map_err(convert::error)
    }
}

impl Engine {
    fn softmax_rows(&mut self, logits: &Float32Array, options: &JsValue) -> Result<Vec<f32>> {
        let options = SoftmaxOptions::from_entries(convert::entries(options)?)?;
        sample::softmax(&mut self.load(logits, PER_LOGIT)?.borrow_mut(), options)
    }

    /// Draws one token per row, for [`sample`](Self::sample) or, with all that happened, for [`trace`](Self::trace). The logits are copied
    /// before this returns.
    #[allow(clippy::await_holding_refcell_ref, reason = "JavaScript makes one call at a time")]
    fn draw(
        &self,
        logits: &Float32Array,
        settings: &JsValue,
        generator: Option<GeneratorHandle>,
        detail: Detail,
    ) -> std::result::Result<JsValue, JsValue> {
        let settings = per_row(settings, generator.is_some()).map_err(convert::error)?;
        if detail.has_trace() && settings[0].row.batch != 1 {
            let refused = Error::invalid("batch", settings[0].row.batch, "a trace explains one row: give it alone");
            return Err(convert::error(refused));
        }
        let mut generators: Vec<Generator> = match &generator {
            Some(shared) => vec![shared.borrow_mut().clone()],
            None => settings.iter().map(stream_of).collect(),
        };
        let bytes = if detail.has_trace() { PER_LOGIT_TRACED } else { PER_LOGIT };
        let (backend, logits) = (self.backend.clone(), self.load(logits, bytes).map_err(convert::error)?);
        answer(async move {
            let seeds: Vec<u64> = generators.iter().map(Generator::seed).collect();
            let backend = &mut *backend.borrow_mut();
            let logits = &mut logits.borrow_mut();
            let sample::Looked { steps, survivors, originals } =
                sample::sample_and_look(backend, logits, &settings, &mut generators, detail).await?;
            if let (Some(shared), Some(advanced)) = (generator, generators.pop()) {
                *shared.borrow_mut() = advanced;
            }
            let object = match steps.first().and_then(|step| step.trace.as_deref()).zip(settings.first()) {
                Some((trace, settings)) => convert::trace(trace, &settings.sampling),
                None => convert::steps(&steps),
            };
            let is_shared = settings.len() == 1;
            convert::set_survivors(&object, &survivors, |ix| settings[if is_shared { 0 } else { ix }].row.clone());
            if !originals.is_empty() {
                convert::set(&object, "original_probabilities", &Float32Array::from(originals.as_slice()));
            }
            convert::set(&object, "seed", &BigInt::from(seeds[0]));
            if seeds.len() > 1 {
                convert::set(&object, "seeds", &BigUint64Array::from(seeds.as_slice()));
            }
            Ok(object.into())
        })
    }

    /// The logits of one row that is drawn.
    pub(super) fn load_row(&self, logits: &Float32Array) -> Result<Rc<RefCell<Vec<f32>>>> {
        self.load(logits, PER_LOGIT)
    }

    /// Copies the caller's logits into wasm memory, if there are so many bytes for each of them.
    fn load(&self, logits: &Float32Array, bytes: usize) -> Result<Rc<RefCell<Vec<f32>>>> {
        memory::require("logits", logits.length() as usize, bytes)?;
        {
            let mut room = self.logits.borrow_mut();
            room.resize(logits.length() as usize, 0.0);
            logits.copy_to(&mut room);
        }
        Ok(self.logits.clone())
    }
}

/// Bytes that a call may need for each logit: the logit, its probability, its noise, its place in a list of survivors, and its row's part.
const PER_LOGIT: usize = 48;

/// The same with a column, its softmax and its evidence for each of the stages.
const PER_LOGIT_TRACED: usize = 512;

/// The stream that one row's settings name.
fn stream_of(settings: &SampleSettings) -> Generator {
    GeneratorHandle::of(&settings.sampling, settings.row.step).borrow_mut().clone()
}

/// Options of a call, and sampling settings beside them.
fn with_settings<T: Table + Default>(options: &JsValue) -> Result<(T, Settings)> {
    let (mut own, mut settings) = (T::default(), Settings::default());
    read_options(convert::entries(options)?, &mut [&mut own, &mut settings])?;
    Ok((own, settings))
}

/// One object, or a list of one per row.
fn per_row(settings: &JsValue, has_generator: bool) -> Result<Vec<SampleSettings>> {
    let read = |entries: Vec<(String, Value)>| {
        refuse_beside_generator(has_generator, &entries)?;
        SampleSettings::from_entries(entries)
    };
    if !Array::is_array(settings) {
        return Ok(vec![read(convert::entries(settings)?)?]);
    }
    let rows = Array::from(settings);
    if rows.length() == 0 {
        return Err(Error::invalid("settings", "an empty list", "give one object per row"));
    }
    let read_row = |row: JsValue| {
        let entries = convert::entries(&row)?;
        match entries.iter().find(|(name, _)| name == "batch") {
            Some((name, value)) => {
                Err(Error::invalid(name, value, "leave it out: a list holds settings for one row each"))
            }
            None => read(entries),
        }
    };
    rows.iter().map(read_row).collect()
}
