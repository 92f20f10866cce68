//! Randomness by name: Philox (default) or PyTorch's generator. Nothing else in the crate makes a random number.

mod philox;
mod torch;

pub use philox::philox4x32_10;
pub use torch::{Edition, TorchGenerator};

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
