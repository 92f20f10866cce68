//! What is said of a text or of a draw beyond the draw itself: chi-square, scores, long runs, the rules of others, forced tokens.

use logitlab::{
    cpu::CpuBackend,
    error::Error,
    facts::{score, stationary},
    generate::{Generation, RowChunk, Workbench},
    model::{CountedBigram, GivenLogits, LanguageModel, TinyBigram},
    rng::{Generator, RngKind},
    rules::{Tied, kept_by_others},
    settings::{GenerateSettings, LoopSettings, ScoreOptions, Settings, Value},
    statistics::chi_square,
    timing::Clock,
    token::TokenId,
};

use crate::support::{block_on, inputs::SplitMix};

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now_ms(&self) -> f64 {
        0.0
    }
}

fn settings(entries: &[(&str, Value)]) -> Settings {
    Settings::from_entries(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone()))).unwrap()
}

/// Settings of a run.
fn run_settings(entries: &[(&str, Value)]) -> GenerateSettings {
    GenerateSettings::from_entries(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone()))).unwrap()
}

fn number(x: f64) -> Value {
    Value::Number(x)
}

/// Draws `n` tokens, at most `chunk` per call.
fn drawn(
    model: &mut dyn LanguageModel,
    prompt: &[TokenId],
    settings: &GenerateSettings,
    kind: RngKind,
    chunk: usize,
) -> (Vec<TokenId>, Vec<f32>) {
    let mut run = Generation::new(settings.clone(), vec![prompt.to_vec()], model).unwrap();
    let (mut backend, mut generator) = (CpuBackend::new(), Generator::new(kind, 7));
    let (mut tokens, mut probabilities) = (Vec::new(), Vec::new());
    while !run.is_finished() {
        let bench = Workbench { model, backend: &mut backend, generator: &mut generator, clock: &Still };
        let chunk = block_on(run.advance(bench, chunk, f64::INFINITY)).unwrap();
        let RowChunk { tokens: new, probabilities: p, .. } = &chunk.rows[0];
        tokens.extend(new);
        probabilities.extend(p);
    }
    (tokens, probabilities)
}

fn bigram() -> TinyBigram {
    TinyBigram::notebook(&mut Generator::new(RngKind::Torch, 5))
}

#[test]
fn chi_square_is_the_closed_form() {
    let mut random = SplitMix(3);
    for n_classes in [2, 3, 6, 11, 30, 101, 1000] {
        for shift in [0, 1, 3, 9] {
            let counts: Vec<u32> = (0..n_classes).map(|i| 100 + shift * (i % 2) + random.below(20) as u32).collect();
            let p = vec![1.0 / n_classes as f32; n_classes as usize];
            let found = chi_square(&counts, &p);
            let n: f64 = counts.iter().map(|&c| f64::from(c)).sum();
            let expected = n * f64::from(p[0]);
            let statistic: f64 = counts.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
            let tail = upper_tail(n_classes - 1, statistic);
            assert_eq!(found.degrees_of_freedom, n_classes - 1);
            assert!((found.statistic - statistic).abs() <= 1e-9 * statistic, "{found:?} {statistic}");
            assert!((found.p_value - tail).abs() <= 1e-9 * tail.max(1e-3), "{found:?} {tail}");
        }
    }
}

/// P(χ² ≥ x) with `n` degrees of freedom, from those with one or two by Q(n + 2) = Q(n) + h^(n/2) e^-h / Γ(n/2 + 1), h = x/2.
fn upper_tail(n: u32, x: f64) -> f64 {
    let h = x / 2.0;
    let (mut q, mut term, mut reached) = if n % 2 == 1 {
        (libm::erfc(h.sqrt()), 2.0 * (h / std::f64::consts::PI).sqrt() * (-h).exp(), 1)
    } else {
        ((-h).exp(), h * (-h).exp(), 2)
    };
    while reached < n {
        q += term;
        reached += 2;
        term *= h / (f64::from(reached) / 2.0);
    }
    q
}

