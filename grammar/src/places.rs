//! Places in texts that were asked for lately, each with its parser: the next token is most often asked for where the last one was.

use llguidance::{TokenParser, api::StopReason};

use crate::{Next, Refused, expected, problem::Problem};

/// Places that are kept: a batch has as many rows, and a page goes to and fro in its text.
const N_PLACES: usize = 32;

pub(crate) struct Places {
    /// Before the first token.
    fresh: TokenParser,
    /// The one asked for last is the last.
    kept: Vec<Place>,
}

struct Place {
    parser: TokenParser,
    output: Vec<u32>,
    next: Option<Next>,
}

impl std::fmt::Debug for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Places").field("kept", &self.kept.len()).finish_non_exhaustive()
    }
}

impl Places {
    pub(crate) fn new(mut fresh: TokenParser) -> Self {
        fresh.start_without_prompt();
        Self { fresh, kept: Vec::new() }
    }

    pub(crate) fn next(&mut self, output: &[u32]) -> Result<&Next, Refused> {
        let place = self.at(output)?;
        if place.next.is_none() {
            place.next = Some(place.look()?);
        }
        Ok(place.next.as_ref().expect("it was just looked at"))
    }

    pub(crate) fn expected(&mut self, output: &[u32]) -> Result<String, Refused> {
        let next = self.next(output)?.clone();
        Ok(expected::in_words(&mut self.at(output)?.parser.clone(), &next))
    }

    /// The place after `output`: of those that lie on the way to it the last, or the beginning, moved on to it.
    fn at(&mut self, output: &[u32]) -> Result<&mut Place, Refused> {
        let on_the_way = self.kept.iter().enumerate().filter(|(_, place)| output.starts_with(&place.output));
        let nearest = on_the_way.max_by_key(|(_, place)| place.output.len()).map(|(ix, _)| ix);
        let mut place = match nearest {
            Some(ix) => self.kept.remove(ix),
            None => Place { parser: self.fresh.clone(), output: Vec::new(), next: None },
        };
        place.go_to(output)?;
        if self.kept.len() == N_PLACES {
            self.kept.remove(0);
        }
        self.kept.push(place);
        Ok(self.kept.last_mut().expect("a place was just added"))
    }
}

impl Place {
    /// Takes the parser through the rest of `output`, which begins with this place's. A refused token leaves the parser unusable, so it is
    /// asked before.
    fn go_to(&mut self, output: &[u32]) -> Result<(), Refused> {
        for (position, &token) in output.iter().enumerate().skip(self.output.len()) {
            if self.parser.stopped() || self.parser.validate_tokens_raw(&[token]).map_err(too_much)? == 0 {
                return Err(Refused::Token(position));
            }
            self.parser.consume_token(token).map_err(too_much)?;
            self.parser.check_stop().map_err(too_much)?;
            self.output.push(token);
            self.next = None;
        }
        Ok(())
    }

    /// One mask of the parser. Its last bit is the extra token that stands for the end.
    fn look(&mut self) -> Result<Next, Refused> {
        let n_tokens = self.parser.token_env.tok_trie().vocab_size() - 1;
        let n_words = n_tokens.div_ceil(32);
        if self.parser.stopped() || self.parser.check_stop().map_err(too_much)? {
            return Ok(Next { words: vec![0; n_words], may_end: true });
        }
        let mask = match self.parser.compute_mask() {
            Ok(mask) => mask,
            // No token goes on from here, which the parser calls an error, too.
            Err(_) if matches!(self.parser.stop_reason(), StopReason::NoExtension | StopReason::NoExtensionBias) => {
                return Ok(Next { words: vec![0; n_words], may_end: false });
            }
            Err(error) => return Err(too_much(error)),
        };
        let mut words = mask.as_slice()[..n_words].to_vec();
        let may_end = mask.get(n_tokens);
        if !n_tokens.is_multiple_of(32) {
            words[n_words - 1] &= (1 << (n_tokens % 32)) - 1;
        }
        Ok(Next { words, may_end })
    }
}

fn too_much(error: impl std::fmt::Display) -> Refused {
    Refused::Problem(Problem::of_work(&error.to_string()))
}
