//! The generators beyond PyTorch's recorded numbers: Philox, the streams, the noise, and statistics.

use logitlab::rng::{Draw, Generator, Noise, NoiseBuffer, Philox, RngKind, TorchGenerator, philox4x32_10};
use rand::{Rng, RngExt, SeedableRng};
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

const KINDS: [RngKind; 2] = [RngKind::Philox, RngKind::Torch];

/// The authors' known-answer vectors (Random123, `kat_vectors`).
#[test]
fn philox_known_answers() {
    let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
    for (counter, key, expected) in [
        ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (pi, [0xa409_3822, 0x299f_31d0], [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
    ] {
        assert_eq!(philox4x32_10(counter, key), expected);
    }
}

fn coin(generator: &mut Generator, row: u32) -> u64 {
    match generator.draw(row, 30, &mut NoiseBuffer::new()) {
        Draw::Coin(coin) => coin,
        other => panic!("philox tosses coins, not {other:?}"),
    }
}

#[test]
fn a_coin_is_the_first_two_words_at_step_and_row() {
    let seed = 0x0123_4567_89ab_cdef;
    let mut generator = Generator::new(RngKind::Philox, seed);
    for (step, row) in [(0, 0), (0, 1), (1, 0), (7, 300), (u32::MAX, u32::MAX)] {
        generator.set_step(step);
        let [low, high, ..] = philox4x32_10([step, row, 0, 0], [0x89ab_cdef, 0x0123_4567]);
        assert_eq!(coin(&mut generator, row), u64::from(high) << 32 | u64::from(low));
    }
}

#[test]
fn steps() {
    let mut generator = Generator::new(RngKind::Philox, 7);
    let first = coin(&mut generator, 0);
    generator.next_step();
    assert_eq!(generator.step(), 1);
    assert_ne!(coin(&mut generator, 0), first);
    generator.set_step(u32::MAX);
    generator.next_step();
    assert_eq!((generator.step(), coin(&mut generator, 0)), (0, first));

    let mut torch = Generator::new(RngKind::Torch, 7);
    torch.set_step(5);
    torch.next_step();
    assert_eq!(torch.step(), 0);
}

#[test]
fn manual_seed_starts_again() {
    for kind in KINDS {
        let mut generator = Generator::new(kind, 1);
        let mut values = [0.0; 7];
        generator.fill_normal(0.0, 1.0, &mut values); // an odd number, so that half a pair is kept
        generator.draw(0, 5, &mut NoiseBuffer::new());
        generator.next_step();
        generator.manual_seed(9);
        assert_eq!((generator.kind(), generator.seed(), generator.step()), (kind, 9, 0));
        let mut fresh = Generator::new(kind, 9);
        assert_eq!(fingerprint(&mut generator), fingerprint(&mut fresh), "{kind:?}");
    }
}

#[test]
fn torch_looks_at_the_low_word_of_a_seed_and_philox_at_both() {
    for (kind, same) in [(RngKind::Philox, false), (RngKind::Torch, true)] {
        let of = |seed| fingerprint(&mut Generator::new(kind, seed));
        assert_eq!(of(5) == of(5 + (1 << 32)), same, "{kind:?}");
    }
}

#[test]
fn names() {
    for kind in KINDS {
        assert_eq!(RngKind::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(RngKind::parse("Philox"), None);
}

/// Recorded once; the same on every processor and as WebAssembly.
#[test]
fn the_same_bits_on_every_platform() {
    for (kind, expected) in KINDS.into_iter().zip([0xc92b_fb87_a986_2456, 0x4e71_e004_a24c_4100]) {
        assert_eq!(fingerprint(&mut Generator::new(kind, 2026)), expected, "{kind:?}");
    }
}

/// One number (FNV-1a) out of 1,033 normals and three rows' draws.
fn fingerprint(generator: &mut Generator) -> u64 {
    let mut buffer = NoiseBuffer::new();
    let mut values = vec![0.0; 1000];
    generator.fill_normal(0.5, 0.3, &mut values);
    let mut few = [0.0; 11];
    generator.fill_normal(0.5, 0.3, &mut few);
    let mut words: Vec<u64> = values.iter().chain(&few).map(|x| x.to_bits().into()).collect();
    for row in 0..3 {
        match generator.draw(row, 1000, &mut buffer) {
            Draw::Race(noise) => words.extend((0..noise.len()).map(|ix| u64::from(noise.q(ix).to_bits()))),
            Draw::Coin(coin) => words.push(coin),
            Draw::None => panic!("every generator draws"),
        }
    }
    words.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, word| (hash ^ word).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn noise_is_the_same_lazily_and_at_once() {
    let mut buffer = NoiseBuffer::new();
    let (mut lazy, mut at_once) = (Generator::new(RngKind::Torch, 3), TorchGenerator::new(3));
    for vocab_size in [1, 30, 5, 1000] {
        let mut expected = vec![f32::NAN; vocab_size];
        at_once.fill_exponential(&mut expected);
        let Draw::Race(noise) = lazy.draw(0, vocab_size, &mut buffer) else { panic!("torch races") };
        assert!(!noise.is_empty());
        assert_eq!((0..noise.len()).map(|ix| noise.q(ix)).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn at_least_is_a_lower_bound() {
    let mut uniforms = vec![0.0; 100_000];
    TorchGenerator::new(11).fill_uniforms(&mut uniforms);
    let smallest = 1.0 / (1u64 << 53) as f64;
    uniforms.extend([0.0, smallest, 3.0 * smallest, 1e-9, 1e-8, 1e-7, 1.0 - smallest]);
    let noise = Noise::Uniform(&uniforms);
    for (ix, u) in uniforms.iter().enumerate() {
        let (bound, q) = (noise.at_least(ix), f64::from(noise.q(ix)));
        assert!(bound <= q && q.is_finite(), "u = {u:e}: {bound:e} is above q = {q:e}");
    }
    assert_eq!(Noise::Exponential(&[0.25, 3.0]).at_least(1), 3.0);
}

#[test]
fn philox_serves_rand() {
    let words: Vec<u32> = (0..3).flat_map(|block| philox4x32_10([block, 0, Philox::USER, 0], [42, 0])).collect();
    let mut single = Philox::seed_from_u64(42);
    assert_eq!((0..12).map(|_| single.next_u32()).collect::<Vec<_>>(), words);

    let mut double = Philox::from_seed(42u64.to_le_bytes());
    assert_eq!(double.next_u64(), u64::from(words[1]) << 32 | u64::from(words[0]));

    let mut bytes = [0; 10];
    Philox::seed_from_u64(42).fill_bytes(&mut bytes);
    assert_eq!(bytes[..8], [words[0].to_le_bytes(), words[1].to_le_bytes()].concat());

    assert!((1..=6).contains(&Philox::new(42, Philox::USER).random_range(1..=6)));
}

#[test]
fn streams_differ() {
    let first = |stream| Philox::new(1, stream).next_u64();
    assert_ne!(first(Philox::COINS), first(Philox::NORMALS));
    assert_ne!(first(Philox::NORMALS), first(Philox::USER));
    assert_eq!(first(Philox::COINS), Philox::coin(1, 0, 0));
}

/// χ² of the coins' top byte over steps and rows; all may fail together once in a million choices of seed.
#[test]
fn coins_are_uniform() {
    let mut counts = [0u32; 256];
    let (n_steps, n_rows) = (1 << 10, 1 << 7);
    for step in 0..n_steps {
        for row in 0..n_rows {
            counts[(Philox::coin(2026, step, row) >> 56) as usize] += 1;
        }
    }
    let expected = f64::from(n_steps * n_rows) / 256.0;
    let statistic: f64 = counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum();
    let limit = ChiSquared::new(255.0).expect("255 degrees").inverse_cdf(1.0 - 1e-6);
    assert!(statistic < limit, "χ² = {statistic}, limit {limit}");
}

/// Kolmogorov and Smirnov's distance between 100,003 normals and the normal distribution, at a level of one in a million.
#[test]
fn normals_are_normal() {
    let normal = Normal::new(0.5, 0.3).expect("a distribution");
    for kind in KINDS {
        let mut values = vec![0.0; 100_003];
        Generator::new(kind, 77).fill_normal(0.5, 0.3, &mut values);
        values.sort_unstable_by(f32::total_cmp);
        let n = values.len() as f64;
        let distance = values.iter().enumerate().fold(0.0, |worst: f64, (ix, &x)| {
            let (below, at) = (ix as f64 / n, normal.cdf(f64::from(x)));
            worst.max((at - below).abs()).max((at - below - 1.0 / n).abs())
        });
        let limit = (-(1e-6_f64 / 2.0).ln() / 2.0).sqrt() / n.sqrt();
        assert!(distance < limit, "{kind:?}: distance {distance}, limit {limit}");
    }
}

/// Box and Muller in f64 over the same words: the single-precision functions are that good.
#[test]
fn block_normals_are_box_and_muller() {
    let mut words = Philox::new(5, Philox::NORMALS);
    let mut found = vec![0.0; 16_000];
    Generator::new(RngKind::Philox, 5).fill_normal(0.0, 1.0, &mut found);
    for block in found.chunks_exact(16) {
        let uniforms: Vec<f64> =
            (0..16).map(|_| f64::from(words.next_u32() & 0xFF_FFFF) / f64::from(1 << 24)).collect();
        for j in 0..8 {
            let (radius, angle) = ((-2.0 * (1.0 - uniforms[j]).ln()).sqrt(), std::f64::consts::TAU * uniforms[j + 8]);
            for (x, expected) in [(block[j], radius * angle.cos()), (block[j + 8], radius * angle.sin())] {
                let error = (f64::from(x) - expected).abs();
                assert!(error <= 2e-6, "{x} instead of {expected}");
            }
        }
    }
}
