//! Times in the sentences that say why something was chosen.

use crate::core::number::shortest;

/// Two digits, more or less.
pub(super) fn format_ms(ms: f64) -> String {
    let steps = if ms >= 10.0 {
        1.0
    } else if ms >= 0.1 {
        10.0
    } else {
        10_000.0
    };
    shortest((ms * steps).round() / steps)
}
