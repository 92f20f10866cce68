//! Bad logits, plans and noise: a typed error with its place, nothing half-done, and a backend that goes on working.

use logitlab::{
    backend::{Backend, Detail, Row, Step},
    cpu::CpuBackend,
    error::Error,
    explain::rules::kept_by_others,
    generate::sample::{draw_many, sample, softmax},
    plan::Plan,
    rng::{Draw, Generator, Noise, RngKind},
    settings::{SampleSettings, SoftmaxOptions, Value},
};

use crate::support::{
    Outcome, block_on,
    case::Case,
    checks, detail_of, ensure,
    expect::{EVERY, keeps, shows},
    inputs::{SplitMix, random_plan},
    judge::{judge, rule},
};

checks!(
    not_a_logit,
    not_a_logit_whatever_the_plan,
    first_of_several,
    nothing_left,
    lowest_numbers_mask,
    wrong_length,
    bad_rows_of_a_batch,
    outside_the_vocabulary,
    bad_noise,
    overflows,
);

const MASKED: f32 = f32::NEG_INFINITY;

/// The error of a step that must fail; the list of steps must stay as it was and the backend usable.
fn expect_refusal<B: Backend>(
    backend: &mut B,
    name: &str,
    logits: &[f32],
    rows: &[(&Plan, Draw<'_>)],
) -> Result<Error, String> {
    let kept = Step { token: 77, probability: 0.5, kept: 3, trace: None };
    let history = Case::new("", [0.0]).past.history();
    let rows: Vec<Row<'_>> = rows.iter().map(|(plan, draw)| Row { plan, history: &history, draw: *draw }).collect();
    let mut error = None;
    for want_trace in [false, true] {
        let mut out = vec![kept.clone()];
        let result = block_on(backend.step(&mut logits.to_vec(), &rows, detail_of(want_trace), &mut out));
        ensure!(out == [kept.clone()], "{name}: the list became {out:?}");
        match result {
            Ok(()) => return Err(format!("{name}: was not refused")),
            Err(e) => error = Some(e),
        }
    }
    let afterwards = Case::new("afterwards", [0.5, MASKED, -1.0, 2.0]).temperature(0.8).top_p(0.9);
    judge(backend, &afterwards, 1 << 60)?;
    error.ok_or_else(|| "unreachable: two steps were taken".to_owned())
}

/// Wants `InvalidLogits` at a place; NaN is compared by its bits.
fn expect_invalid<B: Backend>(
    backend: &mut B,
    name: &str,
    logits: &[f32],
    plans: &[(&Plan, Draw<'_>)],
    place: (usize, usize),
) -> Outcome {
    let error = expect_refusal(backend, name, logits, plans)?;
    let Error::InvalidLogits { row, index, value } = error else { return Err(format!("{name}: refused with {error}")) };
    let len = logits.len() / plans.len();
    let want = logits[place.0 * len + place.1];
    ensure!(
        (row, index) == place && value.to_bits() == want.to_bits(),
        "{name}: {row}, {index}, {value}; want {place:?}, {want}"
    );
    Ok(())
}

fn plain() -> Plan {
    Plan { stages: Vec::new(), greedy: false }
}

/// Every kind of number that is no logit, at every place of a SIMD block and its tail.
fn not_a_logit<B: Backend>(backend: &mut B) -> Outcome {
    let bad = [f32::NAN, -f32::NAN, f32::INFINITY, f32::from_bits(0x7F80_0001)];
    for len in [1, 3, 4, 17, 64, 67, 130, 1025] {
        let places = (0..len).rev().filter(|at| len < 20 || at % 61 < 3 || len - at < 3);
        for at in places.step_by(EVERY.get()) {
            let value = bad[at % 4];
            let mut logits = vec![1.0; len];
            logits[at] = value;
            expect_invalid(
                backend,
                &format!("{value} at {at} of {len}"),
                &logits,
                &[(&plain(), Draw::Coin(1))],
                (0, at),
            )?;
            logits.iter_mut().filter(|x| **x == 1.0).for_each(|x| *x = MASKED);
            expect_invalid(backend, &format!("{value} among masked"), &logits, &[(&plain(), Draw::Coin(1))], (0, at))?;
        }
    }
    Ok(())
}

/// A filter that would remove the token, a greedy plan that would pass it over, a race: none of them hides it.
fn not_a_logit_whatever_the_plan<B: Backend>(backend: &mut B) -> Outcome {
    let mut rng = SplitMix(31);
    for i in 0..200 {
        let len = 1 + rng.below(90);
        let mut logits: Vec<f32> = (0..len).map(|_| rng.unit() as f32).collect();
        let at = rng.below(len);
        logits[at] = if i % 2 == 0 { f32::NAN } else { f32::INFINITY };
        let plan = random_plan(&mut rng, len);
        expect_invalid(backend, &format!("{plan:?}"), &logits, &[(&plan, Draw::Coin(5))], (0, at))?;
    }
    let greedy = Plan { stages: Vec::new(), greedy: true };
    expect_invalid(backend, "greedy", &[1.0, f32::NAN, 5.0], &[(&greedy, Draw::None)], (0, 1))?;
    let race = Draw::Race(Noise::Exponential(&[1.0, 1.0, 1.0]));
    expect_invalid(backend, "race", &[1.0, 5.0, f32::INFINITY], &[(&plain(), race)], (0, 2))
}

/// What transformers and others write for a mask is one: float32's and bfloat16's lowest numbers, in the row, after a bias, after a
/// penalty; whatever stages come, it is neither counted nor drawn. The next higher number is a logit.
fn lowest_numbers_mask<B: Backend>(backend: &mut B) -> Outcome {
    let bfloat16 = half::bf16::MIN.to_f32();
    let logit = f32::from_bits(bfloat16.to_bits() - 1);
    let cases = [
        (Case::new("float32's", [1.0, f32::MIN, 0.0]), &[0, 2][..]),
        (Case::new("bfloat16's", [1.0, bfloat16, 0.0]), &[0, 2]),
        (Case::new("the next number", [1.0, logit, 0.0]), &[0, 1, 2]),
        (Case::new("beside the largest numbers", [f32::MAX, f32::MIN, 3e38]), &[0, 2]),
        (Case::new("all but one", [f32::MIN, f32::MIN, -3.3e38, MASKED]), &[2]),
        (Case::new("halved", [1.0, f32::MIN, 0.0]).temperature(2.0), &[0, 2]),
        (Case::new("halved, then moved", [1.0, f32::MIN, 0.0]).temperature(2.0).bias(&[(1, 3.0)]), &[0, 2]),
        (Case::new("moved first", [1.0, f32::MIN, 0.0]).bias(&[(1, 3e38), (2, 1.0)]), &[0, 2]),
        (Case::new("in a filter", [1.0, f32::MIN, 0.0, f32::MIN]).top_k(3), &[0, 2]),
        (Case::new("rewarded", [1.0, f32::MIN, 0.0]).penalties(0.5, 0.0, 0.0).past(&[1], &[]), &[0, 2]),
        (Case::new("a bias that bans", [1.0, 2.0, 0.0]).bias(&[(1, f32::MIN)]), &[0, 2]),
        (Case::new("a penalty that bans", [1.0, -2.0, 0.0]).penalties(1.0, 3.395e38, 0.0).past(&[], &[1]), &[0, 2]),
    ];
    for (case, kept) in &cases {
        keeps(backend, case, kept)?;
        let step = case.step(backend, 1 << 62, false)?;
        ensure!(step.kept as usize == kept.len(), "{}: {} kept without a trace", case.name, step.kept);
    }
    let mut long = vec![f32::MIN; 5000];
    long[4321] = -7.0;
    let step = Case::new("a long row", long).step(backend, 9, false)?;
    ensure!((step.token, step.kept) == (4321, 1), "a long row: {step:?}");
    let error = expect_refusal(backend, "all", &[f32::MIN, bfloat16, MASKED], &[(&plain(), Draw::Coin(1))])?;
    ensure!(error == Error::nothing_left(0), "a row of masks: {error}");
    Ok(())
}

fn first_of_several<B: Backend>(backend: &mut B) -> Outcome {
    let logits = [1.0, 2.0, f32::INFINITY, f32::NAN, 3.0, f32::NAN];
    expect_invalid(backend, "the first of three", &logits, &[(&plain(), Draw::Coin(1))], (0, 2))?;
    expect_invalid(backend, "the first row of two", &logits, &[(&plain(), Draw::Coin(1)); 2], (0, 2))
}

fn nothing_left<B: Backend>(backend: &mut B) -> Outcome {
    for len in [1, 2, 64, 65, 300, 1030] {
        let error = expect_refusal(backend, "all masked", &vec![MASKED; len], &[(&plain(), Draw::Coin(1))])?;
        ensure!(error == Error::nothing_left(0), "V={len}: {error}");
    }
    let mut rng = SplitMix(32);
    for _ in 0..50 {
        let plan = random_plan(&mut rng, 5);
        let error = expect_refusal(backend, "all masked", &[MASKED; 5], &[(&plan, Draw::Coin(1))])?;
        ensure!(error == Error::nothing_left(0), "{plan:?}: {error}");
    }
    Ok(())
}

fn wrong_length<B: Backend>(backend: &mut B) -> Outcome {
    let cases: [(&str, &[f32], usize); 5] = [
        ("no logits", &[], 1),
        ("no logits for two rows", &[], 2),
        ("no rows", &[1.0, 2.0], 0),
        ("three values, two rows", &[1.0, 2.0, 3.0], 2),
        ("one value, two rows", &[1.0], 2),
    ];
    for (name, logits, n_rows) in cases {
        let error = expect_refusal(backend, name, logits, &vec![(&plain(), Draw::Coin(1)); n_rows])?;
        ensure!(error.code() == "wrong_length", "{name}: refused with {error}");
    }
    Ok(())
}

/// The row is named, and the good rows before it leave nothing behind.
fn bad_rows_of_a_batch<B: Backend>(backend: &mut B) -> Outcome {
    let (plan, coin) = (plain(), Draw::Coin(3));
    let logits = [0.0, 1.0, 0.5, f32::NAN, 1.0, 1.0];
    expect_invalid(backend, "the second of three", &logits, &[(&plan, coin); 3], (1, 1))?;
    let logits = [0.0, 1.0, 0.5, 1.0, MASKED, MASKED];
    let error = expect_refusal(backend, "the third of three", &logits, &[(&plan, coin); 3])?;
    ensure!(error == Error::nothing_left(2), "the third of three: {error}");
    let ban = Case::new("", [0.0; 2]).bias(&[(0, MASKED), (1, MASKED)]).plan;
    let error = expect_refusal(backend, "banned in one row", &[1.0; 6], &[(&plan, coin), (&ban, coin), (&plan, coin)])?;
    let left = Error::NothingLeft { row: 1, stage: Some("bias"), constraint: None };
    ensure!(error == left, "banned in one row: {error}");
    Ok(())
}

fn outside_the_vocabulary<B: Backend>(backend: &mut B) -> Outcome {
    let cases = [
        Case::new("a bias just outside", [1.0, 2.0]).bias(&[(0, 1.0), (2, 1.0)]),
        Case::new("a ban far outside", [1.0, 2.0]).bias(&[(u32::MAX, MASKED)]),
        Case::new("a bias after a filter", [1.0, 2.0]).top_k(1).bias(&[(2, 1.0)]),
        Case::new("the history, prompt", [1.0, 2.0]).penalties(1.5, 0.0, 0.0).past(&[0, 2], &[]),
        Case::new("the history, output", [1.0, 2.0]).penalties(1.0, 1.0, 0.0).past(&[0], &[1, 9]),
    ];
    for case in cases {
        let result = case.try_step(backend, case.draw(1), false);
        let code = result.as_ref().map_err(Error::code).err();
        ensure!(code == Some("invalid_token"), "{}: {result:?}", case.name);
    }
    let unread = Case::new("a history nobody reads", [1.0, 2.0]).past(&[7], &[9]);
    shows(backend, &unread)
}

fn bad_noise<B: Backend>(backend: &mut B) -> Outcome {
    let table: [(&str, Draw<'_>, &str); 4] = [
        ("too little noise", Draw::Race(Noise::Exponential(&[1.0])), "wrong_length"),
        ("too much noise", Draw::Race(Noise::Uniform(&[0.5; 3])), "wrong_length"),
        ("empty noise", Draw::Race(Noise::Uniform(&[])), "wrong_length"),
        ("no randomness", Draw::None, "invalid_setting"),
    ];
    for (name, draw, code) in table {
        let error = expect_refusal(backend, name, &[1.0, 2.0], &[(&plain(), draw)])?;
        ensure!(error.code() == code, "{name}: refused with {error}");
    }
    Ok(())
}

/// Finite settings on finite logits whose result is no number, or beyond the largest: an error, never a panic and never a token by
/// accident. Overflow to −inf masks.
fn overflows<B: Backend>(backend: &mut B) -> Outcome {
    let refused = [
        Case::new("bias", [3e38, 0.0]).bias(&[(0, 3e38)]),
        Case::new("bias after a filter", [3e38, 3e38, 0.0]).top_k(2).bias(&[(0, 3e38)]),
        Case::new("bias of all after a filter", [3e38, 0.0]).top_k(1).bias(&[(0, 3e38)]),
        Case::new("bias, then top_p", [3e38, 0.0]).bias(&[(0, 3e38)]).top_p(0.5),
        Case::new("a tiny temperature", [10.0, 1.0]).temperature(1e-38),
        Case::new("a tiny temperature after a filter", [10.0, 1.0]).top_k(1).temperature(1e-38),
        Case::new("a tiny temperature on the negative side", [-10.0, -20.0]).temperature(1e-38),
        Case::new("a tiny repetition penalty", [10.0, 1.0]).penalties(1e-38, 0.0, 0.0).past(&[0], &[]),
        Case::new("a tiny repetition penalty after a filter", [10.0, 1.0])
            .top_p(0.5)
            .penalties(1e-38, 0.0, 0.0)
            .past(&[0], &[]),
        Case::new("a huge reward", [10.0, 1.0]).penalties(1.0, -3e38, -3e38).past(&[], &[0, 0]),
        Case::new("a huge reward after a filter", [10.0, 1.0])
            .min_p(0.5)
            .penalties(1.0, -3e38, -3e38)
            .past(&[], &[0, 0]),
        Case::new("a huge reward, greedy", [10.0, 1.0]).penalties(1.0, -3e38, -3e38).past(&[], &[0, 0]).greedy(),
        Case::new("a temperature beyond f32", [1.0, MASKED]).temperature(f32::INFINITY),
    ];
    for case in refused {
        for want_trace in [false, true] {
            let result = case.try_step(backend, case.draw(1 << 63), want_trace);
            ensure!(result.is_err(), "{}: gave {result:?}", case.name);
        }
    }
    let masks = [
        Case::new("the far ones fall below the lowest number", [0.0, -10.0, 0.0]).temperature(1e-38),
        Case::new("the same after a filter", [0.0, -10.0, 0.0, MASKED]).top_k(3).temperature(1e-38),
        Case::new("a huge penalty", [1.0, -10.0, 0.0]).penalties(3e38, 0.0, 0.0).past(&[1], &[]),
        Case::new("a huge penalty after a filter", [1.0, 0.5, -10.0])
            .top_k(3)
            .penalties(3e38, 0.0, 0.0)
            .past(&[2], &[]),
    ];
    for case in masks {
        ensure!(rule(&case).must.contains(&MASKED), "{}: the oracle masks nothing", case.name);
        shows(backend, &case)?;
    }
    Ok(())
}

#[test]
fn a_row_without_logits_is_refused_by_each_call() {
    let settings = SampleSettings::default();
    let generator = || Generator::new(RngKind::Philox, 1);
    let many = draw_many(&mut [], &settings, &mut generator(), 10).unwrap_err();
    let drawn = block_on(sample(
        &mut CpuBackend::new(),
        &mut [],
        std::slice::from_ref(&settings),
        &mut [generator()],
        Detail::Token,
    ));
    let errors = [
        many,
        drawn.unwrap_err(),
        softmax(&mut [], SoftmaxOptions::default()).unwrap_err(),
        kept_by_others(&mut [], &settings).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(&error, Error::WrongLength { name, found: 0, .. } if name == "logits"), "{error}");
    }
}

/// However long what was given is, what is said of it is not.
#[test]
fn little_is_quoted_of_what_is_long() {
    let long = "ä".repeat(1 << 20);
    let entries = [
        ("top_p", Value::Text(long.clone())),
        ("top_p", Value::Other(long.clone())),
        (long.as_str(), Value::Number(1.0)),
        ("rng", Value::Text(long.clone())),
        ("order", Value::List(vec![Value::Text(long.clone())])),
        ("logit_bias", Value::Map(vec![(long.clone(), Value::Text("x".to_owned()))])),
    ];
    for (name, value) in entries {
        let error = SampleSettings::from_entries([(name.to_owned(), value)]).unwrap_err();
        let n = error.to_string().chars().count();
        let name: String = name.chars().take(12).collect();
        assert!(n <= 1300, "{name}: {n} characters");
        assert!(error.to_string().contains("ää"), "{name}: {error}");
    }
    let short = SampleSettings::from_entries([("top_p".to_owned(), Value::Text("ä".repeat(198)))]).unwrap_err();
    assert!(short.to_string().contains(&"ä".repeat(198)), "what is short is whole: {short}");
}

/// The codes that JavaScript programs compare with.
#[test]
fn codes_are_stable() {
    let text = String::new;
    let table = [
        (Error::InvalidSetting { name: text(), value: text(), expected: text() }, "invalid_setting"),
        (Error::UnknownSetting { name: text(), advice: text() }, "unknown_setting"),
        (Error::InvalidLogits { row: 0, index: 0, value: 0.0 }, "invalid_logits"),
        (Error::WrongLength { name: text(), found: 0, expected: text() }, "wrong_length"),
        (Error::nothing_left(0), "nothing_left"),
        (Error::InvalidToken { id: 0, position: 0, vocab_size: 0 }, "invalid_token"),
        (Error::ModelFormat { reason: text() }, "model_format"),
        (Error::EmptyPrompt, "empty_prompt"),
    ];
    for (error, code) in table {
        assert_eq!(error.code(), code);
    }
}

/// Messages carry the place and the value.
#[test]
fn messages_name_the_fault() {
    let nan = Error::InvalidLogits { row: 2, index: 14, value: f32::NAN }.to_string();
    assert!(nan.contains("[2][14]") && nan.contains("NaN"), "{nan}");
    let outside = Error::InvalidToken { id: 41, position: 3, vocab_size: 30 }.to_string();
    assert!(["41", "3", "30"].iter().all(|n| outside.contains(n)), "{outside}");
    assert!(Error::nothing_left(5).to_string().contains("row 5"), "the row is missing");
}
