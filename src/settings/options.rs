//! The options of everything that is not a sampling setting: softmax and models.

use super::{Value, unknown};
use crate::{
    error::{Error, Result},
    model::CountedBigram,
    rng::RngKind,
};

/// Whose arithmetic a softmax follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// The engine's own.
    Engine,
    /// The notebook's `stable_softmax`, bit for bit.
    Notebook,
    /// `F.softmax`, bit for bit.
    Torch,
}

/// Options of `softmax`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoftmaxOptions {
    /// T > 0.
    pub temperature: f64,
    /// Rows.
    pub batch: usize,
    /// Whose arithmetic.
    pub arithmetic: Arithmetic,
}

impl SoftmaxOptions {
    /// Reads the options by name.
    ///
    /// # Errors
    /// `InvalidSetting`, `UnknownSetting`.
    pub fn from_entries(entries: Vec<(String, Value)>) -> Result<Self> {
        let mut options = Self { temperature: 1.0, batch: 1, arithmetic: Arithmetic::Engine };
        for (name, value) in entries {
            match name.as_str() {
                "temperature" => options.temperature = value.number(&name, POSITIVE_F32, "use a number > 0")?,
                "batch" => options.batch = value.count(&name, 1)?,
                "arithmetic" => options.arithmetic = arithmetic(value, &name)?,
                _ => return Err(unknown(name, &["temperature", "batch", "arithmetic"])),
            }
        }
        Ok(options)
    }
}

const POSITIVE_F32: std::ops::RangeInclusive<f64> = (f32::MIN_POSITIVE as f64)..=(f32::MAX as f64);

fn arithmetic(value: Value, name: &str) -> Result<Arithmetic> {
    let expected = "use \"engine\", \"notebook\" or \"torch\"";
    match value.text(name, expected)?.as_str() {
        "engine" => Ok(Arithmetic::Engine),
        "notebook" => Ok(Arithmetic::Notebook),
        "torch" => Ok(Arithmetic::Torch),
        other => Err(Error::invalid(name, format!("\"{other}\""), expected)),
    }
}

/// Which model to build.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelSpec {
    /// The notebook's `TinyBigramLM`, its weights from a generator.
    Bigram {
        /// Which generator.
        rng: RngKind,
        /// Its seed.
        seed: u64,
    },
    /// A bigram counted from text.
    Counted {
        /// The text.
        text: String,
        /// Added to every count, > 0.
        smoothing: f64,
    },
}

impl ModelSpec {
    /// Reads the spec by name; `kind` is needed.
    ///
    /// # Errors
    /// `InvalidSetting`, `UnknownSetting`.
    pub fn from_entries(entries: Vec<(String, Value)>) -> Result<Self> {
        let kinds = "use \"bigram\", \"counted\", \"logits\" or \"gpt\"";
        let (mut kind, mut text, mut smoothing) = (None, None, CountedBigram::DEFAULT_SMOOTHING);
        let (mut rng, mut seed) = (RngKind::Torch, 0);
        for (name, value) in entries {
            match name.as_str() {
                "kind" => kind = Some(value.text(&name, kinds)?),
                "rng" => rng = value.rng(&name)?,
                "seed" => seed = value.seed(&name)?.unwrap_or(0),
                "text" => text = Some(value.text(&name, "use a string")?),
                "smoothing" => smoothing = value.number(&name, f64::MIN_POSITIVE..=1e9, "use a number > 0")?,
                _ => return Err(unknown(name, &["kind", "rng", "seed", "text", "smoothing"])),
            }
        }
        match kind.as_deref() {
            Some("bigram") => Ok(Self::Bigram { rng, seed }),
            Some("counted") => {
                let text = text.ok_or_else(|| Error::invalid("text", "undefined", "give the text to count"))?;
                Ok(Self::Counted { text, smoothing })
            }
            Some(other) => Err(Error::invalid("kind", format!("\"{other}\""), kinds)),
            None => Err(Error::invalid("kind", "undefined", kinds)),
        }
    }
}
