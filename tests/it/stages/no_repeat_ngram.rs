//! no_repeat_ngram: no n tokens in a row occur twice.

use logitlab::{
    backend::Backend,
    error::{self, Error},
    history::History,
    settings::Value,
    stages::NoRepeatNgram,
};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks, ensure,
    expect::keeps,
    oracle::Lean,
    plain::{inside, remove},
    stage_test::{At, Gone, StageTest},
};

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
    let left = Error::NothingLeft { row: 0, stage: Some("no_repeat_ngram"), constraint: None };
    ensure!(refusal == Err(left), "{}: {refusal:?}", all.name);
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

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    OfTheOutput,
    OneLonger,
    FirstOnly,
    LastLost,
}

impl StageTest for NoRepeatNgram {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[Fault::OfTheOutput, Fault::OneLonger, Fault::FirstOnly, Fault::LastLost];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("no_repeat_ngram_size", Value::Number(2.0))]
    }

    /// Every token that makes the last n − 1 tokens an n-gram of the text.
    fn oracle(&self, x: &mut [f32], past: &Past, _: Lean) -> bool {
        let text = [&past.prompt[..], &past.output].concat();
        for token in 0..x.len() as u32 {
            let longer = [&text[..], &[token]].concat();
            let end = &longer[longer.len().saturating_sub(self.0)..];
            if text.windows(self.0).any(|ngram| ngram == end) {
                x[token as usize] = f32::NEG_INFINITY;
            }
        }
        false
    }

    fn plain(&self, x: &mut [f32], at: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let has = |own| fault == Some(own);
        let n_skipped = if has(Fault::OfTheOutput) { at.history.n_prompt() } else { 0 };
        let text = &at.history.tokens()[n_skipped..];
        let n = if has(Fault::OneLonger) { self.0 + 1 } else { self.0 };
        let mut out = Vec::new();
        for from in 0..text.len().saturating_sub(n - 1) {
            let is_again = (0..n - 1).all(|i| text[from + i] == text[text.len() + 1 - n + i]);
            let is_first = out.is_empty() || !has(Fault::FirstOnly);
            if is_again && is_first && !(has(Fault::LastLost) && from + n == text.len()) {
                out.push((text[from + n - 1] as usize, Some(n as f32)));
            }
        }
        out.sort_by_key(|(id, _)| *id);
        out.dedup();
        (f64::NAN, remove(x, out.into_iter()))
    }

    /// What a 1-gram bans; of longer ones a token from nowhere is banned, or does not matter.
    fn refuse(&self, history: &History, vocab_size: usize) -> error::Result<()> {
        inside(history.tokens().iter().copied().filter(|_| self.0 == 1), vocab_size)
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        let Gone { what, evidence, .. } = gone;
        ensure!(gone.number() == self.0 as f64, "{what}: {evidence}, the sequence has {} tokens", self.0);
        Ok(())
    }
}
