//! typical_p: keep what is nearest the entropy, until it has the mass τ, and ties.

use logitlab::{backend::Backend, settings::Value, stages::TypicalP};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks,
    expect::keeps,
    oracle::{self, Lean, entropy, surprises},
    plain::{probabilities, remove},
    stage_test::{At, Gone, StageTest},
};

checks!(nearest_the_entropy, edges);

fn case(name: &str, logits: &[f32], p: f64) -> Case {
    Case::new(name, logits).stage(TypicalP(p).into())
}

/// H of 0.1, 0.2, 0.3, 0.4 is 1.280 nats; the distances are 1.023, 0.330, 0.076 and 0.364.
fn nearest_the_entropy<B: Backend>(backend: &mut B) -> Outcome {
    let base = |name, p| Case::of_probabilities(name, &[0.1, 0.2, 0.3, 0.4]).stage(TypicalP(p).into());
    let long: Vec<f32> = (0..3000).map(|i| if i == 2500 { 7.0 } else { 0.0 }).collect();
    let rest: Vec<u32> = (0..3000).filter(|i| *i != 2500).collect();
    // Two are between 2 and 3 bits from the entropy, 1.879 bits; the nearer one makes the mass full.
    let far = Case::of_probabilities("the nearer of two far ones", &[0.45, 0.3, 0.15, 0.06, 0.04]);
    let cases: [(Case, &[u32]); 9] = [
        (far.stage(TypicalP(0.93).into()), &[0, 1, 2, 3]),
        (base("the most typical is not the most likely", 0.29), &[2]),
        (base("above 0.3", 0.31), &[1, 2]),
        (base("below 0.5", 0.49), &[1, 2]),
        (base("above 0.5", 0.51), &[1, 2, 3]),
        (base("below 0.9", 0.89), &[1, 2, 3]),
        (base("above 0.9", 0.91), &[0, 1, 2, 3]),
        (Case::of_probabilities("ties", &[0.4, 0.2, 0.2, 0.2]).stage(TypicalP(0.3).into()), &[1, 2, 3]),
        // It has 0.27 of the mass, and the 2,999 others are nearer the entropy.
        (case("many stay, one goes", &long, 0.5), &rest),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))?;
    let after = Case::of_probabilities("then another", &[0.1, 0.2, 0.3, 0.4]).stage(TypicalP(0.4).into()).min_p(0.9);
    keeps(backend, &after, &[2])
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let cases: [(Case, &[u32]); 6] = [
        (case("0 keeps the most typical", &[2.0, 1.0, 0.0], 0.0), &[0]),
        (case("all equal", &[0.25; 4], 0.1), &[0, 1, 2, 3]),
        (case("one survivor", &[MASKED, -9.0], 0.5), &[1]),
        (case("extremes", &[1e38, -1e38, 1e38], 0.5), &[0, 2]),
        (case("a sure row", &[30.0, 0.0, 1.0], 0.9), &[0]),
        (case("what has no mass stays last", &[1.0, -40.0, 1.0, -300.0], 0.999_999), &[0, 2]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    IsLikely,
    TiesDropped,
    KeepsTheBest,
}

impl StageTest for TypicalP {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[Fault::IsLikely, Fault::TiesDropped, Fault::KeepsTheBest];
    const SPOILED: Option<(&'static str, &'static str)> =
        Some(("scaled(surprise.mass, plan.params.xy)", "scaled(surprise.mass, plan.params.xy / 2u)"));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("max(steps, surprise.mean) - min(steps, surprise.mean)", "steps"),
        ("known |= 255u << shift;\n}\nreturn Last", "known |= 127u << shift;\n}\nreturn Last"),
        ("budget = sub64(budget, wg_sums[0]);", "budget = sub64(budget, vec2<u32>(0u, 0u));"),
        ("from_entropy(bits, surprise) > most", "from_entropy(bits, surprise) >= most"),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("typical_p", Value::Number(0.9))]
    }

    /// The smallest distance from the entropy whose tokens have the mass p, and ties. Distances may be off, and sums, too: where they could let
    /// another token be the last one, the cut is close.
    fn oracle(&self, x: &mut [f32], _: &Past, lean: Lean) -> bool {
        let masses = oracle::softmax(x);
        let entropy = entropy(&masses);
        let distances: Vec<f64> = surprises(x).iter().map(|s| (s - entropy).abs()).collect();
        let mut order = oracle::ranking(x);
        order.sort_by(|&a, &b| distances[a].total_cmp(&distances[b]));
        let last = |p: f64| {
            let mut sum = 0.0;
            let crosses = |&&id: &&usize| {
                sum += masses[id];
                sum >= p
            };
            order.iter().find(crosses).or(order.last()).map_or(0, |&id| id)
        };
        let (cut_at, exact) = (last(self.0), distances[last(self.0)]);
        let (low, high) = (last(self.0 - oracle::mass_band(x)), last(self.0 + oracle::mass_band(x)));
        // Two distances that are further apart keep their order. The cut then stands at a token within one band, and what it lets through within two.
        let band = 2.0 * (oracle::surprise_band(x) + (exact + entropy) * 2f64.powi(-21));
        let is_near = |&id: &usize| x[id] != x[cut_at] && (distances[id] - exact).abs() <= band;
        let close = x[low] != x[high] || order.iter().any(is_near);
        let cut = match lean {
            Lean::Strict if close => distances[low] - 2.0 * band,
            Lean::Generous if close => distances[high] + 2.0 * band,
            _ => exact,
        };
        order.into_iter().filter(|&id| distances[id] > cut).for_each(|id| x[id] = f32::NEG_INFINITY);
        close
    }

    fn plain(&self, x: &mut [f32], _: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let max = x.iter().copied().fold(MASKED, f32::max);
        let p = probabilities(x);
        let first: f64 = p.iter().copied().fold(0.0, f64::max).ln();
        let surprise = |i: usize| f64::from(max) - f64::from(x[i]) - first;
        let entropy: f64 = (0..x.len()).filter(|&i| p[i] > 0.0).map(|i| p[i] * surprise(i)).sum();
        let entropy = if fault == Some(Fault::IsLikely) { 0.0 } else { entropy };
        let distances: Vec<f64> =
            (0..x.len()).map(|i| (surprise(i) - entropy).abs() / std::f64::consts::LN_2).collect();
        let mut order: Vec<usize> = (0..x.len()).filter(|&i| x[i] != MASKED).collect();
        order.sort_by(|&a, &b| distances[a].total_cmp(&distances[b]));
        let (mut n, mut sum) = (0, 0.0);
        while n < order.len() && (n == 0 || sum < self.0) {
            sum += p[order[n]];
            n += 1;
        }
        let last = order[..n].last().map_or(0.0, |&i| distances[i]);
        let stays = |rank: usize, i: usize| {
            rank < n
                || distances[i] <= last && fault != Some(Fault::TiesDropped)
                || x[i] == max && fault == Some(Fault::KeepsTheBest)
        };
        let out = order.iter().enumerate().filter(|&(rank, &i)| !stays(rank, i));
        let out: Vec<_> = out.map(|(_, &i)| (i, Some(distances[i] as f32))).collect();
        (last, remove(x, out.into_iter()))
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        let distance = (surprises(gone.before)[gone.ix] - entropy(gone.p)).abs();
        let slack = 1e-4 + distance * 2f64.powi(-20);
        gone.is(distance, slack)?;
        gone.passes_the_limit(slack)
    }
}
