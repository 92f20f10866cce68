//! One step as a picture: tokens as bands, the most likely first, and how thick each band is after every stage. A few dozen numbers a stage,
//! however large the vocabulary.
//!
//! The full height is 1 where the model's own probabilities stand. A stage that changes logits shares the height that it got among the tokens
//! left, by their softmax. A stage that removes tokens loses their height, and the others stay as thick as they were. The last softmax makes
//! the full height 1 again. All this is read off the columns of a trace, whatever the stages are.
//!
//! Bands stand in one order, that after the last stage that reorders tokens: logit descending, then id ascending, a removed token by the last
//! logit that it had. A stage reorders where one token overtakes another; a division that makes two logits equal does not.
//! Cost: O(V) for each stage and each new order, and one softmax for each stage that changes logits. Test: tests/it/picture.rs.

use super::shown::Came;
use crate::{
    core::{
        error::Result,
        order::sort_by_key,
        token::TokenId,
        trace::{DrawTrace, StageTrace, StepTrace},
    },
    generate::sample::softmax,
    rows::scan,
    settings::{Arithmetic, SoftmaxOptions},
    stages::{Shows, StageName},
};

/// Which tokens have a band of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureOptions {
    /// So many of the most likely tokens.
    pub own_bands: usize,
    /// And these.
    pub named_ids: Vec<TokenId>,
}

impl Default for PictureOptions {
    fn default() -> Self {
        Self { own_bands: 60, named_ids: Vec::new() }
    }
}

/// The step to picture.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// What every stage did, and the draw.
    pub trace: &'a StepTrace,
    /// The stage that takes the most likely token, where one does.
    pub greedy: Option<StageName>,
    /// Whether the token of the trace counts as drawn.
    pub is_drawn: bool,
    /// The token that stands in the text instead.
    pub forced: Option<TokenId>,
}

/// V = vocabulary size, B = bands. Entropies are in bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// V.
    pub vocab_size: usize,
    /// (B) in rank order.
    pub bands: Vec<Band>,
    /// The model, then every stage that was on.
    pub stations: Vec<Station>,
    /// (B) after the last softmax; they sum to 1.
    pub probability: Vec<f32>,
    /// Tokens left to draw from.
    pub kept: u32,
    /// Entropy of what the token was drawn from.
    pub entropy: f64,
    /// What was drawn, if anything was.
    pub drawn: Option<DrawnBand>,
    /// What stands in the text instead of it.
    pub forced: Option<Place>,
}

/// Tokens next to each other in rank order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Rank of its first token, from 0.
    pub first: u32,
    /// How many tokens it holds.
    pub count: u32,
    /// What is known of its token, where it holds one token of its own; None for a band of the tail.
    pub own: Option<Own>,
}

/// The token of a band of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Own {
    /// The token.
    pub id: TokenId,
    /// Its logit as the model gave it.
    pub logit: f32,
    /// Its rank in the model's own order, from 0.
    pub model_rank: u32,
    /// Where its part of [0, 1) begins when the tokens left lie side by side in vocabulary order.
    pub start: f32,
}

/// The bands as one stage left them.
#[derive(Debug, Clone, PartialEq)]
pub struct Station {
    /// "model" or the stage's name.
    pub stage: &'static str,
    /// Whether the stage changes logits, and so the thickness of bands. False for one that only removes tokens.
    pub moves: bool,
    /// (B) heights, where the full height is 1.
    pub share: Vec<f32>,
    /// (B) tokens left.
    pub left: Vec<u32>,
    /// (B) the bands in the order in which they are stacked here, where that is not the order of the bands.
    pub order: Option<Vec<u32>>,
    /// (B) of every token that came to the stage, the number that it decides on or changes; NaN for the tail.
    pub shown: Vec<f32>,
    /// Sum of the heights.
    pub mass: f64,
    /// Tokens left.
    pub kept: u32,
    /// Tokens that this stage removed.
    pub removed: u32,
    /// The height that it removed.
    pub removed_mass: f64,
    /// The same as a part of the height that it got.
    pub removed_probability: f64,
    /// Entropy of what is left.
    pub entropy: f64,
}

