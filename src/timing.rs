//! Where the time went: TTFT apart from decode, model apart from sampling. The clock is handed in, so this file runs everywhere.

use serde::Serialize;

/// A monotonic clock.
pub trait Clock {
    /// Milliseconds since some fixed moment.
    fn now_ms(&self) -> f64;
}

/// The times of one run, in milliseconds unless the name says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Timings {
    /// Tokens drawn, all rows.
    pub tokens: usize,
    /// Prompt to first token.
    pub ttft_ms: f64,
    /// The model's share of the first step.
    pub prefill_ms: f64,
    /// Everything after the first token.
    pub decode_ms: f64,
    /// Inside the model, all steps.
    pub model_ms: f64,
    /// Inside the backend, all steps.
    pub sample_ms: f64,
    /// First step to last.
    pub total_ms: f64,
    /// Median of the steps after the first; 0 when they are shorter than the clock can resolve.
    pub step_p50_ms: f64,
    /// 95th percentile of the steps after the first.
    pub step_p95_ms: f64,
    /// All tokens over the total time.
    pub tokens_per_second: f64,
    /// Tokens after the first step over the decode time.
    pub decode_tokens_per_second: f64,
    /// Smallest step the clock was seen to make.
    pub clock_resolution_ms: f64,
}
