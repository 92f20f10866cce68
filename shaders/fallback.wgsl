// fallback: the rows that finish.wgsl left, one workgroup each; temperature.wgsl has divided them. (B, V) → drawn (B).
// Radix selection by count and by mass: any k, flat nuclei, rows of ties.
// Parts: rows wide number mass group select draw.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let plan = row_plan(row);
  if (plan.kind != FUSED) {
    return;
  }
  if (group_word(lane, drawn[row].status) != UNSETTLED) {
    return;
  }
  let base = row * batch.vocab_size;
  let max_bits = bits_of(row_max_key(lane, base));
  var cut = Cut(1u, ALL);
  if (plan.k != 0u) {
    cut.key = kth_key(lane, base, plan.k);
  }
  if (has_p(plan)) {
    cut = nucleus(lane, base, cut.key, max_bits, plan.p);
  }
  if (has_value_cut(plan)) {
    cut = with_value_cut(cut, max_bits, plan.value_cut);
  }
  draw_by_coin(lane, row, base, cut, max_bits, plan.coin);
}
