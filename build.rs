//! Leaves the comments and the indentation of the shaders out of what is shipped: a tenth of the page's weight would be prose.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=shaders");
    println!("cargo::rerun-if-changed=src/stages");
    let out = Path::new(&env::var("OUT_DIR")?).join("shaders");
    for folder in ["", "network", "shared"] {
        fs::create_dir_all(out.join(folder))?;
        for entry in fs::read_dir(Path::new("shaders").join(folder))? {
            let path = entry?.path();
            if let Some(name) = path.file_name().filter(|_| path.extension().is_some_and(|end| end == "wgsl")) {
                fs::write(out.join(folder).join(name), without_prose(&fs::read_to_string(&path)?))?;
            }
        }
    }
    fs::create_dir_all(out.join("stages"))?;
    for entry in fs::read_dir("src/stages")? {
        let folder = entry?.path();
        if let (true, Some(name)) = (folder.is_dir(), folder.file_name().and_then(|name| name.to_str())) {
            let kernel = fs::read_to_string(folder.join("kernel.wgsl"))?;
            fs::write(out.join(format!("stages/{name}.wgsl")), without_prose(&kernel))?;
        }
    }
    Ok(())
}

fn without_prose(source: &str) -> String {
    let lines = source.lines().map(|line| line.split("//").next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}
