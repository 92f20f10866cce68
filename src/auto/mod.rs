//! The backend of an engine: CPU or GPU by what was asked for, by what is there, and by measured cost. When the GPU fails in the middle of a
//! run, the same step is done on the CPU: randomness is an argument, so the text goes on as it would have.

mod about;
mod check;
pub mod costs;
mod network;
pub mod probe;
mod words;

use std::pin::Pin;

use crate::{
    backend::{Ahead, Backend, Chain, ChainOutput, Detail, LogitSource, Row, Step},
    core::{
        error::{Error, Result},
        number::counted,
    },
    cpu::{ChainTable as CpuTable, CpuBackend},
    gpu::{GpuBackend, GpuChainTable, GpuTimes, Now},
    rng::Draw,
    stages::StageName,
};

use costs::{Costs, Processor, Shape};
use probe::{check, check_stage, measure};
use words::format_ms;

pub use about::{About, Preference};
pub use check::CheckReport;
pub use check::Difference;

/// CPU and GPU behind one interface.
#[derive(Debug)]
pub struct AutoBackend {
    cpu: CpuBackend,
    gpu: Option<Gpu>,
    preference: Preference,
    about: About,
    /// The reason told is an estimate for the work at hand, so that the next one need not be told.
    is_estimated: bool,
    check: Option<CheckReport>,
    networks: network::Networks,
}

/// A GPU that answers.
#[derive(Debug)]
struct Gpu {
    backend: GpuBackend,
    costs: Costs,
    /// What is known of it.
    tried: Tried,
    /// The stages whose kernels have given the CPU's answers.
    checked: Vec<StageName>,
}

/// How far a GPU was tried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tried {
    /// It has answered an empty call, and any work takes at least as long. No kernel is compiled.
    Called,
    /// The kernels that plans share give the CPU's answers.
    Checked,
    /// Their costs were measured.
    Measured,
}

impl Default for AutoBackend {
    /// The CPU alone; nothing waits.
    fn default() -> Self {
        let about =
            About { kind: "cpu", adapter: None, reason: "the CPU was asked for".to_owned(), lost: false, version: 0 };
        Self {
            cpu: CpuBackend::new(),
            gpu: None,
            preference: Preference::Cpu,
            about,
            is_estimated: false,
            check: None,
            networks: network::Networks::default(),
        }
    }
}

impl AutoBackend {
    /// Looks for a GPU, unless the CPU was asked for. One that was asked for is tried out; else that waits for work that may pay there, so that
    /// nothing is compiled before. `now` is a clock in milliseconds.
    ///
    /// # Errors
    /// `BackendUnavailable`, `BackendFault` when the GPU was asked for and is not there, or computes wrong.
    pub async fn new(preference: Preference, now: Now) -> Result<Self> {
        let mut backend = Self { preference, ..Self::default() };
        if preference != Preference::Cpu {
            backend.look_for_gpu(now).await.or_else(|error| backend.do_without(error))?;
        }
        Ok(backend)
    }

    /// On a platform that has none, for this reason.
    ///
    /// # Errors
    /// `BackendUnavailable` when the GPU was asked for.
    pub fn without_gpu(preference: Preference, reason: &str) -> Result<Self> {
        let mut backend = Self { preference, ..Self::default() };
        if preference != Preference::Cpu {
            backend.do_without(Error::BackendUnavailable { reason: reason.to_owned() })?;
        }
        Ok(backend)
    }

    /// Takes another one's place, with a better name for its adapter if there is one; the live check and the count of changes go on.
    pub fn replace(&mut self, other: Self, adapter: Option<String>) {
        let (check, version) = (self.check.map(|_| CheckReport::default()), self.about.version + 1);
        *self = Self { check, ..other };
        self.about.version = version;
        self.about.adapter = self.about.adapter.take().map(|known| adapter.unwrap_or(known));
    }

