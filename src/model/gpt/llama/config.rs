//! config.json of Llama's family.

use std::collections::BTreeSet;

use super::super::{
    Options,
    checkpoint::{Sayings, end_tokens, refuse, refuse_others},
    limits::{BASES, EPSILONS, FACTORS, MAX_LAYERS, MAX_SIZE},
    loading::Found,
    rotary::{Rotary, Scaling},
    slot::{Kind, Part, Slot},
};
use crate::core::{
    error::{Error, Result, quoted},
    network::{Activation, NetworkShape, NormKind, PositionKind},
    token::TokenId,
};

/// Matrices of attention, and the one behind it.
const ATTENTION: [Part; 4] = [Part::Query, Part::Key, Part::Value, Part::Proj];

const MLP: [Part; 3] = [Part::Gate, Part::Fc, Part::MlpProj];

/// Where positions that turn are described: the second name is older.
const ROPES: [&str; 2] = ["rope_parameters", "rope_scaling"];

/// What the file says.
#[derive(Debug, Clone)]
pub(super) struct Config(Sayings);

impl Config {
    pub(super) fn parse(text: Option<&str>) -> Result<Self> {
        if text.is_none() {
            return Err(fault("a model of Llama's family needs its config.json: no tensor shows its heads".to_owned()));
        }
        Sayings::parse("config.json", text).map(Self)
    }

    /// How positions turn, and the shape.
    pub(super) fn shape(&self, has_head: bool, options: &Options<'_>) -> Result<(Rotary, NetworkShape)> {
        let said = &self.0;
        self.check_family()?;
        refuse_others(said)?;
        let n_embd = self.count("hidden_size", None)?;
        let n_head = self.count("num_attention_heads", None)?;
        let n_kv_head = self.count("num_key_value_heads", Some(n_head))?;
        if !n_head.is_multiple_of(n_kv_head) {
            return Err(fault(format!(
                "config.json says num_key_value_heads = {n_kv_head}, which does not divide num_attention_heads = {n_head}"
            )));
        }
        if let Some(n) = options.n_head.filter(|&n| n != n_head as u64) {
            return Err(Error::invalid("n_head", n, &format!("leave it out: config.json says {n_head}")));
        }
        let head_size = self.count("head_dim", Some(n_embd / n_head))?;
        if head_size == 0 || !head_size.is_multiple_of(2) {
            return Err(fault(format!(
                "heads have {head_size} numbers (head_dim), and rotary positions turn pairs of them"
            )));
        }
        let block_size = self.count("max_position_embeddings", None)?;
        self.check_attention(head_size, block_size)?;
        let shape = NetworkShape {
            vocab_size: self.count("vocab_size", None)?,
            block_size,
            n_layer: self.count("num_hidden_layers", None)?,
            n_head,
            n_kv_head,
            head_size,
            n_embd,
            n_inner: self.count("intermediate_size", None)?,
            activation: self.activation(options)?,
            has_gate: true,
            norm: NormKind::Rms,
            epsilon: said.number("rms_norm_eps", &EPSILONS)?.unwrap_or(1e-6),
            positions: PositionKind::Rotary,
            has_head_norms: self.family()? == "qwen3",
            is_tied: said.flag("tie_word_embeddings")?.unwrap_or(!has_head),
        };
        Ok((self.rotary(head_size)?, shape))
    }

    /// The tokens that end a text.
    pub(super) fn end_tokens(&self, generation: Option<&str>, vocab_size: usize) -> Result<Vec<TokenId>> {
        end_tokens(&self.0, generation, vocab_size)
    }

    /// A bias that is said to be there is there, and one that is said not to be is not. Qwen 2's queries, keys and values always have one.
    pub(super) fn check_biases(&self, found: &[Found], n_layer: usize, name_of: impl Fn(Slot) -> String) -> Result<()> {
        let said =
            |name: &str| -> Result<_> { Ok(self.0.flag(name)?.map(|is_on| (format!("{name} = {is_on}"), is_on))) };
        let (attention, n_parts) = match self.family()? {
            "qwen2" => (Some(("model_type = qwen2".to_owned(), true)), 3),
            _ => (said("attention_bias")?, 4),
        };
        let seen: BTreeSet<_> = found.iter().map(|it| it.slot).collect();
        for (parts, said) in [(&ATTENTION[..n_parts], attention), (&MLP[..], said("mlp_bias")?)] {
            let Some((told, is_wanted)) = said else { continue };
            let mut slots =
                (0..n_layer).flat_map(|layer| parts.iter().map(move |&part| Slot::Block(layer, part, Kind::Bias)));
            if let Some(slot) = slots.find(|slot| seen.contains(slot) != is_wanted) {
                let is = if is_wanted { "it is missing" } else { "it is there" };
                let reason = format!("{is}, and config.json says {told}");
                return Err(Error::of_tensor(name_of(slot), reason));
            }
        }
        Ok(())
    }

