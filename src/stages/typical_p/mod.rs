//! typical_p: keep the tokens whose surprise is nearest the entropy, until they have the mass τ. (V) → (V), the rest is masked.
//!
//! s = |−log2 p − H|, ascending; the smallest prefix with mass ≥ τ stays, and all ties with its last s. So the most likely token may go; the
//! most typical one stays. Off at null and τ ≥ 1. p and H are those of what is still there. In integers, the same on every device:
//! s = |q − mean q| in steps (rows/surprise.rs), and a token goes when the mass before it is at least ⌊τ · Σm⌋. Where s or a sum of masses is within
//! the bands of docs/numerics.md other arithmetic may differ. Source: Meister et al. 2022. Test: tests/it/stages/typical_p.rs.

use super::{
    Amount, Edit, Given, Kind, Passed, Ranked, Reason, Setting, Shows, Slider, Spec, StageRules, System, shortest,
    tokens,
    top_p::{last_kept, share},
};
use crate::{
    core::{error::Result, number::split_u64, order::sort_by_key, token::TokenId},
    lanes::Lanes,
    rows::{RowState, scan::position, softmax::scaled, surprise::Surprise},
};

/// τ in [0, 1]; 1 is off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TypicalP(pub f64);

impl Default for TypicalP {
    fn default() -> Self {
        Self(1.0)
    }
}

impl StageRules for TypicalP {
    const SPEC: Spec = Spec {
        name: "typical_p",
        label: "Typical-p",
        about: "Keeps the tokens that are about as surprising as the model expects, until they have the probability τ.",
        filter: true,
        reason: "{evidence} bits from the entropy, more than {number}",
        brief: "not typical",
        shows: Shows::FromEntropy,
        sampler: "typ_p",
        settings: &[Setting {
            name: "typical_p",
            label: "Typical-p",
            about: "Keeps the tokens that are about as surprising as the model expects, until they have this probability.",
            kind: Kind::Probability,
            off: Some(1.0),
            below: "the most typical tokens that together have {percent}",
            symbol: "τ",
            does: "keep typical {percent}",
            slider: Slider::linear(0.0, 1.0, 0.01),
            elsewhere: &[(System::Transformers, "typical_p"), (System::LlamaCpp, "--typical")],
            differs: &[(System::LlamaCpp, "Tokens as typical as the last one kept are dropped there and kept here.")],
            ..Setting::PLAIN
        }],
        places: &[(System::LlamaCpp, "top_p")],
        ..Spec::PLAIN
    };

    fn set(&mut self, _: &str, value: Amount) {
        self.0 = value.number();
    }

    fn examples() -> [Self; 2] {
        [Self(0.5), Self(0.95)]
    }

    fn is_off(&self) -> bool {
        self.0 >= 1.0
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, _: &Given<'_>) -> Result<()> {
        let surprise = Surprise::of::<L>(row)?;
        if row.list().is_none() {
            row.keep_where::<L>(&|_| true)?;
        }
        let most = most_kept::<L>(row, surprise, self.0)?;
        row.retain_where(|value| surprise.distance_from_entropy(value) <= most);
        Ok(())
    }

    fn gpu(&self, _: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        let [low, high] = split_u64(share(self.0));
        Some([low, high, 0, 0])
    }

    /// llama.cpp does not keep ties, and goes on when the mass is exactly τ.
    fn reference(&self, row: &mut Ranked, system: System) {
        let (p, entropy) = (row.probabilities(), row.entropy());
        let from_entropy: Vec<f64> = p.iter().map(|p| (-libm::log(*p) - entropy).abs()).collect();
        let mut order: Vec<usize> = (0..row.n).collect();
        // Numbers of at least 0 rank like their bits.
        sort_by_key(&mut order, |&ix| from_entropy[ix].to_bits());
        let is_full = |mass: f64| if system == System::LlamaCpp { mass > self.0 } else { mass >= self.0 };
        let (mut n, mut mass) = (0, 0.0);
        while n < row.n && !(n > 0 && is_full(mass)) {
            mass += p[order[n]];
            n += 1;
        }
        let most = from_entropy[order[n - 1]];
        let mut kept: Vec<bool> = from_entropy.iter().map(|&from| from <= most).collect();
        if system == System::LlamaCpp {
            order[n..].iter().for_each(|&ix| kept[ix] = false);
        }
        row.retain(|ix| kept[ix]);
    }

    fn setting(&self) -> String {
        format!("typical_p = {}", shortest(self.0))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let (surprise, nats) = (passed.surprise(), passed.entropy());
        let bits = |id: TokenId| (surprise(id) - nats).abs() * std::f64::consts::LOG2_E;
        let left = (0..).zip(passed.after).filter(|(_, x)| **x > f32::NEG_INFINITY).map(|(id, _)| bits(id));
        let limit = left.fold(0.0, f64::max);
        #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
        let evidence = passed.removed.iter().map(|&id| bits(id) as f32).collect();
        let (gone, entropy) = (tokens(passed.removed.len()), nats * std::f64::consts::LOG2_E);
        let rule =
            format!("removed {gone} whose surprise is more than {limit:.3} bits from the entropy, {entropy:.3} bits");
        Reason { evidence, limit, rule }
    }
}

/// A longer list is first looked at by sixteenths of a bit.
const SHORT: usize = 1024;
/// Steps of a sixteenth of a bit, as a power of two.
const BIN: u32 = 20;
/// Of 128 bits.
const N_BINS: usize = 2048;

/// The largest distance from the entropy that stays: of the token before which the mass is still below τ of all.
fn most_kept<L: Lanes>(row: &mut RowState<'_>, surprise: Surprise, p: f64) -> Result<u32> {
    let mut ranked = std::mem::take(&mut row.scratch.ranked);
    row.list_masses::<L>()?;
    let (_, values, masses) = row.weighted();
    let limit = scaled(masses.iter().map(|&m| u64::from(m)).sum(), share(p)).saturating_sub(1);
    let distances = || values.iter().map(|&value| surprise.distance_from_entropy(value));
    let (mut above, mut bin) = (0, 0);
    if values.len() > SHORT {
        let mut sums = [0; N_BINS];
        distances().zip(masses).for_each(|(distance, &mass)| sums[(distance >> BIN) as usize] += u64::from(mass));
        while above + sums[bin] <= limit {
            above += sums[bin];
            bin += 1;
        }
    }
    ranked.clear();
    ranked.extend(
        (0_u64..)
            .zip(distances())
            .map(|(position, distance)| u64::from(distance) << 32 | position)
            .filter(|rank| values.len() <= SHORT || (rank >> (32 + BIN)) as usize == bin),
    );
    let last = last_kept(&mut ranked, |ix| u64::from(masses[ix]), above, limit)
        .expect("the mass before some token is below a part of all");
    let most = surprise.distance_from_entropy(values[position(last)]);
    row.scratch.ranked = ranked;
    Ok(most)
}
