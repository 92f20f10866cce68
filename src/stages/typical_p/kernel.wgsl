// typical_p: masks what is further from the entropy than the tokens that have τ of the mass. (B, V) → (B, V), in place.
// Spec: src/stages/typical_p/mod.rs.
// Params: τ · 2^64, low and high word.
// Parts: rows wide number mass group select surprise digits stage.

// How far a token's surprise is from the entropy.
fn from_entropy(bits: u32, surprise: Surprise) -> u32 {
  let steps = steps_below_top(bits, surprise.max_bits);
  return max(steps, surprise.mean) - min(steps, surprise.mean);
}

fn sort_key(bits: u32, surprise: Surprise) -> u32 {
  return from_entropy(bits, surprise);
}

fn sort_weight(bits: u32, surprise: Surprise) -> vec2<u32> {
  return vec2<u32>(mass_of(bits, surprise.max_bits), 0u);
}

fn stage(row: u32, plan: Row, lane: u32) {
  let base = row * batch.vocab_size;
  let surprise = row_surprise(lane, base);
  // A token goes when the mass before it is more than this.
  var budget = scaled(surprise.mass, plan.params.xy);
  if ((budget.x | budget.y) != 0u) {
    budget = sub64(budget, vec2<u32>(1u, 0u));
  }
  let most = last_within(lane, base, surprise, budget).key;
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    if (is_left(bits) && from_entropy(bits, surprise) > most) {
      values[base + i] = MASKED;
    }
  }
}
