//! How numbers are written in files: as they are, or quantised in blocks with a scale, as GGUF has them.
//!
//! A quantised block is one or more groups, and a weight is d·q + m with d and m of its group:
//! Q4_0 (d, 32 q of 4 bits, m = −8d), Q4_1 (d, m, the same), Q8_0 (d, 32 signed q), Q4_K (8 groups of 32 under one d and one dmin, 6 bits for
//! each group's own factors), Q6_K (16 groups of 16 under one d, 8 bits for each group's own factor, q of 6 bits less 32).

use half::{bf16, f16};

/// A way to write numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    F32,
    F16,
    Bf16,
    Q8_0,
    Q4_0,
    Q4_1,
    Q4K,
    Q6K,
}

/// Some quantised weights with one scale d and one minimum m, as a file writes them: halves, some times a whole number.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub scale: f16,
    pub scale_factor: i8,
    /// Of those of four bits.
    pub minimum: f16,
    pub minimum_factor: i8,
    /// q, of those of eight bits q + 128.
    pub q: [u8; 32],
}

impl Default for Group {
    fn default() -> Self {
        Self { scale: f16::ZERO, scale_factor: 1, minimum: f16::ZERO, minimum_factor: 1, q: [0; 32] }
    }
}

impl Group {
    /// d and m. A product of a half and a factor has less than 24 bits, so it is exact.
    pub(super) fn numbers(&self) -> (f32, f32) {
        let times = |half: f16, factor: i8| half.to_f32() * f32::from(factor);
        (times(self.scale, self.scale_factor), times(self.minimum, self.minimum_factor))
    }
}

impl Format {
    /// Numbers and bytes of the smallest piece that stands for itself.
    pub(super) fn block(self) -> (usize, usize) {
        match self {
            Self::F32 => (1, 4),
            Self::F16 | Self::Bf16 => (1, 2),
            Self::Q8_0 => (32, 34),
            Self::Q4_0 => (32, 18),
            Self::Q4_1 => (32, 20),
            Self::Q4K => (256, 144),
            Self::Q6K => (256, 210),
        }
    }

    /// Weights that share a scale.
    pub(super) fn group(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::Bf16 => 1,
            Self::Q6K => 16,
            _ => 32,
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
            _ => {
                let (numbers, n_bytes) = self.block();
                let (mut group, zero) = (Group::default(), if self.bits() == 8 { 128.0 } else { 0.0 });
                for bytes in bytes.chunks_exact(n_bytes) {
                    for part in 0..numbers / self.group() {
                        self.group_of(bytes, part, &mut group);
                        let (scale, minimum) = group.numbers();
                        out.extend(group.q[..self.group()].iter().map(|&q| scale * (f32::from(q) - zero) + minimum));
                    }
                }
            }
        }
    }

    /// Bits of a q as it is kept.
    pub(super) fn bits(self) -> u32 {
        match self {
            Self::Q4_0 | Self::Q4_1 | Self::Q4K => 4,
            _ => 8,
        }
    }

    /// A group of a block by its number.
    pub(super) fn group_of(self, bytes: &[u8], part: usize, out: &mut Group) {
        let half = |at: usize| f16::from_le_bytes([bytes[at], bytes[at + 1]]);
        match self {
            Self::F32 | Self::F16 | Self::Bf16 => {}
            Self::Q8_0 => {
                out.scale = half(0);
                // Signed q in two's complement: q + 128 is the byte with its highest bit turned.
                out.q.iter_mut().zip(&bytes[2..]).for_each(|(q, byte)| *q = byte ^ 0x80);
            }
            Self::Q4_0 => {
                out.scale = half(0);
                // Exact, but for a scale above 8,188, which becomes infinite and is refused.
                out.minimum = f16::from_f32(-8.0 * out.scale.to_f32());
                nibbles(&bytes[2..18], &mut out.q);
            }
            Self::Q4_1 => {
                (out.scale, out.minimum) = (half(0), half(2));
                nibbles(&bytes[4..20], &mut out.q);
            }
            Self::Q4K => {
                (out.scale, out.minimum) = (half(0), -half(2));
                (out.scale_factor, out.minimum_factor) = factors(&bytes[4..16], part);
                let (bytes, shift) = (&bytes[16 + part / 2 * 32..], part % 2 * 4);
                out.q.iter_mut().zip(bytes).for_each(|(q, byte)| *q = byte >> shift & 0xf);
            }
            Self::Q6K => {
                let (side, quarter, at) = (part / 8, part % 8 / 2, part % 2 * 16);
                (out.scale, out.scale_factor) = (half(208), bytes[192 + part].cast_signed());
                let low = &bytes[side * 64 + quarter % 2 * 32 + at..];
                let high = &bytes[128 + side * 32 + at..];
                for (q, (low, high)) in out.q[..16].iter_mut().zip(low.iter().zip(high)) {
                    let bits = low >> (quarter / 2 * 4) & 0xf | (high >> (quarter * 2) & 3) << 4;
                    *q = bits + (128 - 32);
                }
            }
        }
    }
}

/// 32 q of four bits: the lower halves of sixteen bytes, then the upper ones.
fn nibbles(bytes: &[u8], q: &mut [u8; 32]) {
    for (i, byte) in bytes.iter().enumerate() {
        (q[i], q[16 + i]) = (byte & 0xf, byte >> 4);
    }
}

/// A group's factors of d and of dmin, of six bits each: those of the last four groups lie in what the others leave over.
fn factors(bytes: &[u8], group: usize) -> (i8, i8) {
    let (scale, minimum) = match group.checked_sub(4) {
        None => (bytes[group] & 63, bytes[group + 4] & 63),
        Some(i) => (bytes[i + 8] & 0xf | bytes[i] >> 6 << 4, bytes[i + 8] >> 4 | bytes[i + 4] >> 6 << 4),
    };
    (scale.cast_signed(), minimum.cast_signed())
}
