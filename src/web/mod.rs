//! The thin edge to JavaScript: typed arrays and plain objects in and out, errors with stable codes. No mathematics lives here.

mod convert;
mod engine;
mod generation;
mod generator;
mod model;

pub use engine::Engine;
pub use generation::GenerationHandle;
pub use generator::GeneratorHandle;
pub use model::ModelHandle;

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use wasm_bindgen::JsCast;

use crate::timing::Clock;

/// The platform's monotonic clock: `performance.now()` in windows, workers and Node.
pub(crate) struct PerformanceClock(web_sys::Performance);

impl PerformanceClock {
    pub(crate) fn new() -> Self {
        let performance = js_sys::Reflect::get(&js_sys::global(), &"performance".into()).unwrap_or_default();
        Self(performance.unchecked_into())
    }
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

/// The result of a future that has nothing to wait for, as all of the CPU's.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("the CPU backend never waits"),
    }
}
