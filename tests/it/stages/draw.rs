//! draw: inverse CDF of one coin in id order, PyTorch's race, greedy without randomness.

use logitlab::{
    backend::{Backend, Detail},
    rng::{Draw, Noise},
};

use super::MASKED;
use crate::support::{
    Outcome, block_on,
    case::Case,
    checks, ensure,
    expect::{COINS, EVERY},
    inputs::SplitMix,
    judge::judge_race,
    sweep::sweep,
};

checks!(
    coins,
    smallest_masses,
    long_rows,
    shares_of_coins,
    race,
    race_of_uniforms,
    race_of_random_rows,
    greedy_needs_no_coin
);

const HALF: u64 = 1 << 63;

/// Draws `coin` from `case` with and without a trace and wants `token`.
fn draws<B: Backend>(backend: &mut B, case: &Case, coin: u64, token: u32) -> Outcome {
    for want_trace in [false, true] {
        let step = case.step(backend, coin, want_trace)?;
        ensure!(step.token == token, "{}: coin {coin:#x} drew {}, want {token}", case.name, step.token);
    }
    Ok(())
}

/// Equal logits share the coins equally, to the last coin.
fn coins<B: Backend>(backend: &mut B) -> Outcome {
    let two = Case::new("two", [0.5, 0.5]);
    let four = Case::new("four", [-1.0; 4]);
    let three = Case::new("three, whose limits need all 64 bits of a coin", [0.0; 3]);
    let gaps = Case::new("gaps", [MASKED, 3.0, MASKED, 3.0, MASKED]);
    let unequal = Case::new("id order, not value order", [0.0, 20.0, 0.0]);
    let one = Case::new("one survivor", [MASKED, MASKED, -8.0, MASKED]);
    let filtered = Case::new("filtered", [0.0, 2.0, 1.0, 2.0]).top_k(2);
    let table = [
        (&two, 0, 0),
        (&two, HALF - 1, 0),
        (&two, HALF, 1),
        (&two, u64::MAX, 1),
        (&four, HALF / 2 - 1, 0),
        (&four, HALF / 2, 1),
        (&four, HALF, 2),
        (&four, HALF + HALF / 2 - 1, 2),
        (&four, HALF + HALF / 2, 3),
        (&three, u64::MAX / 3, 0),
        (&three, u64::MAX / 3 + 1, 1),
        (&three, u64::MAX / 3 * 2, 1),
        (&three, u64::MAX / 3 * 2 + 1, 2),
        (&gaps, 0, 1),
        (&gaps, HALF - 1, 1),
        (&gaps, HALF, 3),
        (&gaps, u64::MAX, 3),
        (&unequal, 0, 0),
        (&unequal, HALF, 1),
        (&unequal, u64::MAX, 2),
        (&one, 0, 2),
        (&one, u64::MAX, 2),
        (&filtered, HALF - 1, 1),
        (&filtered, HALF, 3),
        (&two, 0x7FFF_FFFF_0000_0000, 0),
        (&two, 0x8000_0000_0000_0000, 1),
        (&two, 0x0000_0000_FFFF_FFFF, 0),
    ];
    table.iter().try_for_each(|(case, coin, token)| draws(backend, case, *coin, *token))
}

/// Masses are rounded, not truncated, and 64 bits of the coin reach them.
fn smallest_masses<B: Backend>(backend: &mut B) -> Outcome {
    // e^-21.5 · 2^31 = 0.99: one unit. e^-22.5 · 2^31 = 0.36: none.
    let unit_first = Case::new("a unit first", [-21.5, 0.0]);
    let unit_last = Case::new("a unit last", [0.0, -21.5]);
    let none_first = Case::new("nothing first", [-22.5, 0.0]);
    let none_last = Case::new("nothing last", [0.0, -22.5]);
    let table = [
        (&unit_first, 0, 0),
        (&unit_first, (1 << 33) - 8, 0),
        (&unit_first, 1 << 33, 1),
        (&unit_last, u64::MAX, 1),
        (&unit_last, u64::MAX - (1 << 34), 0),
        (&none_first, 0, 1),
        (&none_last, u64::MAX, 0),
    ];
    table.iter().try_for_each(|(case, coin, token)| draws(backend, case, *coin, *token))
}