/// Where a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The token.
    pub id: TokenId,
    /// Its band.
    pub band: u32,
    /// Its rank, from 0.
    pub rank: u32,
}

/// The token drawn, in vocabulary order and in rank order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DrawnBand {
    /// Where it stands.
    pub place: Place,
    /// Its probability.
    pub probability: f64,
    /// "coin", "race" or "greedy".
    pub kind: &'static str,
    /// The random number, where there was one.
    pub point: Option<Point>,
    /// Its part of [0, 1), all tokens laid side by side in rank order.
    pub rank_interval: (f64, f64),
}

/// The random number in both orders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// In [0, 1), over the tokens in vocabulary order.
    pub u: f64,
    /// The token's part of [0, 1) there.
    pub interval: (f64, f64),
    /// The same point in rank order: as far from the start of the token's part.
    pub v: f64,
}

/// Each band of the tail reaches so many times further down the ranks than the one before it.
const TAIL_GROWTH: f64 = 1.42;
/// A band of the tail reaches over so many ranks at least.
const LEAST_IN_TAIL: usize = 20;

impl Picture {
    /// The picture of one step.
    ///
    /// # Errors
    /// Those of [`softmax`], which a row that came through its stages does not meet.
    ///
    /// # Panics
    /// If a named or forced token is outside the vocabulary.
    pub fn of(scene: &Scene<'_>, options: &PictureOptions) -> Result<Self> {
        let trace = scene.trace;
        let rankings = Rankings::of(trace);
        let ranking = rankings.last();
        let drawn = scene.is_drawn.then(|| token_of(&trace.draw));
        let named = options.named_ids.iter().copied().chain(drawn).chain(scene.forced);
        let own_ranks = named.map(|id| ranking.rank(id)).collect();
        let spans = spans(trace.logits.len(), options.own_bands, own_ranks);
        let starts = starts(&trace.probabilities);
        let bands: Vec<Band> = spans.iter().map(|&span| band(span, &rankings, &trace.logits, &starts)).collect();
        let place = |id| Place { id, band: band_at(&bands, ranking.rank(id)), rank: word(ranking.rank(id)) };
        Ok(Self {
            vocab_size: trace.logits.len(),
            stations: stations(scene, &rankings, &bands)?,
            probability: sums(&bands, ranking, &trace.probabilities),
            kept: trace.kept,
            entropy: trace.entropy,
            drawn: drawn.map(|id| drawn_band(place(id), ranking, trace)),
            forced: scene.forced.map(place),
            bands,
        })
    }
}

/// An order of all tokens.
#[derive(Debug)]
struct Ranking {
    /// (V) by rank.
    ids: Vec<TokenId>,
    /// (V) by id.
    ranks: Vec<u32>,
}

impl Ranking {
    fn of(values: &[f32]) -> Self {
        let ids = scan::ranking(values);
        let mut ranks = vec![0; ids.len()];
        for (rank, &id) in (0..).zip(&ids) {
            ranks[id as usize] = rank;
        }
        Self { ids, ranks }
    }

    fn rank(&self, id: TokenId) -> usize {
        self.ranks[id as usize] as usize
    }

    /// Whether a token has overtaken one that ranks before it. Removed tokens stay where they are.
    fn is_broken_by(&self, values: &[f32]) -> bool {
        let left = self.ids.iter().map(|&id| values[id as usize]).filter(|&x| x > f32::NEG_INFINITY);
        !left.is_sorted_by(|before, after| before >= after)
    }

    fn ids_of(&self, band: &Band) -> &[TokenId] {
        &self.ids[band.first as usize..][..band.count as usize]
    }
}

/// The orders that the tokens take on their way.
#[derive(Debug)]
struct Rankings {
    /// The model's first; a new one after each stage that reorders.
    all: Vec<Ranking>,
    /// Which of them is in force at each station.
    at: Vec<usize>,
}

