//! The notebook's last cell: how long does generating take after prompts of different lengths?

use serde::Serialize;

use crate::{
    backend::Backend,
    error::Result,
    generate::{Generation, Workbench},
    settings::SweepOptions,
};

/// One prompt length.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SweepPoint {
    /// Tokens in the prompt.
    pub prompt_length: usize,
    /// Seconds for the whole call.
    pub elapsed_s: f64,
    /// New tokens over that.
    pub tokens_per_second: f64,
    /// Prompt to first token.
    pub ttft_ms: f64,
    /// Tokens after the first over their time.
    pub decode_tokens_per_second: f64,
    /// Median of the steps after the first.
    pub step_p50_ms: f64,
    /// 95th percentile of the steps after the first.
    pub step_p95_ms: f64,
}

/// Times one run per prompt length, the prompts being spaces as in the notebook. The generator goes on from run to run.
///
/// # Errors
/// Those of the model and the backend.
pub async fn sweep<B: Backend>(bench: &mut Workbench<'_, B>, options: &SweepOptions) -> Result<Vec<SweepPoint>> {
    let mut points = Vec::with_capacity(options.prompt_lengths.len());
    for &prompt_length in &options.prompt_lengths {
        let space = bench.model.vocab().encode(" ").ids[0];
        let prompt = vec![space; prompt_length];
        let started = bench.clock.now_ms();
        let mut run = Generation::<B>::new(options.settings.clone(), vec![prompt], bench.model)?;
        while !run.is_finished() {
            run.advance(bench.reborrow(), options.new_tokens, f64::INFINITY).await?;
        }
        let elapsed_s = (bench.clock.now_ms() - started) / 1000.0;
        let timings = run.outcome(bench.model, bench.generator)?.timings;
        #[allow(clippy::cast_precision_loss, reason = "a count of tokens")]
        let tokens_per_second = if elapsed_s > 0.0 { timings.tokens as f64 / elapsed_s } else { 0.0 };
        points.push(SweepPoint {
            prompt_length,
            elapsed_s,
            tokens_per_second,
            ttft_ms: timings.ttft_ms,
            decode_tokens_per_second: timings.decode_tokens_per_second,
            step_p50_ms: timings.step_p50_ms,
            step_p95_ms: timings.step_p95_ms,
        });
    }
    Ok(points)
}
