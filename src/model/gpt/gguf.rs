//! GGUF files, as llama.cpp has them: shape, tokens and weights of a model of Llama's family in one file. Weights that are quantised stay so.
//!
//! docs/models.md says what is understood. Source: the GGUF specification, and llama.cpp's names. Test: tests/it/gguf.rs.

mod cursor;
mod header;
mod tokens;

pub(super) use self::header::{MAGIC, len};
use self::{
    cursor::Value,
    header::{Header, TensorInfo},
};
use super::{
    Gpt, Options, TokenSource,
    loading::{Found, Loading, check},
    rotary::{Rotary, Scaling},
    slot::{Kind, Part, Slot},
};
use crate::core::{
    error::{Error, Result},
    network::{Activation, NetworkShape, NormKind, PositionKind},
    token::TokenId,
};

/// Bytes of weights: more would not fit into what WebAssembly can address.
const MAX_BYTES: u64 = 3 << 30;

/// More blocks than this are a mistake.
const MAX_LAYERS: usize = 1024;

/// No width of a model is beyond this.
const MAX_SIZE: u64 = 1 << 24;

const PARTS: [(&str, Part); 11] = [
    ("attn_norm", Part::Norm1),
    ("attn_q", Part::Query),
    ("attn_k", Part::Key),
    ("attn_v", Part::Value),
    ("attn_q_norm", Part::QueryNorm),
    ("attn_k_norm", Part::KeyNorm),
    ("attn_output", Part::Proj),
    ("ffn_norm", Part::Norm2),
    ("ffn_gate", Part::Gate),
    ("ffn_up", Part::Fc),
    ("ffn_down", Part::MlpProj),
];

/// What each rotary frequency is divided by: Llama 3's scaling, computed by whoever wrote the file.
const DIVISORS: &str = "rope_freqs.weight";

/// The text of the tokenizer.json that means what a head says.
pub(super) fn tokenizer_json(head: &[u8], file_len: u64) -> Result<String> {
    tokens::json(&Header::parse(head, file_len)?)
}

/// Checks the head of a file of `file_len` bytes.
pub(super) fn open(head: &[u8], file_len: u64, options: Options<'_>) -> Result<Loading> {
    for (name, given) in [("config", options.config), ("generation_config", options.generation_config)] {
        if given.is_some() {
            return Err(Error::invalid(name, "…", "leave it out: a GGUF file says all of it itself"));
        }
    }
    let header = Header::parse(head, file_len)?;
    let said = Said::of(&header)?;
    let shape = said.shape(&options)?;
    let n_bytes: u64 = header.tensors.iter().map(|tensor| tensor.end - tensor.start).sum();
    if n_bytes > MAX_BYTES {
        let reason = format!("it has {n_bytes} bytes of weights, and there is room for {MAX_BYTES}");
        return Err(Error::ModelFormat { reason });
    }
    let found = found(&header, &said, &shape)?;
    check(&found, &shape)?;
    let tokens = options.tokens.map_or_else(|| read_tokenizer(&header), Ok)?;
    let (vocab, tokenizer) = tokens.fit(shape.vocab_size)?;
    let rotary = said.rotary(&shape)?;
    let shape = NetworkShape { vocab_size: vocab.len(), ..shape };
    let n_weights = header.tensors.iter().map(|tensor| (tensor.size.0 * tensor.size.1) as u64).sum();
    let end_tokens = said.end_tokens(vocab.len());
    let gpt = Gpt { tokenizer, end_tokens, rotary, ..Gpt::bare(shape, vocab, n_weights) };
    Ok(Loading::new(gpt, found))
}

#[cfg(feature = "bpe")]
fn read_tokenizer(header: &Header<'_>) -> Result<TokenSource> {
    super::Tokenizer::from_json(&tokens::json(header)?).map(TokenSource::Bpe)
}

#[cfg(not(feature = "bpe"))]
fn read_tokenizer(_: &Header<'_>) -> Result<TokenSource> {
    Err(super::Tokenizer::fault("cannot be read: the engine was built without the feature bpe"))
}

/// All tensors of the file, by their offsets.
fn found(header: &Header<'_>, said: &Said<'_>, shape: &NetworkShape) -> Result<Vec<Found>> {
    let mut all = Vec::with_capacity(header.tensors.len());
    for &TensorInfo { name, format, size, start, .. } in &header.tensors {
        if name == DIVISORS {
            let slot = Slot::Divisors;
            all.push(Found { name: name.to_owned(), slot, format, size, start, pairs_of: None });
            continue;
        }
        let unknown = || {
            let reason = format!("a model of kind \"{}\" has no tensor of this name", said.kind);
            Error::InvalidTensor { name: name.to_owned(), reason }
        };
        let slot = slot_of(name).ok_or_else(unknown)?;
        let is_turned = matches!(slot, Slot::Block(_, Part::Query | Part::Key, _));
        let pairs_of = (said.kind == "llama" && is_turned).then_some(shape.head_size);
        all.push(Found { name: name.to_owned(), slot, format, size, start, pairs_of });
    }
    Ok(all)
}

fn slot_of(name: &str) -> Option<Slot> {
    let (stem, kind) = name.rsplit_once('.')?;
    let kind = match kind {
        "weight" => Kind::Weight,
        "bias" => Kind::Bias,
        _ => return None,
    };
    match (stem, kind) {
        ("token_embd", Kind::Weight) => return Some(Slot::Tokens),
        ("output", Kind::Weight) => return Some(Slot::Head),
        ("output_norm", Kind::Weight) => return Some(Slot::FinalNorm(kind)),
        _ => {}
    }
    let (layer, rest) = stem.strip_prefix("blk.")?.split_once('.')?;
    let layer = layer.parse().ok().filter(|layer| *layer < MAX_LAYERS)?;
    let (_, part) = *PARTS.iter().find(|(stem, _)| *stem == rest)?;
    (kind == Kind::Weight || !part.is_norm()).then_some(Slot::Block(layer, part, kind))
}