    /// Changes between automatic and WebGPU with the GPU that is there; false, with nothing done, when there is none, it has to go, or it was not
    /// tried out as one that is asked for has to be.
    pub fn prefer(&mut self, preference: Preference) -> bool {
        let suffices = |tried| preference == Preference::Auto || tried != Tried::Called;
        let is_there = self.gpu.as_ref().is_some_and(|gpu| suffices(gpu.tried) && !gpu.backend.is_lost());
        if !is_there || preference == Preference::Cpu {
            return false;
        }
        self.preference = preference;
        self.explain();
        true
    }

    /// With this GPU, which is tried out first.
    ///
    /// # Errors
    /// `BackendFault` when it computes wrong and was asked for.
    pub async fn with(gpu: GpuBackend, preference: Preference, now: Now) -> Result<Self> {
        let mut backend = Self { preference, ..Self::default() };
        backend.adopt(gpu, now).await.or_else(|error| backend.do_without(error))?;
        Ok(backend)
    }

    async fn look_for_gpu(&mut self, now: Now) -> Result<()> {
        let gpu = boxed(GpuBackend::new(now)).await?;
        self.adopt(gpu, now).await
    }

    async fn adopt(&mut self, mut gpu: GpuBackend, now: Now) -> Result<()> {
        let call_ms = boxed(gpu.time_call()).await?;
        let costs = boxed(measure(None, &mut self.cpu, call_ms, now)).await?;
        self.gpu = Some(Gpu { backend: gpu, costs, tried: Tried::Called, checked: Vec::new() });
        if self.preference == Preference::WebGpu {
            boxed(self.check_and_measure()).await.inspect_err(|_| self.gpu = None)?;
        }
        self.about.adapter = self.gpu.as_ref().map(|gpu| gpu.backend.adapter().to_owned());
        self.explain();
        Ok(())
    }

    /// Tries out a GPU that may do the work at hand sooner than the CPU; if it fails, the CPU goes on.
    async fn try_out_for(&mut self, shape: Shape, n: usize) {
        if self.costs().map(|costs| costs.of(shape, n)).is_some_and(|(on_cpu, on_gpu)| on_gpu < on_cpu) {
            self.try_out().await;
        }
    }

    /// The same whatever the work.
    async fn try_out(&mut self) {
        if let Err(error) = boxed(self.check_and_measure()).await {
            self.do_without_gpu(&error);
        }
    }

    /// What was not done before; where the GPU was asked for, times decide nothing.
    async fn check_and_measure(&mut self) -> Result<()> {
        let Some(Gpu { backend, costs, tried, .. }) = &mut self.gpu else { return Ok(()) };
        let (cpu, now) = (&mut self.cpu, backend.clock());
        if *tried == Tried::Called {
            boxed(check(backend, cpu, now)).await?;
            *tried = Tried::Checked;
        }
        if self.preference == Preference::Auto && *tried == Tried::Checked {
            *costs = boxed(measure(Some(backend), cpu, 0.0, now)).await?;
            *tried = Tried::Measured;
        }
        Ok(())
    }

