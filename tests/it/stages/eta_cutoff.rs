//! eta_cutoff: keep p ≥ min(ε, √ε · e^−H), and the most likely token.

use logitlab::{backend::Backend, settings::Value, stages::EtaCutoff};

use super::{MASKED, epsilon_cutoff::at_least};
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks,
    expect::keeps,
    oracle::{self, Lean},
    plain::probabilities,
    stage_test::{At, Gone, StageTest},
};

checks!(bars, edges);

fn case(name: &str, logits: &[f32], epsilon: f64) -> Case {
    Case::new(name, logits).stage(EtaCutoff(epsilon).into())
}

/// H of 0.1, 0.2, 0.3, 0.4 is 1.279854 nats, e^−H 0.278078; ε is the smaller one below 0.077327.
fn bars<B: Backend>(backend: &mut B) -> Outcome {
    let base = |name, epsilon| Case::of_probabilities(name, &[0.1, 0.2, 0.3, 0.4]).stage(EtaCutoff(epsilon).into());
    let thousand: Vec<f32> = (0..1001).map(|i| if i == 500 { -2.0 } else { 0.0 }).collect();
    let cases: [(Case, &[u32]); 8] = [
        // √ε · e^−H is 0.1 at ε = 0.129321.
        (base("η below 0.1", 0.1292), &[0, 1, 2, 3]),
        (base("η above 0.1", 0.1295), &[1, 2, 3]),
        // 0.2 at ε = 0.517286.
        (base("η below 0.2", 0.517), &[1, 2, 3]),
        (base("η above 0.2", 0.518), &[2, 3]),
        (Case::of_probabilities("ε below", &[0.02, 0.98]).stage(EtaCutoff(0.0199).into()), &[0, 1]),
        (Case::of_probabilities("ε above", &[0.02, 0.98]).stage(EtaCutoff(0.0201).into()), &[1]),
        // H = ln 1000.1: η is 0.00014 at ε = 0.0196, and the odd one has 0.000135.
        (case("many are equal, the odd one has less", &thousand, 0.0198), &KEPT),
        (case("a temperature of its own", &[MASKED, 4.0, 2.0, 0.0], 0.9).temperature(0.5), &[1]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))?;
    let all: Vec<u32> = (0..1001).collect();
    keeps(backend, &case("many are equal, and the odd one has enough", &thousand, 0.017), &all)
}

/// All but 500 of 1,001.
const KEPT: [u32; 1000] = {
    let mut kept = [0; 1000];
    let mut i = 0;
    while i < 1000 {
        kept[i] = i as u32 + (i >= 500) as u32;
        i += 1;
    }
    kept
};

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let cases: [(Case, &[u32]); 6] = [
        (case("1 keeps what has e^−H", &[1.0, 3.0, 2.0], 1.0), &[1]),
        (case("and all that equal it", &[1.0, 3.0, 3.0], 1.0), &[1, 2]),
        (case("all equal", &[0.25; 4], 0.9), &[0, 1, 2, 3]),
        (case("one survivor", &[MASKED, -9.0], 0.5), &[1]),
        (case("extremes", &[1e38, -1e38, 1e38], 0.01), &[0, 2]),
        (case("too small to matter", &[0.0, -60.0, -500.0], 1e-300), &[0, 1, 2]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    OfBits,
    WithoutRoot,
    OfOpenRowsOnly,
}

impl StageTest for EtaCutoff {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[Fault::OfBits, Fault::WithoutRoot, Fault::OfOpenRowsOnly];
    const SPOILED: Option<(&'static str, &'static str)> =
        Some(("let limit = plan.params.x;", "let limit = plan.params.x / 2u;"));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("limit / 2u + surprise.mean", "limit / 2u"),
        ("max(limit - min(limit, surprise.top), ", "max(0u, "),
        ("i < 29u;", "i < 28u;"),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("eta_cutoff", Value::Number(0.02))]
    }

    /// `min(ε, √ε · e^−H)`; H in bits, so a power of two.
    fn oracle(&self, x: &mut [f32], _: &Past, lean: Lean) -> bool {
        let open = self.0.sqrt() * (-oracle::entropy(&oracle::softmax(x))).exp2();
        oracle::least_probability(x, self.0.min(open), lean)
    }

    fn plain(&self, x: &mut [f32], _: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let nats: f64 = probabilities(x).into_iter().filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum();
        let entropy = if fault == Some(Fault::OfBits) { nats / std::f64::consts::LN_2 } else { nats };
        let open = if fault == Some(Fault::WithoutRoot) { self.0 } else { self.0.sqrt() } * (-entropy).exp();
        let limit = if fault == Some(Fault::OfOpenRowsOnly) { open } else { open.min(self.0) };
        (limit, at_least(limit, x, None))
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        gone.is_too_improbable()
    }
}
