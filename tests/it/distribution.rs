//! The draw against its exact probabilities: chi-square with computed critical values, over more than a million coins of Philox.

use logitlab::{
    backend::Backend,
    rng::{Draw, Noise, Philox},
};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::support::{
    Outcome,
    case::Case,
    checks, ensure,
    expect::{DRAWS, final_values},
    inputs::{Family, SplitMix, row},
    oracle, pass,
};

checks!(five_tokens, race_of_five_tokens);

/// A correct draw fails one test in a million; seeds are fixed, so it fails always or never.
const SIGNIFICANCE: f64 = 1e-6;

/// Draws in one batch.
const BATCH: u32 = 1000;

/// How often each token came.
fn count<B: Backend>(backend: &mut B, case: &Case, seed: u64, n: u32) -> Result<Vec<u64>, String> {
    let mut counts = vec![0; case.logits.len()];
    let most = BATCH.min(1 + 400_000 / case.logits.len() as u32);
    for begin in (0..n).step_by(most as usize) {
        let coins = (begin..n.min(begin + most)).map(|step| Philox::coin(seed, step, 0));
        case.steps(backend, coins)?.iter().for_each(|step| counts[step.token as usize] += 1);
    }
    Ok(counts)
}

/// The same for PyTorch's race, with exponential noise of our own.
fn count_race<B: Backend>(backend: &mut B, case: &Case, seed: u64, n: u32) -> Result<Vec<u64>, String> {
    let mut rng = SplitMix(seed);
    let mut counts = vec![0; case.logits.len()];
    for _ in 0..n / BATCH {
        let noise: Vec<f64> = (0..BATCH as usize * case.logits.len()).map(|_| rng.unit()).collect();
        let draws = noise.chunks(case.logits.len()).map(|noise| Draw::Race(Noise::Uniform(noise)));
        case.draws(backend, draws)?.iter().for_each(|step| counts[step.token as usize] += 1);
    }
    Ok(counts)
}

/// χ² of the counts. Neighbours are pooled until each pool expects 5; tokens with probability 0 must not have come.
fn chi_square(name: &str, counts: &[u64], probabilities: &[f64]) -> Outcome {
    let n: u64 = counts.iter().sum();
    let mut pools = vec![(0.0, 0.0)];
    for (id, (&count, &p)) in counts.iter().zip(probabilities).enumerate() {
        ensure!(p > 0.0 || count == 0, "{name}: token {id} has no probability and came {count} times");
        let Some(last) = pools.last_mut() else { continue };
        *last = (last.0 + count as f64, last.1 + p * n as f64);
        if last.1 >= 5.0 {
            pools.push((0.0, 0.0));
        }
    }
    // What is left over goes to the last full pool.
    if let (Some(rest), Some(last)) = (pools.pop(), pools.last_mut()) {
        *last = (last.0 + rest.0, last.1 + rest.1);
    }
    ensure!(pools.len() > 1, "{name}: one pool shows nothing");
    let statistic: f64 = pools.iter().map(|(seen, expected)| (seen - expected).powi(2) / expected).sum();
    let freedom = (pools.len() - 1) as f64;
    let critical = ChiSquared::new(freedom).map_err(|e| e.to_string())?.inverse_cdf(1.0 - SIGNIFICANCE);
    ensure!(
        statistic <= critical,
        "{name}: chi-square {statistic:.1} of {freedom} degrees of freedom, critical {critical:.1}"
    );
    Ok(())
}

/// Whether `n` draws of a row come as its exact probabilities say.
pub(crate) fn follows<B: Backend>(backend: &mut B, case: &Case, seed: u64, n: u32) -> Outcome {
    chi_square(&case.name, &count(backend, case, seed, n)?, &oracle::softmax(&final_values(case)))
}

/// The lesson's five logits.
pub(crate) fn lesson(name: &str) -> Case {
    Case::new(name, [2.0, -1.5, 0.3, 4.2, -0.8])
}

fn five_tokens<B: Backend>(backend: &mut B) -> Outcome {
    let cases = [
        lesson("five tokens"),
        lesson("five tokens, T = 2").temperature(2.0),
        lesson("five tokens, top_k 3").top_k(3),
        lesson("five tokens, T = 2, top_p .9").temperature(2.0).top_p(0.9),
    ];
    cases.iter().zip(1..).try_for_each(|(case, seed)| follows(backend, case, seed, DRAWS.get()))
}

fn race_of_five_tokens<B: Backend>(backend: &mut B) -> Outcome {
    let case = lesson("a race of five").temperature(2.0).top_k(4);
    chi_square(&case.name, &count_race(backend, &case, 5, DRAWS.get())?, &oracle::softmax(&final_values(&case)))
}

fn cpu() -> logitlab::cpu::CpuBackend {
    logitlab::cpu::CpuBackend::new()
}

/// With [`five_tokens`] and the two below, 1.05 million draws by coin.
#[test]
fn more_of_five_tokens_on_cpu() {
    pass(follows(&mut cpu(), &lesson("five tokens, 400,000 draws"), 21, 400_000));
    pass(follows(&mut cpu(), &lesson("five tokens, seed beyond 32 bits").temperature(1.5), u64::MAX - 6, 200_000));
}

#[test]
fn thirty_tokens_on_cpu() {
    let new = |name| Case::new(name, row(Family::Normal, 30, 30));
    let cases = [
        new("thirty tokens"),
        new("thirty tokens, T = 1.4").temperature(1.4),
        new("thirty tokens, top_p .9").top_p(0.9),
        new("thirty tokens, T = .8, top_k 10, min_p .02").temperature(0.8).top_k(10).min_p(0.02),
    ];
    for (case, seed) in cases.iter().zip(31..) {
        pass(follows(&mut cpu(), case, seed, 50_000));
    }
}

#[test]
fn a_vocabulary_on_cpu() {
    let new = |name, family| Case::new(name, row(family, 50_257, 50));
    pass(follows(&mut cpu(), &new("50,257 tokens", Family::Normal), 51, 20_000));
    pass(follows(&mut cpu(), &new("50,257 flat tokens", Family::Flat).temperature(0.9), 52, 20_000));
    pass(follows(&mut cpu(), &new("50,257 tokens, top_k 50", Family::Normal).top_k(50), 53, 10_000));
}

/// The test itself can tell: the right counts against slightly wrong probabilities, and a single impossible token.
#[test]
fn a_wrong_distribution_is_rejected() {
    let counts = count(&mut cpu(), &lesson("right"), 61, 100_000).unwrap();
    let right = oracle::softmax(&lesson("").logits);
    pass(chi_square("right", &counts, &right));
    let warmer = oracle::softmax(&lesson("").logits.iter().map(|x| x / 1.03).collect::<Vec<_>>());
    assert!(chi_square("3 % warmer", &counts, &warmer).is_err(), "a temperature 3 % off was not noticed");
    let mut swapped = right.clone();
    swapped.swap(1, 4);
    assert!(chi_square("two swapped", &counts, &swapped).is_err(), "two swapped tokens were not noticed");
    let mut without = right;
    without[1] = 0.0;
    assert!(chi_square("impossible", &counts, &without).is_err(), "an impossible token was not noticed");
}
