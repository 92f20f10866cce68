//! top_p: the nucleus. Sort by (x desc, id asc), take the softmax of what is still there, running sum c; remove i when the sum
//! before i is > p. (V) → (V), the rest is masked. The token that crosses p stays, the first is always kept, p = 0 keeps one.
//!
//! Off at null and p ≥ 1. With integer masses: remove i when S_before > ⌊p · Z⌋. After top_k the masses are those of its survivors.
//! The vocabulary is never sorted. Peaked rows: everything within a few nats of the largest is listed; if its mass exceeds ⌊p·Z⌋ the
//! nucleus lies inside. Flat rows: a histogram of masses by logit finds the bin with the cut, and only that bin is ranked.
//! Where |c − p| ≤ 2^-20 + V·2^-32 (rounding of masses) other arithmetic may cut one token earlier or later.
//! Source: Holtzman et al. 2019, the notebook's edge rule. Test: tests/it/stages/top_p.rs.

use super::{
    Amount, Cut, Edit, Given, Kind, Passed, Ranked, Reason, Setting, Shows, Slider, Spec, StageRules, System, shortest,
    tokens,
};
use crate::{
    core::{error::Result, number::split_u64},
    lanes::Lanes,
    rng::Draw,
    rows::{
        RowState,
        scan::{self, position, rank},
        softmax::{self, CHUNK, Scale, scaled},
        tally::{Masses, Weigh, last_within},
        torch,
    },
};

/// p in [0, 1]; 1 is off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopP(pub f64);

impl Default for TopP {
    fn default() -> Self {
        Self(1.0)
    }
}

impl StageRules for TopP {
    const SPEC: Spec = Spec {
        name: "top_p",
        label: "Top-p",
        about: "Keeps the most likely tokens that together have the probability p.",
        filter: true,
        reason: "more likely tokens already have {evidence_percent}",
        brief: "{number} passed",
        shows: Shows::RunningSum,
        sampler: "top_p",
        settings: &[Setting {
            name: "top_p",
            label: "Top-p",
            about: "Keeps the most likely tokens that together have this probability.",
            kind: Kind::Probability,
            off: Some(1.0),
            above: "",
            below: "the most likely tokens that together have {percent}",
            symbol: "p",
            does: "keep top {percent}",
            slider: Slider::linear(0.0, 1.0, 0.01),
            elsewhere: &[(System::Transformers, "top_p"), (System::Vllm, "top_p"), (System::LlamaCpp, "--top-p")],
            differs: &[(System::Transformers, ON_P), (System::Vllm, ON_P), (System::LlamaCpp, ON_P)],
            also: &[("p", ""), ("nucleus", "")],
            ..Setting::PLAIN
        }],
        ..Spec::PLAIN
    };

    fn set(&mut self, _: &str, value: Amount) {
        self.0 = value.number();
    }

    fn examples() -> [Self; 2] {
        [Self(0.8), Self(0.98)]
    }

    fn is_off(&self) -> bool {
        self.0 >= 1.0
    }

    /// PyTorch's draw gets PyTorch's arithmetic.
    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, given: &Given<'_>) -> Result<()> {
        if matches!(given.draw, Draw::Race(_)) { cut_torch::<L>(row, self.0) } else { cut::<L>(row, self.0) }
    }

    fn gpu(&self, _: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        let [low, high] = split_u64(share(self.0));
        Some([low, high, 0, 0])
    }

    fn fused(&self) -> Option<Cut> {
        Some(Cut::Mass(share(self.0)))
    }

    /// The others drop a token before which the mass is exactly p; what torch sorts upwards keeps the highest ids of a tie at the cut.
    fn reference(&self, row: &mut Ranked, system: System) {
        let drops_on_p = system != System::Notebook;
        let limit = if drops_on_p { self.0 - LANDS_ON_P } else { self.0 + LANDS_ON_P };
        row.keep_mass(limit, matches!(system, System::Transformers | System::Vllm));
    }

    fn setting(&self) -> String {
        format!("top_p = {}", shortest(self.0))
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let (gone, p) = (tokens(passed.removed.len()), shortest(self.0));
        let rule = format!("removed {gone}: the more likely ones have more than {p} of the probability");
        Reason { evidence: mass_before(passed), limit: self.0, rule }
    }
}

/// A sum of probabilities this close to p counts as p: what an implementation in f32 cannot tell apart.
const LANDS_ON_P: f64 = 1e-6;

/// Distances from the largest logit, in powers of two, at which a peaked row is listed: 3, 6, 10 and 15 nats.
const LEVELS: [f32; 4] = [4.33, 8.66, 14.43, 21.64];

fn cut<L: Lanes>(row: &mut RowState<'_>, p: f64) -> Result<()> {
    if row.list().is_some() {
        return cut_list::<L>(row, p);
    }
    let scale = row.scale::<L>()?;
    if row.vocab_size() <= CHUNK {
        row.keep_where::<L>(&|_| true)?;
        return cut_list::<L>(row, p);
    }
    let block_max = &row.scratch.block_max;
    let n_hot = block_max.iter().filter(|&&x| scale.exponent(x) >= -LEVELS[1]).count();
    if n_hot * 8 <= block_max.len() && cut_peaked::<L>(row, scale, p)? {
        return Ok(());
    }
    cut_flat::<L>(row, scale, p)
}

