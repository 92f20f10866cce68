//! Plans as the shaders read them: a row of parameters per stage and row of the batch, or one for the whole plan when it is a common one.

use super::layout::{self, COIN, Edit, GREEDY, RACE, words};
use crate::{
    backend::{Row, cpu},
    plan::Stage,
    rng::Draw,
};

const DRAW: u32 = 8;
const FUSED: u32 = 9;

/// The plans of a batch.
#[derive(Debug, Default)]
pub(super) struct Plans {
    /// (positions, B).
    pub rows: Vec<layout::Row>,
    /// Those of all rows and positions.
    pub edits: Vec<Edit>,
    /// The kinds that occur at each position.
    pub kinds: Vec<Vec<u32>>,
    /// Some row divides by a temperature.
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
            let draw = draw_kind(row, vocab_size)?;
            let mut list = Vec::new();
            let mut whole = layout::Row { kind: FUSED, ..layout::Row::default() };
            for stage in &row.plan.stages {
                let is_edit = matches!(stage, Stage::Bias(_) | Stage::Penalties(_));
                if fused && !is_edit {
                    set(&mut whole, stage, vocab_size);
                } else {
                    list.push(plans.entry(stage, row, vocab_size)?);
                }
            }
            let mut last = if fused { whole } else { layout::Row { kind: DRAW, ..layout::Row::default() } };
            last.draw = draw;
            if let Draw::Coin(coin) = row.draw {
                last.coin = words(coin);
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
            let occurs = |kind: &u32| position.iter().any(|row| row.kind == *kind);
            self.kinds.push((1..=FUSED).filter(occurs).collect());
        }
    }

    /// One stage on its own.
    fn entry(&mut self, stage: &Stage, row: &Row<'_>, vocab_size: usize) -> Option<layout::Row> {
        let mut entry = layout::Row { edits_from: count(self.edits.len()), ..layout::Row::default() };
        match stage {
            Stage::Bias(bias) => {
                entry.kind = 1;
                if bias.iter().any(|&(id, b)| id as usize >= vocab_size || b.is_nan() || b == f32::INFINITY) {
                    return None;
                }
                let from = self.edits.len();
                self.edits.extend(bias.iter().map(|&(id, b)| Edit { id, amount: b.to_bits(), ..Edit::default() }));
                self.edits[from..].sort_by_key(|edit| edit.id);
            }
            Stage::Penalties(penalties) => {
                entry.kind = 2;
                let from = self.edits.len();
                self.edits.extend(row.history.counts().map(|(id, count)| {
                    let amount = -cpu::penalty_amount(*penalties, count);
                    Edit { id, factor: penalties.repetition.to_bits(), amount: amount.to_bits(), unused: 0 }
                }));
                let is_fine = |edit: &Edit| (edit.id as usize) < vocab_size && f32::from_bits(edit.amount).is_finite();
                if !self.edits[from..].iter().all(is_fine) || !is_factor(penalties.repetition) {
                    return None;
                }
            }
            Stage::Temperature(t) if !is_factor(*t) => return None,
            _ => {
                entry.kind = set(&mut entry, stage, vocab_size);
                self.has_temperature |= matches!(stage, Stage::Temperature(_));
            }
        }
        entry.edits_to = count(self.edits.len());
        Some(entry)
    }
}

/// Whether the fused kernels can do this plan: the default order, each stage at most once, no race.
pub(super) fn is_common(row: &Row<'_>) -> bool {
    let ranks = row.plan.stages.iter().map(|stage| match stage {
        Stage::Bias(_) => 0,
        Stage::Penalties(_) => 1,
        Stage::Temperature(_) => 2,
        Stage::TopK(_) => 3,
        Stage::TopP(_) => 4,
        Stage::MinP(_) => 5,
    });
    let temperatures = row.plan.stages.iter().filter_map(|stage| match stage {
        Stage::Temperature(t) => Some(*t),
        _ => None,
    });
    ranks.is_sorted_by(|a, b| a < b) && temperatures.into_iter().all(is_factor) && !matches!(row.draw, Draw::Race(_))
}

/// A divisor that the shaders take.
fn is_factor(x: f32) -> bool {
    x > 0.0 && x.is_finite()
}

/// Writes a stage's parameters down and returns its number.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "p < 1, so p · 2^64 is a u64")]
fn set(row: &mut layout::Row, stage: &Stage, vocab_size: usize) -> u32 {
    match stage {
        Stage::Temperature(t) => {
            row.temperature = t.to_bits();
            row.slack = (t * f32::from_bits(0x0000_0004)).max(1e-36).to_bits();
            3
        }
        Stage::TopK(k) => {
            row.k = if *k < vocab_size { count(*k) } else { 0 };
            if row.k == 0 { 0 } else { 4 }
        }
        Stage::TopP(p) if *p >= 1.0 => 0,
        Stage::TopP(p) => {
            row.p = words(cpu::share(*p));
            5
        }
        Stage::MinP(min_p) if *min_p <= 0.0 => 0,
        Stage::MinP(min_p) => {
            row.min_p = cpu::log_limit(*min_p).to_bits();
            6
        }
        Stage::Bias(_) | Stage::Penalties(_) => 0,
    }
}

fn draw_kind(row: &Row<'_>, vocab_size: usize) -> Option<u32> {
    match row.draw {
        _ if row.plan.greedy => Some(GREEDY),
        Draw::Coin(_) => Some(COIN),
        Draw::Race(noise) if noise.len() == vocab_size => Some(RACE),
        Draw::Race(_) | Draw::None => None,
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a count of tokens or edits is a u32")]
fn count(n: usize) -> u32 {
    n as u32
}
