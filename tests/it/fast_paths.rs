//! Rows on which a mistake in a fast path of the CPU would be seen, and mostly nowhere else.

use logitlab::{
    backend::{Ahead, Backend, Chain, ChainOutput, ChainRow, Detail, Row},
    cpu::{ChainTable, CpuBackend},
    plan::{Plan, Stage},
    rng::{Draw, Noise, Philox},
    stages::{EtaCutoff, Temperature, TopK, TypicalP, Xtc},
    token::TokenId,
    trace::{DrawTrace, StepTrace},
};

use crate::{
    same_tokens::Table,
    support::{
        block_on,
        case::Case,
        inputs::{FAMILIES, Family, SplitMix, row},
    },
};

const MASKED: f32 = f32::NEG_INFINITY;

fn always(threshold: f64) -> Stage {
    Xtc { probability: 1.0, threshold }.into()
}

/// Tokens removed from two blocks: neither keeps the maximum it had, which min_p, greedy and the draw would take for a token's.
#[test]
fn xtc_leaves_no_maximum_of_what_it_removed() {
    let mut backend = CpuBackend::new();
    for (a, b) in [(1, 70), (3, 64), (65, 129), (1, 4100), (7, 71), (7, 1031), (64, 65), (0, 4180)] {
        let mut logits = vec![-9.0; 4200];
        (logits[a], logits[b], logits[4190]) = (3.0, 3.0, 2.0);
        let case = Case::new(&format!("{a} and {b} go"), logits).stage(always(0.1));
        let step = case.clone().min_p(0.9).step(&mut backend, 0, false).unwrap();
        assert_eq!((step.token, step.kept), (4190, 1), "{}, then min_p", case.name);
        let step = case.clone().greedy().step(&mut backend, 0, false).unwrap();
        assert_eq!(step.token, 4190, "{}, greedily", case.name);
        let step = case.step(&mut backend, 1 << 63, false).unwrap();
        assert_eq!((step.token, step.kept), (4190, 4198), "{}", case.name);
    }
}

/// Σ m · −e of so many tokens, each near the largest that one can have, does not fit what it is added up in, piece by piece.
#[test]
fn entropy_of_long_rows() {
    let mut backend = CpuBackend::new();
    for n in [9_000, 20_000, 40_000, 130_000] {
        // Next to e^−H, which is that of −1 here, and √0.9 of it: −1.04 stays and −1.06 goes.
        let mut logits = vec![-1.0; n];
        (logits[0], logits[n / 2], logits[n - 1]) = (0.0, -1.04, -1.06);
        let case = Case::new(&format!("{n} tokens"), logits);
        for case in [case.clone(), case.min_p(1e-300)] {
            let step = case.stage(EtaCutoff(0.9).into()).step(&mut backend, 0, false).unwrap();
            assert_eq!(step.kept as usize, n - 1, "{n} tokens, eta_cutoff");
        }
        // 0.88 of the mass is at −1, and nearer to the entropy than what is at −3, and 0.
        let logits = (0..2 * n + 1).map(|i| [-1.0, -3.0][i % 2] * f32::from(u8::from(i > 0))).collect::<Vec<_>>();
        let n_at_minus_1 = logits.iter().filter(|x| **x == -1.0).count();
        let case = Case::new(&format!("twice {n} tokens"), logits);
        for case in [case.clone(), case.clone().temperature(1.000_000_1), case.min_p(1e-300)] {
            let step = case.stage(TypicalP(0.7).into()).step(&mut backend, 0, false).unwrap();
            assert_eq!(step.kept as usize, n_at_minus_1, "{n} tokens, typical_p");
        }
    }
}

/// Winner and second of a race, and the first of equals for both.
#[test]
fn second_of_a_race() {
    let mut backend = CpuBackend::new();
    let mut check = |case: &Case, noise: &[f32]| {
        let step = case.try_step(&mut backend, Draw::Race(Noise::Exponential(noise)), true).unwrap();
        let trace = step.trace.unwrap();
        let p = &trace.probabilities;
        let mut order: Vec<usize> = (0..p.len()).filter(|&id| p[id] > 0.0).collect();
        // Stable, so the lower of equals stays before the other.
        order.sort_by(|&a, &b| (p[b] / noise[b]).total_cmp(&(p[a] / noise[a])));
        let [first, second] = [order[0], order.get(1).copied().unwrap_or(order[0])].map(|id| id as TokenId);
        let DrawTrace::Race { token, runner_up, runner_up_ratio, ratio, .. } = trace.draw else { panic!("no race") };
        assert_eq!((token, runner_up), (first, second), "{noise:?} on {p:?}");
        let ratios = [first, second].map(|id| p[id as usize] / noise[id as usize]);
        assert_eq!([ratio, runner_up_ratio], ratios, "{noise:?} on {p:?}");
    };
    let thirds = Case::new("thirds", [0.0; 3]);
    let a_bit_less_than_1 = 1.0 - 2e-7;
    let table = [[1.0, 1.0, 1.0], [2.0, 1.0, 1.0], [0.5, 3.0, 1.0], [3.0, 2.0, 1.0], [0.5, 1.0, a_bit_less_than_1]];
    for noise in table {
        check(&thirds, &noise);
    }
    check(&Case::new("one", [0.0, MASKED]), &[1.0, 1.0]);
    check(&Case::new("without a probability first", [-200.0, -1.0, 0.0]), &[1.0, 1.0, 1.0]);
    let mut rng = SplitMix(21);
    for len in (2..60).chain([300, 1030]) {
        for family in FAMILIES {
            // Few different numbers, so that there are ties in most races.
            let noise: Vec<f32> = (0..len).map(|_| rng.pick(&[0.25, 0.5, 1.0, a_bit_less_than_1])).collect();
            check(&Case::new("random", row(family, len, rng.bits())), &noise);
        }
    }
}

