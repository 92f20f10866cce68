// eta_cutoff: masks what is more surprising than η. (B, V) → (B, V), in place. Spec: src/stages/eta_cutoff/mod.rs.
// Params: the surprise of ε, in steps.
// Parts: rows wide number mass group select surprise stage.

fn stage(row: u32, plan: Row, lane: u32) {
  let base = row * batch.vocab_size;
  let surprise = row_surprise(lane, base);
  let limit = plan.params.x;
  keep_within(lane, base, surprise.max_bits, max(limit - min(limit, surprise.top), limit / 2u + surprise.mean));
}
