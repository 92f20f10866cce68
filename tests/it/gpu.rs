//! The suite of the CPU on every adapter of this machine.

use std::{sync::OnceLock, time::Instant};

use logitlab::backend::gpu::{GpuBackend, Kernel};

use crate::support::{block_on, suite};

/// Milliseconds since the first call.
pub(crate) fn now() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

/// Every adapter of this machine.
pub(crate) fn adapters() -> Vec<String> {
    let adapters = block_on(GpuBackend::adapters());
    let is_required = std::env::var_os("REQUIRE_GPU").is_some_and(|value| value == "1");
    assert!(!adapters.is_empty() || !is_required, "REQUIRE_GPU=1, and there is no adapter");
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
        for (name, check) in suite::checks() {
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
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn latency_probe() {
    use crate::support::case::Case;
    for adapter in adapters() {
        let mut gpu = backend(&adapter);
        for (name, case) in [
            ("none", Case::new("x", vec![0.5; 30])),
            ("k", Case::new("x", (0..30).map(|i| i as f32).collect::<Vec<_>>()).top_k(5)),
            ("p", Case::new("x", (0..30).map(|i| i as f32 * 0.1).collect::<Vec<_>>()).top_p(0.9)),
        ] {
            for fused in [true, false] {
                gpu.set_fused(fused);
                let started = now();
                for i in 0..50 {
                    case.step(&mut gpu, i << 56, false).unwrap();
                }
                println!("{adapter} {name} fused {fused}: {:.2} ms {:?}", (now() - started) / 50.0, gpu.take_times());
            }
        }
    }
}
