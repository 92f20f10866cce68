// penalties: x < 0 ? x · factor : x / factor, then x + amount, for tokens seen before. (B, V) → (B, V), in place.
// Spec: src/stages/penalties/mod.rs. One lane per distinct token; the host has multiplied counts and penalties into `amount`.

fn stage(row: u32, plan: Row, lane: u32) {
  for (var i = plan.edits_from + lane; i < plan.edits_to; i += LANES) {
    let edit = edits[i];
    let at = row * batch.vocab_size + edit.id;
    var bits = values[at];
    if (bits != MASKED && is_logit(bits)) {
      // −0 is not below 0.
      if (bits > 0x80000000u) {
        bits = multiply(bits, edit.factor);
      } else {
        bits = divide(bits, edit.factor);
      }
      if (is_logit(bits)) {
        bits = read_mask(add(bits, edit.amount));
      }
    }
    if (!is_logit(bits)) {
      drawn[row].status = INVALID;
    }
    values[at] = bits;
  }
}
