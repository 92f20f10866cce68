// What every kernel of a network is given first. The Rust side of these structs is src/gpu/network/layout.rs; a test compares the two.
// A row of numbers begins at a multiple of four; what lies between its end and the next row is 0 and stays so.

struct Work {
  n_slots: u32,      // T of this pass
  first_slot: u32,   // its first in slots
  n_in: u32,         // numbers read per slot, head or output
  n_out: u32,        // rows of the table or matrix that are bound
  first: u32,        // the first of those in the whole
  stride_in: u32,    // numbers from one row read to the next
  stride_out: u32,   // the same of those written
  n_head: u32,
  n_shared: u32,     // heads that share a key and a value
  stride_cache: u32, // numbers from one position in the cache to the next
  capacity: u32,     // positions in the cache
  mode: u32,         // see each kernel
  has_bias: u32,
  epsilon: f32,
  scale: f32,
}

// A position of a sequence on its way through the network.
struct Slot {
  token: u32,
  source: u32,       // word of the records where the token stands; ALL: it is `token`
  position: u32,
  row: u32,          // of the cache
  out: u32,          // row of the logits that are wanted for it; ALL: none
}

@group(0) @binding(0) var<uniform> work: Work;

const ALL = 0xffffffffu;
