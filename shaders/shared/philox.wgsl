// Philox4x32-10 (Salmon et al., SC'11). Counter (step, row, stream, 0), key = seed: the random number of a step needs no other.

fn philox(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
  var c = counter;
  var k = key;
  for (var i = 0u; i < 10u; i++) {
    let high_0 = mul_high(0xd2511f53u, c.x);
    let low_0 = 0xd2511f53u * c.x;
    let high_1 = mul_high(0xcd9e8d57u, c.z);
    let low_1 = 0xcd9e8d57u * c.z;
    c = vec4<u32>(high_1 ^ c.y ^ k.x, low_1, high_0 ^ c.w ^ k.y, low_0);
    k += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
