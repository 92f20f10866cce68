//! config.json, as Hugging Face, nanoGPT, minGPT or the book writes it. All of it may be missing: the shapes show most of it, and the rest is
//! assumed.

use super::{
    super::limits::EPSILONS,
    Assumed, Options, Placed,
    names::{Names, Part, Slot},
    others::{refuse, refuse_others},
    said::{Said, Sayings, end_tokens, fault},
    shapes::Shapes,
};
use crate::core::{
    error::{Error, Result},
    network::{Activation, NetworkShape, NormKind, PositionKind},
    token::TokenId,
};

/// Numbers in a head where nothing says how many heads there are: GPT-2's.
const HEAD_SIZE: usize = 64;

/// What courses call the same size.
const BLOCK_SIZES: [&str; 4] = ["n_positions", "block_size", "context_length", "max_position_embeddings"];
const WIDTHS: [&str; 3] = ["n_embd", "emb_dim", "hidden_size"];
const LAYERS: [&str; 3] = ["n_layer", "n_layers", "num_hidden_layers"];
const HEADS: [&str; 3] = ["n_head", "n_heads", "num_attention_heads"];
const ACTIVATIONS: [&str; 3] = ["activation_function", "activation", "hidden_act"];
const NORM_EPSILONS: [&str; 4] = ["layer_norm_epsilon", "layer_norm_eps", "norm_epsilon", "norm_eps"];

/// Heads of keys and values: as many as heads.
const KV_HEADS: [&str; 3] = ["num_key_value_heads", "n_kv_head", "n_kv_heads"];

/// Tokens that are seen: all of the block.
const WINDOWS: [&str; 2] = ["sliding_window", "window_size"];

/// What other layouts have in the place of learned positions and layer norms.
const ELSEWHERE: [&str; 4] = ["rope_scaling", "rope_parameters", "rope_theta", "rms_norm_eps"];

/// Kinds of models whose tensors may have the same names, and mean something else.
const OTHER_KINDS: [&str; 14] = [
    "bloom",
    "codegen",
    "falcon",
    "gemma",
    "gpt_bigcode",
    "gpt_neo",
    "gpt_neox",
    "gptj",
    "imagegpt",
    "llama",
    "mistral",
    "opt",
    "qwen2",
    "qwen3",
];

/// Where some keep what a model is made of, beside how it was trained: minGPT, nanoGPT.
const INSIDE: [&str; 2] = ["model", "model_args"];

/// minGPT's models that are told by a name; its others have heads of 64 numbers.
const MIN_GPTS: [(&str, u64); 3] = [("gpt-mini", 6), ("gpt-micro", 4), ("gpt-nano", 3)];

/// What the file says.
#[derive(Debug, Clone)]
pub(super) struct Config(Sayings);

impl Config {
    /// Reads the JSON; nothing is said without one.
    pub(super) fn parse(text: Option<&str>) -> Result<Self> {
        let mut said = Sayings::parse("config.json", text)?;
        INSIDE.iter().try_for_each(|name| said.lift(name))?;
        refuse_others(&said)?;
        Ok(Self(said))
    }

    /// Together with what the shapes tell and what was given: the model's shape, and what of it was assumed. V is what the config says, or
    /// the rows of the embedding, of which there may be more.
    pub(super) fn complete(&self, shapes: &Shapes, options: &Options<'_>) -> Result<(NetworkShape, Assumed)> {
        let Shapes { block_size, n_embd, n_inner, n_layer, .. } = *shapes;
        self.check_kind()?;
        self.check_sizes(shapes)?;
        if self.0.flag("scale_attn_weights")? == Some(false)
            || self.0.flag("scale_attn_by_inverse_layer_idx")? == Some(true)
        {
            return Err(fault("config.json asks for attention that is not scaled by √head_size alone".to_owned()));
        }
        let (n_head, is_head_said) = self.n_head(n_embd, options)?;
        self.check_attention(n_head, shapes)?;
        let activation = match options.activation {
            None => self.activation()?,
            given => given,
        };
        let assumed = Assumed { n_head: !is_head_said, activation: activation.is_none() };
        let shape = NetworkShape {
            vocab_size: self.true_vocab_size(shapes)?,
            block_size,
            n_layer,
            n_head,
            n_kv_head: n_head,
            head_size: n_embd / n_head,
            n_embd,
            n_inner,
            // What is assumed is known when the weights are.
            activation: activation.unwrap_or(Activation::GeluTanh),
            has_gate: false,
            norm: NormKind::Layer,
            epsilon: self.epsilon()?,
            positions: PositionKind::Learned,
            has_head_norms: false,
            is_tied: !shapes.has_head || self.0.flag("tie_word_embeddings")?.unwrap_or(false),
        };
        Ok((shape, assumed))
    }

