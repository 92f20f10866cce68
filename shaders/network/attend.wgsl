// attend: softmax(q·Kᵀ · scale)·V over the positions up to and with a slot's own, one workgroup per head and slot. qkv (T, Q + 2K), cache
// (rows, 2, capacity, K) → out (T, Q). The softmax is stable: the largest score so far is taken off, 64 positions at a time, and what was
// summed before is shrunk when a larger one comes. The order depends on the position alone. Spec: src/core/network.rs.
// Source of the running softmax: Milakov and Gimelshein 2018.
// Parts: network.

@group(0) @binding(1) var<storage, read> slots: array<Slot>;
@group(0) @binding(2) var<storage, read> qkv: array<f32>;           // (T, Q + 2K)
@group(0) @binding(3) var<storage, read> cache: array<f32>;         // (rows, 2, capacity, K)
@group(0) @binding(4) var<storage, read_write> out: array<f32>;     // (T, Q)

const LANES = 64u;
const LOWEST = -1e38;   // its power is 0

var<workgroup> wg_scores: array<f32, 64>;
var<workgroup> wg_powers: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let slot = slots[work.first_slot + group.y];
  let offset = group.x * work.n_in;
  let query = group.y * work.stride_in + offset;
  let keys = 2u * slot.row * work.capacity * work.stride_cache + group.x / work.n_shared * work.n_in;
  let values = keys + work.capacity * work.stride_cache;
  let to = group.y * work.stride_out + offset;
  let n = slot.position + 1u;
  var max_score = LOWEST;
  var sum = 0.0;   // of this lane's powers
  for (var first = 0u; first < n; first += LANES) {
    let at = first + lane;
    var score = LOWEST;
    if (at < n) {
      var product = 0.0;
      for (var i = 0u; i < work.n_in; i++) {
        product += qkv[query + i] * cache[keys + at * work.stride_cache + i];
      }
      score = product * work.scale;
    }
    wg_scores[lane] = score;
    workgroupBarrier();
    let n_here = min(LANES, n - first);
    var next_max = max_score;
    for (var j = 0u; j < n_here; j++) {
      next_max = max(next_max, wg_scores[j]);
    }
    let power = exp(score - next_max);
    let shrunk = exp(max_score - next_max);
    sum = sum * shrunk + power;
    wg_powers[lane] = power;
    workgroupBarrier();
    for (var i = lane; i < work.n_in; i += LANES) {
      var answer = select(out[to + i] * shrunk, 0.0, first == 0u);
      for (var j = 0u; j < n_here; j++) {
        answer += wg_powers[j] * cache[values + (first + j) * work.stride_cache + i];
      }
      out[to + i] = answer;
    }
    max_score = next_max;
  }
  wg_scores[lane] = sum;
  workgroupBarrier();
  var total = 0.0;
  for (var j = 0u; j < LANES; j++) {
    total += wg_scores[j];
  }
  for (var i = lane; i < work.n_in; i += LANES) {
    out[to + i] /= total;
  }
}
