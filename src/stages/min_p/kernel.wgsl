// min_p: masks what is below max + ln(min_p). (B, V) → (B, V), in place. Spec: src/stages/min_p/mod.rs.
// Params: bits of ln(min_p).

fn stage(row: u32, plan: Row, lane: u32) {
  let base = row * batch.vocab_size;
  let max_key = row_max_key(lane, base);
  let max_bits = bits_of(max_key);
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    if (bits != MASKED && !reaches(bits, max_bits, plan.params.x)) {
      values[base + i] = MASKED;
    }
  }
}
