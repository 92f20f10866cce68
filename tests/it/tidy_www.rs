//! The house's invariants for the page and the library: who may compute, import and touch what.

use logitlab::stages::SPECS;

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

/// What a script imports, now or later.
fn imports(source: &Source) -> Vec<&str> {
    let after = ["from \"", "import(\"", "import \""];
    let starts = after.iter().flat_map(|mark| source.code.match_indices(mark).map(|(at, mark)| at + mark.len()));
    starts.filter_map(|start| source.code[start..].split('"').next()).collect()
}

/// Folders of `www/`, and what each does not import.
const KEPT_APART: [(&str, &[&str]); 6] = [
    ("state", &["engine", "tasks", "components", "element", "lit"]),
    ("tasks", &["components", "element", "lit"]),
    ("components", &["engine", "tasks", "logitlab"]),
    ("river", &["engine", "tasks", "logitlab"]),
    ("engine", &["state", "tasks", "components", "element", "lib", "lit"]),
    ("lib", &["engine", "state", "tasks", "components", "element"]),
];

#[test]
fn the_folders_of_the_page_are_kept_apart() {
    let rule: Rule = |sources| {
        each(sources, "imports what its folder may not", |source| {
            let folder = source.path.split('/').nth(1).unwrap_or_default();
            let apart = KEPT_APART.iter().filter(|(name, _)| *name == folder).flat_map(|(_, apart)| *apart);
            apart.into_iter().any(|other| imports(source).iter().any(|path| path.split('/').any(|part| part == *other)))
        })
    };
    let bad = [
        ("www/components/a.js", "import { createLab } from \"../engine/index.js\";"),
        ("www/components/a.js", "const { x } = await import(\"../engine/lab.js\");"),
        ("www/components/a.js", "import {\n  createLab,\n} from \"../tasks/shelf.js\";"),
        ("www/components/a.js", "import { createLab } from \"logitlab\";"),
        ("www/river/a.js", "import { createLab } from \"../engine/index.js\";"),
        ("www/state/export/a.js", "import { x } from \"../../engine/assets.js\";"),
        ("www/state/a.js", "export { x } from \"../tasks/conductor.js\";"),
        ("www/state/a.js", "import { html } from \"lit\";"),
        ("www/tasks/a.js", "import \"../element/focus.js\";"),
        ("www/engine/a.js", "import { en } from \"../lib/strings.js\";"),
        ("www/lib/a.js", "import { startState } from \"../state/lab-state.js\";"),
    ];
    check(rule, &scripts(), &bad);
}

/// Where stages may be named: what is generated, what the page starts with, presets, the lesson about them, the notebook's own measurement, and
/// an example in an error. In other languages what a spec says is found by its name, and a text may end for a reason that is called like a stage.
const MAY_NAME_STAGES: [&str; 9] = [
    "www/generated/",
    "www/state/presets.js",
    "www/state/start.js",
    "www/lesson/",
    "www/words/",
    "www/engine/bias.js",
    "www/engine/measure.js",
    "www/engine/plain.js",
    "www/engine/types.js",
];

#[test]
fn no_stage_is_named_on_the_page() {
    let rule: Rule = |sources| {
        each(sources, "names a stage: what is said or done for one belongs in its spec", |source| {
            let settings = || SPECS.iter().flat_map(|spec| spec.settings);
            let names = settings().map(|it| it.name).chain(SPECS.iter().map(|spec| spec.name));
            // A kind of settings may be called like the one setting that is of it.
            let names = names.filter(|name| settings().all(|setting| setting.kind.as_str() != *name));
            !MAY_NAME_STAGES.iter().any(|path| source.path.starts_with(path))
                && names.into_iter().any(|name| is_used(name, &source.code))
        })
    };
    let bad = [
        ("www/state/a.js", "const COMPARED = [\"min_p\"];"),
        ("www/components/a.js", "const EFFECTS = { top_k: (x) => x };"),
        ("www/tasks/a.js", "if (settings.temperature === 0) return;"),
        ("www/lib/strings.js", "  penalties: \"penalties\","),
    ];
    check(rule, &scripts(), &bad);
}

/// Whether a program speaks of `name`, as a string, a property or a key; a word in a sentence is none of these.
fn is_used(name: &str, code: &str) -> bool {
    [format!("\"{name}\""), format!(".{name} "), format!(".{name})"), format!(" {name}:"), format!("{{{name}:")]
        .iter()
        .any(|use_of_it| code.contains(use_of_it))
}

#[test]
fn the_state_waits_for_nothing() {
    let rule: Rule = |sources| {
        each(sources, "what the page knows has no timers and no promises", |source| {
            source.path.starts_with("www/state/")
                && ["setTimeout", "setInterval", "requestAnimationFrame", "queueMicrotask", "async", "fetch"]
                    .iter()
                    .any(|word| source.names(word))
        })
    };
    let bad = [("www/state/a.js", "setTimeout(tick, 180);"), ("www/state/a.js", "export const f = async () => {};")];
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
