//! What crosses to the kernels of a network, field by field as in shaders/shared/network.wgsl; tests/it/shaders.rs compares both.

use bytemuck::{Pod, Zeroable};

/// Sizes of one dispatch.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
pub struct Work {
    /// T of the pass.
    pub n_slots: u32,
    /// Its first slot.
    pub first_slot: u32,
    /// Numbers read per slot, head or output; of a product in fours.
    pub n_in: u32,
    /// Rows of the table or matrix that are bound.
    pub n_out: u32,
    /// The first of those in the whole.
    pub first: u32,
    /// From one row read to the next; of a product in fours.
    pub stride_in: u32,
    /// From one row written to the next.
    pub stride_out: u32,
    /// Heads.
    pub n_head: u32,
    /// Those that share a key and a value.
    pub n_shared: u32,
    /// From one position in the cache to the next.
    pub stride_cache: u32,
    /// Positions in the cache.
    pub capacity: u32,
    /// See each kernel.
    pub mode: u32,
    /// 1: there is a bias; of a norm, it is a layer norm.
    pub has_bias: u32,
    /// ε.
    pub epsilon: f32,
    /// 1 / √head_size.
    pub scale: f32,
}

/// A position of a sequence on its way through the network.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Slot {
    /// Its token, where that is known.
    pub token: u32,
    /// Word of the records where it will stand; [`ALL`]: it is known.
    pub source: u32,
    /// Its position.
    pub position: u32,
    /// Its row in the cache.
    pub row: u32,
    /// The row of logits wanted for it; [`ALL`]: none.
    pub out: u32,
}

/// None.
pub const ALL: u32 = u32::MAX;

/// Of a product: what is there is added to it.
pub const ADD: u32 = 1;
/// Of a product: GELU by tanh.
pub const GELU_TANH: u32 = 2;
/// Of a product: GELU by erf.
pub const GELU_ERF: u32 = 3;

/// Of a product: x / (1 + e^−x).
pub const SILU: u32 = 4;
/// Of a product: it is multiplied by what is there.
pub const TIMES: u32 = 5;

/// Slots that a workgroup of `products` takes.
pub const SLOTS_OF_A_TILE: u32 = 16;
/// Outputs that a workgroup of both products makes.
pub const OUTPUTS_OF_A_TILE: u32 = 64;
