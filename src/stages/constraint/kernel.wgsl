// constraint: masks the tokens without a bit. (B, V) → (B, V), in place. Spec: src/stages/constraint/mod.rs. The bits lie in the edits, 128 in
// each; a token behind the last of them has none.

fn bits_at(word: u32) -> u32 {
  let edit = edits[word / 4u];
  return vec4<u32>(edit.id, edit.factor, edit.amount, edit.unused)[word % 4u];
}

fn stage(row: u32, plan: Row, lane: u32) {
  for (var id = lane; id < batch.vocab_size; id += LANES) {
    let at = row * batch.vocab_size + id;
    if (!is_logit(values[at])) {
      drawn[row].status = INVALID;
    }
    let word = plan.edits_from * 4u + id / 32u;
    if (word >= plan.edits_to * 4u || ((bits_at(word) >> (id % 32u)) & 1u) == 0u) {
      values[at] = MASKED;
    }
  }
}
