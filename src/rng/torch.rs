//! PyTorch's CPU generator: MT19937 words, and how PyTorch makes uniforms, normals and exponentials of them.
//!
//! Reproduces torch 2.15 on x86-64 to the bit; see `tests/golden`.

use rand_mt::Mt;

use super::{noise::exponential, normal::Normal};

/// Which of PyTorch's exponentials `multinomial` races. All else is the same in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// Since 2.7 on every CPU: two words per variate.
    Current,
    /// x86-64 wheels before 2.7: MKL's multiplicative generator, one word per call.
    Legacy,
}

/// MT19937 seeded and read as PyTorch does.
#[derive(Debug, Clone)]
pub struct TorchGenerator {
    edition: Edition,
    words: Mt,
    normal: Normal,
}

impl TorchGenerator {
    /// As after `torch.manual_seed(seed)`: the low 32 bits of the seed count.
    pub fn new(edition: Edition, seed: u64) -> Self {
        Self { edition, words: Mt::new(low_word(seed)), normal: Normal::default() }
    }

    /// Which exponentials this makes.
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// Starts again from `seed`.
    pub fn manual_seed(&mut self, seed: u64) {
        *self = Self::new(self.edition, seed);
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

    /// The uniforms that the current edition's exponentials are made of, two words each.
    pub fn fill_uniforms(&mut self, out: &mut [f64]) {
        out.fill_with(|| self.uniform_f64());
    }

    /// `tensor.exponential_()`, one `multinomial`'s worth. Current: two words per element. Legacy: one word per call, and within
    /// 1 ulp of MKL's own logarithm.
    pub fn fill_exponential(&mut self, out: &mut [f32]) {
        match self.edition {
            Edition::Current => out.fill_with(|| exponential(self.uniform_f64())),
            Edition::Legacy => {
                let mut state = Mcg31::new(self.u32());
                out.fill_with(|| legacy_exponential(state.next_fraction()));
            }
        }
    }

    /// Goes past `n` calls of [`fill_exponential`](Self::fill_exponential) with `len` elements each.
    pub fn skip_exponential(&mut self, n: u64, len: usize) {
        let words = match self.edition {
            Edition::Current => 2 * len as u64,
            Edition::Legacy => 1,
        };
        for _ in 0..n * words {
            self.words.next_u32();
        }
    }
}

/// MKL's MCG31m1: x ← 1132489760 · x mod (2^31 − 1). Its first output is its seed.
struct Mcg31(u64);

impl Mcg31 {
    const MODULUS: u64 = (1 << 31) - 1;
    const MULTIPLIER: u64 = 1_132_489_760;

    fn new(word: u32) -> Self {
        Self((u64::from(word) % Self::MODULUS).max(1))
    }

    /// x / (2^31 − 1) in (0, 1], rounded to f32.
    #[allow(clippy::cast_possible_truncation, reason = "the rounding to f32 is part of the definition")]
    fn next_fraction(&mut self) -> f32 {
        let fraction = self.0 as f64 / Self::MODULUS as f64;
        self.0 = self.0 * Self::MULTIPLIER % Self::MODULUS;
        fraction as f32
    }
}

/// −ln u, plus the smallest normal number so that it is never 0.
#[allow(clippy::cast_possible_truncation, reason = "the rounding to f32 is part of the definition")]
fn legacy_exponential(uniform: f32) -> f32 {
    -libm::log(f64::from(uniform)) as f32 + f32::MIN_POSITIVE
}

#[allow(clippy::cast_possible_truncation, reason = "PyTorch drops the high word")]
fn low_word(seed: u64) -> u32 {
    seed as u32
}
