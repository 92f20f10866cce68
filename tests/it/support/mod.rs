//! What the checks share: an executor for futures that are ready, one row to sample, and the outcome of a check.
//!
//! A check is a function over any [`Backend`] that returns an [`Outcome`]; it never panics, so that a mutant which fails it
//! can be told from a broken test, on targets without unwinding too.

pub(crate) mod case;
pub(crate) mod compare;
pub(crate) mod expect;
pub(crate) mod fault;
pub(crate) mod gguf_file;
pub(crate) mod grammar;
pub(crate) mod inputs;
pub(crate) mod judge;
pub(crate) mod judge_trace;
pub(crate) mod oracle;
pub(crate) mod plain;
pub(crate) mod plain_gpt;
mod plain_trace;
#[cfg(not(target_os = "wasi"))]
pub(crate) mod random_gpt;
pub(crate) mod rules;
pub(crate) mod settings;
pub(crate) mod stage_test;
pub(crate) mod suite;
pub(crate) mod sweep;
pub(crate) mod tree;

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use logitlab::{
    backend::{Backend, Detail, Row, Step},
    error::Result,
    history::History,
    plan::Plan,
    rng::Draw,
};

/// What a check found: nothing, or a sentence that names the case and both numbers.
pub(crate) type Outcome = std::result::Result<(), String>;

/// A check by name.
pub(crate) type Check<B> = (&'static str, fn(&mut B) -> Outcome);

/// Leaves the check with a message unless the condition holds. A comparison with NaN does not hold.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}
pub(crate) use ensure;

/// Lists the checks of a file for `suite.rs` and makes a test of each on the CPU backend.
macro_rules! checks {
    ($($check:ident),+ $(,)?) => {
        /// The checks of this file.
        pub(crate) fn checks<B: logitlab::backend::Backend>() -> Vec<$crate::support::Check<B>> {
            vec![$((concat!(module_path!(), "::", stringify!($check)), $check)),+]
        }

        mod on_cpu {
            $(
                #[test]
                fn $check() {
                    $crate::support::pass(super::$check(&mut logitlab::cpu::CpuBackend::new()));
                }
            )+
        }
    };
}
pub(crate) use checks;

/// Ends a test with the sentence a check left.
#[track_caller]
pub(crate) fn pass(outcome: Outcome) {
    if let Err(message) = outcome {
        panic!("{message}");
    }
}

/// Runs a future that is ready when first polled, as those of the CPU are.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future was not ready when first polled"),
    }
}

/// The token, with all of its trace where one is wanted.
pub(crate) fn detail_of(want_trace: bool) -> Detail {
    if want_trace { Detail::Evidence } else { Detail::Token }
}

/// One step of one row of V logits; the caller's logits stay as they are.
pub(crate) fn sample_row<B: Backend>(
    backend: &mut B,
    logits: &[f32],
    plan: &Plan,
    history: &History,
    draw: Draw<'_>,
    want_trace: bool,
) -> Result<Step> {
    let mut out = Vec::with_capacity(1);
    block_on(backend.step(&mut logits.to_vec(), &[Row { plan, history, draw }], detail_of(want_trace), &mut out))?;
    assert_eq!(out.len(), 1, "one row must give one step");
    Ok(out.remove(0))
}