impl Rankings {
    fn of(trace: &StepTrace) -> Self {
        let mut last_logits = trace.logits.clone();
        let (mut all, mut at) = (vec![Ranking::of(&last_logits)], vec![0]);
        for StageTrace { values, .. } in &trace.stages {
            let left = last_logits.iter_mut().zip(values).filter(|(_, after)| **after > f32::NEG_INFINITY);
            left.for_each(|(last, &after)| *last = after);
            if all[all.len() - 1].is_broken_by(values) {
                all.push(Ranking::of(&last_logits));
            }
            at.push(all.len() - 1);
        }
        Self { all, at }
    }

    fn model(&self) -> &Ranking {
        &self.all[0]
    }

    fn last(&self) -> &Ranking {
        &self.all[self.all.len() - 1]
    }

    /// The stacking order of the bands in each of the orders; None where it is theirs. Tokens of the tail come apart in another order than the
    /// last, so a band stands where its middle token does.
    fn stacks(&self, bands: &[Band]) -> Vec<Option<Vec<u32>>> {
        let stack = |ranking: &Ranking| {
            let middle = |band: &Band| {
                let mut ranks: Vec<u64> = self.last().ids_of(band).iter().map(|&id| ranking.rank(id) as u64).collect();
                let middle = ranks.len() / 2;
                *ranks.select_nth_unstable(middle).1
            };
            let middles: Vec<u64> = bands.iter().map(middle).collect();
            let mut stack: Vec<u32> = (0..word(bands.len())).collect();
            sort_by_key(&mut stack, |&band| middles[band as usize]);
            Some(stack).filter(|stack| !stack.is_sorted())
        };
        let (_, before) = self.all.split_last().expect("the model's order is there");
        before.iter().map(stack).chain([None]).collect()
    }
}

/// Where bands begin and end: the first ranks and the given ones alone, the others in spans that grow down the ranks.
fn spans(vocab_size: usize, own_bands: usize, mut own_ranks: Vec<usize>) -> Vec<(usize, usize, bool)> {
    let n_first = own_bands.min(vocab_size);
    let mut spans: Vec<(usize, usize, bool)> = (0..n_first).map(|rank| (rank, rank + 1, true)).collect();
    sort_by_key(&mut own_ranks, |&rank| rank as u64);
    own_ranks.dedup();
    let mut own = own_ranks.into_iter().filter(|&rank| rank >= n_first).peekable();
    let mut start = n_first;
    while start < vocab_size {
        let end = end_of_span(start, vocab_size);
        let mut from = start;
        while let Some(rank) = own.next_if(|&rank| rank < end) {
            if from < rank {
                spans.push((from, rank, false));
            }
            spans.push((rank, rank + 1, true));
            from = rank + 1;
        }
        if from < end {
            spans.push((from, end, false));
        }
        start = end;
    }
    spans
}

/// The end of the tail's span from `start` on. The last one takes what would be too little for one more.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "ranks are far below 2^52"
)]
fn end_of_span(start: usize, vocab_size: usize) -> usize {
    let end = (start + LEAST_IN_TAIL).max((start as f64 * TAIL_GROWTH).round() as usize);
    if end + LEAST_IN_TAIL > vocab_size { vocab_size } else { end }
}

fn band((first, end, is_own): (usize, usize, bool), rankings: &Rankings, logits: &[f32], starts: &[f32]) -> Band {
    let id = rankings.last().ids[first];
    let model_rank = word(rankings.model().rank(id));
    let own = Own { id, logit: logits[id as usize], model_rank, start: starts[id as usize] };
    Band { first: word(first), count: word(end - first), own: is_own.then_some(own) }
}

/// (V) by id: where each token's part of [0, 1) begins.
fn starts(probabilities: &[f32]) -> Vec<f32> {
    let mut end = 0.0;
    let mut start = |&p: &f32| {
        let start = end;
        end += f64::from(p);
        single(start)
    };
    probabilities.iter().map(&mut start).collect()
}

