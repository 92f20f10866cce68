//! Kernels with one fault each: the checks notice every one. What a fault spoils is in its replacement.

use logitlab::{
    gpu::{GpuBackend, Kernel},
    plan::{Plan, Stage, StageName},
    stages::{MinP, Temperature, TopK, TopP},
};

use crate::{
    gpu::{FEW_COINS, FEW_LENGTHS, Lease, adapters},
    gpu_differential::{cases, compare},
    gpu_gpt::check_network,
    gpu_llama::check_llamas,
    gpu_text::compare_chain,
    same_tokens::Table,
    stages,
    support::{
        Outcome,
        case::Case,
        expect::{COINS, EVERY},
        inputs::{Family, SplitMix, row},
        pass,
    },
};

/// (kernel, from, to): the text that is replaced is in that kernel's whole source, shared files included. Those of a stage's kernel are with its tests.
const MUTANTS: &[(&str, &str, &str)] = &[
    ("draw", "first = group_min(lane, first);", "first = group_max(lane, select(first, 0u, first == ALL));"),
    ("draw", "Cut(1u, ALL)", "Cut(0u, ALL)"),
    (
        "draw",
        "let end = min(first + segment_length(), batch.vocab_size);",
        "let end = min(first + segment_length(), batch.vocab_size - 1u);",
    ),
    ("draw", "scaled(total, coin)", "scaled(total, coin.yx)"),
    ("draw", "if (i == lane / 16u) {", "if (i == 0u) {"),
    ("draw", "+ 0.693147)", "+ 0.6931472)"),
    ("draw", "if (less64(r, next)) {", "if (less64(r, start)) {"),
    ("race", "/ noise[at])", "* noise[at])"),
    ("scan", "if (key > largest) {", "if (key >= largest) {"),
    ("scan", "rank + 1u == wanted(plan)", "rank + 9u == wanted(plan)"),
    ("scan", "select(ALL, largest_id, largest == max_key)", "select(ALL, largest_id, largest >= 1u)"),
    ("scan", "max_id, atomicLoad(&wg_n), tau", "max_id, min(atomicLoad(&wg_n), CAPACITY), tau"),
    ("sums", "let cuts = has_value_cut(plan) && !has_p(plan);", "let cuts = has_value_cut(plan);"),
    ("sums", "var i = block * BLOCK + lane;", "var i = block * BLOCK + lane + 1u;"),
    ("finish", "let is_open = plan.k == 0u &&", "let is_open = false &&"),
    ("finish", "overflows != 0u || plan.k > 128u", "overflows != 0u"),
    ("finish", "lowest = wg_sorted_keys[plan.k - 1u];", "lowest = wg_sorted_keys[min(plan.k, n - 1u)];"),
    ("finish", "wg_keys[j] == key && wg_ids[j] < id", "wg_keys[j] == key && wg_ids[j] > id"),
    ("finish", "less64(limit, before)) {", "!less64(before, limit)) {"),
    ("finish", "wg_before = before;", "wg_before = after;"),
    ("finish", "if (n > LIST_SIZE) {", "if (n > 9999u) {"),
    ("fallback", "nucleus(lane, base, cut.key,", "nucleus(lane, base, 1u,"),
    ("fallback", "cut = with_value_cut(cut, max_bits, plan.value_cut);", "cut.n_ties = ALL;"),
    ("chain", "sequence.has_ended = entries[low].is_end;", "sequence.has_ended = 0u;"),
    ("chain", "sequence.row, 0u, 0u)", "0u, 0u, 0u)"),
    ("chain", "word |= sequence.last << shift;", "word = sequence.last << shift;"),
];