/// 2^18 equal tokens: token j owns the coins from j·2^46 on. And one survivor anywhere in a row of two chunks.
fn long_rows<B: Backend>(backend: &mut B) -> Outcome {
    let equal = Case::new("2^18 equal", vec![0.25; 1 << 18]);
    for j in [64_u32, 131_072, 262_143] {
        let first = u64::from(j) << 46;
        for (coin, token) in [(first - 1, j - 1), (first, j)] {
            let step = equal.step(backend, coin, false)?;
            ensure!(step.token == token, "2^18 equal: coin {coin:#x} drew {}, want {token}", step.token);
            ensure!(step.kept == 1 << 18, "2^18 equal: kept {}", step.kept);
        }
    }
    for survivor in [0, 1, 63, 64, 1023, 1024, 1027] {
        let mut row = vec![MASKED; 1028];
        row[survivor] = -2.0;
        let case = Case::new("one survivor", row);
        for coin in [0, HALF, u64::MAX] {
            draws(backend, &case, coin, survivor as u32)?;
        }
    }
    // The lowest number masks a token in the last, short part of a row as in those before it.
    for masked in [&[130][..], &[3, 130], &[3, 64, 130]] {
        let mut row = vec![0.5; 131];
        masked.iter().for_each(|&id: &usize| row[id] = f32::MIN);
        let step = Case::new("masks at the end", row).step(backend, HALF, false)?;
        ensure!(step.kept as usize == 131 - masked.len(), "{masked:?} are masked: kept {}", step.kept);
    }
    Ok(())
}

/// A sweep of coins draws every token as often as its share says.
fn shares_of_coins<B: Backend>(backend: &mut B) -> Outcome {
    let case = Case::of_probabilities("a tenth apart", &[0.1, 0.2, 0.0, 0.3, 0.4]);
    let tenth = if COINS.get() < 257 { 10 } else { 100 };
    let seen = sweep(backend, &case, 10 * tenth)?;
    for (id, want) in [1, 2, 0, 3, 4].map(|tenths| tenths * tenth as i64).into_iter().enumerate() {
        let got = seen.counts[id] as i64;
        ensure!((got - want).abs() <= 1 && (want > 0 || got == 0), "{got} of {} coins drew {id}, want {want}", seen.n);
    }
    for (id, want) in [(0, 0.1), (1, 0.2), (3, 0.3), (4, 0.4)] {
        let got = seen.probabilities[id].map_or(f64::NAN, f64::from);
        crate::support::compare::within(&format!("probability of {id}"), got, want, 1e-6)?;
    }
    Ok(())
}

/// The largest p / q wins, the first of equals; a masked token never does.
fn race<B: Backend>(backend: &mut B) -> Outcome {
    let thirds = || Case::new("thirds", [0.0; 3]);
    let base = || Case::of_probabilities("base", &[0.1, 0.2, 0.3, 0.4]);
    let table: [(Case, &[f32], u32); 10] = [
        (thirds(), &[1.0, 0.5, 2.0], 1),
        (thirds(), &[1.0, 1.0, 1.0], 0),
        (thirds(), &[2.0, 1.0, 1.0], 1),
        (base(), &[1.0, 1.0, 1.0, 1.0], 3),
        (base(), &[0.2, 1.0, 1.0, 1.0], 0),
        (base(), &[0.3, 1.0, 1.0, 1.0], 3),
        (base().top_k(2), &[1e-9, 1e-9, 0.7, 1.0], 2),
        (base().top_p(0.3), &[1e-9, 1e-9, 1e-9, 30.0], 3),
        (Case::new("masked", [MASKED, 0.0, 0.0]), &[1e-30, 2.0, 1.0], 2),
        (base().temperature(0.1), &[1.0, 1.0, 0.05, 1.0], 2),
    ];
    for (case, noise, token) in table {
        let draw = Draw::Race(Noise::Exponential(noise));
        let step = case.try_step(backend, draw, false).map_err(|e| format!("{}: refused: {e}", case.name))?;
        ensure!(step.token == token, "{} with {noise:?} drew {}, want {token}", case.name, step.token);
        let noise: Vec<f64> = noise.iter().map(|&q| f64::from(q)).collect();
        judge_race(backend, &case, draw, &noise, 1e-6)?;
    }
    Ok(())
}