#[test]
fn chi_square_at_the_edges() {
    // Known quantile: χ² = 3.841… with one degree of freedom has p = 0.05. (60 − 50)² / 50 · 2 = 4.
    let four = chi_square(&[60, 40], &[0.5, 0.5]);
    assert!((four.p_value - 0.045_500_263_896_358_42).abs() < 1e-12, "{four:?}");
    assert_eq!(chi_square(&[7, 0], &[1.0, 0.0]).p_value, 1.0, "one class: nothing to test");
    assert_eq!(chi_square(&[7, 1], &[1.0, 0.0]).p_value, 0.0, "an impossible token");
    assert_eq!(chi_square(&[0, 0], &[0.5, 0.5]).p_value, 1.0, "no draw");
    let pooled = chi_square(&[90, 4, 3, 3], &[0.9, 0.04, 0.03, 0.03]);
    assert_eq!(pooled.degrees_of_freedom, 1, "classes under 5 are put together");
    assert!(pooled.statistic.abs() < 1e-6);
}

/// Probabilities, top-p, and what each system keeps.
type KeptCase<'a> = (&'a [f32], f64, [Vec<TokenId>; 4]);

/// Logits whose softmax is `p`.
fn logits_of(p: &[f32]) -> Vec<f32> {
    p.iter().map(|p| p.ln()).collect()
}

#[test]
fn other_systems_cut_where_their_rules_say() {
    let p = |x| [("top_p", number(x))];
    let kept = |logits: &[f32], settings: &Settings| -> Vec<Vec<TokenId>> {
        let found = kept_by_others(&mut logits.to_vec(), &settings.clone().into()).unwrap();
        assert_eq!(
            found.iter().map(|kept| kept.system).collect::<Vec<_>>(),
            ["notebook", "transformers", "vllm", "llama.cpp"]
        );
        found.into_iter().map(|kept| kept.kept).collect()
    };
    let (all, pair) = (vec![0, 1, 2, 3], vec![0, 1]);
    let cases: [KeptCase<'_>; 4] = [
        (&[0.5, 0.3, 0.1, 0.1], 0.8, [vec![0, 1, 2], pair.clone(), pair.clone(), pair.clone()]),
        (&[0.4, 0.2, 0.2, 0.2], 0.5, [vec![0, 1], vec![0, 3], vec![0, 3], pair.clone()]),
        (&[0.25; 4], 0.5, [vec![0, 1, 2], vec![2, 3], vec![2, 3], pair.clone()]),
        (&[0.6, 0.3, 0.1, 1e-9], 0.5, [vec![0], vec![0], vec![0], vec![0]]),
    ];
    for (row, limit, wanted) in cases {
        assert_eq!(kept(&logits_of(row), &settings(&p(limit))), wanted, "{row:?} at {limit}");
    }
    let ties = kept(&[1.0, 2.0, 2.0, 2.0, 3.0], &settings(&[("top_k", number(3.0))]));
    assert_eq!(ties, [vec![1, 2, 3, 4], vec![1, 2, 3, 4], vec![1, 2, 3, 4], vec![1, 2, 4]]);
    let sharp = kept(&[3.0, 2.0, 1.0], &settings(&[("temperature", number(0.5)), ("top_p", number(0.8))]));
    assert_eq!(sharp, [vec![0], vec![0], vec![0], vec![0, 1]], "llama.cpp applies the temperature last");
    let greedy = kept(&[1.0, 3.0, 3.0, -0.0], &settings(&[("temperature", number(0.0)), ("top_k", number(2.0))]));
    assert_eq!(greedy, vec![vec![1]; 4]);
    assert_eq!(kept(&[0.0, -0.0, f32::NEG_INFINITY, -1.0], &settings(&[])), vec![vec![0, 1, 3]; 4]);
    assert_eq!(kept(&logits_of(&[0.25; 4]), &settings(&p(0.0)))[3], [0], "p = 0 keeps one");
    assert_eq!(kept(&logits_of(&[0.4, 0.4, 0.2, 0.0]), &settings(&[("min_p", number(1.0))])), vec![pair; 4]);
    assert_eq!(kept(&logits_of(&[0.25; 4]), &settings(&[("top_k", number(9.0))])), vec![all; 4]);
}

