//! JavaScript values to settings and back.

use js_sys::{Array, BigInt, Float32Array, Float64Array, Object, Reflect, Uint32Array};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use crate::{
    auto::{About, CheckReport},
    backend::Step,
    core::{
        error::{Error, Result},
        number::shortest,
        trace::{DrawTrace, StageTrace, StepTrace},
    },
    cpu::{Likely, Survivors},
    explain::{facts::Stationary, rules::Kept},
    gpu::GpuTimes,
    settings::{RowSettings, Settings, TimeOptions, Value},
};

/// The entries of an options object; undefined entries count as not given.
#[inline(never)]
pub(super) fn entries(options: &JsValue) -> Result<Vec<(String, Value)>> {
    if options.is_undefined() || options.is_null() {
        return Ok(Vec::new());
    }
    match value(options) {
        Value::Map(entries) => Ok(entries),
        other => Err(Error::invalid("settings", other, "use an object { name: value }")),
    }
}

/// A JavaScript value as a [`Value`]. `www/engine/check.js` has made plain objects and lists of everything that can be read as one.
#[inline(never)]
pub(super) fn value(js: &JsValue) -> Value {
    if js.is_undefined() || js.is_null() {
        Value::Null
    } else if let Some(b) = js.as_bool() {
        Value::Bool(b)
    } else if let Some(n) = js.as_f64() {
        Value::Number(n)
    } else if let Some(text) = js.as_string() {
        Value::Text(text)
    } else if let Some(big) = js.dyn_ref::<BigInt>() {
        u64::try_from(big.clone()).map_or_else(|_| Value::Other(print(js)), Value::Integer)
    } else if let Some(numbers) = js.dyn_ref::<Float64Array>() {
        Value::Numbers(numbers.to_vec())
    } else if let Some(words) = js.dyn_ref::<Uint32Array>() {
        Value::Words(words.to_vec())
    } else if is_typed_array(js) && !is_array_of_bigints(js) {
        Value::Numbers(Float64Array::new(js).to_vec())
    } else if Array::is_array(js) || is_typed_array(js) {
        Value::List(Array::from(js).iter().map(|item| value(&item)).collect())
    } else if js.is_object() && !js.is_function() {
        let entries = Object::entries(js.unchecked_ref());
        let pairs = entries.iter().map(|pair| pair.unchecked_into::<Array>());
        let named = pairs.map(|pair| (pair.get(0).as_string().expect("a key of an object is a string"), pair.get(1)));
        Value::Map(named.filter(|(_, item)| !item.is_undefined()).map(|(name, item)| (name, value(&item))).collect())
    } else {
        Value::Other(print(js))
    }
}

fn is_typed_array(js: &JsValue) -> bool {
    js_sys::ArrayBuffer::is_view(js) && !js.is_instance_of::<js_sys::DataView>()
}

fn is_array_of_bigints(js: &JsValue) -> bool {
    js.is_instance_of::<js_sys::BigInt64Array>() || js.is_instance_of::<js_sys::BigUint64Array>()
}

fn print(js: &JsValue) -> String {
    let digits = js.dyn_ref::<BigInt>().and_then(|big| big.to_string(10).ok());
    digits.map_or_else(|| js.js_typeof().as_string().unwrap_or_default(), String::from)
}

