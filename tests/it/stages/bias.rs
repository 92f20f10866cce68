//! bias: x[id] += b.

use logitlab::{backend::Backend, error::Result, history::History, settings::Value, stages::Bias};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks,
    expect::{gives, shows},
    oracle::Lean,
    plain::inside,
    settings::map,
    stage_test::{At, Gone, StageTest},
};

checks!(adds, bans_all);

fn adds<B: Backend>(backend: &mut B) -> Outcome {
    let new = |name| Case::new(name, [0.0, 1.0, -2.0, MASKED]);
    let long = |name| Case::new(name, vec![0.5; 130]);
    let mut biased = vec![0.5; 130];
    (biased[64], biased[129]) = (3.0, MASKED);
    let cases: [(Case, &[f32]); 12] = [
        (new("nothing to add").bias(&[]), &[0.0, 1.0, -2.0, MASKED]),
        (new("one token").bias(&[(2, 3.0)]), &[0.0, 1.0, 1.0, MASKED]),
        (new("several").bias(&[(0, -1.0), (1, 0.5), (2, 2.0)]), &[-1.0, 1.5, 0.0, MASKED]),
        (new("the last pair counts too").bias(&[(0, 0.25), (1, 2.0)]), &[0.25, 3.0, -2.0, MASKED]),
        (new("one token twice").bias(&[(0, 1.0), (0, 0.5)]), &[1.5, 1.0, -2.0, MASKED]),
        (new("a ban").bias(&[(1, MASKED)]), &[0.0, MASKED, -2.0, MASKED]),
        (new("a ban cannot be outbid").bias(&[(1, MASKED), (1, 100.0)]), &[0.0, MASKED, -2.0, MASKED]),
        (new("masked stays masked").bias(&[(3, 100.0)]), &[0.0, 1.0, -2.0, MASKED]),
        (new("only one is left").bias(&[(0, MASKED), (1, MASKED)]), &[MASKED, MASKED, -2.0, MASKED]),
        (new("greedy follows the bias").bias(&[(2, 4.0)]).greedy(), &[0.0, 1.0, 2.0, MASKED]),
        (new("removed stays removed").top_k(1).bias(&[(0, 9.0), (1, 0.5)]), &[MASKED, 1.5, MASKED, MASKED]),
        (long("beyond the first block").bias(&[(64, 2.5), (129, MASKED)]), &biased),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

/// Judged as nothing left: never a token.
fn bans_all<B: Backend>(backend: &mut B) -> Outcome {
    let bans = |n: u32| (0..n).map(|id| (id, MASKED)).collect::<Vec<_>>();
    let cases = [
        Case::new("every token banned", [1.0, 2.0]).bias(&bans(2)),
        Case::new("the last one banned", [1.0, MASKED]).bias(&bans(1)),
        Case::new("banned after a filter", [1.0, 2.0]).top_k(1).bias(&bans(2)),
        Case::new("banned, greedy", [1.0, 2.0]).bias(&bans(2)).greedy(),
        Case::new("a long row banned", vec![0.0; 70]).bias(&bans(70)),
    ];
    cases.iter().try_for_each(|case| crate::support::judge::judge(backend, case, 1).map(drop))?;
    shows(backend, &Case::new("usable afterwards", [1.0, 2.0]))
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    LastPairLost,
}

impl StageTest for Bias {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[Fault::LastPairLost];
    const SPOILED: Option<(&'static str, &'static str)> =
        Some(("values[at] = bits;", "values[at] = add(bits, 0x3f800000u);"));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("j < plan.edits_to && edits[j].id == id; j++", "j < i + 1u; j++"),
        ("if (b == MASKED) {", "if (b == 0u) {"),
        ("var i = plan.edits_from + lane;", "var i = plan.edits_from + lane + 1u;"),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("logit_bias", map(&[("2", Value::Number(f64::NEG_INFINITY))]))]
    }

    fn oracle(&self, x: &mut [f32], _: &Past, _: Lean) -> bool {
        self.0.iter().for_each(|&(id, b)| x[id as usize] += b);
        false
    }

    fn plain(&self, x: &mut [f32], _: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let n = self.0.len().saturating_sub(usize::from(fault == Some(Fault::LastPairLost)));
        self.0[..n].iter().for_each(|(id, b)| x[*id as usize] += b);
        (f64::NAN, Vec::new())
    }

    fn refuse(&self, _: &History, vocab_size: usize) -> Result<()> {
        inside(self.0.iter().map(|(id, _)| *id), vocab_size)
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        gone.is_its_logit()
    }
}
