//! The plan of one step: which stages run, in which order, with which parameters. A stage may stand in it twice.

pub use crate::stages::{Penalties, Stage, StageName};

/// What happens to one row of logits before the draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The stages that are on, in order. Greedy plans hold only those that change single logits.
    pub stages: Vec<Stage>,
    /// Temperature 0: the argmax with the lowest id, no random number used.
    pub greedy: bool,
}

impl Plan {
    /// Whether a stage looks at the tokens so far.
    pub fn reads_history(&self) -> bool {
        self.stages.iter().any(Stage::reads_history)
    }
}