/// The band that holds a rank.
fn band_at(bands: &[Band], rank: usize) -> u32 {
    word(bands.partition_point(|band| band.first as usize <= rank) - 1)
}

/// The sum of each band's values.
fn sums(bands: &[Band], ranking: &Ranking, values: &[f32]) -> Vec<f32> {
    let value = |&id: &TokenId| f64::from(values[id as usize]);
    bands.iter().map(|band| single(ranking.ids_of(band).iter().map(value).sum())).collect()
}

/// The tokens left on their way through the stages, and the height that they share.
struct Flow<'a> {
    bands: &'a [Band],
    ranking: &'a Ranking,
    /// Ranks of the tokens left, ascending.
    left: Vec<u32>,
    /// (V) by id: heights are in proportion to these.
    weights: Vec<f32>,
    /// Sum of the weights of the tokens left.
    total: f64,
    /// The height they share.
    mass: f64,
}

impl<'a> Flow<'a> {
    fn new(trace: &StepTrace, ranking: &'a Ranking, bands: &'a [Band]) -> Self {
        let is_left = |rank: &u32| trace.logits[ranking.ids[*rank as usize] as usize] > f32::NEG_INFINITY;
        let left = (0..word(trace.logits.len())).filter(is_left).collect();
        let mut flow = Self { bands, ranking, left, weights: trace.raw_probabilities.clone(), total: 0.0, mass: 1.0 };
        flow.total = flow.sum();
        flow
    }

    fn weight(&self, rank: u32) -> f64 {
        f64::from(self.weights[self.ranking.ids[rank as usize] as usize])
    }

    fn sum(&self) -> f64 {
        self.left.iter().map(|&rank| self.weight(rank)).sum()
    }

    /// Loses the tokens that do not stay. Returns how many, and their height.
    fn remove(&mut self, stays: impl Fn(TokenId) -> bool) -> (u32, f64) {
        let (n, mass) = (self.left.len(), self.mass);
        self.left.retain(|&rank| stays(self.ranking.ids[rank as usize]));
        if self.left.len() < n {
            let total = self.sum();
            self.mass *= if self.total > 0.0 { total / self.total } else { 1.0 };
            self.total = total;
        }
        (word(n - self.left.len()), mass - self.mass)
    }

    /// Shares the height among the tokens left by other logits.
    fn share_anew(&mut self, values: &[f32]) -> Result<()> {
        let options = SoftmaxOptions { temperature: 1.0, batch: 1, arithmetic: Arithmetic::Engine };
        self.weights = softmax(&mut values.to_vec(), options)?;
        self.total = self.sum();
        Ok(())
    }

    /// The tokens as they come to the next stage.
    fn came<'f>(&'f self, logits: &'f [f32], ranking: &'f Ranking) -> Came<'f> {
        Came { logits, weights: &self.weights, total: self.total, ranked: &ranking.ids }
    }

    /// What stands here after a stage that removed `(tokens, height)`.
    fn station(&self, stage: &'static str, moves: bool, (removed, removed_mass): (u32, f64), entropy: f64) -> Station {
        let mut heights = vec![0.0; self.bands.len()];
        let mut left = vec![0; self.bands.len()];
        let height = if self.total > 0.0 { self.mass / self.total } else { 0.0 };
        let mut at = 0;
        for &rank in &self.left {
            while rank >= self.bands[at].first + self.bands[at].count {
                at += 1;
            }
            heights[at] += self.weight(rank) * height;
            left[at] += 1;
        }
        let before = self.mass + removed_mass;
        Station {
            stage,
            moves,
            share: heights.into_iter().map(single).collect(),
            left,
            order: None,
            shown: Vec::new(),
            mass: self.mass,
            kept: word(self.left.len()),
            removed,
            removed_mass,
            removed_probability: if before > 0.0 { removed_mass / before } else { 0.0 },
            entropy,
        }
    }
}

/// The number that a stage decides on or changes.
fn shows(stage: &str) -> Shows {
    StageName::parse(stage).map_or(Shows::Probability, |name| name.spec().shows)
}

