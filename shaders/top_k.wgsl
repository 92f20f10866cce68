// top_k: masks what is below the k-th largest; ties with it stay. (B, V) → (B, V), in place. Spec: src/backend/cpu/top_k.rs.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let plan = row_plan(row);
  if (plan.kind != TOP_K) {
    return;
  }
  let base = row * batch.vocab_size;
  let lowest = kth_key(lane, base, plan.k);
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    if (key_of(values[base + i]) < lowest) {
      values[base + i] = MASKED;
    }
  }
}
