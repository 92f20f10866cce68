//! Makes the list of kernels from the WGSL that is there: a kernel is a file in `shaders/`, in `shaders/network/`, or the `kernel.wgsl` of a stage.
//! Comments and indentation are left out of what is shipped: a tenth of the page's weight would be prose.

use std::{
    env,
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What a stage's kernel is put together from, before its own text. `stage` is its entry point, which calls the stage's function `stage`.
const PARTS_OF_A_STAGE: &str = "rows wide number mass group select stage";

/// One kernel.
struct Kernel {
    name: String,
    /// Texts from `shaders/shared/`, by name.
    parts: Vec<String>,
    code: String,
    is_stage: bool,
}

/// A stage, and the kernel that runs it: its own, or that of the stage named in its `// Kernel: ….`.
struct Runs {
    stage: String,
    kernel: String,
}

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=shaders");
    println!("cargo::rerun-if-changed=src/stages");
    let (mut kernels, mut runs) = (Vec::new(), Vec::new());
    for folder in sorted("src/stages")?.into_iter().filter(|path| path.is_dir()) {
        let (path, stage) = (folder.join("kernel.wgsl"), stem(&folder)?);
        let other = said(&fs::read_to_string(&path)?, "// Kernel: ");
        runs.push(Runs { stage: variant(&stage), kernel: variant(other.as_ref().unwrap_or(&stage)) });
        if other.is_none() {
            kernels.push(Kernel::read(&path, &stage, Some(PARTS_OF_A_STAGE))?);
        }
    }
    for path in [sorted("shaders")?, sorted("shaders/network")?].concat() {
        if path.extension().is_some_and(|end| end == "wgsl") {
            kernels.push(Kernel::read(&path, &stem(&path)?, None)?);
        }
    }
    let mut code = String::new();
    for path in sorted("shaders/shared")? {
        let text = without_prose(&fs::read_to_string(&path)?);
        writeln!(code, "const {}: &str = {text:?};", stem(&path)?.to_uppercase())?;
    }
    write_enum(&mut code, &kernels, &runs)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("kernels.rs"), code)?;
    Ok(())
}

impl Kernel {
    /// `parts`: those of all kernels of its kind; otherwise the file has a line `// Parts: …`.
    fn read(path: &Path, name: &str, parts: Option<&str>) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let said = said(&text, "// Parts: ").or_else(|| parts.map(str::to_owned));
        let parts = said.ok_or_else(|| format!("{}: no line `// Parts: …`", path.display()))?;
        for part in parts.split(' ') {
            if !Path::new(&format!("shaders/shared/{part}.wgsl")).exists() {
                return Err(format!("{}: there is no part {part}", path.display()).into());
            }
        }
        let parts = parts.split(' ').map(str::to_owned).collect();
        Ok(Self { name: name.to_owned(), parts, code: without_prose(&text), is_stage: path.ends_with("kernel.wgsl") })
    }

    fn variant(&self) -> String {
        variant(&self.name)
    }

    /// What it is bound to: the first of its parts declares that, or it does so itself.
    fn bindings(&self) -> &'static str {
        match self.parts[0].as_str() {
            "rows" => "Rows",
            "network" => "Network",
            _ => "Chain",
        }
    }
}

/// What a line that begins so says, up to its full stop.
fn said(text: &str, begin: &str) -> Option<String> {
    text.lines().find_map(|line| line.strip_prefix(begin)?.strip_suffix('.')).map(str::to_owned)
}

/// A name as a variant of an enum.
fn variant(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

fn write_enum(code: &mut String, kernels: &[Kernel], runs: &[Runs]) -> Result<()> {
    writeln!(code, "/// One compute shader.\n#[derive(Debug, Clone, Copy, PartialEq, Eq)]\npub enum Kernel {{")?;
    for kernel in kernels {
        writeln!(code, "/// `{}`.\n{},", kernel.name, kernel.variant())?;
    }
    writeln!(code, "}}\nimpl Kernel {{")?;
    let variants: Vec<String> = kernels.iter().map(|kernel| format!("Self::{}", kernel.variant())).collect();
    writeln!(code, "/// All there are.\npub const ALL: [Self; {}] = [{}];", kernels.len(), variants.join(", "))?;
    let mut table = |head: &str, value: &dyn Fn(&Kernel) -> String| -> Result<()> {
        writeln!(code, "{head} {{ match self {{")?;
        for (kernel, variant) in kernels.iter().zip(&variants) {
            writeln!(code, "{variant} => {},", value(kernel))?;
        }
        writeln!(code, "}} }}")?;
        Ok(())
    };
    table("/// Its name in messages.\npub const fn name(self) -> &'static str", &|kernel| {
        format!("{:?}", kernel.name)
    })?;
    table("/// What it is made of, in order.\npub const fn parts(self) -> &'static [&'static str]", &|kernel| {
        let parts: Vec<String> = kernel.parts.iter().map(|part| part.to_uppercase()).collect();
        format!("&[{}, {:?}]", parts.join(", "), kernel.code)
    })?;
    table("/// What it is bound to.\npub const fn bindings(self) -> Bindings", &|kernel| {
        format!("Bindings::{}", kernel.bindings())
    })?;
    table("/// The stage that it is.\npub const fn stage(self) -> Option<StageName>", &|kernel| {
        if kernel.is_stage { format!("Some(StageName::{})", kernel.variant()) } else { "None".to_owned() }
    })?;
    writeln!(code, "/// The one that runs a stage.\npub const fn of(stage: StageName) -> Self {{ match stage {{")?;
    for Runs { stage, kernel } in runs {
        writeln!(code, "StageName::{stage} => Self::{kernel},")?;
    }
    writeln!(code, "}} }}\n}}")?;
    Ok(())
}

fn sorted(folder: &str) -> Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> Result<String> {
    Ok(path.file_stem().and_then(|stem| stem.to_str()).ok_or("a name in UTF-8")?.to_owned())
}

fn without_prose(source: &str) -> String {
    let lines = source.lines().map(|line| line.split("//").next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}
