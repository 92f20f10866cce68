//! top_h: the most likely tokens, while the part of the entropy that they have is at most h; and the most likely.

use logitlab::{backend::Backend, settings::Value, stages::TopH};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks, ensure,
    expect::keeps,
    oracle::{self, Lean, entropy},
    plain::{probabilities, ranked, remove},
    stage_test::{At, Gone, StageTest},
};

checks!(parts_of_the_entropy, ties, edges, mass_in_one_token);

fn case(name: &str, logits: &[f32], h: f64) -> Case {
    Case::new(name, logits).stage(TopH(h).into())
}

/// Of 0.1, 0.2, 0.3 and 0.4 the most likely have 0.2864, 0.5686, 0.8201 and all of the entropy.
fn parts_of_the_entropy<B: Backend>(backend: &mut B) -> Outcome {
    let base = |name, h| Case::of_probabilities(name, &[0.1, 0.2, 0.3, 0.4]).stage(TopH(h).into());
    let long: Vec<f32> = (0..3000).map(|i| if i == 2500 { 7.0 } else { (i % 5) as f32 * -0.5 }).collect();
    let rest: Vec<u32> = (0..3000).filter(|i| *i == 2500 || i % 5 < 3).collect();
    let cases: [(Case, &[u32]); 8] = [
        (base("the first alone, though it has more", 0.2), &[3]),
        (base("below 0.5686", 0.568), &[3]),
        (base("above 0.5686", 0.569), &[2, 3]),
        (base("below 0.8201", 0.82), &[2, 3]),
        (base("above 0.8201", 0.8205), &[1, 2, 3]),
        (base("below all", 0.999), &[1, 2, 3]),
        // Some 600 have each level; those of the last two go.
        (case("a long row", &long, LEVELS), &rest),
        (base("after a filter", 0.7).top_k(2).stage(TopH(0.6).into()), &[3]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

/// Between what the first 1,800 tokens have, 0.83776, and the 1,801st has with them.
const LEVELS: f64 = 0.83785;

fn ties<B: Backend>(backend: &mut B) -> Outcome {
    let equal = |h| case("equal ones go by id", &[0.25; 8], h);
    let many: Vec<f32> = (0..2000).map(|i| if i % 2 == 0 { 1.0 } else { -30.0 }).collect();
    let half: Vec<u32> = (0..1000).step_by(2).collect();
    let cases: [(Case, &[u32]); 4] = [
        (equal(0.3), &[0, 1]),
        (equal(0.99), &[0, 1, 2, 3, 4, 5, 6]),
        (case("two lead", &[1.0, 3.0, 3.0, 2.0], 0.4), &[1]),
        (case("ties in a long row", &many, 0.5005), &half),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let cases: [(Case, &[u32]); 6] = [
        (case("0 keeps the most likely", &[2.0, 1.0, 2.0], 0.0), &[0]),
        (case("one survivor", &[MASKED, -9.0], 0.5), &[1]),
        (case("extremes", &[1e38, -1e38, 1e38], 0.6), &[0]),
        (case("a masked one in between", &[1.0, MASKED, 1.0, 1.0], 0.7), &[0, 2]),
        (case("without an entropy", &[200.0, 0.0, 1.0], 0.5), &[0]),
        (case("negative", &[-7.0, -5.0, -6.0], 0.45), &[1]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

/// The others have logits at which a mass is just 0, so no token has a part of the entropy in integers.
fn mass_in_one_token<B: Backend>(backend: &mut B) -> Outcome {
    let row = |len| -> Vec<f32> { (0..len).map(|i| if i == 2 { 0.0 } else { -22.5 }).collect() };
    [3, 100, 3000].into_iter().try_for_each(|len| keeps(backend, &case("all mass in one", &row(len), 0.01), &[2]))
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    OfTheLargest,
    TiesById,
    Before,
    FirstNotKept,
}

impl StageTest for TopH {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[Fault::OfTheLargest, Fault::TiesById, Fault::Before, Fault::FirstNotKept];
    const SPOILED: Option<(&'static str, &'static str)> = Some((
        "scaled(group_scan(lane, sum).total, plan.params.xy)",
        "scaled(group_scan(lane, sum).total, plan.params.xy / 2u)",
    ));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("let steps = surprise.top + ", "let steps = "),
        ("cut = Cut(max_key, 1u);", "cut = Cut(max_key, 0u);"),
        ("let high = weight.y + select", "let high = select"),
        ("return n;\n}\nfn stage", "return n + 1u;\n}\nfn stage"),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("top_h", Value::Number(0.8))]
    }

    /// The most likely first, while the part of the entropy down to a token is at most h; and the first.
    fn oracle(&self, x: &mut [f32], _: &Past, lean: Lean) -> bool {
        let p = oracle::softmax(x);
        let whole = entropy(&p);
        let band = oracle::surprise_band(x) + whole * 2f64.powi(-21);
        let (mut upto, mut close, mut is_removed) = (0.0, false, false);
        for (rank, &id) in oracle::ranking(x).iter().enumerate() {
            upto += entropy(&[p[id]]);
            if rank > 0 {
                close |= (upto - self.0 * whole).abs() <= band;
                is_removed |= upto > self.0 * whole + lean.sign() * band;
            }
            if is_removed {
                x[id] = f32::NEG_INFINITY;
            }
        }
        close
    }

    fn plain(&self, x: &mut [f32], _: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let p = probabilities(x);
        let weight = |id: usize| if p[id] > 0.0 { -p[id] * p[id].ln() } else { 0.0 };
        let whole: f64 = (0..x.len()).map(weight).sum();
        let whole = if fault == Some(Fault::OfTheLargest) { (x.len() as f64).ln() } else { whole };
        let (mut upto, mut out) = (0.0, Vec::new());
        for (rank, id) in ranked(x, fault == Some(Fault::TiesById)).into_iter().enumerate() {
            let before = upto;
            upto += weight(id);
            let compared = if fault == Some(Fault::Before) { before } else { upto };
            if (rank > 0 || fault == Some(Fault::FirstNotKept)) && compared > self.0 * whole {
                out.push((id, Some((upto / whole) as f32)));
            }
        }
        (self.0, remove(x, out.into_iter()))
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        let (sum, entropy) = (entropy_upto(gone.p, gone.before, gone.ix), entropy(gone.p));
        let part = if entropy > 0.0 { sum / entropy } else { 1.0 };
        gone.is(part, Gone::SLACK + 1e-12 / entropy.max(1e-13))?;
        let Gone { what, evidence, limit, .. } = gone;
        ensure!(sum > limit * entropy - 1e-4, "{what}: {evidence} does not pass {limit}");
        Ok(())
    }
}

/// Bits of all tokens down to this one.
fn entropy_upto(p: &[f64], x: &[f32], token: usize) -> f64 {
    let order = oracle::ranking(x);
    let end = order.iter().position(|&id| id == token).map_or(0, |rank| rank + 1);
    order[..end].iter().map(|&id| entropy(&[p[id]])).sum()
}
