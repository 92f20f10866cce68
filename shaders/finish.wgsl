// finish: the last fused kernel, one workgroup per row. parts, candidates → drawn (B).
//
// Of up to 32 · 256 candidates the largest 512 at most are ranked, cut by count, mass and value, and drawn from in id order. A nucleus
// without top_k is certain when the ranked tokens cover more than ⌊p · Z⌋; otherwise, and whenever something did not fit, the row is
// left to fallback.wgsl. Without a filter the block into which the random number falls is read once more.
// Parts: rows wide number mass group fused.

const LIST_SIZE = 512u;

var<workgroup> wg_delegates: array<u32, 256>;
var<workgroup> wg_keys: array<u32, 512>;
var<workgroup> wg_ids: array<u32, 512>;
var<workgroup> wg_sorted_keys: array<u32, 512>;
var<workgroup> wg_sorted_ids: array<u32, 512>;
var<workgroup> wg_n: atomic<u32>;
var<workgroup> wg_tau: u32;
var<workgroup> wg_pick: vec2<u32>;
var<workgroup> wg_before: vec2<u32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let plan = row_plan(row);
  if (plan.kind != FUSED) {
    return;
  }
  if (group_word(lane, drawn[row].status) != 0u) {
    return;
  }
  let first_part = row * batch.n_blocks;
  var part = Part(0u, ALL, 0u, 1u, vec2<u32>(0u, 0u), 0u, 0u);
  if (lane < batch.n_blocks) {
    part = parts[first_part + lane];
  }
  let max_key = group_max(lane, part.max_key);
  let raw_max = bits_of(max_key);
  let max_bits = divide(raw_max, plan.temperature);
  var status = 0u;
  if (max_key == 0u) {
    status = NOTHING_LEFT;
  } else if ((max_bits & 0x7f800000u) == 0x7f800000u) {
    status = OVERFLOW;
  }
  if (group_max(lane, part.is_invalid) != 0u) {
    status = INVALID;
  }
  if (group_word(lane, status) != 0u) {
    if (lane == 0u) {
      drawn[row].status = status;
    }
    return;
  }
  if (plan.draw == GREEDY) {
    let top_id = group_min(lane, select(ALL, part.max_id, part.max_key == max_key));
    if (lane == 0u) {
      drawn[row] = Drawn(top_id, 1u, 0u, 1u, vec2<u32>(1u, 0u), vec2<u32>(0u, 0u), top_id, 0u);
    }
    return;
  }
  if (!has_filter(plan)) {
    draw_from_blocks(lane, row, plan, part, max_bits);
    return;
  }
  let overflows = group_max(lane, select(0u, 1u, part.n > CAPACITY));
  if (overflows != 0u || plan.k > 128u) {
    if (lane == 0u) {
      drawn[row].status = UNSETTLED;
    }
    return;
  }
  draw_from_candidates(lane, row, plan, part, max_bits);
}

// No filter but the value cut: the block that holds the point, then the token in it.
fn draw_from_blocks(lane: u32, row: u32, plan: Row, part: Part, max_bits: u32) {
  let n_kept = group_scan(lane, vec2<u32>(part.kept, 0u)).total.x;
  let sums = group_scan(lane, part.sum);
  let after = sums.upto;
  let total = sums.total;
  let r = scaled(total, plan.coin);
  let before = sub64(after, part.sum);
  if (lane == 0u) {
    wg_pick = vec2<u32>(0u, 0u);
  }
  workgroupBarrier();
  if (!less64(r, before) && less64(r, after)) {
    wg_pick = vec2<u32>(lane, 0u);
    wg_before = before;
  }
  let block = workgroupUniformLoad(&wg_pick).x;
  let block_start = workgroupUniformLoad(&wg_before);
  let base = row * batch.vocab_size;
  let first = block * BLOCK + lane * (BLOCK / LANES);
  let end = min(first + BLOCK / LANES, batch.vocab_size);
  var sum = vec2<u32>(0u, 0u);
  for (var i = first; i < end; i++) {
    sum = add64(sum, vec2<u32>(mass_left(values[base + i], plan, max_bits), 0u));
  }
  let reached = add64(block_start, group_scan(lane, sum).upto);
  var start = sub64(reached, sum);
  if (less64(r, start) || !less64(r, reached)) {
    return;
  }
  for (var i = first; i < end; i++) {
    let mass = mass_left(values[base + i], plan, max_bits);
    let next = add64(start, vec2<u32>(mass, 0u));
    if (less64(r, next)) {
      drawn[row] = Drawn(i, n_kept, 0u, mass, total, start, i, 0u);
      return;
    }
    start = next;
  }
}

