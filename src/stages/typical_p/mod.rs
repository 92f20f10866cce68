//! typical_p: keep the tokens whose surprise is nearest the entropy, until they have the mass τ. (V) → (V), the rest is masked.
//!
//! s = |−log2 p − H|, ascending; the smallest prefix with mass ≥ τ stays, and all ties with its last s. So the most likely token may go; the
//! most typical one stays. Off at null and τ ≥ 1. p and H are those of what is still there. In integers, the same on every device:
//! s = |q − mean q| in steps (rows/surprise.rs), and a token goes when the mass before it is at least ⌊τ · Σm⌋. Where s or a sum of masses is within
//! the bands of docs/numerics.md other arithmetic may differ. Source: Meister et al. 2022. Test: tests/it/stages/typical_p.rs.

use super::{
    Amount, Edit, Given, Kind, Passed, Ranked, Reason, Setting, Shows, Slider, Spec, StageRules, System, shortest,
    tokens, top_p::share,
};
use crate::{
    core::{error::Result, number::split_u64, order::sort_by_key, token::TokenId},
    lanes::Lanes,
    rows::{RowState, softmax::scaled, surprise::Band, tally::last_within},
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
        about: "Keeps the tokens whose surprise is nearest the entropy, until together they have the probability τ.",
        filter: true,
        reason: "{evidence} bits from the entropy, more than {number}",
        brief: "not typical",
        shows: Shows::FromEntropy,
        sampler: "typ_p",
        settings: &[Setting {
            name: "typical_p",
            label: "Typical-p",
            about: "Keeps the tokens whose surprise is nearest the entropy, until together they have this probability.",
            kind: Kind::Probability,
            off: Some(1.0),
            below: "the most typical tokens that together have {percent}",
            symbol: "τ",
            does: "keep typical {percent}",
            slider: Slider::linear(0.0, 1.0, 0.01),
            elsewhere: &[(System::Transformers, "typical_p"), (System::LlamaCpp, "--typical")],
            differs: &[(System::LlamaCpp, "Tokens as typical as the last one kept are dropped there and kept here.")],
            also: &[("typical", ""), ("typp", ""), ("typicalsampling", "")],
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
        let typical = typical::<L>(row, self.0)?;
        row.retain_where(|value| typical.has(value));
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
        let evidence = passed.asked.iter().map(|&id| bits(id) as f32).collect();
        let (gone, entropy) = (tokens(passed.removed.len()), nats * std::f64::consts::LOG2_E);
        let rule =
            format!("removed {gone} whose surprise is more than {limit:.3} bits from the entropy, {entropy:.3} bits");
        Reason { evidence, limit, rule }
    }
}

/// The values that stay: as near the entropy as the token before which the mass is still below τ of all. Lists the tokens that are not less likely than
/// those may be.
fn typical<L: Lanes>(row: &mut RowState<'_>, p: f64) -> Result<Band> {
    let (surprise, tally) = row.tally_surprise::<L>()?;
    let limit = scaled(tally.total(), share(p)).saturating_sub(1);
    // What is nearer than `from` stays, and is not ranked.
    let (from, to) = tally.crossing_around(surprise.mean, limit);
    let near = surprise.around_entropy(to);
    let nearer = if from == 0 { Band::EMPTY } else { surprise.around_entropy(from - 1) };
    row.keep_where::<L>(&|value| value >= near.from)?;
    row.list_masses::<L>()?;
    let mut ranked = std::mem::take(&mut row.scratch.ranked);
    let (_, values, masses) = row.weighted();
    let mut before = 0;
    ranked.clear();
    for (position, (&value, &mass)) in (0_u64..).zip(values.iter().zip(masses)) {
        let is_nearer = nearer.has(value);
        before += u64::from(mass) * u64::from(is_nearer);
        if !is_nearer & near.has(value) {
            ranked.push(u64::from(surprise.distance_from_entropy(value)) << 32 | position);
        }
    }
    let last = last_within(&mut ranked, |ix| u64::from(masses[ix]), before, limit)
        .expect("the mass before some token is below a part of all");
    row.scratch.ranked = ranked;
    #[allow(clippy::cast_possible_truncation, reason = "the high half of a rank")]
    Ok(surprise.around_entropy((last >> 32) as u32))
}
