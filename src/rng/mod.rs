//! Randomness by name: Philox (default) or PyTorch's generator. Nothing else in the crate makes a random number.
//!
//! Same seed, same numbers, on every platform: integers are exact, and the transcendental functions are `libm`'s.

mod noise;
mod normal;
mod philox;
mod torch;

pub use noise::{Noise, NoiseBuffer};
pub use philox::{Philox, philox4x32_10};
pub use torch::TorchGenerator;

use normal::Normal;

/// Which generator a seed is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RngKind {
    /// Philox4x32-10: one 64-bit random number per row and step.
    #[default]
    Philox,
    /// PyTorch's CPU generator, as since 2.7 on every CPU.
    Torch,
}

impl RngKind {
    /// The name used in settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Philox => "philox",
            Self::Torch => "torch",
        }
    }

    /// The generator of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Philox, Self::Torch].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The randomness of one row and step, handed to a backend: no backend makes randomness of its own.
#[derive(Debug, Clone, Copy)]
pub enum Draw<'a> {
    /// Greedy plans draw nothing.
    None,
    /// 64 random bits for an inverse CDF over integer masses.
    Coin(u64),
    /// One Exp(1) variate for every token, as PyTorch's `multinomial` races them.
    Race(Noise<'a>),
}

impl Draw<'_> {
    /// A second random number of 64 bits, for a stage that decides by one whether it acts: a function of the first. Of a race's noise it takes that of
    /// the first and the last token; without randomness it is the largest there is.
    pub fn chance(&self) -> u64 {
        match self {
            Self::None => u64::MAX,
            Self::Coin(coin) => Philox::chance(*coin),
            Self::Race(noise) => {
                let bits = |id: usize| u64::from(noise.q(id).to_bits());
                Philox::chance(bits(0) << 32 | bits(noise.len().saturating_sub(1)))
            }
        }
    }
}

/// A seeded stream of draws and normals.
#[derive(Debug, Clone)]
pub struct Generator {
    kind: RngKind,
    seed: u64,
    source: Source,
}

/// Where the numbers come from, and how far along it is.
#[derive(Debug, Clone)]
enum Source {
    Philox { step: u32, words: Philox, normal: Normal },
    Torch(Box<TorchGenerator>),
}

impl Source {
    fn new(kind: RngKind, seed: u64) -> Self {
        match kind {
            RngKind::Philox => {
                Self::Philox { step: 0, words: Philox::new(seed, Philox::NORMALS), normal: Normal::default() }
            }
            RngKind::Torch => Self::Torch(Box::new(TorchGenerator::new(seed))),
        }
    }
}

impl Generator {
    /// A generator at the start of the stream that `seed` names. PyTorch's looks at the low 32 bits only.
    pub fn new(kind: RngKind, seed: u64) -> Self {
        Self { kind, seed, source: Source::new(kind, seed) }
    }

    /// Which generator this is.
    pub fn kind(&self) -> RngKind {
        self.kind
    }

    /// The seed in force.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Goes to the start of the stream that `seed` names, as `torch.manual_seed` does.
    pub fn manual_seed(&mut self, seed: u64) {
        *self = Self::new(self.kind, seed);
    }

    /// Fills `out` with N(`mean`, `std`²), to the bit what PyTorch's `normal_` gives for a contiguous f32 tensor (x86-64, AVX2).
    ///
    /// Philox runs the same transform over words of its own stream.
    pub fn fill_normal(&mut self, mean: f64, std: f64, out: &mut [f32]) {
        match &mut self.source {
            Source::Philox { words, normal, .. } => normal.fill(mean, std, out, || words.word()),
            Source::Torch(torch) => torch.fill_normal(mean, std, out),
        }
    }

    /// The randomness of one row at the current step; `buffer` holds a race's noise and can be reused.
    ///
    /// Philox: a 64-bit random number, a function of (seed, step, row) alone. PyTorch: noise for `vocab_size` tokens, taken from the one
    /// stream, so call row after row; this moves the stream on, [`next_step`](Self::next_step) does not.
    pub fn draw<'a>(&mut self, row: u32, vocab_size: usize, buffer: &'a mut NoiseBuffer) -> Draw<'a> {
        match &mut self.source {
            Source::Philox { step, .. } => Draw::Coin(Philox::coin(self.seed, *step, row)),
            Source::Torch(torch) => Draw::Race(buffer.fill(torch, vocab_size)),
        }
    }

    /// Goes past `steps` steps in which `draws` rows were drawn in all: what is drawn next is what would have been after
    /// [drawing](Self::draw) them. No model and no logits are needed.
    ///
    /// Cost: constant for Philox; for PyTorch's stream 2·`vocab_size` words a draw, which are thrown away.
    pub fn skip(&mut self, steps: u32, draws: u64, vocab_size: usize) {
        match &mut self.source {
            Source::Philox { step, .. } => *step = step.wrapping_add(steps),
            Source::Torch(torch) => torch.skip_exponential(draws, vocab_size),
        }
    }

    /// Goes to the next step once all rows are drawn. Philox only, after 2^32 steps back at 0; PyTorch's stream has no steps.
    pub fn next_step(&mut self) {
        self.set_step(self.step().wrapping_add(1));
    }

    /// The step the next draw belongs to; always 0 for PyTorch's stream.
    pub fn step(&self) -> u32 {
        match self.source {
            Source::Philox { step, .. } => step,
            Source::Torch(_) => 0,
        }
    }

    /// Goes to any step, forwards or back. Without effect on PyTorch's stream, which can only be run from its seed.
    pub fn set_step(&mut self, to: u32) {
        if let Source::Philox { step, .. } = &mut self.source {
            *step = to;
        }
    }
}
