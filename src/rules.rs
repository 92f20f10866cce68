//! How other systems cut the same row with the same settings: where their rules and orders differ, so does what is left to draw from.
//!
//! Plain f64 code for explanations, not for sampling. Sources: `sample_next_token` of the notebook; the logits processors of Hugging Face
//! transformers; vLLM's sampler; llama.cpp's sampler chain.

use crate::{
    error::{Error, Result},
    facts::trace_of,
    plan::{Plan, Stage, StageName},
    sample::{check_history, history},
    settings::{SampleSettings, Settings},
    token::TokenId,
};

/// A sum of probabilities this close to p counts as p: what an implementation in f32 cannot tell apart.
const LANDS_ON_P: f64 = 1e-6;

/// What one system would keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Whose rules.
    pub system: &'static str,
    /// Its order of the stages that differ.
    pub order: [StageName; 4],
    /// The tokens surely left, ascending.
    pub kept: Vec<TokenId>,
    /// Where the cut falls among equal logits and the system's sort leaves their order open: those, some of which are left besides `kept`.
    pub tied: Option<Tied>,
}

/// Tokens with equal logits, some of which a system keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tied {
    /// All of them, ascending.
    pub ids: Vec<TokenId>,
    /// How many of them are kept, below `ids.len()`.
    pub kept: usize,
}

/// What a system does differently.
struct System {
    name: &'static str,
    order: [StageName; 4],
    /// Exactly k stay, the lowest ids of those tied with the k-th; otherwise all tied ones stay.
    keeps_exactly_k: bool,
    /// A token before which the mass is exactly p is dropped.
    drops_on_p: bool,
    /// Of tied tokens at the cut of top-p the highest id stays, because it sorts upwards.
    sorts_upwards: bool,
    /// Its sort puts equal logits of a long row into any order. That of the notebook is ours here.
    sorts_unstably: bool,
}

/// Rows up to this length are sorted by insertion, which keeps the order of equals, in `torch.sort` and in C++'s standard library.
const STABLY_SORTED: usize = 16;

const TEMPERATURE_FIRST: [StageName; 4] = [StageName::Temperature, StageName::TopK, StageName::TopP, StageName::MinP];

const SYSTEMS: [System; 4] = [
    System {
        name: "notebook",
        order: TEMPERATURE_FIRST,
        keeps_exactly_k: false,
        drops_on_p: false,
        sorts_upwards: false,
        sorts_unstably: false,
    },
    System {
        name: "transformers",
        order: TEMPERATURE_FIRST,
        keeps_exactly_k: false,
        drops_on_p: true,
        sorts_upwards: true,
        sorts_unstably: true,
    },
    System {
        name: "vllm",
        order: [StageName::Temperature, StageName::MinP, StageName::TopK, StageName::TopP],
        keeps_exactly_k: false,
        drops_on_p: true,
        sorts_upwards: true,
        sorts_unstably: true,
    },
    System {
        name: "llama.cpp",
        order: [StageName::TopK, StageName::TopP, StageName::MinP, StageName::Temperature],
        keeps_exactly_k: true,
        drops_on_p: true,
        sorts_upwards: false,
        sorts_unstably: true,
    },
];

/// What each system would keep of one row of logits (V) with these settings; bias and penalties are ours everywhere.
///
/// Temperature 0 keeps the best token, everywhere. Cost: O(V log V) per system.
///
/// # Errors
/// Those of [`sample`](crate::sample::sample).
pub fn kept_by_others(logits: &mut [f32], settings: &SampleSettings) -> Result<Vec<Kept>> {
    if settings.row.batch != 1 {
        return Err(Error::invalid("batch", settings.row.batch, "rules are told of one row: give it alone"));
    }
    check_history(&settings.row, logits.len())?;
    // Without the filters, the last column is what they would see.
    let mut plan = Plan { greedy: true, ..settings.sampling.plan() };
    plan.stages.retain(|stage| matches!(stage, Stage::Bias(_) | Stage::Penalties(_)));
    let trace = trace_of(logits, &plan, &history(settings))?;
    let column = trace.stages.last().map_or(&trace.logits, |stage| &stage.values);
    Ok(SYSTEMS.iter().map(|system| system.cut(column, &settings.sampling)).collect())
}

