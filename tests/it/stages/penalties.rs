//! penalties: repetition over prompt and output, presence and frequency over the output.

use std::collections::BTreeMap;

use logitlab::{backend::Backend, error::Result, history::History, plan::Penalties, settings::Value};

use super::MASKED;
use crate::support::{
    Outcome,
    case::{Case, Past},
    checks,
    expect::gives,
    oracle::Lean,
    plain::inside,
    stage_test::{At, Gone, StageTest},
};

checks!(repetition, presence_and_frequency, window, together, scope);

fn repetition<B: Backend>(backend: &mut B) -> Outcome {
    let new = |name, r| Case::new(name, [2.0, -2.0, 0.0, 1.0, MASKED]).penalties(r, 0.0, 0.0);
    let cases = [
        (new("nothing was said", 2.0), [2.0, -2.0, 0.0, 1.0, MASKED]),
        (new("positive is divided", 2.0).past(&[0], &[]), [1.0, -2.0, 0.0, 1.0, MASKED]),
        (new("negative is multiplied", 2.0).past(&[1], &[]), [2.0, -4.0, 0.0, 1.0, MASKED]),
        (new("zero stays", 2.0).past(&[2], &[]), [2.0, -2.0, 0.0, 1.0, MASKED]),
        (new("masked stays", 2.0).past(&[4], &[4]), [2.0, -2.0, 0.0, 1.0, MASKED]),
        (new("the output counts too", 2.0).past(&[], &[0, 1]), [1.0, -4.0, 0.0, 1.0, MASKED]),
        (new("each token once", 2.0).past(&[0, 0, 3], &[0, 3, 3]), [1.0, -2.0, 0.0, 0.5, MASKED]),
        (new("r < 1 rewards", 0.5).past(&[0, 1], &[]), [4.0, -1.0, 0.0, 1.0, MASKED]),
        (new("r = 1 is off", 1.0).past(&[0, 1], &[0, 1]), [2.0, -2.0, 0.0, 1.0, MASKED]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

fn presence_and_frequency<B: Backend>(backend: &mut B) -> Outcome {
    let new = |name, p, f| Case::new(name, [2.0, -2.0, 0.0, MASKED]).penalties(1.0, p, f);
    let cases = [
        (new("the prompt is free", 1.0, 1.0).past(&[0, 1, 2], &[]), [2.0, -2.0, 0.0, MASKED]),
        (new("presence once", 0.5, 0.0).past(&[], &[0, 0, 0]), [1.5, -2.0, 0.0, MASKED]),
        (new("frequency every time", 0.0, 0.5).past(&[], &[0, 0, 0]), [0.5, -2.0, 0.0, MASKED]),
        (new("both", 0.5, 0.25).past(&[0, 1], &[1, 1, 2]), [2.0, -3.0, -0.75, MASKED]),
        (new("negative ones reward", -0.5, -0.25).past(&[], &[0, 0, 1]), [3.0, -1.25, 0.0, MASKED]),
        (new("masked stays", 0.5, 0.5).past(&[], &[3]), [2.0, -2.0, 0.0, MASKED]),
        (new("greedy", 1.0, 1.5).past(&[], &[0]).greedy(), [-0.5, -2.0, 0.0, MASKED]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

fn window<B: Backend>(backend: &mut B) -> Outcome {
    let new = |name, n| Case::new(name, [4.0, 4.0, 4.0]).penalties(2.0, 0.5, 0.25).window(n).past(&[0, 1], &[1, 2, 1]);
    let cases = [
        (new("all five", 5), [2.0, 1.0, 1.25]),
        (new("more than there are", 50), [2.0, 1.0, 1.25]),
        (new("the first has left", 4), [4.0, 1.0, 1.25]),
        (new("a prompt token has left, its output twin stays", 3), [4.0, 1.0, 1.25]),
        (new("one of two outputs has left", 2), [4.0, 1.25, 1.25]),
        (new("the last one", 1), [4.0, 1.25, 4.0]),
        (new("back after it left", 1).past(&[], &[2, 0, 2]), [4.0, 4.0, 1.25]),
        (new("the output left, the prompt too", 1).past(&[0], &[0, 2]), [4.0, 4.0, 1.25]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

fn together<B: Backend>(backend: &mut B) -> Outcome {
    let new = |name| Case::new(name, [3.0, -1.0, 0.5, 2.0]).penalties(2.0, 0.5, 0.25);
    let cases = [
        (new("repetition before the others").past(&[0], &[0, 1, 1]), [0.75, -3.0, 0.5, 2.0]),
        (new("prompt and output apart").past(&[3, 3, 3], &[2]), [3.0, -1.0, -0.5, 1.0]),
        (new("after a filter").past(&[], &[0, 2]), [0.75, -1.0, -0.5, 2.0]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))?;
    let filtered = Case::new("removed stays removed", [3.0, -1.0, 0.5, 2.0]).top_k(2).penalties(2.0, 0.5, 0.25);
    gives(backend, &filtered.past(&[1], &[0, 2]), &[0.75, MASKED, MASKED, 2.0])
}

/// What the prompt says does not count, and what is exempt never does.
fn scope<B: Backend>(backend: &mut B) -> Outcome {
    let new = |name, of_output, exempt: &[u32]| {
        let exempt = exempt.to_vec();
        let penalties = Penalties { repetition: 2.0, presence: 0.5, frequency: 0.25, of_output, exempt };
        Case::new(name, [3.0, -1.0, 0.5, 2.0]).stage(penalties.into())
    };
    let cases = [
        (new("of the output", true, &[]).past(&[0, 1], &[1, 3]), [3.0, -2.75, 0.5, 0.25]),
        (new("of all", false, &[]).past(&[0, 1], &[1, 3]), [1.5, -2.75, 0.5, 0.25]),
        (new("two are exempt", false, &[1, 3]).past(&[0, 1], &[1, 3]), [1.5, -1.0, 0.5, 2.0]),
        (new("of the output, one is exempt", true, &[3]).past(&[0, 1], &[1, 3]), [3.0, -2.75, 0.5, 2.0]),
    ];
    cases.iter().try_for_each(|(case, values)| gives(backend, case, values))
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    Sign,
    PerOccurrence,
    FrequencyCountsPrompt,
    PresencePerOccurrence,
    ScopeIgnored,
    ExemptPenalised,
    HistoryFlagsSwapped,
}

impl StageTest for Penalties {
    type Fault = Fault;
    const FAULTS: &'static [Fault] = &[
        Fault::Sign,
        Fault::PerOccurrence,
        Fault::FrequencyCountsPrompt,
        Fault::PresencePerOccurrence,
        Fault::ScopeIgnored,
        Fault::ExemptPenalised,
        Fault::HistoryFlagsSwapped,
    ];
    const SPOILED: Option<(&'static str, &'static str)> =
        Some(("values[at] = bits;", "values[at] = multiply(bits, 0x40000000u);"));
    const MUTANTS: &'static [(&'static str, &'static str)] = &[
        ("if (bits > 0x80000000u) {", "if (bits <= 0x80000000u) {"),
        ("add(bits, edit.amount)", "add(bits, edit.amount ^ 0x80000000u)"),
        ("i < plan.edits_to;", "i + 1u < plan.edits_to;"),
    ];

    fn on() -> Vec<(&'static str, Value)> {
        vec![("presence_penalty", Value::Number(0.5))]
    }

    fn oracle(&self, x: &mut [f32], past: &Past, _: Lean) -> bool {
        let all: Vec<(u32, bool)> =
            past.prompt.iter().map(|&t| (t, false)).chain(past.output.iter().map(|&t| (t, true))).collect();
        let start = past.window.map_or(0, |window| all.len().saturating_sub(window));
        let mut outputs: BTreeMap<u32, u32> = BTreeMap::new();
        for &(token, is_output) in &all[start..] {
            *outputs.entry(token).or_default() += u32::from(is_output);
        }
        for (token, n_output) in outputs {
            if self.exempt.contains(&token) || self.of_output && n_output == 0 {
                continue;
            }
            let v = &mut x[token as usize];
            *v = if *v < 0.0 { *v * self.repetition } else { *v / self.repetition };
            *v -= n_output as f32 * self.frequency + if n_output > 0 { self.presence } else { 0.0 };
        }
        false
    }

    fn plain(&self, x: &mut [f32], at: &At<'_>, fault: Option<Fault>) -> (f64, Vec<(u32, f32)>) {
        let has = |own| fault == Some(own);
        for (token, count) in at.history.counts() {
            let is_exempt = self.exempt.contains(&token) && !has(Fault::ExemptPenalised);
            if is_exempt || self.of_output && count.output == 0 && !has(Fault::ScopeIgnored) {
                continue;
            }
            let v = &mut x[token as usize];
            let is_negative = (*v < 0.0) != has(Fault::Sign);
            let times = if has(Fault::PerOccurrence) { count.total } else { 1 };
            for _ in 0..times {
                *v = if is_negative { *v * self.repetition } else { *v / self.repetition };
            }
            let n = if has(Fault::FrequencyCountsPrompt) { count.total } else { count.output };
            let n_present = match fault {
                Some(Fault::PresencePerOccurrence) => count.output,
                Some(Fault::HistoryFlagsSwapped) => u32::from(count.total > count.output),
                _ => u32::from(count.output > 0),
            };
            *v -= n as f32 * self.frequency + n_present as f32 * self.presence;
        }
        (f64::NAN, Vec::new())
    }

    fn refuse(&self, history: &History, vocab_size: usize) -> Result<()> {
        inside(history.counts().map(|(id, _)| id), vocab_size)
    }

    fn evidence(&self, gone: &Gone<'_>) -> Outcome {
        gone.is_its_logit()
    }
}
