//! constraint: only tokens that a grammar allows after the output so far.

use logitlab::{backend::Backend, error::Error, grammar::Refused, stages::Constraint};

use super::MASKED;
use crate::support::{
    Outcome,
    case::Case,
    checks, ensure,
    expect::{gives, keeps},
    grammar::by_rule,
};

checks!(tokens, ends, edges, refusals, reason);

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
    let nothing = |reason: &str| Error::NothingAllowed { reason: reason.to_owned() };
    let cases = [
        (refused("no token", Ok((vec![], false))), nothing("no token of the model goes on from here")),
        (refused("the end", Ok((vec![], true))), nothing("the text is complete")),
        (refused("a text that does not fit", Err(Refused::Token(4))), nothing("new token 4 does not fit it")),
        (refused("too much", Err(Refused::TooMuch("it is too large".to_owned()))), nothing("it is too large")),
        (refused("only masked tokens", Ok((vec![5], false))), Error::NothingLeft { row: 0 }),
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
