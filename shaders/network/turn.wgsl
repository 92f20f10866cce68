// turn: queries and keys of a pass are turned by their positions, one workgroup per head and slot: numbers i and i + head_size / 2 of a head
// are a point. In mode 1 each head is first divided by its root mean square and multiplied by weights. qkv (T, Q + 2K) in place.
// Sums are made in a fixed order. Spec: src/core/network.rs.
// Parts: network.

@group(0) @binding(1) var<storage, read> turns: array<vec2<f32>>;   // (slots, head_size / 2): cos, sin
@group(0) @binding(2) var<storage, read> query_norm: array<f32>;    // (head_size)
@group(0) @binding(3) var<storage, read> key_norm: array<f32>;      // (head_size)
@group(0) @binding(4) var<storage, read_write> qkv: array<f32>;     // (T, Q + 2K)

const LANES = 32u;

var<workgroup> wg_sums: array<f32, 32>;

// What a number of this head is multiplied by.
fn weight(head: u32, i: u32, scale: f32) -> f32 {
  if (work.mode == 0u) {
    return 1.0;
  }
  return scale * select(key_norm[i], query_norm[i], head < work.first);
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let begin = group.y * work.stride_in + group.x * work.n_in;
  var squares = 0.0;
  for (var i = lane; i < work.n_in; i += LANES) {
    squares += qkv[begin + i] * qkv[begin + i];
  }
  wg_sums[lane] = squares;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < LANES; i++) {
    sum += wg_sums[i];
  }
  let scale = inverseSqrt(sum / f32(work.n_in) + work.epsilon);
  let half = work.n_in / 2u;
  let first_turn = (work.first_slot + group.y) * half;
  for (var i = lane; i < half; i += LANES) {
    let a = qkv[begin + i] * weight(group.x, i, scale);
    let b = qkv[begin + half + i] * weight(group.x, half + i, scale);
    let turn = turns[first_turn + i];
    qkv[begin + i] = a * turn.x - b * turn.y;
    qkv[begin + half + i] = b * turn.x + a * turn.y;
  }
}
