//! The most likely tokens and the tokens left, against the columns of a trace and an f64 softmax of them.

use logitlab::{
    backend::{Detail, Step},
    cpu::{CpuBackend, Likely, Survivors},
    rng::{Generator, RngKind},
    sample::sample_and_look,
    settings::{SampleSettings, Value},
};

use crate::support::{
    block_on,
    inputs::{Family, SplitMix, row},
    oracle,
};

/// What ln Σ may differ by, and the rounding of a log-probability to f32.
const TOLERANCE: f64 = 4e-6;

fn settings(entries: &[(&str, f64)]) -> SampleSettings {
    let numbers = entries.iter().map(|&(name, x)| (name.to_owned(), Value::Number(x)));
    SampleSettings::from_entries(numbers.chain([("kept_ids".to_owned(), Value::Bool(true))])).unwrap()
}

/// One row: its step with a trace, and what is left.
fn look(logits: &[f32], settings: &SampleSettings, kind: RngKind) -> (Step, Survivors) {
    let mut generators = [Generator::new(kind, 5)];
    let asked = std::slice::from_ref(settings);
    let (mut backend, mut logits) = (CpuBackend::new(), logits.to_vec());
    let drawn = sample_and_look(&mut backend, &mut logits, asked, &mut generators, Detail::Evidence);
    let mut looked = block_on(drawn).unwrap();
    (looked.steps.remove(0), looked.survivors.remove(0))
}

fn check_likely(likely: &Likely, column: &[f32], n: usize, case: &str) {
    let is_left = |&id: &usize| column[id] > f32::NEG_INFINITY;
    let best: Vec<u32> = oracle::ranking(column).into_iter().filter(is_left).take(n).map(|id| id as u32).collect();
    assert_eq!(likely.ids, best, "{case}");
    let probabilities = oracle::softmax(column);
    for (&id, &logprob) in likely.ids.iter().zip(&likely.logprobs) {
        let wanted = probabilities[id as usize].ln();
        let diff = (f64::from(logprob) - wanted).abs();
        assert!(diff <= TOLERANCE * wanted.abs().max(1.0), "{case}: token {id}: {logprob} is not {wanted}");
    }
}

#[test]
fn likely_tokens_and_tokens_left_are_those_of_the_trace() {
    let mut rng = SplitMix(11);
    let choices: [&[(&str, f64)]; 7] = [
        &[],
        &[("temperature", 0.6)],
        &[("top_k", 40.0)],
        &[("top_k", 1.0)],
        &[("temperature", 1.7), ("top_p", 0.9)],
        &[("min_p", 0.02), ("temperature", 0.8), ("top_k", 500.0)],
        &[("top_p", 0.5), ("min_p", 0.1)],
    ];
    for (len, family) in [(5, Family::Normal), (63, Family::Ties), (1000, Family::Peaked), (20_011, Family::Bf16)] {
        for (ix, choice) in choices.iter().enumerate() {
            let logits = row(family, len, rng.bits());
            for n in [1, 5, 200, len + 1] {
                let mut settings = settings(choice);
                settings.row.top_n = n;
                for kind in [RngKind::Philox, RngKind::Torch] {
                    let case = format!("{len} tokens, settings {ix}, n = {n}, {kind:?}");
                    let (step, left) = look(&logits, &settings, kind);
                    let trace = step.trace.unwrap();
                    let column = trace.stages.last().map_or(&trace.logits, |stage| &stage.values);
                    check_likely(&left.top, column, n, &case);
                    check_likely(&left.raw, &logits, n, &case);
                    let ids: Vec<u32> =
                        (0..).zip(column).filter(|(_, x)| **x > f32::NEG_INFINITY).map(|(id, _)| id).collect();
                    assert_eq!(left.ids, ids, "{case}");
                    assert_eq!(ids.len(), step.kept as usize, "{case}");
                }
            }
        }
    }
}

#[test]
fn masked_tokens_are_never_named_and_greedy_leaves_one() {
    let logits = [2.0, f32::NEG_INFINITY, 0.3, 4.2, -0.8];
    let mut asked = settings(&[("temperature", 0.0)]);
    asked.row.top_n = 3;
    let (_, left) = look(&logits, &asked, RngKind::Philox);
    assert_eq!(left.ids, [3]);
    assert_eq!(left.top, Likely { ids: vec![3], logprobs: vec![0.0] });
    assert_eq!(left.raw.ids, [3, 0, 2]);
    asked = settings(&[]);
    asked.row.top_n = 5;
    let (_, left) = look(&logits, &asked, RngKind::Philox);
    assert_eq!(left.top.ids, [3, 0, 2, 4]);
    assert_eq!(left.ids, [0, 2, 3, 4]);
}

#[test]
fn of_equals_the_lowest_ids_are_named_first() {
    let mut asked = settings(&[]);
    asked.row.top_n = 3;
    let (_, left) = look(&[0.0; 1000], &asked, RngKind::Philox);
    assert_eq!(left.top.ids, [0, 1, 2]);
    let logits: Vec<f32> = (0..1000).map(|id| if id % 2 == 0 { -0.0 } else { 0.0 }).collect();
    assert_eq!(look(&logits, &asked, RngKind::Philox).1.top.ids, [0, 1, 2], "0 and -0 are equal");
}

#[test]
fn nothing_is_looked_for_that_was_not_asked_for() {
    let mut generators = [Generator::new(RngKind::Philox, 5)];
    let (mut backend, settings) = (CpuBackend::new(), [SampleSettings::default()]);
    let drawn = block_on(sample_and_look(&mut backend, &mut [1.0, 2.0], &settings, &mut generators, Detail::Token));
    let looked = drawn.unwrap();
    assert_eq!((looked.survivors, looked.originals), (vec![], vec![]));
}
