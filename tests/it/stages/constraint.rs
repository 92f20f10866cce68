//! constraint: only tokens that a grammar allows after the output so far.

use logitlab::{
    backend::Backend,
    error::{self, Error},
    grammar::{Problem, Refused},
    history::History,
    settings::Value,
    stages::{Bias, Constraint, NoRepeatNgram},
};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks, ensure,
    expect::{gives, keeps},
    grammar::{self, by_rule},
    oracle::Lean,
    plain::remove,
    settings::{map, numbers},
    stage_test::{At, Gone, StageTest},
};

checks!(tokens, ends, edges, refusals, reason);

const NO_TOKEN: &str = "no token of the model goes on from here; change the constraint or the model";

/// 1 follows 1, and anything but 1 follows nothing.
fn case(name: &str) -> Case {
    let rule = |output: &[u32]| Ok((if output.last() == Some(&1) { vec![1] } else { vec![0, 2, 3] }, false));
    Case::new(name, [0.5, 3.0, 2.0, 1.0]).stage(by_rule(&[], rule).into())
}

fn tokens<B: Backend>(backend: &mut B) -> Outcome {
    let cases: [(Case, &[u32]); 4] = [
        (case("at first"), &[0, 2, 3]),
        (case("after a token").past(&[], &[0, 1]), &[1]),
        (case("the prompt does not count").past(&[1, 1], &[]), &[0, 2, 3]),
        (case("the output does").past(&[0], &[1]), &[1]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))?;
    gives(backend, &case("greedy").greedy(), &[0.5, MASKED, 2.0, 1.0])
}

/// An end token is allowed where the text may end, and only there.
fn ends<B: Backend>(backend: &mut B) -> Outcome {
    let ending = |name, output: &[u32]| {
        let rule = |output: &[u32]| Ok((vec![0], !output.is_empty()));
        Case::new(name, [0.5, 3.0, 2.0, 1.0]).stage(by_rule(&[3, 2], rule).into()).past(&[], output)
    };
    let cases: [(Case, &[u32]); 2] = [(ending("not yet", &[]), &[0]), (ending("it may end", &[0]), &[0, 2, 3])];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let all = |ids: Vec<u32>| by_rule(&[], move |_| Ok((ids.clone(), false)));
    let many: Vec<f32> = (0..300).map(|i| i as f32 * 0.01).collect();
    let cases: [(Case, &[u32]); 5] = [
        (Case::new("masked stays masked", [1.0, MASKED, 2.0]).stage(all(vec![0, 1]).into()), &[0]),
        (Case::new("after a filter", [1.0, 3.0, 2.0]).top_k(2).stage(all(vec![0, 2]).into()), &[2]),
        (Case::new("before a filter", [1.0, 3.0, 2.0]).stage(all(vec![0, 2]).into()).top_k(1), &[2]),
        (
            Case::new("bits of several words", many).stage(all(vec![31, 32, 127, 128, 255, 299]).into()),
            &[31, 32, 127, 128, 255, 299],
        ),
        (Case::new("ids that the row does not have", [1.0, 3.0]).stage(all(vec![1, 2, 40]).into()), &[1]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))?;
    let listed = Case::new("tokens of a list", [0.5, 3.0, 2.0, 1.0]).stage(Constraint::allowing(&[3, 0, 70]).into());
    keeps(backend, &listed.past(&[1], &[1]), &[0, 3])?;
    let divided = Case::new("after a temperature", [1.0, 3.0, 2.0]).temperature(0.5).stage(all(vec![0, 2]).into());
    gives(backend, &divided, &[2.0, MASKED, 4.0])
}

fn refusals<B: Backend>(backend: &mut B) -> Outcome {
    let refused = |name: &str, rule: Result<(Vec<u32>, bool), Refused>| {
        Case::new(name, [1.0, 2.0]).stage(by_rule(&[], move |_| rule.clone()).into())
    };
    let value = || by_rule(&[], |_| Ok((vec![], false))).shown();
    let nothing = |reason: &str| Error::NothingAllowed { value: value(), reason: reason.to_owned() };
    let problem =
        Problem { fault: logitlab::grammar::Fault::TooComplex, reason: "too many ways".to_owned(), place: None };
    let left = |stage, constraint| Error::NothingLeft { row: 0, stage: Some(stage), constraint };
    let ban = Bias(vec![(0, MASKED)]);
    let one = || Constraint::allowing(&[0, 7]);
    let repeats = Case::new("what is left came before", [1.0, 2.0]).stage(one().into()).stage(NoRepeatNgram(1).into());
    let off = Case::new("no constraint yet", [1.0, 2.0]).bias(&[(0, MASKED), (1, MASKED)]);
    let cases = [
        (repeats.past(&[0], &[]), left("no_repeat_ngram", Some(one().shown()))),
        (off.stage(one().into()), left("bias", None)),
        (
            Case::new("banned behind it", [1.0, 2.0]).stage(one().into()).temperature(2.0).stage(ban.clone().into()),
            left("bias", Some(one().shown())),
        ),
        (
            Case::new("banned before it", [1.0, 2.0]).stage(ban.into()).stage(one().into()).top_k(1),
            left("constraint", Some(one().shown())),
        ),
        (refused("no token", Ok((vec![], false))), nothing(NO_TOKEN)),
        (refused("the end", Ok((vec![], true))), nothing("the text is complete")),
        (
            refused("a text that does not fit", Err(Refused::Token(4))),
            Error::TokenNotAllowed { value: value(), position: 4 },
        ),
        (refused("too much", Err(Refused::Problem(problem.clone()))), Error::Constraint { value: value(), problem }),
        (refused("only masked tokens", Ok((vec![5], false))), left("constraint", Some(value()))),
    ];
    for (case, want) in cases {
        let refusal = case.try_step(backend, case.draw(1), false);
        ensure!(refusal.as_ref() == Err(&want), "{}: {refusal:?}", case.name);
    }
    let invalid = Case::new("a banned NaN", [1.0, f32::NAN]).stage(by_rule(&[], |_| Ok((vec![0], false))).into());
    let refusal = invalid.try_step(backend, invalid.draw(1), false);
    ensure!(matches!(refusal, Err(Error::InvalidLogits { index: 1, .. })), "{}: {refusal:?}", invalid.name);
    Ok(())
}