    /// Every tensor that the file says there is, which a model might do without, is there: biases, and a head that is not the embedding.
    pub(super) fn check_promises(&self, pieces: &[Placed], shapes: &Shapes) -> Result<()> {
        let is_there = |slot: Slot| pieces.iter().any(|(_, _, other)| *other == slot);
        let refuse = |slot: Slot, told: &str| {
            let reason = format!("it is missing, and config.json says {told}");
            Err(Error::of_tensor(shapes.called.name(slot), reason))
        };
        let has_all = self.0.flag("bias")? == Some(true);
        let has_some = self.0.flag("qkv_bias")? == Some(true);
        for layer in 0..shapes.n_layer {
            for part in Names::needed(shapes.is_split) {
                let is_some = matches!(part, Part::Qkv | Part::Query | Part::Key | Part::Value);
                let slot = Slot::Block { layer, part, is_bias: true };
                if (has_all || has_some && is_some) && !is_there(slot) {
                    return refuse(slot, if has_all { "bias = true" } else { "qkv_bias = true" });
                }
            }
        }
        let last = Slot::FinalNorm { is_bias: true };
        if has_all && !is_there(last) {
            return refuse(last, "bias = true");
        }
        if self.0.flag("tie_word_embeddings")? == Some(false) && !shapes.has_head {
            // What has the head's name alone was taken for both.
            let is_head = pieces.iter().any(|(piece, _, _)| piece.name == shapes.called.name(Slot::Head));
            return refuse(if is_head { Slot::Tokens } else { Slot::Head }, "tie_word_embeddings = false");
        }
        Ok(())
    }

    /// The tokens that end a text, with what generation_config.json says.
    pub(super) fn end_tokens(&self, generation: Option<&str>, vocab_size: usize) -> Result<Vec<TokenId>> {
        end_tokens(&self.0, generation, vocab_size)
    }

    /// How many tokens there are: what is said, where that leaves rows of the embedding over, or else as many as it has rows.
    fn true_vocab_size(&self, shapes: &Shapes) -> Result<usize> {
        let said = self.0.whole("vocab_size")?.and_then(|said| usize::try_from(said).ok());
        Ok(said.filter(|said| (1..shapes.vocab_size).contains(said)).unwrap_or(shapes.vocab_size))
    }

    /// The model is of this layout, as far as the file says what it is.
    fn check_kind(&self) -> Result<()> {
        refuse(&self.0, "model_type", |kind| !kind.text().is_some_and(|kind| OTHER_KINDS.contains(&kind)))?;
        refuse(&self.0, "position_embedding_type", |kind| {
            kind.text().is_some_and(|kind| ["absolute", "learned", "learned_absolute"].contains(&kind))
        })?;
        refuse(&self.0, "do_layer_norm_before", |is_on| matches!(is_on, Said::Flag(true)))?;
        ELSEWHERE.iter().try_for_each(|name| refuse(&self.0, name, Said::is_nothing))
    }

    /// Each head has keys and values of its own, all heads together are as wide as a token, and see the whole block.
    #[allow(clippy::cast_precision_loss, reason = "sizes are small")]
    fn check_attention(&self, n_head: usize, shapes: &Shapes) -> Result<()> {
        let is = |n: usize| move |value: &Said| value.real() == Some(n as f64);
        KV_HEADS.iter().try_for_each(|name| refuse(&self.0, name, is(n_head)))?;
        refuse(&self.0, "head_dim", is(shapes.n_embd / n_head))?;
        let is_wide = |value: &Said| value.real().is_some_and(|n| n <= 0.0 || n >= shapes.block_size as f64);
        WINDOWS.iter().try_for_each(|name| refuse(&self.0, name, is_wide))
    }