/// Uniforms are exponentials to come: q = −log1p(−u).
fn race_of_uniforms<B: Backend>(backend: &mut B) -> Outcome {
    // As exponentials these would let token 0 win: .9 < .95. As uniforms token 1 does: 3·2.30 > 2·3.00.
    let case = Case::of_probabilities("uniforms", &[0.6, 0.4]);
    let uniforms = [0.95, 0.9];
    let noise = uniforms.map(|u: f64| -(-u).ln_1p());
    let draw = Draw::Race(Noise::Uniform(&uniforms));
    judge_race(backend, &case, draw, &noise, 1e-6)?;
    let even = Case::of_probabilities("a close race", &[0.53, 0.47]);
    let uniforms = [0.99, 0.97];
    let step = even.try_step(backend, Draw::Race(Noise::Uniform(&uniforms)), false).map_err(|e| e.to_string())?;
    ensure!(step.token == 1, "q = 4.61 and 3.51: drew {}", step.token);
    Ok(())
}

/// Rows of every length up to a few blocks: most tokens lose before their logarithm is taken, the winner stays the same.
fn race_of_random_rows<B: Backend>(backend: &mut B) -> Outcome {
    let mut rng = SplitMix(8);
    for len in (1..=40).step_by(EVERY.get()).chain([64, 65, 500, 1030]) {
        for family in crate::support::inputs::FAMILIES {
            let mut case = crate::support::inputs::drawn_case(&mut rng, family, len);
            // The race's top_p follows PyTorch's f32 sums; its cut is checked against the goldens.
            case.plan.stages.retain(|stage| stage.name() != logitlab::plan::StageName::TopP);
            // Without it another token may be the most typical one, and banned.
            if crate::support::judge::rule(&case).may.iter().all(|&v| v == MASKED) {
                continue;
            }
            let uniforms: Vec<f64> = (0..len).map(|_| rng.unit()).collect();
            let noise: Vec<f64> = uniforms.iter().map(|u| -(-u).ln_1p()).collect();
            let exponentials: Vec<f32> = noise.iter().map(|&q| q as f32).collect();
            judge_race(backend, &case, Draw::Race(Noise::Uniform(&uniforms)), &noise, 1e-5)?;
            judge_race(backend, &case, Draw::Race(Noise::Exponential(&exponentials)), &noise, 1e-5)?;
        }
    }
    Ok(())
}

/// Greedy takes the argmax whatever randomness it is handed, and needs none.
fn greedy_needs_no_coin<B: Backend>(backend: &mut B) -> Outcome {
    let case = Case::new("greedy", [0.5, 2.0, 1.9, 2.0]).greedy();
    let history = case.past.history();
    for draw in
        [Draw::None, Draw::Coin(0), Draw::Coin(u64::MAX), Draw::Race(Noise::Exponential(&[1e-9, 9.0, 1e-9, 1e-9]))]
    {
        let row = logitlab::backend::Row { plan: &case.plan, history: &history, draw };
        let mut out = Vec::new();
        block_on(backend.step(&mut case.logits.clone(), &[row], Detail::Token, &mut out)).map_err(|e| e.to_string())?;
        let step = &out[0];
        ensure!((step.token, step.probability, step.kept) == (1, 1.0, 1), "greedy with {draw:?} gave {step:?}");
    }
    // Of equals in a list that a filter has left, too, the lowest id.
    draws(backend, &Case::new("greedy after a filter", [0.5, 2.0, 1.9, 2.0]).top_k(3).greedy(), 0, 1)
}
