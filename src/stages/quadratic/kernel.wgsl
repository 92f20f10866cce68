// quadratic: distances from the largest logit squared. (B, V) → (B, V), in place. Spec: src/stages/quadratic/mod.rs.
// Params: bits of f · k and f · s.
// Parts: rows wide number mass group select stage.

const SIGN = 0x80000000u;
const LOWEST = 0x53800000u;  // 2^40

fn size_of(bits: u32) -> u32 {
  return bits & ~SIGN;
}

fn moved(bits: u32, max_bits: u32, square: u32, cube: u32) -> u32 {
  // d is below 0, and so is cube · d.
  let d = min(size_of(add(bits, max_bits ^ SIGN)), LOWEST);
  let slope = add(multiply(cube, d) | SIGN, square ^ SIGN);
  let area = multiply(d, d);
  if (size_of(slope) == 0u || area == 0u) {
    return max_bits;
  }
  let change = multiply(area, size_of(slope)) | (slope & SIGN);
  if (change == MASKED) {
    return MASKED;
  }
  return add(max_bits, change);
}

fn stage(row: u32, plan: Row, lane: u32) {
  let base = row * batch.vocab_size;
  let max_key = row_max_key(lane, base);
  for (var i = lane; i < batch.vocab_size; i += LANES) {
    let bits = values[base + i];
    if (bits != MASKED && is_logit(bits) && key_of(bits) != max_key) {
      values[base + i] = moved(bits, bits_of(max_key), plan.params.x, plan.params.y);
    }
  }
}
