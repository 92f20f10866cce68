//! The models: logits = model(idx), idx (B, T), logits (B, T, V).

use logitlab::{
    error::{Error, Result},
    model::{CountedBigram, LanguageModel, Logits, TinyBigram, Tokens},
    rng::{Generator, RngKind},
    token::{TokenId, Vocab},
};
use proptest::prelude::*;

fn bigram() -> TinyBigram {
    TinyBigram::notebook(&mut Generator::new(RngKind::Philox, 0))
}

fn counted(text: &str) -> CountedBigram {
    CountedBigram::from_text(text, CountedBigram::DEFAULT_SMOOTHING).expect("a text to count")
}

/// Logits for what follows the last of `context`.
fn next(model: &mut dyn LanguageModel, context: &[TokenId]) -> Result<Vec<f32>> {
    let mut out = vec![f32::NAN; model.vocab().len()];
    model.next_logits(0, context, &mut out)?;
    Ok(out)
}

/// Says how long the context was; has no more than `forward`.
struct Ruler(Vocab);

impl LanguageModel for Ruler {
    fn vocab(&self) -> &Vocab {
        &self.0
    }

    fn forward(&mut self, idx: Tokens<'_>) -> Result<Logits> {
        let (batch, len, vocab_size) = (idx.batch(), idx.len(), self.0.len());
        let row = (1..=u16::try_from(len).expect("short")).flat_map(|t| vec![f32::from(t); vocab_size]);
        let values = std::iter::repeat_n(row.collect::<Vec<_>>(), batch).flatten().collect();
        Ok(Logits { values, batch, len, vocab_size })
    }
}

#[test]
fn forward_is_enough_for_a_model() {
    let mut model = Ruler(Vocab::notebook());
    assert_eq!(next(&mut model, &[1, 2, 3]), Ok(vec![3.0; 30]));
    assert!(model.first_order().is_none());
    assert_eq!(next(&mut model, &[]), Err(Error::EmptyPrompt));
    let error = model.next_logits(0, &[1], &mut [0.0; 29]).expect_err("29 is not 30");
    assert_eq!(error.code(), "wrong_length");
}

#[test]
fn tokens_are_rows_of_equal_length() {
    let tokens = Tokens::new(&[1, 2, 3, 4, 5, 6], 2).expect("two rows of three");
    assert_eq!((tokens.batch(), tokens.len(), tokens.ids()), (2, 3, &[1, 2, 3, 4, 5, 6][..]));
    for (ids, batch, code) in [
        (&[][..], 1, "empty_prompt"),
        (&[][..], 0, "empty_prompt"),
        (&[1], 0, "wrong_length"),
        (&[1, 2, 3], 2, "wrong_length"),
    ] {
        assert_eq!(Tokens::new(ids, batch).expect_err("not rows").code(), code, "{ids:?}, {batch}");
    }
}

/// Every way to ask a first-order model gives the same row.
#[test]
fn first_order_models_agree_with_themselves() {
    let models: [Box<dyn LanguageModel>; 2] = [Box::new(bigram()), Box::new(counted("the quick brown fox"))];
    for mut model in models {
        let ids = [0, 5, 2, 2, 1, 4];
        let logits = model.forward(Tokens::new(&ids, 2).expect("two rows")).expect("logits");
        let vocab_size = model.vocab().len();
        assert_eq!((logits.batch, logits.len, logits.vocab_size), (2, 3, vocab_size));
        assert_eq!(logits.values.len(), 6 * vocab_size);
        for (ix, expected) in logits.values.chunks_exact(vocab_size).enumerate() {
            assert_eq!(next(&mut *model, &ids[..=ix]).as_deref(), Ok(expected));
            let first_order = model.first_order().expect("first order");
            let mut out = vec![f32::NAN; first_order.vocab_size()];
            first_order.logits_after(ids[ix], &mut out);
            assert_eq!(out, expected);
        }
    }
}

#[test]
fn first_order_errors() {
    let models: [Box<dyn LanguageModel>; 2] = [Box::new(bigram()), Box::new(counted("abc"))];
    for mut model in models {
        let vocab_size = model.vocab().len();
        let error = Error::InvalidToken { id: 30, position: 1, vocab_size };
        assert_eq!(next(&mut *model, &[0, 30, 0]), Err(error.clone()));
        assert_eq!(model.forward(Tokens::new(&[0, 30], 1).expect("a row")), Err(error));
        assert_eq!(next(&mut *model, &[]), Err(Error::EmptyPrompt));
        let error = model.next_logits(0, &[0], &mut [0.0; 31]).expect_err("31 is not V");
        assert_eq!(error.code(), "wrong_length");
    }
}

