//! The house's invariants, read off the source tree. Every rule is also run on a small tree that breaks it.

use logitlab::plan::StageName;

use crate::support::{
    rules::{Rule, check, each},
    tree::{Source, files},
};

fn src() -> Vec<Source> {
    files("src", &["rs"])
}

#[test]
fn only_the_edge_knows_javascript() {
    let rule: Rule = |sources| {
        each(sources, "only src/web imports the JS world", |source| {
            let crates = ["wasm_bindgen", "web_sys", "js_sys", "serde_wasm_bindgen", "getrandom"];
            !source.path.starts_with("src/web") && crates.iter().any(|name| source.names(name))
        })
    };
    check(rule, &src(), &[("src/rng/mod.rs", "use getrandom::fill;"), ("src/lib.rs", "#[wasm_bindgen] fn f() {}")]);
}

#[test]
fn only_rng_makes_random_numbers() {
    let rule: Rule = |sources| {
        each(sources, "only src/rng imports rand", |source| {
            !source.path.starts_with("src/rng/")
                && ["rand", "rand_core", "rand_mt"].iter().any(|name| source.names(name))
        })
    };
    check(rule, &src(), &[("src/generate/mod.rs", "use rand::Rng;"), ("src/cpu/draw.rs", "rand_mt::Mt::new(1)")]);
}

#[test]
fn unsafe_lives_in_lanes() {
    let rule: Rule = |sources| {
        let homes = ["mod", "sse", "wide", "wide/avx2", "wide/avx512"].map(|name| format!("src/lanes/{name}.rs"));
        each(sources, "unsafe belongs in the registers of src/lanes", |source| {
            !homes.contains(&source.path) && source.names("unsafe")
        })
    };
    let code = "fn f() { unsafe { g() } }";
    check(rule, &src(), &[("src/cpu/scan.rs", code), ("src/lanes/plain.rs", code)]);
}

#[test]
fn model_and_backend_are_strangers() {
    let rule: Rule = |sources| {
        let imports = |source: &Source, module: &str| {
            source.code.contains(&format!("crate::{module}")) || source.code.contains(&format!("\n    {module}::"))
        };
        let backends = ["backend", "cpu", "gpu", "auto"];
        each(sources, "model and backend do not import each other", |source| {
            (source.path.starts_with("src/model") && backends.iter().any(|room| imports(source, room)))
                || (backends.iter().any(|room| source.path.starts_with(&format!("src/{room}/")))
                    && imports(source, "model"))
        })
    };
    let bad = [
        ("src/model/gpt.rs", "use crate::backend::Step;"),
        ("src/cpu/chain.rs", "use crate::{\n    core::error::Result,\n    model::FirstOrder,\n};"),
        ("src/backend/mod.rs", "fn f(m: &dyn crate::model::LanguageModel) {}"),
    ];
    check(rule, &src(), &bad);
}

#[test]
fn the_loop_names_no_device() {
    let rule: Rule = |sources| {
        each(
            sources,
            "the loop names no GPU and no web; only sample.rs, one call without a loop, is the CPU's",
            |source| {
                let words = ["gpu", "wgpu", "web", "cpu", "CpuBackend", "GpuBackend", "js_sys", "web_sys"];
                source.path.starts_with("src/generate")
                    && source.stem() != "sample"
                    && words.iter().any(|word| source.names(word))
            },
        )
    };
    check(
        rule,
        &src(),
        &[("src/generate/mod.rs", "use crate::cpu::CpuBackend;"), ("src/generate/a.rs", "crate::web::f()")],
    );
}

/// Sums and products are the same everywhere; the platform's logarithms are not.
#[test]
fn transcendental_functions_come_from_libm() {
    let rule: Rule = |sources| {
        let functions = [
            "ln", "ln_1p", "log", "log2", "log10", "exp", "exp2", "exp_m1", "powf", "powi", "sin", "cos", "tan",
            "sin_cos", "tanh", "sinh", "cosh", "asin", "acos", "atan", "atan2", "cbrt", "hypot", "mul_add",
        ];
        each(sources, "use libm, so that every platform gives the same bits", |source| {
            !source.path.starts_with("src/web/")
                && functions.iter().any(|name| {
                    source.code.contains(&format!(".{name}("))
                        || source.names(&format!("f64::{name}"))
                        || source.names(&format!("f32::{name}"))
                })
        })
    };
    let bad = [
        ("src/rng/noise.rs", "let q = -(1.0 - u).ln();"),
        ("src/a.rs", "xs.map(f64::exp)"),
        ("src/a.rs", "x.powf(2.0)"),
    ];
    check(rule, &src(), &bad);
}

