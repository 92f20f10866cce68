//! Table tests: a file per stage, a line per case, and what the shared tests know of it. The order of stages is here.

mod draw;
mod softmax;

use logitlab::{
    backend::Backend,
    error::Result,
    history::History,
    settings::Value,
    stages::{self, Stage},
};

use crate::support::{
    Check, Outcome,
    case::{Case, Past},
    expect::{gives, keeps},
    fault::Fault,
    oracle::Lean,
    stage_test::{At, Gone, StageTest},
};

const MASKED: f32 = f32::NEG_INFINITY;

/// Makes everything that is one entry per stage from the list of their files.
macro_rules! stage_tests {
    ($($file:ident),+ $(,)?) => { pastey::paste! {
        $(mod $file;)+

        /// The checks of all stages.
        pub(crate) fn checks<B: Backend>() -> Vec<Check<B>> {
            [$($file::checks(),)+ softmax::checks(), draw::checks(), order::checks()].concat()
        }

        /// A mistake in the rule of a stage.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub(crate) enum StageFault {
            $([<$file:camel>](<stages::[<$file:camel>] as StageTest>::Fault),)+
        }

        /// Every mistake of every stage.
        pub(crate) fn faults() -> Vec<StageFault> {
            let mut faults = Vec::new();
            $(faults.extend(stages::[<$file:camel>]::FAULTS.iter().copied().map(StageFault::[<$file:camel>]));)+
            faults
        }

        impl StageFault {
            /// The file of its stage.
            pub(crate) fn file(self) -> &'static str {
                match self { $(Self::[<$file:camel>](_) => stringify!($file),)+ }
            }
        }

        /// Each kernel of a stage with its [`StageTest::SPOILED`].
        #[cfg(not(target_os = "wasi"))]
        pub(crate) fn spoiled() -> Vec<(&'static str, &'static str, &'static str)> {
            let all = [$(stages::[<$file:camel>]::SPOILED.map(|(from, to)| (stringify!($file), from, to)),)+];
            all.into_iter().flatten().collect()
        }

        /// Each kernel of a stage with its [`StageTest::MUTANTS`].
        #[cfg(not(target_os = "wasi"))]
        pub(crate) fn mutants() -> Vec<(&'static str, &'static str, &'static str)> {
            let mut mutants = Vec::new();
            $(mutants.extend(stages::[<$file:camel>]::MUTANTS.iter().map(|&(from, to)| (stringify!($file), from, to)));)+
            mutants
        }

        /// Settings that switch on every stage.
        pub(crate) fn all_on() -> Vec<(&'static str, Value)> {
            [$(stages::[<$file:camel>]::on(),)+].concat()
        }

        /// See [`StageTest::oracle`].
        pub(crate) fn oracle(stage: &Stage, x: &mut [f32], past: &Past, lean: Lean) -> bool {
            match stage { $(Stage::[<$file:camel>](stage) => stage.oracle(x, past, lean),)+ }
        }

        /// See [`StageTest::value_slack`].
        pub(crate) fn value_slack(stage: &Stage, x: &[f32]) -> (f64, f64) {
            match stage { $(Stage::[<$file:camel>](stage) => stage.value_slack(x),)+ }
        }

        /// See [`StageTest::plain`].
        pub(crate) fn plain(stage: &Stage, x: &mut [f32], at: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
            match stage { $(Stage::[<$file:camel>](stage) => stage.plain(x, at, own_fault!([<$file:camel>], fault)),)+ }
        }

        /// See [`StageTest::allows`].
        pub(crate) fn allows(stage: &Stage, at: &At<'_>, fault: Option<Fault>) -> Option<String> {
            match stage { $(Stage::[<$file:camel>](stage) => stage.allows(at, own_fault!([<$file:camel>], fault)),)+ }
        }

        /// See [`StageTest::refuse`].
        pub(crate) fn refuse(stage: &Stage, history: &History, vocab_size: usize) -> Result<()> {
            match stage { $(Stage::[<$file:camel>](stage) => stage.refuse(history, vocab_size),)+ }
        }

        /// See [`StageTest::evidence`].
        pub(crate) fn evidence(stage: &Stage, gone: &Gone<'_>) -> Outcome {
            match stage { $(Stage::[<$file:camel>](stage) => stage.evidence(gone),)+ }
        }
    } };
}

