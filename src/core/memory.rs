//! Whether memory can be had, asked before it is taken. In WebAssembly, memory that cannot be had is a trap, and a trap is the end of the engine.

use super::error::{Error, Result};

/// Bytes that stay free for what is computed next.
pub(crate) const SPARE: usize = 4 << 20;

/// Whether that many bytes can be had in one piece.
pub(crate) fn is_there(bytes: usize) -> bool {
    // Without black_box the compiler may leave out an allocation that nobody reads, and answer yes.
    std::hint::black_box(Vec::<u8>::new()).try_reserve_exact(bytes).is_ok()
}

/// # Errors
/// `TooLarge`, with `name` and `found`, where there are not that many bytes, and as many again up to [`SPARE`].
pub(crate) fn require(name: &str, found: usize, bytes: usize) -> Result<()> {
    if is_there(bytes.saturating_add(bytes.min(SPARE))) {
        Ok(())
    } else {
        Err(Error::TooLarge { name: name.to_owned(), found })
    }
}

/// `n` copies of `one`; none where there is no memory for them.
pub(crate) fn filled<T: Clone>(one: T, n: usize) -> Option<Vec<T>> {
    let mut all = Vec::new();
    all.try_reserve_exact(n).ok()?;
    all.resize(n, one);
    Some(all)
}
