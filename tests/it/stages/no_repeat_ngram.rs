//! no_repeat_ngram: no n tokens in a row occur twice.

use logitlab::{backend::Backend, error::Error, stages::NoRepeatNgram};

use super::MASKED;
use crate::support::{Outcome, case::Case, checks, ensure, expect::keeps};

checks!(sequences, edges, reason);

fn case(name: &str, n: usize) -> Case {
    Case::new(name, [0.5, 3.0, 2.0, 1.0]).stage(NoRepeatNgram(n).into())
}

fn sequences<B: Backend>(backend: &mut B) -> Outcome {
    let cases: [(Case, &[u32]); 10] = [
        (case("a pair", 2).past(&[0, 1, 2], &[0]), &[0, 2, 3]),
        (case("both that came after it", 2).past(&[0, 1, 0, 2], &[0]), &[0, 3]),
        (case("of the prompt alone", 2).past(&[0, 1, 0], &[]), &[0, 2, 3]),
        (case("of the output alone", 2).past(&[], &[0, 1, 0]), &[0, 2, 3]),
        (case("a triple, not a pair", 3).past(&[0, 1, 2, 3, 1], &[]), &[0, 1, 2, 3]),
        (case("a triple", 3).past(&[0, 1, 2, 3], &[0, 1]), &[0, 1, 3]),
        (case("one that overlaps itself", 3).past(&[1, 1], &[1]), &[0, 2, 3]),
        (case("no token twice", 1).past(&[0, 1], &[1, 3]), &[2]),
        (case("across prompt and output", 4).past(&[3, 0, 1], &[2, 3, 0, 1]), &[0, 1, 3]),
        (case("a window of the penalties does not matter", 2).window(1).past(&[0, 1, 2], &[0]), &[0, 2, 3]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
}

fn edges<B: Backend>(backend: &mut B) -> Outcome {
    let cases: [(Case, &[u32]); 6] = [
        (case("nothing was said", 2), &[0, 1, 2, 3]),
        (case("a shorter text", 3).past(&[0, 0], &[]), &[0, 1, 2, 3]),
        (case("a text of n tokens", 2).past(&[1, 1], &[]), &[0, 2, 3]),
        (case("longer than any text", 200).past(&[1, 1], &[1, 1]), &[0, 1, 2, 3]),
        (Case::new("masked stays masked", [1.0, MASKED, 2.0]).stage(NoRepeatNgram(1).into()).past(&[1], &[]), &[0, 2]),
        (Case::new("after a filter", [1.0, 3.0, 2.0]).top_k(2).stage(NoRepeatNgram(1).into()).past(&[1], &[]), &[2]),
    ];
    cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))?;
    let greedy = case("greedy", 1).greedy().past(&[1], &[]);
    crate::support::expect::gives(backend, &greedy, &[0.5, MASKED, 2.0, 1.0])?;
    let all = case("every token came", 1).past(&[0, 1], &[2, 3]);
    let refusal = all.try_step(backend, all.draw(1), false);
    ensure!(refusal == Err(Error::NothingLeft { row: 0 }), "{}: {refusal:?}", all.name);
    let outside = case("a token from nowhere", 1).past(&[7], &[]);
    let refusal = outside.try_step(backend, outside.draw(1), false);
    let want = Error::InvalidToken { id: 7, position: 0, vocab_size: 4 };
    ensure!(refusal == Err(want), "{}: {refusal:?}", outside.name);
    Ok(())
}

/// The evidence says how long the sequence is.
fn reason<B: Backend>(backend: &mut B) -> Outcome {
    let case = case("evidence", 3).past(&[0, 1, 2, 3], &[0, 1]);
    let trace = case.step(backend, 0, true)?.trace.ok_or("no trace came")?;
    let stage = &trace.stages[0];
    ensure!(
        (&stage.removed[..], &stage.evidence[..]) == (&[2][..], &[3.0][..]),
        "{}: {:?} by {:?}",
        case.name,
        stage.removed,
        stage.evidence
    );
    Ok(())
}