/// The model and every stage, in the order in which they were done. The stage that takes the most likely token does so after all others.
fn stations(scene: &Scene<'_>, rankings: &Rankings, bands: &[Band]) -> Result<Vec<Station>> {
    let trace = scene.trace;
    let mut flow = Flow::new(trace, rankings.last(), bands);
    let own: Vec<Option<TokenId>> = bands.iter().map(|band| band.own.map(|own| own.id)).collect();
    let mut stations = vec![flow.station("model", true, (0, 0.0), trace.raw_entropy)];
    stations[0].shown = flow.came(&trace.logits, rankings.model()).shown(Shows::Logit, &trace.logits, &own);
    let mut before = &trace.logits;
    for (stage, &ranking) in trace.stages.iter().zip(&rankings.at) {
        let after = &stage.values;
        let shows = shows(stage.stage);
        let decided_on = flow.came(before, &rankings.all[ranking]).shown(shows, after, &own);
        let lost = flow.remove(|id| after[id as usize] > f32::NEG_INFINITY);
        let has_moved = before.iter().zip(after).any(|(before, &after)| after > f32::NEG_INFINITY && *before != after);
        if has_moved {
            flow.share_anew(after)?;
        }
        // A stage that changes logits, but none that is left here, and removes nothing either, is still one that changes logits.
        let is_filter = StageName::parse(stage.stage).is_some_and(|name| name.spec().filter);
        let moves = has_moved || (!is_filter && lost.0 == 0);
        let mut station = flow.station(stage.stage, moves, lost, stage.entropy_after);
        // A probability is shown as the stage leaves it.
        let is_left_as = shows == Shows::Probability;
        station.shown =
            if is_left_as { flow.came(after, rankings.last()).shown(shows, after, &own) } else { decided_on };
        stations.push(station);
        before = after;
    }
    let stacks = rankings.stacks(bands);
    for (station, &ranking) in stations.iter_mut().zip(&rankings.at) {
        station.order.clone_from(&stacks[ranking]);
    }
    if let Some(stage) = scene.greedy {
        let taken = token_of(&trace.draw);
        let decided_on = flow.came(before, rankings.last()).shown(stage.spec().shows, before, &own);
        let lost = flow.remove(|id| id == taken);
        stations.push(Station { shown: decided_on, ..flow.station(stage.as_str(), false, lost, 0.0) });
    }
    Ok(stations)
}

fn drawn_band(place: Place, ranking: &Ranking, trace: &StepTrace) -> DrawnBand {
    let (kind, probability, coin) = match trace.draw {
        DrawTrace::Greedy { probability, .. } => ("greedy", probability, None),
        DrawTrace::Race { probability, .. } => ("race", probability, None),
        DrawTrace::Coin { probability, position, interval, .. } => ("coin", probability, Some((position, interval))),
    };
    let sum = |ids: &[TokenId]| ids.iter().fold(0.0, |sum, &id| sum + f64::from(trace.probabilities[id as usize]));
    // Rounded to f32, the probabilities do not add up to 1.
    let start = sum(&ranking.ids[..place.rank as usize]) / sum(&ranking.ids);
    let end = (start + probability).min(1.0);
    let point = coin.map(|(position, interval)| {
        let u = below_1(position);
        Point { u, interval, v: below_1(start + (u - interval.0).clamp(0.0, end - start)) }
    });
    DrawnBand { place, probability, kind, point, rank_interval: (start, end) }
}

/// The next smaller number in place of 1.
fn below_1(x: f64) -> f64 {
    x.min(1.0 - f64::EPSILON / 2.0)
}

fn token_of(draw: &DrawTrace) -> TokenId {
    match *draw {
        DrawTrace::Greedy { token, .. } | DrawTrace::Coin { token, .. } | DrawTrace::Race { token, .. } => token,
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a rank, a band or a count of tokens is a u32")]
fn word(n: usize) -> u32 {
    n as u32
}

#[allow(clippy::cast_possible_truncation, reason = "shown in f32")]
fn single(x: f64) -> f32 {
    x as f32
}
