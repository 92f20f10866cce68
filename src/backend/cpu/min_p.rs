//! min_p: keep tokens at least min_p times as probable as the best. (V) → (V), the rest is masked.
//!
//! p_i ≥ min_p · p_max, in log space x_i − max ≥ ln(min_p), so no exponential is taken. The best token is always kept.
//! Off at null and 0. Source: Nguyen et al. 2024 (min-p). Test: tests/it/stages/min_p.rs.

use super::row::RowState;
use crate::{error::Result, lanes::Lanes};

pub(super) fn apply<L: Lanes>(row: &mut RowState<'_>, min_p: f64) -> Result<()> {
    let max = row.scale::<L>()?.max;
    let limit = log_limit(min_p);
    row.keep_where::<L>(&|x| x - max >= limit)
}

/// ln(min_p), the distance from the best logit that is still kept.
#[allow(clippy::cast_possible_truncation, reason = "logits are f32, so their distance is compared in f32")]
pub(in crate::backend) fn log_limit(min_p: f64) -> f32 {
    libm::log(min_p) as f32
}
