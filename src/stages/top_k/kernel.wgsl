// top_k: masks what is below the k-th largest; ties with it stay. (B, V) → (B, V), in place. Spec: src/stages/top_k/mod.rs.
// Params: k.

fn stage(row: u32, plan: Row, lane: u32) {
  let base = row * batch.vocab_size;
  let lowest = kth_key(lane, base, plan.params.x);
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    if (key_of(values[base + i]) < lowest) {
      values[base + i] = MASKED;
    }
  }
}
