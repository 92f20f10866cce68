//! Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11): a block is a pure
//! function of a counter and a key, so any random number can be computed without those before it.

use std::convert::Infallible;

use rand::{
    SeedableRng, TryRng,
    rand_core::block::{BlockRng, Generator},
};

use crate::core::number::split_u64;

/// Odd multipliers of the round function.
const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Added to the key from round to round: the golden ratio and √3 − 1, as 32-bit fractions.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const N_ROUNDS: u32 = 10;

/// The four random words at `counter` under `key`.
pub const fn philox4x32_10(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let ([mut x0, mut x1, mut x2, mut x3], [mut k0, mut k1]) = (counter, key);
    let mut round = 0;
    while round < N_ROUNDS {
        let [low_0, high_0] = split_u64(x0 as u64 * MULTIPLIERS[0]);
        let [low_1, high_1] = split_u64(x2 as u64 * MULTIPLIERS[1]);
        (x0, x1, x2, x3) = (high_1 ^ x1 ^ k0, low_1, high_0 ^ x3 ^ k1, low_0);
        (k0, k1) = (k0.wrapping_add(WEYL[0]), k1.wrapping_add(WEYL[1]));
        round += 1;
    }
    [x0, x1, x2, x3]
}

/// One of the 2^32 streams of a seed, as a generator for `rand`: blocks 0, 1, 2, … of counter (block low, block high, stream, 0).
///
/// [`COINS`](Self::COINS) and [`NORMALS`](Self::NORMALS) are the lab's own; seeding through [`SeedableRng`] gives
/// [`USER`](Self::USER), whose numbers never meet them. Not for secrets.
#[derive(Debug, Clone)]
pub struct Philox(BlockRng<Blocks>);

impl Philox {
    /// The stream of [`coin`](Self::coin)s.
    pub const COINS: u32 = 0;
    /// The stream of normals.
    pub const NORMALS: u32 = 1;
    /// The stream of [`chance`](Self::chance)s.
    pub const CHANCES: u32 = 3;
    /// The stream that [`SeedableRng`] seeds.
    pub const USER: u32 = 2;

    /// The start of a stream.
    pub fn new(seed: u64, stream: u32) -> Self {
        Self(BlockRng::new(Blocks { key: split_u64(seed), stream, block: 0 }))
    }

    /// The 64 random bits for `row` at `step`: the first two words, low word first, at counter (step, row, [`COINS`](Self::COINS), 0).
    pub fn coin(seed: u64, step: u32, row: u32) -> u64 {
        let [low, high, ..] = philox4x32_10([step, row, Self::COINS, 0], split_u64(seed));
        (u64::from(high) << 32) | u64::from(low)
    }

    /// The 64 random bits that go with those of a coin: a function of it alone, at counter (coin low, coin high, [`CHANCES`](Self::CHANCES), 0) under
    /// the key 0. So whoever knows a step's coin knows its second random number.
    pub fn chance(coin: u64) -> u64 {
        let [coin_low, coin_high] = split_u64(coin);
        let [low, high, ..] = philox4x32_10([coin_low, coin_high, Self::CHANCES, 0], [0, 0]);
        (u64::from(high) << 32) | u64::from(low)
    }

    /// The next word.
    pub(super) fn word(&mut self) -> u32 {
        self.0.next_word()
    }
}

impl SeedableRng for Philox {
    /// The seed as 8 little-endian bytes.
    type Seed = [u8; 8];

    fn from_seed(seed: Self::Seed) -> Self {
        Self::seed_from_u64(u64::from_le_bytes(seed))
    }

    /// The key is the seed itself: every key is as good as any other.
    fn seed_from_u64(seed: u64) -> Self {
        Self::new(seed, Self::USER)
    }
}

impl TryRng for Philox {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64_from_u32())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

/// Counts through the blocks of one stream.
#[derive(Debug, Clone)]
struct Blocks {
    key: [u32; 2],
    stream: u32,
    block: u64,
}

impl Generator for Blocks {
    type Output = [u32; 4];

    fn generate(&mut self, output: &mut [u32; 4]) {
        let [low, high] = split_u64(self.block);
        *output = philox4x32_10([low, high, self.stream, 0], self.key);
        self.block = self.block.wrapping_add(1);
    }
}
