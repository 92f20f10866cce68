//! llama.cpp's own samplers in its order, recorded by `tools/llama_cpp/record.py`: what is left of each row, and how probable that is. Rows and
//! settings come from one generator on both sides.

use logitlab::{
    cpu::{CpuBackend, Remainder},
    explain::rules::kept_by_others_after,
    history::History,
    plan::{Plan, Stage},
    rng::Draw,
    settings::Settings,
    stages::{AdaptiveP, Dry, MinP, Mirostat, Penalties, Temperature, TopK, TopNSigma, TopP, TypicalP, Xtc},
    token::TokenId,
};

use crate::support::inputs::SplitMix;

const RECORDED: &[u8] = include_bytes!("../golden/llama_cpp/rows.bin");
const RECORD: usize = 12;
const SIZES: [usize; 5] = [5, 17, 50, 257, 1000];
const KINDS: [&str; 6] = ["normal", "flat", "peaked", "ties", "bf16", "constant"];
/// Which of equals are left, llama.cpp's sort decides.
const TIED: [&str; 3] = ["ties", "bf16", "constant"];
/// Steps of a plan that follows what was drawn.
const N_STEPS: usize = 4;
/// f32 sums over a row are that much off.
const EDGE: f64 = 2e-5;

/// What llama.cpp made of a row.
#[derive(Debug, PartialEq)]
struct Record {
    n: usize,
    code: u32,
    moment: f64,
    token: TokenId,
}

impl Record {
    fn read(bytes: &[u8]) -> Self {
        let half = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let word = |at: usize| bytes[at..at + 4].try_into().expect("four bytes");
        Self {
            n: half(0).into(),
            code: u32::from_le_bytes(word(2)),
            moment: f32::from_le_bytes(word(6)).into(),
            token: half(10).into(),
        }
    }

    fn is_of(&self, left: &[f32]) -> bool {
        left.len() == self.n && fnv_of(left) == self.code
    }
}

