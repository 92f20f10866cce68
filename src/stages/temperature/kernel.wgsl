// temperature: x / T, correctly rounded. (B, V) → (B, V), in place. Spec: src/stages/temperature/mod.rs.
// Also serves the rows that the fused kernels left to fallback.wgsl.
// Params: bits of T; or bits of the lowest and the highest T and of the exponent, and 1. It has a thread for every token, so it has a head of its
// own; where T depends on the entropy, a row's first workgroup does all of it.
// Parts: rows wide number mass group select surprise.

fn divide_at(row: u32, at: u32, t: u32) {
  let bits = values[at];
  if (bits == MASKED) {
    return;
  }
  if (!is_logit(bits)) {
    drawn[row].status = INVALID;
    return;
  }
  let quotient = divide(bits, t);
  if (quotient == 0x7f800000u) {
    drawn[row].status = OVERFLOW;
    return;
  }
  values[at] = quotient;
}

// (H / log2 n)^exponent.
fn part_of_largest(entropy: u32, n: u32, exponent: f32) -> f32 {
  let largest = log2_steps(vec2<u32>(n << 31u, n >> 1u));
  let of_largest = log2_steps(vec2<u32>(largest << 31u, largest >> 1u));
  let steps = max(entropy, 1u);
  let of_entropy = log2_steps(vec2<u32>(steps << 31u, steps >> 1u));
  let below = exact(f32((of_largest - min(of_largest, of_entropy)) >> 6u) * 0.000003814697265625);
  return power(-min(exact(below * exponent), 126.0), MAGIC);
}

fn divide_row(row: u32, plan: Row, lane: u32) {
  let base = row * batch.vocab_size;
  let surprise = row_surprise(lane, base);
  var n = 0u;
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    n += select(0u, 1u, is_left(values[base + i]));
  }
  let n_left = group_scan(lane, vec2<u32>(n, 0u)).total.x;
  let low = bitcast<f32>(plan.params.x);
  let high = bitcast<f32>(plan.params.y);
  let part = part_of_largest(surprise.top + surprise.mean, n_left, bitcast<f32>(plan.params.z));
  let t = max(exact(exact(exact(high - low) * part) + low), min(high, 0.0009765625));
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    divide_at(row, base + i, select(bitcast<u32>(t), 0x3f800000u, n_left == 1u));
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.y;
  let plan = row_plan(row);
  if (plan.kind == KIND && plan.params.w == 1u) {
    if (group.x == 0u) {
      divide_row(row, plan, lane);
    }
    return;
  }
  let i = group.x * LANES + lane;
  let is_stage = plan.kind == KIND || (plan.kind == FUSED && (drawn[row].status & UNSETTLED) != 0u);
  if (!is_stage || i >= batch.vocab_size) {
    return;
  }
  divide_at(row, row * batch.vocab_size + i, select(plan.temperature, plan.params.x, plan.kind == KIND));
}
