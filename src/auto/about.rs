//! What a user asks for, and what they are told.

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
        match name {
            "auto" => Some(Self::Auto),
            "cpu" => Some(Self::Cpu),
            "webgpu" => Some(Self::WebGpu),
            _ => None,
        }
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
    /// A GPU was there and is gone, or was refused in the middle of its work.
    pub lost: bool,
    /// Counts the changes of the others.
    pub version: u32,
}
