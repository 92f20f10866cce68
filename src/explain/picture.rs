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

use std::rc::Rc;

use super::shown::Came;
use crate::{
    core::{
        error::Result,
        token::TokenId,
        trace::{DrawTrace, StageTrace, StepTrace},
    },
    generate::sample::softmax,
    lanes::{LaneSum, Lanes, Native, WIDTH},
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
    /// The same in bits: −log2 of the part that is left.
    pub removed_bits: f64,
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
const LEAST_IN_TAIL: u32 = 20;

impl Picture {
    /// The picture of one step. `last` knows the order of the logits that were pictured last.
    ///
    /// # Errors
    /// Those of [`softmax`], which a row that came through its stages does not meet.
    ///
    /// # Panics
    /// If a named or forced token is outside the vocabulary.
    pub fn of(scene: &Scene<'_>, options: &PictureOptions, last: &mut LastRanking) -> Result<Self> {
        let trace = scene.trace;
        let (rankings, moved) = Rankings::of(trace, last);
        let ranking = rankings.last();
        let drawn = scene.is_drawn.then(|| token_of(&trace.draw));
        let named = options.named_ids.iter().copied().chain(drawn).chain(scene.forced);
        let own_ranks = named.map(|id| ranking.ranks[id as usize].into()).collect();
        let mut bands = bands(&rankings, &trace.logits, options.own_bands, own_ranks);
        find_starts(&mut bands, &trace.probabilities);
        let place = |id| {
            let rank = ranking.ranks[id as usize];
            Place { id, band: word(bands.partition_point(|band| band.first <= rank) - 1), rank }
        };
        let mut flow = Flow::new(trace, ranking, &bands);
        let stations = stations(scene, &rankings, moved, &mut flow)?;
        flow.weights = ranking.sorted(&trace.probabilities);
        flow.weigh();
        Ok(Self {
            vocab_size: trace.logits.len(),
            stations,
            probability: flow.sums.iter().copied().map(single).collect(),
            kept: trace.kept,
            entropy: trace.entropy,
            drawn: drawn.map(|id| drawn_band(place(id), &flow.sums, &trace.draw)),
            forced: scene.forced.map(place),
            bands,
        })
    }
}

/// An order of all tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
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

    /// (V) by id → (V) by rank.
    fn sorted(&self, values: &[f32]) -> Vec<f32> {
        self.ids.iter().map(|&id| values[id as usize]).collect()
    }

    fn ids_of(&self, band: &Band) -> &[TokenId] {
        &self.ids[band.first as usize..][..band.count as usize]
    }
}

/// The model's logits that were pictured last, with their order: while a slider is dragged they stay the same.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LastRanking(Option<(Vec<f32>, Rc<Ranking>)>);

impl LastRanking {
    fn of(&mut self, logits: &[f32]) -> Rc<Ranking> {
        match &self.0 {
            Some((known, ranking)) if scan::is_same::<Native>(known, logits) => ranking.clone(),
            _ => {
                let ranking = Rc::new(Ranking::of(logits));
                self.0 = Some((logits.to_vec(), ranking.clone()));
                ranking
            }
        }
    }
}

/// The orders that the tokens take on their way.
#[derive(Debug)]
struct Rankings {
    /// The model's first; a new one after each stage that reorders.
    all: Vec<Rc<Ranking>>,
    /// Which of them is in force at each station.
    at: Vec<usize>,
}

/// Of each stage: (V) the logits that it changed, in the order in force behind it.
type Moved = Vec<Option<Vec<f32>>>;

impl Rankings {
    fn of(trace: &StepTrace, last: &mut LastRanking) -> (Self, Moved) {
        let (mut all, mut at, mut moved) = (vec![last.of(&trace.logits)], vec![0], Vec::new());
        for (n, StageTrace { values, moves, .. }) in (1..).zip(&trace.stages) {
            let mut sorted = moves.then(|| all[all.len() - 1].sorted(values));
            if sorted.as_deref().is_some_and(is_broken) {
                let ranking = Rc::new(Ranking::of(&last_logits(trace, n)));
                sorted = Some(ranking.sorted(values));
                all.push(ranking);
            }
            at.push(all.len() - 1);
            moved.push(sorted);
        }
        (Self { all, at }, moved)
    }

