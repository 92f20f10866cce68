//! From a file's blocks to tiles.

use super::{
    super::format::{Format, Group},
    Block, Bytes, Nibbles, PANEL, Prepared,
    scales::{Halves, Products, Scales},
    write,
};
use crate::core::{memory, network::Quantised};
use crate::lanes::wide::Line;

/// A matrix of quantised weights.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Packed {
    /// Of four bits.
    Nibbles(Vec<Nibbles<Halves>>),
    /// Of four, whose scales have a factor each.
    ScaledNibbles(Vec<Nibbles<Products>>),
    /// Of eight, with a scale for 32 of them.
    Bytes(Vec<Bytes<Halves, 16>>),
    /// Of eight, with a scale and its factor for 16 of them.
    ShortBytes(Vec<Bytes<Products, 8>>),
}

// Bits a weight: 5, 5.5, 8.5 and 9.5.
const _: () = assert!(
    size_of::<Nibbles<Halves>>() == 5 * 32 * PANEL / 8
        && size_of::<Nibbles<Products>>() == 11 * 16 * PANEL / 8
        && size_of::<Bytes<Halves, 16>>() == 17 * 16 * PANEL / 8
        && size_of::<Bytes<Products, 8>>() == 19 * 8 * PANEL / 8,
    "a block has no gaps"
);

/// Blocks without weights.
fn room<B: Block>(n_in: usize, n_out: usize) -> Option<Vec<B>> {
    memory::filled(B::ZERO, n_out.div_ceil(PANEL) * (n_in / (2 * B::PAIRS)))
}

impl Packed {
    /// For weights that are written so; None where they are no whole numbers, or where there is no memory for them.
    pub(in super::super) fn new(format: Format, n_in: usize, n_out: usize) -> Option<Self> {
        Some(match format {
            Format::F32 | Format::F16 | Format::Bf16 => return None,
            Format::Q4_0 | Format::Q4_1 => Self::Nibbles(room(n_in, n_out)?),
            Format::Q4K => Self::ScaledNibbles(room(n_in, n_out)?),
            Format::Q8_0 => Self::Bytes(room(n_in, n_out)?),
            Format::Q6K => Self::ShortBytes(room(n_in, n_out)?),
        })
    }

    /// All weights of output `j`, as a file has them; `Err` with the first scale that is no number.
    pub(in super::super) fn put(
        &mut self,
        j: usize,
        n_in: usize,
        format: Format,
        bytes: &[u8],
    ) -> Result<(), (usize, f32)> {
        let mut group = Group::default();
        let (inputs, block_bytes) = format.block();
        for (place, bytes) in bytes.chunks_exact(block_bytes).enumerate() {
            for part in 0..inputs / format.group() {
                format.group_of(bytes, part, &mut group);
                let input = place * inputs + part * format.group();
                for half in [group.scale, group.minimum] {
                    if !half.is_finite() {
                        return Err((input, half.to_f32()));
                    }
                }
                self.put_group(j, n_in, input, &group);
            }
        }
        Ok(())
    }

    fn put_group(&mut self, j: usize, n_in: usize, input: usize, group: &Group) {
        match self {
            Self::Nibbles(blocks) => put_nibbles(blocks, j, n_in, input, group),
            Self::ScaledNibbles(blocks) => put_nibbles(blocks, j, n_in, input, group),
            Self::Bytes(blocks) => put_bytes(blocks, j, n_in, input, group),
            Self::ShortBytes(blocks) => put_bytes(blocks, j, n_in, input, group),
        }
    }

    /// All weights of output `j`.
    pub(in super::super) fn column(&self, j: usize, out: &mut [f32]) {
        match self {
            Self::Nibbles(blocks) => column(blocks, j, out),
            Self::ScaledNibbles(blocks) => column(blocks, j, out),
            Self::Bytes(blocks) => column(blocks, j, out),
            Self::ShortBytes(blocks) => column(blocks, j, out),
        }
    }

    /// How its weights are quantised.
    pub(in super::super) fn quantised(&self) -> Quantised {
        match self {
            Self::Nibbles(_) | Self::ScaledNibbles(_) => Quantised::Nibbles,
            Self::Bytes(_) | Self::ShortBytes(_) => Quantised::Bytes,
        }
    }

