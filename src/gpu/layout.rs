//! What crosses to the shaders, field by field as in shaders/shared/rows.wgsl and shaders/chain.wgsl; tests/it/shaders.rs compares both.

use bytemuck::{Pod, Zeroable};

pub use crate::stages::Edit;

/// Sizes of one dispatch.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Batch {
    /// B.
    pub n_rows: u32,
    /// V.
    pub vocab_size: u32,
    /// Blocks of [`BLOCK`] logits in a row.
    pub n_blocks: u32,
    /// Of the stage in the plans.
    pub position: u32,
    /// 0, which the shader's compiler cannot know.
    pub zero: u32,
}

/// One row at one position of its plan.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct Row {
    /// Which kernel this entry is for; 0: none.
    pub kind: u32,
    /// [`GREEDY`] or [`COIN`]; a race is a kernel of its own.
    pub draw: u32,
    /// Low word, high word.
    pub coin: [u32; 2],
    /// Of a stage on its own: see its kernel.
    pub params: [u32; 4],
    /// Of the fused kernels, as all that follow: bits of T; those of 1 when off.
    pub temperature: u32,
    /// How many stay; 0 when off.
    pub k: u32,
    /// Share of the mass · 2^64; all ones when off.
    pub p: [u32; 2],
    /// Bits of the lowest x − max that stays; 1 when off.
    pub value_cut: u32,
    /// Bits: see `tie_floor` in shaders/shared/fused.wgsl.
    pub slack: u32,
    /// The row's first edit.
    pub edits_from: u32,
    /// One past its last.
    pub edits_to: u32,
}

impl Default for Row {
    fn default() -> Self {
        let (temperature, p, value_cut) = (1.0_f32.to_bits(), [u32::MAX; 2], 1);
        Self { temperature, p, value_cut, ..Self::zeroed() }
    }
}

/// What a row drew.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Drawn {
    /// Its id.
    pub token: u32,
    /// Tokens that were left to draw from.
    pub kept: u32,
    /// 0, or why there is no token.
    pub status: u32,
    /// Mass of the token; in a race the bits of its weight.
    pub mass: u32,
    /// W.
    pub total: [u32; 2],
    /// Mass before the token, in id order.
    pub start: [u32; 2],
    /// Second in a race.
    pub runner_up: u32,
    /// Bits of the second's weight.
    pub runner_up_weight: u32,
}

impl Drawn {
    /// Whether a token was drawn: no kernel refused the row, and one of them wrote here.
    pub(super) fn is_drawn(&self) -> bool {
        self.status == 0 && self.kept > 0
    }
}

/// One block of one row.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Part {
    /// The block's largest key.
    pub max_key: u32,
    /// The lowest id that has it.
    pub max_id: u32,
    /// Candidates found.
    pub n: u32,
    /// Every key from here up is one.
    pub tau: u32,
    /// Σ mass of the tokens left.
    pub sum: [u32; 2],
    /// How many those are.
    pub kept: u32,
    /// A NaN or +inf was seen.
    pub is_invalid: u32,
}

/// One call of the chain kernel.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Chain {
    /// B.
    pub n_sequences: u32,
    /// Steps of each.
    pub n_steps: u32,
    /// Of the first random number.
    pub first_step: u32,
    /// 8 or 16: bits of a token in a word of the output.
    pub token_bits: u32,
    /// Low word, high word.
    pub seed: [u32; 2],
}

/// The tokens that may follow one token.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct State {
    /// W; 0 is a dead end.
    pub total: [u32; 2],
    /// Of its entries.
    pub first: u32,
    /// How many.
    pub n: u32,
}

/// One of them.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Entry {
    /// Running mass in id order, this one included.
    pub sum: [u32; 2],
    /// Its id.
    pub id: u32,
    /// 1: a sequence ends with it.
    pub is_end: u32,
}

/// Where a sequence stands.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Sequence {
    /// Its last token.
    pub last: u32,
    /// Row of its random numbers.
    pub row: u32,
    /// Tokens drawn.
    pub n_drawn: u32,
    /// 1: no more.
    pub has_ended: u32,
}

/// Logits of a block.
pub const BLOCK: usize = 8192;
/// Candidates kept of a block.
pub const CAPACITY: usize = 256;

/// The kind of a whole plan for the fused kernels.
pub const FUSED: u32 = 255;

/// The plan is greedy.
pub const GREEDY: u32 = 0;
/// Inverse CDF.
pub const COIN: u32 = 1;

/// A row's status: the CPU names the error.
pub const REFUSED: u32 = 7;

/// The number those are the words of.
pub(super) fn wide([low, high]: [u32; 2]) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}
