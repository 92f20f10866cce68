// A product for many slots: a workgroup makes a tile of 16 slots and 64 outputs, eight vectors of n_in at a time. A lane has four slots and four
// outputs; a sum runs over n_in in its order, whatever T.

const N_SLOTS = 16u;
const N_OUTPUTS = 64u;
const DEPTH = 8u;

var<workgroup> wg_x: array<vec4<f32>, 128>;         // (DEPTH, N_SLOTS)
var<workgroup> wg_weights: array<vec4<f32>, 512>;   // (DEPTH, N_OUTPUTS)

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let first_slot = group.y * N_SLOTS;
  let first_output = group.x * N_OUTPUTS;
  // Its slots are neighbours, its outputs sixteen apart.
  let slot = lane / 16u * 4u;
  let output = lane % 16u;
  var sums = mat4x4<f32>();   // (slots, outputs)
  for (var first = 0u; first < work.n_in; first += DEPTH) {
    workgroupBarrier();
    // What lies behind the last slot or output is read once more, and not written; behind n_in is nothing.
    let i = first + lane % DEPTH;
    let at = min(i, work.n_in - 1u);
    for (var j = lane / DEPTH; j < N_SLOTS; j += 8u) {
      let value = x[min(first_slot + j, work.n_slots - 1u) * work.stride_in + at];
      wg_x[lane % DEPTH * N_SLOTS + j] = select(vec4<f32>(0.0), value, i < work.n_in);
    }
    for (var j = lane / DEPTH; j < N_OUTPUTS; j += 8u) {
      wg_weights[lane % DEPTH * N_OUTPUTS + j] = weight(min(first_output + j, work.n_out - 1u), at);
    }
    workgroupBarrier();
    // A short prompt fills a part of the tile only.
    let n_steps = select(0u, DEPTH, first_slot + slot < work.n_slots);
    for (var k = 0u; k < n_steps; k++) {
      let a = k * N_SLOTS + slot;
      let b = k * N_OUTPUTS + output;
      let values = mat4x4<f32>(wg_x[a], wg_x[a + 1u], wg_x[a + 2u], wg_x[a + 3u]);
      let rows = mat4x4<f32>(wg_weights[b], wg_weights[b + 16u], wg_weights[b + 32u], wg_weights[b + 48u]);
      sums += transpose(rows) * values;
    }
  }
  for (var s = 0u; s < 4u; s++) {
    for (var i = 0u; i < 4u; i++) {
      if (first_slot + slot + s < work.n_slots && first_output + output + 16u * i < work.n_out) {
        finish(first_slot + slot + s, first_output + output + 16u * i, sums[s][i]);
      }
    }
  }
}
