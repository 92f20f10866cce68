//! Table tests: a file per stage, a line per case. The order of stages is here.

mod adaptive_p;
mod bad_words;
mod bias;
mod constraint;
mod draw;
mod dry;
mod epsilon_cutoff;
mod eta_cutoff;
mod min_p;
mod mirostat;
mod no_repeat_ngram;
mod penalties;
mod softmax;
mod temperature;
mod top_h;
mod top_k;
mod top_n_sigma;
mod top_p;
mod typical_p;
mod xtc;

use logitlab::backend::Backend;

use crate::support::{
    Check, Outcome,
    case::Case,
    expect::{gives, keeps},
};

const MASKED: f32 = f32::NEG_INFINITY;

/// The checks of all stages.
pub(crate) fn checks<B: Backend>() -> Vec<Check<B>> {
    [
        bias::checks(),
        bad_words::checks(),
        constraint::checks(),
        penalties::checks(),
        dry::checks(),
        no_repeat_ngram::checks(),
        temperature::checks(),
        top_k::checks(),
        top_n_sigma::checks(),
        top_h::checks(),
        top_p::checks(),
        min_p::checks(),
        typical_p::checks(),
        epsilon_cutoff::checks(),
        eta_cutoff::checks(),
        xtc::checks(),
        mirostat::checks(),
        adaptive_p::checks(),
        softmax::checks(),
        draw::checks(),
        order::checks(),
    ]
    .concat()
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
