//! What every room may name: errors, tokens, text, history, and the shapes in which the other rooms talk to each other.

pub mod error;
pub mod grammar;
pub mod history;
pub(crate) mod mask;
pub(crate) mod memory;
pub mod network;
pub(crate) mod number;
pub(crate) mod order;
pub mod text;
pub mod token;
pub mod trace;
