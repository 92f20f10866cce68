//! What the platform gives: time and randomness.

use js_sys::Reflect;
use wasm_bindgen::JsCast;

use crate::generate::timing::Clock;

/// The platform's monotonic clock: `performance.now()` in windows, workers and Node.
pub(super) struct PerformanceClock(web_sys::Performance);

impl PerformanceClock {
    pub(super) fn new() -> Self {
        let performance = Reflect::get(&js_sys::global(), &"performance".into()).expect("every platform has a clock");
        Self(performance.unchecked_into())
    }

    /// Says when so many milliseconds from now are over.
    pub(super) fn is_over_after(&self, budget_ms: f64) -> impl FnMut() -> bool + '_ {
        let deadline = self.now_ms() + budget_ms;
        move || self.now_ms() >= deadline
    }
}

/// The same clock without an object to hold.
pub(super) fn now_ms() -> f64 {
    thread_local!(static CLOCK: PerformanceClock = PerformanceClock::new());
    CLOCK.with(Clock::now_ms)
}

impl Clock for PerformanceClock {
    fn now_ms(&self) -> f64 {
        self.0.now()
    }
}

/// 64 fresh random bits from the platform.
pub(super) fn fresh_seed() -> u64 {
    let mut bytes = [0; 8];
    // Without entropy a seed of 0 is reported like any other and can be repeated.
    let _ = getrandom::fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
