//! GBNF, llama.cpp's grammars, as Lark.
//!
//! Every character becomes a terminal of its own: a lexer of longer ones takes the longest, and would miss texts that GBNF allows.

use std::{collections::HashMap, iter::Peekable, str::CharIndices};

use crate::Result;

/// Whether a grammar is GBNF: it defines by `::=`, which means nothing in Lark.
pub(crate) fn is_one(text: &str) -> bool {
    text.lines().any(|line| line.split('#').next().is_some_and(|line| line.contains("::=")))
}

/// The same grammar as Lark.
///
/// # Errors
/// What is no GBNF, and in which line.
pub(crate) fn to_lark(text: &str) -> Result<String> {
    let tokens = tokens(text)?;
    let names = names(&tokens)?;
    let mut lark = String::new();
    for (ix, token) in tokens.iter().enumerate() {
        let begins = |ix: usize| matches!(tokens.get(ix).map(|(_, part)| part), Some(Part::Defines));
        match &token.1 {
            Part::Name(name) if begins(ix + 1) => lark.push_str(&format!("\n{}", names[name.as_str()])),
            Part::Name(name) => match names.get(name.as_str()) {
                Some(name) => lark.push_str(&format!(" {name}")),
                None => return Err(format!("line {}: the rule {name} is not defined", token.0)),
            },
            Part::Defines => lark.push_str(": \"\""),
            Part::Mark('|') => lark.push_str(" | \"\""),
            Part::Mark('(') => lark.push_str(" (\"\""),
            Part::Mark(mark) => lark.push(*mark),
            Part::Repeat(counts) => lark.push_str(&format!("{{{counts}}}")),
            Part::Characters(regexes) => lark.push_str(&format!(" ({})", regexes.join(" "))),
        }
    }
    Ok(lark)
}

/// A part of a grammar; lines are counted from 1.
#[derive(Debug, PartialEq)]
enum Part {
    Name(String),
    Defines,
    /// One of `|()?*+`.
    Mark(char),
    /// What stands in braces.
    Repeat(String),
    /// One terminal for each character.
    Characters(Vec<String>),
}

/// What each rule is called in Lark, where lower case is for rules and the first is `start`.
fn names(tokens: &[(usize, Part)]) -> Result<HashMap<&str, String>> {
    let mut names = HashMap::new();
    for pair in tokens.windows(2) {
        if let [(line, Part::Name(name)), (_, Part::Defines)] = pair {
            let lark = if name == "root" { "start".to_owned() } else { format!("rule_{}", names.len()) };
            if names.insert(name.as_str(), lark).is_some() {
                return Err(format!("line {line}: the rule {name} is defined twice"));
            }
        }
    }
    if names.contains_key("root") { Ok(names) } else { Err("there is no rule root".to_owned()) }
}

type Characters<'a> = Peekable<CharIndices<'a>>;

fn tokens(text: &str) -> Result<Vec<(usize, Part)>> {
    let mut tokens = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        let line = text[..at].matches('\n').count() + 1;
        let part = match character {
            '#' => {
                while rest.next_if(|(_, character)| *character != '\n').is_some() {}
                continue;
            }
            character if character.is_whitespace() => continue,
            '|' | '(' | ')' | '?' | '*' | '+' => Ok(Part::Mark(character)),
            '{' => until(&mut rest, '}').map(Part::Repeat),
            ':' if until(&mut rest, '=').as_deref() == Ok(":") => Ok(Part::Defines),
            '.' => Ok(Part::Characters(vec![r"/[\u{0}-\u{10FFFF}]/".to_owned()])),
            '"' => literal(&mut rest).map(Part::Characters),
            '[' => class(&mut rest).map(|class| Part::Characters(vec![class])),
            first if is_in_name(first) => {
                let mut name = String::from(first);
                while let Some((_, next)) = rest.next_if(|(_, next)| is_in_name(*next)) {
                    name.push(next);
                }
                Ok(Part::Name(name))
            }
            other => Err(format!("{other:?} has no meaning here")),
        };
        tokens.push((line, part.map_err(|reason| format!("line {line}: {reason}"))?));
    }
    Ok(tokens)
}

fn is_in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

fn until(rest: &mut Characters<'_>, end: char) -> Result<String> {
    let mut text = String::new();
    for (_, character) in rest {
        if character == end {
            return Ok(text);
        }
        text.push(character);
    }
    Err(format!("{end:?} is missing"))
}

/// What stands between quotation marks.
fn literal(rest: &mut Characters<'_>) -> Result<Vec<String>> {
    let mut characters = Vec::new();
    loop {
        match rest.next() {
            None => return Err("a quotation mark is missing".to_owned()),
            Some((_, '"')) if characters.is_empty() => return Ok(vec!["\"\"".to_owned()]),
            Some((_, '"')) => return Ok(characters),
            Some((_, character)) => characters.push(format!("/{}/", point(one(character, rest)?))),
        }
    }
}

/// What stands between brackets.
fn class(rest: &mut Characters<'_>) -> Result<String> {
    let mut class = String::from("/[");
    if rest.next_if(|(_, next)| *next == '^').is_some() {
        class.push('^');
    }
    loop {
        match rest.next() {
            None => return Err("a bracket is missing".to_owned()),
            Some((_, ']')) => return Ok(class + "]/"),
            Some((_, '-')) if rest.peek().is_some_and(|(_, next)| *next != ']') && class.ends_with('}') => {
                class.push('-')
            }
            Some((_, character)) => class.push_str(&point(one(character, rest)?)),
        }
    }
}

/// A character, or what an escape stands for.
fn one(character: char, rest: &mut Characters<'_>) -> Result<char> {
    if character != '\\' {
        return Ok(character);
    }
    match rest.next().map(|(_, next)| next) {
        Some('n') => Ok('\n'),
        Some('r') => Ok('\r'),
        Some('t') => Ok('\t'),
        Some('x') => hexadecimal(rest, 2),
        Some('u') => hexadecimal(rest, 4),
        Some('U') => hexadecimal(rest, 8),
        Some(other) if matches!(other, '"' | '\\' | '[' | ']' | '-' | '^') => Ok(other),
        Some(other) => Err(format!("\\{other} has no meaning here")),
        None => Err("a character is missing after \\".to_owned()),
    }
}

fn hexadecimal(rest: &mut Characters<'_>, n_digits: usize) -> Result<char> {
    let digits: String = rest.take(n_digits).map(|(_, digit)| digit).collect();
    let character = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
    character.filter(|_| digits.len() == n_digits).ok_or_else(|| format!("{digits:?} is no character"))
}

/// A character in a regular expression.
fn point(character: char) -> String {
    format!("\\u{{{:X}}}", u32::from(character))
}
