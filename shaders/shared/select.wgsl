// Selection without sorting: radix steps of 8 bits over the integer keys, by count or by mass. One workgroup reads the row four times.

var<workgroup> wg_count: array<atomic<u32>, 256>;
var<workgroup> wg_low: array<atomic<u32>, 256>;
var<workgroup> wg_high: array<atomic<u32>, 256>;
var<workgroup> wg_counts: array<u32, 256>;
var<workgroup> wg_digit: u32;

// The tokens left: keys above `key`, and of those equal to it the first `n_ties` in id order.
struct Cut {
  key: u32,
  n_ties: u32,
}

// Counts (and masses) of the keys with this prefix by their next digit, as sums over that digit and all higher ones:
// wg_counts[d] and wg_sums[d].
fn count_digits(lane: u32, base: u32, lowest: u32, prefix: u32, known: u32, shift: u32, max_bits: u32, weighs: bool) {
  workgroupBarrier();
  atomicStore(&wg_count[lane], 0u);
  atomicStore(&wg_low[lane], 0u);
  atomicStore(&wg_high[lane], 0u);
  workgroupBarrier();
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    let key = key_of(bits);
    if (key >= lowest && (key & known) == prefix) {
      let digit = (key >> shift) & 255u;
      atomicAdd(&wg_count[digit], 1u);
      if (weighs) {
        let mass = mass_of(bits, max_bits);
        let before = atomicAdd(&wg_low[digit], mass);
        if (before + mass < before) {
          atomicAdd(&wg_high[digit], 1u);
        }
      }
    }
  }
  workgroupBarrier();
  // Sums over the higher digits, in two levels of 16.
  if (lane < 16u) {
    var count = 0u;
    var mass = vec2<u32>(0u, 0u);
    for (var i = 0u; i < 16u; i++) {
      let digit = lane * 16u + 15u - i;
      count += atomicLoad(&wg_count[digit]);
      mass = add64(mass, vec2<u32>(atomicLoad(&wg_low[digit]), atomicLoad(&wg_high[digit])));
      wg_counts[digit] = count;
      wg_sums[digit] = mass;
    }
  }
  workgroupBarrier();
  var count = wg_counts[lane];
  var mass = wg_sums[lane];
  for (var i = lane / 16u + 1u; i < 16u; i++) {
    count += wg_counts[i * 16u];
    mass = add64(mass, wg_sums[i * 16u]);
  }
  workgroupBarrier();
  wg_counts[lane] = count;
  wg_sums[lane] = mass;
  workgroupBarrier();
}

fn count_above(digit: u32) -> u32 {
  if (digit == 255u) {
    return 0u;
  }
  return wg_counts[digit + 1u];
}

fn mass_above(digit: u32) -> vec2<u32> {
  if (digit == 255u) {
    return vec2<u32>(0u, 0u);
  }
  return wg_sums[digit + 1u];
}

// The digit that a lane has put into wg_digit; LANES if none has.
fn chosen_digit(lane: u32, is_mine: bool) -> u32 {
  if (lane == 0u) {
    wg_digit = LANES;
  }
  workgroupBarrier();
  if (is_mine) {
    wg_digit = lane;
  }
  return workgroupUniformLoad(&wg_digit);
}

// The k-th largest key; 1, which every unmasked token reaches, when there are fewer.
fn kth_key(lane: u32, base: u32, k: u32) -> u32 {
  var prefix = 0u;
  var known = 0u;
  var left = k;
  for (var shift = 32u; shift > 0u; ) {
    shift -= 8u;
    count_digits(lane, base, 1u, prefix, known, shift, 0u, false);
    let digit = chosen_digit(lane, wg_counts[lane] >= left && count_above(lane) < left);
    if (digit == LANES) {
      return 1u;
    }
    left -= count_above(digit);
    prefix |= digit << shift;
    known |= 255u << shift;
  }
  return prefix;
}

// The nucleus of the keys from `lowest` up: token i stays while the mass that ranks before it is at most ⌊p · Z⌋.
fn nucleus(lane: u32, base: u32, lowest: u32, max_bits: u32, p: vec2<u32>) -> Cut {
  var prefix = 0u;
  var known = 0u;
  var budget = vec2<u32>(0u, 0u);
  for (var shift = 32u; shift > 0u; ) {
    shift -= 8u;
    count_digits(lane, base, lowest, prefix, known, shift, max_bits, true);
    if (shift == 24u) {
      budget = scaled(wg_sums[0], p);
    }
    // The lowest digit in use whose larger ones leave some of it.
    let is_used = wg_counts[lane] > count_above(lane);
    let fits = is_used && !less64(budget, mass_above(lane));
    let digit = group_min(lane, select(LANES, lane, fits));
    budget = sub64(budget, mass_above(digit));
    prefix |= digit << shift;
    known |= 255u << shift;
  }
  return Cut(prefix, n_that_fit(budget, mass_of(bits_of(prefix), max_bits)));
}

// ⌊budget / mass⌋ + 1: how many tokens of equal mass begin within the budget.
fn n_that_fit(budget: vec2<u32>, mass: u32) -> u32 {
  var n = 0u;
  var left = budget;
  for (var bit = 20u; bit > 0u; ) {
    bit -= 1u;
    let step = vec2<u32>(mass << bit, select(mass >> (32u - bit), 0u, bit == 0u));
    if (!less64(left, step)) {
      left = sub64(left, step);
      n += 1u << bit;
    }
  }
  return n + 1u;
}

// The higher of a cut and the value cut.
fn with_value_cut(cut: Cut, max_bits: u32, value_cut: u32) -> Cut {
  var low = 0u;
  var high = key_of(max_bits);
  while (high - low > 1u) {
    let middle = low + (high - low) / 2u;
    if (middle >= 0x00800000u && reaches(bits_of(middle), max_bits, value_cut)) {
      high = middle;
    } else {
      low = middle;
    }
  }
  if (high > cut.key) {
    return Cut(high, ALL);
  }
  return cut;
}

// Lane l owns the tokens [first, first + length): segments, so that sums over lanes are sums in id order.
fn segment_length() -> u32 {
  return (batch.vocab_size + LANES - 1u) / LANES;
}

// How many tokens with the cut's key come before this lane's segment.
fn ties_before(lane: u32, base: u32, cut: Cut) -> u32 {
  let first = lane * segment_length();
  var n = 0u;
  if (cut.n_ties != ALL) {
    for (var i = first; i < min(first + segment_length(), batch.vocab_size); i++) {
      n += select(0u, 1u, key_of(values[base + i]) == cut.key);
    }
  }
  return group_scan(lane, vec2<u32>(n, 0u)).upto.x - n;
}

// Whether a token stays; `tie` counts those of the cut's key so far.
fn is_kept(key: u32, cut: Cut, tie: ptr<function, u32>) -> bool {
  if (key != cut.key) {
    return key > cut.key;
  }
  *tie += 1u;
  return *tie <= cut.n_ties;
}

// The largest key of the row.
fn row_max_key(lane: u32, base: u32) -> u32 {
  var largest = 0u;
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    largest = max(largest, key_of(values[base + i]));
  }
  return group_max(lane, largest);
}
