//! dry: what repeats a sequence pays by the sequence's length.

use logitlab::{
    backend::Backend,
    settings::Value,
    stages::{Dry, Sequence, Stage},
};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past, ids_of},
    checks, ensure,
    expect::gives,
    oracle::Lean,
    settings,
    stage_test::{At, Gone, StageTest},
};

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
    assert_eq!(after(stage(usual.plan_with(&vocab).unwrap())), [0.0, 1.0, 2.0, 3.0], "a colon is never penalised");
    assert_eq!(
        after(stage(of_text.plan_with(&vocab).unwrap())),
        [0.0, 1.0, 2.0, 2.0],
        "a new line inside of a token breaks"
    );
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    IgnoresWindow,
    IgnoresBreakers,
    LastMatch,
    LongerAllowed,
    PenalisesBreakers,
    DoesNotGrow,
}

impl StageTest for Dry {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[
        Fault::IgnoresWindow,
        Fault::IgnoresBreakers,
        Fault::LastMatch,
        Fault::LongerAllowed,
        Fault::PenalisesBreakers,
        Fault::DoesNotGrow,
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("dry_multiplier", Value::Number(0.8))]
    }

    /// For every token all places where the text has it: the most tokens before one of them that also end the text, back to a breaker.
    fn oracle(&self, x: &mut [f32], past: &Past, _: Lean) -> bool {
        let text = [&past.prompt[..], &past.output].concat();
        let text = &text[text.len() - text.len().min(self.last_n.unwrap_or(usize::MAX))..];
        let breakers: Vec<&Vec<u32>> = self.breakers.iter().flatten().map(ids_of).collect();
        let longest =
            |from: usize| breakers.iter().filter(|ids| text[from..].starts_with(ids)).map(|ids| ids.len()).max();
        let most =
            (0..text.len()).rev().find_map(|from| Some(text.len() - from - longest(from)?)).unwrap_or(text.len());
        for (token, v) in (0..).zip(x.iter_mut()) {
            let ends = (1..text.len()).filter(|&end| text[end] == token);
            let match_before =
                |end: usize| (0..end).take_while(|&i| text[end - 1 - i] == text[text.len() - 1 - i]).count();
            let length = ends.map(match_before).max().unwrap_or(0).min(most);
            if length >= self.allowed_length && !breakers.iter().any(|ids| **ids == [token]) {
                let growth = f64::from(self.base).powi((length - self.allowed_length) as i32);
                *v -= (f64::from(self.multiplier) * growth) as f32;
            }
        }
        false
    }

    /// Of a token that the penalty leaves nothing of, the evidence is the length of what it would repeat.
    fn plain(&self, x: &mut [f32], at: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let has = |own| fault == Some(own);
        let n_left_out = at.history.tokens().len().saturating_sub(self.last_n.unwrap_or(usize::MAX));
        let text = &at.history.tokens()[if has(Fault::IgnoresWindow) { 0 } else { n_left_out }..];
        let breakers: Vec<&Vec<u32>> = self.breakers.iter().flatten().map(ids_of).collect();
        let most = if has(Fault::IgnoresBreakers) { text.len() } else { since_breaker(text, &breakers) };
        let mut longest = vec![0; x.len()];
        for end in 1..text.len() {
            let length = (0..end).take_while(|i| text[end - 1 - i] == text[text.len() - 1 - i]).count().min(most);
            let known = &mut longest[text[end] as usize];
            *known = if has(Fault::LastMatch) { length } else { length.max(*known) };
        }
        let allowed = self.allowed_length + usize::from(has(Fault::LongerAllowed));
        let mut evidence = Vec::new();
        for (id, &length) in (0..).zip(&longest) {
            let is_breaker = breakers.iter().any(|ids| ids[..] == [id]) && !has(Fault::PenalisesBreakers);
            if length >= allowed && !is_breaker {
                let exponent = if has(Fault::DoesNotGrow) { 0 } else { length - self.allowed_length };
                let growth = f64::from(self.base).powi(exponent as i32);
                x[id as usize] -= (f64::from(self.multiplier) * growth) as f32;
                evidence.push((id, (length + 1) as f32));
            }
        }
        (f64::NAN, evidence)
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        ensure!(gone.number() > self.allowed_length as f64, "{}: {} tokens are allowed", gone.what, gone.evidence);
        Ok(())
    }
}

/// How many tokens come after the last breaker.
fn since_breaker(text: &[u32], breakers: &[&Vec<u32>]) -> usize {
    for from in (0..text.len()).rev() {
        let lengths = breakers.iter().filter(|ids| text[from..].starts_with(ids)).map(|ids| ids.len());
        if let Some(longest) = lengths.max() {
            return text.len() - from - longest;
        }
    }
    text.len()
}
