//! Plans as the shaders read them: a row of parameters per stage and row of the batch, or one for the whole plan when it is a common one.

use super::{
    kernels::Kernel,
    layout::{self, COIN, Edit, FUSED, GREEDY},
};
use crate::{
    backend::Row,
    core::{number::split_u64, order::sort_by_key},
    rng::Draw,
    stages::{Cut, Stage},
};

/// The plans of a batch.
#[derive(Debug, Default)]
pub(super) struct Plans {
    /// (positions, B).
    pub rows: Vec<layout::Row>,
    /// Those of all rows and positions.
    pub edits: Vec<Edit>,
    /// The kinds that occur at each position.
    pub kinds: Vec<Vec<u32>>,
    /// Some fused row divides by a temperature.
    pub has_temperature: bool,
    /// Some fused row needs the mass of all its tokens.
    pub needs_sums: bool,
    /// Some fused row has a top_k or a top_p.
    pub has_filter: bool,
}

impl Plans {
    /// Writes the plans down. `fused`: in the fused form, which [`is_common`] allows. None when some plan is one that the CPU refuses.
    pub(super) fn of(rows: &[Row<'_>], vocab_size: usize, fused: bool) -> Option<Self> {
        let mut plans = Self::default();
        let mut lists = Vec::with_capacity(rows.len());
        for row in rows {
            let (kernel, draw) = ending(row, vocab_size)?;
            let mut list = Vec::new();
            let mut whole = layout::Row { kind: FUSED, ..layout::Row::default() };
            for stage in &row.plan.stages {
                match stage.fused().filter(|cut| fused && *cut != Cut::Edits) {
                    Some(_) if stage.is_off() => {}
                    Some(cut) => set(&mut whole, cut, vocab_size),
                    None => list.push(plans.entry(stage, row, vocab_size)?),
                }
            }
            let mut last = if fused { whole } else { layout::Row { kind: kernel.kind(), ..layout::Row::default() } };
            last.draw = draw;
            if let Draw::Coin(coin) = row.draw {
                last.coin = split_u64(coin);
            }
            plans.has_temperature |= last.temperature != layout::Row::default().temperature;
            if fused && draw == COIN {
                let has_p = last.p != layout::Row::default().p;
                plans.needs_sums |= last.k == 0;
                plans.has_filter |= last.k != 0 || has_p;
            }
            lists.push((list, last));
        }
        plans.arrange(&lists);
        Some(plans)
    }

    /// From a list per row to a table (positions, B), the draw at the last position of all.
    fn arrange(&mut self, lists: &[(Vec<layout::Row>, layout::Row)]) {
        let n_stages = lists.iter().map(|(list, _)| list.len()).max().unwrap_or(0);
        let none = layout::Row::default();
        for position in 0..n_stages {
            self.rows.extend(lists.iter().map(|(list, _)| list.get(position).copied().unwrap_or(none)));
        }
        self.rows.extend(lists.iter().map(|(_, last)| *last));
        for position in self.rows.chunks(lists.len()) {
            let mut kinds = Vec::new();
            for row in position {
                if row.kind != 0 && !kinds.contains(&row.kind) {
                    kinds.push(row.kind);
                }
            }
            sort_by_key(&mut kinds, |&kind| u64::from(kind));
            self.kinds.push(kinds);
        }
    }

    /// The kernels of one position, in order.
    pub(super) fn kernels_at(&self, position: usize) -> impl Iterator<Item = Kernel> {
        let has_cut_temperature = self.has_filter && self.has_temperature;
        let fused = [
            (Kernel::Scan, true),
            (Kernel::Sums, self.needs_sums),
            (Kernel::Finish, true),
            (Kernel::Temperature, has_cut_temperature),
            (Kernel::Fallback, self.has_filter),
        ];
        self.kinds[position].iter().flat_map(move |&kind| match kind {
            FUSED => fused.iter().filter(|(_, is_needed)| *is_needed).map(|(kernel, _)| *kernel).collect(),
            kind => vec![Kernel::ALL[kind as usize - 1]],
        })
    }

    /// Those of all positions.
    pub(super) fn kernels(&self) -> impl Iterator<Item = Kernel> {
        (0..self.kinds.len()).flat_map(|position| self.kernels_at(position))
    }

    /// One stage on its own.
    fn entry(&mut self, stage: &Stage, row: &Row<'_>, vocab_size: usize) -> Option<layout::Row> {
        if stage.is_off() {
            return Some(layout::Row::default());
        }
        let edits_from = count(self.edits.len());
        let params = stage.gpu(&row.given(), vocab_size, &mut self.edits)?;
        let edits_to = count(self.edits.len());
        Some(layout::Row {
            kind: Kernel::of(stage.name()).kind(),
            params,
            edits_from,
            edits_to,
            ..layout::Row::default()
        })
    }
}

/// Whether the fused kernels can do this plan: edits, then each cut at most once and in their order, no race.
pub(super) fn is_common(row: &Row<'_>) -> bool {
    let rank = |cut| match cut {
        Cut::Edits => 0,
        Cut::Divide(_) => 1,
        Cut::Count(_) => 2,
        Cut::Mass(_) => 3,
        Cut::Value(_) => 4,
    };
    let ranks: Option<Vec<u32>> = row.plan.stages.iter().map(|stage| stage.fused().map(rank)).collect();
    !matches!(row.draw, Draw::Race(_))
        && ranks.is_some_and(|ranks| ranks.is_sorted_by(|a, b| a < b || (*a, *b) == (0, 0)))
}

/// Writes down what the fused kernels are told of a stage.
fn set(row: &mut layout::Row, cut: Cut, vocab_size: usize) {
    match cut {
        Cut::Edits => {}
        Cut::Divide(t) => {
            row.temperature = t.to_bits();
            row.slack = (t * f32::from_bits(0x0000_0004)).max(1e-36).to_bits();
        }
        Cut::Count(k) => row.k = if k < vocab_size { count(k) } else { 0 },
        Cut::Mass(share) => row.p = split_u64(share),
        Cut::Value(lowest) => row.value_cut = lowest.to_bits(),
    }
}

/// The kernel that ends a plan of stages, and how it draws. None for randomness that the CPU refuses.
fn ending(row: &Row<'_>, vocab_size: usize) -> Option<(Kernel, u32)> {
    match row.draw {
        _ if row.plan.greedy => Some((Kernel::Draw, GREEDY)),
        Draw::Coin(_) => Some((Kernel::Draw, COIN)),
        Draw::Race(noise) if noise.len() == vocab_size => Some((Kernel::Race, GREEDY)),
        Draw::Race(_) | Draw::None => None,
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a count of tokens or edits is a u32")]
fn count(n: usize) -> u32 {
    n as u32
}
