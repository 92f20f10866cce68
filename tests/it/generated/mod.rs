//! What is written from the stages' specs: code of the page, lessons, and tables in the documents. `cargo xtask spec` writes the files; the test here fails when one of them is stale.

mod docs;
mod page;
mod types;
mod words;

use std::fs;

use crate::support::tree::repo_root;

/// Every generated file: its path from the root, and its text.
fn generated() -> Vec<(String, String)> {
    let code = [
        ("www/generated/spec.js".to_owned(), page::spec_js()),
        ("www/generated/elsewhere.js".to_owned(), page::elsewhere_js()),
        ("www/generated/python.js".to_owned(), page::python_js()),
        ("www/generated/settings.d.ts".to_owned(), types::settings_d_ts()),
        ("www/generated/words-en.js".to_owned(), words::words_en_js()),
    ];
    let words = words::LANGUAGES.map(|name| (format!("www/generated/words-{name}.js"), words::words_js(name)));
    code.into_iter().chain(words).chain(docs::documents()).collect()
}

/// The file's text now; empty when there is none.
fn present(path: &str) -> String {
    fs::read_to_string(repo_root().join(path)).unwrap_or_default()
}

/// The generated files that are not what the specs say.
fn stale(files: &[(String, String)], text_of: impl Fn(&str) -> String) -> Vec<&str> {
    files.iter().filter(|(path, text)| text_of(path) != *text).map(|(path, _)| path.as_str()).collect()
}

#[test]
fn generated_files_are_fresh() {
    let files = generated();
    if std::env::var_os("WRITE_GENERATED").is_some() {
        for (path, text) in &files {
            fs::write(repo_root().join(path), text).unwrap();
        }
    }
    assert_eq!(stale(&files, present), Vec::<&str>::new(), "run `cargo xtask spec`");
    let first = files[0].0.as_str();
    let old = |path: &str| if path == first { String::new() } else { present(path) };
    assert_eq!(stale(&files, old), [first], "a stale file is noticed");
}
