//! Many draws of one row: its stages once, and a search in what they left for each draw. The tokens are those that as many steps draw.

use super::{
    CpuBackend,
    draw::{self, winner},
    run_stages,
};
use crate::{
    backend::Row,
    core::{
        error::{Error, Result},
        token::TokenId,
    },
    lanes::Lanes,
    rng::Draw,
    rows::{RowState, softmax::scaled, torch},
};

/// What the stages left of a row, to be drawn from as often as one likes.
#[derive(Debug, Clone, PartialEq)]
pub struct Remainder {
    /// The tokens left, ascending.
    pub ids: Vec<TokenId>,
    vocab_size: usize,
    odds: Odds,
}

/// How likely they are.
#[derive(Debug, Clone, PartialEq)]
enum Odds {
    /// Greedy: there is one.
    Sure,
    /// Integer masses, summed up in id order.
    Masses(Vec<u64>),
    /// PyTorch's probabilities.
    Race(Vec<f32>),
}

impl<L: Lanes> CpuBackend<L> {
    /// Takes row number `ix` through its stages. The draw of `row` says which kind of randomness is to come; `x` is scratch space, as in a step.
    ///
    /// # Errors
    /// As [`step`](crate::backend::Backend::step).
    pub fn remainder(&mut self, ix: usize, x: &mut [f32], row: &Row<'_>) -> Result<Remainder> {
        let vocab_size = x.len();
        let mut state = RowState::new(ix, x, &mut self.scratch);
        run_stages::<L>(&mut state, row, &mut |_, _| {})?;
        if row.plan.greedy {
            return Ok(Remainder { ids: vec![draw::greedy::<L>(&mut state)?.token], vocab_size, odds: Odds::Sure });
        }
        if state.list().is_none() {
            state.keep_where::<L>(&|_| true)?;
        }
        let odds = if matches!(row.draw, Draw::Race(_)) {
            let (ids, values) = state.list().expect("a list was made above");
            let mut probabilities = Vec::new();
            torch::softmax_of_list(ids.iter().map(|&id| id as usize), values, vocab_size, &mut probabilities);
            Odds::Race(probabilities)
        } else {
            let add = |sum: &mut u64, &mass: &u32| {
                *sum += u64::from(mass);
                Some(*sum)
            };
            Odds::Masses(state.list_masses::<L>()?.iter().scan(0, add).collect())
        };
        let (ids, _) = state.list().expect("a list was made above");
        Ok(Remainder { ids: ids.to_vec(), vocab_size, odds })
    }
}

impl Remainder {
    /// Draws one of the tokens.
    ///
    /// # Errors
    /// `InvalidSetting` for another kind of randomness than the row was prepared for.
    pub fn draw(&self, draw: Draw<'_>) -> Result<TokenId> {
        match (&self.odds, draw) {
            (Odds::Sure, _) => Ok(self.ids[0]),
            (Odds::Masses(sums), Draw::Coin(coin)) => {
                let r = scaled(total(sums), coin);
                Ok(self.ids[sums.partition_point(|&sum| sum <= r)])
            }
            (Odds::Race(probabilities), Draw::Race(noise)) => Ok(winner(&self.ids, probabilities, noise).token),
            _ => Err(Error::invalid("draw", "of another kind", "a row is drawn as it was prepared")),
        }
    }

    /// (V) the probability of every token.
    #[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
    pub fn probabilities(&self) -> Vec<f32> {
        let mut all = vec![0.0; self.vocab_size];
        let mut before = 0;
        for (ix, &id) in self.ids.iter().enumerate() {
            all[id as usize] = match &self.odds {
                Odds::Sure => 1.0,
                Odds::Masses(sums) => {
                    let mass = sums[ix] - std::mem::replace(&mut before, sums[ix]);
                    draw::share_of(mass, total(sums)) as f32
                }
                Odds::Race(probabilities) => probabilities[ix],
            };
        }
        all
    }
}

fn total(sums: &[u64]) -> u64 {
    *sums.last().expect("a token is left")
}
