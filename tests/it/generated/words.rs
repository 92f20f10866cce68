//! `www/generated/words-de.js` and the like: what the stages say of themselves in other languages, from the `words.txt` of their folders.

use std::{collections::BTreeMap, fs};

use logitlab::stages::{SPECS, Spec};
use serde_json::{Map, Value};

use super::page::HEADER;
use crate::support::tree::repo_root;

/// The languages beside English.
pub(super) const LANGUAGES: [&str; 2] = ["de", "es"];

/// The texts of a stage, or of a setting: `label`, `about` and the others of its spec.
type Texts = Map<String, Value>;

pub(super) fn words_js(language: &str) -> String {
    let (mut stages, mut settings) = (String::new(), String::new());
    for spec in SPECS {
        let (own, of_settings) = words(spec, language);
        stages += &line(spec.name, own);
        of_settings.into_iter().for_each(|(name, texts)| settings += &line(name, texts));
    }
    format!(
        "{HEADER}
/** @typedef {{Readonly<Record<string, Partial<import(\"../lib/spec-words.js\").SpecTexts>>>}} Texts */

/** What the stages say of themselves. @type {{Texts}} */
export const STAGES = {{
{stages}}};

/** What their settings say of themselves. @type {{Texts}} */
export const SETTINGS = {{
{settings}}};
"
    )
}

fn line(name: &str, texts: Texts) -> String {
    format!("  {name}: {},\n", Value::Object(texts))
}

/// What a stage says, and each of its settings. Of a filter the first setting says what it does, as in English.
fn words(spec: &Spec, language: &str) -> (Texts, Vec<(&'static str, Texts)>) {
    let path = repo_root().join("src/stages").join(spec.name).join("words.txt");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut sections = sections(&text).unwrap_or_else(|line| panic!("{}: {line:?}", path.display()));
    let names = LANGUAGES.iter().flat_map(|language| {
        let of_settings = spec.settings.iter().map(move |setting| format!("{language} {}", setting.name));
        std::iter::once((*language).to_owned()).chain(of_settings)
    });
    let mut known: Vec<String> = names.collect();
    known.sort();
    assert!(sections.keys().eq(&known), "{}: the sections are {known:?}", path.display());
    let mut take = |name: &str| sections.remove(name).unwrap_or_default();
    let own = take(language);
    let of_settings: Vec<_> =
        spec.settings.iter().map(|setting| (setting.name, take(&format!("{language} {}", setting.name)))).collect();
    (own, of_settings)
}

/// The sections of a file: `[name]`, then lines `text: what it says`. Or the line that is neither.
fn sections(text: &str) -> Result<BTreeMap<String, Texts>, &str> {
    let mut sections = BTreeMap::<String, Texts>::new();
    let mut open = None;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            open = Some(sections.entry(name.to_owned()).or_default());
        } else {
            let texts = open.as_deref_mut().ok_or(line)?;
            let (name, says) = line.split_once(": ").ok_or(line)?;
            texts.insert(name.to_owned(), says.into());
        }
    }
    Ok(sections)
}

#[test]
fn sections_of_words() {
    let read = sections("[de]\nlabel: a: b\n[de x]\nlabel: c\n").unwrap();
    assert_eq!(read.keys().collect::<Vec<_>>(), ["de", "de x"]);
    assert_eq!(read["de"]["label"], "a: b");
    assert_eq!(sections("[de]\nlabel a\n"), Err("label a"));
    assert_eq!(sections("label: a\n"), Err("label: a"));
}
