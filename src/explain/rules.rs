//! How other systems cut the same row with the same settings: where their rules and orders differ, so does what is left to draw from.
//!
//! Plain f64 code for explanations, not for sampling. Sources: `sample_next_token` of the notebook; the logits processors of Hugging Face
//! transformers; vLLM's sampler; llama.cpp's sampler chain.

use crate::{
    core::{
        error::{Error, Result},
        history::History,
        order::sort_by_key,
        token::TokenId,
    },
    explain::facts::trace_of,
    generate::sample::{check_history, history},
    rng::Draw,
    settings::{SampleSettings, Settings},
    stages::{
        Ranked, System,
        plan::{Plan, Stage, StageName},
    },
};

/// What one system would keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Whose rules.
    pub system: &'static str,
    /// Its order of the stages that may differ.
    pub order: Vec<StageName>,
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

/// Rows up to this length are sorted by insertion, which keeps the order of equals, in `torch.sort` and in C++'s standard library.
const STABLY_SORTED: usize = 16;

const SYSTEMS: [System; 4] = [System::Notebook, System::Transformers, System::Vllm, System::LlamaCpp];

/// The order of a system's stages, but for those that change single logits: they come first, and are ours everywhere. The notebook's order is
/// the default one, and it has every stage.
fn order_of(system: System) -> Vec<StageName> {
    let is_known = |stage: &&StageName| {
        let spec = stage.spec();
        let has_name = spec.settings.iter().any(|setting| setting.elsewhere.iter().any(|(other, _)| *other == system));
        !stage.edits() && (has_name || system == System::Notebook)
    };
    let known: Vec<StageName> = StageName::DEFAULT_ORDER.iter().filter(is_known).copied().collect();
    let mut order = known.clone();
    for stage in known {
        if let Some((_, next)) = stage.spec().places.iter().find(|(other, _)| *other == system) {
            order.retain(|other| *other != stage);
            let place = order.iter().position(|other| other.as_str() == *next);
            order.insert(place.unwrap_or(order.len()), stage);
        }
    }
    order
}

/// What each system would keep of one row of logits (V) with these settings; stages that change single logits are ours everywhere.
///
/// Temperature 0 keeps the most likely token, everywhere. Cost: O(V log V) per system.
///
/// # Errors
/// Those of [`sample`](crate::generate::sample::sample).
pub fn kept_by_others(logits: &mut [f32], settings: &SampleSettings) -> Result<Vec<Kept>> {
    if settings.row.batch != 1 {
        return Err(Error::invalid("batch", settings.row.batch, "rules are told of one row: give it alone"));
    }
    check_history(&settings.row, logits.len())?;
    let plan = settings.sampling.plan_without_model(logits.len())?;
    kept_by_others_after(&history(settings), Draw::None, logits, &settings.sampling, plan)
}

/// The same, with the tokens so far, the randomness and the plan of these settings as they are given; without randomness a stage that acts by
/// chance does not.
///
/// # Errors
/// As [`kept_by_others`].
pub fn kept_by_others_after(
    history: &History,
    draw: Draw<'_>,
    logits: &mut [f32],
    settings: &Settings,
    mut plan: Plan,
) -> Result<Vec<Kept>> {
    // Without the filters, the last column is what they would see.
    plan.greedy = true;
    plan.stages.retain(Stage::edits);
    let trace = trace_of(logits, &plan, history)?;
    let column = trace.stages.last().map_or(&trace.logits, |stage| &stage.values);
    Ok(SYSTEMS
        .iter()
        .map(|&system| cut(system, Ranked::new(column, draw.chance(), history.drawn()), column.len(), settings))
        .collect())
}

fn cut(system: System, mut row: Ranked, vocab_size: usize, settings: &Settings) -> Kept {
    let order = order_of(system);
    let is_greedy = settings.is_greedy();
    if is_greedy {
        row.n = row.n.min(1);
    } else {
        for stage in order.iter().filter_map(|&name| settings.stage(name)) {
            stage.reference(&mut row, system);
        }
    }
    // The notebook's sort is ours here; the others put equal logits of a long row into any order.
    let is_open = system != System::Notebook && !is_greedy && vocab_size > STABLY_SORTED;
    let tied = if is_open { tied(&row) } else { None };
    row.n -= tied.as_ref().map_or(0, |tied| tied.kept);
    Kept { system: system.as_str(), order, kept: row.kept(vocab_size), tied }
}

/// The tokens tied with the last one left, if some of them are cut away.
fn tied(row: &Ranked) -> Option<Tied> {
    let last = row.x[row.n - 1];
    let (above, at_least) = (row.x.iter().filter(|&&x| x > last).count(), row.x.iter().filter(|&&x| x >= last).count());
    let mut ids = row.ids[above..at_least].to_vec();
    sort_by_key(&mut ids, |&id| u64::from(id));
    (at_least > row.n).then_some(Tied { ids, kept: row.n - above })
}
