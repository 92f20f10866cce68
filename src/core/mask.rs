//! Which logits mask a token: −inf, and the lowest numbers of float32 and bfloat16, which transformers and others write in its place
//! (`torch.finfo(dtype).min`). Backends turn the latter into −inf when they read a row, and after a bias or a penalty.

/// bfloat16's lowest number; float32's, −3.4028235e38, is below it.
const LOWEST: f32 = f32::from_bits(0xFF7F_0000);

/// The lowest logit that is no mask: the number above.
pub(crate) const LEAST: f32 = f32::from_bits(0xFF7E_FFFF);

/// A logit, −inf if it is a mask.
#[inline(always)]
pub(crate) fn read(x: f32) -> f32 {
    if x <= LOWEST { f32::NEG_INFINITY } else { x }
}

/// Makes −inf of every mask of a row, and says whether anything changed.
pub(crate) fn read_all(row: &mut [f32]) -> bool {
    let mut has_changed = false;
    for x in row {
        let logit = read(*x);
        has_changed |= logit != *x && !x.is_nan();
        *x = logit;
    }
    has_changed
}
