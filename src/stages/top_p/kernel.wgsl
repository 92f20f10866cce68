// top_p: masks what comes after the nucleus, in the order (x desc, id asc). (B, V) → (B, V), in place. Spec: src/stages/top_p/mod.rs.
// Params: p · 2^64, low and high word.

fn stage(row: u32, plan: Row, lane: u32) {
  let base = row * batch.vocab_size;
  let max_key = row_max_key(lane, base);
  if (max_key == 0u) {
    return;
  }
  let cut = nucleus(lane, base, 1u, bits_of(max_key), plan.params.xy);
  var tie = ties_before(lane, base, cut);
  let first = lane * segment_length();
  for (var i = first; i < min(first + segment_length(), batch.vocab_size); i++) {
    if (!is_kept(key_of(values[base + i]), cut, &tie)) {
      values[base + i] = MASKED;
    }
  }
}
