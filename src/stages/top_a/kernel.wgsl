// top_a: masks what is more surprising than a and twice the most likely token. (B, V) → (B, V), in place. Spec: src/stages/top_a/mod.rs.
// Params: the surprise of a, in steps.
// Parts: rows wide number mass group select surprise stage.

fn stage(row: u32, plan: Row, lane: u32) {
  let base = row * batch.vocab_size;
  let surprise = row_surprise(lane, base);
  let limit = plan.params.x;
  keep_within(lane, base, surprise.max_bits, limit + min(surprise.top, ALL - limit));
}
