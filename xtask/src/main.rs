//! `cargo xtask build [--dev | --quick] [MODULE…]` makes `www/engine/pkg/`, WebAssembly with its JavaScript glue and types: `logitlab` is the engine,
//! `logitlab_bpe` reads the merges of a tokenizer.json and is loaded by those who have one, `logitlab_grammar` says what a constraint allows and
//! is loaded by those who set one, `logitlab_chat` makes a text of messages and is loaded with the first chat. Without names all are made.
//!
//! `cargo xtask spec` writes what is generated from the stages' specs, and `--check` says whether it is fresh. A test of the crate does the
//! work: it knows the specs, and is compiled anyway.
//!
//! `--dev` leaves out wasm-opt and keeps function names for the profiler. `--quick` is for the first start: compiled without link-time
//! optimisation, and without wasm-opt.

use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use wasm_bindgen_cli_support::Bindgen;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const TARGET: &str = "wasm32-unknown-unknown";

/// The modules, each named like the package it is made of.
const MODULES: [&str; 4] = ["logitlab", "logitlab_bpe", "logitlab_grammar", "logitlab_chat"];

/// What a build is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Shipped,
    Dev,
    Quick,
}

impl Kind {
    /// Cargo's profile.
    fn profile(self) -> &'static str {
        if self == Self::Quick { "quick" } else { "release" }
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let result = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["build", "--dev", ref names @ ..] => build(names, Kind::Dev),
        ["build", "--quick", ref names @ ..] => build(names, Kind::Quick),
        ["build", ref names @ ..] => build(names, Kind::Shipped),
        ["spec"] => spec(true),
        ["spec", "--check"] => spec(false),
        _ => Err("usage: cargo xtask build [--dev | --quick] [MODULE…], or cargo xtask spec [--check]".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// cargo → wasm-bindgen → wasm-opt; the last two only when the compiled module or this recipe changed.
fn build(names: &[&str], kind: Kind) -> Result<()> {
    if let Some(name) = names.iter().find(|name| !MODULES.contains(name)) {
        return Err(format!("there is no module {name}: the modules are {}", MODULES.join(" and ")).into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask has no parent directory")?;
    let package = root.join("www/engine/pkg");
    fs::create_dir_all(&package)?;
    for name in MODULES.into_iter().filter(|name| names.is_empty() || names.contains(name)) {
        let compiled = compile(root, name, kind)?;
        let wasm = package.join(format!("{name}_bg.wasm"));
        let stamp_file = package.join(format!(".{name}.stamp"));
        let stamp = stamp(root, &compiled, kind)?;
        if wasm.exists() && fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
            println!("{} is up to date", display(root, &wasm));
        } else {
            // What a page may be reading is replaced once all is ready.
            let fresh = compiled.with_file_name(format!("{name}-pkg"));
            bind(name, &compiled, &fresh, kind)?;
            if kind == Kind::Shipped {
                let wasm = fresh.join(format!("{name}_bg.wasm"));
                drop_exports(root, &wasm, &fresh.join(format!("{name}.js")))?;
                optimise(root, &wasm)?;
            }
            for entry in fs::read_dir(&fresh)? {
                let entry = entry?;
                fs::copy(entry.path(), package.join(entry.file_name()))?;
            }
            fs::write(&stamp_file, stamp)?;
        }
        run(Command::new("node").arg(root.join("scripts/size.js")).arg(&wasm))?;
    }
    Ok(())
}

/// Runs the test that compares the generated files with the specs, and lets it write them first.
fn spec(writes: bool) -> Result<()> {
    let mut test = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    test.args(["test", "--quiet", "--package", "logitlab", "--test", "it", "--", "generated_files_are_fresh"]);
    if writes {
        test.env("WRITE_GENERATED", "1");
    }
    run(&mut test)
}

/// Compiles a library for the web and returns the path of the module.
fn compile(root: &Path, name: &str, kind: Kind) -> Result<PathBuf> {
    // This program lies in <target directory>/<profile>/, wherever the user has put the target directory.
    let program = env::current_exe()?;
    let target_dir = program.ancestors().nth(2).ok_or("xtask does not lie in a target directory")?;
    let target_dir = target_dir.join("web");
    run(Command::new(env::var_os("CARGO").unwrap_or("cargo".into()))
        // With `crate-type = ["cdylib", "rlib"]` in the manifest, Cargo would leave out LTO without a word.
        .args(["rustc", "--package", name, "--lib", "--crate-type", "cdylib", "--no-default-features"])
        .args(["--profile", kind.profile(), "--target", TARGET, "--target-dir"])
        .arg(&target_dir)
        .current_dir(root)
        // SIMD is switched on in .cargo/config.toml, which these would silently replace.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS"))?;
    Ok(target_dir.join(TARGET).join(kind.profile()).join(format!("{name}.wasm")))
}

/// Writes the glue, the types and the module into `package`.
fn bind(name: &str, compiled: &Path, package: &Path, kind: Kind) -> Result<()> {
    Bindgen::new()
        .input_path(compiled)
        .out_name(name)
        .web(true)?
        .typescript(true)
        .remove_producers_section(true)
        .remove_name_section(kind != Kind::Dev)
        .generate(package)?;
    make_factory(name, package)
}

/// Makes the glue code a function that returns a fresh copy of it, so that every lab has an instance of its own. The copy sees the
/// `WebAssembly` that it is given.
fn make_factory(name: &str, package: &Path) -> Result<()> {
    const LAST: &str = "export { initSync, __wbg_init as default };";
    let (glue, types) = (package.join(format!("{name}.js")), package.join(format!("{name}.d.ts")));
    let code = fs::read_to_string(&glue)?;
    let exported = |line: &str| Some(line.strip_prefix("export class ")?.split(' ').next()?.to_owned());
    let names: Vec<String> = code.lines().filter_map(exported).collect();
    let body = code.replace("\nexport class ", "\nclass ").replace(LAST, "");
    if names.is_empty() || code.matches(LAST).count() != 1 || body.contains("\nexport ") || body.contains("\nimport ") {
        return Err(format!("the glue code of {name} has another form than this recipe knows").into());
    }
    let names = names.join(", ");
    let factory = format!(
        "export const makeGlue = (WebAssembly) => {{\n{body}\nreturn {{ {names}, default: __wbg_init }};\n}};\n"
    );
    fs::write(glue, factory)?;
    fs::rename(&types, package.join(format!("{name}_glue.d.ts")))?;
    let declaration = format!(
        "/** A copy of the glue code, for one instance. */\n\
         export declare const makeGlue: (webAssembly: object) => typeof import(\"./{name}_glue.js\");\n"
    );
    Ok(fs::write(types, declaration)?)
}

/// Drops what the glue code does not call: a dependency may export functions for C, which would keep its code alive.
fn drop_exports(root: &Path, wasm: &Path, glue: &Path) -> Result<()> {
    let metadce = root.join("node_modules/binaryen/bin/wasm-metadce");
    if !metadce.exists() {
        return Err("wasm-metadce is missing: run `npm ci` first".into());
    }
    let code = fs::read_to_string(glue)?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut called: Vec<&str> =
        code.split("wasm.").skip(1).filter_map(|rest| rest.split(|c| !is_name(c)).next()).collect();
    called.sort_unstable();
    called.dedup();
    let nodes = called.iter().map(|name| format!(r#"{{"name": "{name}", "export": "{name}", "root": true}}"#));
    let graph = wasm.with_extension("graph.json");
    fs::write(&graph, format!("[{}]", nodes.collect::<Vec<_>>().join(", ")))?;
    run(Command::new("node")
        .arg(metadce)
        .arg("--graph-file")
        .arg(&graph)
        .arg(wasm)
        .arg("-o")
        .arg(wasm)
        // It lists what it drops.
        .stdout(std::process::Stdio::null()))?;
    Ok(fs::remove_file(graph)?)
}

/// wasm-opt reads the enabled features from the module, so that section is stripped last.
fn optimise(root: &Path, wasm: &Path) -> Result<()> {
    let wasm_opt = root.join("node_modules/binaryen/bin/wasm-opt");
    run(Command::new("node")
        .arg(wasm_opt)
        // Of two copies of equal length, the one in functions of moderate size compresses better.
        .args(["-O2", "--one-caller-inline-max-function-size=40"])
        // At the lowest addresses is only the end of the stack, which nothing reaches.
        .arg("--low-memory-unused")
        .args(["--strip-debug", "--strip-producers", "--strip-target-features", "-o"])
        .arg(wasm)
        .arg(wasm))
}

/// Identifies a build: the compiled module, this recipe, the tool's version and the kind of build.
fn stamp(root: &Path, compiled: &Path, kind: Kind) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    fs::read(compiled)?.hash(&mut hasher);
    include_str!("main.rs").hash(&mut hasher);
    include_str!("../Cargo.toml").hash(&mut hasher);
    fs::read(root.join("node_modules/binaryen/package.json")).unwrap_or_default().hash(&mut hasher);
    kind.hash(&mut hasher);
    Ok(format!("{:016x}\n", hasher.finish()))
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("cannot run {program}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program} failed ({status})").into()) }
}

fn display(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
