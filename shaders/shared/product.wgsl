// y = x·Wᵀ + b and what follows it at once. W is (n_out, n_in), n_in in fours: here n_in and strides of what is read count vectors. How W is kept is
// another part's matter: numbers, nibbles or bytes.

@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;        // (T, n_in)
@group(0) @binding(3) var<storage, read> bias: array<f32>;           // of the whole matrix
@group(0) @binding(4) var<storage, read_write> out: array<f32>;      // (T, outputs of the whole matrix)

const ADD = 1u;         // y is added to what is there
const GELU_TANH = 2u;
const GELU_ERF = 3u;
const SILU = 4u;
const TIMES = 5u;       // y is multiplied by what is there

// ½·x·(1 + tanh u) is x / (1 + e^−2u). x / e^80 is as good as 0.
fn gelu_tanh(x: f32) -> f32 {
  let twice = x * (1.595769122 + 0.071354816 * x * x);
  return x / (1.0 + exp(-max(twice, -80.0)));
}

// erf by Abramowitz and Stegun 7.1.26, off by 1.5e-7 at most.
fn gelu_erf(x: f32) -> f32 {
  let z = abs(x) * 0.70710678;
  let t = 1.0 / (1.0 + 0.3275911 * z);
  let sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let half_tail = 0.5 * sum * exp(-min(z * z, 80.0));
  return x * select(half_tail, 1.0 - half_tail, x > 0.0);
}

fn finish(slot: u32, output: u32, sum: f32) {
  let column = work.first + output;
  var y = sum;
  if (work.has_bias == 1u) {
    y += bias[column];
  }
  let at = slot * work.stride_out + column;
  switch (work.mode) {
    case ADD: {
      y += out[at];
    }
    case GELU_TANH: {
      y = gelu_tanh(y);
    }
    case GELU_ERF: {
      y = gelu_erf(y);
    }
    case SILU: {
      y /= 1.0 + exp(-max(y, -80.0));
    }
    case TIMES: {
      y *= out[at];
    }
    default: {
    }
  }
  out[at] = y;
}
