//! A trace judged by the oracle: every column against the one before it, then the draw.

use logitlab::{
    backend::{Backend, Step},
    plan::Stage,
    trace::{DrawTrace, StageTrace, StepTrace},
};

use super::{
    Outcome,
    case::Case,
    compare::{same_values, within},
    ensure,
    judge::probability_tolerance,
    oracle::{self, Line},
    stage_test::Gone,
};
use crate::stages;

/// Every column of a trace against the column before it; then the draw.
pub(crate) fn judge_trace<B: Backend>(backend: &mut B, case: &Case, coin: u64) -> Outcome {
    let name = &case.name;
    let step = case.step(backend, coin, true)?;
    let Some(trace) = step.trace.as_deref() else { return Err(format!("{name}: no trace came")) };
    let logits = oracle::read(&case.logits);
    same_values(&format!("{name}: logits"), &trace.logits, &logits)?;
    judge_distribution(&format!("{name}: raw"), &logits, &trace.raw_probabilities, trace.raw_entropy)?;
    ensure!(trace.stages.len() == case.plan.stages.len(), "{name}: {} stages traced", trace.stages.len());
    let mut before = trace.logits.clone();
    for (column, stage) in trace.stages.iter().zip(&case.plan.stages) {
        let name = format!("{name}: {}", column.stage);
        ensure!(column.stage == stage.name().as_str(), "{name} stands where {:?} ran", stage.name());
        ensure!(
            column.setting.starts_with(column.stage) || ["penalties", "bias", "bad_words"].contains(&column.stage),
            "{name}: setting {:?}",
            column.setting
        );
        ensure!(!column.setting.is_empty() && !column.rule.is_empty(), "{name}: no words");
        let removed: Vec<u32> = (0..before.len() as u32)
            .filter(|&i| before[i as usize] > f32::NEG_INFINITY && column.values[i as usize] == f32::NEG_INFINITY)
            .collect();
        ensure!(column.removed == removed, "{name}: removed {:?}, gone are {removed:?}", column.removed);
        ensure!(column.evidence.len() == removed.len(), "{name}: {} pieces of evidence", column.evidence.len());
        let n = column.values.iter().filter(|v| **v > f32::NEG_INFINITY).count();
        ensure!(column.kept as usize == n, "{name}: kept {}, {n} values are left", column.kept);
        let p = oracle::softmax(&before);
        let gone: f64 = removed.iter().map(|&i| p[i as usize]).sum();
        within(&format!("{name}: mass removed"), column.mass_removed, gone, 2f64.powi(-18))?;
        within(&format!("{name}: entropy before"), column.entropy_before, oracle::entropy(&p), 1e-4)?;
        let after = oracle::entropy(&oracle::softmax(&column.values));
        within(&format!("{name}: entropy after"), column.entropy_after, after, 1e-4)?;
        within(&format!("{name}: effective"), column.effective_vocab / column.entropy_after.exp2(), 1.0, 1e-9)?;
        judge_evidence(&name, &before, column, stage)?;
        before.clone_from(&column.values);
    }
    if case.plan.greedy {
        return judge_greedy_trace(name, &step, trace);
    }
    ensure!(trace.kept == step.kept, "{name}: trace kept {}, step {}", trace.kept, step.kept);
    judge_distribution(&format!("{name}: final"), &before, &trace.probabilities, trace.entropy)?;
    judge_coin(name, &step, trace, &before, coin)
}

fn judge_distribution(name: &str, values: &[f32], probabilities: &[f32], entropy: f64) -> Outcome {
    let want = oracle::softmax(values);
    ensure!(probabilities.len() == want.len(), "{name}: {} probabilities", probabilities.len());
    for (i, (&got, &p)) in probabilities.iter().zip(&want).enumerate() {
        within(&format!("{name}: probability of {i}"), f64::from(got), p, probability_tolerance(p))?;
    }
    within(&format!("{name}: entropy"), entropy, oracle::entropy(&want), 1e-4)
}

/// The evidence is the number that the rule compared, and it is on the losing side of the limit.
fn judge_evidence(name: &str, before: &[f32], column: &StageTrace, stage: &Stage) -> Outcome {
    let p = oracle::softmax(before);
    let mut above = vec![0.0; p.len()];
    let mut sum = 0.0;
    for id in oracle::ranking(before) {
        above[id] = sum;
        sum += p[id];
    }
    for (&id, &evidence) in column.removed.iter().zip(&column.evidence) {
        let what = format!("{name}: evidence of {id}");
        let (p, above) = (&p[..], &above[..]);
        stages::evidence(stage, &Gone { what, before, p, above, ix: id as usize, evidence, limit: column.limit })?;
    }
    Ok(())
}

fn judge_greedy_trace(name: &str, step: &Step, trace: &StepTrace) -> Outcome {
    let DrawTrace::Greedy { token, probability } = trace.draw else {
        return Err(format!("{name}: the draw is {:?}", trace.draw));
    };
    ensure!(
        token == step.token && probability == 1.0,
        "{name}: traced {token} with {probability}, drew {}",
        step.token
    );
    let is_sure = |(i, &p): (usize, &f32)| p == if i as u32 == token { 1.0 } else { 0.0 };
    ensure!(
        trace.probabilities.iter().enumerate().all(is_sure),
        "{name}: greedy is certain: {:?}",
        trace.probabilities
    );
    ensure!(trace.kept == 1 && trace.entropy == 0.0, "{name}: kept {} entropy {}", trace.kept, trace.entropy);
    Ok(())
}

fn judge_coin(name: &str, step: &Step, trace: &StepTrace, values: &[f32], coin: u64) -> Outcome {
    let DrawTrace::Coin { token, probability, coin: traced, position, interval } = trace.draw else {
        return Err(format!("{name}: the draw is {:?}", trace.draw));
    };
    ensure!(token == step.token && traced == coin, "{name}: traced token {token} and coin {traced:#x}");
    let band = oracle::mass_band(values);
    let share = Line::new(values).share(token);
    let at = coin as f64 / 2f64.powi(64);
    within(&format!("{name}: traced probability"), probability, f64::from(step.probability), 2f64.powi(-22))?;
    within(&format!("{name}: position"), position, at, 2f64.powi(-52))?;
    within(&format!("{name}: left end"), interval.0, share.0, band)?;
    within(&format!("{name}: right end"), interval.1, share.1, band)?;
    let slack = 2f64.powi(-30);
    ensure!(
        interval.0 <= position + slack && position <= interval.1 + slack,
        "{name}: {position} is outside {interval:?}"
    );
    Ok(())
}
