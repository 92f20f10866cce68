//! A plan for many steps of some rows: the same stages, another random number each time.

use super::super::{
    layout::{self, COIN},
    plans::{Plans, is_common},
    step::word,
};
use crate::{
    backend::{
        Row,
        decode::{Context, Decode},
    },
    core::{history::History, number::split_u64},
    rng::{Draw, Philox},
};

/// The plan of some rows for some steps.
pub(super) struct Sampling {
    /// Those of one step.
    pub plans: Plans,
    /// (steps · positions, B), each with its random number.
    pub table: Vec<layout::Row>,
    pub fused: bool,
}

impl Sampling {
    /// None when the plan is one that the CPU refuses.
    pub(super) fn of(
        decode: &Decode<'_>,
        contexts: &[Context<'_>],
        vocab_size: usize,
        n: usize,
        fuses: bool,
    ) -> Option<Self> {
        let history = History::default();
        let row = |context| Row { plan: decode.plan, history: &history, draw: draw_at(decode, context, 0) };
        let rows: Vec<Row<'_>> = contexts.iter().map(row).collect();
        let fused = fuses && rows.iter().all(is_common);
        let plans = Plans::of(&rows, vocab_size, fused)?;
        let mut table = Vec::with_capacity(n * plans.rows.len());
        for step in 0..n {
            if step > 0 && decode.plan.has_chance() {
                // What a stage does by chance it may do in another step.
                let draw = |context| draw_at(decode, context, step);
                let row = |context| Row { plan: decode.plan, history: &history, draw: draw(context) };
                table.extend(Plans::of(&contexts.iter().map(row).collect::<Vec<_>>(), vocab_size, fused)?.rows);
            } else {
                table.extend_from_slice(&plans.rows);
            }
            let last = table.len() - contexts.len();
            for (row, context) in table[last..].iter_mut().zip(contexts).filter(|(row, _)| row.draw == COIN) {
                if let Draw::Coin(coin) = draw_at(decode, context, step) {
                    row.coin = split_u64(coin);
                }
            }
        }
        Some(Self { plans, table, fused })
    }
}

/// The randomness of one row in one step, counted from the first.
pub(super) fn draw_at(decode: &Decode<'_>, context: &Context<'_>, step: usize) -> Draw<'static> {
    if decode.plan.greedy {
        return Draw::None;
    }
    Draw::Coin(Philox::coin(decode.seed, decode.first_step.wrapping_add(word(step)), context.row))
}
