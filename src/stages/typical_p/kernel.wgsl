// typical_p: masks what is further from the entropy than the tokens that have τ of the mass. (B, V) → (B, V), in place.
// Spec: src/stages/typical_p/mod.rs.
// Params: τ · 2^64, low and high word.
// Parts: rows wide number mass group select surprise stage.

// How far a token's surprise is from the entropy.
fn from_entropy(bits: u32, surprise: Surprise) -> u32 {
  let steps = steps_below_top(bits, surprise.max_bits);
  return max(steps, surprise.mean) - min(steps, surprise.mean);
}

// Masses below a digit and of it.
struct Weighed {
  before: vec2<u32>,
  own: vec2<u32>,
}

// Masses of the tokens whose distance has this prefix, by this lane's next digit.
fn weigh_digits(lane: u32, base: u32, surprise: Surprise, prefix: u32, known: u32, shift: u32) -> Weighed {
  workgroupBarrier();
  atomicStore(&wg_low[lane], 0u);
  atomicStore(&wg_high[lane], 0u);
  workgroupBarrier();
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    let distance = from_entropy(bits, surprise);
    if (is_left(bits) && (distance & known) == prefix) {
      let digit = (distance >> shift) & 255u;
      let mass = mass_of(bits, surprise.max_bits);
      let before = atomicAdd(&wg_low[digit], mass);
      if (before + mass < before) {
        atomicAdd(&wg_high[digit], 1u);
      }
    }
  }
  workgroupBarrier();
  let own = vec2<u32>(atomicLoad(&wg_low[lane]), atomicLoad(&wg_high[lane]));
  return Weighed(sub64(group_scan(lane, own).upto, own), own);
}

fn stage(row: u32, plan: Row, lane: u32) {
  let base = row * batch.vocab_size;
  let surprise = row_surprise(lane, base);
  // A token goes when the mass before it is more than this.
  var budget = scaled(surprise.mass, plan.params.xy);
  if ((budget.x | budget.y) != 0u) {
    budget = sub64(budget, vec2<u32>(1u, 0u));
  }
  var most = 0u;
  var known = 0u;
  for (var shift = 32u; shift > 0u; ) {
    shift -= 8u;
    let masses = weigh_digits(lane, base, surprise, most, known, shift);
    let fits = (masses.own.x | masses.own.y) != 0u && !less64(budget, masses.before);
    // The last digit in use that begins within the budget.
    let digit = group_max(lane, select(0u, lane + 1u, fits)) - 1u;
    workgroupBarrier();
    if (lane == digit) {
      wg_sums[0] = masses.before;
    }
    workgroupBarrier();
    budget = sub64(budget, wg_sums[0]);
    most |= digit << shift;
    known |= 255u << shift;
  }
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    if (is_left(bits) && from_entropy(bits, surprise) > most) {
      values[base + i] = MASKED;
    }
  }
}
