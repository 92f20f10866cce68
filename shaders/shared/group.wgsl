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

// Sum over the lanes up to and including this one. group_total() is the sum over all, until the next scan.
fn group_scan(lane: u32, value: vec2<u32>) -> vec2<u32> {
  workgroupBarrier();
  wg_sums[lane] = value;
  workgroupBarrier();
  for (var step = 1u; step < LANES; step <<= 1u) {
    var before = vec2<u32>(0u, 0u);
    if (lane >= step) {
      before = wg_sums[lane - step];
    }
    workgroupBarrier();
    wg_sums[lane] = add64(wg_sums[lane], before);
    workgroupBarrier();
  }
  return wg_sums[lane];
}

fn group_total() -> vec2<u32> {
  return workgroupUniformLoad(&wg_sums[255]);
}
