//! dry: what repeats a sequence pays by the sequence's length.

use logitlab::{
    backend::Backend,
    stages::{Dry, Sequence, Stage},
};

use super::MASKED;
use crate::support::{Outcome, case::Case, checks, expect::gives, settings};

checks!(lengths, edges, breakers);

/// With m = 1 and base 2: a repeated sequence of 1, 2, 3 tokens costs 1, 2, 4.
fn case(name: &str, prompt: &[u32], output: &[u32]) -> Case {
    let stage = Dry { multiplier: 1.0, base: 2.0, allowed_length: 1, ..Dry::default() };
    Case::new(name, [0.0, 1.0, 2.0, 3.0]).stage(stage.into()).past(prompt, output)
}

/// The same with one setting changed.
fn with(mut case: Case, change: impl Fn(&mut Dry)) -> Case {
    if let Stage::Dry(dry) = &mut case.plan.stages[0] {
        change(dry);
    }
    case
}

fn lengths<B: Backend>(backend: &mut B) -> Outcome {
    let cases = [
        (case("one token again", &[0, 1], &[0]), [0.0, 0.0, 2.0, 3.0]),
        (case("two tokens again", &[0, 1, 2], &[0, 1]), [0.0, 1.0, 0.0, 3.0]),
        (case("three tokens again", &[0, 1, 2, 3], &[0, 1, 2]), [0.0, 1.0, 2.0, -1.0]),
        (case("the longest of several counts", &[1, 3, 0, 1, 3], &[2, 1, 0, 1]), [-1.0, 1.0, 2.0, 1.0]),
        (case("each with its own length", &[1, 3, 0, 1, 2], &[0, 1]), [0.0, 1.0, 0.0, 2.0]),
        (case("one that overlaps itself", &[1, 1], &[1]), [0.0, -1.0, 2.0, 3.0]),
        (with(case("a short one is allowed", &[0, 1], &[0]), |dry| dry.allowed_length = 2), [0.0, 1.0, 2.0, 3.0]),
        (
            with(case("the shortest that is not", &[0, 1, 2], &[0, 1]), |dry| dry.allowed_length = 2),
            [0.0, 1.0, 1.0, 3.0],
        ),
        (with(case("m times as much", &[0, 1, 2], &[0, 1]), |dry| dry.multiplier = 0.5), [0.0, 1.0, 1.0, 3.0]),
        (with(case("all the same", &[0, 1, 2], &[0, 1]), |dry| dry.base = 1.0), [0.0, 1.0, 1.0, 3.0]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let long: Vec<u32> = [2].repeat(400);
    let cases = [
        (case("nothing was said", &[], &[]), [0.0, 1.0, 2.0, 3.0]),
        (case("one token", &[2], &[]), [0.0, 1.0, 2.0, 3.0]),
        (case("no token twice", &[0, 1], &[2, 3]), [0.0, 1.0, 2.0, 3.0]),
        (case("so much that nothing is left of it", &long, &[]), [0.0, 1.0, MASKED, 3.0]),
        (
            with(case("the window cuts a sequence", &[0, 1, 2], &[0, 1]), |dry| dry.last_n = Some(4)),
            [0.0, 1.0, 1.0, 3.0],
        ),
        (with(case("the window has it all", &[0, 1, 2], &[0, 1]), |dry| dry.last_n = Some(5)), [0.0, 1.0, 0.0, 3.0]),
        (with(case("a window of one", &[0, 1, 2], &[0, 1]), |dry| dry.last_n = Some(1)), [0.0, 1.0, 2.0, 3.0]),
        (case("greedy", &[0, 1, 2], &[0, 1]).greedy(), [0.0, 1.0, 0.0, 3.0]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

/// The stage as it is read: breakers are ids here.
fn broken(name: &str, prompt: &[u32], breakers: &[&[f64]]) -> Case {
    let lists = breakers.iter().map(|ids| settings::numbers(ids)).collect();
    let stage = settings::stage(&[
        ("dry_multiplier", logitlab::settings::Value::Number(1.0)),
        ("dry_base", logitlab::settings::Value::Number(2.0)),
        ("dry_allowed_length", logitlab::settings::Value::Number(1.0)),
        ("dry_sequence_breakers", logitlab::settings::Value::List(lists)),
    ]);
    Case::new(name, [0.0, 1.0, 2.0, 3.0]).stage(stage).past(prompt, &[])
}

fn breakers<B: Backend>(backend: &mut B) -> Outcome {
    let cases = [
        (broken("a breaker inside", &[1, 0, 2, 3, 1, 0, 2], &[&[0.0]]), [0.0, 1.0, 2.0, 2.0]),
        (broken("a breaker at the end", &[0, 1, 0], &[&[0.0]]), [0.0, 1.0, 2.0, 3.0]),
        (broken("a breaker is never penalised", &[1, 0, 1], &[&[0.0]]), [0.0, 1.0, 2.0, 3.0]),
        (broken("two tokens break", &[1, 0, 2, 3, 1, 0, 2], &[&[1.0, 0.0]]), [0.0, 1.0, 2.0, 2.0]),
        (broken("the last of two does not", &[1, 0, 2, 3, 1, 0, 2], &[&[3.0, 0.0]]), [0.0, 1.0, 2.0, -1.0]),
        (broken("two tokens at the end", &[1, 0, 2, 1, 0], &[&[1.0, 0.0]]), [0.0, 1.0, 2.0, 3.0]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

/// Breakers without ids are those of the vocabulary, in a run; a row alone has none.
#[test]
fn texts_break_where_there_is_a_model() {
    use logitlab::{settings::Settings, token::Vocab};
    let vocab = Vocab::from_tokens(["a", "b\n", "c", ":"]);
    let stage = |plan: logitlab::plan::Plan| plan.stages[0].clone();
    let usual = Settings::default().with(Dry { multiplier: 1.0, base: 2.0, allowed_length: 1, ..Dry::default() });
    let of_text = usual.clone().with(Dry {
        multiplier: 1.0,
        base: 2.0,
        allowed_length: 1,
        breakers: Some(vec![Sequence::Text("\n".to_owned())]),
        ..Dry::default()
    });
    let mut backend = logitlab::cpu::CpuBackend::new();
    let mut after = |stage: Stage| {
        let case = Case::new("bound", [0.0, 1.0, 2.0, 3.0]).stage(stage).past(&[0, 1, 2, 3, 0, 1, 2], &[]);
        case.step(&mut backend, 0, true).unwrap().trace.unwrap().stages[0].values.clone()
    };
    assert_eq!(after(stage(usual.plan())), [0.0, 1.0, 2.0, -1.0], "without a model nothing breaks");
    assert_eq!(after(stage(usual.plan_with(&vocab))), [0.0, 1.0, 2.0, 3.0], "a colon is never penalised");
    assert_eq!(after(stage(of_text.plan_with(&vocab))), [0.0, 1.0, 2.0, 2.0], "a new line inside of a token breaks");
}