/// Above sixteen tokens the sorts of PyTorch and C++ leave the order of equals open, so no ids are named where the cut falls among them.
#[test]
fn ties_at_a_cut_are_counted_not_named() {
    let row = |n: usize| -> Vec<f32> {
        let mut row = vec![-4.0; n];
        row[..5].copy_from_slice(&[3.0, 1.0, 3.0, 1.0, 1.0]);
        row
    };
    let of = |n: usize, entries: &[(&str, Value)]| kept_by_others(&mut row(n), &settings(entries).into()).unwrap();
    let tied = |ids: &[TokenId], kept| Some(Tied { ids: ids.to_vec(), kept });
    // e^3 twice and e^1 three times: the third token carries the mass past 0.85.
    let cut = of(17, &[("top_p", number(0.85))]);
    let found: Vec<_> = cut.iter().map(|kept| (kept.kept.as_slice(), kept.tied.clone())).collect();
    let open = (&[0, 2][..], tied(&[1, 3, 4], 1));
    assert_eq!(found, [(&[0, 1, 2][..], None), open.clone(), open.clone(), open]);
    let short = of(16, &[("top_p", number(0.85))]);
    assert!(short.iter().all(|kept| kept.tied.is_none() && kept.kept.len() == 3), "{short:?}");
    let whole = of(17, &[("top_k", number(5.0))]);
    assert!(
        whole.iter().all(|kept| kept.tied.is_none() && kept.kept == [0, 1, 2, 3, 4]),
        "no cut among equals: {whole:?}"
    );
    let exactly = of(17, &[("top_k", number(4.0))]);
    assert_eq!((exactly[1].kept.len(), &exactly[1].tied), (5, &None), "transformers keeps all ties with the k-th");
    assert_eq!((&exactly[3].kept, &exactly[3].tied), (&vec![0, 2], &tied(&[1, 3, 4], 2)), "llama.cpp keeps four");
    let greedy = of(17, &[("temperature", number(0.0))]);
    assert!(greedy.iter().all(|kept| kept.kept == [0] && kept.tied.is_none()), "{greedy:?}");
}

#[test]
fn a_text_has_the_product_of_its_probabilities() {
    let mut model = bigram();
    let prompt = model.vocab().encode("the ").unwrap().ids;
    let text =
        |output: &[TokenId]| ScoreOptions { prompt_ids: prompt.clone(), output_ids: output.to_vec(), block_size: None };
    for entries in [
        vec![("temperature", number(0.8)), ("top_p", number(0.9))],
        vec![("top_k", number(5.0)), ("repetition_penalty", number(1.3)), ("frequency_penalty", number(0.2))],
    ] {
        let settings = run_settings(&[entries, vec![("max_new_tokens", number(40.0))]].concat());
        let (tokens, probabilities) = drawn(&mut model, &prompt, &settings, RngKind::Philox, 1);
        let bits: f64 = probabilities.iter().map(|&p| -f64::from(p).log2()).sum();
        let found = score(&mut model, &text(&tokens), &settings.sampling).unwrap();
        assert_eq!(found.tokens, 40);
        assert!((found.settings.bits - bits).abs() < 1e-4, "{found:?} {bits}");
        assert!((found.settings.log10_probability + bits * 2f64.log10()).abs() < 1e-4);
        assert!((found.settings.probability / (-bits).exp2() - 1.0).abs() < 1e-4);
        assert!((found.settings.perplexity.unwrap() - (bits / 40.0).exp2()).abs() < 1e-4);
        assert!(found.model.bits > found.settings.bits - 20.0 && found.model.bits.is_finite());
    }
    let empty = score(&mut model, &text(&[]), &Settings::default()).unwrap();
    assert_eq!(
        (empty.model.bits, empty.model.probability, empty.model.log10_probability, empty.model.perplexity),
        (0.0, 1.0, 0.0, None)
    );
    let impossible = score(&mut model, &text(&[16, 16]), &settings(&[("temperature", number(0.0))])).unwrap();
    assert_eq!(
        (impossible.settings.bits, impossible.settings.probability, impossible.settings.log10_probability),
        (f64::INFINITY, 0.0, f64::NEG_INFINITY)
    );
    assert!(matches!(score(&mut model, &text(&[99]), &Settings::default()), Err(Error::InvalidToken { id: 99, .. })));
}

