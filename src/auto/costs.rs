//! What work costs on the CPU and on the GPU: measured at the start for a few shapes of plans, and learned from every step since.

use crate::{backend::Row, core::network::NetworkShape, stages::Cut};

/// What makes plans cost differently, as bits: how the fused kernels cut a row, or that they cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape(u8);

impl Shape {
    /// Many steps of a first-order model in one call.
    pub(super) const CHAIN: Self = Self(1 << 7);
    /// Stage by stage.
    const UNFUSED: u8 = 1 << 6;

    /// Of a batch: all that any of its rows needs.
    pub fn of(rows: &[Row<'_>], want_trace: bool) -> Self {
        let bits = rows.iter().flat_map(|row| &row.plan.stages).map(|stage| match stage.fused() {
            None => Self::UNFUSED,
            Some(Cut::Edits) => 1,
            Some(Cut::Divide(_)) => 1 << 1,
            Some(Cut::Count(_)) => 1 << 2,
            Some(Cut::Mass(_)) => 1 << 3,
            Some(Cut::Value(_)) => 1 << 4,
        });
        let greedy = if rows.iter().all(|row| row.plan.greedy) { 1 << 5 } else { 0 };
        let unfused = if want_trace { Self::UNFUSED } else { 0 };
        Self(bits.fold(greedy | unfused, |all, bit| all | bit))
    }

    /// The same plans, stage by stage.
    pub(super) fn unfused(self) -> Self {
        Self(self.0 | Self::UNFUSED)
    }

    fn is_part_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// What does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processor {
    /// On the CPU.
    Cpu,
    /// On the GPU.
    Gpu,
}

/// Milliseconds for a logit of a step, or for a token of a chain; without the call of the GPU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// On the CPU.
    pub cpu: f64,
    /// On the GPU.
    pub gpu: f64,
}

/// A rate on one of the two, and what was seen since it was last updated.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    ms: f64,
    seen_n: f64,
    /// By the clock, the calls of the GPU included.
    seen_ms: f64,
    calls: f64,
}

/// What is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    /// A call of the GPU with next to nothing to do: submission and readback, in milliseconds.
    pub gpu_call_ms: f64,
    rates: Vec<(Shape, [Rate; 2])>,
}

/// Work on fewer logits or tokens says more of what comes with every call than of them.
const LEAST: usize = 4096;
/// A browser's clock may stand still for a millisecond, so this much is summed up before it counts.
const RESOLVED_MS: f64 = 4.0;
/// How much it counts against all before it.
const WEIGHT: f64 = 0.25;
/// What took this many times as long as expected counts as if it took so much: a buffer grew, or something else had the machine.
const OUTLIER: f64 = 4.0;
/// Nothing is so fast that it could not turn out to take this long, in milliseconds.
const LEAST_RATE: f64 = 1e-7;

impl Rate {
    fn new(ms: f64) -> Self {
        Self { ms, seen_n: 0.0, seen_ms: 0.0, calls: 0.0 }
    }

    fn learn(&mut self, n: f64, ms: f64, call_ms: f64) {
        (self.seen_n, self.seen_ms, self.calls) = (self.seen_n + n, self.seen_ms + ms, self.calls + 1.0);
        if self.seen_ms >= RESOLVED_MS {
            let seen = (self.seen_ms - self.calls * call_ms) / self.seen_n;
            let most = (OUTLIER * self.ms).max(LEAST_RATE);
            *self = Self::new(self.ms + WEIGHT * (seen.clamp(0.0, most) - self.ms));
        }
    }
}

impl Costs {
    /// As measured.
    pub fn new(gpu_call_ms: f64, rates: Vec<(Shape, Rates)>) -> Self {
        let rates = rates.into_iter().map(|(shape, rates)| (shape, [rates.cpu, rates.gpu].map(Rate::new)));
        Self { gpu_call_ms, rates: rates.collect() }
    }

    /// What `n` logits, or tokens of a chain, will cost in milliseconds: (CPU, GPU).
    pub fn of(&self, shape: Shape, n: usize) -> (f64, f64) {
        #[allow(clippy::cast_precision_loss, reason = "an estimate")]
        let n = n as f64;
        let [cpu, gpu] = self.rates(shape);
        (n * cpu.ms, self.gpu_call_ms + n * gpu.ms)
    }

    /// About how many milliseconds a token of a network will take on the GPU, before one was seen: a product takes it as long as a logit.
    pub fn gpu_token_ms(&self, network: &NetworkShape) -> f64 {
        self.of(Shape(0), network.n_products()).1
    }

    /// Those of the shape, or else the largest of all shapes that are a part of it.
    fn rates(&self, shape: Shape) -> [Rate; 2] {
        if let Some((_, rates)) = self.rates.iter().find(|(known, _)| *known == shape) {
            return *rates;
        }
        let parts = || self.rates.iter().filter(|(known, _)| known.is_part_of(shape));
        [0, 1].map(|ix| Rate::new(parts().map(|(_, rates)| rates[ix].ms).fold(0.0, f64::max)))
    }

    /// Learns that `n` logits or tokens took so long.
    pub fn learn(&mut self, shape: Shape, n: usize, processor: Processor, ms: f64) {
        if n < LEAST {
            return;
        }
        let mut rates = self.rates(shape);
        #[allow(clippy::cast_precision_loss, reason = "an estimate")]
        match processor {
            Processor::Cpu => rates[0].learn(n as f64, ms, 0.0),
            Processor::Gpu => rates[1].learn(n as f64, ms, self.gpu_call_ms),
        }
        match self.rates.iter_mut().find(|(known, _)| *known == shape) {
            Some((_, known)) => *known = rates,
            None => self.rates.push((shape, rates)),
        }
    }
}
