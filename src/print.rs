//! Numbers and letters as text. In a browser it is the browser that writes them: the standard library's code and tables for it would be
//! a tenth of the engine's size. Neither side's digits differ: both write the shortest number that reads back as the same.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use crate::web::print as platform;
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
use standard as platform;

#[cfg(not(target_os = "wasi"))]
pub(crate) use platform::fixed;
pub(crate) use platform::lower_case;

/// Numbers that can be written.
pub(crate) trait Shortest {
    /// The fewest digits that read back as this number; inf and NaN as Rust writes them.
    fn shortest(self) -> String;
}

impl Shortest for f64 {
    fn shortest(self) -> String {
        if self.is_infinite() {
            return if self > 0.0 { "inf" } else { "-inf" }.to_owned();
        }
        platform::shortest(self)
    }
}

impl Shortest for f32 {
    fn shortest(self) -> String {
        if self.is_finite() { platform::shortest_single(self) } else { f64::from(self).shortest() }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
mod standard {
    pub(crate) fn shortest(x: f64) -> String {
        x.to_string()
    }

    pub(crate) fn shortest_single(x: f32) -> String {
        x.to_string()
    }

    /// With so many digits after the point.
    #[cfg(not(target_os = "wasi"))]
    pub(crate) fn fixed(x: f64, digits: u8) -> String {
        format!("{x:.*}", usize::from(digits))
    }

    pub(crate) fn lower_case(character: char) -> String {
        character.to_lowercase().collect()
    }
}