#[test]
fn an_endless_text_spends_its_time_as_long_texts_do() {
    let mut model = bigram();
    let found = stationary(&mut model, Some(3), &settings(&[("temperature", number(0.7))])).unwrap();
    assert!(found.converged);
    let sum: f32 = found.probabilities.iter().sum();
    assert!((sum - 1.0).abs() < 1e-5);
    let long = run_settings(&[("temperature", number(0.7)), ("max_new_tokens", number(200_000.0))]);
    let (tokens, _) = drawn(&mut model, &[3], &long, RngKind::Philox, 4096);
    let mut counts = vec![0_u32; 30];
    tokens.iter().for_each(|&token| counts[token as usize] += 1);
    for (count, p) in counts.iter().zip(&found.probabilities) {
        assert!((f64::from(*count) / 200_000.0 - f64::from(*p)).abs() < 0.005, "{counts:?} {found:?}");
    }
    // Greedy chains end in a circle: the shares are those of the circle that `from` leads to.
    let mut swap = CountedBigram::from_text("abababab", 1e-6).unwrap();
    let circle = stationary(&mut swap, Some(1), &settings(&[("temperature", number(0.0))])).unwrap();
    assert_eq!(circle.probabilities.iter().map(|p| (p * 1000.0).round() as i32).collect::<Vec<_>>(), [0, 500, 500]);
    assert_eq!(circle.entropy_rate, 0.0);
    let penalised = stationary(&mut model, None, &settings(&[("presence_penalty", number(1.0))]));
    assert!(matches!(penalised, Err(Error::InvalidSetting { name, .. }) if name == "penalties"));
    assert!(matches!(stationary(&mut model, Some(30), &Settings::default()), Err(Error::InvalidToken { .. })));
}

#[test]
fn a_forced_token_leaves_the_coins_where_they_are() {
    let mut model = bigram();
    let prompt = model.vocab().encode("the ").unwrap().ids;
    let forced = Value::Map(vec![("0".to_owned(), number(16.0)), ("5".to_owned(), number(2.0))]);
    for kind in [RngKind::Philox, RngKind::Torch] {
        for chunk in [1, 3, 64] {
            let free = run_settings(&[("max_new_tokens", number(30.0))]);
            let (before, _) = drawn(&mut model, &prompt, &free, kind, chunk);
            let with = run_settings(&[("max_new_tokens", number(30.0)), ("forced_tokens", forced.clone())]);
            let (after, probabilities) = drawn(&mut model, &prompt, &with, kind, chunk);
            assert_eq!((after[0], after[5], after.len()), (16, 2, 30));
            // By hand: the same stream, with the token put in after its draw.
            let mut generator = Generator::new(kind, 7);
            let (mut ids, mut by_hand) = (prompt.clone(), Vec::new());
            for step in 0..30 {
                let one =
                    GenerateSettings { run: LoopSettings { max_new_tokens: 1, ..free.run.clone() }, ..free.clone() };
                let mut run = Generation::new(one, vec![ids.clone()], &model).unwrap();
                let mut backend = CpuBackend::new();
                let bench =
                    Workbench { model: &mut model, backend: &mut backend, generator: &mut generator, clock: &Still };
                let drawn = block_on(run.advance(bench, 1, f64::INFINITY)).unwrap().rows[0].tokens[0];
                let token = match step {
                    0 => 16,
                    5 => 2,
                    _ => drawn,
                };
                ids.push(token);
                by_hand.push(token);
            }
            assert_eq!(after, by_hand);
            assert_ne!(before, after);
            assert!(probabilities.iter().all(|p| *p > 0.0 && *p < 1.0));
        }
    }
    let cut = run_settings(&[("max_new_tokens", number(2.0)), ("top_k", number(1.0)), ("forced_tokens", forced)]);
    assert_eq!(drawn(&mut model, &prompt, &cut, RngKind::Philox, 2).1[0], 0.0, "a removed token has probability 0");
    let outside = run_settings(&[("forced_tokens", Value::Map(vec![("1".to_owned(), number(30.0))]))]);
    let refused = Generation::<CpuBackend>::new(outside, vec![prompt], &model);
    assert!(matches!(refused, Err(Error::InvalidSetting { name, .. }) if name == "forced_tokens"));
    let word =
        GenerateSettings::from_entries([("forced_tokens".to_owned(), Value::Map(vec![("x".to_owned(), number(1.0))]))]);
    assert!(matches!(word, Err(Error::InvalidSetting { name, .. }) if name == "forced_tokens[x]"));
}

