//! The backend of an engine: CPU or GPU by what was asked for, by what is there, and by measured cost. When the GPU fails in the middle of a
//! run, the same step is done on the CPU: randomness is an argument, so the text goes on as it would have.

use super::{
    Backend, Chain, ChainOutput, Row, Step,
    cpu::{ChainTable as CpuTable, CpuBackend},
    gpu::{GpuBackend, Now},
};
use crate::error::{Error, Result};

/// What a user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preference {
    /// Whatever is faster for the work at hand.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU, or an error.
    WebGpu,
}

impl Preference {
    /// The preference of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [("auto", Self::Auto), ("cpu", Self::Cpu), ("webgpu", Self::WebGpu)]
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, preference)| preference)
    }
}

/// What computes, and why that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// "cpu" or "webgpu": where the last step ran, or the next one will.
    pub kind: &'static str,
    /// Name of the GPU's adapter, if there is one.
    pub adapter: Option<String>,
    /// One sentence.
    pub reason: String,
    /// Counts the changes of the other three.
    pub version: u32,
}

/// What the live check has seen: each step done on both backends.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CheckReport {
    /// Rows compared.
    pub rows: usize,
    /// Rows with the same token on both.
    pub same_tokens: usize,
    /// Rows with the same number of tokens left on both.
    pub same_kept: usize,
    /// The largest difference between the two probabilities of a drawn token.
    pub largest_difference: f64,
}

/// CPU and GPU behind one interface.
#[derive(Debug)]
pub struct AutoBackend {
    cpu: CpuBackend,
    gpu: Option<GpuBackend>,
    preference: Preference,
    about: About,
    check: Option<CheckReport>,
}

impl Default for AutoBackend {
    fn default() -> Self {
        let about = About { kind: "cpu", adapter: None, reason: "the CPU was asked for".to_owned(), version: 0 };
        Self { cpu: CpuBackend::new(), gpu: None, preference: Preference::Cpu, about, check: None }
    }
}

impl AutoBackend {
    /// Looks for a GPU, unless the CPU was asked for, and tries it out.
    ///
    /// # Errors
    /// `BackendUnavailable`, `BackendFault` when the GPU was asked for and is not there, or computes wrong.
    pub async fn new(preference: Preference, now: Now) -> Result<Self> {
        let mut backend = Self { preference, ..Self::default() };
        if preference != Preference::Cpu {
            match GpuBackend::new(now).await {
                Ok(gpu) => backend.adopt(gpu),
                Err(error) if preference == Preference::WebGpu => return Err(error),
                Err(error) => backend.tell("cpu", error.to_string()),
            }
        }
        Ok(backend)
    }

    fn adopt(&mut self, gpu: GpuBackend) {
        self.about.adapter = Some(gpu.adapter().to_owned());
        let reason = if self.preference == Preference::WebGpu { "WebGPU was asked for" } else { "to come" };
        self.gpu = Some(gpu);
        self.tell("webgpu", reason.to_owned());
    }

    /// What computes, and why that.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Switches the live check on or off, and forgets what it has seen.
    pub fn set_check(&mut self, on: bool) {
        self.check = on.then(CheckReport::default);
    }

    /// What the live check has seen since it was switched on.
    pub fn check_report(&self) -> Option<CheckReport> {
        self.check
    }

    /// Gives the GPU's device up, as a crash would. The next step notices.
    pub fn lose_device(&mut self) {
        if let Some(gpu) = &self.gpu {
            gpu.destroy();
        }
    }

    fn tell(&mut self, kind: &'static str, reason: String) {
        if (self.about.kind, &self.about.reason) != (kind, &reason) {
            self.about = About { kind, reason, version: self.about.version + 1, ..self.about.clone() };
        }
    }

    /// From now on the CPU; the reason stays to be read.
    fn fall_back(&mut self, error: &Error) {
        self.gpu = None;
        self.tell("cpu", format!("{error}; the run went on on the CPU"));
    }
}

impl Backend for AutoBackend {
    async fn step(
        &mut self,
        logits: &mut [f32],
        rows: &[Row<'_>],
        want_trace: bool,
        out: &mut Vec<Step>,
    ) -> Result<()> {
        if let Some(gpu) = &mut self.gpu {
            match gpu.step(logits, rows, want_trace, out).await {
                Err(error @ (Error::BackendLost { .. } | Error::BackendFault { .. } | Error::OutOfMemory { .. })) => {
                    self.fall_back(&error);
                }
                result => return result,
            }
        }
        self.cpu.step_now(logits, rows, want_trace, out)
    }

    type ChainTable = (CpuTable, <GpuBackend as Backend>::ChainTable);

    async fn chain(
        &mut self,
        chain: &Chain<'_>,
        (cpu_table, _): &mut Self::ChainTable,
        out: &mut [ChainOutput],
    ) -> Result<bool> {
        self.cpu.chain_now(chain, cpu_table, out)
    }
}
