//! The start-up check, the choice between CPU and GPU, and what happens when the GPU goes away.

use logitlab::{
    auto::{About, AutoBackend, Preference},
    backend::Step,
    cpu::CpuBackend,
    error::Error,
    gpu::{Bindings, Kernel},
    stages::plan::Stage,
};

use crate::{
    gpu::{Lease, Lent, adapters, backend, fresh, now},
    stages,
    support::{block_on, case::Case},
};

fn auto(adapter: &str, preference: Preference) -> Lent<AutoBackend> {
    backend(adapter).map(|gpu| block_on(AutoBackend::with(gpu, preference, now)).unwrap())
}

#[test]
fn a_kernel_that_computes_wrong_is_refused_by_its_name() {
    // Each spoils the last thing its kernel writes.
    let others = [
        ("softmax", "/ total);", "/ (total * 2.0));"),
        ("draw", "plan.coin);", "plan.coin.yx);"),
        ("race", "/ noise[at])", "* noise[at])"),
        ("scan", "let max_id = group_min(", "let max_id = 1u + group_min("),
        ("sums", "kept += 1u;", "kept += 2u;"),
        ("finish", "limit = scaled(whole, plan.p);", "limit = scaled(whole, plan.p / 2u);"),
        ("fallback", "cut.key = kth_key(lane, base, plan.k);", "cut.key = kth_key(lane, base, plan.k - 90u);"),
        ("chain", "philox(vec4<u32>(chain.first_step + i", "philox(vec4<u32>(chain.first_step + i + 1u"),
    ];
    let spoiled = [stages::spoiled(), others.to_vec()].concat();
    for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.bindings() != Bindings::Network) {
        let n = spoiled.iter().filter(|(name, ..)| *name == kernel.name()).count();
        assert_eq!(n, 1, "one for {}", kernel.name());
    }
    let Some(adapter) = adapters().into_iter().next_back() else { return };
    let lease = Lease::of(&adapter);
    for (name, from, to) in spoiled {
        let started = block_on(AutoBackend::with(lease.faulty(name, from, to), Preference::WebGpu, now));
        match (started, Stage::examples().into_iter().flatten().find(|stage| stage.name().as_str() == name)) {
            (Err(Error::BackendFault { kernel, .. }), _) => assert_eq!(kernel, name),
            (Ok(backend), Some(stage)) => is_refused_when_needed(backend, stage),
            (started, _) => panic!("{name}: {:?}", started.map(|backend| backend.about().clone())),
        }
    }
}

/// A stage's kernel is checked by the first step that needs it, and the CPU does that step.
fn is_refused_when_needed(mut backend: AutoBackend, stage: Stage) {
    let name = stage.name().as_str();
    let case = Case::new(name, [1.0, 2.0, 0.5, 3.0].repeat(10)).past(&[1, 2], &[2, 0]).stage(stage);
    let drawn = |step: Step| (step.token, step.probability, step.kept);
    let want = drawn(case.step(&mut CpuBackend::new(), 77 << 57, true).unwrap());
    assert_eq!(drawn(case.step(&mut backend, 77 << 57, true).unwrap()), want, "{name}: the CPU's step");
    let About { kind, reason, lost, .. } = backend.about();
    assert_eq!((*kind, *lost), ("cpu", true), "{name}: {reason}");
    assert!(reason.starts_with(&format!("the GPU failed at {name}: ")), "{reason}");
}

/// Nothing is compiled before: this kernel is no WGSL.
#[test]
fn a_gpu_is_tried_out_by_the_first_work_that_may_pay_there() {
    for adapter in adapters() {
        let gpu = Lease::of(&adapter).faulty("scan", "let max_id = group_min(", "let max_id = not_there(");
        let mut backend = block_on(AutoBackend::with(gpu, Preference::Auto, now)).unwrap();
        Case::new("small", [1.0, 2.0]).step(&mut backend, 0, false).unwrap();
        let About { kind, reason, lost, .. } = backend.about();
        assert_eq!((*kind, *lost), ("cpu", false), "{adapter}: {reason}");
        assert!(!backend.prefer(Preference::WebGpu), "{adapter}: one that is asked for is tried out before");
        let case = Case::new("large", (0..77).map(|i| i as f32).collect::<Vec<_>>().repeat(1300)).top_p(0.9);
        let coins = || (0..200).map(|i| i << 56);
        let want = case.steps(&mut CpuBackend::new(), coins()).unwrap();
        let drawn = |steps: Vec<Step>| steps.into_iter().map(|step| (step.token, step.probability)).collect::<Vec<_>>();
        assert_eq!(drawn(case.steps(&mut backend, coins()).unwrap()), drawn(want), "{adapter}: the CPU's steps");
        let About { kind, reason, lost, .. } = backend.about();
        assert_eq!((*kind, *lost), ("cpu", true), "{adapter}: {reason}");
        assert!(reason.starts_with("the GPU failed at scan: "), "{adapter}: {reason}");
    }
}

#[test]
fn the_choice_is_told() {
    for adapter in adapters() {
        let mut backend = auto(&adapter, Preference::Auto);
        println!("{adapter}: {:?}", backend.costs().unwrap());
        Case::new("small", [1.0, 2.0]).step(&mut *backend, 0, false).unwrap();
        let about = backend.about().clone();
        assert_eq!(about.kind, "cpu", "{about:?}");
        assert!(about.reason.starts_with("1 row of 2 logits: estimated "), "{about:?}");
        assert_eq!(about.adapter.as_deref(), Some(adapter.as_str()), "{about:?}");
        let mut backend = auto(&adapter, Preference::WebGpu);
        Case::new("small", [1.0, 2.0]).step(&mut *backend, 0, false).unwrap();
        assert_eq!((backend.about().kind, backend.about().reason.as_str()), ("webgpu", "WebGPU was asked for"));
    }
}

#[test]
fn the_live_check_compares() {
    for adapter in adapters() {
        for preference in [Preference::Auto, Preference::WebGpu] {
            let mut backend = auto(&adapter, preference);
            backend.set_check(true);
            let case = Case::new("five", [1.0, 2.0, 0.5, 3.0, -1.0]).temperature(0.7).top_p(0.9);
            case.step(&mut *backend, 1 << 63, true).unwrap();
            case.steps(&mut *backend, (0..9).map(|i| i << 60)).unwrap();
            let report = backend.check_report().unwrap();
            assert_eq!((report.rows, report.same_tokens, report.same_bits), (10, 10, 10), "{report:?}");
            assert!(report.largest_difference <= 1e-6, "{report:?}");
        }
    }
}

#[test]
fn a_lost_device_leaves_the_step_to_the_cpu() {
    for adapter in adapters() {
        let mut backend = block_on(AutoBackend::with(fresh(&adapter), Preference::WebGpu, now)).unwrap();
        let case = Case::new("three", [1.0, 2.0, 0.5]).top_k(2);
        let before = case.step(&mut backend, 77 << 57, false).unwrap();
        backend.lose_device();
        assert_eq!(case.step(&mut backend, 77 << 57, false).unwrap(), before, "the same token");
        assert_eq!(backend.about().kind, "cpu", "{:?}", backend.about());
        assert!(backend.about().reason.contains("it was destroyed"), "{:?}", backend.about());
    }
}
