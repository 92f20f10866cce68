//! What work costs on the CPU and on the GPU: measured at the start for a few shapes of plans, and learned from every step since.

use crate::{backend::Row, stages::Cut};

/// What makes plans cost differently, as bits: how the fused kernels cut a row, or that they cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape(u8);

impl Shape {
    /// Many steps of a first-order model in one call.
    pub(super) const CHAIN: Self = Self(1 << 7);
    /// Stage by stage.
    const UNFUSED: u8 = 1 << 6;

    /// Of a batch: all that any of its rows needs.
    pub(super) fn of(rows: &[Row<'_>], want_trace: bool) -> Self {
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
pub(super) struct Rates {
    pub cpu: f64,
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
    pub(super) fn new(gpu_call_ms: f64, rates: Vec<(Shape, Rates)>) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Shape = Shape(0);
    const COUNT: Shape = Shape(1 << 2);
    const MASS: Shape = Shape(1 << 3);
    const BOTH: Shape = Shape(1 << 2 | 1 << 3);

    fn costs() -> Costs {
        let rates = |cpu, gpu| Rates { cpu, gpu };
        let known = [(PLAIN, rates(1e-4, 1e-5)), (COUNT, rates(5e-5, 2e-5)), (MASS, rates(2e-4, 1e-5))];
        Costs::new(1.0, known.into())
    }

    fn near(found: (f64, f64), wanted: (f64, f64)) -> bool {
        (found.0 - wanted.0).abs() < 0.01 && (found.1 - wanted.1).abs() < 0.01
    }

    #[test]
    fn an_unknown_shape_costs_as_much_as_the_dearest_of_its_parts() {
        assert!(near(costs().of(COUNT, 10_000), (0.5, 1.2)));
        assert!(near(costs().of(BOTH, 10_000), (2.0, 1.2)));
    }

    #[test]
    fn what_steps_took_is_learned_for_their_shape_alone() {
        let mut costs = costs();
        for _ in 0..80 {
            costs.learn(BOTH, 10_000, Processor::Cpu, 8.0);
            costs.learn(BOTH, 10_000, Processor::Gpu, 4.0);
        }
        assert!(near(costs.of(BOTH, 10_000), (8.0, 4.0)), "{costs:?}");
        assert!(near(costs.of(COUNT, 10_000), (0.5, 1.2)), "{costs:?}");
        costs.learn(BOTH, 10_000, Processor::Cpu, 1e9);
        assert!(costs.of(BOTH, 10_000).0 < 15.0, "one outlier decides little");
        costs.learn(BOTH, 10, Processor::Cpu, 5.0);
        assert!(costs.of(BOTH, 10_000).0 < 15.0, "a small row says nothing of a large one");
    }

    #[test]
    fn a_clock_that_stands_still_is_no_free_lunch() {
        let mut costs = costs();
        // One step in ten sees the clock go on, by a millisecond.
        (0..4000).for_each(|i| costs.learn(PLAIN, 10_000, Processor::Cpu, f64::from(u8::from(i % 10 == 0))));
        assert!(near((costs.of(PLAIN, 10_000).0, 0.0), (0.1, 0.0)), "{costs:?}");
    }

    #[test]
    fn a_call_that_took_less_than_expected_is_no_gain() {
        let mut costs = costs();
        (0..400).for_each(|_| costs.learn(PLAIN, 10_000, Processor::Gpu, 0.1));
        assert!(near((0.0, costs.of(PLAIN, 10_000).1), (0.0, 1.0)), "{costs:?}");
    }
}
