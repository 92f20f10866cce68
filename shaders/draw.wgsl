// draw: one token of those left. (B, V) → (B). Spec: src/backend/cpu/draw.rs. By coin, by race or greedy.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let plan = row_plan(row);
  if (group_word(lane, drawn[row].status) != 0u) {
    return;
  }
  let base = row * batch.vocab_size;
  var is_invalid = 0u;
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    is_invalid |= select(1u, 0u, is_logit(values[base + i]));
  }
  if (group_max(lane, is_invalid) != 0u) {
    if (lane == 0u) {
      drawn[row].status = INVALID;
    }
    return;
  }
  let max_key = row_max_key(lane, base);
  if (max_key == 0u) {
    if (lane == 0u) {
      drawn[row].status = NOTHING_LEFT;
    }
    return;
  }
  let max_bits = bits_of(max_key);
  if (plan.draw == GREEDY) {
    draw_greedy(lane, row, base, max_key);
  } else if (plan.draw == COIN) {
    draw_by_coin(lane, row, base, Cut(1u, ALL), max_bits, plan.coin);
  } else {
    draw_by_race(lane, row, base, max_bits);
  }
}

// p / q of a token: its weight over its noise; the host keeps q away from 0. As bits, which rank like the ratio.
fn ratio(at: u32, max_bits: u32) -> u32 {
  if (values[at] == MASKED) {
    return 0u;
  }
  return bitcast<u32>(weight_of(values[at], max_bits) / noise[at]);
}

// PyTorch's race: the first argmax of p / q, and who came second.
fn draw_by_race(lane: u32, row: u32, base: u32, max_bits: u32) {
  var kept = 0u;
  var sum = vec2<u32>(0u, 0u);
  var best = 0u;
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    kept += select(1u, 0u, values[base + i] == MASKED);
    sum = add64(sum, vec2<u32>(mass_of(values[base + i], max_bits), 0u));
    best = max(best, ratio(base + i, max_bits));
  }
  let n_kept = group_scan(lane, vec2<u32>(kept, 0u)).total.x;
  let total = group_scan(lane, sum).total;
  let winner = first_with(lane, base, group_max(lane, best), ALL, max_bits);
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
