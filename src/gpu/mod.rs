//! The GPU backend: every stage a WGSL kernel on a (B, V) buffer, and fused kernels for the common plan. Same bits as the CPU: masses are the
//! same integers, divisions are correctly rounded, so the same random number draws the same token.
//!
//! A row that a kernel refuses is done again on the CPU, which names the error: bad input reads the same on every backend.

mod buffers;
mod chain;
mod device;
mod kernels;
pub mod layout;
pub mod network;
mod plans;
mod step;
mod times;

pub use chain::GpuChainTable;
pub use kernels::{Bindings, Kernel};
pub use times::GpuTimes;

use std::sync::atomic::{AtomicU32, Ordering};

use buffers::{Ring, RowBuffers};
use device::Device;
use kernels::Pipelines;
use times::Times;

use crate::{
    backend::{Ahead, Backend, ChainOutput, Detail, Row, Step},
    core::{error::Result, mask},
    cpu::{CpuBackend, LastTraced},
};

/// A monotonic clock: milliseconds since some fixed moment.
pub type Now = fn() -> f64;

/// Samples on a GPU.
pub struct GpuBackend {
    // In the order in which they are dropped: the device last.
    networks: Vec<network::Resident>,
    rows: RowBuffers,
    ring: Ring,
    times: Times,
    pipelines: Pipelines,
    cpu: CpuBackend,
    last_traced: LastTraced,
    now: Now,
    fuses: bool,
    /// Tells this backend's buffers from another's.
    id: u32,
    device: Device,
}

impl std::fmt::Debug for GpuBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GpuBackend").field("adapter", &self.device.adapter).finish_non_exhaustive()
    }
}

/// A device with its kernels, which are compiled once. One backend after the other can be made of it; two that work at once would take
/// each other's answers.
#[derive(Debug, Clone)]
pub struct Compiled {
    device: Device,
    pipelines: Pipelines,
}

/// The next backend's id.
static NEXT_ID: AtomicU32 = AtomicU32::new(0);

impl GpuBackend {
    /// On the adapter that the platform prefers.
    ///
    /// # Errors
    /// `BackendUnavailable`.
    pub async fn new(now: Now) -> Result<Self> {
        Ok(Self::with(Device::preferred().await?, now, &Kernel::source))
    }

    fn with(device: Device, now: Now, edit: &dyn Fn(&Kernel) -> String) -> Self {
        let pipelines = Pipelines::new(&device, edit);
        Self::of_compiled(Compiled { device, pipelines }, now)
    }

    /// A backend with memory of its own, on a device whose kernels are compiled.
    fn of_compiled(Compiled { device, pipelines }: Compiled, now: Now) -> Self {
        let rows = RowBuffers::new(&device, &pipelines.rows_layout);
        let times = Times::new(&device);
        let (ring, cpu, id) = (Ring::default(), CpuBackend::new(), NEXT_ID.fetch_add(1, Ordering::Relaxed));
        let last_traced = LastTraced::default();
        Self { networks: Vec::new(), rows, ring, times, pipelines, cpu, last_traced, now, fuses: true, id, device }
    }

    /// Name and API of the adapter.
    pub fn adapter(&self) -> &str {
        &self.device.adapter
    }

    /// Whether the device is gone.
    pub fn is_lost(&self) -> bool {
        self.device.is_lost()
    }

    /// Gives the device up on purpose: every later call is `BackendLost`.
    pub fn destroy(&self) {
        self.device.destroy();
    }

    /// The time by its clock.
    pub(super) fn now(&self) -> f64 {
        (self.now)()
    }

    /// Its clock.
    pub(super) fn clock(&self) -> Now {
        self.now
    }

