// A product for a few slots, each on its own: a workgroup makes 64 outputs of one. Four lanes share four outputs; each sums every fourth vector,
// and the four sums are added in their order.

var<workgroup> wg_sums: array<vec4<f32>, 64>;

@compute @workgroup_size(4, 16)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) lane: vec3<u32>,
) {
  let output = group.x * 64u + lane.y * 4u;
  // Behind the last output the last is summed once more, and not written.
  let rows = min(vec4<u32>(output, output + 1u, output + 2u, output + 3u), vec4<u32>(work.n_out - 1u));
  let begin = group.y * work.stride_in;
  var sums = vec4<f32>(0.0);
  for (var i = lane.x; i < work.n_in; i += 4u) {
    let value = x[begin + i];
    sums += vec4<f32>(
      dot(value, weight(rows.x, i)),
      dot(value, weight(rows.y, i)),
      dot(value, weight(rows.z, i)),
      dot(value, weight(rows.w, i)),
    );
  }
  let first = lane.y * 4u;
  wg_sums[first + lane.x] = sums;
  workgroupBarrier();
  // Each of the four finishes one output.
  let i = lane.x;
  if (output + i < work.n_out) {
    finish(group.y, output + i, wg_sums[first][i] + wg_sums[first + 1u][i] + wg_sums[first + 2u][i] + wg_sums[first + 3u][i]);
  }
}