fn traced(case: &Case) -> StepTrace {
    *case.step(&mut CpuBackend::new(), 0, true).unwrap().trace.unwrap()
}

/// Probabilities of a trace are those of f64, rounded; so is the entropy, to 12 digits.
#[test]
fn traces_are_exact() {
    let mut rng = SplitMix(22);
    for family in [Family::Normal, Family::Flat, Family::Peaked, Family::ManyMasked] {
        let case = Case::new("exact", row(family, 5000, rng.bits())).temperature(0.37).top_k(4000);
        let trace = traced(&case);
        let last = &trace.stages[1].values;
        let columns =
            [(&trace.logits, &trace.raw_probabilities, trace.raw_entropy), (last, &trace.probabilities, trace.entropy)];
        for (column, probabilities, entropy) in columns {
            let max = column.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let exps: Vec<f64> = column.iter().map(|&x| (f64::from(x) - f64::from(max)).exp()).collect();
            let sum: f64 = exps.iter().sum();
            // Two roundings next to each other are as near where the last bit of the f64 decides, which is one in a billion.
            let exact: Vec<f32> = exps.iter().map(|e| (e / sum) as f32).collect();
            assert_eq!(probabilities, &exact, "{family:?}");
            let bits = exps.iter().map(|e| e / sum).filter(|p| *p > 0.0).map(|p| -p * p.log2()).sum::<f64>();
            assert!((entropy - bits).abs() <= 1e-12 * bits.max(1.0), "{family:?}: {entropy} is not {bits}");
        }
    }
}

/// A backend remembers the softmax of the logits that it traced last: other logits, other settings and the same logits again are traced as by a new one.
#[test]
fn a_trace_does_not_depend_on_the_one_before() {
    let mut rng = SplitMix(23);
    let [first, second] = [400, 401].map(|len| row(Family::Normal, len, rng.bits()));
    let mut nearly_first = first.clone();
    nearly_first[399] += 1.0;
    let mut backend = CpuBackend::new();
    for (logits, t, k) in
        [(&first, 0.7, 50), (&first, 1.3, 9), (&second, 0.7, 50), (&nearly_first, 0.7, 50), (&first, 0.7, 3)]
    {
        let case = Case::new("again", logits.clone()).temperature(t).top_k(k);
        let step = case.step(&mut backend, 0, true).unwrap();
        let [got, want] = [*step.trace.unwrap(), traced(&case)].map(|trace| format!("{trace:?}"));
        assert_eq!(got, want, "{} logits, T {t}, k {k}", logits.len());
    }
}

/// A picture asks for no evidence: its trace is otherwise the same, whatever the stage.
#[test]
fn columns_are_a_trace_without_evidence() {
    let mut n_with_evidence = 0;
    for stage in Stage::examples().into_iter().flatten() {
        let name = stage.name();
        let case = Case::new("columns", row(Family::Normal, 300, 24)).stage(stage).past(&[5, 9, 5], &[9, 5, 9]);
        let mut history = case.past.history();
        (0..3).for_each(|_| {
            history.observe(0.5);
            history.observe_original(0.5);
        });
        let traced = |detail| {
            let (row, mut out) = (Row { plan: &case.plan, history: &history, draw: Draw::Coin(7) }, Vec::new());
            block_on(CpuBackend::new().step(&mut case.logits.clone(), &[row], detail, &mut out)).unwrap();
            out.remove(0)
        };
        let (mut whole, columns) = (traced(Detail::Evidence), traced(Detail::Columns));
        for stage in &mut whole.trace.as_mut().unwrap().stages {
            assert_eq!(stage.evidence.len(), stage.removed.len(), "{name:?}");
            n_with_evidence += usize::from(!stage.evidence.is_empty());
            stage.evidence.clear();
        }
        assert_eq!(format!("{columns:?}"), format!("{whole:?}"), "{name:?}");
        assert!(traced(Detail::Token).trace.is_none());
    }
    assert!(n_with_evidence > 20, "{n_with_evidence} stages removed something");
}

