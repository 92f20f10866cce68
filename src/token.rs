//! Token ids and the vocabulary: id ↔ text.

/// A token's number in its vocabulary.
pub type TokenId = u32;
