// keep: keys and values of a pass go to the cache. qkv (T, Q + 2K) → cache (rows, 2, capacity, K). Spec: src/core/network.rs.
// Parts: network.

@group(0) @binding(1) var<storage, read> slots: array<Slot>;
@group(0) @binding(2) var<storage, read> qkv: array<f32>;           // (T, Q + 2K)
@group(0) @binding(4) var<storage, read_write> cache: array<f32>;   // (rows, 2, capacity, K)

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let slot = slots[work.first_slot + group.x];
  let begin = group.x * work.stride_in + work.first;
  let key = (2u * slot.row * work.capacity + slot.position) * work.stride_cache;
  let value = key + work.capacity * work.stride_cache;
  for (var i = lane; i < work.n_in; i += 64u) {
    cache[key + i] = qkv[begin + i];
    cache[value + i] = qkv[begin + work.n_in + i];
  }
}
