// A matrix of quantised weights d·q + m, (n_out, n_in / 8 groups, 6): d, m and 32 q of four bits, the first in the lowest. n_in counts fours.

@group(0) @binding(2) var<storage, read> weights: array<u32>;

// Four weights of a row.
fn weight(row: u32, i: u32) -> vec4<f32> {
  let group = (row * (work.n_in / 8u) + i / 8u) * 6u;
  let word = weights[group + 2u + i % 8u / 2u] >> (i % 2u * 16u);
  let q = (vec4<u32>(word) >> vec4<u32>(0u, 4u, 8u, 12u)) & vec4<u32>(15u);
  return vec4<f32>(q) * bitcast<f32>(weights[group]) + bitcast<f32>(weights[group + 1u]);
}
