//! The repository's own files, for the tests that read them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One file: its path from the root with `/`, its text, and its text without comments.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub path: String,
    pub text: String,
    pub code: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), code: without_comments(text) }
    }

    /// File name without its extension.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.split('.').next().unwrap_or_default()
    }

    /// Whether `word` stands in the code as a whole identifier.
    pub(crate) fn names(&self, word: &str) -> bool {
        self.code.match_indices(word).any(|(at, _)| {
            let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            !is_part(self.code[..at].chars().next_back()) && !is_part(self.code[at + word.len()..].chars().next())
        })
    }
}

/// Where the repository lies: natively its path, under WASI the directory that the runner opened as the root.
pub(crate) fn repo_root() -> PathBuf {
    if cfg!(target_os = "wasi") { PathBuf::from("/") } else { PathBuf::from(env!("CARGO_MANIFEST_DIR")) }
}

/// All files below `folder` (from the root) with one of the extensions, sorted; built and fetched ones left out.
pub(crate) fn files(folder: &str, extensions: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&repo_root(), folder, extensions, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(root: &Path, folder: &str, extensions: &[&str], found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return };
    for entry in entries {
        let entry = entry.expect("a readable directory entry");
        let name = entry.file_name().into_string().expect("a file name in UTF-8");
        let path = format!("{folder}/{name}");
        if ["node_modules", "pkg", "dist", "target"].contains(&name.as_str()) {
            continue;
        }
        if entry.file_type().expect("a file type").is_dir() {
            collect(root, &path, extensions, found);
        } else if extensions.iter().any(|extension| name.ends_with(&format!(".{extension}"))) {
            let text = fs::read_to_string(entry.path()).unwrap_or_else(|error| panic!("{path}: {error}"));
            found.push(Source::new(&path, &text));
        }
    }
}

/// Rust or JavaScript without `//` and `/* */`. A `//` after a colon is part of an address.
fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("/*").into_iter().chain(line_comment(rest)).min() {
        code.push_str(&rest[..at]);
        let end = if rest[at..].starts_with("/*") {
            rest[at..].find("*/").map(|length| at + length + 2)
        } else {
            rest[at..].find('\n').map(|length| at + length)
        };
        rest = &rest[end.unwrap_or(rest.len())..];
    }
    code + rest
}

fn line_comment(text: &str) -> Option<usize> {
    text.match_indices("//").map(|(at, _)| at).find(|&at| !text[..at].ends_with([':', '"', '`']))
}

#[test]
fn comments_are_taken_out() {
    let source =
        Source::new("a/b.c.rs", "let a = 1; // unsafe\n/* unsafe\n */ let url = \"https://x\";\n/// unsafe\nfn f() {}");
    assert_eq!(source.code, "let a = 1; \n let url = \"https://x\";\n\nfn f() {}");
    assert!(!source.names("unsafe") && source.names("url") && !source.names("ur"), "{}", source.code);
    assert_eq!(source.stem(), "b");
}
