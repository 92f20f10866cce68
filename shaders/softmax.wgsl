// softmax: m / Σ m as f32; masked → exactly 0. (B, V) → (B, V), in place. Spec: src/rows/softmax.rs.
// Parts: rows wide number mass group select.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let base = row * batch.vocab_size;
  let max_key = row_max_key(lane, base);
  let max_bits = bits_of(max_key);
  var sum = vec2<u32>(0u, 0u);
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    sum = add64(sum, vec2<u32>(mass_of(values[base + i], max_bits), 0u));
  }
  let whole = group_scan(lane, sum).total;
  let total = f32(whole.y) * 4294967296.0 + f32(whole.x);
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    values[base + i] = bitcast<u32>(f32(mass_of(values[base + i], max_bits)) / total);
  }
}
