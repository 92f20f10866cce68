//! 2^e, lane by lane: a polynomial of our own (degree 5, minimax on [−½, ½] with p(0) = 1), each step one rounded f32 operation.

use super::Floats;

/// Added to e, leaves round(e) in the low bits and 1.5·2^23 above them.
pub const MAGIC: f32 = 12_582_912.0;

/// Exponents are not followed below this: 2^-126 is the smallest ordinary f32.
pub const LOWEST: f32 = -126.0;

/// 2^f on [−½, ½] is 1 + f·(C₀ + f·(C₁ + …)), relative error 1.1·10^-7.
#[allow(clippy::approx_constant, reason = "fitted: the first coefficient is near ln 2, but not it")]
const POWER_OF_TWO: [f32; 5] = [0.693_147, 0.240_222_42, 0.055_507_336, 0.009_671_513, 0.001_326_472_7];

/// 2^e for e in [`LOWEST`, 127]; times 2^n when `magic` is [`MAGIC`] + n.
#[inline(always)]
pub fn powers<L: Floats>(e: L, magic: f32) -> L {
    let magic = L::splat(magic);
    let shifted = e.add(magic);
    let f = e.sub(shifted.sub(magic));
    let mut q = L::splat(POWER_OF_TWO[4]);
    for c in [POWER_OF_TWO[3], POWER_OF_TWO[2], POWER_OF_TWO[1], POWER_OF_TWO[0], 1.0] {
        q = q.mul(f).add(L::splat(c));
    }
    q.scale_by_power(shifted)
}

/// e^x for x ≤ 88, relative error 2·10^-7 + |x|·7.5·10^-8; what is below e^-87 is 2^-126.
#[inline(always)]
pub fn exp<L: Floats>(x: L) -> L {
    powers(x.mul(L::splat(std::f32::consts::LOG2_E)).max(L::splat(LOWEST)), MAGIC)
}