/// What is left is far below what went: the trace still says how likely it is.
#[test]
fn trace_of_the_most_likely_removed() {
    let xtc = Case::new("xtc", [0.0, -800.0, MASKED]).stage(always(0.0));
    let banned = Case::new("banned", [0.0, -800.0, -800.0]).bias(&[(0, MASKED)]);
    for (case, probabilities, entropy) in [(xtc, [0.0, 1.0, 0.0], 0.0), (banned, [0.0, 0.5, 0.5], 1.0)] {
        let trace = traced(&case);
        let stage = &trace.stages[0];
        assert_eq!(trace.probabilities, probabilities, "{}", case.name);
        assert_eq!([stage.entropy_after, trace.entropy], [entropy; 2], "{}", case.name);
        assert_eq!((&stage.removed[..], stage.mass_removed), (&[0][..], 1.0), "{}", case.name);
    }
}

/// A filter that had nothing to remove says so; one that had, and what is no filter, says what it did.
#[test]
fn filters_say_when_they_removed_nothing() {
    const NOTHING: &str = "removed nothing here";
    let base = Case::new("base", [3.0, 2.0, 1.0]);
    for (case, is_nothing) in [
        (base.clone().min_p(0.01), true),
        (base.clone().top_k(3), true),
        (base.clone().stage(always(0.6)), true),
        (base.clone().min_p(0.5), false),
        (base.clone().top_k(2), false),
        (base.clone().temperature(0.5), false),
        (base.bias(&[(1, 0.5)]), false),
    ] {
        let rule = &traced(&case).stages[0].rule;
        assert_eq!(rule == NOTHING, is_nothing, "{:?} says {rule:?}", case.plan.stages);
    }
}

/// A chain where the next distribution does not depend on the last token alone, or whose table would be too large, is left to steps.
#[test]
fn chains_without_a_table_are_declined() {
    let plan = |stages: &[Stage]| Plan { stages: stages.to_vec(), greedy: false };
    let penalty = Case::new("", [0.0]).penalties(1.0, 0.5, 0.0).plan;
    let greedy = Plan { greedy: true, ..plan(&[]) };
    let chance = plan(&[Xtc { probability: 0.5, threshold: 0.1 }.into()]);
    let open = plan(&[Stage::TopK(TopK(3))]);
    for (what, len, plan, is_run) in [
        ("open", 1024, &open, true),
        ("too large", 1025, &open, false),
        ("greedy", 5, &greedy, false),
        ("a penalty", 5, &penalty, false),
        ("a chance", 5, &chance, false),
    ] {
        let model = Table(vec![vec![0.0; len]; len]);
        let rows = [ChainRow { last: 0, row: 0 }];
        let chain = Chain { model: &model, plan, seed: 1, first_step: 0, n: 2, eos: &[], rows: &rows };
        let (mut backend, mut table, mut out) = (CpuBackend::new(), ChainTable::default(), [ChainOutput::default()]);
        let was_run = block_on(backend.run_ahead(&Ahead::Chain(chain), &mut table, &mut out));
        assert_eq!((was_run, out[0].tokens.len()), (Ok(is_run), if is_run { 2 } else { 0 }), "{what}");
    }
}

/// A chain ends with the token that ends a text, and before a step in which nothing is left.
#[test]
fn chains_end() {
    let mut rng = SplitMix(23);
    let (mut n_ended, mut n_dead) = (0, 0);
    for _ in 0..300 {
        let mut rows: Vec<_> = (0..6).map(|_| row(Family::Normal, 6, rng.bits())).collect();
        rows[3] = vec![MASKED; 6];
        rows.iter_mut().take(3).for_each(|row| row[3] -= 3.0);
        let (model, seed) = (Table(rows), rng.bits());
        let plan = Plan { stages: vec![Temperature::fixed(1.3).into()], greedy: false };
        let chain_rows = [ChainRow { last: 0, row: 9 }];
        let chain = Chain { model: &model, plan: &plan, seed, first_step: 4, n: 12, eos: &[5], rows: &chain_rows };
        let (mut backend, mut out) = (CpuBackend::new(), [ChainOutput::default()]);
        assert_eq!(backend.chain_now(&chain, &mut ChainTable::default(), &mut out), Ok(true));
        let (mut tokens, mut last) = (Vec::new(), 0);
        while tokens.len() < 12 && last != 5 {
            let coin = Philox::coin(seed, 4 + tokens.len() as u32, 9);
            let case = Case { plan: plan.clone(), ..Case::new("step", model.0[last as usize].clone()) };
            let Ok(step) = case.try_step(&mut backend, Draw::Coin(coin), false) else { break };
            last = step.token;
            tokens.push(last);
        }
        n_ended += u32::from(last == 5);
        n_dead += u32::from(last == 3);
        assert_eq!(out[0].tokens, tokens);
        assert_eq!([out[0].probabilities.len(), out[0].kept.len()], [tokens.len(); 2]);
    }
    assert!(n_ended > 20 && n_dead > 20, "{n_ended} ended, {n_dead} had nothing left");
}