// The mass of a logit after temperature and value cut.
fn mass_left(bits: u32, plan: Row, max_bits: u32) -> u32 {
  if (bits == MASKED) {
    return 0u;
  }
  let value = divide(bits, plan.temperature);
  if (value == MASKED || (has_value_cut(plan) && !reaches(value, max_bits, plan.value_cut))) {
    return 0u;
  }
  return mass_of(value, max_bits);
}

fn draw_from_candidates(lane: u32, row: u32, plan: Row, part: Part, max_bits: u32) {
  // Everything from here up, after temperature too, is among the candidates of every block.
  let complete_from = group_max(lane, part.tau);
  let n_found = group_scan(lane, vec2<u32>(part.n, 0u)).total.x;
  let n = gather(lane, row, plan, complete_from, n_found);
  if (n > LIST_SIZE) {
    if (lane == 0u) {
      drawn[row].status = UNSETTLED;
    }
    return;
  }
  sort(lane, n);
  // top_k: the k-th and its ties.
  var lowest = 1u;
  if (plan.k != 0u && n >= plan.k) {
    lowest = wg_sorted_keys[plan.k - 1u];
  }
  let a = lane * 2u;
  let b = a + 1u;
  let mass_a = sorted_mass(a, n, lowest, max_bits);
  let mass_b = sorted_mass(b, n, lowest, max_bits);
  let both = add64(vec2<u32>(mass_a, 0u), vec2<u32>(mass_b, 0u));
  let sums = group_scan(lane, both);
  let listed = sums.total;
  var whole = listed;
  if (plan.k == 0u) {
    whole = group_scan(lane, part.sum).total;
  }
  // top_p: a token stays while what ranks before it is within the limit.
  var limit = vec2<u32>(ALL, ALL);
  if (has_p(plan)) {
    limit = scaled(whole, plan.p);
  }
  let is_open = plan.k == 0u && less64(listed, whole) && !less64(limit, listed);
  if (group_word(lane, select(0u, 1u, is_open)) != 0u) {
    if (lane == 0u) {
      drawn[row].status = UNSETTLED;
    }
    return;
  }
  let before_a = sub64(sums.upto, both);
  let before_b = add64(before_a, vec2<u32>(mass_a, 0u));
  let keeps_a = is_kept(a, n, lowest, before_a, limit, plan, max_bits);
  let keeps_b = is_kept(b, n, lowest, before_b, limit, plan, max_bits);
  let n_kept = group_scan(lane, vec2<u32>(select(0u, 1u, keeps_a) + select(0u, 1u, keeps_b), 0u)).total.x;
  draw_from_sorted(lane, row, plan, n_kept, max_bits);
}