/// The weights are the generator's second 900 normals plus the bonuses, and nothing more is drawn.
#[test]
fn bigram_weights() {
    let (mut used, mut generator) = (Generator::new(RngKind::Philox, 3), Generator::new(RngKind::Philox, 3));
    let model = TinyBigram::notebook(&mut used);
    let mut expected = [0.0; 900];
    generator.fill_normal(0.0, 1.0, &mut expected);
    generator.fill_normal(0.0, 0.3, &mut expected);
    for row in expected.chunks_exact_mut(30) {
        for (column, bonus) in [(26, 1.0), (4, 0.8), (19, 0.6), (0, 0.5), (14, 0.5), (13, 0.4)] {
            row[column] += bonus;
        }
    }
    assert_eq!(model.weights(), expected);
    let mut after = [[0.0; 16]; 2];
    used.fill_normal(0.0, 1.0, &mut after[0]);
    generator.fill_normal(0.0, 1.0, &mut after[1]);
    assert_eq!(after[0], after[1]);
}

/// "abab a": after a come b, b and nothing; V = 3 with the space.
#[test]
fn counting_by_hand() {
    let mut model = counted("abab a");
    let a = model.vocab().encode("a").unwrap().ids;
    let logits = next(&mut model, &a).expect("logits");
    for (logit, count) in logits.into_iter().zip([0.0, 0.0, 2.0]) {
        let expected = ((count + 0.1) / (2.0 + 0.3_f64)).ln();
        assert!((f64::from(logit) - expected).abs() < 1e-6, "{logit} instead of {expected}");
    }
    assert_eq!(model.n_pairs(), 4, "ab, ba, b·, ·a");
}

#[test]
fn one_character_says_nothing() {
    let mut model = counted("x");
    assert_eq!(next(&mut model, &[1]), Ok(vec![-std::f32::consts::LN_2; 2]));
    assert_eq!(model.n_pairs(), 0);
}

#[test]
fn counted_errors() {
    let code = |text: &str, smoothing| CountedBigram::from_text(text, smoothing).map_err(|error| error.code());
    assert_eq!(code("", 0.1).err(), Some("model_format"));
    for smoothing in [0.0, -0.1, f64::NAN, f64::INFINITY, f64::MAX] {
        assert_eq!(code("abc", smoothing).err(), Some("invalid_setting"), "{smoothing}");
    }
    for smoothing in [f64::from_bits(1), 1e300] {
        let mut model = code("abc", smoothing).expect("above 0 and finite");
        let logits = next(&mut model, &[1]).expect("logits");
        assert!(logits.iter().all(|logit| logit.is_finite()), "{smoothing}: {logits:?}");
    }
}

/// As many characters as can be: a full table would take 16 GiB.
#[test]
fn counts_are_sparse_and_characters_bounded() {
    let characters: Vec<char> = ('\u{20}'..=char::MAX).take(CountedBigram::MAX_CHARACTERS + 1).collect();
    let text = |n: usize| characters[..n].iter().collect::<String>();
    let model = counted(&text(CountedBigram::MAX_CHARACTERS));
    assert_eq!((model.vocab().len(), model.n_pairs()), (65_536, 65_535));
    let error = CountedBigram::from_text(&text(characters.len()), 0.1).expect_err("one too many");
    assert_eq!(error.code(), "model_format");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Against counting pair by pair; and each row is a distribution.
    #[test]
    fn counted_logits(text in "[ab🦀éש ]{1,60}", smoothing in 0.001..10.0_f64) {
        let mut model = CountedBigram::from_text(&text, smoothing).expect("a text to count");
        let vocab = model.vocab().clone();
        let ids = vocab.encode(&text).unwrap().ids;
        for token in (0..).take(vocab.len()) {
            let logits = next(&mut model, &[token]).expect("logits");
            let pairs = || ids.iter().zip(&ids[1..]).filter(|(first, _)| **first == token);
            let total = pairs().count() as f64 + smoothing * vocab.len() as f64;
            for (follower, logit) in (0..).zip(&logits) {
                let count = pairs().filter(|(_, second)| **second == follower).count() as f64;
                let error = f64::from(*logit) - ((count + smoothing) / total).ln();
                prop_assert!(error.abs() <= 1e-6, "{} after {}: off by {}", follower, token, error);
            }
            let sum: f64 = logits.iter().map(|logit| f64::from(*logit).exp()).sum();
            prop_assert!((sum - 1.0).abs() <= 1e-6, "row {} sums to {}", token, sum);
        }
    }
}
