//! The thin edge to JavaScript: typed arrays and plain objects in and out, errors with stable codes. No mathematics lives here.

mod convert;
mod engine;
mod generation;
mod generator;
#[cfg(feature = "gpt")]
mod gpt;
mod model;
pub(crate) mod print;

pub use engine::Engine;
pub use generation::GenerationHandle;
pub use generator::GeneratorHandle;
#[cfg(feature = "gpt")]
pub use gpt::CheckpointHandle;
pub use model::ModelHandle;

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use wasm_bindgen::{JsCast, JsValue};

use crate::{error::Result, timing::Clock};

/// Two-level segregated fit: constant time, and a third of the code of the standard library's allocator.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// The platform's monotonic clock: `performance.now()` in windows, workers and Node.
pub(crate) struct PerformanceClock(web_sys::Performance);

impl PerformanceClock {
    pub(crate) fn new() -> Self {
        let performance = js_sys::Reflect::get(&js_sys::global(), &"performance".into()).unwrap_or_default();
        Self(performance.unchecked_into())
    }
}

/// The same clock without an object to hold.
pub(crate) fn now_ms() -> f64 {
    thread_local!(static CLOCK: PerformanceClock = PerformanceClock::new());
    CLOCK.with(Clock::now_ms)
}

impl Clock for PerformanceClock {
    fn now_ms(&self) -> f64 {
        self.0.now()
    }
}

/// 64 fresh random bits from the platform.
pub(crate) fn fresh_seed() -> u64 {
    let mut bytes = [0; 8];
    // Without entropy a seed of 0 is reported like any other and can be repeated.
    let _ = getrandom::fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// The answer of a future: itself when it is ready, as always on the CPU, or else a promise of it.
pub(crate) fn answer(future: impl Future<Output = Result<JsValue>> + 'static) -> std::result::Result<JsValue, JsValue> {
    boxed_answer(Box::pin(future))
}

/// One copy for all futures.
#[inline(never)]
fn boxed_answer(mut future: Pin<Box<dyn Future<Output = Result<JsValue>>>>) -> std::result::Result<JsValue, JsValue> {
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result.map_err(convert::error),
        Poll::Pending => {
            Ok(wasm_bindgen_futures::future_to_promise(async move { future.await.map_err(convert::error) }).into())
        }
    }
}
