// A row of a table for each slot, by its token (mode 0, written) or its position (mode 1, added). table (n, C) → x (T, C), C and strides in fours.
// A table in several buffers is one dispatch each: a slot whose row lies elsewhere is left alone.

@group(0) @binding(1) var<storage, read> slots: array<Slot>;
@group(0) @binding(3) var<storage, read> drawn: array<u32>;            // the records of the steps before
@group(0) @binding(4) var<storage, read_write> x: array<vec4<f32>>;    // (T, C)

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let slot = slots[work.first_slot + group.x];
  var key = slot.token;
  if (work.mode == 1u) {
    key = slot.position;
  } else if (slot.source != ALL) {
    key = drawn[slot.source];
  }
  if (key < work.first || key - work.first >= work.n_out) {
    return;
  }
  let to = group.x * work.stride_out;
  for (var i = lane; i < work.n_in; i += 64u) {
    let numbers = weight(key - work.first, i);
    if (work.mode == 1u) {
      x[to + i] += numbers;
    } else {
      x[to + i] = numbers;
    }
  }
}
