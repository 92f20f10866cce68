//! bad_words: sequences of tokens are banned, or biased, at their last token.

use logitlab::{
    backend::Backend,
    error::{self, Error},
    history::History,
    settings::Value,
    stages::BadWords,
};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks, ensure,
    expect::gives,
    oracle::Lean,
    plain::inside,
    stage_test::{At, Gone, StageTest},
};

checks!(words, biases, suppressed);

fn case(name: &str, prompt: &[u32], output: &[u32], stage: BadWords) -> Case {
    Case::new(name, [0.0, 1.0, 2.0, 3.0]).stage(stage.into()).past(prompt, output)
}

fn banned(name: &str, prompt: &[u32], words: &[&[u32]]) -> Case {
    let bad_words_ids = words.iter().map(|ids| ids.to_vec()).collect();
    case(name, prompt, &[], BadWords { bad_words_ids, ..BadWords::default() })
}

fn words<B: Backend>(backend: &mut B) -> Outcome {
    let cases = [
        (banned("a word of one token", &[], &[&[2]]), [0.0, 1.0, MASKED, 3.0]),
        (banned("of two, begun", &[0, 1], &[&[1, 2]]), [0.0, 1.0, MASKED, 3.0]),
        (banned("of two, not begun", &[1, 0], &[&[1, 2]]), [0.0, 1.0, 2.0, 3.0]),
        (banned("of three", &[0, 3, 1], &[&[3, 1, 2]]), [0.0, 1.0, MASKED, 3.0]),
        (banned("of three, half begun", &[0, 0, 1], &[&[3, 1, 2]]), [0.0, 1.0, 2.0, 3.0]),
        (banned("longer than the text", &[1], &[&[3, 1, 2]]), [0.0, 1.0, 2.0, 3.0]),
        (banned("all of the text", &[3, 1], &[&[3, 1, 2]]), [0.0, 1.0, MASKED, 3.0]),
        (banned("two words", &[1], &[&[1, 2], &[1, 3], &[0, 1]]), [0.0, 1.0, MASKED, MASKED]),
        (banned("greedy", &[1], &[&[1, 3]]).greedy(), [0.0, 1.0, 2.0, MASKED]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))?;
    let all = banned("everything", &[], &[&[0], &[1], &[2], &[3]]);
    let refusal = all.try_step(backend, all.draw(1), false);
    let left = Error::NothingLeft { row: 0, stage: Some("bad_words"), constraint: None };
    ensure!(refusal == Err(left), "{}: {refusal:?}", all.name);
    let nowhere = banned("a token from nowhere", &[], &[&[9]]);
    let refusal = nowhere.try_step(backend, nowhere.draw(1), false);
    let want = Error::InvalidToken { id: 9, position: 0, vocab_size: 4 };
    ensure!(refusal == Err(want), "{}: {refusal:?}", nowhere.name);
    Ok(())
}