    fn last(&self) -> &Ranking {
        &self.all[self.all.len() - 1]
    }

    /// The stacking order of the bands in each of the orders; None where it is theirs. Tokens of the tail come apart in another order than the
    /// last, so a band stands where its middle token does.
    fn stacks(&self, bands: &[Band]) -> Vec<Option<Vec<u32>>> {
        let stack = |ranking: &Rc<Ranking>| {
            let middle = |band: &Band| {
                let ids = self.last().ids_of(band);
                let mut ranks: Vec<u64> = ids.iter().map(|&id| ranking.ranks[id as usize].into()).collect();
                let middle = ranks.len() / 2;
                *ranks.select_nth_unstable(middle).1
            };
            let mut middles: Vec<u64> = (0..).zip(bands).map(|(ix, band): (u64, _)| middle(band) << 32 | ix).collect();
            middles.sort_unstable();
            let stack: Vec<u32> = middles.into_iter().map(|middle| word(scan::position(middle))).collect();
            Some(stack).filter(|stack| !stack.is_sorted())
        };
        let (_, before) = self.all.split_last().expect("the model's order is there");
        before.iter().map(stack).chain([None]).collect()
    }
}

/// Whether a token has overtaken one that ranks before it, by the logits in rank order. Removed tokens stay where they are.
fn is_broken(sorted: &[f32]) -> bool {
    if scan::descends::<Native>(sorted) {
        return false;
    }
    let left = sorted.iter().filter(|&&x| x > f32::NEG_INFINITY);
    !left.is_sorted_by(|before, after| before >= after)
}

/// The last logit that each token had in the first `n` stages.
fn last_logits(trace: &StepTrace, n: usize) -> Vec<f32> {
    let mut logits = trace.logits.clone();
    for StageTrace { values, .. } in &trace.stages[..n] {
        for (logit, &value) in logits.iter_mut().zip(values) {
            *logit = if value > f32::NEG_INFINITY { value } else { *logit };
        }
    }
    logits
}

/// The first ranks and the given ones alone, the others in bands that grow down the ranks.
fn bands(rankings: &Rankings, logits: &[f32], own_bands: usize, mut own_ranks: Vec<u64>) -> Vec<Band> {
    let (vocab_size, n_first) = (word(logits.len()), word(own_bands.min(logits.len())));
    let own = |rank: u32| {
        let id = rankings.last().ids[rank as usize];
        let own = Own { id, logit: logits[id as usize], model_rank: rankings.all[0].ranks[id as usize], start: 0.0 };
        Band { first: rank, count: 1, own: Some(own) }
    };
    let mut bands: Vec<Band> = (0..n_first).map(own).collect();
    own_ranks.sort_unstable();
    own_ranks.dedup();
    let (mut first, mut end) = (n_first, end_of_band(n_first, vocab_size));
    let mut close = |bands: &mut Vec<Band>, to: u32| {
        while first < to {
            let count = end.min(to) - first;
            bands.push(Band { first, count, own: None });
            first += count;
            if first == end {
                end = end_of_band(end, vocab_size);
            }
        }
        // What stands alone takes a rank of the band that it stands in.
        first = to + 1;
        if first >= end {
            end = end_of_band(end, vocab_size);
        }
    };
    for rank in own_ranks.into_iter().map(scan::position).map(word).filter(|&rank| rank >= n_first) {
        close(&mut bands, rank);
        bands.push(own(rank));
    }
    close(&mut bands, vocab_size);
    bands
}

/// Finds where the parts of the tokens with a band of their own begin: those of all lower ids, added up.
fn find_starts(bands: &mut [Band], probabilities: &[f32]) {
    let own = (0..).zip(bands.iter()).filter_map(|(ix, band): (u64, _)| Some(u64::from(band.own?.id) << 32 | ix));
    let mut by_id: Vec<u64> = own.collect();
    by_id.sort_unstable();
    let (mut from, mut start) = (0, 0.0);
    for place in by_id {
        let Some(own) = &mut bands[scan::position(place)].own else { continue };
        let to = own.id as usize;
        start += sum::<Native>(&probabilities[from..to]);
        (from, own.start) = (to, single(start));
    }
}

