//! Sweeps against the oracle: every length, every family, random plans in random orders; batches and chains against single steps.

use logitlab::{
    backend::{Backend, Row, Step},
    cpu::CpuBackend,
    plan::{Plan, Stage},
    stages::{MinP, SPECS, Temperature, TopK, TopP},
};

use crate::support::{
    Outcome, block_on,
    case::{Case, Past},
    checks, detail_of, ensure,
    expect::EVERY,
    inputs::{FAMILIES, Family, SplitMix, drawn_case, random_case, random_past, random_stage, row},
    judge::{Judged, judge},
    judge_trace::judge_trace,
    pass,
};

checks!(short_rows, random_plans, twice, traces, batches, reused_backend);

/// Settings that people use, one after the other.
fn grid() -> Vec<Vec<Stage>> {
    let t = |x| Stage::Temperature(Temperature::fixed(x));
    vec![
        vec![],
        vec![t(0.7)],
        vec![t(1.5)],
        vec![Stage::TopK(TopK(1))],
        vec![t(0.8), Stage::TopK(TopK(50))],
        vec![Stage::TopP(TopP(0.9))],
        vec![t(1.3), Stage::TopP(TopP(0.95))],
        vec![t(0.9), Stage::TopK(TopK(40)), Stage::TopP(TopP(0.9))],
        vec![Stage::MinP(MinP(0.05))],
        vec![t(0.6), Stage::TopK(TopK(100)), Stage::TopP(TopP(0.8)), Stage::MinP(MinP(0.02))],
        vec![Stage::TopP(TopP(0.5)), t(2.0)],
    ]
}

/// Counts the tokens of which a filter may keep either; many would mean that the oracle looks away.
#[derive(Default)]
struct Tally {
    tokens: usize,
    excused: usize,
}

impl Tally {
    fn judge<B: Backend>(&mut self, backend: &mut B, case: &Case, coin: u64) -> Outcome {
        let Judged { tokens, excused } = judge(backend, case, coin)?;
        self.tokens += tokens;
        self.excused += excused;
        Ok(())
    }

    fn check(&self, at_most: f64) -> Outcome {
        let share = self.excused as f64 / self.tokens as f64;
        ensure!(share <= at_most, "{} of {} tokens were close to a cut", self.excused, self.tokens);
        Ok(())
    }
}

/// Every SIMD tail and block boundary: lengths 1 to 70 with the whole grid.
fn short_rows<B: Backend>(backend: &mut B) -> Outcome {
    sweep_lengths(backend, (1..=70).step_by(EVERY.get()), grid().len())
}

/// Lengths in `lengths`, every family, `n_plans` plans of the grid each, in turn.
fn sweep_lengths<B: Backend>(backend: &mut B, lengths: impl Iterator<Item = usize>, n_plans: usize) -> Outcome {
    let mut rng = SplitMix(1);
    let (grid, mut tally) = (grid(), Tally::default());
    let mut next = 0;
    for len in lengths {
        for family in FAMILIES {
            let logits = row(family, len, 7);
            for _ in 0..n_plans {
                let plan = Plan { stages: grid[next % grid.len()].clone(), greedy: false };
                let name = format!("{family:?} V={len} {:?}", plan.stages);
                tally.judge(
                    backend,
                    &Case { name, logits: logits.clone(), plan, past: Past::default() },
                    rng.bits(),
                )?;
                next += 1;
            }
            let greedy = Case::new(&format!("{family:?} V={len} greedy"), logits).greedy();
            tally.judge(backend, &greedy, 0)?;
        }
    }
    tally.check(0.001)
}

fn random_plans<B: Backend>(backend: &mut B) -> Outcome {
    random_rows(backend, 2, 6, &[1, 2, 3, 5, 8, 30, 64, 65, 127, 256, 300])
}

fn random_rows<B: Backend>(backend: &mut B, seed: u64, n: usize, lengths: &[usize]) -> Outcome {
    let (mut rng, mut tally) = (SplitMix(seed), Tally::default());
    for &len in lengths {
        for family in FAMILIES {
            for _ in 0..n {
                let case = random_case(&mut rng, family, len);
                tally.judge(backend, &case, rng.bits())?;
            }
        }
    }
    tally.check(0.05)
}

/// Every stage that there is twice in one plan, with other settings the second time, and one stage between.
fn twice<B: Backend>(backend: &mut B) -> Outcome {
    let (mut rng, mut tally) = (SplitMix(8), Tally::default());
    for ix in 0..SPECS.len() {
        for family in FAMILIES {
            for len in [3, 30, 130] {
                let between = rng.below(SPECS.len());
                let stages = [ix, between, ix].map(|ix| random_stage(&mut rng, ix, len)).to_vec();
                let name = format!("{family:?} V={len} {stages:?}");
                let case = Case {
                    name,
                    logits: row(family, len, rng.bits()),
                    plan: Plan { stages, greedy: false },
                    past: random_past(&mut rng, len),
                };
                tally.judge(backend, &case, rng.bits())?;
            }
        }
    }
    tally.check(0.05)
}

