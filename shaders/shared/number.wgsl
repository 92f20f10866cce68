// f32 arithmetic to the bit: the same on every GPU and on the CPU, whatever the compiler fuses, reorders or flushes.

// The order of logits as integers: larger is better, masked is 0, −0 equals +0.
fn key_of(bits: u32) -> u32 {
  if (bits == MASKED) {
    return 0u;
  }
  if (bits == 0x80000000u) {
    return 0x80000000u;
  }
  return select(bits | 0x80000000u, ~bits, bits > 0x80000000u);
}

fn bits_of(key: u32) -> u32 {
  return select(~key, key & 0x7fffffffu, key >= 0x80000000u);
}

// A logit, MASKED if it is at or below bfloat16's lowest number. Spec: src/core/mask.rs.
fn read_mask(bits: u32) -> u32 {
  return select(bits, MASKED, bits >= 0xff7f0000u && bits < MASKED);
}

// Not NaN, not +inf.
fn is_logit(bits: u32) -> bool {
  return (bits & 0x7f800000u) != 0x7f800000u || bits == MASKED;
}

// One rounded operation. The compiler does not know that batch.zero is 0, so it cannot fuse or reorder across.
fn exact(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ batch.zero);
}

// |x| = m · 2^e with m in [2^23, 2^24), x ≠ 0 and finite.
struct Parts {
  m: u32,
  e: i32,
}

fn unpack(bits: u32) -> Parts {
  let biased = (bits >> 23u) & 255u;
  let fraction = bits & 0x7fffffu;
  if (biased == 0u) {
    let shift = countLeadingZeros(fraction) - 8u;
    return Parts(fraction << shift, -149 - i32(shift));
  }
  return Parts(fraction | 0x800000u, i32(biased) - 150);
}

// m · 2^e rounded to the nearest f32, ties to even. 0 < m < 2^28; `rest` says that something below m was cut off, then m ≥ 2^24.
fn pack(sign: u32, m: u32, e: i32, rest: bool) -> u32 {
  let exponent = e + 31 - i32(countLeadingZeros(m));
  if (exponent > 127) {
    return sign | 0x7f800000u;
  }
  let last = max(exponent - 23, -149);
  let shift = last - e;
  if (shift >= 29) {
    return sign;
  }
  var kept = m;
  if (shift <= 0) {
    kept = m << u32(-shift);
  } else {
    let s = u32(shift);
    kept = m >> s;
    let cut = m & ((1u << s) - 1u);
    let half = 1u << (s - 1u);
    if (cut > half || (cut == half && (rest || (kept & 1u) == 1u))) {
      kept += 1u;
    }
  }
  return sign | min((u32(last + 149) << 23u) + kept, 0x7f800000u);
}

// x / y, both finite, y > 0. The result may be ±inf, as bits.
fn divide(x: u32, y: u32) -> u32 {
  if ((x & 0x7fffffffu) == 0u || x == MASKED || y == 0x3f800000u) {
    return x;
  }
  let a = unpack(x);
  let b = unpack(y);
  // The device's own division may be off by a few units; the remainder of the integers puts it right.
  var q = u32(f32(a.m) / f32(b.m) * 33554432.0);
  var remainder = i32((a.m << 25u) - q * b.m);
  let divisor = i32(b.m);
  var off = remainder / divisor;
  if (remainder - off * divisor < 0) {
    off -= 1;
  }
  q = u32(i32(q) + off);
  remainder -= off * divisor;
  return pack(x & 0x80000000u, q, a.e - b.e - 25, remainder != 0);
}

// x · y, both finite, y > 0.
fn multiply(x: u32, y: u32) -> u32 {
  if ((x & 0x7fffffffu) == 0u || x == MASKED) {
    return x;
  }
  let a = unpack(x);
  let b = unpack(y);
  let high = mul_high(a.m, b.m);
  let low = a.m * b.m;
  return pack(x & 0x80000000u, (high << 10u) | (low >> 22u), a.e + b.e + 22, (low & 0x3fffffu) != 0u);
}

// x + y, both finite.
fn add(x: u32, y: u32) -> u32 {
  if ((y & 0x7fffffffu) == 0u || x == MASKED) {
    return x;
  }
  if ((x & 0x7fffffffu) == 0u) {
    return y;
  }
  let x_is_larger = (x & 0x7fffffffu) >= (y & 0x7fffffffu);
  let larger = select(y, x, x_is_larger);
  let smaller = select(x, y, x_is_larger);
  let a = unpack(larger);
  let b = unpack(smaller);
  let distance = u32(a.e - b.e);
  var m = b.m << 3u;
  if (distance > 27u) {
    m = 1u;
  } else if (distance > 0u) {
    let cut = m & ((1u << distance) - 1u);
    m = (m >> distance) | select(0u, 1u, cut != 0u);
  }
  let sum = select((a.m << 3u) - m, (a.m << 3u) + m, ((x ^ y) >> 31u) == 0u);
  if (sum == 0u) {
    return 0u;
  }
  return pack(larger & 0x80000000u, sum, a.e - 3, false);
}
