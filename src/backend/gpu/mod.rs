//! The GPU backend: every stage a WGSL kernel on a (B, V) buffer, the common plan two or three fused ones. Bit for bit the CPU's arithmetic.

mod device;

use device::Device;

use super::{Backend, Chain, ChainOutput, Row, Step};
use crate::error::{Error, Result};

/// Samples on a GPU.
#[derive(Debug)]
pub struct GpuBackend {
    device: Device,
}

impl GpuBackend {
    /// On the platform's best adapter.
    ///
    /// # Errors
    /// `BackendUnavailable`, `BackendFault`.
    pub async fn new() -> Result<Self> {
        Ok(Self { device: Device::best().await? })
    }

    /// Name and API of the adapter.
    pub fn adapter(&self) -> &str {
        &self.device.adapter
    }

    /// Whether the device is gone.
    pub fn is_lost(&self) -> bool {
        self.device.is_lost()
    }

    /// Gives the device up on purpose.
    pub fn destroy(&self) {
        self.device.destroy();
    }
}

impl Backend for GpuBackend {
    async fn step(&mut self, _: &mut [f32], _: &[Row<'_>], _: bool, _: &mut Vec<Step>) -> Result<()> {
        self.device.check()?;
        Err(Error::BackendFault { kernel: "step".into(), reason: "to come".into() })
    }

    type ChainTable = ();

    async fn chain(&mut self, _: &Chain<'_>, (): &mut (), _: &mut [ChainOutput]) -> Result<bool> {
        Ok(false)
    }
}
