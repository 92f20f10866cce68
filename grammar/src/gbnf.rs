//! GBNF, llama.cpp's grammars, as Lark.
//!
//! Every character becomes a terminal of its own: a lexer of longer ones takes the longest, and would miss texts that GBNF allows. A rule that
//! ends in itself becomes a repetition, which the parser follows in a time that does not grow with the text.

use std::collections::HashMap;

use crate::{
    Result,
    problem::{Kind, Place, Problem},
};

/// Brackets inside each other.
const MOST_NESTED: usize = 20;

/// Whether a grammar is GBNF: it defines a rule by `::=`, which means nothing in Lark.
pub(crate) fn is_one(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().trim_start_matches(is_in_name).trim_start().starts_with("::="))
}

/// The same grammar as Lark.
///
/// # Errors
/// What is no GBNF and where, and a grammar of which no text comes to an end.
pub(crate) fn to_lark(text: &str) -> Result<String> {
    let rules = Reader::new(text).rules()?;
    let names = names(&rules)?;
    require_an_end(&rules, &names)?;
    let mut lark = String::new();
    for (ix, rule) in rules.iter().enumerate() {
        lark.push_str(&format!("{}: {}\n", in_lark(&rule.name, ix), rule.in_lark(&names)?));
    }
    Ok(lark)
}

struct Rule {
    name: String,
    place: Place,
    alternatives: Vec<Alternative>,
}

type Alternative = Vec<Item>;

struct Item {
    what: What,
    /// `?`, `*`, `+` or counts in braces, one after the other.
    repeats: Vec<Repeat>,
}

enum What {
    Rule(String, Place),
    /// One terminal for each character.
    Characters(Vec<String>),
    Group(Vec<Alternative>),
}

struct Repeat {
    lark: String,
    /// Whether it may be none at all.
    may_be_none: bool,
}

/// Where each rule stands in the list of them.
type Names<'a> = HashMap<&'a str, usize>;

fn names(rules: &[Rule]) -> Result<Names<'_>> {
    let mut names = HashMap::new();
    for (ix, rule) in rules.iter().enumerate() {
        if names.insert(rule.name.as_str(), ix).is_some() {
            return Err(Problem::syntax(format!("the rule {} is defined twice", rule.name), rule.place));
        }
    }
    if names.contains_key("root") {
        return Ok(names);
    }
    Err(Problem::new(Kind::Syntax, "there is no rule root, with which a text begins", None))
}

/// What a rule is called in Lark, where lower case is for rules and the first is `start`.
fn in_lark(name: &str, ix: usize) -> String {
    if name == "root" { "start".to_owned() } else { format!("rule_{ix}") }
}

/// Refuses a grammar whose texts go on for ever. Rules are looked at forwards and backwards in turn: most lists of them are in one of the orders.
fn require_an_end(rules: &[Rule], names: &Names<'_>) -> Result<()> {
    let mut ending = vec![false; rules.len()];
    let mut look = |ix: usize, n_more: &mut usize| {
        if !ending[ix] && any_ends(&rules[ix].alternatives, names, &ending) {
            ending[ix] = true;
            *n_more += 1;
        }
    };
    loop {
        let mut n_more = 0;
        (0..rules.len()).for_each(|ix| look(ix, &mut n_more));
        (0..rules.len()).rev().for_each(|ix| look(ix, &mut n_more));
        if n_more == 0 {
            break;
        }
    }
    let root = names["root"];
    if ending[root] {
        return Ok(());
    }
    Err(Problem::new(Kind::Empty, "every text of root goes on for ever", Some(rules[root].place)))
}

/// Whether some text of these alternatives comes to an end, if texts of the rules `ending` do.
fn any_ends(alternatives: &[Alternative], names: &Names<'_>, ending: &[bool]) -> bool {
    let ends = |item: &Item| {
        item.repeats.iter().any(|repeat| repeat.may_be_none)
            || match &item.what {
                // A rule that is not defined is told of later.
                What::Rule(name, _) => names.get(name.as_str()).is_none_or(|&ix| ending[ix]),
                What::Characters(_) => true,
                What::Group(alternatives) => any_ends(alternatives, names, ending),
            }
    };
    alternatives.iter().any(|alternative| alternative.iter().all(ends))
}

impl Rule {
    /// `r ::= a r | b` is written `a* b`.
    fn in_lark(&self, names: &Names<'_>) -> Result<String> {
        let (again, others): (Vec<&Alternative>, Vec<&Alternative>) =
            self.alternatives.iter().partition(|alternative| self.ends(alternative));
        let others = joined(others.into_iter().map(|alternative| &alternative[..]), names)?;
        let again: Vec<&[Item]> = again
            .into_iter()
            .map(|alternative| &alternative[..alternative.len() - 1])
            .filter(|b| !b.is_empty())
            .collect();
        match again.is_empty() {
            true => Ok(others),
            false => Ok(format!("({})* ({others})", joined(again.into_iter(), names)?)),
        }
    }

