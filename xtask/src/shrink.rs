//! What makes the module small beside wasm-opt.

use std::mem;

use walrus::{
    FunctionKind, InstrLocId, Module,
    ir::{Const, Instr, Unreachable, Value},
};
use wasm_bindgen_cli_support::Output;

use crate::{Result, places};

/// Where a panic begins, in the standard library's names.
const PANICS: [&str; 11] = [
    "core::panicking::",
    "core::cell::panic_already",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::result::unwrap_failed",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::slice::index::slice_index_fail",
    "core::str::slice_error_fail",
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::raw_vec::handle_error",
];

/// A panic ends in a trap, and on this target nobody prints its message: leaves the trap and takes message and place out, a twentieth of the
/// module. `{:?}` is for them, too, where no sentence of ours is written with it, and then it prints nothing. With `--dev` everything stays.
pub(crate) fn silence_panics(output: &mut Output, writes_debug: bool) -> Result<()> {
    let module = output.wasm_mut();
    let begins_panic = |name: &str| PANICS.iter().any(|start| name.starts_with(start));
    let n_panics = replace_bodies(module, begins_panic, Unreachable {}.into());
    if n_panics < PANICS.len() {
        return Err(format!("only {n_panics} places where a panic begins: have their names changed?").into());
    }
    if !writes_debug {
        // The values of JavaScript are written with it.
        let prints_debug = |name: &str| name.ends_with(" as core::fmt::Debug>::fmt") && !name.contains("JsValue");
        let ok = Const { value: Value::I32(0) };
        if replace_bodies(module, prints_debug, ok.into()) == 0 {
            return Err("no Debug implementation found: have their names changed?".into());
        }
    }
    match places::forget(module) {
        0 => Err("no place of a panic found: has `core::panic::Location` changed?".into()),
        _ => Ok(()),
    }
}

/// Gives every function of such a name a body of one instruction; returns how many there were.
fn replace_bodies(module: &mut Module, is_such: impl Fn(&str) -> bool, instruction: Instr) -> usize {
    let named = |name: &Option<String>| name.as_deref().is_some_and(|name| is_such(&without_hash(name)));
    let found = module.funcs.iter().filter(|function| named(&function.name));
    let found: Vec<_> = found.map(|function| function.id()).collect();
    for &id in &found {
        if let FunctionKind::Local(function) = &mut module.funcs.get_mut(id).kind {
            let entry = function.entry_block();
            function.block_mut(entry).instrs = vec![(instruction.clone(), InstrLocId::default())];
        }
    }
    found.len()
}

/// `core[0123456789abcdef]::name::h0123456789abcdef` as `core::name`.
fn without_hash(name: &str) -> String {
    let mut name = name.to_owned();
    while let Some((from, to)) = name.find('[').zip(name.find(']')).filter(|(from, to)| from < to) {
        name.replace_range(from..=to, "");
    }
    match name.rfind("::h") {
        Some(at) if name.len() - at == 19 => name[..at].to_owned(),
        _ => name,
    }
}

/// Imports are named by type, method and a hash: 2 KB of the compressed module. Returns the old names with the new ones.
pub(crate) fn shorten_imports(output: &mut Output) -> Vec<(String, String)> {
    let imports = output.wasm_mut().imports.iter_mut();
    imports
        .enumerate()
        .map(|(i, import)| (mem::replace(&mut import.name, format!("_{i:x}")), format!("_{i:x}")))
        .collect()
}

/// The same names in the glue, where an import is one entry of the object handed to the module.
pub(crate) fn rename_in_glue(mut code: String, renamed: &[(String, String)]) -> Result<String> {
    for (long, short) in renamed {
        let entry = format!("\n        {long}: ");
        if code.matches(&entry).count() != 1 {
            return Err(format!("the glue does not define {long} once").into());
        }
        code = code.replace(&entry, &format!("\n        {short}: "));
    }
    Ok(code)
}