    /// Checks the kernels of stages that these rows are the first to need; false, when one is wrong or the GPU is gone, and the CPU goes on.
    async fn passes_check(&mut self, rows: &[Row<'_>], want_trace: bool) -> Result<bool> {
        let Some(Gpu { backend, checked, .. }) = &mut self.gpu else { return Ok(false) };
        for stage in backend.stages_alone(rows, want_trace).collect::<Vec<_>>() {
            if checked.contains(&stage) {
                continue;
            }
            if let Err(error) = boxed(check_stage(backend, &mut self.cpu, stage)).await {
                return self.recover(error).map(|()| false);
            }
            checked.push(stage);
        }
        Ok(true)
    }

    /// Why the GPU that is there will be used, or not, before the first step has decided it.
    fn explain(&mut self) {
        match (self.preference, self.costs().map(|costs| costs.gpu_call_ms)) {
            (Preference::Auto, Some(gpu_call_ms)) => {
                let price = format!("a call of the GPU costs {} ms", format_ms(gpu_call_ms));
                self.tell("cpu", format!("small steps stay on the CPU: {price}"));
            }
            _ => self.tell("webgpu", "WebGPU was asked for".to_owned()),
        }
    }

    /// The CPU instead, unless the GPU was asked for.
    fn do_without(&mut self, error: Error) -> Result<()> {
        if self.preference == Preference::WebGpu {
            return Err(error);
        }
        self.tell("cpu", error.to_string());
        Ok(())
    }

    /// What computes, and why that.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// What was measured and learned, if there is a GPU.
    pub fn costs(&self) -> Option<&Costs> {
        self.gpu.as_ref().map(|gpu| &gpu.costs)
    }

    /// Switches the live check on or off, and forgets what it has seen.
    pub fn set_check(&mut self, on: bool) {
        self.check = on.then(CheckReport::default);
    }

    /// What the live check has seen since it was switched on.
    pub fn check_report(&self) -> Option<CheckReport> {
        self.check
    }

    /// Where the GPU's time went since the last call; None without a GPU.
    pub fn take_gpu_times(&mut self) -> Option<GpuTimes> {
        self.gpu.as_mut().map(|gpu| gpu.backend.take_times())
    }

    /// Gives the GPU's device up, as a crash would. The next step notices.
    pub fn lose_device(&mut self) {
        if let Some(gpu) = &self.gpu {
            gpu.backend.destroy();
        }
    }

    fn tell(&mut self, kind: &'static str, reason: String) {
        self.is_estimated = false;
        if (self.about.kind, &self.about.reason) != (kind, &reason) {
            self.about = About { kind, reason, version: self.about.version + 1, ..self.about.clone() };
        }
    }

    /// Whether the GPU is to do work with these estimates; a change of mind is told.
    fn chooses_gpu(&mut self, work: impl FnOnce() -> String, shape: Shape, n: usize) -> bool {
        let Some(gpu) = &self.gpu else { return false };
        if self.preference == Preference::WebGpu {
            self.tell("webgpu", "WebGPU was asked for".to_owned());
            return true;
        }
        let (on_cpu, on_gpu) = gpu.costs.of(shape, n);
        let kind = if on_gpu < on_cpu { "webgpu" } else { "cpu" };
        if kind != self.about.kind || !self.is_estimated {
            let least = if gpu.tried == Tried::Measured { "" } else { "at least " };
            let reason = format!(
                "{}: estimated {} ms on the CPU, {least}{} ms on the GPU",
                work(),
                format_ms(on_cpu),
                format_ms(on_gpu)
            );
            self.tell(kind, reason);
            self.is_estimated = true;
        }
        kind == "webgpu"
    }

    /// The time, where there is a GPU to compare with.
    fn now(&self) -> f64 {
        self.gpu.as_ref().map_or(0.0, |gpu| gpu.backend.now())
    }

    /// Learns what the work that began at `started` has cost, where there is a GPU to compare with.
    fn learn(&mut self, shape: Shape, n: usize, on_gpu: bool, started: f64) {
        let now = self.now();
        if let Some(gpu) = &mut self.gpu {
            gpu.costs.learn(shape, n, if on_gpu { Processor::Gpu } else { Processor::Cpu }, now - started);
        }
    }

    /// In the middle of its work.
    fn do_without_gpu(&mut self, error: &Error) {
        self.gpu = None;
        self.about = About { adapter: None, lost: true, ..self.about.clone() };
        self.tell("cpu", format!("{error}; the CPU went on from the same step"));
    }

    /// What to do about an error of the GPU: nothing (Ok: the CPU does the step), or report it.
    fn recover(&mut self, error: Error) -> Result<()> {
        match error {
            Error::BackendLost { .. } | Error::BackendFault { .. } => {
                self.do_without_gpu(&error);
                Ok(())
            }
            Error::OutOfMemory { .. } | Error::LimitExceeded { .. } if self.preference == Preference::Auto => {
                self.tell("cpu", error.to_string());
                Ok(())
            }
            error => Err(error),
        }
    }
}

/// The GPU's part of a step on its own, so that those who wait for it hold a pointer and not a copy of its code.
fn boxed<'a, T>(future: impl Future<Output = T> + 'a) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    Box::pin(future)
}

