//! config.json, as Hugging Face, nanoGPT, minGPT or the book writes it. All of it may be missing: the shapes show most of it, and the rest is
//! assumed.

use super::{
    super::limits::EPSILONS,
    Assumed, Options, Placed,
    names::{Names, Part, Slot},
    others::refuse_others,
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
const ACTIVATIONS: [&str; 2] = ["activation_function", "activation"];

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
        INSIDE.iter().for_each(|name| said.lift(name));
        refuse_others(&said)?;
        Ok(Self(said))
    }

    /// Together with what the shapes tell and what was given: the model's shape, and what of it was assumed. V is what the config says, or
    /// the rows of the embedding, of which there may be more.
    pub(super) fn complete(&self, shapes: &Shapes, options: &Options<'_>) -> Result<(NetworkShape, Assumed)> {
        let Shapes { block_size, n_embd, n_inner, n_layer, .. } = *shapes;
        self.check_sizes(shapes)?;
        if self.0.flag("scale_attn_weights")? == Some(false)
            || self.0.flag("scale_attn_by_inverse_layer_idx")? == Some(true)
        {
            return Err(fault("config.json asks for attention that is not scaled by √head_size alone".to_owned()));
        }
        let (n_head, is_head_said) = self.n_head(n_embd, options)?;
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
        let mut found: Option<(&str, u64)> = None;
        for name in HEADS {
            let Some(n) = self.0.whole(name)? else { continue };
            if let Some((other, before)) = found.filter(|(_, before)| *before != n) {
                return Err(fault(format!("config.json says {other} = {before} and {name} = {n}")));
            }
            found = found.or(Some((name, n)));
        }
        let kind = self.0.get("model_type").and_then(Said::text);
        let known = MIN_GPTS.iter().find(|(name, _)| Some(*name) == kind).map(|(_, n)| ("n_head", *n));
        Ok(found.or(known))
    }

    /// The activation that the config names, if it names one.
    fn activation(&self) -> Result<Option<Activation>> {
        let Some((name, value)) = ACTIVATIONS.iter().find_map(|name| Some((name, self.0.get(name)?))) else {
            return Ok(None);
        };
        let known = value.text().and_then(Activation::named);
        known.map(Some).ok_or_else(|| fault(format!("config.json says {name} = {value}: use a GELU")))
    }

    fn epsilon(&self) -> Result<f32> {
        Ok(self.0.number("layer_norm_epsilon", &EPSILONS)?.unwrap_or(1e-5))
    }
}
