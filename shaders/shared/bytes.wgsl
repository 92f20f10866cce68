// A matrix of quantised weights d·q, (n_out, n_in / 8 groups, 10): d of the first sixteen and of the others, and 32 signed q of eight bits, the
// first in the lowest. n_in counts fours.

@group(0) @binding(2) var<storage, read> weights: array<u32>;

// Four weights of a row.
fn weight(row: u32, i: u32) -> vec4<f32> {
  let group = (row * (work.n_in / 8u) + i / 8u) * 10u;
  let word = bitcast<i32>(weights[group + 2u + i % 8u]);
  let q = (vec4<i32>(word) << vec4<u32>(24u, 16u, 8u, 0u)) >> vec4<u32>(24u);
  return vec4<f32>(q) * bitcast<f32>(weights[group + i % 8u / 4u]);
}
