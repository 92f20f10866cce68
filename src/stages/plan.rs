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
    /// Whether a stage looks at how probable the tokens drawn so far were.
    pub fn follows(&self) -> bool {
        self.stages.iter().any(Stage::follows)
    }

    /// What makes a token's original probability: the stages before the first that looks at it.
    pub fn original(&self) -> Option<Self> {
        let n = self.stages.iter().position(Stage::follows_original)?;
        Some(Self { stages: self.stages[..n].to_vec(), greedy: false })
    }

    /// Whether a random number of the step's own decides what a stage does.
    pub fn has_chance(&self) -> bool {
        self.stages.iter().any(|stage| stage.chance().is_some())
    }

    /// What the plan may come to, each with the highest second random number, as a part of 2^64, with which it does: stages that act by chance act
    /// always or are left out. One entry, up to 1, where none does.
    pub(crate) fn outcomes(&self) -> Vec<(f64, Self)> {
        let mut limits: Vec<f64> =
            self.stages.iter().filter_map(|stage| Some(stage.chance()?.0)).chain([1.0]).collect();
        limits.sort_unstable_by(f64::total_cmp);
        limits.dedup();
        let acting = |limit: f64| {
            move |stage: &Stage| match stage.chance() {
                None => Some(stage.clone()),
                Some((p, acting)) => (p >= limit).then_some(acting),
            }
        };
        let plan = |limit| Self { stages: self.stages.iter().filter_map(acting(limit)).collect(), ..*self };
        limits.into_iter().map(|limit| (limit, plan(limit))).collect()
    }

    /// Whether a stage looks at the tokens so far.
    pub fn reads_history(&self) -> bool {
        self.stages.iter().any(Stage::reads_history)
    }
}