/// The end of the tail's band from `first` on. The last one takes what would be too little for one more.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank times 1.42, rounded, is a u64")]
fn end_of_band(first: u32, vocab_size: u32) -> u32 {
    let end = u64::from(first + LEAST_IN_TAIL).max((f64::from(first) * TAIL_GROWTH).round() as u64);
    if end + u64::from(LEAST_IN_TAIL) > u64::from(vocab_size) { vocab_size } else { end as u32 }
}

/// The sum, in f64.
fn sum<L: Lanes>(weights: &[f32]) -> f64 {
    let (vectors, rest) = weights.as_chunks::<WIDTH>();
    let sum = vectors.iter().fold(L::Sum::zero(), |sum, x| sum.add(L::load(x))).total();
    rest.iter().fold(sum, |sum, &weight| sum + f64::from(weight))
}

/// The tokens left on their way through the stages, and the height that they share.
struct Flow<'a> {
    bands: &'a [Band],
    /// (B) the token of a band of its own.
    own: Vec<Option<TokenId>>,
    ranking: &'a Ranking,
    /// (V) by rank: whether the token has gone.
    gone: Vec<bool>,
    n_left: usize,
    /// (V) by rank: heights are in proportion to these. 0 of a token that has gone.
    weights: Vec<f32>,
    /// (B) the weights of the tokens left.
    sums: Vec<f64>,
    /// (B) how many those are.
    counts: Vec<u32>,
    /// The height of a weight of 1. A stage that removes tokens leaves it, so the others stay as thick as they were.
    height: f64,
    /// The height that all tokens left share.
    mass: f64,
}

impl<'a> Flow<'a> {
    fn new(trace: &StepTrace, ranking: &'a Ranking, bands: &'a [Band]) -> Self {
        let own = bands.iter().map(|band| band.own.map(|own| own.id)).collect();
        let (weights, gone) = (ranking.sorted(&trace.raw_probabilities), vec![false; ranking.ids.len()]);
        let (n_left, sums, counts) = (gone.len(), vec![], vec![]);
        let mut flow = Self { bands, own, ranking, gone, n_left, weights, sums, counts, height: 0.0, mass: 1.0 };
        let masked = (0..).zip(&trace.logits).filter(|(_, x)| **x == f32::NEG_INFINITY);
        flow.lose(masked.map(|(id, _)| id));
        flow.height = flow.mass / flow.weigh();
        flow
    }

    /// Marks these tokens as gone.
    fn lose(&mut self, removed: impl Iterator<Item = TokenId>) {
        for id in removed {
            let rank = self.ranking.ranks[id as usize] as usize;
            self.n_left -= usize::from(!std::mem::replace(&mut self.gone[rank], true));
            self.weights[rank] = 0.0;
        }
    }

    /// Adds up the weights of the tokens left, band by band. Returns the sum of all.
    fn weigh(&mut self) -> f64 {
        let is_whole = self.n_left == self.gone.len();
        let of_band = |band: &Band| {
            let ranks = band.first as usize..(band.first + band.count) as usize;
            let n_gone = if is_whole { 0 } else { self.gone[ranks.clone()].iter().filter(|&&gone| gone).count() };
            (sum::<Native>(&self.weights[ranks]), band.count - word(n_gone))
        };
        (self.sums, self.counts) = self.bands.iter().map(of_band).unzip();
        self.sums.iter().sum()
    }

    /// Loses these tokens. Returns how many of them were left, and their height.
    fn remove(&mut self, removed: impl Iterator<Item = TokenId>) -> (u32, f64) {
        let (n, mass) = (self.n_left, self.mass);
        self.lose(removed);
        if n == self.n_left {
            return NOTHING;
        }
        let removed_mass = mass - (self.height * self.weigh()).min(mass);
        self.mass = mass - removed_mass;
        (word(n - self.n_left), removed_mass)
    }

    /// Shares the height among the tokens left by other logits, (V) by rank.
    fn share_anew(&mut self, mut sorted: Vec<f32>) -> Result<()> {
        let options = SoftmaxOptions { temperature: 1.0, batch: 1, arithmetic: Arithmetic::Engine };
        self.weights = softmax(&mut sorted, options)?;
        self.height = self.mass / self.weigh();
        Ok(())
    }

