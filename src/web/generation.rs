//! A run that JavaScript advances.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Array, BigInt, Float32Array, Object, Uint32Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use super::{
    answer::answer, convert, generator::GeneratorHandle, grammar::GrammarsOf, memory, model::ModelHandle,
    platform::PerformanceClock, shared::SharedBackend,
};
use crate::{
    auto::AutoBackend,
    core::{
        error::{Error, Result},
        token::TokenId,
    },
    generate::{Generation, Outcome, ReadSoFar, RowChunk, RowOutcome, Workbench},
    gpu::GpuTimes,
    settings::{Reader, Settings, Table, Value, refuse_beside_generator},
};

/// What a run begins with. The names that hold nothing are read before the engine is asked.
#[derive(Default)]
struct Start {
    prompt: Option<Value>,
    prompt_ids: Option<Value>,
}

impl Table for Start {
    const READERS: &'static [(&'static str, Reader<Self>)] = &[
        ("prompt", |start, _, v| {
            start.prompt = Some(v);
            Ok(())
        }),
        ("prompt_ids", |start, _, v| {
            start.prompt_ids = Some(v);
            Ok(())
        }),
        ("model", |_, name, v| Err(Error::invalid(name, v, "use what lab.model() gives"))),
        ("generator", |_, name, v| Err(Error::invalid(name, v, "use what lab.generator() gives"))),
        ("signal", |_, name, v| Err(Error::invalid(name, v, "use an AbortController's signal"))),
        ("chunk", |_, name, v| Err(Error::invalid(name, v, "use an integer >= 1"))),
        ("onProgress", |_, name, v| Err(Error::invalid(name, v, "use a function"))),
    ];
}

/// One run of `generate()`.
#[wasm_bindgen(js_name = Generation)]
pub struct GenerationHandle {
    run: Rc<RefCell<Generation<AutoBackend>>>,
    model: ModelHandle,
    generator: GeneratorHandle,
    backend: SharedBackend,
    clock: Rc<PerformanceClock>,
    /// The GPU's part of the run so far.
    gpu_times: Rc<Cell<GpuTimes>>,
}

#[wasm_bindgen(js_class = Generation)]
impl GenerationHandle {
    /// Draws up to `max_tokens` tokens per row within about `budget_ms`: the answer on the CPU, a promise of it on a GPU. Where the time ended while the
    /// model was reading, it says how far that is, `reading: { read, tokens }`. The last one has the whole run's `result`.
    ///
    /// # Errors
    /// Those of the engine; the run stays as it was.
    #[allow(clippy::await_holding_refcell_ref, reason = "JavaScript makes one call at a time")]
    pub fn advance(&self, max_tokens: usize, budget_ms: f64) -> std::result::Result<JsValue, JsValue> {
        let (run, model, generator) = (self.run.clone(), self.model.clone(), self.generator.share());
        let (backend, clock, gpu_times) = (self.backend.clone(), self.clock.clone(), self.gpu_times.clone());
        answer(async move {
            let run = &mut *run.borrow_mut();
            let backend = &mut *backend.borrow_mut();
            // Other calls have used the GPU since.
            let _ = backend.take_gpu_times();
            let (model, generator) = (&mut *model.borrow_mut(), &mut *generator.borrow_mut());
            let bench = Workbench { model: &mut *model, backend, generator: &mut *generator, clock: &*clock };
            let chunk = run.advance(bench, max_tokens, budget_ms).await?;
            let times = backend.take_gpu_times().unwrap_or_default();
            let mut sums = gpu_times.get();
            sums.add(&times);
            gpu_times.set(sums);
            let object = Object::new();
            convert::set(&object, "finished", &chunk.finished.into());
            if let Some(reading) = chunk.reading {
                set_reading(&object, reading);
                // It is one of hundreds, and there is nothing else to tell.
                if chunk.rows.iter().all(|row| row.tokens.is_empty()) {
                    convert::set(&object, "rows", &Array::new());
                    return Ok(object.into());
                }
            }
            let timings = with_gpu(convert::plain(&chunk.timings), backend, &times);
            convert::set(&object, "timings", &timings);
            let rows = chunk.rows.iter().map(|row| row_chunk(row, run.settings())).collect::<Array>();
            convert::set(&object, "rows", &rows);
            if chunk.finished {
                let outcome = run.outcome(&*model, &*generator)?;
                let timings = with_gpu(convert::plain(&outcome.timings), backend, &gpu_times.get());
                convert::set(&object, "result", &whole(&outcome, &timings));
            }
            Ok(object.into())
        })
    }

    /// The seed that repeats the run.
    #[wasm_bindgen(getter)]
    pub fn seed(&self) -> u64 {
        self.generator.seed()
    }

    /// Ends the run; the text so far stays.
    pub fn abort(&self) {
        self.run.borrow_mut().abort();
    }
}

