// top_n_sigma: masks what is more than n standard deviations below the largest. (B, V) → (B, V), in place. Spec: src/stages/top_n_sigma/mod.rs.
// Params: bits of n.

// ⌊(max − x) / 2 · factor⌋, below 2^20.
fn steps_from_top(x: u32, max_bits: u32, factor: f32) -> u32 {
  return u32(exact(exact(exact(bitcast<f32>(max_bits) * 0.5) - exact(bitcast<f32>(x) * 0.5)) * factor));
}

// a · b as 64 bits.
fn product64(a: u32, b: u32) -> vec2<u32> {
  return vec2<u32>(a * b, mul_high(a, b));
}

// The largest integer below 2^20 whose square (or, with `power` 1, itself) times `count` is at most `sum`.
fn largest_within(sum: vec2<u32>, count: u32, power: u32) -> u32 {
  var root = 0u;
  for (var bit = 20u; bit > 0u; ) {
    bit -= 1u;
    let more = root | (1u << bit);
    var product = vec2<u32>(more, 0u);
    if (power == 2u) {
      product = product64(more, more);
    }
    // product < 2^40 and count < 2^22, so nothing overflows.
    let low = product64(product.x, count);
    let whole = vec2<u32>(low.x, low.y + product.y * count);
    if (!less64(sum, whole)) {
      root = more;
    }
  }
  return root;
}

fn stage(row: u32, plan: Row, lane: u32) {
  let base = row * batch.vocab_size;
  let max_bits = bits_of(row_max_key(lane, base));
  var least = 0u;
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    if (bits != MASKED && is_logit(bits)) {
      least = max(least, ~key_of(bits));
    }
  }
  let min_bits = bits_of(~group_max(lane, least));
  let half_span = exact(bitcast<f32>(max_bits) * 0.5) - exact(bitcast<f32>(min_bits) * 0.5);
  let exponent = group_word(lane, bitcast<u32>(half_span) >> 23u);
  if (exponent < 40u) {
    return;
  }
  let factor = bitcast<f32>((273u - exponent) << 23u);
  var count = 0u;
  var sum = vec2<u32>(0u, 0u);
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    if (bits != MASKED && is_logit(bits)) {
      count += 1u;
      sum = add64(sum, vec2<u32>(steps_from_top(bits, max_bits, factor), 0u));
    }
  }
  let n_left = group_scan(lane, vec2<u32>(count, 0u)).total.x;
  let mean = largest_within(group_scan(lane, sum).total, n_left, 1u);
  var squares = vec2<u32>(0u, 0u);
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    if (bits != MASKED && is_logit(bits)) {
      let q = steps_from_top(bits, max_bits, factor);
      let off = max(q, mean) - min(q, mean);
      squares = add64(squares, product64(off, off));
    }
  }
  let sigma = largest_within(group_scan(lane, squares).total, n_left, 2u);
  let most = u32(min(exact(bitcast<f32>(plan.params.x) * f32(sigma)), 2097152.0));
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    if (bits != MASKED && is_logit(bits) && steps_from_top(bits, max_bits, factor) > most) {
      values[base + i] = MASKED;
    }
  }
}