/// The fault, where it is one of this stage.
macro_rules! own_fault {
    ($stage:ident, $fault:expr) => {
        match $fault {
            Some(Fault::Stage(StageFault::$stage(fault))) => Some(fault),
            _ => None,
        }
    };
}

stage_tests! {
    bias, bad_words, constraint, penalties, dry, no_repeat_ngram, top_n_sigma, temperature, quadratic, top_k, top_h, top_p, min_p, top_a, typical_p,
    epsilon_cutoff, eta_cutoff, xtc, mirostat, adaptive_p
}

mod order {
    use super::*;

    crate::support::checks!(order_changes_results, order_changes_values);

    fn order_changes_results<B: Backend>(backend: &mut B) -> Outcome {
        let new = |name| Case::new(name, [3.0, 2.0, 1.0]);
        let four = |name| Case::of_probabilities(name, &[0.4, 0.3, 0.2, 0.1]);
        let cases: [(Case, &[u32]); 12] = [
            (new("temperature, then top_p").temperature(0.5).top_p(0.8), &[0]),
            (new("top_p, then temperature").top_p(0.8).temperature(0.5), &[0, 1]),
            (new("temperature, then min_p").temperature(0.5).min_p(0.2), &[0]),
            (new("min_p, then temperature").min_p(0.2).temperature(0.5), &[0, 1]),
            (four("top_k, then top_p").top_k(2).top_p(0.5), &[0]),
            (four("top_p, then top_k").top_p(0.5).top_k(2), &[0, 1]),
            (four("top_p, then min_p").top_p(0.75).min_p(0.6), &[0, 1]),
            (four("min_p, then top_p").min_p(0.6).top_p(0.5), &[0]),
            (new("bias, then top_k").bias(&[(2, 5.0)]).top_k(1), &[2]),
            (new("top_k, then bias").top_k(1).bias(&[(2, 5.0)]), &[0]),
            (new("penalties, then top_k").penalties(4.0, 0.0, 0.0).top_k(1).past(&[0], &[]), &[1]),
            (new("top_k, then penalties").top_k(1).penalties(4.0, 0.0, 0.0).past(&[0], &[]), &[0]),
        ];
        cases.iter().try_for_each(|(case, kept)| keeps(backend, case, kept))
    }

    fn order_changes_values<B: Backend>(backend: &mut B) -> Outcome {
        let new = |name| Case::new(name, [2.0, 1.0, -1.0]).past(&[], &[0, 2]);
        let cases = [
            (new("bias, then temperature").bias(&[(1, 3.0)]).temperature(0.5), [4.0, 8.0, -2.0]),
            (new("temperature, then bias").temperature(0.5).bias(&[(1, 3.0)]), [4.0, 5.0, -2.0]),
            (new("penalties, then temperature").penalties(2.0, 1.0, 0.5).temperature(0.5), [-1.0, 2.0, -7.0]),
            (new("temperature, then penalties").temperature(0.5).penalties(2.0, 1.0, 0.5), [0.5, 2.0, -5.5]),
            (new("bias, then penalties").bias(&[(2, 2.0)]).penalties(2.0, 0.0, 0.0), [1.0, 1.0, 0.5]),
            (new("penalties, then bias").penalties(2.0, 0.0, 0.0).bias(&[(2, 2.0)]), [1.0, 1.0, 0.0]),
            (
                new("top_k, then temperature, then bias").top_k(2).temperature(0.25).bias(&[(1, 1.0)]),
                [8.0, 5.0, MASKED],
            ),
        ];
        cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
    }
}
