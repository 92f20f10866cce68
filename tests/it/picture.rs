//! A picture is what its trace says: every number in it against one computed token by token in f64, for rows and plans of every kind. And a
//! context that was explained last is not read again.

use std::cell::Cell;

use logitlab::{
    backend::Backend,
    cpu::CpuBackend,
    error::Error,
    explain::{Explanation, LastContext, Question, Wants, explain},
    model::{GivenLogits, LanguageModel, TinyBigram},
    picture::{Picture, PictureOptions, Place},
    plan::{Penalties, Stage},
    rng::{Generator, RngKind},
    settings::{GenerateSettings, LoopSettings, Settings},
    stages::{Bias, Temperature, TopK, TopP},
    token::TokenId,
    trace::{DrawTrace, StepTrace},
};

use crate::support::{
    block_on,
    inputs::{FAMILIES, Family, SplitMix, random_plan, row},
    oracle,
};

/// How far a height in f32, or one by the engine's own softmax, may be off.
const NEAR: f64 = 2e-6;

/// One picture, and what it was made of.
struct Seen {
    trace: StepTrace,
    picture: Picture,
    options: PictureOptions,
    is_greedy: bool,
    what: String,
}

struct Asked {
    logits: Vec<f32>,
    settings: GenerateSettings,
    prompt: Vec<TokenId>,
    output: Vec<TokenId>,
    options: PictureOptions,
    rng: RngKind,
    is_drawn: bool,
}

impl Asked {
    fn of(logits: Vec<f32>, sampling: Settings) -> Self {
        let settings = GenerateSettings { sampling, run: LoopSettings::default() };
        let options = PictureOptions::default();
        Self { logits, settings, prompt: vec![], output: vec![], options, rng: RngKind::Philox, is_drawn: true }
    }

    /// None where no token is left, or a logit is none any more.
    fn seen<B: Backend>(&self, backend: &mut B, seed: u64) -> Option<Seen> {
        let labels = (0..self.logits.len()).map(|id| id.to_string()).collect();
        let mut model = GivenLogits::new(self.logits.clone(), labels).ok()?;
        let question = Question {
            prompts: std::slice::from_ref(&self.prompt),
            outputs: std::slice::from_ref(&self.output),
            row: 0,
            index: self.output.len(),
            settings: &self.settings,
            wants: Wants { picture: Some(&self.options), is_drawn: self.is_drawn, ..Wants::default() },
        };
        let generator = Generator::new(self.rng, seed);
        let explained = block_on(explain(&question, &mut model, &mut LastContext::default(), backend, &generator));
        let Explanation { trace, picture, .. } = match explained {
            Err(Error::NothingLeft { .. } | Error::InvalidLogits { .. } | Error::InvalidSetting { .. }) => return None,
            other => other.unwrap(),
        };
        let sampling = &self.settings.sampling;
        Some(Seen {
            trace,
            picture: picture.unwrap(),
            options: self.options.clone(),
            is_greedy: sampling.is_greedy(),
            what: format!("V = {}, {:?}, {:?}", self.logits.len(), sampling.stages, sampling.order),
        })
    }
}

/// Ids by (value descending, id ascending).
fn ranked(values: &[f32]) -> Vec<usize> {
    let mut ids: Vec<usize> = (0..values.len()).collect();
    ids.sort_by(|&a, &b| values[b].partial_cmp(&values[a]).unwrap().then(a.cmp(&b)));
    ids
}

fn is_left(x: f32) -> bool {
    x > f32::NEG_INFINITY
}

/// The order of the tokens at the model and after each stage: a new one wherever a token left overtakes another.
fn orders(trace: &StepTrace) -> Vec<Vec<usize>> {
    let mut last = trace.logits.clone();
    let mut orders = vec![ranked(&last)];
    for stage in &trace.stages {
        for (last, &after) in last.iter_mut().zip(&stage.values) {
            *last = if is_left(after) { after } else { *last };
        }
        let before = orders[orders.len() - 1].clone();
        let mut lowest = f32::INFINITY;
        let mut overtaken = false;
        for &id in before.iter().filter(|&&id| is_left(stage.values[id])) {
            overtaken |= stage.values[id] > lowest;
            lowest = lowest.min(stage.values[id]);
        }
        orders.push(if overtaken { ranked(&last) } else { before });
    }
    orders
}