/// The trace says what is allowed instead, and how much probability went.
fn reason<B: Backend>(backend: &mut B) -> Outcome {
    let half = Case::new("reason", [1.0, 1.0, 1.0, 1.0]).stage(by_rule(&[], |_| Ok((vec![1, 2], false))).into());
    let trace = half.step(backend, 0, true)?.trace.ok_or("no trace came")?;
    let stage = &trace.stages[0];
    ensure!(stage.removed == [0, 3], "{}: removed {:?}", half.name, stage.removed);
    ensure!(stage.allowed.as_deref() == Some("[1, 2]"), "{}: allowed {:?}", half.name, stage.allowed);
    ensure!((stage.mass_removed - 0.5).abs() < 1e-9, "{}: {} removed", half.name, stage.mass_removed);
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    OfAllTheText,
    EndsAnywhere,
    FirstWordOnly,
    EndIsNoToken,
    IsSilent,
}

impl StageTest for Constraint {
    type Fault = Fault;
    const FAULTS: &'static [Fault] =
        &[Fault::OfAllTheText, Fault::EndsAnywhere, Fault::FirstWordOnly, Fault::EndIsNoToken, Fault::IsSilent];
    const SPOILED: Option<(&'static str, &'static str)> = Some(("(id % 32u)", "((id + 1u) % 32u)"));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("(id % 32u)", "((id + 1u) % 32u)"),
        ("[word % 4u]", "[(word + 1u) % 4u]"),
        ("plan.edits_from * 4u + id / 32u", "id / 32u"),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("constraint", map(&[("allowed", numbers(&[1.0, 2.0]))]))]
    }

    /// What is not allowed after the output is masked; everything, where nothing can be said of what follows.
    fn oracle(&self, x: &mut [f32], past: &Past, _: Lean) -> bool {
        let allowed = grammar::allowed(self, &past.output, x.len()).unwrap_or_else(|_| vec![false; x.len()]);
        for (v, is_allowed) in x.iter_mut().zip(allowed) {
            if !is_allowed {
                *v = f32::NEG_INFINITY;
            }
        }
        false
    }

    fn plain(&self, x: &mut [f32], at: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let text = if fault == Some(Fault::OfAllTheText) { at.history.tokens() } else { grammar::output(at.history) };
        let mut allowed = grammar::allowed(self, text, x.len()).unwrap_or_else(|_| vec![false; x.len()]);
        let ends = [(Fault::EndsAnywhere, true), (Fault::EndIsNoToken, false)];
        for (_, is_allowed) in ends.into_iter().filter(|(own, _)| fault == Some(*own)) {
            for &id in self.end.iter().filter(|&&id| (id as usize) < x.len()) {
                allowed[id as usize] = is_allowed;
            }
        }
        if fault == Some(Fault::FirstWordOnly) {
            allowed.iter_mut().skip(32).for_each(|is_allowed| *is_allowed = false);
        }
        let out: Vec<usize> = (0..x.len()).filter(|&id| !allowed[id]).collect();
        (f64::NAN, remove(x, out.into_iter().map(|id| (id, None))))
    }

    fn allows(&self, at: &At<'_>, fault: Option<Fault>) -> Option<String> {
        let expected = self.bound.0.as_ref()?.expected(grammar::output(at.history)).ok();
        expected.filter(|_| fault != Some(Fault::IsSilent))
    }

    /// Where nothing may follow, before the row is looked at.
    fn refuse(&self, history: &History, _: usize) -> error::Result<()> {
        let nothing = |reason: &str| Err(Error::NothingAllowed { value: self.shown(), reason: reason.to_owned() });
        let mut allowed = Vec::new();
        let grammar = self.bound.0.as_ref().expect("the constraints of tests are compiled");
        match grammar.next(grammar::output(history), &mut allowed) {
            Err(Refused::Token(position)) => Err(Error::TokenNotAllowed { value: self.shown(), position }),
            Err(Refused::Problem(problem)) => Err(Error::Constraint { value: self.shown(), problem }),
            Ok(_) if allowed.iter().any(|&word| word > 0) => Ok(()),
            Ok(true) if self.end.is_empty() => nothing("the text is complete"),
            Ok(true) => Ok(()),
            Ok(false) => nothing(NO_TOKEN),
        }
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        gone.is_its_logit()
    }
}
