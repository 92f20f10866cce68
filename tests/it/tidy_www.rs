//! The house's invariants for the page and the library: who may compute, import and touch what.

use crate::support::{
    rules::{Rule, check, each},
    tree::{Source, files},
};

fn scripts() -> Vec<Source> {
    files("www", &["js"])
}

#[test]
fn pages_compute_no_probability() {
    let rule: Rule = |sources| {
        each(sources, "what a page shows is what the engine computed", |source| {
            ["exp", "log", "pow", "random"].iter().any(|name| source.code.contains(&format!("Math.{name}")))
        })
    };
    let bad = [
        ("www/lib/format.js", "const p = Math.exp(x);"),
        ("www/state/a.js", "Math.log2(p)"),
        ("www/a.js", "Math.random()"),
    ];
    check(rule, &scripts(), &bad);
}

#[test]
fn components_do_not_import_the_engine() {
    let rule: Rule = |sources| {
        each(sources, "components do not import the engine", |source| {
            let lines = source.code.lines().filter(|line| line.contains("import") || line.contains("from "));
            source.path.starts_with("www/components/")
                && lines.into_iter().any(|line| line.contains("/engine/") || line.contains("\"logitlab\""))
        })
    };
    let bad = [
        ("www/components/a.js", "import { createLab } from \"../engine/index.js\";"),
        ("www/components/a.js", "const { x } = await import(\"../engine/lab.js\");"),
        ("www/components/a.js", "import {\n  createLab,\n} from \"../engine/index.js\";"),
    ];
    check(rule, &scripts(), &bad);
}

#[test]
fn the_engine_does_not_touch_the_page() {
    let rule: Rule = |sources| {
        each(sources, "the engine does not touch the DOM", |source| {
            let words = ["document", "window", "HTMLElement", "customElements"];
            // Asking whether there is a page at all does not touch it.
            let source =
                Source::new(&source.path, &source.code.replace("typeof document ", "").replace("typeof window ", ""));
            source.path.starts_with("www/engine/") && words.iter().any(|word| source.names(word))
        })
    };
    let bad = [
        ("www/engine/loader.js", "document.baseURI"),
        ("www/engine/lab.js", "const hidden = typeof document === \"object\" && document.hidden;"),
    ];
    check(rule, &scripts(), &bad);
}

#[test]
fn one_file_defines_the_element() {
    let rule: Rule = |sources| {
        each(sources, "only www/logit-lab.js defines the element", |source| {
            source.path != "www/logit-lab.js" && source.code.contains("customElements.define(\"logit-lab\"")
        })
    };
    check(rule, &scripts(), &[("www/element/a.js", "customElements.define(\"logit-lab\", A)")]);
}
