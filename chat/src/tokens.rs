//! A look at a template's tokens before it is compiled.
//!
//! * `{% generation %}` is transformers' own tag: its body is rendered as it stands, with names of its own, as in `{% with %}`.
//! * minijinja bounds how deep tags and brackets nest, but not `not not …`, `a + a + …` and `{% elif %}` after `{% elif %}`, whose trees are as
//!   deep as they are long. Here they are counted.

use std::borrow::Cow;

use minijinja::{
    machinery::{Token, tokenize},
    syntax::SyntaxConfig,
};

use crate::{Error, MOST_SIGNS, Result};

/// The template as minijinja takes it.
///
/// # Errors
/// If an expression or a row of branches is over the limit.
pub(crate) fn prepare(template: &str, syntax: SyntaxConfig) -> Result<Cow<'_, str>> {
    let replaced = look_through(template, syntax)?;
    if replaced.is_empty() {
        return Ok(Cow::Borrowed(template));
    }
    let (mut prepared, mut end) = (String::with_capacity(template.len()), 0);
    for (start, length, word) in replaced {
        prepared += &template[end..start];
        prepared += word;
        end = start + length;
    }
    Ok(Cow::Owned(prepared + &template[end..]))
}

/// Where other words belong: the first byte, the length, the word.
type Replaced = (usize, usize, &'static str);

fn look_through(template: &str, syntax: SyntaxConfig) -> Result<Vec<Replaced>> {
    let mut replaced = Vec::new();
    let (mut n_signs, mut n_branches, mut begins) = (0, 0, false);
    // What is no token stops the look here, and is told when it is compiled.
    for (token, span) in tokenize(template, false, syntax).map_while(std::result::Result::ok) {
        let (start, line) = (span.start_offset as usize, usize::from(span.start_line));
        match token {
            Token::BlockStart | Token::VariableStart => n_signs = 0,
            Token::Ident(word @ "generation") if begins => replaced.push((start, word.len(), "with")),
            Token::Ident(word @ "endgeneration") if begins => replaced.push((start, word.len(), "endwith")),
            Token::Ident("elif") if begins => count("branches", &mut n_branches, "of elif in a template", line)?,
            _ if nests(&token) => count("signs", &mut n_signs, "operators in a tag", line)?,
            _ => {}
        }
        begins = matches!(token, Token::BlockStart);
    }
    Ok(replaced)
}

fn count(name: &'static str, n: &mut usize, unit: &'static str, line: usize) -> Result<()> {
    *n += 1;
    if *n <= MOST_SIGNS {
        return Ok(());
    }
    Err(Error::Limit { name, found: None, most: MOST_SIGNS as u64, unit, line: Some(line) })
}

/// Whether it makes the tree of an expression deeper.
fn nests(token: &Token) -> bool {
    match token {
        Token::Ident(word) => matches!(*word, "not" | "and" | "or" | "in" | "is" | "if"),
        Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::FloorDiv | Token::Pow | Token::Mod => true,
        Token::Dot | Token::Tilde | Token::Pipe | Token::BracketOpen | Token::ParenOpen => true,
        Token::Eq | Token::Ne | Token::Gt | Token::Gte | Token::Lt | Token::Lte => true,
        _ => false,
    }
}
