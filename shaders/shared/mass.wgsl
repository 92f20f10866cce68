// m = round(2^31 · 2^((x − max) · log2 e)), bit for bit as in src/rows/softmax.rs.

const MAGIC = 12582912.0;

// (x − max) · log2 e, not below −126.
fn exponent_of(x: u32, max_bits: u32) -> f32 {
  let value = bitcast<f32>(x);
  let max_logit = bitcast<f32>(max_bits);
  // Far below, the difference itself could leave the range of f32.
  if (exact(max_logit * 0.5) - exact(value * 0.5) > 64.0) {
    return -126.0;
  }
  return max(exact(exact(value - max_logit) * 1.44269504), -126.0);
}

// 2^e · 2^(magic − MAGIC).
fn power(e: f32, magic: f32) -> f32 {
  let shifted = exact(e + magic);
  let f = exact(e - exact(shifted - magic));
  var q = 0.0013264727;
  q = exact(exact(q * f) + 0.009671513);
  q = exact(exact(q * f) + 0.055507336);
  q = exact(exact(q * f) + 0.24022242);
  q = exact(exact(q * f) + 0.693147);
  q = exact(exact(q * f) + 1.0);
  return bitcast<f32>(bitcast<u32>(q) + (bitcast<u32>(shifted) << 23u));
}

// The integer mass of a logit; 0 when masked.
fn mass_of(x: u32, max_bits: u32) -> u32 {
  if (x == MASKED) {
    return 0u;
  }
  return u32(round(power(exponent_of(x, max_bits), MAGIC + 31.0)));
}

// The same as a float that does not end at 2^-32, for a race.
fn weight_of(x: u32, max_bits: u32) -> f32 {
  return power(exponent_of(x, max_bits), MAGIC);
}

// x − max ≥ the value cut, in f32; the largest is always kept.
fn reaches(x: u32, max_bits: u32, value_cut: u32) -> bool {
  if (key_of(x) == key_of(max_bits)) {
    return true;
  }
  let limit = bitcast<f32>(value_cut);
  let value = bitcast<f32>(x);
  let max_logit = bitcast<f32>(max_bits);
  if (limit == 0.0 || exact(max_logit * 0.5) - exact(value * 0.5) > 400.0) {
    return false;
  }
  return exact(value - max_logit) >= limit;
}