/// The height of every token after the model, each stage and the taking of the most likely.
fn heights(seen: &Seen) -> Vec<Vec<f64>> {
    let mut heights = vec![oracle::softmax(&seen.trace.logits)];
    let mut before = &seen.trace.logits;
    for stage in &seen.trace.stages {
        let mut now = heights[heights.len() - 1].clone();
        let moved = before.iter().zip(&stage.values).any(|(a, b)| is_left(*b) && a != b);
        (0..now.len()).filter(|&id| !is_left(stage.values[id])).for_each(|id| now[id] = 0.0);
        if moved {
            let mass: f64 = now.iter().sum();
            now = oracle::softmax(&stage.values).iter().map(|p| p * mass).collect();
        }
        heights.push(now);
        before = &stage.values;
    }
    if seen.is_greedy {
        let taken = drawn(&seen.trace.draw);
        let last = &heights[heights.len() - 1];
        heights.push((0..last.len()).map(|id| if id == taken { last[id] } else { 0.0 }).collect());
    }
    heights
}

fn drawn(draw: &DrawTrace) -> usize {
    match *draw {
        DrawTrace::Greedy { token, .. } | DrawTrace::Coin { token, .. } | DrawTrace::Race { token, .. } => {
            token as usize
        }
    }
}

impl Seen {
    fn check(&self) {
        let order = orders(&self.trace).pop().unwrap();
        self.check_bands(&order);
        self.check_stations(&order);
        self.check_draw(&order);
    }

    fn near(&self, got: f64, want: f64, name: &str) {
        assert!((got - want).abs() <= NEAR, "{}: {name} is {got}, not {want}", self.what);
    }

    fn band(&self, id: usize, order: &[usize]) -> (usize, usize) {
        let rank = order.iter().position(|&other| other == id).unwrap();
        let holds =
            |band: &logitlab::picture::Band| (band.first as usize..(band.first + band.count) as usize).contains(&rank);
        (self.picture.bands.iter().position(holds).unwrap(), rank)
    }

    fn check_bands(&self, order: &[usize]) {
        let Self { trace, picture, options, what, .. } = self;
        let model_order = ranked(&trace.logits);
        let mut next = 0;
        let mut alone = Vec::new();
        for (ix, band) in picture.bands.iter().enumerate() {
            assert_eq!(band.first, next, "{what}: band {ix} begins where the one before ends");
            assert!(band.count > 0, "{what}: band {ix} is empty");
            next += band.count;
            let Some(own) = band.own else { continue };
            let id = order[band.first as usize];
            assert_eq!((band.count, own.id as usize), (1, id), "{what}: band {ix}");
            assert_eq!(own.logit.to_bits(), trace.logits[id].to_bits(), "{what}: the model's logit of {id}");
            assert_eq!(model_order[own.model_rank as usize], id, "{what}: the model's rank of {id}");
            alone.push(id);
        }
        assert_eq!(next as usize, order.len(), "{what}: every token is in a band");
        let mut wanted: Vec<usize> = order.iter().copied().take(options.own_bands).collect();
        wanted.extend(options.named_ids.iter().map(|&id| id as usize));
        wanted.extend(picture.drawn.map(|drawn| drawn.place.id as usize));
        wanted.extend(picture.forced.map(|forced| forced.id as usize));
        wanted.sort_unstable();
        wanted.dedup();
        alone.sort_unstable();
        assert_eq!(alone, wanted, "{what}: who has a band of its own");
        let n_tail = picture.bands.len() - alone.len();
        assert!(n_tail <= 30 + wanted.len(), "{what}: {n_tail} bands of the tail");
    }

