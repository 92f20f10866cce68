// chain: many steps of a first-order model, one thread per sequence. States (V) with their running masses → tokens (steps, B).
// What follows a token depends on that token alone, so a step is one random number and a search. Spec: src/cpu/chain.rs.
// Parts: wide philox.

struct Chain {
  n_sequences: u32,
  n_steps: u32,
  first_step: u32,
  token_bits: u32,    // 8 or 16: of a token in a word of the output
  seed: vec2<u32>,
}

struct State {
  total: vec2<u32>,   // W; 0: a dead end
  first: u32,         // of its entries
  n: u32,
}

struct Entry {
  sum: vec2<u32>,     // running mass in id order, this entry included
  id: u32,
  is_end: u32,        // 1: a sequence ends with this token
}

struct Sequence {
  last: u32,
  row: u32,           // of the random numbers
  n_drawn: u32,
  has_ended: u32,
}

@group(0) @binding(0) var<uniform> chain: Chain;
@group(0) @binding(1) var<storage, read> states: array<State>;             // (V)
@group(0) @binding(2) var<storage, read> entries: array<Entry>;            // each state's tokens left, in id order
@group(0) @binding(3) var<storage, read_write> sequences: array<Sequence>; // (B)
@group(0) @binding(4) var<storage, read_write> tokens: array<u32>;         // (words, B), several tokens a word

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3<u32>) {
  let ix = thread.x;
  if (ix >= chain.n_sequences) {
    return;
  }
  var sequence = sequences[ix];
  var word = 0u;
  var shift = 0u;
  var at = ix;
  for (var i = 0u; i < chain.n_steps; i++) {
    if (sequence.has_ended != 0u) {
      break;
    }
    let state = states[sequence.last];
    if ((state.total.x | state.total.y) == 0u) {
      sequence.has_ended = 1u;
      break;
    }
    let coin = philox(vec4<u32>(chain.first_step + i, sequence.row, 0u, 0u), chain.seed).xy;
    let r = scaled(state.total, coin);
    var low = state.first;
    var high = state.first + state.n - 1u;
    while (low < high) {
      let middle = (low + high) / 2u;
      if (less64(r, entries[middle].sum)) {
        high = middle;
      } else {
        low = middle + 1u;
      }
    }
    sequence.last = entries[low].id;
    sequence.has_ended = entries[low].is_end;
    sequence.n_drawn += 1u;
    word |= sequence.last << shift;
    shift += chain.token_bits;
    if (shift == 32u) {
      tokens[at] = word;
      at += chain.n_sequences;
      word = 0u;
      shift = 0u;
    }
  }
  if (shift != 0u) {
    tokens[at] = word;
  }
  sequences[ix] = sequence;
}
