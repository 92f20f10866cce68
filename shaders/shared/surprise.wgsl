// Surprise: −log2 p in steps of 2^-24 bits, bit for bit as in src/rows/surprise.rs.

struct Surprise {
  max_bits: u32,
  top: u32,              // of the most likely token
  mean: u32,             // by how much it is larger than that on average
  mass: vec2<u32>,       // Σm
}

fn is_left(bits: u32) -> bool {
  return bits != MASKED && is_logit(bits);
}

// By how much the surprise of a token is larger than that of the most likely one.
fn steps_below_top(x: u32, max_bits: u32) -> u32 {
  return u32(exact(-exponent_of(x, max_bits) * 16777216.0));
}

// ⌊log2 (mass / 2^31) · 2^24⌋ for a mass of at least 2^31: a bit of the logarithm for every squaring.
fn log2_steps(mass: vec2<u32>) -> u32 {
  var x = mass.x;
  var bits = 0u;
  if (mass.y != 0u) {
    let zeros = countLeadingZeros(mass.y);
    x = (mass.y << zeros) | select(mass.x >> (32u - zeros), 0u, zeros == 0u);
    bits = 32u - zeros;
  }
  for (var i = 0u; i < 24u; i++) {
    let high = mul_high(x, x);
    let bit = high >> 31u;
    x = select((high << 1u) | ((x * x) >> 31u), high, bit == 1u);
    bits = (bits << 1u) | bit;
  }
  return bits;
}

// ⌊part · 2^24 / whole⌋ for a part below 32 · whole.
fn ratio_steps(part: vec2<u32>, whole: vec2<u32>) -> u32 {
  let divisor = vec2<u32>(whole.x << 5u, (whole.y << 5u) | (whole.x >> 27u));
  var rest = part;
  var ratio = 0u;
  for (var i = 0u; i < 29u; i++) {
    rest = add64(rest, rest);
    let fits = !less64(rest, divisor);
    rest = sub64(rest, select(vec2<u32>(0u, 0u), divisor, fits));
    ratio = (ratio << 1u) | select(0u, 1u, fits);
  }
  return ratio;
}

fn row_surprise(lane: u32, base: u32) -> Surprise {
  let max_bits = bits_of(row_max_key(lane, base));
  var mass_sum = vec2<u32>(0u, 0u);
  var moment_sum = vec2<u32>(0u, 0u);
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    if (is_left(bits)) {
      let mass = mass_of(bits, max_bits);
      let moment = u32(round(exact(f32(mass) * -exponent_of(bits, max_bits))));
      mass_sum = add64(mass_sum, vec2<u32>(mass, 0u));
      moment_sum = add64(moment_sum, vec2<u32>(moment, 0u));
    }
  }
  let mass = group_scan(lane, mass_sum).total;
  let moment = group_scan(lane, moment_sum).total;
  return Surprise(max_bits, log2_steps(mass), ratio_steps(moment, mass), mass);
}

// Masks the tokens that are more than so many steps below the most likely one.
fn keep_within(lane: u32, base: u32, max_bits: u32, most: u32) {
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    if (is_left(bits) && steps_below_top(bits, max_bits) > most) {
      values[base + i] = MASKED;
    }
  }
}
