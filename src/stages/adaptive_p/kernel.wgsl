// adaptive_p: logits by how near a token's probability is to a target. (B, V) → (B, V), in place. Spec: src/stages/adaptive_p/mod.rs.
// Params: bits of the target.
// Parts: rows wide number mass group select surprise stage.

fn stage(row: u32, plan: Row, lane: u32) {
  let base = row * batch.vocab_size;
  let surprise = row_surprise(lane, base);
  let goal = bitcast<f32>(plan.params.x);
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    if (is_left(bits)) {
      let steps = ratio_steps(vec2<u32>(mass_of(bits, surprise.max_bits), 0u), surprise.mass);
      let p = exact(f32(steps) * 0.000000059604644775390625);
      let d = exact(abs(exact(p - goal)) * 3.3333333);
      let fall = divide(bitcast<u32>(exact(exact(d * d) * 10.0)), bitcast<u32>(exact(1.0 + d)));
      values[base + i] = bitcast<u32>(exact(5.0 - bitcast<f32>(fall)));
    }
  }
}
