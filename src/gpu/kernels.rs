//! The kernels: which files make them, what they are bound to, and their pipelines. The list of them is made by build.rs from the files.

use std::sync::{Arc, OnceLock};

use super::device::Device;
use crate::{core::error::Result, stages::StageName};

include!(concat!(env!("OUT_DIR"), "/kernels.rs"));

/// What a kernel is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bindings {
    /// Rows of a batch, and their plans.
    Rows,
    /// The states of a chain.
    Chain,
    /// Weights, slots and caches.
    Network,
}

impl Kernel {
    /// Its number in the plans; 0 is none.
    pub const fn kind(self) -> u32 {
        self as u32 + 1
    }

    /// Its whole WGSL text; `KIND` is its number in it.
    pub fn source(&self) -> String {
        format!("const KIND = {}u;\n{}", self.kind(), self.parts().concat())
    }
}

/// The kernels of a device, each compiled when it is first needed.
#[derive(Debug, Clone)]
pub(super) struct Pipelines {
    /// Of every kernel but the chain.
    pub rows_layout: wgpu::BindGroupLayout,
    pub chain_layout: wgpu::BindGroupLayout,
    /// Of the kernels of a network.
    pub network_layout: wgpu::BindGroupLayout,
    /// In the order of [`Kernel::ALL`]; shared by copies, so that none is compiled twice.
    kernels: Vec<Arc<Compilable>>,
}

/// A kernel's text, and its pipeline once it was needed.
#[derive(Debug)]
struct Compilable {
    source: String,
    pipeline: OnceLock<wgpu::ComputePipeline>,
}

impl Compilable {
    #[allow(
        clippy::arc_with_non_send_sync,
        reason = "in a browser a pipeline belongs to its thread, and so does all that holds it"
    )]
    fn new(source: String) -> Arc<Self> {
        Arc::new(Self { source, pipeline: OnceLock::new() })
    }
}

impl Pipelines {
    /// Compiles none. `edit` may change a kernel's text on the way: tests make faulty ones.
    pub(super) fn new(device: &Device, edit: &dyn Fn(&Kernel) -> String) -> Self {
        let storage = |read_only| wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage { read_only },
            has_dynamic_offset: false,
            min_binding_size: None,
        };
        let uniform = |has_dynamic_offset| wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset,
            min_binding_size: None,
        };
        let (read, write) = (storage(true), storage(false));
        let rows_layout = layout(device, &[uniform(true), write, read, read, write, write, write, read]);
        let chain_layout = layout(device, &[uniform(true), read, read, write, write]);
        let network_layout = layout(device, &[uniform(true), read, read, read, write]);
        let kernels = Kernel::ALL.iter().map(|kernel| Compilable::new(edit(kernel))).collect();
        Self { rows_layout, chain_layout, network_layout, kernels }
    }

    /// Compiles those of these kernels that were not needed before.
    ///
    /// # Errors
    /// `BackendFault` with the kernel's name, `BackendLost`.
    pub(super) async fn need(&self, device: &Device, kernels: impl IntoIterator<Item = Kernel>) -> Result<()> {
        for kernel in kernels {
            let Compilable { source, pipeline } = &*self.kernels[kernel as usize];
            if pipeline.get().is_none() {
                let compiled = self.compile(device, kernel, source).await?;
                // Another copy may have been as fast: either pipeline will do.
                let _ = pipeline.set(compiled);
            }
        }
        Ok(())
    }

    async fn compile(&self, device: &Device, kernel: Kernel, source: &str) -> Result<wgpu::ComputePipeline> {
        let bindings = match kernel.bindings() {
            Bindings::Rows => &self.rows_layout,
            Bindings::Chain => &self.chain_layout,
            Bindings::Network => &self.network_layout,
        };
        let scope = device.error_scope();
        let pipeline = pipeline(device, kernel.name(), source, bindings);
        device.check_scoped(scope.close(), kernel.name()).await?;
        Ok(pipeline)
    }

    /// The same with another text of one kernel.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn with(&self, kernel: Kernel, source: String) -> Self {
        let mut changed = self.clone();
        changed.kernels[kernel as usize] = Compilable::new(source);
        changed
    }

    /// A kernel that was [needed](Self::need).
    pub(super) fn get(&self, kernel: Kernel) -> &wgpu::ComputePipeline {
        self.kernels[kernel as usize].pipeline.get().expect("a kernel is compiled before it is encoded")
    }
}

fn layout(device: &Device, bindings: &[wgpu::BindingType]) -> wgpu::BindGroupLayout {
    let entries: Vec<_> = (0..)
        .zip(bindings)
        .map(|(binding, &ty)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty,
            count: None,
        })
        .collect();
    device.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
}

fn pipeline(device: &Device, name: &str, source: &str, bindings: &wgpu::BindGroupLayout) -> wgpu::ComputePipeline {
    let module = device.device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(name),
        source: wgpu::ShaderSource::Wgsl(source.into()),
    });
    let layout = device.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(bindings)],
        ..Default::default()
    });
    device.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(name),
        layout: Some(&layout),
        module: &module,
        entry_point: None,
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    })
}
