// xtc: masks the tokens that are at least as likely as t, but for the least likely of them. (B, V) → (B, V), in place. Spec: src/stages/xtc/mod.rs.
// Params: 1 in a step in which it acts, else 0; the surprise of t, in steps.
// Parts: rows wide number mass group select surprise stage.

fn stage(row: u32, plan: Row, lane: u32) {
  let base = row * batch.vocab_size;
  let surprise = row_surprise(lane, base);
  let acts = plan.params.x == 1u && plan.params.y >= surprise.top;
  let most = plan.params.y - min(plan.params.y, surprise.top);
  var lowest = ALL;
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    if (acts && is_left(bits) && steps_below_top(bits, surprise.max_bits) <= most) {
      lowest = min(lowest, key_of(bits));
    }
  }
  let last_key = group_min(lane, lowest);
  // Of equals the highest id is the last.
  var last = 0u;
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    if (key_of(values[base + i]) == last_key) {
      last = max(last, i);
    }
  }
  let last_id = group_max(lane, last);
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    let is_likely = acts && is_left(bits) && steps_below_top(bits, surprise.max_bits) <= most;
    if (is_likely && i != last_id) {
      values[base + i] = MASKED;
    }
  }
}
