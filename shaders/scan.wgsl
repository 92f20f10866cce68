// scan: the first fused kernel, one workgroup per block of 8,192 logits. (B, V) → parts (B, blocks), candidates (B, blocks, 256).
//
// Each lane takes the maximum of 32 logits, its delegate. τ is the 128th or k-th largest delegate; whatever reaches τ is a candidate.
// Why that is enough: k delegates reach τ, so the k largest of the block do too; and what a block leaves out is beaten by k others.
// Source: Gaihre et al., "Dr. Top-k", SC'21. With a temperature, τ is lowered a little, because division may make neighbours equal.
// Parts: rows wide number group fused.

var<workgroup> wg_delegates: array<u32, 256>;
var<workgroup> wg_n: atomic<u32>;
var<workgroup> wg_tau: u32;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = group.x;
  let row = group.y;
  let plan = row_plan(row);
  if (plan.kind != FUSED) {
    return;
  }
  let base = row * batch.vocab_size;
  let first = block * BLOCK + lane;
  let end = min((block + 1u) * BLOCK, batch.vocab_size);
  var largest = 0u;
  var largest_id = ALL;
  var is_invalid = 0u;
  for (var i = first; i < end; i += LANES) {
    let bits = values[base + i];
    is_invalid |= select(1u, 0u, is_logit(bits));
    let key = key_of(bits);
    if (key > largest) {
      largest = key;
      largest_id = i;
    }
  }
  is_invalid = group_max(lane, is_invalid);
  let max_key = group_max(lane, largest);
  let max_id = group_min(lane, select(ALL, largest_id, largest == max_key));
  // The rank of this lane's delegate.
  wg_delegates[lane] = largest;
  if (lane == 0u) {
    atomicStore(&wg_n, 0u);
    wg_tau = 1u;
  }
  workgroupBarrier();
  var rank = 0u;
  // A block that fits is a candidate as a whole.
  let n_ranked = select(0u, LANES, batch.vocab_size > CAPACITY);
  for (var j = 0u; j < n_ranked; j++) {
    let other = wg_delegates[j];
    rank += select(0u, 1u, other > largest || (other == largest && j < lane));
  }
  if (n_ranked != 0u && rank + 1u == wanted(plan)) {
    wg_tau = max(largest, 1u);
  }
  let tau = workgroupUniformLoad(&wg_tau);
  if (has_filter(plan) && plan.k <= 128u) {
    let lowest = tie_floor(tau, plan);
    let first_slot = (row * batch.n_blocks + block) * CAPACITY;
    for (var i = first; i < end; i += LANES) {
      let bits = values[base + i];
      if (key_of(bits) >= lowest) {
        let slot = atomicAdd(&wg_n, 1u);
        if (slot < CAPACITY) {
          candidates[first_slot + slot] = vec2<u32>(bits, i);
        }
      }
    }
  }
  workgroupBarrier();
  if (lane == 0u) {
    parts[row * batch.n_blocks + block] =
      Part(max_key, max_id, atomicLoad(&wg_n), tau, vec2<u32>(0u, 0u), 0u, is_invalid);
  }
}