    /// Milliseconds for a call without any work: what work takes at least. Compiles nothing.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) async fn time_call(&mut self) -> Result<f64> {
        let mut least = f64::INFINITY;
        for _ in 0..2 {
            let started = self.now();
            let scope = self.device.error_scope();
            let mut encoder = self.device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            encoder.clear_buffer(self.ring.send(&self.device, 4)?, 0, None);
            self.device.queue.submit([encoder.finish()]);
            self.ring.sent(scope);
            self.ring.take(&self.device).await?;
            least = least.min(self.now() - started);
        }
        Ok(least)
    }

    /// Whether common plans run on the fused kernels, as they do unless switched off here, or stage by stage.
    pub fn set_fused(&mut self, fuses: bool) {
        self.fuses = fuses;
    }

    /// Times since the last call.
    pub fn take_times(&mut self) -> GpuTimes {
        self.times.take()
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl GpuBackend {
    /// From now on no buffer a shader is given is larger than this: tests see how work is cut.
    pub fn set_most_bound(&mut self, bytes: u64) {
        self.device.set_most_bound(bytes);
    }

    /// Every adapter of this machine, by name and API.
    pub async fn adapters() -> Vec<String> {
        let adapters = device::instance().enumerate_adapters(wgpu::Backends::PRIMARY).await;
        adapters.iter().map(|adapter| device::describe(&adapter.get_info())).collect()
    }

    /// Of what is compiled already.
    pub fn again(compiled: &Compiled, now: Now) -> Self {
        Self::of_compiled(compiled.clone(), now)
    }

    /// On the adapter whose name contains `name`, with the text of each kernel as `edit` makes it: tests make faulty ones.
    ///
    /// # Errors
    /// `BackendUnavailable`.
    pub async fn on(name: &str, now: Now, edit: &dyn Fn(&Kernel) -> String) -> Result<Self> {
        Self::of(&device::instance(), name, now, edit).await
    }

    /// The same out of an instance of the caller's, which can be asked what is still alive in it.
    ///
    /// # Errors
    /// As [`on`](Self::on).
    pub async fn of(instance: &wgpu::Instance, name: &str, now: Now, edit: &dyn Fn(&Kernel) -> String) -> Result<Self> {
        Ok(Self::with(device_of(instance, name).await?, now, edit))
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Compiled {
    /// On the adapter whose name contains `name`.
    ///
    /// # Errors
    /// `BackendUnavailable`.
    pub async fn on(name: &str) -> Result<Self> {
        let device = device_of(&device::instance(), name).await?;
        let pipelines = Pipelines::new(&device, &Kernel::source);
        Ok(Self { device, pipelines })
    }

    /// The same with another text of one kernel: tests make faulty ones.
    #[must_use]
    pub fn with(&self, kernel: Kernel, source: String) -> Self {
        Self { device: self.device.clone(), pipelines: self.pipelines.with(kernel, source) }
    }
}

#[cfg(not(target_arch = "wasm32"))]
async fn device_of(instance: &wgpu::Instance, name: &str) -> Result<Device> {
    let adapters = instance.enumerate_adapters(wgpu::Backends::PRIMARY).await;
    let wanted = adapters.iter().find(|adapter| device::describe(&adapter.get_info()).contains(name));
    let Some(adapter) = wanted else {
        return Err(crate::core::error::Error::BackendUnavailable { reason: format!("no adapter is named {name}") });
    };
    Device::on(adapter).await
}

impl Backend for GpuBackend {
    async fn step(&mut self, logits: &mut [f32], rows: &[Row<'_>], detail: Detail, out: &mut Vec<Step>) -> Result<()> {
        mask::read_all(logits);
        self.step_rows(logits, rows, detail, out).await
    }

    type ChainTable = GpuChainTable;

    async fn run_ahead(&mut self, run: &Ahead<'_>, table: &mut GpuChainTable, out: &mut [ChainOutput]) -> Result<bool> {
        match run {
            Ahead::Chain(chain) => self.chain(chain, table, out).await,
            Ahead::Network(decode) => self.decode(decode, out).await,
        }
    }
}