impl GenerationHandle {
    /// Reads `prompt` or `prompt_ids` and the settings from one options object.
    pub(super) fn start(
        model: ModelHandle,
        options: &JsValue,
        generator: Option<GeneratorHandle>,
        backend: SharedBackend,
        grammars_of: &GrammarsOf,
    ) -> Result<Self> {
        let entries = convert::entries(options)?;
        refuse_beside_generator(generator.is_some(), &entries)?;
        let mut start = Start::default();
        let settings = model.settings(entries, &mut start, grammars_of)?;
        let prompts = start.prompts(&model)?;
        memory::require("prompt", prompts.len(), model.vocab_size().saturating_mul(64))?;
        let generator = generator.unwrap_or_else(|| GeneratorHandle::of(&settings.sampling, 0));
        let run = Generation::new(settings, prompts, &*model.borrow_mut())?;
        let (run, clock) = (Rc::new(RefCell::new(run)), Rc::new(PerformanceClock::new()));
        Ok(Self { run, model, generator, backend, clock, gpu_times: Rc::default() })
    }
}

impl Start {
    /// The prompts as rows of ids; a model that reads none needs none.
    fn prompts(self, model: &ModelHandle) -> Result<Vec<Vec<TokenId>>> {
        match (self.prompt, self.prompt_ids) {
            (Some(_), Some(ids)) => Err(Error::invalid("prompt_ids", ids, "leave it or prompt out: give one of them")),
            (Some(prompt), None) => encode(model, prompt),
            (None, Some(given)) => ids(given),
            (None, None) if model.borrow_mut().needs_prompt() => Err(Error::EmptyPrompt),
            (None, None) => Ok(vec![Vec::new()]),
        }
    }
}

fn set_reading(object: &Object, ReadSoFar { read, tokens }: ReadSoFar) {
    let reading = Object::new();
    convert::set(&reading, "read", &read.into());
    convert::set(&reading, "tokens", &tokens.into());
    convert::set(object, "reading", &reading);
}

/// Timings with where the last token was drawn, and the GPU's part if there was one.
fn with_gpu(timings: JsValue, backend: &AutoBackend, times: &GpuTimes) -> JsValue {
    let object = timings.unchecked_ref();
    convert::set(object, "backend", &backend.about().kind.into());
    if times.steps > 0 {
        convert::set(object, "gpu", &convert::gpu_times(times));
    }
    timings
}

/// One prompt or several as rows of ids.
fn encode(model: &ModelHandle, prompt: Value) -> Result<Vec<Vec<TokenId>>> {
    let prompts = match prompt {
        Value::List(items) => items,
        one => vec![one],
    };
    let encode = |prompt| match prompt {
        Value::Text(text) => Ok(model.borrow_mut().encode(&text)?.ids),
        other => Err(Error::invalid("prompt", other, "use a string, or a list of strings")),
    };
    prompts.into_iter().map(encode).collect()
}

/// One row of ids or several.
pub(super) fn ids(value: Value) -> Result<Vec<Vec<TokenId>>> {
    match value {
        Value::List(rows)
            if !rows.is_empty()
                && rows.iter().all(|row| matches!(row, Value::List(_) | Value::Numbers(_) | Value::Words(_))) =>
        {
            rows.into_iter().map(|row| row.ids("prompt_ids")).collect()
        }
        row => Ok(vec![row.ids("prompt_ids")?]),
    }
}

fn row_chunk(row: &RowChunk, settings: &Settings) -> JsValue {
    let object = Object::new();
    convert::set(&object, "tokens", &Uint32Array::from(row.tokens.as_slice()));
    convert::set(&object, "probabilities", &Float32Array::from(row.probabilities.as_slice()));
    if !row.original_probabilities.is_empty() {
        let originals = Float32Array::from(row.original_probabilities.as_slice());
        convert::set(&object, "original_probabilities", &originals);
    }
    convert::set(&object, "kept", &Uint32Array::from(row.kept.as_slice()));
    convert::set(&object, "text", &row.text.as_str().into());
    convert::set(&object, "finish_reason", &row.finish_reason.map(|reason| reason.as_str()).into());
    if !row.traces.is_empty() {
        convert::set(
            &object,
            "traces",
            &row.traces.iter().map(|trace| convert::trace(trace, settings)).collect::<Array>(),
        );
    }
    object.into()
}

/// A run as a whole.
fn whole(outcome: &Outcome, timings: &JsValue) -> JsValue {
    let object = Object::new();
    convert::set(&object, "seed", &BigInt::from(outcome.seed));
    convert::set(&object, "rng", &outcome.rng.into());
    convert::set(&object, "rows", &outcome.rows.iter().map(row_outcome).collect::<Array>());
    convert::set(&object, "timings", timings);
    object.into()
}

fn row_outcome(row: &RowOutcome) -> JsValue {
    let object = Object::new();
    convert::set(&object, "ids", &Uint32Array::from(row.ids.as_slice()));
    convert::set(&object, "text", &row.text.as_str().into());
    convert::set(&object, "new_text", &row.new_text.as_str().into());
    convert::set(&object, "finish_reason", &row.finish_reason.map(|reason| reason.as_str()).into());
    object.into()
}
