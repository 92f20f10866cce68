// product: y = x·Wᵀ + b for a few slots, each on its own: a workgroup makes 64 outputs of one. x (T, n_in), W (n_out, n_in) → out (T, n_out).
// Sixteen lanes share an output; each sums every sixteenth vector, and the sixteen sums are added in their order. Spec: src/network.rs.

var<workgroup> wg_sums: array<vec4<f32>, 256>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) lane: vec3<u32>,
) {
  let output = group.x * 64u + lane.y * 4u;
  // Behind the last output the last is summed once more, and not written.
  let rows = min(vec4<u32>(output, output + 1u, output + 2u, output + 3u), vec4<u32>(work.n_out - 1u)) * work.n_in;
  let begin = group.y * work.stride_in;
  var sums = vec4<f32>(0.0);
  for (var i = lane.x; i < work.n_in; i += 16u) {
    let value = x[begin + i];
    sums += vec4<f32>(
      dot(value, weights[rows.x + i]),
      dot(value, weights[rows.y + i]),
      dot(value, weights[rows.z + i]),
      dot(value, weights[rows.w + i]),
    );
  }
  wg_sums[lane.y * 16u + lane.x] = sums;
  workgroupBarrier();
  if (lane.x == 0u) {
    var total = wg_sums[lane.y * 16u];
    for (var i = 1u; i < 16u; i++) {
      total += wg_sums[lane.y * 16u + i];
    }
    for (var i = 0u; i < 4u; i++) {
      if (output + i < work.n_out) {
        finish(group.y, output + i, total[i]);
      }
    }
  }
}