impl Backend for AutoBackend {
    async fn step(&mut self, logits: &mut [f32], rows: &[Row<'_>], detail: Detail, out: &mut Vec<Step>) -> Result<()> {
        // A network's logits are here already: another call of the GPU would cost more than the draw.
        if std::mem::take(&mut self.networks.are_drawn_next) {
            self.compare_network(logits, rows);
            return self.cpu.step_now(logits, rows, detail, out);
        }
        let (n, n_rows, n_before) = (logits.len(), rows.len(), out.len());
        let races = rows.iter().any(|row| matches!(row.draw, Draw::Race(_)));
        let forced = self.preference == Preference::WebGpu;
        let describe = || format!("{} of {} logits", counted(n_rows, "row"), n / n_rows.max(1));
        let shape = Shape::of(rows, detail.has_trace());
        if !races {
            self.try_out_for(shape, n).await;
        }
        let mut on_gpu = (forced || !races)
            && self.chooses_gpu(describe, shape, n)
            && self.passes_check(rows, detail.has_trace()).await?;
        let mut copy = if self.check.is_some() && self.gpu.is_some() { logits.to_vec() } else { Vec::new() };
        let mut started = self.now();
        if let Some(gpu) = self.gpu.as_mut().filter(|_| on_gpu)
            && let Err(error) = boxed(gpu.backend.step(logits, rows, detail, out)).await
        {
            self.recover(error)?;
            (on_gpu, started) = (false, self.now());
        }
        if !on_gpu {
            self.cpu.step_now(logits, rows, detail, out)?;
        }
        if !races {
            self.learn(shape, n, on_gpu, started);
        }
        if !copy.is_empty() {
            self.check_step(&mut copy, rows, detail, &out[n_before..], on_gpu).await;
        }
        Ok(())
    }

    type ChainTable = (CpuTable, GpuChainTable);

    async fn run_ahead(
        &mut self,
        run: &Ahead<'_>,
        tables: &mut Self::ChainTable,
        out: &mut [ChainOutput],
    ) -> Result<bool> {
        match run {
            Ahead::Chain(chain) => self.chain(chain, tables, out).await,
            Ahead::Network(decode) => self.decode_by_gpu(decode, out).await,
        }
    }

    async fn forward(&mut self, source: &mut dyn LogitSource, out: &mut [f32]) -> Result<bool> {
        if self.gpu.is_none() || source.contexts().is_none() {
            return source.logits(out);
        }
        self.forward_network(source, out).await
    }
}

impl AutoBackend {
    /// Many steps of a first-order model.
    async fn chain(
        &mut self,
        chain: &Chain<'_>,
        (cpu_table, gpu_table): &mut (CpuTable, GpuChainTable),
        out: &mut [ChainOutput],
    ) -> Result<bool> {
        let n = chain.rows.len() * chain.n as usize;
        let describe = || format!("{} of {}", counted(chain.rows.len(), "sequence"), counted(chain.n as usize, "step"));
        self.try_out_for(Shape::CHAIN, n).await;
        let mut on_gpu = self.chooses_gpu(describe, Shape::CHAIN, n);
        let mut started = self.now();
        if let Some(gpu) = self.gpu.as_mut().filter(|_| on_gpu) {
            match boxed(gpu.backend.chain(chain, gpu_table, out)).await {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(error) => {
                    self.recover(error)?;
                    (on_gpu, started) = (false, self.now());
                }
            }
        }
        if !on_gpu && !self.cpu.chain_now(chain, cpu_table, out)? {
            return Ok(false);
        }
        let n_drawn = out.iter().map(|out| out.tokens.len()).sum();
        self.learn(Shape::CHAIN, n_drawn, on_gpu, started);
        let (Some(report), Some(gpu)) = (&mut self.check, &mut self.gpu) else { return Ok(true) };
        let mut again = vec![ChainOutput::default(); chain.rows.len()];
        let result = if on_gpu {
            self.cpu.chain_now(chain, cpu_table, &mut again)
        } else {
            boxed(gpu.backend.chain(chain, gpu_table, &mut again)).await
        };
        if result == Ok(true) {
            out.iter().zip(&again).for_each(|(a, b)| report.add_chain(a, b));
        }
        Ok(true)
    }
}
