// One workgroup working together: maxima, minima and running sums over its 256 lanes.

var<workgroup> wg_atomic: atomic<u32>;
var<workgroup> wg_word: u32;
var<workgroup> wg_sums: array<vec2<u32>, 256>;

// Lane 0's word, for all.
fn group_word(lane: u32, value: u32) -> u32 {
  workgroupBarrier();
  if (lane == 0u) {
    wg_word = value;
  }
  return workgroupUniformLoad(&wg_word);
}

fn group_max(lane: u32, value: u32) -> u32 {
  if (lane == 0u) {
    atomicStore(&wg_atomic, 0u);
  }
  workgroupBarrier();
  atomicMax(&wg_atomic, value);
  workgroupBarrier();
  if (lane == 0u) {
    wg_word = atomicLoad(&wg_atomic);
  }
  return workgroupUniformLoad(&wg_word);
}

fn group_min(lane: u32, value: u32) -> u32 {
  return ~group_max(lane, ~value);
}

// A sum over the lanes up to and including this one, and over all.
struct Sums {
  upto: vec2<u32>,
  total: vec2<u32>,
}

// In two levels of 16: barriers cost more than additions.
fn group_scan(lane: u32, value: vec2<u32>) -> Sums {
  workgroupBarrier();
  wg_sums[lane] = value;
  workgroupBarrier();
  if (lane < 16u) {
    var sum = vec2<u32>(0u, 0u);
    for (var i = lane * 16u; i < lane * 16u + 16u; i++) {
      sum = add64(sum, wg_sums[i]);
      wg_sums[i] = sum;
    }
  }
  workgroupBarrier();
  var before = vec2<u32>(0u, 0u);
  var total = vec2<u32>(0u, 0u);
  for (var i = 0u; i < 16u; i++) {
    if (i == lane / 16u) {
      before = total;
    }
    total = add64(total, wg_sums[i * 16u + 15u]);
  }
  return Sums(add64(before, wg_sums[lane]), total);
}
