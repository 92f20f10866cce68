//! PyTorch's CPU generator: MT19937 words, and how PyTorch makes uniforms, normals and exponentials of them.
//!
//! Reproduces torch 2.15 on x86-64 to the bit; see `tests/golden`.

use rand_mt::Mt;

use super::{noise::exponential, normal::Normal};

/// MT19937 seeded and read as PyTorch does.
#[derive(Debug, Clone)]
pub struct TorchGenerator {
    words: Mt,
    normal: Normal,
}

impl TorchGenerator {
    /// As after `torch.manual_seed(seed)`: the low 32 bits of the seed count.
    pub fn new(seed: u64) -> Self {
        Self { words: Mt::new(low_word(seed)), normal: Normal::default() }
    }

    /// Starts again from `seed`.
    pub fn manual_seed(&mut self, seed: u64) {
        *self = Self::new(seed);
    }

    /// The next word.
    pub fn u32(&mut self) -> u32 {
        self.words.next_u32()
    }

    /// The next two words; the first is the high half.
    pub fn u64(&mut self) -> u64 {
        self.words.next_u64()
    }

    /// The low 24 bits of one word, as a fraction in [0, 1).
    pub fn uniform_f32(&mut self) -> f32 {
        super::normal::uniform_f32(self.u32())
    }

    /// The low 53 bits of two words, as a fraction in [0, 1).
    pub fn uniform_f64(&mut self) -> f64 {
        super::normal::uniform_f64(self.u64())
    }

    /// `tensor.normal_(mean, std)` on a contiguous f32 tensor. Consumes n words, and 16 more if n is no multiple of 16; below 16
    /// elements, four per two values, one of which may be kept for the next call.
    pub fn fill_normal(&mut self, mean: f64, std: f64, out: &mut [f32]) {
        let Self { words, normal, .. } = self;
        normal.fill(mean, std, out, || words.next_u32());
    }

    /// The uniforms that exponentials are made of, two words each.
    pub fn fill_uniforms(&mut self, out: &mut [f64]) {
        out.fill_with(|| self.uniform_f64());
    }

    /// `tensor.exponential_()` as since PyTorch 2.7, one `multinomial`'s worth: two words per element.
    pub fn fill_exponential(&mut self, out: &mut [f32]) {
        out.fill_with(|| exponential(self.uniform_f64()));
    }

    /// Goes past `n` calls of [`fill_exponential`](Self::fill_exponential) with `len` elements each. One word after the other: MT19937 has no
    /// counter to set, and a jump by its polynomial, of degree 19,937, costs as much as some 10^8 words.
    pub fn skip_exponential(&mut self, n: u64, len: usize) {
        for _ in 0..n * 2 * len as u64 {
            self.words.next_u32();
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "PyTorch drops the high word")]
fn low_word(seed: u64) -> u32 {
    seed as u32
}
