// race: one token of those left, as PyTorch's multinomial draws it. (B, V), noise (B, V) → (B). Spec: src/cpu/draw.rs.
// Every token has its own noise q, an Exp(1) variate, and the first argmax of p / q wins.
// Parts: rows wide number mass group select draw.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let plan = row_plan(row);
  if (plan.kind != KIND) {
    return;
  }
  if (group_word(lane, drawn[row].status) != 0u) {
    return;
  }
  let base = row * batch.vocab_size;
  let max_key = checked_max_key(lane, row, base);
  if (max_key == 0u) {
    return;
  }
  draw_by_race(lane, row, base, bits_of(max_key));
}

// p / q of a token: its weight over its noise; the host keeps q away from 0. As bits, which rank like the ratio.
fn ratio(at: u32, max_bits: u32) -> u32 {
  if (values[at] == MASKED) {
    return 0u;
  }
  return bitcast<u32>(weight_of(values[at], max_bits) / noise[at]);
}

// The first argmax of p / q, and who came second.
fn draw_by_race(lane: u32, row: u32, base: u32, max_bits: u32) {
  var kept = 0u;
  var sum = vec2<u32>(0u, 0u);
  var largest = 0u;
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    kept += select(1u, 0u, values[base + i] == MASKED);
    sum = add64(sum, vec2<u32>(mass_of(values[base + i], max_bits), 0u));
    largest = max(largest, ratio(base + i, max_bits));
  }
  let n_kept = group_scan(lane, vec2<u32>(kept, 0u)).total.x;
  let total = group_scan(lane, sum).total;
  let winner = first_with(lane, base, group_max(lane, largest), ALL, max_bits);
  var second = 0u;
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    if (i != winner) {
      second = max(second, ratio(base + i, max_bits));
    }
  }
  second = group_max(lane, second);
  var runner_up = first_with(lane, base, second, winner, max_bits);
  if (second == 0u) {
    runner_up = winner;
  }
  if (lane == 0u) {
    let weight = bitcast<u32>(weight_of(values[base + winner], max_bits));
    let runner_up_weight = bitcast<u32>(weight_of(values[base + runner_up], max_bits));
    drawn[row] = Drawn(winner, n_kept, 0u, weight, total, vec2<u32>(0u, 0u), runner_up, runner_up_weight);
  }
}

// The lowest id with this ratio, other than `except`.
fn first_with(lane: u32, base: u32, wanted: u32, except: u32, max_bits: u32) -> u32 {
  var first = ALL;
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    if (i != except && values[base + i] != MASKED && ratio(base + i, max_bits) == wanted) {
      first = min(first, i);
    }
  }
  return group_min(lane, first);
}
