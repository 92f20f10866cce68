// A sum over the 64 lanes of a workgroup, for all of them: halves are folded together, so the order is always the same.

var<workgroup> wg_folded: array<f32, 64>;

fn group_sum(lane: u32, value: f32) -> f32 {
  workgroupBarrier();
  wg_folded[lane] = value;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      wg_folded[lane] += wg_folded[lane + half];
    }
  }
  return workgroupUniformLoad(&wg_folded[0]);
}
