// norm: (x − mean) / √(variance + ε) · weight + bias over the C numbers of a slot; of an RMS norm the mean counts as 0. x (T, C) → out (T, C); in mode 1 to the row of the logits
// that are wanted for a slot. Sums are made in a fixed order. Spec: src/core/network.rs.
// Parts: network.

@group(0) @binding(1) var<storage, read> slots: array<Slot>;
@group(0) @binding(2) var<storage, read> x: array<f32>;             // (T, C)
@group(0) @binding(3) var<storage, read> parameters: array<f32>;    // (2, C) weight, bias
@group(0) @binding(4) var<storage, read_write> out: array<f32>;     // (T, C)

const LANES = 32u;

var<workgroup> wg_sums: array<f32, 32>;

// The sum over the lanes, for each of them.
fn group_sum(lane: u32, value: f32) -> f32 {
  workgroupBarrier();
  wg_sums[lane] = value;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < LANES; i++) {
    sum += wg_sums[i];
  }
  return sum;
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let begin = group.x * work.stride_in;
  let n = f32(work.n_in);
  var sum = 0.0;
  for (var i = lane; i < work.n_in; i += LANES) {
    sum += x[begin + i];
  }
  let mean = select(0.0, group_sum(lane, sum) / n, work.has_bias == 1u);
  var squares = 0.0;
  for (var i = lane; i < work.n_in; i += LANES) {
    let shifted = x[begin + i] - mean;
    squares += shifted * shifted;
  }
  let scale = inverseSqrt(group_sum(lane, squares) / n + work.epsilon);
  let to = select(group.x, slots[work.first_slot + group.x].out, work.mode == 1u) * work.stride_out;
  for (var i = lane; i < work.n_in; i += LANES) {
    out[to + i] = (x[begin + i] - mean) * scale * parameters[i] + parameters[work.stride_in + i];
  }
}
