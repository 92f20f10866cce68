// top_h: masks what comes after the most likely tokens that together have the share h of the entropy. (B, V) → (B, V), in place.
// Spec: src/stages/top_h/mod.rs.
// Params: h · 2^64, low and high word.
// Parts: rows wide number mass group select surprise digits stage.

// The most likely first.
fn sort_key(bits: u32, surprise: Surprise) -> u32 {
  return ~key_of(bits);
}

// ⌊m · s / 2^24⌋.
fn sort_weight(bits: u32, surprise: Surprise) -> vec2<u32> {
  let mass = mass_of(bits, surprise.max_bits);
  let steps = surprise.top + steps_below_top(bits, surprise.max_bits);
  let high = mul_high(mass, steps);
  return vec2<u32>(((mass * steps) >> 24u) | (high << 8u), high >> 24u);
}

// ⌊budget / weight⌋, below 2^21.
fn n_within(budget: vec2<u32>, weight: vec2<u32>) -> u32 {
  var n = 0u;
  var left = budget;
  for (var bit = 21u; bit > 0u; ) {
    bit -= 1u;
    let step = vec2<u32>(weight.x << bit, (weight.y << bit) | select(weight.x >> (32u - bit), 0u, bit == 0u));
    if (!less64(left, step)) {
      left = sub64(left, step);
      n += 1u << bit;
    }
  }
  return n;
}

fn stage(row: u32, plan: Row, lane: u32) {
  let base = row * batch.vocab_size;
  let surprise = row_surprise(lane, base);
  var sum = vec2<u32>(0u, 0u);
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    if (is_left(bits)) {
      sum = add64(sum, sort_weight(bits, surprise));
    }
  }
  let budget = scaled(group_scan(lane, sum).total, plan.params.xy);
  // The first token that goes is the last one before which the sum is within the budget.
  let first_out = last_within(lane, base, surprise, budget);
  let bits_out = bits_of(~first_out.key);
  var cut = Cut(~first_out.key, n_within(first_out.budget, sort_weight(bits_out, surprise)));
  let max_key = key_of(surprise.max_bits);
  // The most likely token stays, also where it has all of the mass and so no weight.
  if ((budget.x | budget.y) == 0u || (cut.key == max_key && cut.n_ties == 0u)) {
    cut = Cut(max_key, 1u);
  }
  var tie = ties_before(lane, base, cut);
  let first = lane * segment_length();
  for (var i = first; i < min(first + segment_length(), batch.vocab_size); i++) {
    let bits = values[base + i];
    if (is_left(bits) && !is_kept(key_of(bits), cut, &tie)) {
      values[base + i] = MASKED;
    }
  }
}
