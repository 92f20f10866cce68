//! What a tensor is by its name: the names of GPT-2's own checkpoints, which nanoGPT and minGPT share, and those of other courses.

use crate::core::error::{Error, Result};

/// Where a tensor belongs in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// The embedding, (V, C).
    Tokens,
    /// One row a position, (block_size, C).
    Positions,
    /// Before the head, (C).
    FinalNorm {
        /// Its bias rather than its weight.
        is_bias: bool,
    },
    /// (V, C).
    Head,
    /// Of a block.
    Block {
        /// Its number.
        layer: usize,
        /// Which of its parts.
        part: Part,
        /// The part's bias rather than its weight.
        is_bias: bool,
    },
}

/// A part of a block that has a weight and a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Before attention, (C).
    Norm1,
    /// Query, key and value in one, C → 3C.
    Qkv,
    /// C → C.
    Query,
    /// C → C.
    Key,
    /// C → C.
    Value,
    /// C → C.
    Proj,
    /// Before the MLP, (C).
    Norm2,
    /// C → n_inner.
    Fc,
    /// n_inner → C.
    MlpProj,
}

/// The names of one course's tensors. A name is a stem and a kind: `h.0.ln_1` and `weight`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Names {
    tokens: &'static str,
    positions: &'static str,
    final_norm: &'static str,
    head: &'static str,
    /// Stands before a block's number.
    blocks: &'static str,
    /// Stems behind that number. Of two for the same part the first is told.
    parts: &'static [(&'static str, Part)],
    /// Kinds, and whether they mean a bias.
    kinds: &'static [(&'static str, bool)],
    /// Ends of names of what is no weight: masks.
    masks: &'static [&'static str],
    /// All matrices are (out, in), as `nn.Linear` has them.
    pub is_linear: bool,
}

/// Hugging Face's `GPT2LMHeadModel` with `Conv1D`; nanoGPT, build-nanogpt, minGPT and makemore with `nn.Linear`.
static GPT_2: Names = Names {
    tokens: "wte",
    positions: "wpe",
    final_norm: "ln_f",
    head: "lm_head",
    blocks: "h.",
    parts: &[
        ("ln_1", Part::Norm1),
        ("attn.c_attn", Part::Qkv),
        ("attn.c_proj", Part::Proj),
        ("ln_2", Part::Norm2),
        ("mlp.c_fc", Part::Fc),
        ("mlp.c_proj", Part::MlpProj),
    ],
    kinds: &[("weight", false), ("bias", true)],
    masks: &[".attn.bias", ".attn.masked_bias"],
    is_linear: false,
};

/// `GPTModel` of the book Build a Large Language Model (From Scratch), with its own attention or PyTorch's.
static BOOK: Names = Names {
    tokens: "tok_emb",
    positions: "pos_emb",
    final_norm: "final_norm",
    head: "out_head",
    blocks: "trf_blocks.",
    parts: &[
        ("norm1", Part::Norm1),
        ("att.W_query", Part::Query),
        ("att.W_key", Part::Key),
        ("att.W_value", Part::Value),
        ("att.qkv", Part::Qkv),
        ("att.out_proj", Part::Proj),
        ("att.proj", Part::Proj),
        ("norm2", Part::Norm2),
        ("ff.layers.0", Part::Fc),
        ("ff.layers.2", Part::MlpProj),
    ],
    kinds: &[("weight", false), ("bias", true), ("scale", false), ("shift", true)],
    masks: &[".att.mask"],
    is_linear: true,
};

/// More blocks than this are a mistake: GPT-2's largest has 48.
const MAX_LAYERS: usize = 1024;

/// Parts of names that only models of another layout have, and whose they are.
const OTHERS: [(&str, &str); 9] = [
    ("token_embedding_table", "the lecture Let's build GPT, with a matrix for each head"),
    (".self_attn.", "Llama's family, with rotary positions, or OPT's"),
    ("gpt_neox.", "GPT-NeoX"),
    (".attn.attention.", "GPT-Neo"),
    (".attn.q_proj.", "GPT-J"),
    ("word_embeddings.", "BLOOM or Falcon"),
    ("encoder.layer.", "BERT"),
    ("backbone.layers.", "Mamba"),
    ("lora_A.", "a LoRA adapter, which has to be merged into its model first (merge_and_unload in peft)"),
];

/// How a file calls its tensors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Called {
    pub names: &'static Names,
    /// What every one of them begins with: `module.`, `_orig_mod.` or anything else.
    root: String,
    /// All but the head have this behind the root, too.
    has_transformer: bool,
}

