// top_k: masks what is below the k-th largest; ties with it stay. (B, V) → (B, V), in place. Spec: src/stages/top_k/mod.rs.
// Params: k.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let plan = row_plan(row);
  if (plan.kind != KIND) {
    return;
  }
  let base = row * batch.vocab_size;
  let lowest = kth_key(lane, base, plan.params.x);
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    if (key_of(values[base + i]) < lowest) {
      values[base + i] = MASKED;
    }
  }
}