    fn check_stations(&self, order: &[usize]) {
        let Self { trace, picture, what, .. } = self;
        let heights = heights(self);
        let stages: Vec<&str> = picture.stations.iter().map(|station| station.stage).collect();
        let greedy = self.is_greedy.then_some("temperature");
        let wanted = ["model"].into_iter().chain(trace.stages.iter().map(|stage| stage.stage)).chain(greedy);
        assert_eq!(stages, wanted.collect::<Vec<_>>(), "{what}");
        let columns = [&trace.logits].into_iter().chain(trace.stages.iter().map(|stage| &stage.values));
        let mut columns: Vec<Vec<f32>> = columns.cloned().collect();
        if self.is_greedy {
            let taken = drawn(&trace.draw);
            let of = |id| if id == taken { 0.0 } else { f32::NEG_INFINITY };
            columns.push((0..order.len()).map(of).collect());
        }
        for (ix, station) in picture.stations.iter().enumerate() {
            let name = format!("station {ix}, {}", station.stage);
            for (at, band) in picture.bands.iter().enumerate() {
                let ids = &order[band.first as usize..][..band.count as usize];
                let height: f64 = ids.iter().map(|&id| heights[ix][id]).sum();
                self.near(f64::from(station.share[at]), height, &format!("{name}: band {at}"));
                let left = ids.iter().filter(|&&id| is_left(columns[ix][id])).count();
                assert_eq!(station.left[at] as usize, left, "{what}: {name}: left of band {at}");
            }
            let mass: f64 = heights[ix].iter().sum();
            self.near(station.mass, mass, &format!("{name}: mass"));
            self.near(
                station.share.iter().map(|&x| f64::from(x)).sum(),
                station.mass,
                &format!("{name}: sum of heights"),
            );
            let kept = columns[ix].iter().filter(|&&x| is_left(x)).count();
            assert_eq!(station.kept as usize, kept, "{what}: {name}: kept");
            let entropy = oracle::entropy(&oracle::softmax(&columns[ix]));
            assert!((station.entropy - entropy).abs() < 1e-6, "{what}: {name}: entropy {}, {entropy}", station.entropy);
            if ix == 0 {
                assert_eq!((station.mass, station.removed, station.removed_mass), (1.0, 0, 0.0), "{what}: {name}");
                assert!(station.moves, "{what}: {name}");
                continue;
            }
            let before = &picture.stations[ix - 1];
            assert_eq!(station.mass, before.mass - station.removed_mass, "{what}: {name}: it loses what it removes");
            assert_eq!(station.removed, before.kept - station.kept, "{what}: {name}: removed");
            let is_changed = |id: &usize| is_left(columns[ix][*id]) && columns[ix][*id] != columns[ix - 1][*id];
            let is_taking = self.is_greedy && ix + 1 == picture.stations.len();
            let moves = !is_taking && (0..order.len()).any(|id| is_changed(&id));
            assert!(station.moves || !moves, "{what}: {name} moves");
            if before.mass > 1e-3 {
                let part = 1.0 - mass / heights[ix - 1].iter().sum::<f64>();
                assert!((station.removed_probability - part).abs() < 1e-5, "{what}: {name}: part removed, {part}");
                let left = (-station.removed_bits).exp2();
                assert!((left - (1.0 - part)).abs() < 1e-5, "{what}: {name}: {} bits for {part}", station.removed_bits);
            }
            if !station.moves {
                let stays = |at: &usize| station.left[*at] == before.left[*at];
                for at in (0..picture.bands.len()).filter(stays) {
                    assert_eq!(station.share[at], before.share[at], "{what}: {name}: band {at} stays as thick");
                }
            }
        }
        self.check_stacks(order);
    }

    fn check_stacks(&self, order: &[usize]) {
        let Self { trace, picture, what, .. } = self;
        for (ix, (station, here)) in picture.stations.iter().zip(orders(trace)).enumerate() {
            let mut rank = vec![0; here.len()];
            here.iter().enumerate().for_each(|(at, &id)| rank[id] = at);
            let middle = |band: &logitlab::picture::Band| {
                let ids = &order[band.first as usize..][..band.count as usize];
                let mut ranks: Vec<usize> = ids.iter().map(|&id| rank[id]).collect();
                ranks.sort_unstable();
                ranks[ranks.len() / 2]
            };
            let mut stack: Vec<u32> = (0..picture.bands.len() as u32).collect();
            stack.sort_by_key(|&at| middle(&picture.bands[at as usize]));
            let want = Some(stack).filter(|stack| !stack.is_sorted());
            assert_eq!(station.order, want, "{what}: station {ix}, {}: stacking order", station.stage);
        }
    }

