//! What a stage tells the GPU.

use bytemuck::{Pod, Zeroable};

/// A stage as the fused kernels know it. They take any number of edits, then at most one of each of the others, in this order.
#[cfg_attr(target_os = "wasi", allow(dead_code, reason = "WASI has no GPU"))]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cut {
    /// Single logits change.
    Edits,
    /// Every logit is divided by this.
    Divide(f32),
    /// The k largest stay, and ties with the k-th.
    Count(usize),
    /// A token goes when more than this share of the mass, in units of 2^-64, ranks before it.
    Mass(u64),
    /// A token goes when its logit is further below the largest than this; not above 0.
    Value(f32),
}

/// A change to one logit.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Edit {
    /// Of the token.
    pub id: u32,
    /// Bits: x < 0 ? x · factor : x / factor.
    pub factor: u32,
    /// Bits: added afterwards.
    pub amount: u32,
    /// 0.
    pub unused: u32,
}

impl Edit {
    /// Four words of a stage whose kernel reads its edits as bits.
    #[cfg_attr(target_os = "wasi", allow(dead_code, reason = "WASI has no GPU"))]
    pub(crate) fn of_words([id, factor, amount, unused]: [u32; 4]) -> Self {
        Self { id, factor, amount, unused }
    }
}
