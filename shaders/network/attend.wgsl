// attend: softmax(q·Kᵀ · scale)·V over the positions up to and with a slot's own, one workgroup per head and slot. qkv (T, 3C), cache
// (rows, 2, capacity, C) → out (T, C). The softmax is stable: the largest score so far is taken off, 64 positions at a time, and what was
// summed before is shrunk when a larger one comes. The order depends on the position alone. Spec: src/network.rs.
// Source of the running softmax: Milakov and Gimelshein 2018.

@group(0) @binding(1) var<storage, read> slots: array<Slot>;
@group(0) @binding(2) var<storage, read> qkv: array<f32>;           // (T, 3C)
@group(0) @binding(3) var<storage, read> cache: array<f32>;         // (rows, 2, capacity, C)
@group(0) @binding(4) var<storage, read_write> out: array<f32>;     // (T, C)

const LANES = 64u;
const LOWEST = -3e38;

var<workgroup> wg_query: array<f32, 1024>;    // head_size, the most there may be
var<workgroup> wg_out: array<f32, 1024>;
var<workgroup> wg_powers: array<f32, 64>;

fn group_max(lane: u32, value: f32) -> f32 {
  workgroupBarrier();
  wg_folded[lane] = value;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      wg_folded[lane] = max(wg_folded[lane], wg_folded[lane + half]);
    }
  }
  return workgroupUniformLoad(&wg_folded[0]);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let slot = slots[work.first_slot + group.y];
  let offset = group.x * work.n_in;
  let keys = 2u * slot.row * work.capacity * work.stride_out + offset;
  let values = keys + work.capacity * work.stride_out;
  for (var i = lane; i < work.n_in; i += LANES) {
    wg_query[i] = qkv[group.y * work.stride_in + offset + i] * work.scale;
    wg_out[i] = 0.0;
  }
  workgroupBarrier();
  let n = slot.position + 1u;
  var best = LOWEST;
  var sum = 0.0;
  for (var first = 0u; first < n; first += LANES) {
    let at = first + lane;
    var score = LOWEST;
    if (at < n) {
      score = 0.0;
      for (var i = 0u; i < work.n_in; i++) {
        score += wg_query[i] * cache[keys + at * work.stride_out + i];
      }
    }
    let next_best = max(best, group_max(lane, score));
    let power = select(0.0, exp(score - next_best), at < n);
    let shrunk = select(exp(best - next_best), 0.0, first == 0u);
    wg_powers[lane] = power;
    sum = sum * shrunk + group_sum(lane, power);
    best = next_best;
    let n_here = min(LANES, n - first);
    for (var i = lane; i < work.n_in; i += LANES) {
      var answer = wg_out[i] * shrunk;
      for (var j = 0u; j < n_here; j++) {
        answer += wg_powers[j] * cache[values + (first + j) * work.stride_out + i];
      }
      wg_out[i] = answer;
    }
  }
  for (var i = lane; i < work.n_in; i += LANES) {
    out[group.y * work.stride_out + offset + i] = wg_out[i] / sum;
  }
}
