//! Constraints without a parser: which tokens may follow is written down, or random.

use std::rc::Rc;

use logitlab::{
    grammar::{Grammar, Refused},
    history::History,
    stages::{Constraint, constraint::Described},
};

use super::inputs::SplitMix;

/// What may follow, of an output.
type Rule = dyn Fn(&[u32]) -> Result<(Vec<u32>, bool), Refused>;

/// A grammar that is a function.
struct Toy(Box<Rule>);

impl std::fmt::Debug for Toy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a toy")
    }
}

impl Grammar for Toy {
    fn next(&self, output: &[u32], allowed: &mut Vec<u32>) -> Result<bool, Refused> {
        let (ids, may_end) = self.0(output)?;
        allowed.clear();
        allowed.resize(ids.iter().map(|id| id / 32 + 1).max().unwrap_or(0) as usize, 0);
        ids.iter().for_each(|id| allowed[*id as usize / 32] |= 1 << (id % 32));
        Ok(may_end)
    }

    fn expected(&self, output: &[u32]) -> Result<String, Refused> {
        self.0(output).map(|(ids, _)| format!("{ids:?}"))
    }
}

/// A constraint by a rule: the ids that may follow an output, and whether it may end.
pub(crate) fn by_rule(end: &[u32], rule: impl Fn(&[u32]) -> Result<(Vec<u32>, bool), Refused> + 'static) -> Constraint {
    let described = Described { language: "regex", text: "a toy".to_owned() };
    Constraint::over(described, Rc::new(Toy(Box::new(rule))), end.to_vec())
}

/// One that allows some ids below `len`, one at least, others after each output.
pub(crate) fn random(rng: &mut SplitMix, len: usize) -> Constraint {
    let (seed, share) = (rng.bits(), rng.pick(&[0.02, 0.5, 0.97]));
    by_rule(&[rng.below(len) as u32], move |output| {
        let seed = output.iter().fold(seed, |seed, &id| SplitMix(seed ^ u64::from(id)).bits());
        let mut rng = SplitMix(seed);
        let one = rng.below(len) as u32;
        Ok(((0..len as u32).filter(|id| rng.unit() < share || *id == one).collect(), rng.bits() & 1 == 0))
    })
}

/// Of every id below `len`: whether it may follow, as the end tokens may where the text may end. `output`: what the constraint is about.
pub(crate) fn allowed(stage: &Constraint, output: &[u32], len: usize) -> Result<Vec<bool>, Refused> {
    let mut bits = Vec::new();
    let grammar = stage.bound.0.as_ref().expect("the constraints of tests are compiled");
    let may_end = grammar.next(output, &mut bits)?;
    let has = |id: u32| bits.get(id as usize / 32).is_some_and(|word| word >> (id % 32) & 1 == 1);
    Ok((0..len as u32).map(|id| has(id) || may_end && stage.end.contains(&id)).collect())
}

/// The output in a history.
pub(crate) fn output(history: &History) -> &[u32] {
    &history.tokens()[history.n_prompt()..]
}
