//! The kernels: which files make them, what they are bound to, and their pipelines.

use super::{
    device::Device,
    layout::{DRAW, FUSED},
};
use crate::{
    error::Result,
    stages::{self, SPECS},
};

/// One compute shader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel {
    /// The stage's name or the stem of its file in shaders/, and its name in messages.
    pub name: &'static str,
    /// Its number in the plans; 0 when no plan names it.
    pub kind: u32,
    /// What it is made of, in order.
    pub files: &'static [&'static str],
}

macro_rules! shader {
    ($($path:tt)+) => {
        include_str!(concat!(env!("OUT_DIR"), "/shaders/", $($path)+))
    };
}

const ROWS: &str = shader!("shared/rows.wgsl");
const NUMBER: &str = shader!("shared/number.wgsl");
const WIDE: &str = shader!("shared/wide.wgsl");
const MASS: &str = shader!("shared/mass.wgsl");
const GROUP: &str = shader!("shared/group.wgsl");
const SELECT: &str = shader!("shared/select.wgsl");
const DRAWS: &str = shader!("shared/draw.wgsl");
const FUSED_ROWS: &str = shader!("shared/fused.wgsl");
const PHILOX: &str = shader!("shared/philox.wgsl");

macro_rules! kernel {
    ($name:literal, $kind:expr, $($shared:ident)+) => {
        Kernel { name: $name, kind: $kind, files: &[$($shared,)+ shader!(concat!($name, ".wgsl"))] }
    };
}

/// The kernels that are no stage's, bound like those to a (B, V) buffer; all but the last.
const OTHERS: [Kernel; 7] = [
    kernel!("softmax", 0, ROWS WIDE NUMBER MASS GROUP SELECT),
    kernel!("draw", DRAW, ROWS WIDE NUMBER MASS GROUP SELECT DRAWS),
    kernel!("scan", FUSED, ROWS WIDE NUMBER GROUP FUSED_ROWS),
    kernel!("sums", FUSED, ROWS WIDE NUMBER MASS GROUP),
    kernel!("finish", FUSED, ROWS WIDE NUMBER MASS GROUP FUSED_ROWS),
    kernel!("fallback", FUSED, ROWS WIDE NUMBER MASS GROUP SELECT DRAWS),
    kernel!("chain", 0, WIDE PHILOX),
];

const N_STAGES: usize = SPECS.len();

/// What every stage's kernel is put together from, its own part at the end.
const STAGE_FILES: [[&str; 7]; N_STAGES] = {
    let mut files = [[ROWS, WIDE, NUMBER, MASS, GROUP, SELECT, ""]; N_STAGES];
    let mut ix = 0;
    while ix < N_STAGES {
        files[ix][6] = stages::KERNELS[ix];
        ix += 1;
    }
    files
};

/// Every kernel: those of the stages in their default order, then the others.
pub const KERNELS: [Kernel; N_STAGES + OTHERS.len()] = {
    let mut kernels = [OTHERS[0]; N_STAGES + OTHERS.len()];
    let mut ix = 0;
    while ix < kernels.len() {
        kernels[ix] = if ix < N_STAGES {
            #[allow(clippy::cast_possible_truncation, reason = "a handful of stages")]
            let kind = ix as u32 + 1;
            Kernel { name: SPECS[ix].name, kind, files: &STAGE_FILES[ix] }
        } else {
            OTHERS[ix - N_STAGES]
        };
        ix += 1;
    }
    kernels
};

mod network {
    use super::Kernel;

    const NETWORK: &str = shader!("shared/network.wgsl");
    const PRODUCT: &str = shader!("shared/product.wgsl");

    macro_rules! kernel {
        ($name:literal $(, $shared:ident)*) => {
            Kernel { name: $name, kind: 0, files: &[NETWORK, $($shared,)* shader!(concat!("network/", $name, ".wgsl"))] }
        };
    }

    /// The kernels of a network.
    pub const NETWORK_KERNELS: [Kernel; 6] = [
        kernel!("embed"),
        kernel!("norm"),
        kernel!("keep"),
        kernel!("attend"),
        kernel!("product", PRODUCT),
        kernel!("products", PRODUCT),
    ];
}

pub use network::NETWORK_KERNELS;

/// All there are: the kernels of a network come last.
fn all() -> impl Iterator<Item = &'static Kernel> {
    KERNELS.iter().chain(&NETWORK_KERNELS)
}

impl Kernel {
    /// The kernel of that name.
    ///
    /// # Panics
    /// When there is none.
    pub fn named(name: &str) -> &'static Self {
        all().find(|kernel| kernel.name == name).expect("a kernel of the table")
    }

    /// Its whole WGSL text; `KIND` is its number in it.
    pub fn source(&self) -> String {
        format!("const KIND = {}u;\n{}", self.kind, self.files.concat())
    }
}

/// A pipeline per kernel, made once.
#[derive(Debug)]
pub(super) struct Pipelines {
    /// Of every kernel but the chain.
    pub rows_layout: wgpu::BindGroupLayout,
    pub chain_layout: wgpu::BindGroupLayout,
    /// Of the kernels of a network.
    pub network_layout: wgpu::BindGroupLayout,
    pipelines: Vec<wgpu::ComputePipeline>,
}

impl Pipelines {
    /// Compiles all of them. `edit` may change a kernel's text on the way: tests make faulty ones.
    ///
    /// # Errors
    /// `BackendFault` with the kernel's name, `BackendLost`.
    pub(super) async fn new(device: &Device, edit: &dyn Fn(&Kernel) -> String) -> Result<Self> {
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
        let mut pipelines = Vec::with_capacity(KERNELS.len());
        for kernel in all() {
            let bindings = match kernel.name {
                "chain" => &chain_layout,
                name if NETWORK_KERNELS.iter().any(|kernel| kernel.name == name) => &network_layout,
                _ => &rows_layout,
            };
            let watch = device.watch();
            pipelines.push(pipeline(device, kernel.name, edit(kernel), bindings));
            device.check_caught(watch.close(), kernel.name).await?;
        }
        Ok(Self { rows_layout, chain_layout, network_layout, pipelines })
    }

    /// The pipeline of that name.
    pub(super) fn get(&self, name: &str) -> &wgpu::ComputePipeline {
        let ix = all().position(|kernel| kernel.name == name);
        &self.pipelines[ix.unwrap_or_default()]
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

fn pipeline(device: &Device, name: &str, source: String, bindings: &wgpu::BindGroupLayout) -> wgpu::ComputePipeline {
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
