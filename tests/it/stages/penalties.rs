//! penalties: repetition over prompt and output, presence and frequency over the output.

use logitlab::{backend::Backend, plan::Penalties};

use super::MASKED;
use crate::support::{Outcome, case::Case, checks, expect::gives};

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
