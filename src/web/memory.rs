//! Whether there is memory for a call, asked before any is taken.

use crate::core::{
    error::{Error, Result},
    memory,
};

/// Less than this is there in any page.
const SMALL: usize = 32 << 20;

/// # Errors
/// `TooLarge` when `found` things of `bytes` each are more than can be had.
pub(super) fn require(name: &str, found: usize, bytes: usize) -> Result<()> {
    let is_there = found.checked_mul(bytes).is_some_and(|bytes| bytes <= SMALL || memory::is_there(bytes));
    if is_there { Ok(()) } else { Err(Error::TooLarge { name: name.to_owned(), found }) }
}
