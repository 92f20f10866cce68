// bias: x[id] += b. (B, V) → (B, V), in place. Spec: src/stages/bias/mod.rs. One lane per id, so that repeated ids add up in order.

fn stage(row: u32, plan: Row, lane: u32) {
  for (var i = plan.edits_from + lane; i < plan.edits_to; i += LANES) {
    let id = edits[i].id;
    if (i > plan.edits_from && edits[i - 1u].id == id) {
      continue;
    }
    let at = row * batch.vocab_size + id;
    var bits = values[at];
    for (var j = i; j < plan.edits_to && edits[j].id == id; j++) {
      if (bits == MASKED) {
        break;
      }
      if (!is_logit(bits)) {
        drawn[row].status = INVALID;
        break;
      }
      let b = edits[j].amount;
      if (b == MASKED) {
        bits = MASKED;
      } else {
        bits = read_mask(add(bits, b));
      }
    }
    if (!is_logit(bits)) {
      drawn[row].status = INVALID;
    }
    values[at] = bits;
  }
}
