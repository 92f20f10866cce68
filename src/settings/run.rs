//! What the loop is told: how long it goes on, what ends it, what it records.

use super::{ReadsOptions, Settings, Table, Value, read::read_options, table::Reader};
use crate::core::{error::Result, token::TokenId};

/// Options of `generate` that no stage looks at.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopSettings {
    /// Stop after this many tokens, ≥ 1.
    pub max_new_tokens: usize,
    /// Context the model sees, ≥ 1; `None` for as much as it was made for.
    pub block_size: Option<usize>,
    /// Tokens that end the text.
    pub eos_token_id: Vec<TokenId>,
    /// Strings that end the text; they are not part of it.
    pub stop_strings: Vec<String>,
    /// Nothing but `max_time` ends the text before there are this many.
    pub min_new_tokens: usize,
    /// New token → the token put there in place of the drawn one.
    pub forced_tokens: Vec<(u32, TokenId)>,
    /// Seconds.
    pub max_time: Option<f64>,
    /// Record a trace of every step.
    pub trace: bool,
}

impl Default for LoopSettings {
    fn default() -> Self {
        Self {
            max_new_tokens: 80,
            block_size: None,
            eos_token_id: Vec::new(),
            stop_strings: Vec::new(),
            min_new_tokens: 0,
            forced_tokens: Vec::new(),
            max_time: None,
            trace: false,
        }
    }
}

impl Table for LoopSettings {
    const READERS: &'static [(&'static str, Reader<Self>)] = &[
        ("max_new_tokens", |run, name, v| v.count(name, 1).map(|n| run.max_new_tokens = n)),
        ("block_size", |run, name, v| v.count(name, 1).map(|n| run.block_size = Some(n))),
        ("eos_token_id", |run, name, v| v.ids(name).map(|ids| run.eos_token_id = ids)),
        ("stop_strings", |run, name, v| v.strings(name).map(|strings| run.stop_strings = strings)),
        ("min_new_tokens", |run, name, v| v.count(name, 0).map(|n| run.min_new_tokens = n)),
        ("forced_tokens", |run, name, v| v.forced(name).map(|forced| run.forced_tokens = forced)),
        ("max_time", |run, name, v| {
            v.number(name, f64::MIN_POSITIVE..=f64::MAX, "use seconds, a number > 0").map(|t| run.max_time = Some(t))
        }),
        ("trace", |run, name, v| v.boolean(name).map(|trace| run.trace = trace)),
    ];
}

/// What `generate` reads: how to draw, and how long to go on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GenerateSettings {
    /// How to draw.
    pub sampling: Settings,
    /// How long to go on.
    pub run: LoopSettings,
}

impl GenerateSettings {
    /// Reads both by name.
    ///
    /// # Errors
    /// `InvalidSetting`, `UnknownSetting`.
    pub fn from_entries(entries: impl IntoIterator<Item = (String, Value)>) -> Result<Self> {
        let mut settings = Self::default();
        read_options(entries, &mut [&mut settings.sampling, &mut settings.run])?;
        Ok(settings)
    }

    /// Reads both by name, and `others` from the same entries.
    ///
    /// # Errors
    /// `InvalidSetting`, `UnknownSetting`.
    pub fn read_with(
        entries: impl IntoIterator<Item = (String, Value)>,
        others: &mut dyn ReadsOptions,
    ) -> Result<Self> {
        let mut settings = Self::default();
        read_options(entries, &mut [others, &mut settings.sampling, &mut settings.run])?;
        Ok(settings)
    }
}