/// The notebook's top-p in PyTorch's own arithmetic, for PyTorch's draw: a sort, its softmax, its running sum.
fn cut_torch<L: Lanes>(row: &mut RowState<'_>, p: f64) -> Result<()> {
    if row.list().is_none() {
        row.keep_where::<L>(&|_| true)?;
    }
    let mut ranked = std::mem::take(&mut row.scratch.ranked);
    let mut sorted = std::mem::take(&mut row.scratch.sorted);
    let mut probabilities = std::mem::take(&mut row.scratch.probabilities);
    let (_, values) = row.list().expect("a list was made above");
    ranked.clear();
    ranked.extend((0..).zip(values).map(|(position, &value)| rank(position, value)));
    ranked.sort_unstable();
    sorted.clear();
    sorted.extend(ranked.iter().map(|&rank| values[position(rank)]));
    torch::softmax_of_list(0..sorted.len(), &sorted, row.vocab_size(), &mut probabilities);
    keep_to(row, ranked[torch::n_kept_by_top_p(&probabilities, p) - 1]);
    row.scratch.ranked = ranked;
    row.scratch.sorted = sorted;
    row.scratch.probabilities = probabilities;
    Ok(())
}

/// ⌊p · Z⌋: what the sum before a token may not exceed.
fn mass_limit(p: f64, total: u64) -> u64 {
    scaled(total, share(p))
}

/// p · 2^64, for p in [0, 1]: exact but for what lies below 2^-64, and all ones for 1.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 2^64, which saturates")]
pub(crate) fn share(p: f64) -> u64 {
    (p * 18_446_744_073_709_551_616.0) as u64
}

/// The nucleus of the tokens in the list.
fn cut_list<L: Lanes>(row: &mut RowState<'_>, p: f64) -> Result<()> {
    let total = row.list_masses::<L>()?.iter().map(|&m| u64::from(m)).sum();
    cut_within::<L>(row, 0, mass_limit(p, total), f32::INFINITY)
}

/// Lists tokens level by level until their mass exceeds the limit. False when the row turns out to be flat; it is whole again then.
fn cut_peaked<L: Lanes>(row: &mut RowState<'_>, scale: Scale, p: f64) -> Result<bool> {
    let mut sums = std::mem::take(&mut row.scratch.chunk_sums);
    let total = softmax::chunk_sums::<L>(row.whole(), &row.scratch.block_max, scale, &mut sums);
    row.scratch.chunk_sums = sums;
    let limit = mass_limit(p, total);
    let values = scale.of_values();
    for level in LEVELS {
        row.keep_where::<L>(&|x| values.exponent(x) >= -level)?;
        let masses = row.list_masses::<L>()?;
        let (n, mass) = (masses.len(), masses.iter().map(|&m| u64::from(m)).sum::<u64>());
        if mass > limit {
            cut_within::<L>(row, 0, limit, f32::INFINITY)?;
            return Ok(true);
        }
        row.forget_list();
        if n * 16 > row.vocab_size() {
            break;
        }
    }
    Ok(false)
}

/// Finds the bin that holds the cut, lists the tokens down to that bin and ranks those in it.
fn cut_flat<L: Lanes>(row: &mut RowState<'_>, scale: Scale, p: f64) -> Result<()> {
    let tally = row.tally::<L, _>(&Masses)?;
    let limit = mass_limit(p, tally.total());
    let (last, above) = tally.crossing(limit);
    let values = scale.of_values();
    let bin = |x: f32| Masses.bin(Masses::keys(L::splat(values.exponent(x)))[0]);
    let closed_from = if last == 0 { f32::INFINITY } else { scan::lowest_where(scale.max, &|x| bin(x) < last) };
    row.keep_where::<L>(&|x| bin(x) <= last)?;
    cut_within::<L>(row, above, limit, closed_from)
}

/// Ranks the listed tokens below `closed_from` and removes those before which the sum exceeds `limit`. All others are kept; their
/// mass is `above`, and they rank before.
fn cut_within<L: Lanes>(row: &mut RowState<'_>, above: u64, limit: u64, closed_from: f32) -> Result<()> {
    let mut ranked = std::mem::take(&mut row.scratch.ranked);
    row.list_masses::<L>()?;
    let (_, values, masses) = row.weighted();
    ranked.clear();
    ranked.extend(
        (0..).zip(values).filter(|&(_, &value)| value < closed_from).map(|(position, &value)| rank(position, value)),
    );
    let last = last_within(&mut ranked, |ix| u64::from(masses[ix]), above, limit);
    row.scratch.ranked = ranked;
    if let Some(last) = last {
        keep_to(row, last);
    }
    Ok(())
}

/// Keeps the listed tokens up to this rank.
fn keep_to(row: &mut RowState<'_>, last: u64) {
    let (ids, values) = row.list().expect("the ranks are of a list");
    let (last_id, last_value) = (ids[position(last)], values[position(last)]);
    row.retain_to(last_value, last_id);
}

/// For each removed token, the mass of all tokens that rank before it.
fn mass_before(passed: &Passed<'_>) -> Vec<f32> {
    if passed.asked.is_empty() {
        return Vec::new();
    }
    let left = (0..).zip(passed.before).filter(|(_, x)| **x > f32::NEG_INFINITY);
    let mut cumulative = vec![0.0_f32; passed.before.len()];
    let mut sum = 0.0;
    for id in scan::sorted(left.map(|(id, &x)| rank(id, x)).collect()).into_iter().map(position) {
        #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
        let before = (sum / passed.sum) as f32;
        cumulative[id] = before;
        sum += passed.exps[id];
    }
    passed.asked.iter().map(|&id| cumulative[id as usize]).collect()
}

/// What the others do with a token that lands exactly on p.
const ON_P: &str = "Where the mass before a token is exactly top-p, that token is dropped there and kept here.";
