//! xtc: in some steps, of the tokens with p ≥ t only the least likely stays, and those below t.

use logitlab::{backend::Backend, rng::Draw, settings::Value, stages::Xtc};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past, chance_of},
    checks, ensure,
    expect::keeps,
    oracle::{self, Lean},
    plain::{probabilities, ranked, remove},
    stage_test::{At, Gone, StageTest},
};

checks!(leaves_the_last_of_the_likely, edges, acts_by_a_number_of_its_own);

/// A stage that acts in every step.
fn always(threshold: f64) -> Xtc {
    Xtc { probability: 1.0, threshold }
}

fn leaves_the_last_of_the_likely<B: Backend>(backend: &mut B) -> Outcome {
    let base = |name, t| Case::of_probabilities(name, &[0.1, 0.2, 0.3, 0.4]).stage(always(t).into());
    let mut long = vec![-9.0; 5000];
    (long[7], long[600], long[4999]) = (3.0, 2.0, 3.0);
    let left: Vec<u32> = (0..5000).filter(|i| ![7, 4999].contains(i)).collect();
    // Equals that a lane of a kernel meets one after the other.
    let mut equals = vec![-9.0; 2000];
    (equals[7], equals[1031]) = (3.0, 3.0);
    let all_but_7: Vec<u32> = (0..2000).filter(|&i| i != 7).collect();
    let cases: [(Case, &[u32]); 8] = [
        (base("all are likely", 0.09), &[0]),
        (base("above 0.1", 0.11), &[0, 1]),
        (base("below 0.3", 0.29), &[0, 1, 2]),
        (base("one alone stays", 0.31), &[0, 1, 2, 3]),
        (base("none is likely", 0.45), &[0, 1, 2, 3]),
        (Case::new("a long row", long).stage(always(0.05).into()), &left),
        (Case::new("equals far apart", equals).stage(always(0.05).into()), &all_but_7),
        (base("then another", 0.25).min_p(0.9), &[2]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let case = |name: &str, logits: &[f32], t| Case::new(name, logits).stage(always(t).into());
    let cases: [(Case, &[u32]); 6] = [
        (case("of equals the highest id stays", &[1.0, 1.0, 1.0, -9.0], 0.2), &[2, 3]),
        (case("one survivor", &[MASKED, -9.0], 0.5), &[1]),
        (case("two at half", &[3.0, 3.0, -60.0], 0.499), &[1, 2]),
        (case("a threshold of 0 leaves the least likely", &[3.0, 1.0, -60.0, 2.0], 0.0), &[2]),
        (case("extremes", &[1e38, -1e38, 1e38], 0.1), &[1, 2]),
        (case("a masked one is not likely", &[2.0, MASKED, 1.0], 0.0), &[2]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

/// In the steps whose second random number is at most P, whatever the first.
fn acts_by_a_number_of_its_own<B: Backend>(backend: &mut B) -> Outcome {
    let stage = Xtc { probability: 0.3, threshold: 0.1 };
    let case = Case::of_probabilities("three in ten", &[0.05, 0.15, 0.3, 0.5]).stage(stage.into());
    let coins: Vec<u64> = (0..200_u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
    let steps = case.steps(backend, coins.iter().copied())?;
    for (coin, step) in coins.iter().zip(&steps) {
        let acts = chance_of(*coin) as f64 / 2f64.powi(64) <= 0.3;
        ensure!(step.kept == if acts { 2 } else { 4 }, "coin {coin:#x}: kept {}, acts: {acts}", step.kept);
    }
    let n = steps.iter().filter(|step| step.kept == 2).count();
    ensure!((40..80).contains(&n), "acted in {n} of 200 steps");
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    ByTheCoin,
    Never,
    SparesNone,
    FirstOnly,
}

impl StageTest for Xtc {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[Fault::ByTheCoin, Fault::Never, Fault::SparesNone, Fault::FirstOnly];
    const SPOILED: Option<(&'static str, &'static str)> = Some(("i != last_id", "i == last_id"));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("plan.params.x == 1u && plan.params.y >= surprise.top", "plan.params.y >= surprise.top"),
        ("plan.params.x == 1u && plan.params.y >= surprise.top", "plan.params.x == 1u"),
        ("last = max(last, i);", "last = select(last, i, last == 0u);"),
        ("is_likely && i != last_id", "is_likely"),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("xtc_probability", Value::Number(0.5))]
    }

    /// Of the tokens with p ≥ t all but the last, where the second random number is at most P.
    fn oracle(&self, x: &mut [f32], past: &Past, lean: Lean) -> bool {
        if self.probability < 1.0 && past.chance as f64 * 2f64.powi(-64) > self.probability {
            return false;
        }
        let (p, order) = (oracle::softmax(x), oracle::ranking(x));
        let bits = -self.threshold.log2();
        let band = oracle::bits_band(x);
        let above = |id: usize| bits + p[id].log2();
        let close = bits < 126.0 && order.iter().any(|&id| above(id).abs() <= band(x[id]));
        let n_likely = |off: f64| order.iter().filter(|&&id| bits >= 126.0 || above(id) >= off * band(x[id])).count();
        // The more count as likely, the more go.
        let n = n_likely(lean.sign());
        let gone = order[..n.saturating_sub(1)].to_vec();
        gone.into_iter().for_each(|id| x[id] = f32::NEG_INFINITY);
        close
    }

    fn plain(&self, x: &mut [f32], at: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let has = |own| fault == Some(own);
        let chance = match at.draw {
            Draw::Coin(coin) if has(Fault::ByTheCoin) => coin,
            Draw::Coin(coin) => chance_of(coin),
            other => other.chance(),
        };
        let acts = chance as f64 / 2f64.powi(64) <= self.probability && !has(Fault::Never);
        let p = probabilities(x);
        let likely: Vec<usize> = ranked(x, false).into_iter().filter(|&id| p[id] >= self.threshold).collect();
        let spared = usize::from(!has(Fault::SparesNone) || likely.len() == ranked(x, false).len());
        let n_gone = likely.len().saturating_sub(spared);
        let n_gone = if has(Fault::FirstOnly) { n_gone.min(1) } else { n_gone };
        let out: Vec<_> = likely[..n_gone].iter().filter(|_| acts).map(|&id| (id, Some(p[id] as f32))).collect();
        (self.threshold, remove(x, out.into_iter()))
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        gone.is(gone.p[gone.ix], Gone::SLACK)?;
        let Gone { what, evidence, limit, .. } = gone;
        ensure!(gone.number() >= limit - Gone::SLACK, "{what}: {evidence} is below {limit}");
        Ok(())
    }
}
