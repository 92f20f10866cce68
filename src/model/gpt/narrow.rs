//! Weights of sixteen bits each. A product reads two panels of them at a time as f32, so the bits of its outcome are those of f32 weights.

use half::{bf16, f16};

use super::format::Format;
use crate::{
    core::memory,
    lanes::wide::{LANES, Line, Sixteen, Work, widest},
};

/// Outputs in a panel.
const PANEL: usize = LANES;

/// Panels that become f32 together.
pub(super) const STEP: usize = 2;

/// Sixteen numbers, one for each output.
type Short = [u16; PANEL];

/// Panels (n_out / 16 rounded up, n_in, 16), zeros behind the last output.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Narrow {
    /// bfloat16, and not IEEE halves.
    is_brain: bool,
    lines: Vec<Short>,
}

impl Narrow {
    /// For weights that are written so; None where they are not, or where there is no memory for them.
    pub(super) fn new(format: Format, n_in: usize, n_out: usize) -> Option<Self> {
        let is_brain = match format {
            Format::F16 => false,
            Format::Bf16 => true,
            _ => return None,
        };
        Some(Self { is_brain, lines: memory::filled([0; PANEL], n_out.div_ceil(PANEL) * n_in)? })
    }

    /// All weights of output `j`, as a file has them.
    pub(super) fn put(&mut self, j: usize, n_in: usize, bytes: &[u8]) {
        let lines = &mut self.lines[j / PANEL * n_in..][..n_in];
        for (line, &bytes) in lines.iter_mut().zip(bytes.as_chunks().0) {
            line[j % PANEL] = u16::from_le_bytes(bytes);
        }
    }

    /// All weights of output `j`, (n_in).
    pub(super) fn column(&self, j: usize, out: &mut [f32]) {
        let number = |bits| if self.is_brain { bf16::from_bits(bits).to_f32() } else { f16::from_bits(bits).to_f32() };
        let lines = &self.lines[j / PANEL * out.len()..];
        out.iter_mut().zip(lines).for_each(|(out, line)| *out = number(line[j % PANEL]));
    }

    /// Panels number `step`·[`STEP`] and those behind as f32, in memory of the caller's.
    pub(super) fn widened<'a>(&self, step: usize, n_in: usize, memory: &'a mut Vec<Line>) -> &'a [Line] {
        let first = step * STEP * n_in;
        let narrow = &self.lines[first..self.lines.len().min(first + STEP * n_in)];
        memory.resize(narrow.len(), Line::ZERO);
        widest(Widen { is_brain: self.is_brain, narrow, wide: memory });
        memory
    }
}

/// Sixteen bits to f32.
struct Widen<'a> {
    is_brain: bool,
    narrow: &'a [Short],
    wide: &'a mut [Line],
}

impl Work for Widen<'_> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        for (narrow, wide) in self.narrow.iter().zip(self.wide) {
            let numbers = if self.is_brain { S::brains(narrow) } else { S::halves(narrow) };
            numbers.store(&mut wide.0);
        }
    }
}