    /// All weights of output `j` in groups, as they are.
    pub(in super::super) fn words(&self, j: usize, out: &mut [u32]) {
        let kind = self.quantised();
        match self {
            Self::Nibbles(blocks) => words(blocks, j, kind, out),
            Self::ScaledNibbles(blocks) => words(blocks, j, kind, out),
            Self::Bytes(blocks) => words(blocks, j, kind, out),
            Self::ShortBytes(blocks) => words(blocks, j, kind, out),
        }
    }

    /// x (T, n_in) times this and a bias → `out` (T, n_out).
    pub(in super::super) fn write(
        &self,
        bias: &[Line],
        x: &[f32],
        n_in: usize,
        prepared: &mut Prepared,
        out: &mut [f32],
    ) {
        match self {
            Self::Nibbles(blocks) => write(blocks, bias, x, n_in, prepared, out),
            Self::ScaledNibbles(blocks) => write(blocks, bias, x, n_in, prepared, out),
            Self::Bytes(blocks) => write(blocks, bias, x, n_in, prepared, out),
            Self::ShortBytes(blocks) => write(blocks, bias, x, n_in, prepared, out),
        }
    }
}

fn put_nibbles<D: Scales>(blocks: &mut [Nibbles<D>], j: usize, n_in: usize, input: usize, group: &Group) {
    let (block, lane) = (&mut blocks[place::<Nibbles<D>>(j, n_in, input)], j % PANEL);
    block.scales.set(lane, group.scale, group.scale_factor);
    block.minima.set(lane, group.minimum, group.minimum_factor);
    for (bytes, q) in block.groups.iter_mut().zip(group.q.as_chunks::<4>().0) {
        bytes[2 * lane..][..2].copy_from_slice(&[q[0] | q[2] << 4, q[1] | q[3] << 4]);
    }
}

fn put_bytes<D: Scales, const N: usize>(
    blocks: &mut [Bytes<D, N>],
    j: usize,
    n_in: usize,
    input: usize,
    group: &Group,
) {
    let (block, lane) = (&mut blocks[place::<Bytes<D, N>>(j, n_in, input)], j % PANEL);
    block.scales.set(lane, group.scale, group.scale_factor);
    for (pair, q) in block.pairs.iter_mut().zip(group.q.as_chunks::<2>().0) {
        // q + 128 is the signed byte with its highest bit turned.
        pair[2 * lane..][..2].copy_from_slice(&q.map(|q| q ^ 0x80));
    }
}

/// Where the block of an output and an input lies.
fn place<B: Block>(j: usize, n_in: usize, input: usize) -> usize {
    j / PANEL * (n_in / (2 * B::PAIRS)) + input / (2 * B::PAIRS)
}

fn column<B: Block>(blocks: &[B], j: usize, out: &mut [f32]) {
    let n_in = out.len();
    for (input, out) in out.iter_mut().enumerate() {
        *out = blocks[place::<B>(j, n_in, input)].weight(input % (2 * B::PAIRS), j % PANEL);
    }
}

fn words<B: Block>(blocks: &[B], j: usize, kind: Quantised, out: &mut [u32]) {
    let (bits, lane) = (kind.bits(), j % PANEL);
    let n_in = out.len() / kind.words() * Quantised::GROUP;
    for (group, out) in out.chunks_exact_mut(kind.words()).enumerate() {
        let block_of = |input| &blocks[place::<B>(j, n_in, group * Quantised::GROUP + input)];
        let (first, last) = (block_of(0), block_of(Quantised::GROUP - 1));
        out[0] = first.scale(lane).to_bits();
        out[1] = if B::HAS_MINIMA { first.minimum(lane) } else { last.scale(lane) }.to_bits();
        out[2..].fill(0);
        for input in 0..Quantised::GROUP {
            let q = block_of(input).q(input % (2 * B::PAIRS), lane);
            out[2 + input * bits / 32] |= u32::from(q) << (input * bits % 32);
        }
    }
}