/// The stages as the plan knows them, and the two that end every plan; sorted.
fn stages() -> Vec<&'static str> {
    let mut names: Vec<&str> = StageName::DEFAULT_ORDER.map(StageName::as_str).to_vec();
    names.extend(["softmax", "draw"]);
    names.sort_unstable();
    names
}

/// Sorted stems of the files, without those named in `except`.
fn stems<'a>(sources: &'a [Source], except: &[&str]) -> Vec<&'a str> {
    let mut stems: Vec<&str> = sources.iter().map(Source::stem).filter(|stem| !except.contains(stem)).collect();
    stems.sort_unstable();
    stems
}

#[test]
fn a_shader_says_what_it_is() {
    let rule: Rule = |sources| {
        each(sources, "begin with `// <kernel>: …`; a stage's names its spec", |source| {
            let is_shared = source.path.contains("/shared/");
            let name = stage_of(&source.path).unwrap_or(source.stem());
            let spec = stage_of(&source.path).map(|stage| format!("src/stages/{stage}/mod.rs"));
            let is_said = spec.is_none_or(|spec| source.text.contains(&spec));
            !is_shared && (!is_said || !source.text.starts_with(&format!("// {name}: ")))
        })
    };
    let bad = [("src/stages/top_k/kernel.wgsl", "// top_k: keeps some."), ("shaders/scan.wgsl", "fn main() {}")];
    let mut tree = files("shaders", &["wgsl"]);
    tree.extend(files("src/stages", &["wgsl"]));
    check(rule, &tree, &bad);
}

/// The stage whose folder a file lies in.
fn stage_of(path: &str) -> Option<&str> {
    path.strip_prefix("src/stages/")?.split_once('/').map(|(stage, _)| stage)
}

#[test]
fn only_the_gpu_backend_knows_wgpu() {
    let rule: Rule = |sources| {
        each(sources, "wgpu belongs in src/gpu", |source| !source.path.starts_with("src/gpu/") && source.names("wgpu"))
    };
    check(rule, &src(), &[("src/auto/mod.rs", "use wgpu::Device;")]);
}

/// What every stage's folder holds.
const PARTS: [&str; 5] = ["kernel.wgsl", "lesson.md", "mod.rs", "python.txt", "words.txt"];

/// The names of the folders of stages that hold `part`.
fn folders_with<'a>(tree: &'a [Source], part: &str) -> Vec<&'a str> {
    let is_part = |source: &&Source| source.path.ends_with(&format!("/{part}"));
    tree.iter().filter(is_part).filter_map(|source| stage_of(&source.path)).collect()
}

#[test]
fn a_stage_is_a_folder() {
    let mut listed: Vec<&str> = StageName::DEFAULT_ORDER.map(StageName::as_str).to_vec();
    listed.sort_unstable();
    let tree = files("src/stages", &["rs", "wgsl", "txt", "md"]);
    for part in PARTS {
        assert_eq!(folders_with(&tree, part), listed, "{part}");
    }
    assert_eq!(stems(&files("tests/it/stages", &["rs"]), &["mod"]), stages(), "tests/it/stages");
    assert_eq!(folders_with(&[Source::new("src/stages/top_q/mod.rs", "")], "mod.rs"), ["top_q"], "an extra folder");
}

/// The rest of the house goes through the list, so that a new stage touches its folder only.
#[test]
fn only_its_folder_names_a_stage() {
    let rule: Rule = |sources| {
        each(sources, "a stage's setting is named in its folder only", |source| {
            let is_home = source.path.starts_with("src/stages/min_p/") || source.path == "src/stages/mod.rs";
            !is_home && (source.names("min_p") || source.names("MinP"))
        })
    };
    let mut tree = src();
    tree.extend(files("shaders", &["wgsl"]));
    check(rule, &tree, &[("src/explain/rules.rs", "StageName::MinP"), ("shaders/sums.wgsl", "plan.min_p")]);
}

