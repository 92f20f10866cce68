// Unsigned 64-bit integers as (low, high).

fn mul_high(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu;
  let ah = a >> 16u;
  let bl = b & 0xffffu;
  let bh = b >> 16u;
  let t = ah * bl + ((al * bl) >> 16u);
  let u = al * bh + (t & 0xffffu);
  return ah * bh + (t >> 16u) + (u >> 16u);
}

fn add64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = a.x + b.x;
  return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}

fn sub64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(a.x - b.x, a.y - b.y - select(0u, 1u, a.x < b.x));
}

fn less64(a: vec2<u32>, b: vec2<u32>) -> bool {
  return a.y < b.y || (a.y == b.y && a.x < b.x);
}

// ⌊a · b / 2^64⌋: where a 64-bit random number b falls on a line of length a, or the share b / 2^64 of it.
fn scaled(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let carry = vec2<u32>(mul_high(a.x, b.x), 0u);
  let middle_1 = add64(vec2<u32>(a.x * b.y, mul_high(a.x, b.y)), carry);
  let middle_2 = add64(vec2<u32>(a.y * b.x, mul_high(a.y, b.x)), vec2<u32>(middle_1.x, 0u));
  let high = vec2<u32>(a.y * b.y, mul_high(a.y, b.y));
  return add64(high, add64(vec2<u32>(middle_1.y, 0u), vec2<u32>(middle_2.y, 0u)));
}
