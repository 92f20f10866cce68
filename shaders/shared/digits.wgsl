// Tokens in the order of a whole number of the kernel's own, `sort_key`, the smallest first, and where the sum of their weights, `sort_weight`,
// leaves a budget: radix steps of 8 bits. One workgroup reads the row four times.

// Weights below a digit and of it.
struct Weighed {
  before: vec2<u32>,
  own: vec2<u32>,
}

// Weights of the tokens whose key has this prefix, by this lane's next digit.
fn weigh_digits(lane: u32, base: u32, surprise: Surprise, prefix: u32, known: u32, shift: u32) -> Weighed {
  workgroupBarrier();
  atomicStore(&wg_low[lane], 0u);
  atomicStore(&wg_high[lane], 0u);
  workgroupBarrier();
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    let key = sort_key(bits, surprise);
    if (is_left(bits) && (key & known) == prefix) {
      let digit = (key >> shift) & 255u;
      let weight = sort_weight(bits, surprise);
      let before = atomicAdd(&wg_low[digit], weight.x);
      let high = weight.y + select(0u, 1u, before + weight.x < before);
      if (high != 0u) {
        atomicAdd(&wg_high[digit], high);
      }
    }
  }
  workgroupBarrier();
  let own = vec2<u32>(atomicLoad(&wg_low[lane]), atomicLoad(&wg_high[lane]));
  return Weighed(sub64(group_scan(lane, own).upto, own), own);
}

// The last key before which the weights are at most a budget, and what is left of it there.
struct Last {
  key: u32,
  budget: vec2<u32>,
}

fn last_within(lane: u32, base: u32, surprise: Surprise, most: vec2<u32>) -> Last {
  var budget = most;
  var prefix = 0u;
  var known = 0u;
  for (var shift = 32u; shift > 0u; ) {
    shift -= 8u;
    let weights = weigh_digits(lane, base, surprise, prefix, known, shift);
    let fits = (weights.own.x | weights.own.y) != 0u && !less64(budget, weights.before);
    // The last digit in use that begins within the budget.
    let digit = max(group_max(lane, select(0u, lane + 1u, fits)), 1u) - 1u;
    workgroupBarrier();
    if (lane == digit) {
      wg_sums[0] = weights.before;
    }
    workgroupBarrier();
    budget = sub64(budget, wg_sums[0]);
    prefix |= digit << shift;
    known |= 255u << shift;
  }
  return Last(prefix, budget);
}
