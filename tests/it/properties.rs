//! What must hold for every row and every setting, searched by proptest from a fixed seed.

use std::cell::RefCell;

use logitlab::{
    backend::{Backend, Step},
    plan::Stage,
    stages::{MinP, Temperature, TopK, TopP},
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed, TestError, TestRunner},
};

use crate::support::{
    Outcome,
    case::Case,
    checks, ensure,
    expect::{left, traced_kept},
    judge::{judge, rule},
    judge_trace::judge_trace,
    oracle,
};

checks!(
    agrees_with_the_oracle,
    trace_is_consistent,
    masked_is_never_drawn,
    padding_changes_nothing,
    shift_changes_nothing,
    permutation_permutes,
    top_k_grows_with_k,
    top_p_grows_with_p,
    min_p_shrinks_as_it_rises,
    filters_keep_the_best,
    cold_is_greedy,
    larger_coins_larger_ids,
);

const MASKED: f32 = f32::NEG_INFINITY;

/// Runs `property` on cases of `strategy`; the same ones every time.
fn holds<B: Backend, S: Strategy>(
    backend: &mut B,
    strategy: S,
    property: impl Fn(&mut B, S::Value) -> Outcome,
) -> Outcome {
    let config = Config { cases: 200, rng_seed: RngSeed::Fixed(20), failure_persistence: None, ..Config::default() };
    let backend = RefCell::new(backend);
    let result = TestRunner::new(config)
        .run(&strategy, |value| property(&mut backend.borrow_mut(), value).map_err(TestCaseError::fail));
    result.map_err(|error| match error {
        TestError::Fail(reason, value) => format!("{reason}\nsmallest case: {value:?}"),
        TestError::Abort(reason) => format!("gave up: {reason}"),
    })
}

/// A logit: on a grid of eighths so that ties occur, anywhere, or masked.
fn logit() -> impl Strategy<Value = f32> {
    prop_oneof![
        4 => (-64_i32..64).prop_map(|n| n as f32 / 8.0),
        4 => -20.0_f32..20.0,
        1 => Just(MASKED),
        1 => prop_oneof![Just(0.0), Just(-0.0), Just(1e4), Just(-1e4), Just(f32::from_bits(3))],
    ]
}

/// A row with at least one token.
fn row() -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(logit(), 1..150).prop_filter("something must be left", |row| row.iter().any(|&x| x > MASKED))
}

/// A row of distinct logits on a grid of eighths.
fn distinct_row() -> impl Strategy<Value = Vec<f32>> {
    prop::collection::hash_set(-400_i32..400, 1..100)
        .prop_map(|set| set.into_iter().map(|n| n as f32 / 8.0).collect::<Vec<_>>())
        .prop_shuffle()
}

fn filter() -> impl Strategy<Value = Stage> {
    prop_oneof![
        (1_usize..60).prop_map(|x| Stage::TopK(TopK(x))),
        (0.0..0.9999).prop_map(|x| Stage::TopP(TopP(x))),
        (1e-6..1.0).prop_map(|x| Stage::MinP(MinP(x))),
    ]
}

fn temperature() -> impl Strategy<Value = Stage> {
    (0.05_f32..5.0).prop_map(|x| Stage::Temperature(Temperature::fixed(x)))
}

/// Zero to four stages, each at most once, in any order.
fn stages() -> impl Strategy<Value = Vec<Stage>> {
    prop::collection::vec(prop_oneof![2 => filter(), 1 => temperature()], 0..5).prop_map(|mut stages| {
        let mut seen = Vec::new();
        stages.retain(|stage| {
            !seen.contains(&stage.name()) && {
                seen.push(stage.name());
                true
            }
        });
        stages
    })
}

fn case(row: Vec<f32>, stages: Vec<Stage>) -> Case {
    stages.into_iter().fold(Case::new("property", row), Case::stage)
}

fn kept_by<B: Backend>(backend: &mut B, row: &[f32], stage: Stage) -> Result<Vec<u32>, String> {
    traced_kept(backend, &case(row.to_vec(), vec![stage]))
}

