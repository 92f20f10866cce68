//! Normal variates the way PyTorch's `normal_` makes them on a CPU, to the bit of its AVX2 code.
//!
//! Box–Muller over blocks of 16 with single-precision log and sincos; below 16 elements, pair by pair in f64. The coefficients
//! are those of Cephes (S. Moshier), as PyTorch's vectorised functions use them; which multiply-adds are fused follows its wheels.

use std::f64::consts::{FRAC_PI_2, TAU};

/// How many values one block transform makes: 8 cosines, then 8 sines.
const BLOCK: usize = 16;

/// The transform's memory: the second value of a pair that was half used.
#[derive(Debug, Clone, Default)]
pub(super) struct Normal {
    cached: Option<f64>,
}

impl Normal {
    /// Fills `out` with N(mean, std²) out of 32-bit words.
    pub(super) fn fill(&mut self, mean: f64, std: f64, out: &mut [f32], mut word: impl FnMut() -> u32) {
        if out.len() < BLOCK {
            out.fill_with(|| narrow(self.next(&mut word) * std + mean));
        } else {
            fill_blocks(narrow(mean), narrow(std), out, || uniform_f32(word()));
        }
    }

    fn next(&mut self, mut word: impl FnMut() -> u32) -> f64 {
        if let Some(value) = self.cached.take() {
            return value;
        }
        let mut uniform = || {
            let high = u64::from(word());
            uniform_f64((high << 32) | u64::from(word()))
        };
        let (angle, radius) = (TAU * uniform(), (-2.0 * libm::log1p(-uniform())).sqrt());
        let (sin, cos) = sin_cos_f64(angle);
        self.cached = Some(radius * sin);
        radius * cos
    }
}

/// The low 24 bits of a word, as a fraction in [0, 1).
pub(super) fn uniform_f32(word: u32) -> f32 {
    (word & 0xFF_FFFF) as f32 / (1 << 24) as f32
}

/// The low 53 bits of a double word, as a fraction in [0, 1).
pub(super) fn uniform_f64(word: u64) -> f64 {
    (word & ((1 << 53) - 1)) as f64 / (1u64 << 53) as f64
}

/// At least one block. A last part that is no whole block makes the last 16 values anew.
fn fill_blocks(mean: f32, std: f32, out: &mut [f32], mut uniform: impl FnMut() -> f32) {
    out.fill_with(&mut uniform);
    let (blocks, rest) = out.as_chunks_mut::<BLOCK>();
    for block in blocks {
        transform(block, mean, std);
    }
    if !rest.is_empty()
        && let Some(last) = out.last_chunk_mut::<BLOCK>()
    {
        last.fill_with(uniform);
        transform(last, mean, std);
    }
}

/// 16 uniforms to 16 normals, in place.
fn transform(block: &mut [f32; BLOCK], mean: f32, std: f32) {
    let (radii, angles) = block.split_at_mut(BLOCK / 2);
    for (first, second) in radii.iter_mut().zip(angles) {
        let radius = (-2.0 * log(1.0 - *first)).sqrt();
        let (sin, cos) = sin_cos(std::f32::consts::TAU * *second);
        *first = fma(radius * cos, std, mean);
        *second = fma(radius * sin, std, mean);
    }
}

/// ln x for x in (0, 1]: x = mantissa · 2^exponent, mantissa in [√½, √2), and a polynomial around 1.
fn log(x: f32) -> f32 {
    const COEFFICIENTS: [f32; 9] = [
        7.037_683_6e-2,
        -1.151_461e-1,
        1.167_699_87e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_4e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ];
    /// ln 2 in two parts; the first has few bits, so that its products with an exponent are exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let (mut mantissa, mut exponent) = split(x);
    if mantissa < std::f32::consts::FRAC_1_SQRT_2 {
        exponent -= 1.0;
        mantissa *= 2.0;
    }
    let t = mantissa - 1.0;
    let square = t * t;
    let mut y = horner(t, &COEFFICIENTS) * t;
    y = fma(y, square, exponent * LN_2[1]);
    y = fma(-square, 0.5, y);
    fma(exponent, LN_2[0], t + y)
}

/// A positive normal x as mantissa in [½, 1) and exponent.
fn split(x: f32) -> (f32, f32) {
    let bits = x.to_bits();
    let exponent = i16::try_from(bits >> 23).unwrap_or(i16::MAX) - 126;
    (f32::from_bits((bits & 0x007F_FFFF) | 0x3F00_0000), f32::from(exponent))
}

/// (sin x, cos x) for 0 ≤ x ≤ 2π: x is brought to within π/4 of a multiple of π/2.
fn sin_cos(x: f32) -> (f32, f32) {
    /// π/4 in three parts, negated.
    const MINUS_QUARTER_PI: [f32; 3] = [-0.785_156_25, -2.418_756_5e-4, -3.774_895e-8];
    const OCTANTS_PER_RADIAN: f32 = 1.273_239_5;
    #[allow(clippy::cast_possible_truncation, reason = "the whole octants, at most 8")]
    let octant = ((x * OCTANTS_PER_RADIAN) as u8 + 1) & !1;
    let t = MINUS_QUARTER_PI.iter().fold(x, |t, part| fma(f32::from(octant), *part, t));
    let square = t * t;
    let near_cos = {
        let c = horner(square, &[2.443_315_7e-5, -1.388_731_6e-3, 4.166_664_6e-2]) * square;
        fma(c, square, -(square * 0.5)) + 1.0
    };
    let near_sin = {
        let s = horner(square, &[-1.951_529_6e-4, 8.332_161e-3, -1.666_665_5e-1]) * square;
        fma(s, t, t)
    };
    match octant % 8 {
        0 => (near_sin, near_cos),
        2 => (near_cos, -near_sin),
        4 => (-near_sin, -near_cos),
        _ => (-near_cos, near_sin),
    }
}

/// The same in f64, by Taylor's series: within 2^-51 of the true values.
fn sin_cos_f64(x: f64) -> (f64, f64) {
    /// π/2 in two parts; the first has few bits, so that its products with a quadrant are exact.
    const HALF_PI: [f64; 2] = [1.570_796_326_734_125_6, 6.077_100_506_506_192e-11];
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the nearest quadrant, at most 4")]
    let quadrant = (x / FRAC_PI_2 + 0.5) as u8;
    let t = HALF_PI.iter().fold(x, |t, part| t - f64::from(quadrant) * part);
    let series = |first: u8| {
        (0..8).rev().fold(1.0, |sum, i| {
            let n = f64::from(first + 2 * i);
            1.0 - t * t / (n * (n + 1.0)) * sum
        })
    };
    let (near_sin, near_cos) = (t * series(2), series(1));
    match quadrant % 4 {
        0 => (near_sin, near_cos),
        1 => (near_cos, -near_sin),
        2 => (-near_sin, -near_cos),
        _ => (-near_cos, near_sin),
    }
}

/// A polynomial, highest power first, every step fused.
fn horner(x: f32, coefficients: &[f32]) -> f32 {
    coefficients.iter().copied().reduce(|y, c| fma(y, x, c)).expect("a polynomial has coefficients")
}

/// a · b + c rounded once to f32 — once in f64 first, which changes no value that occurs here and is fast without an FMA unit.
fn fma(a: f32, b: f32, c: f32) -> f32 {
    narrow(f64::from(a) * f64::from(b) + f64::from(c))
}

#[allow(clippy::cast_possible_truncation, reason = "one rounding to f32 is what is wanted")]
fn narrow(x: f64) -> f32 {
    x as f32
}
