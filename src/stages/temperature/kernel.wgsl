// temperature: x / T, correctly rounded. (B, V) → (B, V), in place. Spec: src/stages/temperature/mod.rs.
// Also serves the rows that the fused kernels left to fallback.wgsl.
// Params: bits of T. It has a thread for every token, so it has a head of its own.
// Parts: rows wide number mass group select.

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) thread: vec3<u32>) {
  let i = thread.x;
  let row = thread.y;
  let plan = row_plan(row);
  let is_stage = plan.kind == KIND || (plan.kind == FUSED && (drawn[row].status & UNSETTLED) != 0u);
  if (!is_stage || i >= batch.vocab_size) {
    return;
  }
  let at = row * batch.vocab_size + i;
  let bits = values[at];
  if (bits == MASKED) {
    return;
  }
  if (!is_logit(bits)) {
    drawn[row].status = INVALID;
    return;
  }
  let quotient = divide(bits, select(plan.temperature, plan.params.x, plan.kind == KIND));
  if (quotient == 0x7f800000u) {
    drawn[row].status = OVERFLOW;
    return;
  }
  values[at] = quotient;
}
