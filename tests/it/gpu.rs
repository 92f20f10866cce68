//! The suite of the CPU on every adapter of this machine. SwiftShader, which emulates each of a workgroup's threads, gets the checks of the
//! stages with fewer coins and rows; gpu_differential.rs and the browser tests give it more.

use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, OnceLock, PoisonError},
    time::Instant,
};

use logitlab::{
    cpu::CpuBackend,
    error::Error,
    gpu::{Compiled, GpuBackend, Kernel},
    rng::Philox,
};

use crate::{
    bad_input,
    distribution::{follows, lesson},
    stages,
    support::{
        block_on,
        case::Case,
        expect::{COINS, DRAWS, EVERY},
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

/// A backend on a device of its own, for tests that lose it.
pub(crate) fn fresh(adapter: &str) -> GpuBackend {
    block_on(GpuBackend::on(adapter, now, &Kernel::source)).unwrap()
}

/// A backend on an adapter, with the shaders as they are.
pub(crate) fn backend(adapter: &str) -> Lent<GpuBackend> {
    let lease = Lease::of(adapter);
    Lent { backend: lease.backend(), lease }
}

/// Devices that no test uses just now, by adapter. An adapter in software takes seconds to compile the kernels, and a test less.
static IDLE: Mutex<Vec<(String, Compiled)>> = Mutex::new(Vec::new());

/// A device with its kernels, for one test at a time.
pub(crate) struct Lease {
    adapter: String,
    compiled: Compiled,
}

impl Lease {
    pub(crate) fn of(adapter: &str) -> Self {
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        let found = idle.iter().position(|(name, _)| name == adapter).map(|ix| idle.swap_remove(ix).1);
        drop(idle);
        let compiled = found.unwrap_or_else(|| block_on(Compiled::on(adapter)).unwrap());
        Self { adapter: adapter.to_owned(), compiled }
    }

    /// A backend with the shaders as they are.
    pub(crate) fn backend(&self) -> GpuBackend {
        GpuBackend::again(&self.compiled, now)
    }

    /// A backend one of whose kernels has `to` in place of `from`.
    pub(crate) fn faulty(&self, name: &str, from: &str, to: &str) -> GpuBackend {
        let kernel = Kernel::ALL.into_iter().find(|kernel| kernel.name() == name).expect("a kernel of that name");
        let source = kernel.source();
        assert!(source.contains(from), "{name} has no `{from}`");
        GpuBackend::again(&self.compiled.with(kernel, source.replace(from, to)), now)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push((std::mem::take(&mut self.adapter), self.compiled.clone()));
        }
    }
}

/// What works on a device that is given back afterwards.
pub(crate) struct Lent<T> {
    // In the order in which they are dropped.
    backend: T,
    lease: Lease,
}

impl<T> Lent<T> {
    /// Something else made of it.
    pub(crate) fn map<U>(self, make: impl FnOnce(T) -> U) -> Lent<U> {
        Lent { backend: make(self.backend), lease: self.lease }
    }
}

impl<T> Deref for Lent<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.backend
    }
}

impl<T> DerefMut for Lent<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.backend
    }
}

/// Coins of a sweep, and of the short lengths every how many-th: so few notice every faulty kernel of gpu_mutants.rs, and the random rows of
/// gpu_differential.rs show that other coins draw the CPU's tokens, too.
pub(crate) const FEW_COINS: u64 = 17;
pub(crate) const FEW_LENGTHS: usize = 9;

#[test]
fn the_suite_passes() {
    let mut failures = Vec::new();
    for adapter in adapters() {
        let started = now();
        let mut lent = backend(&adapter);
        let gpu: &mut GpuBackend = &mut lent;
        println!("{adapter}: ready after {:.0} ms", now() - started);
        let is_emulated = adapter.contains("SwiftShader");
        COINS.set(if is_emulated { 5 } else { FEW_COINS });
        DRAWS.set(2500);
        EVERY.set(FEW_LENGTHS);
        let checks = if is_emulated { [stages::checks(), bad_input::checks()].concat() } else { suite::checks() };
        println!("webgpu × {adapter} × suite: {} checks of {}", checks.len(), suite::checks::<CpuBackend>().len());
        for (name, check) in checks {
            let started = now();
            let outcome = check(gpu);
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
    DRAWS.set(50_000);
    EVERY.set(1);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Chi-square of the draw by the stage kernels, by the fused ones without a filter and with one.
#[test]
fn the_draw_follows_its_probabilities() {
    for adapter in adapters() {
        let mut gpu = backend(&adapter);
        let n = if adapter.contains("SwiftShader") { 500 } else { 5000 };
        let cases = [lesson("T = 2").temperature(2.0), lesson("T = 3, top_k 4").temperature(3.0).top_k(4)];
        for (way, fused) in [("fused", true), ("stage by stage", false)] {
            gpu.set_fused(fused);
            for (case, seed) in cases.iter().zip(71..) {
                pass(follows(&mut *gpu, case, seed, n).map_err(|message| format!("{adapter}, {way}: {message}")));
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
        let got = case.steps(&mut *backend(&adapter), coins()).unwrap();
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
        let error = case.try_step(&mut *gpu, case.draw(1), false).unwrap_err();
        let (name, found, limit) = ("vocab_size".to_owned(), 2_097_153, 2_097_152);
        assert_eq!(error, Error::LimitExceeded { name, found, limit });
        lesson("afterwards").step(&mut *gpu, 1, false).unwrap();
    }
}

/// A shader that the platform refuses is named.
#[test]
fn a_kernel_that_does_not_compile_is_named() {
    for adapter in adapters() {
        let edit = |kernel: &Kernel| {
            kernel.source().replace("fn main(", if *kernel == Kernel::TopP { "fn main((" } else { "fn main(" })
        };
        let mut gpu = block_on(GpuBackend::on(&adapter, now, &edit)).unwrap();
        let case = lesson("the first that needs it").top_p(0.5);
        let error = case.try_step(&mut gpu, case.draw(1), true).unwrap_err();
        let kernel = if let Error::BackendFault { kernel, .. } = &error { kernel.as_str() } else { "none" };
        assert_eq!(kernel, "top_p", "{error}");
    }
}