#[test]
fn given_logits_need_no_prompt() {
    let labels = |n: usize| (0..n).map(|id| format!("t{id}")).collect::<Vec<_>>();
    let mut model = GivenLogits::new(vec![2.0, -1.5, 0.3, 4.2, f32::NEG_INFINITY], labels(5)).unwrap();
    assert!(model.encode("any text").unwrap().ids.is_empty());
    let settings = run_settings(&[("max_new_tokens", number(20_000.0))]);
    let (tokens, _) = drawn(&mut model, &[], &settings, RngKind::Philox, 4096);
    let (one_by_one, _) = drawn(&mut model, &[], &settings, RngKind::Philox, 1);
    assert_eq!(tokens, one_by_one, "a chain draws what single steps draw");
    let mut counts = [0; 5];
    tokens.iter().for_each(|&token| counts[token as usize] += 1);
    let p = stationary(&mut model, None, &Settings::default()).unwrap().probabilities;
    assert!(chi_square(&counts, &p).p_value > 1e-4, "{counts:?} {p:?}");
    assert!(matches!(GivenLogits::new(vec![f32::NAN], labels(1)), Err(Error::InvalidLogits { index: 0, .. })));
    assert!(matches!(GivenLogits::new(vec![f32::NEG_INFINITY], labels(1)), Err(Error::NothingLeft { .. })));
    assert!(matches!(GivenLogits::new(vec![1.0, 2.0], labels(1)), Err(Error::WrongLength { found: 1, .. })));
    assert!(matches!(GivenLogits::new(Vec::new(), Vec::new()), Err(Error::ModelFormat { .. })));
    let refused = Generation::<CpuBackend>::new(settings, vec![Vec::new()], &bigram());
    assert!(matches!(refused, Err(Error::EmptyPrompt)), "other models need one");
}

#[test]
fn given_logits_without_labels_are_called_by_their_ids() {
    for n in [1, 9, 10, 11, 99, 100, 101, 1000, 12_345] {
        let logits = vec![0.5; n];
        let labels = (0..n).map(|id| id.to_string()).collect();
        assert_eq!(GivenLogits::numbered(logits.clone()), GivenLogits::new(logits, labels), "{n}");
    }
    assert!(matches!(GivenLogits::numbered(vec![f32::NAN]), Err(Error::InvalidLogits { index: 0, .. })));
    assert!(matches!(GivenLogits::numbered(vec![f32::NEG_INFINITY]), Err(Error::NothingLeft { .. })));
    assert!(matches!(GivenLogits::numbered(Vec::new()), Err(Error::ModelFormat { .. })));
}