    /// What is said has to be what the tensors' shapes say; only rows of the embedding may be more than tokens.
    fn check_sizes(&self, shapes: &Shapes) -> Result<()> {
        let Shapes { block_size, n_embd, n_inner, n_layer, .. } = *shapes;
        let vocab_size = self.true_vocab_size(shapes)?;
        let sizes: [(&[&str], usize); 5] = [
            (&["vocab_size"], vocab_size),
            (&BLOCK_SIZES, block_size),
            (&WIDTHS, n_embd),
            (&["n_inner"], n_inner),
            (&LAYERS, n_layer),
        ];
        for (names, found) in sizes {
            for name in names {
                if let Some(said) = self.0.whole(name)?.filter(|said| *said != found as u64) {
                    return Err(fault(format!(
                        "config.json says {name} = {said}, and the tensors' shapes say {found}"
                    )));
                }
            }
        }
        Ok(())
    }

    /// How many heads, and whether anything says so.
    fn n_head(&self, n_embd: usize, options: &Options<'_>) -> Result<(usize, bool)> {
        let fits = |n: &usize| *n > 0 && n_embd.is_multiple_of(*n);
        match (options.n_head, self.said_heads()?) {
            (Some(n), _) => {
                let expected = format!("use a divisor of n_embd = {n_embd}");
                let n = usize::try_from(n).ok().filter(fits).ok_or_else(|| Error::invalid("n_head", n, &expected));
                Ok((n?, true))
            }
            (None, Some((name, n))) => {
                let reason =
                    || fault(format!("config.json says {name} = {n}, which does not divide n_embd = {n_embd}"));
                Ok((usize::try_from(n).ok().filter(fits).ok_or_else(reason)?, true))
            }
            (None, None) if n_embd.is_multiple_of(HEAD_SIZE) => Ok((n_embd / HEAD_SIZE, false)),
            (None, None) => Err(fault(format!(
                "nothing says how many heads share n_embd = {n_embd}: give n_head, or add config.json"
            ))),
        }
    }

    /// What the file calls its heads, and how many they are.
    fn said_heads(&self) -> Result<Option<(&'static str, u64)>> {
        let found = self.one_of(&HEADS, |name| self.0.whole(name))?;
        let kind = self.0.get("model_type").and_then(Said::text);
        let known = MIN_GPTS.iter().find(|(name, _)| Some(*name) == kind).map(|(_, n)| ("n_head", *n));
        Ok(found.or(known))
    }

    /// The activation that the config names, if it names one.
    fn activation(&self) -> Result<Option<Activation>> {
        let said = self.one_of(&ACTIVATIONS, |name| {
            let Some(value) = self.0.get(name) else { return Ok(None) };
            let known = value.text().and_then(Activation::named);
            known.map(Some).ok_or_else(|| fault(format!("config.json says {name} = {value}: use a GELU")))
        })?;
        Ok(said.map(|(_, activation)| activation))
    }

    fn epsilon(&self) -> Result<f32> {
        let said = self.one_of(&NORM_EPSILONS, |name| self.0.number(name, &EPSILONS))?;
        Ok(said.map_or(1e-5, |(_, epsilon)| epsilon))
    }

    /// What is said under one of several names, or the same under more of them.
    fn one_of<T: PartialEq>(
        &self,
        names: &[&'static str],
        read: impl Fn(&str) -> Result<Option<T>>,
    ) -> Result<Option<(&'static str, T)>> {
        let mut found: Option<(&'static str, T)> = None;
        for name in names {
            let Some(value) = read(name)? else { continue };
            if let Some((other, _)) = found.as_ref().filter(|(_, before)| *before != value) {
                let said = |name: &str| self.0.get(name).map(Said::to_string).unwrap_or_default();
                return Err(fault(format!("config.json says {other} = {} and {name} = {}", said(other), said(name))));
            }
            found = found.or(Some((name, value)));
        }
        Ok(found)
    }
}