    fn check_draw(&self, order: &[usize]) {
        let Self { trace, picture, what, .. } = self;
        assert_eq!((picture.kept, picture.entropy), (trace.kept, trace.entropy), "{what}");
        for (at, band) in picture.bands.iter().enumerate() {
            let ids = &order[band.first as usize..][..band.count as usize];
            let sum: f64 = ids.iter().map(|&id| f64::from(trace.probabilities[id])).sum();
            self.near(f64::from(picture.probability[at]), sum, &format!("probability of band {at}"));
        }
        // PyTorch's are less exact than the engine's own.
        let sum: f64 = picture.probability.iter().map(|&p| f64::from(p)).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{what}: the probabilities sum to {sum}");
        let Some(found) = picture.drawn else { return };
        let id = drawn(&trace.draw);
        let (band, rank) = self.band(id, order);
        let place = Place { id: id as u32, band: band as u32, rank: rank as u32 };
        assert_eq!(found.place, place, "{what}: where the drawn token stands");
        let sum = |ids: &[usize]| ids.iter().map(|&id| f64::from(trace.probabilities[id])).sum::<f64>();
        let start = sum(&order[..rank]) / sum(order);
        let (from, to) = found.rank_interval;
        self.near(from, start, "start in rank order");
        self.near(to, start + found.probability, "end in rank order");
        match trace.draw {
            DrawTrace::Coin { position, interval, probability, .. } => {
                let point = found.point.unwrap();
                assert_eq!((found.kind, point.interval, found.probability), ("coin", interval, probability), "{what}");
                self.near(point.u, position, "u");
                self.near(point.v, start + (position - interval.0), "v");
                assert!(point.u < 1.0 && point.v < 1.0, "{what}: u and v are below 1");
                assert!((from..=to).contains(&point.v), "{what}: v = {} is outside {from} to {to}", point.v);
            }
            DrawTrace::Race { .. } => assert_eq!((found.kind, found.point), ("race", None), "{what}"),
            DrawTrace::Greedy { .. } => {
                assert_eq!((found.kind, found.point, found.probability), ("greedy", None, 1.0), "{what}");
            }
        }
    }
}

/// Random settings over `len` tokens: stages in any order, some twice, one time in eight greedy.
fn random_asked(rng: &mut SplitMix, family: Family, len: usize) -> Asked {
    let mut sampling = Settings::default();
    for stage in random_plan(rng, len).stages {
        sampling = sampling.with(stage);
    }
    if rng.below(8) == 0 {
        sampling = sampling.with(Temperature::fixed(0.0));
    }
    rng.shuffle(&mut sampling.order);
    if rng.below(3) == 0 {
        let twice = sampling.order[rng.below(sampling.order.len())];
        sampling.order.push(twice);
    }
    let id = |rng: &mut SplitMix| rng.below(len) as TokenId;
    let mut asked = Asked::of(row(family, len, rng.bits()), sampling);
    asked.prompt = (0..rng.below(8)).map(|_| id(rng)).collect();
    asked.output = (0..rng.below(8)).map(|_| id(rng)).collect();
    asked.rng = rng.pick(&[RngKind::Philox, RngKind::Torch]);
    asked.is_drawn = rng.below(5) > 0;
    asked.options.own_bands = rng.pick(&[1, 7, 60, 60]);
    asked.options.named_ids = (0..rng.below(4)).map(|_| id(rng)).collect();
    if rng.below(4) == 0 {
        asked.settings.run.forced_tokens = vec![(asked.output.len() as u32, id(rng))];
    }
    asked
}

fn check_many<B: Backend>(backend: &mut B, sizes: &[usize], rounds: usize, seed: u64) {
    let mut rng = SplitMix(seed);
    let (mut n, mut n_reordered, mut n_greedy) = (0, 0, 0);
    for family in FAMILIES {
        for &len in sizes {
            for _ in 0..rounds {
                let asked = random_asked(&mut rng, family, len);
                let Some(seen) = asked.seen(backend, rng.bits()) else { continue };
                seen.check();
                assert_eq!(seen.picture.drawn.is_some(), asked.is_drawn, "{}", seen.what);
                assert_eq!(
                    seen.picture.forced.is_some(),
                    !asked.settings.run.forced_tokens.is_empty(),
                    "{}",
                    seen.what
                );
                n += 1;
                n_reordered += usize::from(seen.picture.stations.iter().any(|station| station.order.is_some()));
                n_greedy += usize::from(seen.is_greedy);
            }
        }
    }
    let all = FAMILIES.len() * sizes.len() * rounds;
    assert!(n * 4 > all * 3, "only {n} of {all} rows could be explained");
    assert!(n_reordered * 20 > n && n_greedy > 0, "{n_reordered} reordered and {n_greedy} greedy ones of {n}");
}