/// An error as the plain object that www/engine/error.js turns into a `LabError`.
#[inline(never)]
pub(super) fn error(error: Error) -> JsValue {
    let object = Object::new();
    set(&object, "code", &error.code().into());
    set(&object, "message", &error.to_string().into());
    match &error {
        Error::InvalidSetting { name, value, .. } => {
            set(&object, "setting", &name.into());
            set(&object, "value", &value.into());
        }
        Error::UnknownSetting { name, .. } | Error::WrongLength { name, .. } => set(&object, "setting", &name.into()),
        Error::InvalidLogits { row, index, value } => {
            set(&object, "row", &(*row).into());
            set(&object, "index", &(*index).into());
            set(&object, "value", &shortest(*value).into());
        }
        Error::NothingLeft { row, stage, constraint } => {
            set(&object, "row", &(*row).into());
            if let Some(stage) = stage {
                set(&object, "stage", &(*stage).into());
            }
            if let Some(value) = constraint {
                set(&object, "setting", &"constraint".into());
                set(&object, "value", &value.into());
            }
        }
        Error::InvalidToken { id, position, .. } => {
            set(&object, "index", &(*position).into());
            set(&object, "value", &id.to_string().into());
        }
        Error::Constraint { value, problem } => {
            set(&object, "setting", &"constraint".into());
            set(&object, "value", &value.into());
            if let Some((line, column)) = problem.place {
                set(&object, "line", &line.into());
                set(&object, "column", &column.into());
            }
        }
        Error::TokenNotAllowed { value, position } => {
            set(&object, "setting", &"constraint".into());
            set(&object, "value", &value.into());
            set(&object, "index", &(*position).into());
        }
        Error::NothingAllowed { value, .. } => {
            set(&object, "setting", &"constraint".into());
            set(&object, "value", &value.into());
        }
        Error::InvalidTensor { name, .. } => set(&object, "tensor", &name.into()),
        Error::OtherFile { python, .. } if !python.is_empty() => set(&object, "python", &(*python).into()),
        Error::BackendUnavailable { .. } => set(&object, "setting", &"backend".into()),
        Error::BackendFault { kernel, .. } => set(&object, "kernel", &kernel.into()),
        Error::OutOfMemory { name, .. } | Error::LimitExceeded { name, .. } | Error::TooLarge { name, .. } => {
            set(&object, "setting", &name.into())
        }
        Error::BackendLost { .. }
        | Error::CannotEncode { .. }
        | Error::ModelFormat { .. }
        | Error::OtherFile { .. }
        | Error::EmptyPrompt => {}
    }
    object.into()
}

/// What computes, and why that.
pub(super) fn about(about: &About) -> JsValue {
    let object = Object::new();
    set(&object, "kind", &about.kind.into());
    set(&object, "adapter", &about.adapter.as_deref().map_or(JsValue::NULL, JsValue::from));
    set(&object, "reason", &about.reason.as_str().into());
    set(&object, "lost", &about.lost.into());
    object.into()
}

/// Where the GPU's time went; `gpu_ms` is null where its clock cannot tell.
pub(super) fn gpu_times(times: &GpuTimes) -> JsValue {
    let object = Object::new();
    set(&object, "calls", &times.steps.into());
    set(&object, "tokens_read", &times.tokens_read.into());
    set(&object, "tokens_drawn", &times.tokens_drawn.into());
    set(&object, "encode_ms", &times.encode_ms.into());
    set(&object, "gpu_ms", &times.gpu_ms().map_or(JsValue::NULL, JsValue::from));
    set(&object, "readback_ms", &times.readback_ms.into());
    object.into()
}

/// What the live check has seen.
pub(super) fn report(report: CheckReport) -> JsValue {
    let object = Object::new();
    set(&object, "rows", &report.rows.into());
    set(&object, "same_tokens", &report.same_tokens.into());
    set(&object, "same_bits", &report.same_bits.into());
    set(&object, "largest_difference", &report.largest_difference.into());
    if let Some(difference) = report.first_difference {
        let first = Object::new();
        set(&first, "step", &difference.step.into());
        set(&first, "tokens", &difference.tokens.iter().map(|&token| JsValue::from(token)).collect::<Array>());
        let probabilities = difference.probabilities.iter().map(|&p| JsValue::from(f64::from(p)));
        set(&first, "probabilities", &probabilities.collect::<Array>());
        set(&object, "first_difference", &first);
    }
    object.into()
}

/// Sets a property of an object made here.
#[inline(never)]
pub(super) fn set(object: &Object, name: &str, value: &JsValue) {
    // A plain, extensible object takes every property.
    let _ = Reflect::set(object, &name.into(), value);
}

/// Numbers and strings as a plain object. Integers are numbers.
pub(super) fn plain<T: Serialize>(value: &T) -> JsValue {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).expect("numbers and strings are plain")
}

/// A draw as a plain object; all 64 bits of a coin are a BigInt.
fn draw(draw: &DrawTrace) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible().serialize_large_number_types_as_bigints(true);
    draw.serialize(&serializer).expect("numbers and strings are plain")
}

/// A trace with its columns as typed arrays, and the order that was in force.
pub(super) fn trace(trace: &StepTrace, settings: &Settings) -> Object {
    let object = brief_trace(trace, settings);
    set(&object, "logits", &floats(&trace.logits));
    set(&object, "raw_probabilities", &floats(&trace.raw_probabilities));
    set(&object, "probabilities", &floats(&trace.probabilities));
    set(&object, "stages", &trace.stages.iter().map(stage).collect::<Array>());
    object
}