    /// Whether an alternative ends in this rule itself, and another does not.
    fn ends(&self, alternative: &Alternative) -> bool {
        let ends = |alternative: &Alternative| matches!(alternative.last(), Some(Item { what: What::Rule(name, _), repeats }) if *name == self.name && repeats.is_empty());
        ends(alternative) && !self.alternatives.iter().all(ends)
    }
}

fn joined<'a>(alternatives: impl Iterator<Item = &'a [Item]>, names: &Names<'_>) -> Result<String> {
    let all: Result<Vec<String>> = alternatives.map(|items| in_turn(items, names)).collect();
    Ok(all?.join(" | "))
}

fn in_turn(items: &[Item], names: &Names<'_>) -> Result<String> {
    if items.is_empty() {
        return Ok("\"\"".to_owned());
    }
    let all: Result<Vec<String>> = items.iter().map(|item| item.in_lark(names)).collect();
    Ok(all?.join(" "))
}

impl Item {
    fn in_lark(&self, names: &Names<'_>) -> Result<String> {
        let mut lark = match &self.what {
            What::Rule(name, place) => names
                .get(name.as_str())
                .map(|&ix| in_lark(name, ix))
                .ok_or_else(|| Problem::syntax(format!("the rule {name} is not defined"), *place))?,
            What::Characters(all) => format!("({})", all.join(" ")),
            What::Group(alternatives) => format!("({})", joined(alternatives.iter().map(|items| &items[..]), names)?),
        };
        for (ix, repeat) in self.repeats.iter().enumerate() {
            lark = if ix == 0 { lark + &repeat.lark } else { format!("({lark}){}", repeat.lark) };
        }
        Ok(lark)
    }
}

