//! How numbers are written in files.

use half::{bf16, f16};

/// A way to write numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    F32,
    F16,
    Bf16,
}

impl Format {
    /// Numbers and bytes of the smallest piece that stands for itself.
    pub(super) fn block(self) -> (usize, usize) {
        match self {
            Self::F32 => (1, 4),
            Self::F16 | Self::Bf16 => (1, 2),
        }
    }

    /// Bytes that `n` numbers take; None where they end inside a block.
    pub(super) fn n_bytes(self, n: u64) -> Option<u64> {
        let (numbers, bytes) = self.block();
        n.is_multiple_of(numbers as u64).then(|| (n / numbers as u64).checked_mul(bytes as u64))?
    }

    /// The numbers in whole blocks.
    pub(super) fn read(self, bytes: &[u8], out: &mut Vec<f32>) {
        out.clear();
        match self {
            Self::F32 => out.extend(bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes))),
            Self::F16 => out.extend(bytes.as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32())),
            Self::Bf16 => out.extend(bytes.as_chunks().0.iter().map(|&bytes| bf16::from_le_bytes(bytes).to_f32())),
        }
    }
}
