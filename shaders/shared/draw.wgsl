// What the kernels that draw share: whether there is something to draw from, and the draw by a random number, inverse CDF in id order over the
// integer masses of the tokens left.

// The largest key of a row that can be drawn from. 0, and the status says why, where there is none.
fn checked_max_key(lane: u32, row: u32, base: u32) -> u32 {
  var is_invalid = 0u;
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    is_invalid |= select(1u, 0u, is_logit(values[base + i]));
  }
  let any_invalid = group_max(lane, is_invalid);
  let max_key = row_max_key(lane, base);
  if (lane == 0u) {
    if (any_invalid != 0u) {
      drawn[row].status = INVALID;
    } else if (max_key == 0u) {
      drawn[row].status = NOTHING_LEFT;
    }
  }
  return select(max_key, 0u, any_invalid != 0u);
}

fn draw_by_coin(lane: u32, row: u32, base: u32, cut: Cut, max_bits: u32, coin: vec2<u32>) {
  let ties = ties_before(lane, base, cut);
  let first = lane * segment_length();
  let end = min(first + segment_length(), batch.vocab_size);
  var sum = vec2<u32>(0u, 0u);
  var kept = 0u;
  var tie = ties;
  for (var i = first; i < end; i++) {
    let bits = values[base + i];
    if (is_kept(key_of(bits), cut, &tie)) {
      kept += 1u;
      sum = add64(sum, vec2<u32>(mass_of(bits, max_bits), 0u));
    }
  }
  let n_kept = group_scan(lane, vec2<u32>(kept, 0u)).total.x;
  let sums = group_scan(lane, sum);
  let after = sums.upto;
  let total = sums.total;
  let r = scaled(total, coin);
  var start = sub64(after, sum);
  if (less64(r, start) || !less64(r, after)) {
    return;
  }
  // The token lies in this lane's segment.
  tie = ties;
  for (var i = first; i < end; i++) {
    let bits = values[base + i];
    if (is_kept(key_of(bits), cut, &tie)) {
      let mass = mass_of(bits, max_bits);
      let next = add64(start, vec2<u32>(mass, 0u));
      if (less64(r, next)) {
        drawn[row] = Drawn(i, n_kept, 0u, mass, total, start, i, 0u);
        return;
      }
      start = next;
    }
  }
}

// The most likely token; of equal ones the lowest id.
fn draw_greedy(lane: u32, row: u32, base: u32, max_key: u32) {
  var first = ALL;
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    if (key_of(values[base + i]) == max_key) {
      first = min(first, i);
    }
  }
  first = group_min(lane, first);
  if (lane == 0u) {
    drawn[row] = Drawn(first, 1u, 0u, 1u, vec2<u32>(1u, 0u), vec2<u32>(0u, 0u), first, 0u);
  }
}