/// What the trace says about each stage, for random plans.
fn traces<B: Backend>(backend: &mut B) -> Outcome {
    let mut rng = SplitMix(3);
    for len in [1, 2, 7, 30, 130] {
        for family in FAMILIES {
            for _ in 0..3 {
                let case = drawn_case(&mut rng, family, len);
                judge_trace(backend, &case, rng.bits())?;
            }
        }
    }
    Ok(())
}

/// B rows at once, each with its own plan, past and coin, are B single rows; a trace changes nothing.
fn batches<B: Backend>(backend: &mut B) -> Outcome {
    let mut rng = SplitMix(4);
    for len in [1, 3, 30, 64, 130, 1030] {
        for want_trace in [false, true] {
            let cases: Vec<(Case, u64)> = (0..7)
                .map(|_| {
                    let family = rng.pick(&FAMILIES);
                    let case = drawn_case(&mut rng, family, len);
                    (
                        if rng.below(5) == 0 {
                            Case { plan: Plan { stages: vec![], greedy: true }, ..case }
                        } else {
                            case
                        },
                        rng.bits(),
                    )
                })
                .collect();
            let mut singles = Vec::new();
            for (case, coin) in &cases {
                singles.push(case.step(backend, *coin, want_trace)?);
            }
            let batch = step_batch(backend, &cases, want_trace)?;
            for (r, (got, want)) in batch.iter().zip(&singles).enumerate() {
                ensure!(same_step(got, want), "V={len} row {r} {}: {got:?}, alone {want:?}", cases[r].0.name);
            }
            ensure!(batch.len() == 7, "V={len}: {} steps for 7 rows", batch.len());
        }
    }
    Ok(())
}

fn step_batch<B: Backend>(backend: &mut B, cases: &[(Case, u64)], want_trace: bool) -> Result<Vec<Step>, String> {
    let histories: Vec<_> = cases.iter().map(|(case, _)| case.past.history()).collect();
    let rows: Vec<Row<'_>> = cases
        .iter()
        .zip(&histories)
        .map(|((case, coin), history)| Row { plan: &case.plan, history, draw: case.draw(*coin) })
        .collect();
    let mut logits: Vec<f32> = cases.iter().flat_map(|(case, _)| case.logits.iter().copied()).collect();
    let mut out = Vec::new();
    block_on(backend.step(&mut logits, &rows, detail_of(want_trace), &mut out))
        .map_err(|error| format!("the batch: {error}"))?;
    Ok(out)
}

/// Equal in every field, and the traces too where both have one; NaN limits are left out of that.
fn same_step(a: &Step, b: &Step) -> bool {
    let columns = |step: &Step| {
        step.trace.as_ref().map(|t| (t.stages.iter().map(|s| s.values.clone()).collect::<Vec<_>>(), t.draw.clone()))
    };
    (a.token, a.probability.to_bits(), a.kept) == (b.token, b.probability.to_bits(), b.kept) && columns(a) == columns(b)
}

/// A backend keeps buffers: a large row must leave no mark on the small one after it.
fn reused_backend<B: Backend>(backend: &mut B) -> Outcome {
    let mut rng = SplitMix(5);
    let cases: Vec<(Case, u64)> = [2000, 3, 700, 1, 64, 1500, 2]
        .into_iter()
        .map(|len| {
            let family = rng.pick(&[Family::Normal, Family::Ties, Family::Flat, Family::Peaked]);
            (
                Case {
                    plan: Plan { stages: grid()[len % 11].clone(), greedy: false },
                    ..random_case(&mut rng, family, len)
                },
                rng.bits(),
            )
        })
        .collect();
    for (case, coin) in &cases {
        judge(backend, case, *coin)?;
    }
    for (case, coin) in cases.iter().rev() {
        judge(backend, case, *coin)?;
    }
    Ok(())
}

fn cpu() -> CpuBackend {
    CpuBackend::new()
}

/// The lengths above 70 up to 515: eight blocks and every tail.
#[test]
fn medium_rows_on_cpu() {
    pass(sweep_lengths(&mut cpu(), 71..=515, 2));
}

/// Around a chunk of 1,024, where long rows take other paths than short ones.
#[test]
fn chunk_rows_on_cpu() {
    pass(sweep_lengths(&mut cpu(), [1022, 1023, 1024, 1025, 1026, 1088, 2047, 2048, 2049, 4100].into_iter(), 11));
    pass(random_rows(&mut cpu(), 6, 12, &[1023, 1024, 1025, 1500, 3000, 5000]));
}

/// Real vocabularies. A flat row has a token in every band, so here many cuts are close; the oracle then allows those tokens only.
#[test]
fn vocabularies_on_cpu() {
    let mut rng = SplitMix(9);
    let (grid, mut next) = (grid(), 0);
    for (len, n_plans) in [(50_257, 4), (151_936, 2)] {
        for family in FAMILIES {
            let logits = row(family, len, 11);
            for _ in 0..n_plans {
                let plan = Plan { stages: grid[next % grid.len()].clone(), greedy: false };
                let case = Case {
                    name: format!("{family:?} V={len} {:?}", plan.stages),
                    logits: logits.clone(),
                    plan,
                    past: Past::default(),
                };
                pass(judge(&mut cpu(), &case, rng.bits()).map(drop));
                next += 5;
            }
        }
        let case = random_case(&mut rng, Family::Bf16, len);
        pass(judge(&mut cpu(), &case, rng.bits()).map(drop));
    }
}