/// The same of a network's kernels; the first of each spoils what it does for any model.
pub(crate) const NETWORK_MUTANTS: [(&str, &str, &str); 40] = [
    ("embed", "key = slot.position;", "key = slot.position + 1u;"),
    ("embed", "x[to + i] += numbers;", "x[to + i] = numbers;"),
    ("embed_nibbles", "weights[group + 1u]", "weights[group]"),
    ("embed_bytes", ">> vec4<u32>(24u)", ">> vec4<u32>(25u)"),
    ("embed", "i < work.n_in; i += 64u", "i + 1u < work.n_in; i += 64u"),
    ("embed", "key - work.first >= work.n_out", "key - work.first + 1u >= work.n_out"),
    ("norm", "(x[begin + i] - mean) * scale", "x[begin + i] * scale"),
    (
        "norm",
        "inverseSqrt(group_sum(lane, squares) / n + work.epsilon)",
        "inverseSqrt(group_sum(lane, squares) / (n - 1.0))",
    ),
    ("norm", "parameters[work.stride_in + i]", "0.0"),
    ("norm", "work.mode == 1u", "false"),
    ("norm", "work.has_bias == 1u", "true"),
    ("keep", "key + work.capacity * work.stride_cache", "key"),
    ("keep", "2u * slot.row * work.capacity", "0u * slot.row * work.capacity"),
    ("turn", "a * turn.x - b * turn.y", "a * turn.x + b * turn.y"),
    ("turn", "(work.first_slot + group.y) * half", "group.y * half"),
    ("turn", "head < work.first", "true"),
    ("turn", "sum / f32(work.n_in)", "sum"),
    ("turn", "work.mode == 0u", "true"),
    ("attend", "let n = slot.position + 1u;", "let n = max(slot.position, 1u);"),
    ("attend", "score = product * work.scale;", "score = product;"),
    ("attend", "let offset = group.x * work.n_in;", "let offset = 0u;"),
    ("attend", "group.x / work.n_shared * work.n_in", "offset"),
    ("attend", "let shrunk = exp(max_score - next_max);", "let shrunk = 1.0;"),
    ("attend", "next_max = max(next_max, wg_scores[j]);", "next_max = 0.0;"),
    ("attend", "total += wg_scores[j];", "total = sum;"),
    ("product", "i < work.n_in; i += 4u", "i + 1u < work.n_in; i += 4u"),
    ("product", "y += bias[column];", "y += bias[output];"),
    ("product", "z * z, 80.0", "z, 80.0"),
    ("product_nibbles", "& vec4<u32>(15u)", "& vec4<u32>(7u)"),
    ("product_bytes", ">> vec4<u32>(24u)", ">> vec4<u32>(25u)"),
    ("products_nibbles", "i % 2u * 16u", "0u"),
    ("products_nibbles", "row * (work.n_in / 8u)", "row"),
    ("products_bytes", "group + 2u + i % 8u", "group + 2u + i % 4u"),
    ("products_bytes", "i % 8u / 4u", "0u"),
    ("products", "y += out[at];", "y = y;"),
    ("products", "y *= out[at];", "y = y;"),
    ("product", "y /= 1.0 + exp(-max(y, -80.0));", "y = y;"),
    ("products", "wg_weights[b + 48u]", "wg_weights[b]"),
    ("products", "wg_x[a + 3u]", "wg_x[a + 2u]"),
    ("products", "select(vec4<f32>(0.0), value, i < work.n_in)", "value"),
];

/// A little of everything, what is named after the kernel first: the tables of the stages, rows and plans, and a chain with ends.
fn check(gpu: &mut GpuBackend, kernel: &str) -> Outcome {
    let mut checks = stages::checks();
    checks.insert(0, ("rows and plans", rows_and_plans));
    checks.push(("chain", chain_with_ends));
    checks.sort_by_key(|(name, _)| !name.contains(kernel));
    checks.into_iter().try_for_each(|(name, check)| check(gpu).map_err(|message| format!("{name}: {message}")))
}

