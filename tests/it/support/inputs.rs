//! Rows of logits of every kind that has broken a sampler, and random plans; the same on every platform.

use logitlab::{
    plan::{Plan, Stage},
    settings::{Settings, Value},
    stages::{Kind, SPECS, Setting},
};

use super::{
    case::{Case, Past},
    grammar,
    judge::rule,
};

/// splitmix64: small, and unrelated to the generators under test.
#[derive(Debug, Clone)]
pub(crate) struct SplitMix(pub u64);

impl SplitMix {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// In [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * 2f64.powi(-53)
    }

    /// In 0..n.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Bell-shaped: mean 0, variance 1, no libm.
    pub(crate) fn bell(&mut self) -> f64 {
        (0..6).map(|_| self.unit()).sum::<f64>() * std::f64::consts::SQRT_2 - 3.0 * std::f64::consts::SQRT_2
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// A kind of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Normal,
    Flat,
    Peaked,
    Ties,
    Bf16,
    OneSurvivor,
    Extremes,
    Ascending,
    Descending,
    Constant,
    LastOnly,
    Subnormals,
    ManyMasked,
    SignedZeros,
}

/// Every family.
pub(crate) const FAMILIES: [Family; 14] = [
    Family::Normal,
    Family::Flat,
    Family::Peaked,
    Family::Ties,
    Family::Bf16,
    Family::OneSurvivor,
    Family::Extremes,
    Family::Ascending,
    Family::Descending,
    Family::Constant,
    Family::LastOnly,
    Family::Subnormals,
    Family::ManyMasked,
    Family::SignedZeros,
];

const MASKED: f32 = f32::NEG_INFINITY;

/// A row of `len` logits.
pub(crate) fn row(family: Family, len: usize, seed: u64) -> Vec<f32> {
    let mut rng = SplitMix(seed ^ ((family as u64) << 32) ^ ((len as u64) << 40));
    let ramp = |i: usize| (-8.0 + 16.0 * i as f64 / len as f64) as f32;
    let survivor = rng.below(len);
    let best = rng.below(len);
    let logit = |i: usize| match family {
        Family::Normal => (2.5 * rng.bell()) as f32,
        Family::Flat => (0.05 * rng.bell()) as f32,
        Family::Peaked => (1.5 * rng.bell()) as f32 + if i == best { 16.0 } else { 0.0 },
        Family::Ties => rng.below(7) as f32 * 0.5 - 1.0,
        Family::Bf16 => bf16((2.5 * rng.bell()) as f32),
        Family::OneSurvivor => {
            if i == survivor {
                -3.5
            } else {
                MASKED
            }
        }
        Family::Extremes => rng.pick(&[1e4, -1e4, 9_999.0, 9_990.0, 0.0]),
        Family::Ascending => ramp(i),
        Family::Descending => ramp(len - 1 - i),
        Family::Constant => 0.7,
        Family::LastOnly => {
            if i + 1 == len {
                0.1
            } else {
                MASKED
            }
        }
        Family::Subnormals => f32::from_bits(rng.below(9) as u32 * 0x000A_0000 + 1) * rng.pick(&[1.0, -1.0]),
        Family::ManyMasked => {
            if rng.unit() < 0.7 && i != survivor {
                MASKED
            } else {
                (2.0 * rng.bell()) as f32
            }
        }
        Family::SignedZeros => rng.pick(&[0.0, -0.0, -0.0, 0.0, -1.0, 0.25]),
    };
    (0..len).map(logit).collect()
}

