// What the fused kernels agree on.

// How many tokens from the top are looked for.
fn wanted(plan: Row) -> u32 {
  return select(128u, plan.k, plan.k != 0u);
}

// Whether anything but a value cut cuts the row.
fn has_filter(plan: Row) -> bool {
  return plan.draw != GREEDY && (plan.k != 0u || has_p(plan));
}

// A key below every logit that temperature may make equal to this one's.
fn tie_floor(key: u32, plan: Row) -> u32 {
  if (plan.temperature == 0x3f800000u || key == 1u) {
    return key;
  }
  let x = bitcast<f32>(bits_of(key));
  if (x < -1e38) {
    return 1u;
  }
  return key_of(bitcast<u32>(x - (abs(x) * 4.8e-7 + bitcast<f32>(plan.slack))));
}
