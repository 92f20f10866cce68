//! top_k: keep x ≥ the k-th largest; ties with the k-th stay.

use logitlab::{backend::Backend, settings::Value, stages::TopK};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks, ensure,
    expect::keeps,
    oracle::Lean,
    plain::{ranked, remove},
    stage_test::{At, Gone, StageTest},
};

checks!(ties, edges, long_rows);

fn ties<B: Backend>(backend: &mut B) -> Outcome {
    let new = |name, k| Case::new(name, [1.0, 2.0, 2.0, 2.0, 3.0]).top_k(k);
    let cases: [(Case, &[u32]); 9] = [
        (new("the best alone", 1), &[4]),
        (new("a tie at the edge", 2), &[1, 2, 3, 4]),
        (new("ties with the third", 3), &[1, 2, 3, 4]),
        (new("exactly four", 4), &[1, 2, 3, 4]),
        (Case::new("all equal, k = 1", [2.0, 2.0, 2.0]).top_k(1), &[0, 1, 2]),
        (Case::new("-0 ties with +0", [0.0, -0.0, -1.0]).top_k(1), &[0, 1]),
        (Case::new("no ties", [0.5, -1.0, 2.0, 1.0]).top_k(2), &[2, 3]),
        (Case::new("subnormals are numbers", [0.0, f32::from_bits(1), f32::from_bits(2)]).top_k(2), &[1, 2]),
        (Case::new("neighbours differ", [1.0, 1.0 + f32::EPSILON, 1.0]).top_k(1), &[1]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let new = |name, k| Case::of_probabilities(name, &[0.1, 0.2, 0.3, 0.4]).top_k(k);
    let masked = |name, k| Case::new(name, [MASKED, 1.0, MASKED, -2.0, MASKED]).top_k(k);
    let cases: [(Case, &[u32]); 14] = [
        (new("k = 1", 1), &[3]),
        (new("k = 2", 2), &[2, 3]),
        (new("k = V - 1", 3), &[1, 2, 3]),
        (new("k = V", 4), &[0, 1, 2, 3]),
        (new("k = V + 1", 5), &[0, 1, 2, 3]),
        (new("k far beyond V", 1 << 31), &[0, 1, 2, 3]),
        (masked("fewer than k are left", 3), &[1, 3]),
        (masked("as many as are left", 2), &[1, 3]),
        (masked("k = V, some masked", 5), &[1, 3]),
        (Case::new("V = 1", [7.0]).top_k(1), &[0]),
        (Case::new("extremes", [-3.38e38, f32::MAX, 1e4, -1e4]).top_k(3), &[1, 2, 3]),
        (Case::new("the lowest number that masks nothing", [-3.389e38, MASKED, 0.0]).top_k(2), &[0, 2]),
        (Case::new("the lowest number masks", [f32::MIN, MASKED, 0.0]).top_k(2), &[2]),
        (Case::new("after min_p", [3.0, 2.5, 2.0, -9.0]).min_p(0.01).top_k(2), &[0, 1]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

/// k against the number of blocks, ties across blocks, masked blocks, the best ones at the very end.
fn long_rows<B: Backend>(backend: &mut B) -> Outcome {
    let n = 1030_u32;
    let ascending = |name| Case::new(name, (0..n).map(|i| i as f32 * 0.25).collect::<Vec<_>>());
    let spread = |name| Case::new(name, (0..n).map(|i| (i % 103) as f32).collect::<Vec<_>>());
    let lone =
        |name| Case::new(name, (0..n).map(|i| if i >= 1027 { 0.1 * i as f32 } else { MASKED }).collect::<Vec<_>>());
    let every = |step: usize, from: u32| (from..n).step_by(step).collect::<Vec<_>>();
    let cases = [
        (ascending("the last one").top_k(1), every(1, n - 1)),
        (ascending("the last seven").top_k(7), every(1, n - 7)),
        (ascending("the last hundred").top_k(100), every(1, n - 100)),
        (ascending("all but one").top_k(1029), every(1, 1)),
        (spread("ten ties").top_k(1), every(103, 102)),
        (spread("ten ties, k = 10").top_k(10), every(103, 102)),
        (lone("three at the end").top_k(2), vec![1028, 1029]),
        (lone("all three at the end").top_k(900), vec![1027, 1028, 1029]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    OffByOne,
    AtMostOne,
    TiesDropped,
}

impl StageTest for TopK {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[Fault::OffByOne, Fault::AtMostOne, Fault::TiesDropped];
    const SPOILED: Option<(&'static str, &'static str)> = Some((
        "let lowest = kth_key(lane, base, plan.params.x);",
        "let lowest = kth_key(lane, base, plan.params.x + 30u);",
    ));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("if (key_of(values[base + i]) < lowest)", "if (key_of(values[base + i]) <= lowest)"),
        ("kth_key(lane, base, plan.params.x)", "kth_key(lane, base, plan.params.x + 1u)"),
        ("left -= count_above(digit);", "left -= 0u;"),
        (
            "for (var i = lane; i < batch.vocab_size; i += LANES) {\nif (key_of",
            "for (var i = lane; i < batch.vocab_size - 1u; i += LANES) {\nif (key_of",
        ),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("top_k", Value::Number(5.0))]
    }

    fn oracle(&self, x: &mut [f32], _: &Past, _: Lean) -> bool {
        if self.0 < x.len() {
            let mut sorted = x.to_vec();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let kth = sorted[self.0 - 1];
            x.iter_mut().filter(|v| **v < kth).for_each(|v| *v = f32::NEG_INFINITY);
        }
        false
    }

    fn plain(&self, x: &mut [f32], _: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let k = match fault {
            Some(Fault::OffByOne) => self.0 + 1,
            Some(Fault::AtMostOne) => x.len().min(self.0).min(64),
            _ => self.0,
        };
        let order = ranked(x, false);
        if k >= order.len() {
            return (f64::NEG_INFINITY, Vec::new());
        }
        let kth = x[order[k - 1]];
        let is_out = |rank: usize, id: usize| if fault == Some(Fault::TiesDropped) { rank >= k } else { x[id] < kth };
        let out: Vec<usize> = order.iter().enumerate().filter(|(r, id)| is_out(*r, **id)).map(|(_, id)| *id).collect();
        (f64::from(kth), remove(x, out.into_iter().map(|id| (id, None))))
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        gone.is_its_logit()?;
        let Gone { what, evidence, limit, .. } = gone;
        ensure!(gone.number() < *limit, "{what}: {evidence} is not below {limit}");
        Ok(())
    }
}