fn agrees_with_the_oracle<B: Backend>(backend: &mut B) -> Outcome {
    holds(backend, (row(), stages(), any::<u64>()), |backend, (row, stages, coin)| {
        judge(backend, &case(row, stages), coin).map(drop)
    })
}

fn trace_is_consistent<B: Backend>(backend: &mut B) -> Outcome {
    holds(backend, (row(), stages(), any::<u64>(), any::<bool>()), |backend, (row, stages, coin, greedy)| {
        let case = if greedy { case(row, Vec::new()).greedy() } else { case(row, stages) };
        judge_trace(backend, &case, coin)
    })
}

/// Not even by the first coin, the last one, or one next to an edge.
fn masked_is_never_drawn<B: Backend>(backend: &mut B) -> Outcome {
    holds(backend, (row(), stages(), any::<u64>()), |backend, (row, stages, coin)| {
        let case = case(row, stages);
        let kept = traced_kept(backend, &case)?;
        for coin in [0, coin, 1 << 63, u64::MAX] {
            let token = case.step(backend, coin, false)?.token;
            ensure!(kept.contains(&token), "coin {coin:#x} drew {token}, left were {kept:?}");
        }
        Ok(())
    })
}

/// Masked tokens at the end, whatever their number, change neither token nor probability.
fn padding_changes_nothing<B: Backend>(backend: &mut B) -> Outcome {
    holds(backend, (row(), stages(), any::<u64>(), 1_usize..70), |backend, (row, stages, coin, n)| {
        let bare = case(row, stages);
        let mut padded = bare.clone();
        padded.logits.resize(bare.logits.len() + n, MASKED);
        let (want, got) = (bare.step(backend, coin, false)?, padded.step(backend, coin, false)?);
        ensure!(got == want, "{n} masked tokens more: {got:?}, want {want:?}");
        Ok(())
    })
}

/// On a grid, adding an exactly representable number keeps every difference, so everything stays.
fn shift_changes_nothing<B: Backend>(backend: &mut B) -> Outcome {
    let on_grid = prop::collection::vec((-64_i32..64).prop_map(|n| n as f32 / 8.0), 1..150);
    let filters = prop::collection::vec(filter(), 0..3);
    holds(backend, (on_grid, filters, any::<u64>(), -1000_i32..1000), |backend, (row, stages, coin, shift)| {
        let still = case(row, stages);
        let mut moved = still.clone();
        moved.logits.iter_mut().for_each(|x| *x += shift as f32);
        let (want, got) = (still.step(backend, coin, false)?, moved.step(backend, coin, false)?);
        ensure!(got == want, "shifted by {shift}: {got:?}, want {want:?}");
        Ok(())
    })
}

/// Without ties the position of a token does not matter to what is kept.
fn permutation_permutes<B: Backend>(backend: &mut B) -> Outcome {
    let pair = distinct_row().prop_flat_map(|row| {
        let order = Just((0..row.len()).collect::<Vec<_>>()).prop_shuffle();
        (Just(row), order, stages())
    });
    holds(backend, pair, |backend, (row, order, stages)| {
        let still = case(row, stages);
        if rule(&still).close {
            return Ok(());
        }
        let mut moved = still.clone();
        moved.logits = order.iter().map(|&from| still.logits[from]).collect();
        // Division may have made ties; they are cut by id.
        let values = crate::support::expect::final_values(&still);
        let n_left = left(&values).len();
        let mut distinct: Vec<u32> = values.iter().filter(|v| **v > MASKED).map(|v| v.to_bits()).collect();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() < n_left {
            return Ok(());
        }
        let want = traced_kept(backend, &still)?;
        let mut got: Vec<u32> = traced_kept(backend, &moved)?.iter().map(|&id| order[id as usize] as u32).collect();
        got.sort_unstable();
        ensure!(got == want, "permuted by {order:?}: kept {got:?}, want {want:?}");
        Ok(())
    })
}

fn is_subset(few: &[u32], many: &[u32]) -> bool {
    few.iter().all(|id| many.contains(id))
}