fn biases<B: Backend>(backend: &mut B) -> Outcome {
    let biased = |name, prompt: &[u32], pairs: &[(&[u32], f32)]| {
        let sequence_bias = pairs.iter().map(|(ids, bias)| (ids.to_vec(), *bias)).collect();
        case(name, prompt, &[], BadWords { sequence_bias, ..BadWords::default() })
    };
    let cases = [
        (biased("one token", &[], &[(&[1], 2.0)]), [0.0, 3.0, 2.0, 3.0]),
        (biased("two tokens", &[0], &[(&[0, 1], -2.0)]), [0.0, -1.0, 2.0, 3.0]),
        (biased("they add up", &[2, 0], &[(&[0, 1], -2.0), (&[1], 0.5), (&[2, 0, 1], 4.0)]), [0.0, 3.5, 2.0, 3.0]),
        (biased("a ban cannot be outbid", &[0], &[(&[0, 1], MASKED), (&[1], 9.0)]), [0.0, MASKED, 2.0, 3.0]),
        (biased("what would be too much is a ban", &[], &[(&[1], -3e38), (&[1], -3e38)]), [0.0, MASKED, 2.0, 3.0]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

fn suppressed<B: Backend>(backend: &mut B) -> Outcome {
    let stage = || BadWords { suppress_tokens: vec![0], begin_suppress_tokens: vec![3, 2], ..BadWords::default() };
    let cases = [
        (case("the first token", &[1, 1], &[], stage()), [MASKED, 1.0, MASKED, MASKED]),
        (case("the first of all", &[], &[], stage()), [MASKED, 1.0, MASKED, MASKED]),
        (case("a later one", &[1, 1], &[1], stage()), [MASKED, 1.0, 2.0, 3.0]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    SuppressedAlways,
    SuppressedNeverAtFirst,
    WordOfAllTheText,
    WordHalfBegun,
    BiasOfTheLongest,
}

impl StageTest for BadWords {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[
        Fault::SuppressedAlways,
        Fault::SuppressedNeverAtFirst,
        Fault::WordOfAllTheText,
        Fault::WordHalfBegun,
        Fault::BiasOfTheLongest,
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("suppress_tokens", Value::Number(3.0))]
    }

    /// For every token, all sequences that it completes: the shorter first, what they add to it is added up, and −∞ wins.
    fn oracle(&self, x: &mut [f32], past: &Past, _: Lean) -> bool {
        let text = [&past.prompt[..], &past.output].concat();
        let ban = |ids: &[u32]| (ids.to_vec(), f32::NEG_INFINITY);
        let mut sequences: Vec<(Vec<u32>, f32)> = self.bad_words_ids.iter().map(|ids| ban(ids)).collect();
        sequences.extend(self.sequence_bias.iter().cloned());
        sequences.extend(self.suppress_tokens.iter().map(|id| ban(&[*id])));
        if past.output.is_empty() {
            sequences.extend(self.begin_suppress_tokens.iter().map(|id| ban(&[*id])));
        }
        sequences.sort_by_key(|(ids, amount)| (ids.len(), amount.to_bits()));
        for (token, v) in (0..).zip(x.iter_mut()) {
            let longer = [&text[..], &[token]].concat();
            let completed = sequences.iter().filter(|(ids, _)| longer.ends_with(ids)).map(|(_, amount)| amount);
            *v += completed.copied().reduce(|sum, amount| sum + amount).unwrap_or(0.0);
        }
        false
    }

    fn plain(&self, x: &mut [f32], at: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let has = |own| fault == Some(own);
        let text = at.history.tokens();
        let is_first = text.len() == at.history.n_prompt() || has(Fault::SuppressedAlways);
        let begin = self.begin_suppress_tokens.iter().filter(|_| is_first && !has(Fault::SuppressedNeverAtFirst));
        let single = self.suppress_tokens.iter().chain(begin).map(|&id| (vec![id], MASKED));
        let words = self.bad_words_ids.iter().map(|ids| (ids.clone(), MASKED));
        let mut all: Vec<(Vec<u32>, f32)> = self.sequence_bias.iter().cloned().chain(words).chain(single).collect();
        all.sort_by_key(|(ids, amount)| (ids.len(), amount.to_bits()));
        let mut sums = vec![(0, 0.0_f32); x.len()];
        for (ids, amount) in all {
            let (last, others) = ids.split_last().expect("no sequence is empty");
            let is_all = has(Fault::WordOfAllTheText) && others.len() >= text.len().max(1);
            let is_half = has(Fault::WordHalfBegun) && others.last() == text.last() && others.len() > 1;
            if text.ends_with(others) && !is_all || is_half {
                let sum = &mut sums[*last as usize];
                *sum = (ids.len(), if has(Fault::BiasOfTheLongest) { amount } else { sum.1 + amount });
            }
        }
        let changed = (0..).zip(&sums).filter(|(_, (length, _))| *length > 0);
        (f64::NAN, changed.map(|(id, &(length, amount))| (x[id as usize] += amount, (id, length as f32)).1).collect())
    }

    fn refuse(&self, _: &History, vocab_size: usize) -> error::Result<()> {
        let words = self.bad_words_ids.iter().filter(|ids| ids.len() == 1).flatten();
        inside(words.chain(&self.suppress_tokens).copied(), vocab_size)
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        ensure!(gone.evidence >= 1.0, "{}: {} tokens", gone.what, gone.evidence);
        Ok(())
    }
}
