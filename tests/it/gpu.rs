//! The suite of the CPU on every adapter of this machine. SwiftShader, which emulates each of a workgroup's threads, gets the checks of the
//! stages with fewer coins; gpu_differential.rs and the browser tests give it more.

use std::{sync::OnceLock, time::Instant};

use logitlab::{
    cpu::CpuBackend,
    error::Error,
    gpu::{GpuBackend, Kernel},
    rng::Philox,
};

use crate::{
    bad_input,
    distribution::{follows, lesson},
    stages,
    support::{
        block_on,
        case::Case,
        expect::COINS,
        inputs::{Family, row},
        pass, suite,
    },
};

/// Milliseconds since the first call.
pub(crate) fn now() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

/// Every adapter of this machine.
pub(crate) fn adapters() -> Vec<String> {
    let adapters = block_on(GpuBackend::adapters());
    // Those in software can be had anywhere.
    if std::env::var_os("REQUIRE_GPU").is_some_and(|value| value == "1") {
        for name in ["llvmpipe", "SwiftShader"] {
            let is_there = adapters.iter().any(|adapter| adapter.contains(name));
            assert!(is_there, "REQUIRE_GPU=1, and {name} is not among the adapters {adapters:?}");
        }
    }
    if adapters.is_empty() {
        println!("NO GPU ADAPTER: nothing was checked on a GPU");
    }
    adapters
}

/// A backend on an adapter, with the shaders as they are.
pub(crate) fn backend(adapter: &str) -> GpuBackend {
    block_on(GpuBackend::on(adapter, now, &Kernel::source)).unwrap()
}

#[test]
fn the_suite_passes() {
    let mut failures = Vec::new();
    for adapter in adapters() {
        let started = now();
        let mut gpu = backend(&adapter);
        println!("{adapter}: ready after {:.0} ms", now() - started);
        let is_emulated = adapter.contains("SwiftShader");
        COINS.set(if is_emulated { 13 } else { 257 });
        let checks = if is_emulated { [stages::checks(), bad_input::checks()].concat() } else { suite::checks() };
        println!("webgpu × {adapter} × suite: {} checks of {}", checks.len(), suite::checks::<CpuBackend>().len());
        for (name, check) in checks {
            let started = now();
            let outcome = check(&mut gpu);
            println!(
                "{adapter} × {name}: {:.0} ms, {}",
                now() - started,
                if outcome.is_ok() { "ok" } else { "FAILED" }
            );
            if let Err(message) = outcome {
                failures.push(format!("{adapter} × {name}: {message}"));
            }
        }
    }
    COINS.set(257);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Chi-square of the draw by the stage kernels, by the fused ones without a filter and with one.
#[test]
fn the_draw_follows_its_probabilities() {
    for adapter in adapters() {
        let mut gpu = backend(&adapter);
        let n = if adapter.contains("SwiftShader") { 2000 } else { 20_000 };
        let cases = [lesson("T = 2").temperature(2.0), lesson("T = 3, top_k 4").temperature(3.0).top_k(4)];
        for (way, fused) in [("fused", true), ("stage by stage", false)] {
            gpu.set_fused(fused);
            for (case, seed) in cases.iter().zip(71..) {
                pass(follows(&mut gpu, case, seed, n).map_err(|message| format!("{adapter}, {way}: {message}")));
            }
        }
        println!("webgpu × {adapter} × chi-square: {} draws", 4 * n);
    }
}

/// More logits than a binding of 128 MiB holds go to the device in pieces.
#[test]
fn a_batch_beyond_one_binding_is_split() {
    let (len, n) = (151_936, 260);
    let case = Case::new("a large batch", row(Family::Normal, len, 5)).temperature(0.8).top_k(20);
    let coins = || (0..n).map(|step| Philox::coin(3, step, 0));
    let want = case.steps(&mut CpuBackend::new(), coins()).unwrap();
    for adapter in adapters().into_iter().filter(|adapter| !adapter.contains("SwiftShader")) {
        let got = case.steps(&mut backend(&adapter), coins()).unwrap();
        assert!(got == want, "{adapter}: the CPU's tokens");
        println!("webgpu × {adapter} × rows of a batch of {} MB: {n} cases", n as usize * len * 4 / 1_000_000);
    }
}

/// What no device takes is a typed error before anything is sent, and the next step is fine.
#[test]
fn limits_are_typed_errors() {
    for adapter in adapters() {
        let mut gpu = backend(&adapter);
        let case = Case::new("too long", vec![0.0; 2_097_153]);
        let error = case.try_step(&mut gpu, case.draw(1), false).unwrap_err();
        let (name, found, limit) = ("vocab_size".to_owned(), 2_097_153, 2_097_152);
        assert_eq!(error, Error::LimitExceeded { name, found, limit });
        lesson("afterwards").step(&mut gpu, 1, false).unwrap();
    }
}

/// A shader that the platform refuses is named.
#[test]
fn a_kernel_that_does_not_compile_is_named() {
    for adapter in adapters() {
        let edit = |kernel: &Kernel| {
            kernel.source().replace("fn main(", if *kernel == Kernel::TopP { "fn main((" } else { "fn main(" })
        };
        let error = block_on(GpuBackend::on(&adapter, now, &edit)).map(drop).unwrap_err();
        let kernel = if let Error::BackendFault { kernel, .. } = &error { kernel.as_str() } else { "none" };
        assert_eq!(kernel, "top_p", "{error}");
    }
}
