//! What steps are expected to cost, learned from what they took.

use logitlab::{
    auto::costs::{Costs, Processor, Rates, Shape},
    backend::Row,
    history::History,
    network::{Activation, NetworkShape, NormKind, PositionKind},
    plan::{Plan, Stage},
    rng::Draw,
    stages::{TopK, TopP},
};

fn shape(stages: Vec<Stage>) -> Shape {
    let plan = Plan { stages, greedy: false };
    Shape::of(&[Row { plan: &plan, history: &History::new(None), draw: Draw::Coin(0) }], false)
}

fn plain() -> Shape {
    shape(vec![])
}

fn count() -> Shape {
    shape(vec![TopK(3).into()])
}

fn both() -> Shape {
    shape(vec![TopK(3).into(), TopP(0.5).into()])
}

fn costs() -> Costs {
    let rates = |cpu, gpu| Rates { cpu, gpu };
    let mass = shape(vec![TopP(0.5).into()]);
    Costs::new(1.0, vec![(plain(), rates(1e-4, 1e-5)), (count(), rates(5e-5, 2e-5)), (mass, rates(2e-4, 1e-5))])
}

fn near(found: (f64, f64), wanted: (f64, f64)) -> bool {
    (found.0 - wanted.0).abs() < 0.01 && (found.1 - wanted.1).abs() < 0.01
}

#[test]
fn an_unknown_shape_costs_as_much_as_the_dearest_of_its_parts() {
    assert!(near(costs().of(count(), 10_000), (0.5, 1.2)));
    assert!(near(costs().of(both(), 10_000), (2.0, 1.2)));
}

#[test]
fn what_steps_took_is_learned_for_their_shape_alone() {
    let mut costs = costs();
    for _ in 0..80 {
        costs.learn(both(), 10_000, Processor::Cpu, 8.0);
        costs.learn(both(), 10_000, Processor::Gpu, 4.0);
    }
    assert!(near(costs.of(both(), 10_000), (8.0, 4.0)), "{costs:?}");
    assert!(near(costs.of(count(), 10_000), (0.5, 1.2)), "{costs:?}");
    costs.learn(both(), 10_000, Processor::Cpu, 1e9);
    assert!(costs.of(both(), 10_000).0 < 15.0, "one outlier decides little");
    costs.learn(both(), 10, Processor::Cpu, 5.0);
    assert!(costs.of(both(), 10_000).0 < 15.0, "a small row says nothing of a large one");
}

#[test]
fn a_clock_that_stands_still_is_no_free_lunch() {
    let mut costs = costs();
    // One step in ten sees the clock go on, by a millisecond.
    (0..4000).for_each(|i| costs.learn(plain(), 10_000, Processor::Cpu, f64::from(u8::from(i % 10 == 0))));
    assert!(near((costs.of(plain(), 10_000).0, 0.0), (0.1, 0.0)), "{costs:?}");
}

#[test]
fn a_call_that_took_less_than_expected_is_no_gain() {
    let mut costs = costs();
    (0..400).for_each(|_| costs.learn(plain(), 10_000, Processor::Gpu, 0.1));
    assert!(near((0.0, costs.of(plain(), 10_000).1), (0.0, 1.0)), "{costs:?}");
}

/// SmolLM2's sizes.
fn smollm2() -> NetworkShape {
    NetworkShape {
        vocab_size: 49_152,
        block_size: 2048,
        n_layer: 30,
        n_head: 9,
        n_kv_head: 3,
        head_size: 64,
        n_embd: 576,
        n_inner: 1536,
        activation: Activation::Silu,
        has_gate: true,
        norm: NormKind::Rms,
        epsilon: 1e-5,
        positions: PositionKind::Rotary,
        has_head_norms: false,
        is_tied: true,
    }
}

#[test]
fn a_network_is_as_dear_as_its_products() {
    let network = smollm2();
    // All of its 134,515,008 weights but those of its 61 norms, 576 each.
    assert_eq!(network.n_products(), 134_515_008 - 61 * 576);
    // As measured on a GPU in software, and on one whose kernels take a millionth of a millisecond for a logit.
    let of = |gpu| Costs::new(1.0, vec![(plain(), Rates { cpu: 1e-5, gpu })]).gpu_token_ms(&network);
    assert!(of(8e-4) > 100_000.0);
    assert!((of(1e-6) - 135.48).abs() < 0.01);
}
