//! bad_words: sequences of tokens are banned, or biased, at their last token.

use logitlab::{backend::Backend, error::Error, stages::BadWords};

use super::MASKED;
use crate::support::{Outcome, case::Case, checks, ensure, expect::gives};

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
    ensure!(refusal == Err(Error::NothingLeft { row: 0 }), "{}: {refusal:?}", all.name);
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
