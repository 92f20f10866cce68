//! PyTorch's CPU arithmetic for `softmax`, to the bit (x86-64, AVX2): what the notebook's numbers are made of.
//!
//! `exp` is a polynomial with fused multiply-adds, the sum runs in eight lanes, the quotient is a product with 1/Σ. These differ from
//! the engine's own softmax in the last bits only, but those bits are printed in the lesson.
//! Source: Sleef's `expf` (u10) and PyTorch's vectorised softmax, re-derived from their formulas. Test: tests/it/golden.rs.

/// Lanes in PyTorch's AVX2 sums.
const N_LANES: usize = 8;

/// `F.softmax(row, dim=-1)` in f32: (V) → (V), bit for bit.
pub fn softmax(row: &[f32]) -> Vec<f32> {
    let mut out = Vec::new();
    softmax_of_list(0..row.len(), row, row.len(), &mut out);
    out
}

/// The notebook's `stable_softmax` in f32: correctly rounded exp, sum from left to right, a true division. (V) → (V).
pub fn stable_softmax(row: &[f32]) -> Vec<f32> {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    #[allow(clippy::cast_possible_truncation, reason = "rounded to f32 on purpose")]
    let exps: Vec<f32> = row.iter().map(|&x| libm::exp(f64::from(x - max)) as f32).collect();
    let sum: f32 = exps.iter().sum();
    exps.iter().map(|e| e / sum).collect()
}

/// Softmax of a row of V logits of which only the listed ones are not masked: (n) values at ascending positions → (n) probabilities.
pub(crate) fn softmax_of_list(
    positions: impl Iterator<Item = usize>,
    values: &[f32],
    vocab_size: usize,
    out: &mut Vec<f32>,
) {
    let max = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    out.clear();
    out.extend(values.iter().map(|&x| exp(x - max)));
    let inverse = 1.0 / lane_sum(positions.zip(out.iter().copied()), vocab_size);
    for e in out {
        *e *= inverse;
    }
}

/// How many sorted tokens the notebook's top-p keeps: `cumsum > p`, shifted right by one, the first always kept.
#[allow(clippy::cast_possible_truncation, reason = "PyTorch keeps p and every prefix of its double cumsum as f32")]
pub(crate) fn n_kept_by_top_p(sorted_probabilities: &[f32], p: f64) -> usize {
    let mut cumulative = 0.0_f64;
    let n_below = sorted_probabilities
        .iter()
        .take_while(|&&probability| {
            cumulative += f64::from(probability);
            cumulative as f32 <= p as f32
        })
        .count();
    (n_below + 1).min(sorted_probabilities.len())
}

/// Σ in PyTorch's order: element i goes to lane i mod 8, lanes are folded 8 → 4 → 2 → 1. Short rows are added left to right.
/// Positions ascend; masked ones are left out, since adding 0 changes nothing.
fn lane_sum(positioned: impl Iterator<Item = (usize, f32)>, vocab_size: usize) -> f32 {
    if vocab_size < N_LANES {
        return positioned.map(|(_, e)| e).sum();
    }
    let mut lanes = [0.0_f32; N_LANES];
    for (position, e) in positioned {
        lanes[position % N_LANES] += e;
    }
    for half in [4, 2, 1] {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
    }
    lanes[0]
}

/// e^d for d ≤ 0. Also exp(-inf) = 0.
fn exp(d: f32) -> f32 {
    if d < -104.0 {
        return 0.0;
    }
    let q = (d * std::f32::consts::LOG2_E).round_ties_even();
    let s = fma(q, -0.693_145_75, d);
    let s = fma(q, -1.428_606_8e-6, s);
    let mut u = 0.000_198_527_62;
    for c in [0.001_393_043_6, 0.008_333_361, 0.041_666_485, 0.166_666_67, 0.5] {
        u = fma(u, s, c);
    }
    let u = 1.0 + fma(s * s, u, s);
    #[allow(clippy::cast_possible_truncation, reason = "|q| ≤ 151")]
    let q = q as i32;
    u * power_of_two(q >> 1) * power_of_two(q - (q >> 1))
}

/// a·b + c, rounded once; f64 holds the product exactly.
#[allow(clippy::cast_possible_truncation, reason = "the one rounding to f32")]
fn fma(a: f32, b: f32, c: f32) -> f32 {
    (f64::from(a) * f64::from(b) + f64::from(c)) as f32
}

/// 2^n for n in [-126, 127].
#[allow(clippy::cast_sign_loss, reason = "n + 127 is in [1, 254]")]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits(((n + 127) as u32) << 23)
}