// Fills wg_keys (after temperature) and wg_ids with the largest candidates; returns how many there are.
fn gather(lane: u32, row: u32, plan: Row, complete_from: u32, n_found: u32) -> u32 {
  let first_part = row * batch.n_blocks;
  var largest = 0u;
  for (var block = 0u; block < batch.n_blocks; block++) {
    // Turned from block to block, so that the lanes share the candidates evenly.
    let slot = (lane + block * 97u) & 255u;
    if (slot < parts[first_part + block].n) {
      largest = max(largest, key_of(candidates[(first_part + block) * CAPACITY + slot].x));
    }
  }
  wg_delegates[lane] = largest;
  if (lane == 0u) {
    atomicStore(&wg_n, 0u);
    wg_tau = 1u;
  }
  workgroupBarrier();
  var rank = 0u;
  let n_ranked = select(0u, LANES, n_found > LIST_SIZE);
  for (var j = 0u; j < n_ranked; j++) {
    let other = wg_delegates[j];
    rank += select(0u, 1u, other > largest || (other == largest && j < lane));
  }
  if (n_ranked != 0u && rank + 1u == wanted(plan)) {
    wg_tau = max(largest, 1u);
  }
  var tau = workgroupUniformLoad(&wg_tau);
  if (plan.k == 0u) {
    tau = max(tau, complete_from);
  }
  if (tau != 1u) {
    tau = key_of(divide(bits_of(tau), plan.temperature));
  }
  for (var block = 0u; block < batch.n_blocks; block++) {
    if (lane < parts[first_part + block].n) {
      let candidate = candidates[(first_part + block) * CAPACITY + lane];
      let value = divide(candidate.x, plan.temperature);
      if (key_of(value) >= max(tau, 1u)) {
        let slot = atomicAdd(&wg_n, 1u);
        if (slot < LIST_SIZE) {
          wg_keys[slot] = key_of(value);
          wg_ids[slot] = candidate.y;
        }
      }
    }
  }
  workgroupBarrier();
  return group_word(lane, atomicLoad(&wg_n));
}

// By rank: the order in which the candidates came is lost.
fn sort(lane: u32, n: u32) {
  for (var i = lane; i < n; i += LANES) {
    let key = wg_keys[i];
    let id = wg_ids[i];
    var rank = 0u;
    for (var j = 0u; j < n; j++) {
      rank += select(0u, 1u, wg_keys[j] > key || (wg_keys[j] == key && wg_ids[j] < id));
    }
    wg_sorted_keys[rank] = key;
    wg_sorted_ids[rank] = id;
  }
  workgroupBarrier();
}

fn sorted_mass(i: u32, n: u32, lowest: u32, max_bits: u32) -> u32 {
  if (i >= n || wg_sorted_keys[i] < lowest) {
    return 0u;
  }
  return mass_of(bits_of(wg_sorted_keys[i]), max_bits);
}

fn is_kept(i: u32, n: u32, lowest: u32, before: vec2<u32>, limit: vec2<u32>, plan: Row, max_bits: u32) -> bool {
  if (i >= n || wg_sorted_keys[i] < lowest || less64(limit, before)) {
    return false;
  }
  return !has_value_cut(plan) || reaches(bits_of(wg_sorted_keys[i]), max_bits, plan.value_cut);
}

// The first `n_kept` sorted tokens, once more in id order, and the draw.
fn draw_from_sorted(lane: u32, row: u32, plan: Row, n_kept: u32, max_bits: u32) {
  for (var i = lane; i < n_kept; i += LANES) {
    let id = wg_sorted_ids[i];
    var rank = 0u;
    for (var j = 0u; j < n_kept; j++) {
      rank += select(0u, 1u, wg_sorted_ids[j] < id);
    }
    wg_ids[rank] = id;
    wg_keys[rank] = mass_of(bits_of(wg_sorted_keys[i]), max_bits);
  }
  workgroupBarrier();
  let a = lane * 2u;
  let b = a + 1u;
  let mass_a = select(0u, wg_keys[a], a < n_kept);
  let mass_b = select(0u, wg_keys[b], b < n_kept);
  let both = add64(vec2<u32>(mass_a, 0u), vec2<u32>(mass_b, 0u));
  let sums = group_scan(lane, both);
  let after = sums.upto;
  let total = sums.total;
  let r = scaled(total, plan.coin);
  let start = sub64(after, both);
  let middle = add64(start, vec2<u32>(mass_a, 0u));
  if (!less64(r, start) && less64(r, middle)) {
    drawn[row] = Drawn(wg_ids[a], n_kept, 0u, mass_a, total, start, wg_ids[a], 0u);
  } else if (!less64(r, middle) && less64(r, after)) {
    drawn[row] = Drawn(wg_ids[b], n_kept, 0u, mass_b, total, middle, wg_ids[b], 0u);
  }
}
