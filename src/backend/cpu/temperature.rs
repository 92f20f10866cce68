//! temperature: x / T, a true f32 division. (V) → (V).
//!
//! Off at T = 1. T < 1 sharpens, T > 1 flattens. T = 0 is greedy and never gets here: see draw.rs.
//! Edge: a T so small that max / T overflows is an error. On the whole row the division is done where a value is needed,
//! with the same rounding. Source: the notebook. Test: tests/it/stages/temperature.rs.

use super::row::RowState;
use crate::{error::Result, lanes::Lanes};

pub(super) fn apply<L: Lanes>(row: &mut RowState<'_>, temperature: f32) -> Result<()> {
    row.divide::<L>(temperature)
}
