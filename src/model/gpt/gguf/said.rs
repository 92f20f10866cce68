//! What the head of a GGUF file says of its model: each key is read whatever type carries it, or refused by key and value.

use std::ops::RangeInclusive;

use super::{
    super::{
        limits::{BASES, EPSILONS, FACTORS, MAX_LAYERS, MAX_SIZE, expected, fitting},
        rotary::Scaling,
    },
    header::Header,
    value::Value,
};
use crate::core::{
    error::{Error, Result, quoted},
    token::TokenId,
};

/// Kinds of models.
const KINDS: [&str; 3] = ["llama", "qwen2", "qwen3"];

/// What is read, behind the model's kind.
const READ: [&str; 15] = [
    "vocab_size",
    "context_length",
    "embedding_length",
    "block_count",
    "feed_forward_length",
    "attention.head_count",
    "attention.head_count_kv",
    "attention.key_length",
    "attention.value_length",
    "attention.layer_norm_rms_epsilon",
    "rope.dimension_count",
    "rope.freq_base",
    "rope.scaling.type",
    SCALE,
    OLD_SCALE,
];

const SCALE: &str = "rope.scaling.factor";

/// What files of llama.cpp's first year say in its place.
const OLD_SCALE: &str = "rope.scale_linear";

/// What changes nothing that is computed: what the tensors or the tokens say anyway, where a file came from, and numbers of other norms and
/// scalings than those that are understood.
const IDLE: [&str; 6] = [
    "tensor_data_layout",
    "attention.layer_norm_epsilon",
    "rope.scaling.finetuned",
    "rope.scaling.yarn_beta_fast",
    "rope.scaling.yarn_beta_slow",
    "rope.scaling.yarn_log_multiplier",
];

/// Tokens that end a text, a turn of a conversation, or a message in it.
const ENDS: [&str; 3] = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"];

/// How a conversation becomes a text, as Jinja.
const TEMPLATE: &str = "tokenizer.chat_template";

/// A shape of heads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heads {
    pub n_head: usize,
    pub n_kv_head: usize,
    pub head_size: usize,
}

/// What is said of a model of one kind.
pub(super) struct Said<'a> {
    pub kind: &'a str,
    header: &'a Header<'a>,
}

impl<'a> Said<'a> {
    pub(super) fn of(header: &'a Header<'a>) -> Result<Self> {
        const KIND: &str = "general.architecture";
        let kind = match header.said.get(KIND) {
            None => return Err(fault(format!("it does not say {KIND}"))),
            Some(&Value::Text(kind)) => kind,
            Some(other) => return Err(fault(format!("its {KIND} is {other}, and a text is needed"))),
        };
        if !KINDS.contains(&kind) {
            let kind = quoted(kind);
            return Err(fault(format!("its model is of kind {kind}, and llama, qwen2 and qwen3 are understood")));
        }
        Ok(Self { kind, header })
    }