#[test]
fn a_picture_is_what_its_trace_says() {
    check_many(&mut CpuBackend::new(), &[3, 30, 61, 300, 2000], 24, 21);
}

#[test]
fn a_vocabulary_of_one_token_is_one_band() {
    let mut rng = SplitMix(4);
    for _ in 0..50 {
        let asked = random_asked(&mut rng, Family::Normal, 1);
        let Some(seen) = asked.seen(&mut CpuBackend::new(), rng.bits()) else { continue };
        seen.check();
        assert_eq!(seen.picture.probability, [1.0]);
    }
}

#[test]
fn a_large_vocabulary_has_few_bands() {
    let sampling = Settings::default().with(Temperature::fixed(0.8)).with(TopK(500)).with(TopP(0.9));
    let mut asked = Asked::of(row(Family::Normal, 50_257, 5), sampling);
    asked.options.named_ids = vec![3, 40_000, 50_256];
    let seen = asked.seen(&mut CpuBackend::new(), 7).unwrap();
    seen.check();
    let tail: Vec<u32> = seen.picture.bands.iter().filter(|band| band.own.is_none()).map(|band| band.count).collect();
    assert!((17..=30).contains(&tail.len()), "{} bands of the tail", tail.len());
}

#[cfg(not(target_os = "wasi"))]
#[test]
fn a_picture_of_a_gpu_is_what_its_trace_says() {
    for adapter in crate::gpu::adapters() {
        check_many(&mut *crate::gpu::backend(&adapter), &[30, 300], 2, 22);
    }
}

/// What bands pass each other, and when, on a row that can be counted by hand.
#[test]
fn a_bias_moves_a_band_and_a_removed_one_keeps_its_rank() {
    let logits: Vec<f32> = [8.0_f32, 4.0, 2.0, 1.0, 1.0].map(f32::ln).to_vec();
    let sampling = Settings::default().with(Bias(vec![(3, 4.0_f32.ln()), (1, f32::NEG_INFINITY)])).with(TopK(2));
    let seen = Asked::of(logits, sampling).seen(&mut CpuBackend::new(), 1).unwrap();
    seen.check();
    let ids: Vec<u32> = seen.picture.bands.iter().map(|band| band.own.unwrap().id).collect();
    // Banned, 1 has the logit of 4 still, as 3 has now.
    assert_eq!(ids, [0, 1, 3, 2, 4]);
    let [model, bias, top_k] = &seen.picture.stations[..] else { panic!("{:?}", seen.picture.stations) };
    assert_eq!(model.order.as_deref(), Some(&[0, 1, 3, 2, 4][..]), "2 ranks before 3 at the model");
    assert_eq!((&bias.order, &top_k.order), (&None, &None));
    let shares = |station: &logitlab::picture::Station| -> Vec<f64> {
        station.share.iter().map(|&share| (f64::from(share) * 1e5).round() / 1e5).collect()
    };
    assert_eq!(shares(model), [0.5, 0.25, 0.0625, 0.125, 0.0625]);
    // Three quarters are left, for 8 : 4 : 2 : 1.
    assert_eq!(shares(bias), [0.4, 0.0, 0.2, 0.1, 0.05]);
    assert_eq!(shares(top_k), [0.4, 0.0, 0.2, 0.0, 0.0]);
    assert_eq!((model.moves, bias.moves, top_k.moves), (true, true, false));
    assert_eq!((bias.removed, top_k.removed), (1, 2));
    assert!((bias.removed_mass - 0.25).abs() < 1e-6, "{}", bias.removed_mass);
    assert!((top_k.removed_probability - 0.2).abs() < 1e-6, "{}", top_k.removed_probability);
    assert!((top_k.removed_bits - 1.25_f64.log2()).abs() < 1e-6, "{}", top_k.removed_bits);
}

#[test]
fn a_stage_that_stands_twice_has_two_stations() {
    let mut sampling = Settings::default().with(Temperature::fixed(0.5)).with(TopP(0.7));
    sampling.order.push(Stage::from(TopP(0.7)).name());
    let seen = Asked::of(row(Family::Normal, 300, 2), sampling).seen(&mut CpuBackend::new(), 1).unwrap();
    seen.check();
    let stages: Vec<&str> = seen.picture.stations.iter().map(|station| station.stage).collect();
    assert_eq!(stages, ["model", "temperature", "top_p", "top_p"]);
    let removed: Vec<u32> = seen.picture.stations.iter().map(|station| station.removed).collect();
    assert!(removed[2] > 0 && removed[3] > 0, "{removed:?}");
}