fn top_k_grows_with_k<B: Backend>(backend: &mut B) -> Outcome {
    holds(backend, (row(), 1_usize..80, 1_usize..80), |backend, (row, k, more)| {
        let few = kept_by(backend, &row, Stage::TopK(TopK(k)))?;
        let many = kept_by(backend, &row, Stage::TopK(TopK(k + more)))?;
        ensure!(few.len() >= k.min(left(&row).len()), "k = {k} kept {}", few.len());
        ensure!(is_subset(&few, &many), "k = {k} kept {few:?}, k = {} only {many:?}", k + more);
        Ok(())
    })
}

fn top_p_grows_with_p<B: Backend>(backend: &mut B) -> Outcome {
    holds(backend, (row(), 0.0..0.9, 1e-5..0.1), |backend, (row, p, more)| {
        let few = kept_by(backend, &row, Stage::TopP(TopP(p)))?;
        let many = kept_by(backend, &row, Stage::TopP(TopP(p + more)))?;
        let mass = few.iter().map(|&id| oracle::softmax(&row)[id as usize]).sum::<f64>();
        ensure!(mass > p - 1e-5, "p = {p} kept {mass}");
        ensure!(is_subset(&few, &many), "p = {p} kept {few:?}, p = {} only {many:?}", p + more);
        Ok(())
    })
}

fn min_p_shrinks_as_it_rises<B: Backend>(backend: &mut B) -> Outcome {
    holds(backend, (row(), 1e-6..0.9, 1e-5..0.1), |backend, (row, min_p, more)| {
        let many = kept_by(backend, &row, Stage::MinP(MinP(min_p)))?;
        let few = kept_by(backend, &row, Stage::MinP(MinP(min_p + more)))?;
        ensure!(is_subset(&few, &many), "min_p = {} kept {few:?}, {min_p} only {many:?}", min_p + more);
        Ok(())
    })
}

/// Whatever the filters, the best token stays, and everything kept is at least as good as everything removed.
fn filters_keep_the_best<B: Backend>(backend: &mut B) -> Outcome {
    holds(backend, (row(), prop::collection::vec(filter(), 1..4)), |backend, (row, stages)| {
        let kept = traced_kept(backend, &case(row.clone(), stages))?;
        ensure!(kept.contains(&oracle::argmax(&row)), "the best, {}, was removed", oracle::argmax(&row));
        let worst = kept.iter().map(|&id| row[id as usize]).fold(f32::INFINITY, f32::min);
        let better = (0..row.len() as u32).find(|id| row[*id as usize] > worst && !kept.contains(id));
        ensure!(better.is_none(), "{better:?} was removed, but is better than one that stayed");
        Ok(())
    })
}

/// At T = 10^-6 a gap of an eighth is 125,000: every coin draws the argmax.
fn cold_is_greedy<B: Backend>(backend: &mut B) -> Outcome {
    holds(backend, (distinct_row(), any::<u64>()), |backend, (row, coin)| {
        let cold = Case::new("cold", row.clone()).temperature(1e-6).step(backend, coin, false)?;
        let greedy = Case::new("greedy", row).greedy().step(backend, coin, false)?;
        ensure!(cold.token == greedy.token, "T = 1e-6 drew {}, greedy {}", cold.token, greedy.token);
        ensure!(cold.probability == 1.0, "T = 1e-6 drew with {}", cold.probability);
        Ok(())
    })
}

/// Tokens lie side by side in id order.
fn larger_coins_larger_ids<B: Backend>(backend: &mut B) -> Outcome {
    holds(backend, (row(), stages(), any::<[u64; 2]>()), |backend, (row, stages, coins)| {
        let case = case(row, stages);
        let [low, high] = [coins[0].min(coins[1]), coins[0].max(coins[1])];
        let [Step { token: first, .. }, Step { token: second, .. }] =
            [case.step(backend, low, false)?, case.step(backend, high, false)?];
        ensure!(first <= second, "coin {low:#x} drew {first}, coin {high:#x} drew {second}");
        Ok(())
    })
}