    fn get(&self, name: &str) -> Option<Value<'a>> {
        self.header.said.get(format!("{}.{name}", self.kind).as_str()).copied()
    }

    /// A key with its value that is none.
    fn odd(&self, name: &str, value: Value<'_>, reason: &str) -> Error {
        fault(format!("its {}.{name} is {value}{reason}", self.kind))
    }

    /// A count, or what it is where nothing is said. Some files say it for every block.
    pub(super) fn count(&self, name: &str, usual: Option<usize>) -> Result<usize> {
        let kind = self.kind;
        let Some(value) = self.get(name) else {
            return usual.ok_or_else(|| fault(format!("it does not say {kind}.{name}")));
        };
        let most = if name == "block_count" { MAX_LAYERS } else { MAX_SIZE };
        let said = match value {
            Value::Numbers(numbers) => {
                let first = numbers.iter().next().and_then(Value::whole);
                if numbers.iter().any(|other| other.whole() != first) {
                    return Err(self.odd(name, value, " that differ, and one for all blocks is understood"));
                }
                first
            }
            one => one.whole(),
        };
        let n = said.and_then(|n| usize::try_from(n).ok()).filter(|&n| (1..=most).contains(&(n as u64)));
        n.ok_or_else(|| self.odd(name, value, &format!(", and a whole number from 1 to {most} is needed")))
    }

    /// A number as f32, or what it is where nothing is said.
    fn number(&self, name: &str, range: &RangeInclusive<f32>, usual: Option<f32>) -> Result<f32> {
        let Some(value) = self.get(name) else {
            return usual.ok_or_else(|| fault(format!("it does not say {}.{name}", self.kind)));
        };
        let number = value.real().and_then(|number| fitting(number, range));
        number.ok_or_else(|| self.odd(name, value, &format!(", and {} is needed", expected(range))))
    }

    pub(super) fn epsilon(&self) -> Result<f32> {
        self.number("attention.layer_norm_rms_epsilon", &EPSILONS, None)
    }

    /// All heads have to be turned whole, and values as long as keys.
    pub(super) fn heads(&self, n_embd: usize) -> Result<Heads> {
        let n_head = self.count("attention.head_count", None)?;
        let n_kv_head = self.count("attention.head_count_kv", Some(n_head))?;
        let head_size = self.count("attention.key_length", Some(n_embd / n_head))?;
        let kind = self.kind;
        if !n_head.is_multiple_of(n_kv_head) {
            return Err(fault(format!(
                "its {kind}.attention.head_count_kv is {n_kv_head}, which does not divide its {kind}.attention.head_count, {n_head}"
            )));
        }
        if head_size == 0 || head_size % 2 == 1 {
            return Err(fault(format!(
                "its heads have {head_size} numbers ({kind}.attention.key_length), and rotary positions turn pairs of them"
            )));
        }
        for name in ["attention.value_length", "rope.dimension_count"] {
            let n = self.count(name, Some(head_size))?;
            if n != head_size {
                return Err(fault(format!(
                    "its {kind}.{name} is {n}, and only {head_size}, a head's size, is understood"
                )));
            }
        }
        Ok(Heads { n_head, n_kv_head, head_size })
    }

    /// There are as many rows of the embedding as tokens are told of. More of them stand for no token.
    pub(super) fn check_rows(&self, n_rows: usize, tensor: &str) -> Result<()> {
        let n = self.count("vocab_size", Some(n_rows))?;
        if n <= n_rows {
            return Ok(());
        }
        Err(fault(format!("its {}.vocab_size is {n}, and its {tensor} has {n_rows} rows", self.kind)))
    }

    /// Base and scaling of rotary positions. A factor without a type is linear, as in llama.cpp.
    pub(super) fn rotary(&self) -> Result<(f32, Scaling)> {
        const TYPE: &str = "rope.scaling.type";
        let base = self.number("rope.freq_base", &BASES, Some(10_000.0))?;
        let factor = if self.get(SCALE).is_some() { SCALE } else { OLD_SCALE };
        let factor = self.number(factor, &FACTORS, Some(1.0))?;
        match self.get(TYPE) {
            Some(Value::Text("none")) => Ok((base, Scaling::None)),
            None | Some(Value::Text("linear")) if factor == 1.0 => Ok((base, Scaling::None)),
            None | Some(Value::Text("linear")) => Ok((base, Scaling::Linear { factor })),
            Some(other) => Err(self.odd(TYPE, other, ", and none and linear are understood")),
        }
    }

    /// Refuses what would change the logits and is not understood: any other key of the model's kind, unless its value changes nothing.
    pub(super) fn check_all(&self, head_size: usize, block_size: usize) -> Result<()> {
        for (key, &value) in &self.header.said {
            let Some(name) = key.strip_prefix(self.kind).and_then(|rest| rest.strip_prefix('.')) else { continue };
            if !READ.contains(&name) && !IDLE.contains(&name) && !is_neutral(name, value, head_size, block_size) {
                return Err(self.odd(name, value, ", which is not understood"));
            }
        }
        Ok(())
    }

    /// The tokens that end a text. One that the file does not have is a fault, but where other tokens were given in their place.
    pub(super) fn end_tokens(&self, vocab_size: usize, is_given: bool) -> Result<Vec<TokenId>> {
        let mut ids = Vec::new();
        for key in ENDS {
            let Some(value) = self.header.said.get(key) else { continue };
            let id = value.whole().and_then(|id| TokenId::try_from(id).ok());
            match id.filter(|&id| (id as usize) < vocab_size) {
                Some(id) if !ids.contains(&id) => ids.push(id),
                Some(_) => {}
                None if is_given && id.is_some() => {}
                None => {
                    return Err(fault(format!("its {key} is {value}, which is no id of its {vocab_size} tokens")));
                }
            }
        }
        Ok(ids)
    }

    pub(super) fn chat_template(&self) -> Result<Option<String>> {
        match self.header.said.get(TEMPLATE) {
            None => Ok(None),
            Some(Value::Text(template)) => Ok(Some((*template).to_owned())),
            Some(other) => Err(fault(format!("its {TEMPLATE} is {other}, and a text is needed"))),
        }
    }
}

/// Whether a value of a key says no more than what is computed without it.
#[allow(clippy::cast_precision_loss, reason = "sizes are small")]
fn is_neutral(name: &str, value: Value<'_>, head_size: usize, block_size: usize) -> bool {
    let is = |number: f64| value.real() == Some(number);
    match name {
        "attention.causal" => value == Value::Bool(true) || is(1.0),
        "attention.scale" => {
            let usual = 1.0 / (head_size as f64).sqrt();
            is(0.0) || value.real().is_some_and(|scale| (scale / usual - 1.0).abs() < 1e-6)
        }
        "attention.output_scale" | "attention.value_scale" => is(1.0),
        "rope.scaling.attn_factor" | "rope.scaling.yarn_attn_factor" => is(1.0),
        "rope.scaling.yarn_ext_factor" => is(0.0) || is(-1.0),
        "rope.scaling.original_context_length" => is(block_size as f64),
        "logit_scale" | "residual_scale" | "embedding_scale" => is(0.0) || is(1.0),
        _ => value.is_nothing(),
    }
}

fn fault(reason: String) -> Error {
    Error::of_model(reason)
}