/// A trace without what is as long as the vocabulary.
pub(super) fn brief_trace(trace: &StepTrace, settings: &Settings) -> Object {
    let object: Object = plain(trace).unchecked_into();
    set(&object, "vocab_size", &trace.logits.len().into());
    set(&object, "order", &settings.order.iter().map(|stage| JsValue::from(stage.as_str())).collect::<Array>());
    set(&object, "greedy", &matches!(trace.draw, DrawTrace::Greedy { .. }).into());
    set(&object, "stages", &trace.stages.iter().map(plain).collect::<Array>());
    set(&object, "draw", &draw(&trace.draw));
    object
}

/// What one system would keep.
pub(super) fn kept(kept: &Kept) -> JsValue {
    let object = Object::new();
    set(&object, "system", &kept.system.into());
    set(&object, "order", &kept.order.iter().map(|stage| JsValue::from(stage.as_str())).collect::<Array>());
    set(&object, "kept", &Uint32Array::from(kept.kept.as_slice()));
    let tied = kept.tied.as_ref().map_or(JsValue::NULL, |tied| {
        let object = Object::new();
        set(&object, "ids", &Uint32Array::from(tied.ids.as_slice()));
        set(&object, "kept", &tied.kept.into());
        object.into()
    });
    set(&object, "tied", &tied);
    object.into()
}

/// What a call of `time` measures.
pub(super) fn time_options(options: &TimeOptions) -> JsValue {
    let object = Object::new();
    let lengths = options.prompt_lengths.iter().map(|&length| JsValue::from(length));
    set(&object, "prompt_lengths", &lengths.collect::<Array>());
    set(&object, "new_tokens", &options.new_tokens.into());
    set(&object, "rounds", &options.rounds.into());
    object.into()
}

/// The long run.
pub(super) fn stationary(stationary: &Stationary) -> JsValue {
    let object = Object::new();
    set(&object, "probabilities", &floats(&stationary.probabilities));
    set(&object, "entropy_rate", &stationary.entropy_rate.into());
    set(&object, "converged", &stationary.converged.into());
    object.into()
}

/// `{ tokens, probabilities, kept }`, (B) each.
pub(super) fn steps(steps: &[Step]) -> Object {
    let object = Object::new();
    let tokens: Vec<u32> = steps.iter().map(|step| step.token).collect();
    let probabilities: Vec<f32> = steps.iter().map(|step| step.probability).collect();
    let kept: Vec<u32> = steps.iter().map(|step| step.kept).collect();
    set(&object, "tokens", &Uint32Array::from(tokens.as_slice()));
    set(&object, "probabilities", &floats(&probabilities));
    set(&object, "kept", &Uint32Array::from(kept.as_slice()));
    object
}

/// `{ top, kept_ids }`, (B) each, of the rows that asked for them.
pub(super) fn set_survivors(object: &Object, survivors: &[Survivors], row: impl Fn(usize) -> RowSettings) {
    let asks = |wants: fn(&RowSettings) -> bool| (0..survivors.len()).any(|ix| wants(&row(ix)));
    if asks(|row| row.top_n > 0) {
        set(object, "top", &survivors.iter().map(top).collect::<Array>());
    }
    if asks(|row| row.kept_ids) {
        let ids = survivors.iter().map(|left| JsValue::from(Uint32Array::from(left.ids.as_slice())));
        set(object, "kept_ids", &ids.collect::<Array>());
    }
}

fn top(survivors: &Survivors) -> JsValue {
    let object = likely(&survivors.top);
    set(&object, "raw", &likely(&survivors.raw));
    object.into()
}

fn likely(likely: &Likely) -> Object {
    let object = Object::new();
    set(&object, "ids", &Uint32Array::from(likely.ids.as_slice()));
    set(&object, "logprobs", &floats(&likely.logprobs));
    object
}

fn stage(stage: &StageTrace) -> JsValue {
    let object: Object = plain(stage).unchecked_into();
    set(&object, "values", &floats(&stage.values));
    set(&object, "removed", &Uint32Array::from(stage.removed.as_slice()));
    set(&object, "evidence", &floats(&stage.evidence));
    object.into()
}

#[inline(never)]
pub(super) fn floats(values: &[f32]) -> JsValue {
    Float32Array::from(values).into()
}