/// A grammar's text, and how far it has been read.
struct Reader {
    characters: Vec<char>,
    at: usize,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Reader {
    fn new(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let after = (1..).zip(&characters).filter(|(_, passed)| **passed == '\n').map(|(at, _)| at);
        Self { lines: std::iter::once(0).chain(after).collect(), characters, at: 0 }
    }

    fn rules(&mut self) -> Result<Vec<Rule>> {
        let mut rules = Vec::new();
        loop {
            let (place, first) = (self.skip(), self.peek());
            match first {
                None => return Ok(rules),
                Some(first) if is_in_name(first) => {
                    let name = self.name();
                    if !self.skips_defines() {
                        return Err(Problem::syntax(format!("\"::=\" is missing after {name}"), self.skip()));
                    }
                    rules.push(Rule { name, place, alternatives: self.alternatives(0)? });
                }
                Some(other) => return Err(Problem::syntax(format!("{other:?} begins no rule"), place)),
            }
        }
    }

    /// Up to a closing bracket, the next rule or the end.
    fn alternatives(&mut self, depth: usize) -> Result<Vec<Alternative>> {
        let mut all = vec![Vec::new()];
        loop {
            let place = self.skip();
            let Some(first) = self.peek().filter(|&first| first != ')' || depth == 0) else { return Ok(all) };
            if is_in_name(first) && self.is_at_rule() {
                return Ok(all);
            }
            let last = all.last_mut().expect("there is one at least");
            match first {
                '|' => {
                    self.at += 1;
                    all.push(Vec::new());
                }
                '?' | '*' | '+' | '{' => {
                    let repeat = self.repeat(first, place)?;
                    let Some(item) = last.last_mut() else {
                        return Err(Problem::syntax(format!("nothing stands before {first:?}"), place));
                    };
                    item.repeats.push(repeat);
                }
                _ => {
                    let what = self.what(first, place, depth)?;
                    last.push(Item { what, repeats: Vec::new() });
                }
            }
        }
    }

    fn what(&mut self, first: char, place: Place, depth: usize) -> Result<What> {
        if is_in_name(first) {
            return Ok(What::Rule(self.name(), place));
        }
        self.at += 1;
        match first {
            '.' => Ok(What::Characters(vec![r"/[\u{0}-\u{10FFFF}]/".to_owned()])),
            '"' => self.literal(place),
            '[' => Ok(What::Characters(vec![self.class(place)?])),
            '(' if depth == MOST_NESTED => Err(Problem::new(
                Kind::TooLarge,
                format!("more than {MOST_NESTED} brackets inside each other"),
                Some(place),
            )),
            '(' => {
                let alternatives = self.alternatives(depth + 1)?;
                if self.next() != Some(')') {
                    return Err(Problem::syntax("the bracket that opens here is not closed", place));
                }
                Ok(What::Group(alternatives))
            }
            '<' | '!' => {
                let reason = "it names tokens of a model; write their text";
                Err(Problem::new(Kind::Unsupported, reason, Some(place)))
            }
            other => Err(Problem::syntax(format!("{other:?} has no meaning here"), place)),
        }
    }

    fn repeat(&mut self, first: char, place: Place) -> Result<Repeat> {
        self.at += 1;
        if first != '{' {
            return Ok(Repeat { lark: first.to_string(), may_be_none: first != '+' });
        }
        let inside: String = std::iter::from_fn(|| self.next().filter(|&next| next != '}')).collect();
        let wrong = || Problem::syntax("use {n}, {n,}, {,m} or {n,m} with n ≤ m", place);
        let count = |digits: &str| digits.trim().parse::<u32>().map_err(|_| wrong());
        if self.characters.get(self.at - 1) != Some(&'}') {
            return Err(wrong());
        }
        let (least, most) = inside.split_once(',').unwrap_or((&inside, &inside));
        let least = if least.trim().is_empty() && !most.trim().is_empty() { 0 } else { count(least)? };
        let most = if most.trim().is_empty() { None } else { Some(count(most)?) };
        if most.is_some_and(|most| most < least) {
            return Err(wrong());
        }
        let most = most.map_or_else(String::new, |most| most.to_string());
        Ok(Repeat { lark: format!("{{{least},{most}}}"), may_be_none: least == 0 })
    }

    /// What stands between quotation marks.
    fn literal(&mut self, opened: Place) -> Result<What> {
        let mut characters = Vec::new();
        loop {
            let place = self.place();
            match self.next() {
                None => return Err(Problem::syntax("the quotation mark that opens here is not closed", opened)),
                Some('"') if characters.is_empty() => return Ok(What::Characters(vec!["\"\"".to_owned()])),
                Some('"') => return Ok(What::Characters(characters)),
                Some(character) => characters.push(format!("/{}/", point(self.one(character, place)?))),
            }
        }
    }

    /// What stands between brackets.
    fn class(&mut self, opened: Place) -> Result<String> {
        let mut class = String::from("/[");
        if self.peek() == Some('^') {
            self.at += 1;
            class.push('^');
        }
        let is_empty = |class: &str| !class.ends_with('}');
        loop {
            let place = self.place();
            match self.next() {
                None => return Err(Problem::syntax("the bracket that opens here is not closed", opened)),
                Some(']') if is_empty(&class) => {
                    return Err(Problem::syntax("no character stands in the brackets", opened));
                }
                Some(']') => return Ok(class + "]/"),
                Some(character) => {
                    let first = self.one(character, place)?;
                    class.push_str(&point(first));
                    let is_range =
                        self.peek() == Some('-') && self.characters.get(self.at + 1).is_some_and(|&next| next != ']');
                    if is_range {
                        self.at += 1;
                        let place = self.place();
                        let last = self.next().unwrap_or_default();
                        let last = self.one(last, place)?;
                        if last < first {
                            return Err(Problem::syntax(
                                format!("the range ends before it begins, {first:?} to {last:?}"),
                                place,
                            ));
                        }
                        class.push('-');
                        class.push_str(&point(last));
                    }
                }
            }
        }
    }

    /// A character, or what an escape stands for.
    fn one(&mut self, character: char, place: Place) -> Result<char> {
        if character != '\\' {
            return Ok(character);
        }
        match self.next() {
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('x') => self.hexadecimal(2, place),
            Some('u') => self.hexadecimal(4, place),
            Some('U') => self.hexadecimal(8, place),
            Some(other) if matches!(other, '"' | '\\' | '[' | ']' | '-' | '^') => Ok(other),
            Some(other) => Err(Problem::syntax(format!("\\{other} has no meaning here"), place)),
            None => Err(Problem::syntax("a character is missing after \\", place)),
        }
    }

    fn hexadecimal(&mut self, n_digits: usize, place: Place) -> Result<char> {
        let digits: String = self.characters.iter().skip(self.at).take(n_digits).collect();
        self.at += digits.chars().count();
        let is_whole = digits.len() == n_digits && digits.chars().all(|digit| digit.is_ascii_hexdigit());
        let character = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
        let wrong = || Problem::syntax(format!("{digits:?} is no character in {n_digits} hexadecimal digits"), place);
        character.filter(|_| is_whole).ok_or_else(wrong)
    }

    fn name(&mut self) -> String {
        std::iter::from_fn(|| {
            let next = self.peek().filter(|&next| is_in_name(next))?;
            self.at += 1;
            Some(next)
        })
        .collect()
    }

    /// Whether a name and `::=` come next.
    fn is_at_rule(&mut self) -> bool {
        let at = self.at;
        self.name();
        let defines = self.skips_defines();
        self.at = at;
        defines
    }

    fn skips_defines(&mut self) -> bool {
        self.skip();
        let is_next = self.characters[self.at..].starts_with(&[':', ':', '=']);
        self.at += if is_next { 3 } else { 0 };
        is_next
    }

    /// Passes over spaces and comments, and says where it is then.
    fn skip(&mut self) -> Place {
        while let Some(next) = self.peek() {
            match next {
                '#' => while self.next().is_some_and(|passed| passed != '\n') {},
                next if next.is_whitespace() => self.at += 1,
                _ => break,
            }
        }
        self.place()
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    fn place(&self) -> Place {
        let line = self.lines.partition_point(|&start| start <= self.at);
        Place { line, column: self.at - self.lines[line - 1] + 1 }
    }
}

fn is_in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

/// A character in a regular expression.
fn point(character: char) -> String {
    format!("\\u{{{:X}}}", u32::from(character))
}