#[test]
fn a_stage_has_a_lesson() {
    assert_eq!(stems(&files("docs/stages", &["md"]), &["README"]), stages(), "docs/stages");
}

/// A stage begins with its spec and says where its test is.
#[test]
fn a_stage_begins_with_its_spec() {
    let rule: Rule = |sources| {
        each(sources, "begin with `//! <stage>: …` and name its test", |source| {
            let file = source.path.strip_suffix("/mod.rs").and_then(|folder| folder.strip_prefix("src/stages/"));
            let name = file.unwrap_or(source.stem());
            stages().contains(&name)
                && !(source.text.starts_with(&format!("//! {name}: "))
                    && source.text.contains(&format!("tests/it/stages/{name}.rs")))
        })
    };
    let bad = [("src/stages/top_k/mod.rs", "//! Keeps some.\n"), ("src/cpu/draw.rs", "//! draw: draws.\nuse x;")];
    let mut tree = files("src/stages", &["rs"]);
    tree.extend(files("src/cpu", &["rs"]));
    tree.extend(files("src/rows", &["rs"]));
    check(rule, &tree, &bad);
}

#[test]
fn no_test_is_left_out() {
    let rule: Rule = |sources| {
        let rust = [concat!("#[", "ignore"), concat!("#![", "cfg(any())")];
        let script = [".skip(", "skip: true", ".only(", "only: true", ".todo(", "todo: true"];
        each(sources, "no test is skipped, and none runs alone", |source| {
            let signs: &[&str] = if source.path.ends_with(".rs") { &rust } else { &script };
            signs.iter().any(|sign| source.code.contains(sign))
        })
    };
    let mut tree = files("tests", &["rs", "js"]);
    tree.extend(src());
    let bad = [
        ("tests/it/a.rs", concat!("#[test]\n#[", "ignore]\nfn f() {}")),
        ("tests/web/unit/a.test.js", "test.skip(\"a\", () => {})"),
        ("tests/web/unit/a.test.js", "test.only(\"a\", () => {})"),
        ("tests/web/unit/a.test.js", "test(\"a\", { skip: true }, () => {})"),
    ];
    check(rule, &tree, &bad);
}

/// A test file that nobody names is never compiled.
#[test]
fn every_test_file_is_run() {
    let tree = files("tests/it", &["rs"]);
    let lost = unnamed(&tree);
    assert!(lost.is_empty(), "no `mod` names {lost:?}");
    let bad =
        [Source::new("tests/it/main.rs", "mod a;"), Source::new("tests/it/a.rs", ""), Source::new("tests/it/b.rs", "")];
    assert_eq!(unnamed(&bad), ["tests/it/b.rs"]);
}

/// Files that the `main.rs` or `mod.rs` of their folder does not declare. It declares the files of the stages in a list that has to be complete.
fn unnamed(tree: &[Source]) -> Vec<&str> {
    let is_named = |source: &&Source| {
        let Some((folder, _)) = source.path.rsplit_once('/') else { return true };
        let is_root = |path: &str| path == format!("{folder}/main.rs") || path == format!("{folder}/mod.rs");
        let is_stage = folder == "tests/it/stages" && StageName::parse(source.stem()).is_some();
        is_root(&source.path)
            || is_stage
            || tree.iter().any(|root| is_root(&root.path) && root.code.contains(&format!("mod {};", source.stem())))
    };
    tree.iter().filter(|source| !is_named(source)).map(|source| source.path.as_str()).collect()
}

/// The vocabulary of the house: one word for one idea.
#[test]
fn words_of_the_house() {
    let rule: Rule = |sources| {
        let words = ["warper", "logits_processor", "LogitsProcessor", "Sampler", "Warper"];
        each(sources, "the word is `stage`", |source| words.iter().any(|word| source.names(word)))
    };
    check(rule, &src(), &[("src/a.rs", "struct Sampler;"), ("src/b.rs", "fn f(warper: u8) {}")]);
}
