// A matrix of numbers (n_out, n_in), n_in in fours.

@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

// Four weights of a row.
fn weight(row: u32, i: u32) -> vec4<f32> {
  return weights[row * work.n_in + i];
}
