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

/// The times of one call of `advance`, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ChunkTimes {
    /// Tokens drawn, all rows.
    pub tokens: usize,
    /// Inside the model.
    pub model_ms: f64,
    /// Inside the backend.
    pub sample_ms: f64,
    /// Everything.
    pub elapsed_ms: f64,
}

/// Collects the times of a run, step by step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stopwatch {
    run_started: Option<f64>,
    resolution_ms: f64,
    first: Option<FirstStep>,
    decode_ms: f64,
    model_ms: f64,
    sample_ms: f64,
    tokens: usize,
    /// One entry per step after the first.
    step_ms: Vec<f32>,
    chunk: ChunkTimes,
}

/// The step from the prompt to the first token.
#[derive(Debug, Clone, Copy)]
struct FirstStep {
    ttft_ms: f64,
    prefill_ms: f64,
    tokens: usize,
}

impl Stopwatch {
    /// Notes when the run began and how fine the clock is; once.
    pub(crate) fn start_run(&mut self, clock: &dyn Clock) {
        if self.run_started.is_none() {
            self.resolution_ms = resolution_ms(clock);
            self.run_started = Some(clock.now_ms());
        }
    }

    /// Milliseconds of the run so far.
    pub(crate) fn elapsed_ms(&self, now: f64) -> f64 {
        self.run_started.map_or(0.0, |started| now - started)
    }

    /// Records `n_steps` steps that drew `n_tokens` tokens in all: when they began, when the model was done, the sampling, everything.
    pub(crate) fn record(
        &mut self,
        started: f64,
        modelled: f64,
        sampled: f64,
        ended: f64,
        n_steps: usize,
        n_tokens: usize,
    ) {
        let elapsed = ended - started;
        self.model_ms += modelled - started;
        self.sample_ms += sampled - modelled;
        self.tokens += n_tokens;
        self.chunk.model_ms += modelled - started;
        self.chunk.sample_ms += sampled - modelled;
        self.chunk.elapsed_ms += elapsed;
        self.chunk.tokens += n_tokens;
        if self.first.is_none() {
            self.first = Some(FirstStep { ttft_ms: elapsed, prefill_ms: modelled - started, tokens: n_tokens });
            return;
        }
        self.decode_ms += elapsed;
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a duration in f32")]
        let each = (elapsed / n_steps as f64) as f32;
        self.step_ms.extend(std::iter::repeat_n(each, n_steps));
    }

    /// The times since the last call.
    pub(crate) fn take_chunk_times(&mut self) -> ChunkTimes {
        std::mem::take(&mut self.chunk)
    }

    /// The times of the run so far.
    pub(crate) fn timings(&self) -> Timings {
        // Durations are ≥ 0, so their bit patterns rank as they do.
        let mut sorted: Vec<u64> = self.step_ms.iter().map(|ms| u64::from(ms.to_bits())).collect();
        sorted.sort_unstable();
        let first = self.first.unwrap_or(FirstStep { ttft_ms: 0.0, prefill_ms: 0.0, tokens: 0 });
        let total_ms = first.ttft_ms + self.decode_ms;
        Timings {
            tokens: self.tokens,
            ttft_ms: first.ttft_ms,
            prefill_ms: first.prefill_ms,
            decode_ms: self.decode_ms,
            model_ms: self.model_ms,
            sample_ms: self.sample_ms,
            total_ms,
            step_p50_ms: percentile(&sorted, 50),
            step_p95_ms: percentile(&sorted, 95),
            tokens_per_second: per_second(self.tokens, total_ms),
            decode_tokens_per_second: per_second(self.tokens - first.tokens, self.decode_ms),
            clock_resolution_ms: self.resolution_ms,
        }
    }
}

/// The smallest of a few steps the clock makes.
fn resolution_ms(clock: &dyn Clock) -> f64 {
    let next_change = |from: f64| (0..50_000).map(|_| clock.now_ms()).find(|&now| now > from).unwrap_or(from);
    let mut now = next_change(clock.now_ms());
    let mut smallest = f64::INFINITY;
    for _ in 0..4 {
        let next = next_change(now);
        if next > now {
            smallest = smallest.min(next - now);
        }
        now = next;
    }
    if smallest.is_finite() { smallest } else { 0.0 }
}

/// The nearest-rank percentile of sorted bit patterns of f32; 0 when there are none.
fn percentile(sorted: &[u64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    #[allow(clippy::cast_possible_truncation, reason = "the bits of an f32")]
    sorted.get(rank - 1).map_or(0.0, |&bits| f64::from(f32::from_bits(bits as u32)))
}

/// 0 when the clock saw no time pass.
#[allow(clippy::cast_precision_loss, reason = "a count of tokens")]
fn per_second(tokens: usize, ms: f64) -> f64 {
    if ms > 0.0 { tokens as f64 * 1000.0 / ms } else { 0.0 }
}
