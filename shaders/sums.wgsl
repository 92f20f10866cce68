// sums: the second fused kernel, for rows whose whole mass is needed. (B, V), parts → the parts' sums. Integer sums: any split gives the same.
// Where neither count nor mass cuts the row, the value cut is made here: what it removes is not counted.
// Parts: rows wide number mass group.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = group.x;
  let row = group.y;
  let plan = row_plan(row);
  if (plan.kind != FUSED || plan.draw == GREEDY || plan.k != 0u) {
    return;
  }
  var largest = 0u;
  if (lane < batch.n_blocks) {
    largest = parts[row * batch.n_blocks + lane].max_key;
  }
  let max_bits = divide(bits_of(group_max(lane, largest)), plan.temperature);
  let cuts = has_value_cut(plan) && !has_p(plan);
  let base = row * batch.vocab_size;
  var sum = vec2<u32>(0u, 0u);
  var kept = 0u;
  if (is_logit(max_bits) && max_bits != MASKED) {
    for (var i = block * BLOCK + lane; i < min((block + 1u) * BLOCK, batch.vocab_size); i += LANES) {
      let bits = values[base + i];
      if (bits != MASKED && is_logit(bits)) {
        let value = divide(bits, plan.temperature);
        if (value != MASKED && (!cuts || reaches(value, max_bits, plan.value_cut))) {
          sum = add64(sum, vec2<u32>(mass_of(value, max_bits), 0u));
          kept += 1u;
        }
      }
    }
  }
  let total = group_scan(lane, sum).total;
  let n_kept = group_scan(lane, vec2<u32>(kept, 0u)).total.x;
  if (lane == 0u) {
    parts[row * batch.n_blocks + block].sum = total;
    parts[row * batch.n_blocks + block].kept = n_kept;
  }
}
