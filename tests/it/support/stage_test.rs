//! What the tests know of a stage. Its file in tests/it/stages says it all, written from the specification, not from the code.

use std::fmt::Debug;

use logitlab::{error::Result, history::History, rng::Draw, settings::Value};

use super::{Outcome, case::Past, compare::within, ensure, oracle::Lean};

/// A stage as its tests know it.
#[cfg_attr(target_os = "wasi", allow(dead_code, reason = "WASI has no GPU"))]
pub(crate) trait StageTest {
    /// A mistake in the rule.
    type Fault: Copy + PartialEq + Debug + 'static;
    /// All that the plain backend can make. Some check notices each.
    const FAULTS: &'static [Self::Fault];
    /// What to replace in its kernel with what, so that it is refused when it is first needed; None of a stage without a kernel of its own.
    const SPOILED: Option<(&'static str, &'static str)> = None;
    /// Mistakes of its kernel, as what to replace with what. The checks notice each.
    const MUTANTS: &'static [(&'static str, &'static str)] = &[];

    /// Settings that switch it on.
    fn on() -> Vec<(&'static str, Value)>;

    /// Applies the rule, naively and in f64, and says whether its cut fell into its don't-care band (`oracle.rs`).
    fn oracle(&self, x: &mut [f32], past: &Past, lean: Lean) -> bool;

    /// How far the logits that it gives may be off, as a part of themselves and beside that: where they depend on the entropy or on
    /// probabilities, by what rounding does to those.
    fn value_slack(&self, _: &[f32]) -> (f64, f64) {
        (0.0, 0.0)
    }

    /// Applies the rule a third time, with a fault on request: what it shares with `oracle` is the specification. Gives the limit of its trace and,
    /// where a removed token's number is not its logit, the numbers.
    fn plain(&self, x: &mut [f32], at: &At<'_>, fault: Option<Self::Fault>) -> (f64, Vec<(u32, f32)>);

    /// What its trace says of how a text may go on.
    fn allows(&self, _: &At<'_>, _: Option<Self::Fault>) -> Option<String> {
        None
    }

    /// Refuses what only the row shows to be wrong: ids outside the vocabulary, where the stage would use them.
    fn refuse(&self, _: &History, _vocab_size: usize) -> Result<()> {
        Ok(())
    }

    /// Whether what a trace says of a token that it removed is the number that the rule compares, on the losing side of the limit.
    fn evidence(&self, gone: &Gone<'_>) -> Outcome;
}

/// What a stage of the plain backend is given beside the row.
pub(crate) struct At<'a> {
    pub history: &'a History,
    pub draw: Draw<'a>,
    /// The row as it was before all stages.
    pub given: &'a [f32],
}

/// A token that a stage removed, and what its trace says of it.
pub(crate) struct Gone<'a> {
    /// For messages.
    pub what: String,
    /// The row that came to the stage, its softmax, and for each token the mass of those before it.
    pub before: &'a [f32],
    pub p: &'a [f64],
    pub above: &'a [f64],
    pub ix: usize,
    pub evidence: f32,
    pub limit: f64,
}

impl Gone<'_> {
    /// How far a probability of a trace may be off.
    pub(crate) const SLACK: f64 = 1.0 / 262_144.0;

    pub(crate) fn number(&self) -> f64 {
        f64::from(self.evidence)
    }

    /// It is the token's logit.
    pub(crate) fn is_its_logit(&self) -> Outcome {
        let (what, logit) = (&self.what, self.before[self.ix]);
        ensure!(self.evidence == logit, "{what}: {}, its logit is {logit}", self.evidence);
        Ok(())
    }

    pub(crate) fn is(&self, number: f64, slack: f64) -> Outcome {
        within(&self.what, self.number(), number, slack)
    }

    pub(crate) fn is_below_the_limit(&self, slack: f64) -> Outcome {
        let (what, number, limit) = (&self.what, self.number(), self.limit);
        ensure!(number < limit + slack, "{what}: {number} is not below {limit}");
        Ok(())
    }

    pub(crate) fn passes_the_limit(&self, slack: f64) -> Outcome {
        let (what, number, limit) = (&self.what, self.number(), self.limit);
        ensure!(number > limit - slack, "{what}: {number} does not pass {limit}");
        Ok(())
    }

    /// It is the token's probability, below the limit.
    pub(crate) fn is_too_improbable(&self) -> Outcome {
        self.is(self.p[self.ix], Self::SLACK)?;
        self.is_below_the_limit(Self::SLACK)
    }
}
