//! top_k: keep x ≥ the k-th largest value. (V) → (V), the rest is masked.
//!
//! Ties with the k-th are kept, so more than k tokens may stay (the notebook's `logits < kth` rule). Off at null, 0 and k ≥ V.
//! Cost: one read of the row plus about k blocks of 64. A block whose maximum is below the k-th largest block maximum τ cannot
//! hold one of the k largest, because k blocks hold a value ≥ τ; so only blocks with a maximum ≥ τ are read again. No exponential.
//! Source: Fan et al. 2018. Test: tests/it/stages/top_k.rs.

use super::{
    Amount, Cut, Edit, Given, Kind, Passed, Ranked, Reason, Setting, Shows, Slider, Spec, StageRules, System, shortest,
    tokens,
};
use crate::{
    core::error::Result,
    lanes::Lanes,
    rows::{
        RowState,
        scan::{position, rank},
    },
};

/// Keep x ≥ the k-th largest; 0 is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TopK(pub usize);

impl StageRules for TopK {
    const SPEC: Spec = Spec {
        name: "top_k",
        label: "Top-k",
        about: "Keeps the k most likely tokens.",
        filter: true,
        reason: "its logit {evidence} is below {number}",
        brief: "rank over {tokens}",
        shows: Shows::Rank,
        sampler: "top_k",
        settings: &[Setting {
            name: "top_k",
            label: "Top-k",
            about: "Keeps the k most likely tokens, and those tied with the last of them.",
            kind: Kind::Count(0),
            off: Some(0.0),
            above: "the {tokens} most likely, and ties",
            below: "",
            symbol: "k",
            does: "keep top {tokens}",
            slider: Some(Slider::Tokens(1)),
            elsewhere: &[(System::Transformers, "top_k"), (System::Vllm, "top_k"), (System::LlamaCpp, "--top-k")],
            differs: &[(
                System::LlamaCpp,
                "llama.cpp keeps exactly k tokens; here all that are tied with the k-th stay.",
            )],
            also: &[("k", "")],
            odd: &[(-1.0, "-1 is off in llama.cpp and vLLM: use 0 or null")],
            ..Setting::PLAIN
        }],
        ..Spec::PLAIN
    };

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count; beyond usize, as on wasm32, it is all"
    )]
    fn set(&mut self, _: &str, value: Amount) {
        self.0 = value.number() as usize;
    }

    fn examples() -> [Self; 2] {
        [Self(9), Self(200)]
    }

    fn is_off(&self) -> bool {
        self.0 == 0
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, _: &Given<'_>) -> Result<()> {
        if self.0 == 0 {
            return Ok(());
        }
        let mut ranked = std::mem::take(&mut row.scratch.ranked);
        let result = cut::<L>(row, self.0, &mut ranked);
        row.scratch.ranked = ranked;
        result
    }

    fn gpu(&self, _: &Given<'_>, _: usize, _: &mut Vec<Edit>) -> Option<[u32; 4]> {
        Some([u32::try_from(self.0).unwrap_or(u32::MAX), 0, 0, 0])
    }

    fn fused(&self) -> Option<Cut> {
        Some(Cut::Count(self.0))
    }

    /// llama.cpp keeps exactly k, the lowest ids of those tied with the k-th.
    fn reference(&self, row: &mut Ranked, system: System) {
        if self.0 < row.n {
            row.n = if system == System::LlamaCpp { self.0 } else { row.n_at_least(row.x[self.0 - 1]) };
        }
    }

    fn setting(&self) -> String {
        format!("top_k = {}", self.0)
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let kth = passed.after.iter().fold(f32::INFINITY, |least, &x| {
            // f32::min is a call in WebAssembly.
            if x > f32::NEG_INFINITY && x < least { x } else { least }
        });
        let (gone, k) = (tokens(passed.removed.len()), self.0);
        let rule =
            format!("removed {gone} with a logit below {}, number {k} from the top; ties with it stay", shortest(kth));
        passed.by_logit(f64::from(kth), rule)
    }
}

fn cut<L: Lanes>(row: &mut RowState<'_>, k: usize, ranked: &mut Vec<u64>) -> Result<()> {
    if let Some((_, values)) = row.list() {
        if k < values.len() {
            let kth = kth_largest(values, k, ranked);
            row.retain(kth);
        }
        return Ok(());
    }
    row.scan::<L>()?;
    if k >= row.vocab_size() {
        return Ok(());
    }
    let kth = kth_of_row::<L>(row, k, ranked).max(f32::MIN);
    let scale = row.whole_scale::<L>()?;
    if scale.temperature == 1.0 && row.list().is_some() {
        row.retain(kth);
        return Ok(());
    }
    // Division may make neighbours equal: the ties that count are those of the divided values.
    row.forget_list();
    let kth = scale.value(kth);
    row.keep_where::<L>(&|value| value >= kth)
}

/// The k-th largest logit of the row, before temperature; -inf when fewer than k are unmasked. Leaves a list of candidates where it
/// made one.
fn kth_of_row<L: Lanes>(row: &mut RowState<'_>, k: usize, ranked: &mut Vec<u64>) -> f32 {
    if k * 2 > row.scratch.block_max.len() {
        return kth_largest(row.whole(), k, ranked);
    }
    let tau = kth_largest_stream(&row.scratch.block_max, k, ranked);
    row.make_list::<L>(tau.max(f32::MIN));
    let candidates = row.list().map_or(&[][..], |(_, values)| values);
    if candidates.len() < k { f32::NEG_INFINITY } else { kth_largest(candidates, k, ranked) }
}

/// The k-th largest of `values`, 1 ≤ k ≤ n, by selection on integer ranks.
fn kth_largest(values: &[f32], k: usize, ranked: &mut Vec<u64>) -> f32 {
    ranked.clear();
    ranked.extend((0..).zip(values).map(|(position, &x)| rank(position, x)));
    values[position(*ranked.select_nth_unstable(k - 1).1)]
}

/// The same for n much larger than k: most values lose against the k-th largest so far and are never stored.
fn kth_largest_stream(values: &[f32], k: usize, ranked: &mut Vec<u64>) -> f32 {
    let room = 4 * k + 64;
    ranked.clear();
    let mut bar = f32::NEG_INFINITY;
    for (ix, &x) in (0..).zip(values) {
        if ranked.len() < k || x > bar {
            ranked.push(rank(ix, x));
            if ranked.len() == room {
                bar = values[position(*ranked.select_nth_unstable(k - 1).1)];
                ranked.truncate(k);
            }
        }
    }
    values[position(*ranked.select_nth_unstable(k - 1).1)]
}