/// Counts how often a model is asked.
struct Counting {
    model: TinyBigram,
    asked: Cell<usize>,
}

impl LanguageModel for Counting {
    fn vocab(&self) -> &logitlab::token::Vocab {
        self.model.vocab()
    }
    fn forward(&mut self, idx: logitlab::model::Tokens<'_>) -> Result<logitlab::model::Logits, Error> {
        self.asked.set(self.asked.get() + 1);
        self.model.forward(idx)
    }
}

#[test]
fn a_context_is_read_once_for_any_settings() {
    let model = TinyBigram::notebook(&mut Generator::new(RngKind::Torch, 3));
    let mut model = Counting { model, asked: Cell::new(0) };
    let (prompts, outputs) = ([vec![4, 1, 2]], [vec![5, 6, 7, 8]]);
    let mut last = LastContext::default();
    let mut asked = |index: usize, sampling: Settings, run: LoopSettings| {
        let settings = GenerateSettings { sampling, run };
        let wants = Wants { after: true, ..Wants::default() };
        let question = Question { prompts: &prompts, outputs: &outputs, row: 0, index, settings: &settings, wants };
        let (backend, generator) = (&mut CpuBackend::new(), Generator::new(RngKind::Philox, 1));
        let before = model.asked.get();
        let found = block_on(explain(&question, &mut model, &mut last, backend, &generator)).unwrap();
        let n = model.asked.get() - before;
        let fresh = &mut LastContext::default();
        let again = block_on(explain(&question, &mut model, fresh, backend, &generator)).unwrap();
        assert_eq!(format!("{found:?}"), format!("{again:?}"), "as if it had been read");
        n
    };
    let (neutral, plain) = (Settings::default, LoopSettings::default);
    assert_eq!(asked(2, neutral(), plain()), 1);
    assert_eq!(asked(2, neutral().with(Temperature::fixed(0.5)).with(TopK(3)), plain()), 0);
    let banned = LoopSettings { eos_token_id: vec![4, 18], min_new_tokens: 9, ..plain() };
    assert_eq!(asked(2, neutral(), banned), 0, "an end that has to wait is banned in a copy");
    assert_eq!(asked(2, neutral().with(Penalties { presence: 1.0, ..Penalties::OFF }), plain()), 0);
    assert_eq!(asked(3, neutral(), plain()), 1, "another token");
    assert_eq!(asked(2, neutral(), plain()), 1, "one that was not the last");
    assert_eq!(asked(2, neutral(), LoopSettings { block_size: Some(2), ..plain() }), 1, "a shorter window");
}

#[test]
fn tokens_outside_the_vocabulary_are_refused() {
    let refusal = |options: PictureOptions, forced: Vec<(u32, TokenId)>| {
        let mut asked = Asked::of(vec![1.0, 2.0, 3.0], Settings::default());
        (asked.options, asked.settings.run.forced_tokens) = (options, forced);
        let labels = ["a", "b", "c"].map(str::to_owned).to_vec();
        let mut model = GivenLogits::new(asked.logits.clone(), labels).unwrap();
        let question = Question {
            prompts: &[vec![]],
            outputs: &[vec![]],
            row: 0,
            index: 0,
            settings: &asked.settings,
            wants: Wants { picture: Some(&asked.options), ..Wants::default() },
        };
        let (backend, generator) = (&mut CpuBackend::new(), Generator::new(RngKind::Philox, 1));
        block_on(explain(&question, &mut model, &mut LastContext::default(), backend, &generator)).unwrap_err()
    };
    let named = PictureOptions { named_ids: vec![0, 3], ..PictureOptions::default() };
    assert_eq!(refusal(named, vec![]).to_string(), "token id 3 at position 1 is outside the vocabulary of 3 tokens");
    let forced = refusal(PictureOptions::default(), vec![(0, 7)]);
    assert_eq!(forced.to_string(), "forced_tokens = 7 is not valid: use ids below 3, the vocabulary's size");
}