/// FNV-1a of logits, smallest first.
fn fnv_of(logits: &[f32]) -> u32 {
    let mut sorted = logits.to_vec();
    sorted.sort_by(f32::total_cmp);
    let bytes = sorted.iter().flat_map(|x| x.to_le_bytes());
    bytes.fold(0x811C_9DC5, |code, byte| (code ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Whole numbers, and divisions by powers of two: the same bits in every language.
fn row(rng: &mut SplitMix, kind: &str, n: usize) -> Vec<f32> {
    let bits: Vec<u64> = (0..n).map(|_| rng.bits()).collect();
    let third = |bits: u64, at: u32| (bits >> at & 0x1F_FFFF) as i64;
    let scale = if kind == "flat" { 23 } else { 19 };
    let bell =
        |&bits: &u64| (third(bits, 0) + third(bits, 21) + third(bits, 42) - 3 * (1 << 20)) as f32 / 2f32.powi(scale);
    let mut x: Vec<f32> = match kind {
        "constant" => vec![0.75; n],
        "ties" => bits.iter().map(|bits| (bits % 7) as f32 * 0.5 - 1.0).collect(),
        _ => bits.iter().map(bell).collect(),
    };
    match kind {
        "peaked" => x[rng.below(n)] += 12.0,
        "bf16" => x.iter_mut().for_each(|x| *x = f32::from_bits(x.to_bits() & 0xFFFF_0000)),
        _ => {}
    }
    x
}

/// llama.cpp's order, each sampler in some plans. Not those together that it cannot compute together: see `collides` in the script.
fn stages(rng: &mut SplitMix, kind: &str) -> Vec<Stage> {
    let mut on = Vec::new();
    if rng.below(8) < 2 {
        let all = [(1.1, 0.0, 0.0), (1.3, 0.25, 0.5), (0.8, 0.0, 0.0), (1.0, 0.5, -0.25)];
        let (repetition, frequency, presence) = rng.pick(&all);
        on.push(Penalties { repetition, presence, frequency, ..Penalties::OFF }.into());
    }
    if rng.below(8) < 2 {
        let (multiplier, base, allowed_length) = rng.pick(&[(0.8, 1.75, 2), (1.0, 1.5, 1), (2.5, 2.0, 3)]);
        on.push(Dry { multiplier, base, allowed_length, breakers: Some(Vec::new()), ..Dry::default() }.into());
    }
    let mut add = |eighths, stages: &[Stage]| {
        if rng.below(8) < eighths {
            on.push(stages[rng.below(stages.len())].clone());
        }
    };
    add(2, &[0.5, 1.0, 2.0, 3.0].map(|n| TopNSigma(n).into()));
    add(3, &[1, 3, 10, 40, 200].map(|k| TopK(k).into()));
    add(2, &[0.2, 0.5, 0.9, 0.95].map(|p| TypicalP(p).into()));
    add(3, &[0.1, 0.5, 0.9, 0.95, 0.99].map(|p| TopP(p).into()));
    add(3, &[0.01, 0.05, 0.1, 0.5].map(|p| MinP(p).into()));
    add(2, &[0.02, 0.1, 0.2].map(|threshold| Xtc { probability: 1.0, threshold }.into()));
    let temperatures = [(0.3, 0.0, 1.0), (0.8, 0.0, 1.0), (1.5, 0.0, 1.0), (0.9, 0.5, 1.0), (1.2, 1.2, 2.0)];
    add(4, &temperatures.map(|(t, range, exponent)| Temperature { t, range, exponent }.into()));
    if !TIED.contains(&kind) && rng.below(4) == 0 {
        let mirostat = [(1.5, 0.1), (3.0, 0.5)].map(|(tau, eta)| Stage::from(Mirostat { tau, eta }));
        let adaptive = [(0.1, 0.9), (0.4, 0.5), (0.7, 0.0)];
        let adaptive = adaptive.map(|(target, decay)| Stage::from(AdaptiveP { target: Some(target), decay }));
        let of: &[Stage] = if rng.below(2) == 0 { &mirostat } else { &adaptive };
        on.push(of[rng.below(of.len())].clone());
    }
    let has = |what: fn(&Stage) -> bool| on.iter().any(what);
    let (sigma, dry) = (has(|stage| matches!(stage, Stage::TopNSigma(_))), has(|stage| matches!(stage, Stage::Dry(_))));
    on.retain(|stage| match stage {
        Stage::TypicalP(_) => !sigma && !dry,
        // They make equals of tokens that were not.
        Stage::Penalties(_) | Stage::Dry(_) => !TIED.contains(&kind),
        Stage::Temperature(temperature) => !sigma || temperature.range == 0.0,
        _ => true,
    });
    on
}

/// One row, what stands before it and what is done with it.
struct Case {
    kind: &'static str,
    logits: Vec<f32>,
    history: History,
    plan: Plan,
}

impl Case {
    fn next(rng: &mut SplitMix) -> Self {
        let (n, kind) = (rng.pick(&SIZES), rng.pick(&KINDS));
        let logits = row(rng, kind, n);
        let few: Vec<TokenId> = (0..4).map(|_| rng.below(n) as TokenId).collect();
        let mut history = History::new(None);
        (0..rng.below(40)).for_each(|_| history.push_output(rng.pick(&few)));
        Self { kind, logits, history, plan: Plan { stages: stages(rng, kind), greedy: false } }
    }

    fn remainder(&self, plan: &Plan) -> Remainder {
        let row = logitlab::backend::Row { plan, history: &self.history, draw: Draw::Coin(0) };
        CpuBackend::new().remainder(0, &mut self.logits.clone(), &row).expect("the row is valid")
    }

    /// Takes the token that llama.cpp drew.
    fn accept(&mut self, token: TokenId) {
        let [drawn, before] = [self.plan.stages.len(), self.plan.stages.len() - 1].map(|n| {
            let plan = Plan { stages: self.plan.stages[..n].to_vec(), greedy: false };
            self.remainder(&plan).probabilities()[token as usize]
        });
        self.history.push_output(token);
        self.history.observe(drawn);
        // One that is drawn counts, however improbable it was before.
        self.history.observe_original(if drawn > 0.0 { before.max(f32::MIN_POSITIVE) } else { 0.0 });
    }

    fn logits_of(&self, ids: &[TokenId]) -> Vec<f32> {
        ids.iter().map(|&id| self.logits[id as usize]).collect()
    }

    /// The plan with one limit moved.
    fn nudged(&self, index: usize, by: f64) -> Plan {
        let mut plan = self.plan.clone();
        match &mut plan.stages[index] {
            Stage::TopP(TopP(p)) | Stage::TypicalP(TypicalP(p)) | Stage::MinP(MinP(p)) => *p *= 1.0 + by,
            Stage::Xtc(Xtc { threshold, .. }) => *threshold *= 1.0 + by,
            Stage::TopNSigma(TopNSigma(n)) => *n *= 1.0 + by as f32,
            Stage::Mirostat(stage) => stage.tau *= 1.0 + by,
            _ => {}
        }
        plan
    }
}

/// How many steps agree, and how.
#[derive(Debug, Default)]
struct Counts {
    equal: usize,
    /// A limit that is moved by a part of [`EDGE`] makes them equal.
    edges: usize,
    others: Vec<String>,
}

impl Counts {
    fn count(&mut self, case: &Case, is_equal: &dyn Fn(&Plan) -> bool) {
        let near = || (0..case.plan.stages.len()).flat_map(|index| [-EDGE, EDGE].map(|by| case.nudged(index, by)));
        if is_equal(&case.plan) {
            self.equal += 1;
        } else if near().any(|plan| is_equal(&plan)) {
            self.edges += 1;
        } else {
            self.others.push(format!("{}, V = {}, {:?}", case.kind, case.logits.len(), case.plan.stages));
        }
    }
}

/// What the engine leaves in llama.cpp's order.
fn ours(case: &Case, record: &Record) -> impl Fn(&Plan) -> bool {
    move |plan| {
        let left = case.remainder(plan);
        let weight = |id: usize| (id as u64 * 2_654_435_761 % (1 << 32)) as f64 / 2f64.powi(32);
        let moment: f64 = left.probabilities().iter().enumerate().map(|(id, &p)| f64::from(p) * weight(id)).sum();
        record.is_of(&case.logits_of(&left.ids)) && (moment - record.moment).abs() < 1e-4
    }
}

/// What the engine says that llama.cpp leaves.
fn as_told(case: &Case, record: &Record) -> impl Fn(&Plan) -> bool {
    move |plan| {
        let settings = plan.stages.iter().fold(Settings::default(), |settings, stage| settings.with(stage.clone()));
        let mut logits = case.logits.clone();
        let told = kept_by_others_after(&case.history, Draw::Coin(0), &mut logits, &settings, plan.clone());
        let told = told.expect("the row is valid").into_iter().find(|kept| kept.system == "llama.cpp");
        let told = told.expect("llama.cpp is one of them");
        let tied = told.tied.map_or(Vec::new(), |tied| tied.ids[..tied.kept].to_vec());
        record.is_of(&case.logits_of(&[told.kept, tied].concat()))
    }
}

#[test]
fn what_is_left_is_what_llama_cpp_leaves() {
    let mut rng = SplitMix(16);
    let mut records = RECORDED.chunks(RECORD).map(Record::read);
    let (mut engine, mut rules, mut n_cases) = (Counts::default(), Counts::default(), 0);
    while records.len() > 0 {
        let mut case = Case::next(&mut rng);
        n_cases += 1;
        let follows = case.plan.follows();
        for _ in 0..if follows { N_STEPS } else { 1 } {
            let record = records.next().expect("a record for every step");
            rules.count(&case, &as_told(&case, &record));
            if !TIED.contains(&case.kind) {
                engine.count(&case, &ours(&case, &record));
            }
            if follows {
                case.accept(record.token);
            }
        }
    }
    println!("llama.cpp: {n_cases} rows; {engine:?}; as told: {rules:?}");
    for (what, counts) in [("the engine", engine), ("as told", rules)] {
        assert!(counts.others.is_empty(), "{what}: {} differ: {}", counts.others.len(), counts.others.join("\n"));
        assert!(counts.edges * 50 < counts.equal, "{what}: {counts:?}");
    }
    assert!(n_cases >= 10_000, "{n_cases} rows");
}