    /// A count, or what it is where nothing is said.
    fn count(&self, name: &str, usual: Option<usize>) -> Result<usize> {
        let most = if name == "num_hidden_layers" { MAX_LAYERS } else { MAX_SIZE };
        let said = self.0.count(name, most)?.or(usual);
        said.ok_or_else(|| fault(format!("config.json does not say {name}, and a whole number is needed")))
    }

    fn family(&self) -> Result<&str> {
        if let Some(family) = self.0.text("model_type")? {
            return Ok(family);
        }
        Ok(match self.0.texts("architectures")?.first() {
            Some(&"LlamaForCausalLM") => "llama",
            Some(&"Qwen2ForCausalLM") => "qwen2",
            Some(&"Qwen3ForCausalLM") => "qwen3",
            other => other.unwrap_or(&"nothing"),
        })
    }

    fn check_family(&self) -> Result<()> {
        let family = self.family()?;
        if ["llama", "qwen2", "qwen3"].contains(&family) {
            return Ok(());
        }
        Err(fault(format!("config.json says model_type = {family}, and llama, qwen2 and qwen3 are understood")))
    }

    /// Every token sees all before it, and scores are divided by √head_size.
    #[allow(clippy::cast_precision_loss, reason = "sizes are small")]
    fn check_attention(&self, head_size: usize, block_size: usize) -> Result<()> {
        let said = &self.0;
        if said.flag("use_sliding_window")? == Some(true) {
            return Err(fault(
                "config.json says use_sliding_window = true, and only full attention is understood".to_owned(),
            ));
        }
        if let Some(kind) = said.texts("layer_types")?.into_iter().find(|kind| *kind != "full_attention") {
            let kind = quoted(kind);
            return Err(fault(format!(
                "config.json says layer_types = {kind} …, and only full attention is understood"
            )));
        }
        // Qwen's files say a window that is not used.
        if self.family()? == "llama" {
            let is_wide = |n: f64| n == 0.0 || n >= block_size as f64;
            refuse(said, "sliding_window", |value| value.real().is_some_and(is_wide))?;
        }
        let is_near =
            |number: Option<f64>, usual: f64| number.is_some_and(|number| (number / usual - 1.0).abs() < 1e-6);
        let size = head_size as f64;
        refuse(said, "query_pre_attn_scalar", |value| is_near(value.real(), size))?;
        refuse(said, "attention_multiplier", |value| is_near(value.real(), 1.0 / size.sqrt()))
    }

    fn activation(&self, options: &Options<'_>) -> Result<Activation> {
        let name = self.0.text("hidden_act")?.unwrap_or("silu");
        options.activation.or_else(|| Activation::named(name)).ok_or_else(|| {
            let name = quoted(name);
            fault(format!("config.json says hidden_act = {name}: use \"silu\", \"gelu\" or \"gelu_tanh\""))
        })
    }

    fn rotary(&self, head_size: usize) -> Result<Rotary> {
        let name = ROPES.into_iter().find(|name| self.0.get(name).is_some()).unwrap_or(ROPES[0]);
        let rope = self.0.inside(name)?;
        refuse_others(&rope)?;
        let base = match rope.number("rope_theta", &BASES)? {
            None => self.0.number("rope_theta", &BASES)?,
            said => said,
        };
        Ok(Rotary::new(base.unwrap_or(10_000.0), head_size, scaling(&rope, name)?))
    }
}

fn scaling(rope: &Sayings, place: &str) -> Result<Scaling> {
    let needed = |name: &str| fault(format!("config.json does not say {name} of its {place}"));
    let factor = |name: &str| rope.number(name, &FACTORS)?.ok_or_else(|| needed(name));
    let kind = match rope.text("rope_type")? {
        None => rope.text("type")?,
        said => said,
    };
    match kind {
        None if rope.get("factor").is_some() => Err(needed("rope_type")),
        None | Some("default") => Ok(Scaling::None),
        Some("linear") => Ok(Scaling::Linear { factor: factor("factor")? }),
        Some("llama3") => {
            const BEFORE: &str = "original_max_position_embeddings";
            let (low, high) = (factor("low_freq_factor")?, factor("high_freq_factor")?);
            if low >= high {
                return Err(fault(format!(
                    "config.json says {place}.low_freq_factor = {low}, which has to be below high_freq_factor = {high}"
                )));
            }
            let before = rope.count(BEFORE, MAX_SIZE)?.ok_or_else(|| needed(BEFORE))?;
            #[allow(clippy::cast_precision_loss, reason = "below 2^24")]
            Ok(Scaling::Llama3 { factor: factor("factor")?, low, high, before: before as f32 })
        }
        Some(other) => {
            let other = quoted(other);
            Err(fault(format!(
                "config.json asks for rotary positions of type {other}, and default, linear and llama3 are understood"
            )))
        }
    }
}

fn fault(reason: String) -> Error {
    Error::of_model(reason)
}
