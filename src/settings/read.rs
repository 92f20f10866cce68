//! Options are read by name from tables. A call says which tables it reads, and a name in none of them is an error.

use super::{Value, hints, table::ReadsOptions};
use crate::core::error::Result;

/// Reads every entry into the table that has its name.
///
/// # Errors
/// `InvalidSetting` and `UnknownSetting`; the first fault is the one reported.
pub fn read_options(
    entries: impl IntoIterator<Item = (String, Value)>,
    tables: &mut [&mut dyn ReadsOptions],
) -> Result<()> {
    'entries: for (name, mut value) in entries {
        for table in tables.iter_mut() {
            match table.read(&name, value)? {
                Some(unread) => value = unread,
                None => continue 'entries,
            }
        }
        let known: Vec<&str> = tables.iter().flat_map(|table| table.names()).collect();
        return Err(hints::unknown(name, &known));
    }
    Ok(())
}
