// draw: one token of those left. (B, V) → (B). Spec: src/cpu/draw.rs. By a random number or greedy; PyTorch's race is race.wgsl.
// Parts: rows wide number mass group select draw.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let plan = row_plan(row);
  if (plan.kind != KIND) {
    return;
  }
  if (group_word(lane, drawn[row].status) != 0u) {
    return;
  }
  let base = row * batch.vocab_size;
  let max_key = checked_max_key(lane, row, base);
  if (max_key == 0u) {
    return;
  }
  if (plan.draw == GREEDY) {
    draw_greedy(lane, row, base, max_key);
  } else {
    draw_by_coin(lane, row, base, Cut(1u, ALL), bits_of(max_key), plan.coin);
  }
}
