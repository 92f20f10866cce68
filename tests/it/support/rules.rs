//! Rules about the source tree, each proven able to fail.

use super::tree::{Source, repo_root};

/// A rule: the sentences that describe what breaks it.
pub(crate) type Rule = fn(&[Source]) -> Vec<String>;

/// Names each file among `sources` for which `breaks` holds.
pub(crate) fn each(sources: &[Source], what: &str, breaks: impl Fn(&Source) -> bool) -> Vec<String> {
    sources.iter().filter(|source| breaks(source)).map(|source| format!("{}: {what}", source.path)).collect()
}

/// The rules hold for the tree, and each fails on its own bad files.
#[track_caller]
pub(crate) fn check(rule: Rule, tree: &[Source], bad: &[(&str, &str)]) {
    assert!(!tree.is_empty(), "no files were read below {}", repo_root().display());
    let broken = rule(tree);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    for (path, text) in bad {
        assert!(
            !rule(&[Source::new(path, text)]).is_empty(),
            "the rule does not see what is wrong with {path}: {text}"
        );
    }
}