fn chain_with_ends(gpu: &mut GpuBackend) -> Outcome {
    let model = Table((0..30).map(|i| row(Family::Normal, 30, i)).collect());
    let plan = Plan { stages: vec![Stage::Temperature(Temperature::fixed(0.8))], greedy: false };
    compare_chain(gpu, &model, &plan, &[4], 70, &[90]).map(drop)
}

/// Random rows of every length, fused and stage by stage, and rows whose candidates are many or equal.
fn rows_and_plans(gpu: &mut GpuBackend) -> Outcome {
    let mut rng = SplitMix(61);
    for (len, n) in [(3, 56), (30, 84), (300, 84), (1025, 56), (9001, 28)] {
        for all_common in [true, false] {
            compare(gpu, &cases(&mut rng, len, n, all_common))?;
        }
    }
    // More candidates than fit, in one block and in all.
    let crowded: Vec<f32> = (0..9000).map(|i| if i < 4000 { 5.0 + (i % 999) as f32 * 0.001 } else { 0.0 }).collect();
    let plan = |stages| Plan { stages, greedy: false };
    let plans = [
        plan(vec![Stage::TopP(TopP(0.02))]),
        plan(vec![Stage::Temperature(Temperature::fixed(0.7)), Stage::TopK(TopK(100)), Stage::TopP(TopP(0.8))]),
        plan(vec![Stage::TopK(TopK(50)), Stage::MinP(MinP(0.999))]),
        plan(vec![Stage::TopP(TopP(0.9)), Stage::MinP(MinP(0.5))]),
    ];
    let crowd = plans.map(|plan| (Case { plan, ..Case::new("a crowd", crowded.clone()) }, rng.bits()));
    compare(gpu, &crowd)?;
    let ties: Vec<f32> = (0..25_000).map(|i| if i % 41 == 17 { 3.0 } else { (i % 7) as f32 * -0.1 }).collect();
    // Each lane reads many of them, and the first of all is drawn.
    compare(gpu, &[(Case::new("the first of equals", vec![1.0; 9000]).greedy(), 0)])?;
    let plan_of_ties = plan(vec![Stage::Temperature(Temperature::fixed(0.9)), Stage::TopK(TopK(50))]);
    compare(gpu, &[(Case { plan: plan_of_ties, ..Case::new("ties in every block", ties) }, rng.bits())])
}

#[test]
fn every_mutant_is_noticed() {
    COINS.set(FEW_COINS);
    EVERY.set(FEW_LENGTHS);
    let mutants = [stages::mutants(), MUTANTS.to_vec()].concat();
    for kernel in Kernel::ALL.into_iter().filter(|kernel| StageName::parse(kernel.name()).is_some()) {
        assert!(mutants.iter().any(|(name, ..)| *name == kernel.name()), "no mutant of {}", kernel.name());
    }
    notices(&mutants, check);
    COINS.set(257);
    EVERY.set(1);
}

#[test]
fn every_mutant_of_a_network_is_noticed() {
    notices(&NETWORK_MUTANTS, |gpu, _| check_network(gpu).and_then(|()| check_llamas(gpu)));
}

fn notices(mutants: &[(&str, &str, &str)], check: fn(&mut GpuBackend, &str) -> Outcome) {
    // The fastest adapter is enough: on the others the same checks run without faults.
    let mut adapters = adapters();
    adapters.sort_by_key(|adapter| adapter.contains("SwiftShader"));
    let Some(adapter) = adapters.first() else { return };
    let lease = Lease::of(adapter);
    pass(check(&mut lease.backend(), ""));
    let mut survivors = Vec::new();
    for &(name, from, to) in mutants {
        match check(&mut lease.faulty(name, from, to), name) {
            Ok(()) => survivors.push(format!("{name}: `{to}` in place of `{from}`")),
            Err(message) => println!("{name}: `{to}`: {}", message.lines().next().unwrap_or_default()),
        }
    }
    println!("webgpu × {adapter} × faulty kernels: {} cases", mutants.len());
    assert!(survivors.is_empty(), "nothing notices {survivors:#?}");
}
