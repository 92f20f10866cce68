//! The thin edge to JavaScript: typed arrays and plain objects in and out, errors with stable codes. No mathematics lives here.

mod answer;
mod convert;
mod engine;
mod explanation;
mod generation;
mod generator;
mod gpt;
mod grammar;
mod many;
mod memory;
mod model;
mod picture;
mod platform;
mod reading;
mod scoring;
mod shared;

pub use engine::Engine;
pub use explanation::ExplainingHandle;
pub use generation::GenerationHandle;
pub use generator::GeneratorHandle;
pub use gpt::CheckpointHandle;
pub use model::ModelHandle;
pub use reading::ReadingHandle;
pub use scoring::ScoringHandle;

/// Two-level segregated fit: constant time, and a third of the code of the standard library's allocator.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
