//! top_h: keep the most likely tokens that together have the share h of the entropy. (V) → (V), the rest is masked.
//!
//! w = −p · log2 p; the most likely first (of equals the lowest id first), while Σ w ≤ h · H; the most likely token stays in every case.
//! Off at null and h ≥ 1. p and H are those of what is still there. In integers, the same on every device: w = ⌊m · s / 2^24⌋ with the mass m
//! (rows/softmax.rs) and the surprise s in steps (rows/surprise.rs), and the sum may reach ⌊h · Σ w⌋. Where a sum is within the band of
//! docs/numerics.md of the limit other arithmetic may differ. Cost: two reads of the row, and a selection.
//! Source: Top-H (Baghaei Potraghloo et al. 2025). Test: tests/it/stages/top_h.rs.

use super::{
    Amount, Edit, Given, Kind, Passed, Ranked, Reason, Setting, Shows, Slider, Spec, StageRules, System, shortest,
    tokens, top_p::share,
};
use crate::{
    core::{error::Result, number::split_u64, token::TokenId},
    lanes::{Lanes, WIDTH},
    rows::{
        RowState,
        scan::{self, position, rank, value_of},
        softmax::scaled,
        surprise::{Surprise, steps_below_top},
        tally::{Weigh, bin_of_steps, last_within},
    },
};

/// h in [0, 1]; 1 is off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopH(pub f64);

impl Default for TopH {
    fn default() -> Self {
        Self(1.0)
    }
}

impl StageRules for TopH {
    const SPEC: Spec = Spec {
        name: "top_h",
        label: "Top-h",
        about: "Keeps the most likely tokens that together hold a part of the entropy.",
        filter: true,
        reason: "with it {evidence_percent} of the entropy, more than {percent}",
        brief: "{number} passed",
        shows: Shows::RunningEntropy,
        settings: &[Setting {
            name: "top_h",
            label: "Top-h",
            about: "Keeps the most likely tokens that together hold this part of the entropy.",
            kind: Kind::Probability,
            off: Some(1.0),
            below: "the most likely tokens that together have {percent} of the entropy",
            symbol: "h",
            does: "keep {percent} of H",
            slider: Slider::linear(0.0, 1.0, 0.01),
            elsewhere: &[(System::Transformers, "top_h")],
            differs: &[(System::Transformers, "transformers looks at the 100 most likely tokens only.")],
            ..Setting::PLAIN
        }],
        ..Spec::PLAIN
    };

    fn set(&mut self, _: &str, value: Amount) {
        self.0 = value.number();
    }

    fn examples() -> [Self; 2] {
        [Self(0.4), Self(0.9)]
    }

    fn is_off(&self) -> bool {
        self.0 >= 1.0
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, _: &Given<'_>) -> Result<()> {
        let surprise = Surprise::of::<L>(row)?;
        let last = last_kept::<L>(row, surprise, self.0)?;
        row.retain_to(last.0, last.1);
        Ok(())
    }

    fn gpu(&self, _: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        let [low, high] = split_u64(share(self.0));
        Some([low, high, 0, 0])
    }

    /// transformers looks at the 100 most likely tokens only, and at their entropy.
    fn reference(&self, row: &mut Ranked, system: System) {
        if system == System::Transformers {
            row.n = row.n.min(100);
        }
        let limit = self.0 * row.entropy();
        let (mut n, mut sum) = (0, 0.0);
        for p in row.probabilities() {
            sum += if p > 0.0 { -p * libm::log(p) } else { 0.0 };
            if n > 0 && sum > limit {
                break;
            }
            n += 1;
        }
        row.n = n;
    }

    fn setting(&self) -> String {
        format!("top_h = {}", shortest(self.0))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let (gone, h) = (tokens(passed.removed.len()), shortest(self.0));
        let bits = passed.entropy() * std::f64::consts::LOG2_E;
        let rule = format!("removed {gone}: the more likely ones have {h} of the entropy, {bits:.3} bits");
        Reason { evidence: running_entropy(passed), limit: self.0, rule }
    }
}

/// The most likely first, by their parts of the entropy.
struct Parts(Surprise);

impl Weigh for Parts {
    #[inline(always)]
    fn keys<L: Lanes>(exponents: L) -> [u32; WIDTH] {
        steps_below_top(exponents)
    }

    #[inline(always)]
    fn bin(&self, key: u32) -> usize {
        bin_of_steps(key)
    }

    #[inline(always)]
    fn weight(&self, key: u32, mass: u32) -> u64 {
        self.0.weight(mass, key)
    }
}

/// Value and id of the last token that stays. Lists the tokens down to the bin that holds it.
fn last_kept<L: Lanes>(row: &mut RowState<'_>, surprise: Surprise, h: f64) -> Result<(f32, TokenId)> {
    let max = row.scale::<L>()?.max;
    let tally = row.tally::<L, _>(&Parts(surprise))?;
    let limit = scaled(tally.total(), share(h));
    let (bin, before) = tally.crossing(limit);
    if limit == 0 {
        row.keep_where::<L>(&|value| value >= max)?;
        let (ids, _) = row.list().expect("a list was made above");
        return Ok((max, ids[0]));
    }
    let bin_of = |value| bin_of_steps(surprise.below_top(value));
    row.keep_where::<L>(&|value| bin_of(value) <= bin)?;
    row.list_masses::<L>()?;
    let mut ranked = std::mem::take(&mut row.scratch.ranked);
    let (ids, values, masses) = row.weighted();
    let ranks = || (0..).zip(values).map(|(position, &value)| rank(position, value));
    ranked.clear();
    ranked.extend(ranks().filter(|&rank| bin_of(value_of(rank)) == bin));
    let weight = |ix: usize| surprise.weight(masses[ix], surprise.below_top(values[ix]));
    // The first token that goes is the last one before which the sum is within the limit. What ranks before it may be of another bin.
    let first_out = last_within(&mut ranked, weight, before, limit).expect("the limit is below the sum");
    let last = ranks().filter(|&rank| rank < first_out).max().unwrap_or(first_out);
    let found = (value_of(last), ids[position(last)]);
    row.scratch.ranked = ranked;
    Ok(found)
}

/// For each removed token, the part of the entropy of all tokens down to it.
fn running_entropy(passed: &Passed<'_>) -> Vec<f32> {
    if passed.asked.is_empty() {
        return Vec::new();
    }
    let surprise = passed.surprise();
    let left = (0..).zip(passed.before).filter(|(_, x)| **x > f32::NEG_INFINITY);
    let mut upto = vec![0.0; passed.before.len()];
    let mut sum = 0.0;
    for ix in scan::sorted(left.map(|(id, &x)| rank(id, x)).collect()).into_iter().map(position) {
        #[allow(clippy::cast_possible_truncation, reason = "a token id is a u32")]
        let id = ix as TokenId;
        sum += passed.probability(id) * surprise(id);
        upto[ix] = sum;
    }
    let part = |upto: f64| if sum > 0.0 { upto / sum } else { 1.0 };
    #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
    passed.asked.iter().map(|&id| part(upto[id as usize]) as f32).collect()
}
