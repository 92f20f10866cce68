//! The stages, each a folder, in their default order: the notebook's, and that of Hugging Face transformers.

mod spec;

pub use spec::{Kind, Setting, Slider, Spec, System};

/// Makes everything that is one entry per stage from the list of their folders.
macro_rules! stages {
    ($($folder:ident),+ $(,)?) => {
        $(pub mod $folder;)+

        /// What every stage says about itself, in the default order.
        pub const SPECS: &[Spec] = &[$($folder::SPEC),+];
    };
}

stages! { bias, penalties, temperature, top_k, top_p, min_p }