/// What the head says of a model of this kind.
struct Said<'a> {
    kind: &'a str,
    header: &'a Header<'a>,
}

impl<'a> Said<'a> {
    fn of(header: &'a Header<'a>) -> Result<Self> {
        let kind = match header.said.get("general.architecture") {
            Some(Value::Text(kind)) => kind,
            _ => return Err(fault("it does not say general.architecture".to_owned())),
        };
        if !["llama", "qwen2", "qwen3"].contains(kind) {
            return Err(fault(format!("its model is of kind \"{kind}\", and llama, qwen2 and qwen3 are understood")));
        }
        Ok(Self { kind, header })
    }

    fn get(&self, name: &str) -> Option<Value<'a>> {
        self.header.said.get(format!("{}.{name}", self.kind).as_str()).copied()
    }

    /// A count, or what it is where nothing is said.
    fn count(&self, name: &str, usual: Option<usize>) -> Result<usize> {
        let kind = self.kind;
        let n = match self.get(name) {
            None => return usual.ok_or_else(|| fault(format!("it does not say {kind}.{name}"))),
            Some(Value::Unsigned(n)) => Some(n),
            Some(Value::Signed(n)) => u64::try_from(n).ok(),
            Some(_) => None,
        };
        let n = n.filter(|n| (1..=MAX_SIZE).contains(n)).and_then(|n| usize::try_from(n).ok());
        n.ok_or_else(|| fault(format!("its {kind}.{name} is no whole number between 1 and {MAX_SIZE}")))
    }

    #[allow(clippy::cast_possible_truncation, reason = "the file has f32")]
    fn number(&self, name: &str, usual: f32) -> Result<f32> {
        match self.get(name) {
            None => Ok(usual),
            Some(Value::Float(number)) if number.is_finite() && number > 0.0 => Ok(number as f32),
            Some(_) => Err(fault(format!("its {}.{name} is no number above 0", self.kind))),
        }
    }

    fn shape(&self, options: &Options<'_>) -> Result<NetworkShape> {
        for name in ["expert_count", "attention.sliding_window"] {
            if !matches!(self.get(name), None | Some(Value::Unsigned(0) | Value::Bool(false))) {
                return Err(fault(format!("it has {}.{name}, which is not understood", self.kind)));
            }
        }
        let n_embd = self.count("embedding_length", None)?;
        let n_head = self.count("attention.head_count", None)?;
        let n_kv_head = self.count("attention.head_count_kv", Some(n_head))?;
        let head_size = self.count("attention.key_length", Some(n_embd / n_head))?;
        let turned = self.count("rope.dimension_count", Some(head_size))?;
        let value_length = self.count("attention.value_length", Some(head_size))?;
        if !n_head.is_multiple_of(n_kv_head) || (turned, value_length) != (head_size, head_size) || head_size % 2 == 1 {
            return Err(fault(format!(
                "its {n_head} heads of {head_size} numbers, {turned} of them turned, over {n_kv_head} heads of keys and values of \
                 {value_length} are not understood"
            )));
        }
        if let Some(n) = options.n_head.filter(|&n| n != n_head as u64) {
            return Err(Error::invalid("n_head", n, &format!("leave it out: the file says {n_head}")));
        }
        let rows = |name| self.header.tensors.iter().find(|tensor| tensor.name == name).map(|tensor| tensor.size.0);
        let missing =
            || Error::InvalidTensor { name: "token_embd.weight".to_owned(), reason: "it is missing".to_owned() };
        Ok(NetworkShape {
            vocab_size: rows("token_embd.weight").ok_or_else(missing)?,
            block_size: self.count("context_length", None)?,
            n_layer: Some(self.count("block_count", None)?)
                .filter(|n| *n <= MAX_LAYERS)
                .ok_or_else(|| fault(format!("it has more than {MAX_LAYERS} blocks")))?,
            n_head,
            n_kv_head,
            head_size,
            n_embd,
            n_inner: self.count("feed_forward_length", None)?,
            activation: options.activation.unwrap_or(Activation::Silu),
            has_gate: true,
            norm: NormKind::Rms,
            epsilon: self.number("attention.layer_norm_rms_epsilon", 1e-5)?,
            positions: PositionKind::Rotary,
            has_head_norms: self.kind == "qwen3",
            is_tied: rows("output.weight").is_none(),
        })
    }

    fn rotary(&self, shape: &NetworkShape) -> Result<Rotary> {
        let scaling = match self.get("rope.scaling.type") {
            None | Some(Value::Text("none")) => Scaling::None,
            Some(Value::Text("linear")) => Scaling::Linear { factor: self.number("rope.scaling.factor", 1.0)? },
            Some(other) => {
                return Err(fault(format!(
                    "its rotary positions are scaled by {other:?}: none and linear are understood"
                )));
            }
        };
        Ok(Rotary::new(self.number("rope.freq_base", 10_000.0)?, shape.head_size, scaling))
    }

    /// The tokens that end a text, or a turn of a conversation.
    fn end_tokens(&self, vocab_size: usize) -> Vec<TokenId> {
        let names = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"];
        let ids = names.iter().filter_map(|name| match self.header.said.get(name) {
            Some(&Value::Unsigned(id)) => TokenId::try_from(id).ok(),
            _ => None,
        });
        let mut ids: Vec<_> = ids.filter(|&id| (id as usize) < vocab_size).collect();
        ids.dedup();
        ids
    }
}

fn fault(reason: String) -> Error {
    Error::ModelFormat { reason }
}