/// Rounds to the nearest bf16, as a model in that precision would give it.
fn bf16(x: f32) -> f32 {
    let bits = x.to_bits();
    f32::from_bits((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF_0000)
}

/// Every stage there is with random settings, in random order, each on with probability ½; in a quarter of the plans one of them occurs twice,
/// with other settings. Ids are below `len`.
pub(crate) fn random_plan(rng: &mut SplitMix, len: usize) -> Plan {
    let mut stages: Vec<Stage> = (0..SPECS.len()).map(|ix| random_stage(rng, ix, len)).collect();
    rng.shuffle(&mut stages);
    stages.retain(|_| rng.bits() & 1 == 0);
    if !stages.is_empty() && rng.below(4) == 0 {
        let again = stages[rng.below(stages.len())].name() as usize;
        let place = rng.below(stages.len() + 1);
        stages.insert(place, random_stage(rng, again, len));
    }
    Plan { stages, greedy: false }
}

/// Stage number `ix` of the list with random settings, of which at least one is on.
pub(crate) fn random_stage(rng: &mut SplitMix, ix: usize, len: usize) -> Stage {
    // What it allows is no value of a setting, but a model's.
    if SPECS[ix].settings[0].kind == Kind::Form {
        return grammar::random(rng, len).into();
    }
    loop {
        let settings =
            SPECS[ix].settings.iter().map(|setting| (setting.name.to_owned(), random_value(rng, setting, len)));
        let read = Settings::from_entries(settings.collect::<Vec<_>>()).expect("every value is of its setting's kind");
        let stage = read.stages[ix].clone();
        if !stage.is_off() && !stage.is_greedy() {
            return stage;
        }
    }
}

fn random_value(rng: &mut SplitMix, setting: &Setting, len: usize) -> Value {
    let number = match setting.kind {
        Kind::Bias => {
            let bias = |rng: &mut SplitMix| f64::from(rng.pick(&[2.0, -1.5, 5.0, MASKED, 0.125]));
            return Value::Map((0..3).map(|_| (rng.below(len).to_string(), Value::Number(bias(rng)))).collect());
        }
        Kind::Choice(words) => return Value::Text(rng.pick(words).to_owned()),
        Kind::Ids => return Value::List((0..rng.below(3)).map(|_| Value::Number(rng.below(len) as f64)).collect()),
        Kind::SequenceBias => {
            let pair = |rng: &mut SplitMix| {
                let ids = (0..1 + rng.below(2)).map(|_| Value::Number(rng.below(len.min(5)) as f64)).collect();
                Value::List(vec![Value::List(ids), Value::Number(f64::from(rng.pick(&[1.5, -0.75, MASKED])))])
            };
            return Value::List((0..rng.below(4)).map(|_| pair(rng)).collect());
        }
        Kind::Sequences | Kind::IdLists => {
            let ids =
                |rng: &mut SplitMix, n| Value::List((0..n).map(|_| Value::Number(rng.below(len) as f64)).collect());
            let n = rng.below(3);
            return Value::List(
                (0..n)
                    .map(|_| {
                        let n = 1 + rng.below(2);
                        ids(rng, n)
                    })
                    .collect(),
            );
        }
        Kind::Count(least) => rng.pick(&[1, 2, 3, 7, 50, 200, len.max(2) - 1, len, len + 1]).max(least) as f64,
        Kind::Probability => rng.pick(&[0.0, 1e-6, 0.01, 0.02, 0.1, 0.3, 0.5, 0.9, 0.95, 0.999, 1.0]),
        Kind::Positive => rng.pick(&[0.8, 1.0, 1.2, 2.0]),
        Kind::FromOne => rng.pick(&[1.0, 1.2, 1.75, 3.0, 4.5]),
        Kind::NonNegative => rng.pick(&[0.1, 0.7, 0.8, 1.3, 2.1, 10.0]),
        Kind::Number => rng.pick(&[-0.75, 0.0, 0.25, 0.3, 0.5]),
        other => unreachable!("no stage has a setting of the kind {}", other.as_str()),
    };
    Value::Number(number)
}

/// A short past of tokens below `len`, repeats included, and with which probability each was drawn.
pub(crate) fn random_past(rng: &mut SplitMix, len: usize) -> Past {
    let past = past_tokens(rng, len);
    let odds = past.output.iter().map(|_| rng.pick(&[0.0, 0.001, 0.04, 0.3, 0.9, 1.0])).collect();
    let originals = past.output.iter().map(|_| rng.pick(&[0.0, 0.02, 0.25, 0.7, 1.0])).collect();
    Past { odds, originals, ..past }
}

/// The same without the probabilities.
pub(crate) fn past_tokens(rng: &mut SplitMix, len: usize) -> Past {
    let prompt = (0..rng.below(8)).map(|_| rng.below(len) as u32).collect();
    let output = (0..rng.below(12)).map(|_| rng.below(len.min(5)) as u32).collect();
    Past { prompt, output, window: rng.pick(&[None, None, Some(0), Some(3), Some(100)]), ..Past::default() }
}

/// A random row of `family` with a random plan and past.
pub(crate) fn random_case(rng: &mut SplitMix, family: Family, len: usize) -> Case {
    let mut case = Case::new("", row(family, len, rng.bits()));
    case.plan = random_plan(rng, len);
    case.past = random_past(rng, len);
    case.name = format!("{family:?} V={len} {:?} {:?}", case.plan, case.past);
    case
}

/// The same without its edits where these leave nothing: a refused row has no step.
pub(crate) fn drawn_case(rng: &mut SplitMix, family: Family, len: usize) -> Case {
    let mut case = random_case(rng, family, len);
    leave_something(&mut case);
    case
}

/// Takes what may ban tokens out of a plan that would leave none, or might for all that the oracle knows.
pub(crate) fn leave_something(case: &mut Case) {
    let leaves_nothing = |chance: u64| {
        let past = Past { chance, ..case.past.clone() };
        rule(&Case { past, ..case.clone() }).must.iter().all(|&x| x == MASKED)
    };
    if leaves_nothing(0) || leaves_nothing(u64::MAX) {
        case.plan.stages.retain(|stage| !stage.edits());
    }
}
