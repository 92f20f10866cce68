//! `www/generated/words-en.js` and the like: what the stages say of themselves. English is in their specs, other languages are in the `words.txt`
//! of their folders.

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
    let all: Vec<_> = SPECS.iter().map(|spec| (spec.name, words(spec, language))).collect();
    let stages = all.iter().map(|(name, (own, _))| (*name, own));
    let settings = all.iter().flat_map(|(_, (_, of_settings))| of_settings.iter().map(|(name, texts)| (*name, texts)));
    file("", stages, settings)
}

/// What the page needs only where there is more to read than its first screen.
pub(super) fn words_en_js() -> String {
    let said = |texts: &[(&str, &str)]| -> Texts {
        let there = texts.iter().filter(|(_, text)| !text.is_empty());
        there.map(|&(name, text)| (name.to_owned(), text.into())).collect()
    };
    let stage = |spec: &Spec| said(&[("about", spec.about), ("reason", spec.reason), ("brief", spec.brief)]);
    let stages: Vec<_> = SPECS.iter().map(|spec| (spec.name, stage(spec))).collect();
    let of_settings = SPECS.iter().flat_map(|spec| spec.settings);
    let settings: Vec<_> = of_settings.map(|it| (it.name, said(&[("about", it.about)]))).collect();
    file(EN, stages.iter().map(|(name, texts)| (*name, texts)), settings.iter().map(|(name, texts)| (*name, texts)))
}

const EN: &str = " In `reason`, {number} and {percent} stand for the limit in the stage's trace, {evidence} and {evidence_percent}
 * for the removed token's own number, {repeated} for the text of as many tokens, of which it is the last; `brief` is the same in three words, with
 * the setting's value.";

fn file<'a>(
    note: &str,
    stages: impl Iterator<Item = (&'a str, &'a Texts)>,
    settings: impl Iterator<Item = (&'a str, &'a Texts)>,
) -> String {
    let stages: String = stages.map(|(name, texts)| line(name, texts)).collect();
    let settings: String = settings.map(|(name, texts)| line(name, texts)).collect();
    format!(
        "{HEADER}
/** @typedef {{Readonly<Record<string, Partial<import(\"../lib/spec-words.js\").SpecTexts>>>}} Texts */

/** What the stages say of themselves.{note} @type {{Texts}} */
export const STAGES = {{
{stages}}};

/** What their settings say of themselves. @type {{Texts}} */
export const SETTINGS = {{
{settings}}};
"
    )
}

fn line(name: &str, texts: &Texts) -> String {
    format!("  {name}: {},\n", Value::Object(texts.clone()))
}

/// What a stage says, and each of its settings.
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
