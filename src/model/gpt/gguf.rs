//! GGUF files, as llama.cpp has them: shape, tokens and weights of a model of Llama's family in one file. Weights that are quantised stay so.
//!
//! docs/models.md says what is understood. Source: the GGUF specification, and llama.cpp's names. Test: tests/it/gguf.rs.

mod cursor;
mod header;
mod said;
mod tokens;
mod value;

pub(super) use self::header::{MAGIC, len};
use self::{
    header::{Header, TensorInfo},
    said::{Heads, Said},
};
use super::{
    Gpt, Options, TokenSource,
    limits::MAX_LAYERS,
    loading::{Found, Loading, check},
    rotary::Rotary,
    slot::{Kind, Part, Slot},
};
use crate::core::{
    error::{Error, Result},
    network::{Activation, NetworkShape, NormKind, PositionKind},
};

/// Bytes of weights: more would not fit into what WebAssembly can address.
const MAX_BYTES: u64 = 3 << 30;

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
    let (base, scaling) = said.rotary()?;
    let shape = shape(&said, &header, &options)?;
    said.check_all(shape.head_size, shape.block_size)?;
    let n_bytes: u64 = header.tensors.iter().map(|tensor| tensor.end - tensor.start).sum();
    if n_bytes > MAX_BYTES {
        let reason = format!("it has {n_bytes} bytes of weights, and there is room for {MAX_BYTES}");
        return Err(Error::of_model(reason));
    }
    let found = found(&header, &said, &shape)?;
    check(&found, &shape, name_of)?;
    said.check_rows(shape.vocab_size, &name_of(Slot::Tokens))?;
    check_biases(&found, &said, shape.n_layer)?;
    header.check_dense()?;
    // On the web the file's own are read elsewhere, and come back as if they were given.
    let is_given = match &options.tokens {
        None => false,
        Some(TokenSource::Bpe(tokenizer)) => !tokenizer.is_in_gguf(),
        Some(TokenSource::Listed(_)) => true,
    };
    let tokens = options.tokens.map_or_else(|| read_tokenizer(&header), Ok)?;
    let (vocab, tokenizer) = tokens.fit(shape.vocab_size)?;
    let rotary = Rotary::new(base, shape.head_size, scaling);
    let shape = NetworkShape { vocab_size: vocab.len(), ..shape };
    let n_weights = header.tensors.iter().map(|tensor| (tensor.size.0 * tensor.size.1) as u64).sum();
    let end_tokens = said.end_tokens(vocab.len(), is_given)?;
    let gpt = Gpt { tokenizer, end_tokens, rotary, ..Gpt::bare(shape, vocab, n_weights) };
    Ok(Loading::new(gpt, found).with_template(said.chat_template()?))
}

#[cfg(feature = "bpe")]
fn read_tokenizer(header: &Header<'_>) -> Result<TokenSource> {
    let tokenizer = super::Tokenizer::from_json(&tokens::json(header)?)?;
    Ok(TokenSource::Bpe(tokenizer.described_in(super::Tokenizer::IN_GGUF)))
}

#[cfg(not(feature = "bpe"))]
fn read_tokenizer(_: &Header<'_>) -> Result<TokenSource> {
    Err(super::Tokenizer::fault(
        super::Tokenizer::IN_GGUF,
        "cannot be read: the engine was built without the feature bpe",
    ))
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
            Error::of_tensor(name.to_owned(), reason)
        };
        let slot = slot_of(name).ok_or_else(unknown)?;
        let is_turned = matches!(slot, Slot::Block(_, Part::Query | Part::Key, _));
        let pairs_of = (said.kind == "llama" && is_turned).then_some(shape.head_size);
        all.push(Found { name: name.to_owned(), slot, format, size, start, pairs_of });
    }
    Ok(all)
}

/// Qwen 2's queries, keys and values always have biases.
fn check_biases(found: &[Found], said: &Said<'_>, n_layer: usize) -> Result<()> {
    for layer in 0..if said.kind == "qwen2" { n_layer } else { 0 } {
        for part in [Part::Query, Part::Key, Part::Value] {
            let slot = Slot::Block(layer, part, Kind::Bias);
            if !found.iter().any(|it| it.slot == slot) {
                let reason = "it is missing, and the file says general.architecture = qwen2".to_owned();
                return Err(Error::of_tensor(name_of(slot), reason));
            }
        }
    }
    Ok(())
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
    let layer = layer.parse().ok().filter(|layer: &usize| (*layer as u64) < MAX_LAYERS)?;
    let (_, part) = *PARTS.iter().find(|(stem, _)| *stem == rest)?;
    (kind == Kind::Weight || !part.is_norm()).then_some(Slot::Block(layer, part, kind))
}

/// What the file calls a tensor.
fn name_of(slot: Slot) -> String {
    let kind = |kind| if kind == Kind::Weight { "weight" } else { "bias" };
    match slot {
        Slot::Tokens => "token_embd.weight".to_owned(),
        Slot::Head => "output.weight".to_owned(),
        Slot::FinalNorm(of) => format!("output_norm.{}", kind(of)),
        Slot::Positions => "position_embd.weight".to_owned(),
        Slot::Divisors => DIVISORS.to_owned(),
        Slot::Block(layer, part, of) => {
            let stem = PARTS.iter().find(|(_, other)| *other == part).map_or("", |(stem, _)| stem);
            format!("blk.{layer}.{stem}.{}", kind(of))
        }
    }
}

fn shape(said: &Said<'_>, header: &Header<'_>, options: &Options<'_>) -> Result<NetworkShape> {
    let n_embd = said.count("embedding_length", None)?;
    let Heads { n_head, n_kv_head, head_size } = said.heads(n_embd)?;
    if let Some(n) = options.n_head.filter(|&n| n != n_head as u64) {
        return Err(Error::invalid("n_head", n, &format!("leave it out: the file says {n_head}")));
    }
    let rows = |slot| {
        let name = name_of(slot);
        header.tensors.iter().find(|tensor| tensor.name == name).map(|tensor| tensor.size.0)
    };
    let missing = || Error::of_tensor(name_of(Slot::Tokens), "it is missing".to_owned());
    Ok(NetworkShape {
        vocab_size: rows(Slot::Tokens).ok_or_else(missing)?,
        block_size: said.count("context_length", None)?,
        n_layer: said.count("block_count", None)?,
        n_head,
        n_kv_head,
        head_size,
        n_embd,
        n_inner: said.count("feed_forward_length", None)?,
        activation: options.activation.unwrap_or(Activation::Silu),
        has_gate: true,
        norm: NormKind::Rms,
        epsilon: said.epsilon()?,
        positions: PositionKind::Rotary,
        has_head_norms: said.kind == "qwen3",
        is_tied: rows(Slot::Head).is_none(),
    })
}