    /// The tokens as they come to the next stage, in the order that is in force.
    fn came<'f>(&'f self, logits: &'f [f32], ranking: &'f Ranking) -> Came<'f> {
        let order = (!std::ptr::eq(ranking, self.ranking)).then_some(ranking.ids.as_slice());
        let Self { own, weights, sums, counts, ranking: Ranking { ranks, .. }, .. } = self;
        Came { own, logits, weights, ranks, sums, counts, order }
    }

    /// What stands here after a stage that removed `(tokens, height)`.
    fn station(&self, stage: &'static str, moves: bool, (removed, removed_mass): (u32, f64), entropy: f64) -> Station {
        let before = self.mass + removed_mass;
        Station {
            stage,
            moves,
            share: self.sums.iter().map(|sum| single(sum * self.height)).collect(),
            left: self.counts.clone(),
            order: None,
            shown: Vec::new(),
            mass: self.mass,
            kept: word(self.n_left),
            removed,
            removed_mass,
            removed_probability: if before > 0.0 { removed_mass / before } else { 0.0 },
            removed_bits: if removed_mass > 0.0 { -libm::log2(self.mass / before) } else { 0.0 },
            entropy,
        }
    }
}

/// The model and every stage, in the order in which they were done. The stage that takes the most likely token does so after all others.
fn stations(scene: &Scene<'_>, rankings: &Rankings, moved: Moved, flow: &mut Flow<'_>) -> Result<Vec<Station>> {
    let trace = scene.trace;
    let mut stations = vec![flow.station("model", true, NOTHING, trace.raw_entropy)];
    let mut before = &trace.logits;
    stations[0].shown = flow.came(before, &rankings.all[0]).shown(Shows::Logit, before);
    for ((stage, &ranking), moved) in trace.stages.iter().zip(&rankings.at).zip(moved) {
        let after = &stage.values;
        let spec = StageName::parse(stage.stage).expect("a trace names stages that there are").spec();
        let decided_on = flow.came(before, &rankings.all[ranking]).shown(spec.shows, after);
        let lost = flow.remove(stage.removed.iter().copied());
        if let Some(sorted) = moved {
            let is_last = ranking + 1 == rankings.all.len();
            flow.share_anew(if is_last { sorted } else { rankings.last().sorted(after) })?;
        }
        // A stage that changes logits, but none that is left here, and removes nothing either, is still one that changes logits.
        let moves = stage.moves || (!spec.filter && stage.removed.is_empty());
        let mut station = flow.station(stage.stage, moves, lost, stage.entropy_after);
        // A probability is shown as the stage leaves it.
        let is_left_as = spec.shows == Shows::Probability;
        station.shown =
            if is_left_as { flow.came(after, rankings.last()).shown(spec.shows, after) } else { decided_on };
        stations.push(station);
        before = after;
    }
    let stacks = rankings.stacks(flow.bands);
    for (station, &ranking) in stations.iter_mut().zip(&rankings.at) {
        station.order.clone_from(&stacks[ranking]);
    }
    if let Some(stage) = scene.greedy {
        let taken = token_of(&trace.draw);
        let decided_on = flow.came(before, rankings.last()).shown(stage.spec().shows, before);
        let lost = flow.remove((0..word(trace.logits.len())).filter(|&id| id != taken));
        stations.push(Station { shown: decided_on, ..flow.station(stage.as_str(), false, lost, 0.0) });
    }
    Ok(stations)
}

/// No token removed, and no height.
const NOTHING: (u32, f64) = (0, 0.0);

/// `sums`: (B) the probabilities. Rounded to f32, they do not add up to 1.
fn drawn_band(place: Place, sums: &[f64], draw: &DrawTrace) -> DrawnBand {
    let (kind, probability, coin) = match *draw {
        DrawTrace::Greedy { probability, .. } => ("greedy", probability, None),
        DrawTrace::Race { probability, .. } => ("race", probability, None),
        DrawTrace::Coin { probability, position, interval, .. } => ("coin", probability, Some((position, interval))),
    };
    let sum = |sums: &[f64]| sums.iter().fold(0.0, |sum, x| sum + x);
    let start = sum(&sums[..place.band as usize]) / sum(sums);
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