impl System {
    fn cut(&self, column: &[f32], settings: &Settings) -> Kept {
        let mut row = Cut::new(column);
        let is_greedy = settings.temperature == 0.0;
        if is_greedy {
            row.keep_best(1, true);
        } else {
            for stage in self.order.iter().filter_map(|&name| settings.stage(name)) {
                self.apply(&stage, &mut row);
            }
        }
        let is_open = self.sorts_unstably && !is_greedy && column.len() > STABLY_SORTED;
        let tied = if is_open { row.tied() } else { None };
        row.n -= tied.as_ref().map_or(0, |tied| tied.kept);
        Kept { system: self.name, order: self.order, kept: row.kept(column.len()), tied }
    }

    fn apply(&self, stage: &Stage, row: &mut Cut) {
        match *stage {
            Stage::Temperature(t) => row.x.iter_mut().for_each(|x| *x /= f64::from(t)),
            Stage::TopK(k) => row.keep_best(k, self.keeps_exactly_k),
            Stage::TopP(p) => {
                row.keep_mass(if self.drops_on_p { p - LANDS_ON_P } else { p + LANDS_ON_P }, self.sorts_upwards)
            }
            Stage::MinP(min_p) => row.n = row.n_at_least(row.x[0] + libm::log(min_p)),
            Stage::Bias(_) | Stage::Penalties(_) => {}
        }
    }
}

/// One row, likeliest token first. What is cut away is always at its end.
struct Cut {
    /// Token ids by falling logit, then by id.
    ids: Vec<TokenId>,
    /// Their logits.
    x: Vec<f64>,
    /// How many are left.
    n: usize,
}

impl Cut {
    fn new(column: &[f32]) -> Self {
        // A token as one integer: falling logit, then id.
        let mut keys: Vec<u64> = Vec::with_capacity(column.len());
        for (id, &logit) in (0_u32..).zip(column) {
            if logit > f32::NEG_INFINITY {
                keys.push(u64::from(falling(logit)) << 32 | u64::from(id));
            }
        }
        keys.sort_unstable();
        #[allow(clippy::cast_possible_truncation, reason = "the low half of a key is the id")]
        let ids: Vec<TokenId> = keys.into_iter().map(|key| key as TokenId).collect();
        let x: Vec<f64> = ids.iter().map(|&id| f64::from(column[id as usize])).collect();
        Self { n: x.len(), ids, x }
    }

    /// The ids left, ascending.
    fn kept(&self, vocab_size: usize) -> Vec<TokenId> {
        let mut is_kept = vec![false; vocab_size];
        self.ids[..self.n].iter().for_each(|&id| is_kept[id as usize] = true);
        (0..).zip(is_kept).filter(|(_, is_kept)| *is_kept).map(|(id, _)| id).collect()
    }

    /// The tokens tied with the last one left, if some of them are cut away.
    fn tied(&self) -> Option<Tied> {
        let last = self.x[self.n - 1];
        let (above, at_least) =
            (self.x.iter().filter(|&&x| x > last).count(), self.x.iter().filter(|&&x| x >= last).count());
        let mut ids = self.ids[above..at_least].to_vec();
        ids.sort_unstable();
        (at_least > self.n).then_some(Tied { ids, kept: self.n - above })
    }

    #[inline(never)]
    fn keep_best(&mut self, k: usize, exactly: bool) {
        if k < self.n {
            let kth = self.x[k - 1];
            self.n = if exactly { k } else { self.n_at_least(kth) };
        }
    }

    /// How many of those left have a logit of at least `limit`.
    #[inline(never)]
    fn n_at_least(&self, limit: f64) -> usize {
        self.x[..self.n].iter().filter(|&&x| x >= limit).count()
    }

    /// Keeps the tokens before which the mass is not above `limit`, and the first.
    fn keep_mass(&mut self, limit: f64, highest_id_first: bool) {
        let share = |x: f64| libm::exp(x - self.x[0]);
        let sum: f64 = self.x[..self.n].iter().map(|&x| share(x)).sum();
        let (mut n, mut mass) = (0, 0.0);
        while n < self.n && (n == 0 || mass / sum <= limit) {
            mass += share(self.x[n]);
            n += 1;
        }
        if highest_id_first {
            // Of those tied with the last one kept, the highest ids stay.
            let last = self.x[n - 1];
            let (above, at_least) = (self.x.iter().filter(|&&x| x > last).count(), self.n_at_least(last));
            self.ids[above..at_least].reverse();
        }
        self.n = n;
    }
}

/// A number that is the smaller the larger the logit is; equal for 0 and −0.
fn falling(logit: f32) -> u32 {
    let bits = (logit + 0.0).to_bits();
    if bits >> 31 == 1 { bits } else { !bits & 0x7FFF_FFFF }
}
