// products: y = x·Wᵀ + b for many slots: a workgroup makes a tile of 32 slots and 64 outputs, sixteen numbers of n_in at a time. x (T, n_in),
// W (n_out, n_in) → out (T, n_out). A sum runs over n_in in its order, whatever T. Spec: src/network.rs.

var<workgroup> wg_x: array<vec4<f32>, 128>;         // (32 slots, 4)
var<workgroup> wg_weights: array<vec4<f32>, 256>;   // (64 outputs, 4)

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let first_output = group.x * 64u;
  let first_slot = group.y * 32u;
  let output = lane % 16u * 4u;
  let slot = lane / 16u * 2u;
  // What lies behind the last slot or output is read once more, and not written.
  let x_from = min(first_slot + lane / 4u, work.n_slots - 1u) * work.stride_in;
  let w_from = min(first_output + lane / 4u, work.n_out - 1u) * work.n_in;
  var sums = array<vec4<f32>, 2>(vec4<f32>(0.0), vec4<f32>(0.0));
  for (var first = 0u; first < work.n_in; first += 4u) {
    let i = first + lane % 4u;
    let is_inside = i < work.n_in;
    let at = min(i, work.n_in - 1u);
    workgroupBarrier();
    if (lane < 128u) {
      wg_x[lane] = select(vec4<f32>(0.0), x[x_from + at], is_inside);
    }
    wg_weights[lane] = select(vec4<f32>(0.0), weights[w_from + at], is_inside);
    workgroupBarrier();
    for (var k = 0u; k < 4u; k++) {
      let w_0 = wg_weights[output * 4u + k];
      let w_1 = wg_weights[output * 4u + 4u + k];
      let w_2 = wg_weights[output * 4u + 8u + k];
      let w_3 = wg_weights[output * 4u + 12u + k];
      for (var s = 0u; s < 2u; s++) {
        let value = wg_x[(slot + s) * 4u + k];
        sums[s] += vec4<f32>(dot(value, w_0), dot(value, w_1), dot(value, w_2), dot(value, w_3));
      }
    }
  }
  for (var s = 0u; s < 2u; s++) {
    for (var i = 0u; i < 4u; i++) {
      if (first_slot + slot + s < work.n_slots && first_output + output + i < work.n_out) {
        finish(first_slot + slot + s, first_output + output + i, sums[s][i]);
      }
    }
  }
}
