// What every row kernel is bound to. The Rust side of these structs is src/gpu/layout.rs; a test compares the two.
// Logits cross as bit patterns: a masked one is never read as a float, because WGSL may assume that infinity does not exist.

struct Batch {
  n_rows: u32,
  vocab_size: u32,
  n_blocks: u32,   // of 8,192 logits
  position: u32,   // of the stage in the plans
  zero: u32,       // 0, which the compiler cannot know: see exact()
}

struct Row {
  kind: u32,             // which kernel this entry is for
  draw: u32,             // GREEDY or COIN; a race is a kernel of its own
  coin: vec2<u32>,       // low, high
  params: vec4<u32>,     // of a stage on its own: see its kernel
  temperature: u32,      // of the fused kernels, as all that follow: bits of f32
  k: u32,                // how many stay; 0: off
  p: vec2<u32>,          // share of the mass · 2^64; both 0xffffffff: off
  value_cut: u32,        // bits of the lowest x − max that stays; 1: off
  slack: u32,            // bits: how far below a logit another may be and still equal it after temperature, beyond 2^-21 of it
  edits_from: u32,
  edits_to: u32,
}

struct Edit {
  id: u32,
  factor: u32,           // bits: x < 0 ? x · factor : x / factor
  amount: u32,           // bits: added afterwards
  unused: u32,
}

struct Drawn {
  token: u32,
  kept: u32,             // tokens left to draw from
  status: u32,           // 0, or why there is no token
  mass: u32,             // of the token; its weight in a race
  total: vec2<u32>,      // W
  start: vec2<u32>,      // mass before the token, in id order
  runner_up: u32,        // races only
  runner_up_weight: u32,
}

struct Part {
  max_key: u32,          // of the block
  max_id: u32,           // the lowest with that key
  n: u32,                // candidates found; more than CAPACITY: some are missing
  tau: u32,              // every key from here up is a candidate, and what temperature makes equal to it
  sum: vec2<u32>,        // Σ mass of the tokens left
  kept: u32,             // how many those are
  is_invalid: u32,       // a NaN or +inf was seen
}

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read_write> values: array<u32>;            // (B, V) bits of f32
@group(0) @binding(2) var<storage, read> plans: array<Row>;                   // (positions, B)
@group(0) @binding(3) var<storage, read> edits: array<Edit>;                  // each row's, sorted by id
@group(0) @binding(4) var<storage, read_write> drawn: array<Drawn>;           // (B)
@group(0) @binding(5) var<storage, read_write> parts: array<Part>;            // (B, blocks)
@group(0) @binding(6) var<storage, read_write> candidates: array<vec2<u32>>;  // (B, blocks, CAPACITY) bits, id
@group(0) @binding(7) var<storage, read> noise: array<f32>;                   // (B, V) q of a race

const FUSED = 255u;      // the kind of a whole plan; a kernel's own number is KIND

const GREEDY = 0u;
const COIN = 1u;

const INVALID = 1u;      // a logit is NaN or +inf, or became so
const NOTHING_LEFT = 2u;
const OVERFLOW = 4u;     // max / T is not finite
const REFUSED = 7u;      // any of them
const UNSETTLED = 8u;    // the fused kernels leave this row to fallback.wgsl

const LANES = 256u;      // threads of a workgroup
const BLOCK = 8192u;     // logits of a block
const CAPACITY = 256u;   // candidates of a block
const MASKED = 0xff800000u;
const ALL = 0xffffffffu;

fn row_plan(row: u32) -> Row {
  return plans[batch.position * batch.n_rows + row];
}

fn has_p(plan: Row) -> bool {
  return (plan.p.x & plan.p.y) != ALL;
}

fn has_value_cut(plan: Row) -> bool {
  return plan.value_cut != 1u;
}
