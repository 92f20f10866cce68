//! Whether memory can be had, asked before it is taken. In WebAssembly, memory that cannot be had is a trap, and a trap is the end of the engine.

use super::error::{Error, Result};

/// The most that is left for what comes after it.
const SPARE: usize = 4 << 20;

/// Whether there are so many bytes in one piece.
pub(crate) fn is_there(bytes: usize) -> bool {
    // A piece that nobody looks at may be taken for one that can be had.
    std::hint::black_box(Vec::<u8>::new()).try_reserve_exact(bytes).is_ok()
}

/// # Errors
/// `TooLarge`, `name` being `found`, where there are not so many bytes and as many again, or some.
pub(crate) fn require(name: &str, found: usize, bytes: usize) -> Result<()> {
    if is_there(bytes.saturating_add(bytes.min(SPARE))) {
        Ok(())
    } else {
        Err(Error::TooLarge { name: name.to_owned(), found })
    }
}

/// So many of the same; none where there is no memory for them.
pub(crate) fn filled<T: Clone>(one: T, n: usize) -> Option<Vec<T>> {
    let mut all = Vec::new();
    all.try_reserve_exact(n).ok()?;
    all.resize(n, one);
    Some(all)
}
