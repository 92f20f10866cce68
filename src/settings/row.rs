//! What a single `sample` is told of its rows.

use super::{Settings, Table, Value, read::read_options, table::Reader};
use crate::core::{error::Result, token::TokenId};

/// Options of the rows of one call of `sample` or `trace`.
#[derive(Debug, Clone, PartialEq)]
pub struct RowSettings {
    /// Which random number of the seed's stream is used.
    pub step: u32,
    /// Rows that the logits hold.
    pub batch: usize,
    /// Tokens of the prompt, for the penalties.
    pub history_prompt: Vec<TokenId>,
    /// Tokens of the output, for the penalties.
    pub history_output: Vec<TokenId>,
    /// With which probability each of them was drawn, for stages that follow that; none where it is not known.
    pub history_probabilities: Vec<f32>,
    /// Their original probabilities, for stages that look at those; none where they are the same.
    pub history_originals: Vec<f32>,
    /// How many of the most likely tokens are named; 0 for none.
    pub top_n: usize,
    /// Whether the tokens left to draw from are named.
    pub kept_ids: bool,
}

impl Default for RowSettings {
    fn default() -> Self {
        Self {
            step: 0,
            batch: 1,
            history_prompt: Vec::new(),
            history_output: Vec::new(),
            history_probabilities: Vec::new(),
            history_originals: Vec::new(),
            top_n: 0,
            kept_ids: false,
        }
    }
}

impl Table for RowSettings {
    const READERS: &'static [(&'static str, Reader<Self>)] = &[
        ("step", |row, name, v| v.word(name, "use an integer from 0 to 4294967295").map(|step| row.step = step)),
        ("batch", |row, name, v| v.count(name, 1).map(|batch| row.batch = batch)),
        ("history", |row, name, v| {
            let told = v.history(name)?;
            (row.history_prompt, row.history_output) = (told.prompt, told.output);
            (row.history_probabilities, row.history_originals) = (told.probabilities, told.originals);
            Ok(())
        }),
        ("top_n", |row, name, v| v.count(name, 0).map(|n| row.top_n = n)),
        ("kept_ids", |row, name, v| v.boolean(name).map(|wants| row.kept_ids = wants)),
    ];
}

/// What `sample` reads: how to draw, and of which rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SampleSettings {
    /// How to draw.
    pub sampling: Settings,
    /// The rows.
    pub row: RowSettings,
}

impl SampleSettings {
    /// Reads both by name.
    ///
    /// # Errors
    /// `InvalidSetting`, `UnknownSetting`.
    pub fn from_entries(entries: impl IntoIterator<Item = (String, Value)>) -> Result<Self> {
        let mut settings = Self::default();
        read_options(entries, &mut [&mut settings.sampling, &mut settings.row])?;
        Ok(settings)
    }
}

impl From<Settings> for SampleSettings {
    fn from(sampling: Settings) -> Self {
        Self { sampling, row: RowSettings::default() }
    }
}
