//! Every check there is, by name, for any backend.

use logitlab::backend::Backend;

use super::Check;
use crate::{bad_input, differential, distribution, properties, stages};

/// The checks of all files, the cheap ones first.
pub(crate) fn checks<B: Backend>() -> Vec<Check<B>> {
    [stages::checks(), bad_input::checks(), properties::checks(), differential::checks(), distribution::checks()]
        .concat()
}