impl Called {
    /// What a name stands for; none for a mask.
    pub(super) fn slot(&self, name: &str) -> Result<Option<Slot>> {
        self.names.slot(name, &self.root)
    }

    /// The name of a slot.
    pub(super) fn name(&self, slot: Slot) -> String {
        let inner = if self.has_transformer && slot != Slot::Head { TRANSFORMER } else { "" };
        format!("{}{inner}{}", self.root, self.names.name(slot))
    }
}

/// What Hugging Face's and Karpathy's models begin with.
const TRANSFORMER: &str = "transformer.";

/// How a file with these names calls its tensors.
pub(super) fn of<'a>(names: impl Iterator<Item = &'a String> + Clone) -> Called {
    let before = |stem: &str| {
        let starts = names.clone().filter_map(|name| name.strip_suffix(".weight")?.strip_suffix(stem));
        starts.filter(|start| start.is_empty() || start.ends_with('.')).min_by_key(|start| start.len())
    };
    let found = [&GPT_2, &BOOK].into_iter().find_map(|course| {
        let root = before(course.tokens).or_else(|| before(course.head))?;
        Some((course, root))
    });
    let (course, root) = found.unwrap_or((&GPT_2, ""));
    let root = root.strip_suffix(TRANSFORMER).unwrap_or(root);
    let is_inner = |name: &String| name.strip_prefix(root).is_some_and(|rest| rest.starts_with(TRANSFORMER));
    Called { names: course, root: root.to_owned(), has_transformer: names.clone().any(is_inner) }
}

impl Names {
    /// What a name behind `root` stands for; none for a mask.
    fn slot(&self, name: &str, root: &str) -> Result<Option<Slot>> {
        if let Some((_, whose)) = OTHERS.iter().find(|(part, _)| name.contains(part)) {
            let reason = format!("it is a tensor of {whose}; only models in GPT-2's layout are read");
            return Err(Error::of_tensor(name.to_owned(), reason));
        }
        let short = name.strip_prefix(root).unwrap_or(name);
        let short = short.strip_prefix(TRANSFORMER).unwrap_or(short);
        if self.masks.iter().any(|mask| short.ends_with(mask)) {
            return Ok(None);
        }
        self.known(short).map(Some).ok_or_else(|| {
            let reason = "a GPT-2 has no tensor of this name".to_owned();
            Error::of_tensor(name.to_owned(), reason)
        })
    }

    fn known(&self, short: &str) -> Option<Slot> {
        let (stem, kind) = short.rsplit_once('.')?;
        let (_, is_bias) = *self.kinds.iter().find(|(known, _)| *known == kind)?;
        if let Some(rest) = stem.strip_prefix(self.blocks) {
            let (layer, stem) = rest.split_once('.')?;
            let layer = layer.parse().ok().filter(|layer| *layer < MAX_LAYERS)?;
            let (_, part) = *self.parts.iter().find(|(known, _)| *known == stem)?;
            return Some(Slot::Block { layer, part, is_bias });
        }
        let one = [(self.tokens, Slot::Tokens), (self.positions, Slot::Positions), (self.head, Slot::Head)];
        let found = one.into_iter().find(|(known, _)| *known == stem && !is_bias).map(|(_, slot)| slot);
        found.or_else(|| (stem == self.final_norm).then_some(Slot::FinalNorm { is_bias }))
    }

    /// The name of a slot, without what all names begin with.
    fn name(&self, slot: Slot) -> String {
        let kind = |wanted| self.kinds.iter().find(|(_, is_bias)| *is_bias == wanted).map_or("", |(kind, _)| kind);
        match slot {
            Slot::Tokens => format!("{}.weight", self.tokens),
            Slot::Positions => format!("{}.weight", self.positions),
            Slot::Head => format!("{}.weight", self.head),
            Slot::FinalNorm { is_bias } => format!("{}.{}", self.final_norm, kind(is_bias)),
            Slot::Block { layer, part, is_bias } => {
                let stem = self.parts.iter().find(|(_, other)| *other == part).map_or("", |(stem, _)| stem);
                format!("{}{layer}.{stem}.{}", self.blocks, kind(is_bias))
            }
        }
    }

    /// The parts that a block needs, where query, key and value are three tensors or one.
    pub(super) fn needed(is_split: bool) -> impl Iterator<Item = Part> + Clone {
        let attention: &[Part] = if is_split { &[Part::Query, Part::Key, Part::Value] } else { &[Part::Qkv] };
        let others = [Part::Proj, Part::Norm2, Part::Fc, Part::MlpProj];
        std::iter::once(Part::Norm1).chain(attention.iter().copied()).chain(others)
    }
}
