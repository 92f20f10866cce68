// The head of a stage's kernel, which is a function `stage`: a workgroup for every row, 256 lanes that share its tokens. Rows whose plan has
// another stage at this position are left alone.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let plan = row_plan(row);
  if (plan.kind == KIND) {
    stage(row, plan, lane);
  }
}
