//! Whether there is memory for a call, asked before any is taken. In WebAssembly, memory that cannot be had is a trap, and a trap is the end of
//! the engine.

use crate::core::error::{Error, Result};

/// Less than this is there in any page.
const SMALL: usize = 32 << 20;

/// # Errors
/// `TooLarge` when `found` things of `bytes` each are more than can be had.
pub(super) fn require(name: &str, found: usize, bytes: usize) -> Result<()> {
    let is_there = found
        .checked_mul(bytes)
        .is_some_and(|bytes| bytes <= SMALL || Vec::<u8>::new().try_reserve_exact(bytes).is_ok());
    if is_there { Ok(()) } else { Err(Error::TooLarge { name: name.to_owned(), found }) }
}
