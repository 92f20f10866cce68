//! PyTorch's own numbers, recorded in `tests/golden`: every one to the bit.

use logitlab::{
    model::TinyBigram,
    rng::{Draw, Generator, NoiseBuffer, RngKind, TorchGenerator},
};
use serde_json::Value;

const SEEDS: [u32; 5] = [0, 1, 7, 42, 123];

fn goldens() -> Value {
    serde_json::from_str(include_str!("../golden/goldens.json")).expect("goldens.json is JSON")
}

fn vectors(seed: u32) -> Value {
    let all: Value =
        serde_json::from_str(include_str!("../golden/test_vectors.json")).expect("test_vectors.json is JSON");
    all[seed.to_string()].clone()
}

fn torch(seed: u32) -> TorchGenerator {
    TorchGenerator::new(seed.into())
}

/// The f32 numbers written as bits in hexadecimal.
fn f32s(list: &Value) -> Vec<f32> {
    let hex = |item: &Value| u32::from_str_radix(item.as_str().expect("hex"), 16).expect("32 bits");
    list.as_array().expect("a list").iter().map(|item| f32::from_bits(hex(item))).collect()
}

/// NaN-safe and strict about the sign of zero.
#[track_caller]
fn assert_bits(found: &[f32], expected: &Value) {
    let bits = |values: &[f32]| -> Vec<String> { values.iter().map(|x| format!("{:08x}", x.to_bits())).collect() };
    assert_eq!(bits(found), bits(&f32s(expected)), "PyTorch's bits are on the right");
}

/// `torch.randn(n)` after `manual_seed(seed)`.
fn randn(seed: u32, n: usize) -> Vec<f32> {
    let mut out = vec![f32::NAN; n];
    torch(seed).fill_normal(0.0, 1.0, &mut out);
    out
}

#[test]
fn words() {
    for seed in SEEDS {
        let (mut singles, mut doubles) = (torch(seed), torch(seed));
        for word in vectors(seed)["mt19937_u32"].as_array().expect("words") {
            assert_eq!(u64::from(singles.u32()), word.as_u64().expect("a word"), "seed {seed}");
        }
        for word in vectors(seed)["u64"].as_array().expect("double words") {
            assert_eq!(format!("{:016x}", doubles.u64()), word.as_str().expect("hex"), "seed {seed}");
        }
    }
}

#[test]
fn uniforms() {
    for seed in SEEDS {
        let mut generator = torch(seed);
        let found: Vec<f32> = (0..8).map(|_| generator.uniform_f32()).collect();
        assert_bits(&found, &vectors(seed)["rand_f32_hex"]);
    }
}

#[test]
fn normals() {
    for seed in SEEDS {
        for (n, name) in [(5, "randn5_hex"), (16, "randn16_hex"), (20, "randn20_hex")] {
            assert_bits(&randn(seed, n), &vectors(seed)[name]);
        }
    }
}

#[test]
fn exponentials() {
    for seed in SEEDS {
        let mut found = [f32::NAN; 8];
        torch(seed).fill_exponential(&mut found);
        assert_bits(&found, &vectors(seed)["exp8_hex"]);
    }
}

/// 24 draws in a row from the lesson's logits at temperature 2.
#[test]
fn consecutive_races() {
    let all: Value = serde_json::from_str(include_str!("../golden/test_vectors.json")).expect("JSON");
    let probabilities = f32s(&all["softmax_lesson_T2_hex"]);
    for seed in SEEDS {
        let mut generator = Generator::new(RngKind::Torch, seed.into());
        for (ix, token) in vectors(seed)["tokens_lesson_T2"].as_array().expect("tokens").iter().enumerate() {
            let winner = race(&mut generator, &probabilities);
            assert_eq!(Some(winner as u64), token.as_u64(), "seed {seed}, draw {ix}");
        }
    }
}

/// The vectors recorded beside the notebook's numbers, with a seed beyond 32 bits.
#[test]
fn vectors_beside_the_notebook() {
    for (seed, recorded) in goldens()["vectors"].as_object().expect("vectors by seed") {
        let seed = seed.parse().expect("a seed");
        let torch = || TorchGenerator::new(seed);
        for (n, name) in [(5, "randn5_hex"), (16, "randn16_hex"), (20, "randn20_hex")] {
            let mut found = vec![f32::NAN; n];
            torch().fill_normal(0.0, 1.0, &mut found);
            assert_bits(&found, &recorded[name]);
        }
        let mut found = [f32::NAN; 8];
        torch().fill_exponential(&mut found);
        assert_bits(&found, &recorded["exp_first8_hex"]);
        let mut generator = torch();
        assert_bits(&found.map(|_| generator.uniform_f32()), &recorded["rand_first8_hex"]);

        let mut generator = Generator::new(RngKind::Torch, seed);
        let tokens: Vec<usize> = (0..8).map(|_| race(&mut generator, &[0.1; 10])).collect();
        assert_eq!(serde_json::json!(tokens), recorded["uniform_multinomial_V10_first8"], "seed {seed}");
    }
}

/// The first argmax of p / q.
fn race(generator: &mut Generator, probabilities: &[f32]) -> usize {
    let mut buffer = NoiseBuffer::new();
    let Draw::Race(noise) = generator.draw(0, probabilities.len(), &mut buffer) else { panic!("torch races") };
    let ratio = |ix: usize| probabilities[ix] / noise.q(ix);
    (1..noise.len()).fold(0, |best, ix| if ratio(ix) > ratio(best) { ix } else { best })
}

/// The generator where the notebook makes its model: seed 123, then three tokens drawn from five.
fn before_the_model() -> Generator {
    let mut generator = Generator::new(RngKind::Torch, 0);
    generator.manual_seed(123);
    let mut buffer = NoiseBuffer::new();
    for _ in 0..3 {
        generator.draw(0, 5, &mut buffer);
    }
    generator
}

#[test]
fn embedding_weights() {
    let mut generator = before_the_model();
    let mut weights = [f32::NAN; 900];
    generator.fill_normal(0.0, 1.0, &mut weights);
    assert_bits(&weights[..8], &goldens()["embedding_init_normal_first8_hex"]);
    generator.fill_normal(0.0, 0.3, &mut weights);
    assert_bits(&weights[..8], &goldens()["weights_before_bonus_first8_hex"]);
}

#[test]
fn notebook_weights() {
    let model = TinyBigram::notebook(&mut before_the_model());
    assert_bits(model.weights(), &goldens()["weights_30x30_hex"]);
}
