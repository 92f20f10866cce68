//! Tables of options: names with what reads their values.

use super::Value;
use crate::core::error::Result;

/// Reads one value into `T`; the text is the option's name.
pub type Reader<T> = fn(&mut T, &str, Value) -> Result<()>;

/// A set of options, each with what reads it.
pub trait Table: Sized + 'static {
    /// Every option, by name.
    const READERS: &'static [(&'static str, Reader<Self>)];
}

/// A [`Table`] of any type.
pub trait ReadsOptions {
    /// The names of its options.
    fn names(&self) -> Vec<&'static str>;

    /// Reads one value, or gives it back where there is no option of that name. Null leaves the default.
    ///
    /// # Errors
    /// `InvalidSetting` with the name and the value.
    fn read(&mut self, name: &str, value: Value) -> Result<Option<Value>>;
}

impl<T: Table> ReadsOptions for T {
    fn names(&self) -> Vec<&'static str> {
        names_of::<T>()
    }

    fn read(&mut self, name: &str, value: Value) -> Result<Option<Value>> {
        match T::READERS.iter().find(|(known, _)| *known == name) {
            Some(_) if value == Value::Null => Ok(None),
            Some((_, read)) => read(self, name, value).map(|()| None),
            None => Ok(Some(value)),
        }
    }
}

/// The names of a table's options.
pub(super) fn names_of<T: Table>() -> Vec<&'static str> {
    T::READERS.iter().map(|(name, _)| *name).collect()
}
