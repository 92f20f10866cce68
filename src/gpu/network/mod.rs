//! A network on the GPU: weights and caches stay there, logits go straight to the kernels that draw, and the token drawn is the next one read.
//! What was drawn comes back once for many steps.
//!
//! Rows whose caches or logits are more than a binding holds are worked on in groups, one after the other. Sums are made in a fixed order,
//! so an adapter gives the same bits from run to run; those of the CPU are other ones ([numerics](docs/numerics.md)).

mod cache;
pub mod layout;
mod program;
mod resident;
mod sampling;
mod schedule;
mod weights;

pub(super) use self::resident::Resident;

use self::{
    layout::{Slot, Work},
    program::{Program, ProgramPart, Scratch, ScratchNeed, UNIFORM_STEP},
    resident::Group,
    sampling::{Sampling, draw_at},
    schedule::{Pass, Schedule, Window},
    weights::{BlockWeights, Weights, stride},
};
use super::{
    GpuBackend,
    buffers::Need,
    layout::{BLOCK, Batch, Drawn},
    step::{drawn_token, word},
};
use crate::{
    backend::{
        ChainOutput, Row,
        decode::{Context, Contexts, Decode},
    },
    core::{error::Result, history::History, network},
};

/// Slots of one pass, at most.
pub(crate) const MOST_SLOTS: usize = 512;
/// Slots of one call, about: what is scheduled at once.
const SLOTS_OF_A_CALL: usize = 1 << 16;

impl GpuBackend {
    /// Logits (B, V) for what follows each context.
    ///
    /// # Errors
    /// Those of the device; `LimitExceeded`.
    pub async fn network_logits(&mut self, contexts: &Contexts<'_>, out: &mut [f32]) -> Result<()> {
        let mut resident = self.take_resident(contexts.network).await?;
        let result = self.read_logits(&mut resident, contexts, out).await;
        self.networks.push(resident);
        self.ring.clear();
        result
    }

    async fn read_logits(&mut self, resident: &mut Resident, contexts: &Contexts<'_>, out: &mut [f32]) -> Result<()> {
        let vocab_size = resident.shape.vocab_size;
        for (group, indices) in self.groups(resident, contexts, 1) {
            let rows: Vec<Context<'_>> = indices.iter().map(|&ix| contexts.rows[ix]).collect();
            let bytes = self.run_group(resident, &Contexts { rows: &rows, ..*contexts }, group, 1, None).await?;
            let logits = bytemuck::pod_collect_to_vec::<u8, f32>(&bytes);
            for (ix, logits) in indices.into_iter().zip(logits.chunks_exact(vocab_size)) {
                out[ix * vocab_size..][..vocab_size].copy_from_slice(logits);
            }
        }
        Ok(())
    }

    /// See [`Backend::decode`](crate::backend::Backend::decode).
    pub(crate) async fn decode(&mut self, decode: &Decode<'_>, out: &mut [ChainOutput]) -> Result<bool> {
        let mut resident = self.take_resident(decode.contexts.network).await?;
        let result = self.decode_resident(&mut resident, decode, out).await;
        self.networks.push(resident);
        self.ring.clear();
        result
    }

    async fn decode_resident(
        &mut self,
        resident: &mut Resident,
        decode: &Decode<'_>,
        out: &mut [ChainOutput],
    ) -> Result<bool> {
        let contexts = &decode.contexts;
        let slots_of_a_step = contexts.rows.iter().map(|row| slots_of_a_step(contexts, row, decode.n)).sum();
        let n = (SLOTS_OF_A_CALL / usize::max(slots_of_a_step, 1)).clamp(1, decode.n as usize);
        for (group, indices) in self.groups(resident, contexts, n) {
            let rows: Vec<Context<'_>> = indices.iter().map(|&ix| contexts.rows[ix]).collect();
            let Some(sampling) = Sampling::of(decode, &rows, resident.shape.vocab_size, n, self.fuses) else {
                return Ok(false);
            };
            self.pipelines.need(&self.device, sampling.plans.kernels()).await?;
            let contexts = Contexts { rows: &rows, ..*contexts };
            let bytes = self.run_group(resident, &contexts, group, n, Some(&sampling)).await?;
            let drawn = bytemuck::pod_collect_to_vec::<u8, Drawn>(&bytes);
            let history = History::default();
            for (step, drawn) in (0..).zip(drawn.chunks_exact(rows.len())) {
                for ((&ix, context), drawn) in indices.iter().zip(&rows).zip(drawn) {
                    // A row that a kernel refused has ended here; what came after it means nothing.
                    if drawn.is_drawn() && out[ix].tokens.len() == step {
                        let row = Row { plan: decode.plan, history: &history, draw: draw_at(decode, context, step) };
                        let drawn = drawn_token(&row, drawn).step(None);
                        self.times.drew(1);
                        out[ix].tokens.push(drawn.token);
                        out[ix].probabilities.push(drawn.probability);
                        out[ix].kept.push(drawn.kept);
                    }
                }
            }
        }
        Ok(true)
    }

    /// `n` steps of the rows of one group; what they drew, (n, B), or without a plan the logits (B, V) of the first.
    async fn run_group(
        &mut self,
        resident: &mut Resident,
        contexts: &Contexts<'_>,
        group: Group,
        n: usize,
        sampling: Option<&Sampling>,
    ) -> Result<Vec<u8>> {
        let started = (self.now)();
        let scope = self.device.error_scope();
        let Resident { shape, weights, scratch, caches, .. } = resident;
        let (n_rows, vocab_size) = (contexts.rows.len(), shape.vocab_size);
        let (query, key) = shape.query_key_size();
        let widest = stride(shape.n_inner.max(query + 2 * key).max(shape.n_embd)) * size_of::<f32>();
        let most = usize::try_from(self.device.most_bound()).unwrap_or(usize::MAX) / widest;
        let cache = caches.group(&self.device, shape, group.ix, group.n_rows)?;
        let schedule = Schedule::new(contexts, group.first_row, &cache.ids, n, most.clamp(1, MOST_SLOTS));
        // Until all has gone well, nothing is known of what these hold.
        contexts.rows.iter().for_each(|row| cache.ids[row.row as usize - group.first_row].clear());
        self.grow_rows(vocab_size, n_rows, sampling)?;
        let n_records = (n * n_rows * size_of::<Drawn>()) as u64;
        let passes: Vec<_> = schedule.steps.iter().flatten().copied().collect();
        // All sizes of a program for each pass's slots, for those of it that are wanted, and for the head.
        let n_works = (2 * passes.len() + 1) * most_works(weights);
        let need = ScratchNeed {
            works: n_works,
            slots: schedule.slots.len(),
            records: n_records,
            most_slots: passes.iter().map(|pass| pass.n as usize).max().unwrap_or(1),
            n_rows,
        };
        scratch.grow(&self.device, shape, need)?;
        let program = self.network_program(shape, weights, scratch, cache, self.rows.values());
        self.write_works(scratch, &program, &passes, n_rows);
        self.device.queue.write_buffer(scratch.slots.buffer(), 0, bytemuck::cast_slice(&schedule.slots));
        let turns = turns(&schedule, &weights.frequencies);
        self.device.queue.write_buffer(scratch.turns.buffer(), 0, bytemuck::cast_slice(&turns));

        let mut sizes = 0;
        for (step, passes_of_step) in schedule.steps.iter().enumerate() {
            let mut encoder = self.device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            self.rows.clear_drawn(&mut encoder);
            {
                let mut pass = self.times.pass_of(&mut encoder, step == 0, step + 1 == n);
                for &Pass { n, n_wanted, .. } in passes_of_step {
                    program.encode(self, ProgramPart::Body, &mut pass, sizes, n);
                    if n_wanted > 0 {
                        program.encode(self, ProgramPart::Tail, &mut pass, sizes + 1, n_wanted);
                    }
                    sizes += 2;
                }
                program.encode(self, ProgramPart::Head, &mut pass, 2 * passes.len(), word(n_rows));
                if let Some(Sampling { plans, .. }) = sampling {
                    let n_positions = plans.kinds.len();
                    for position in 0..n_positions {
                        let block = step * n_positions + position;
                        self.encode_position(&mut pass, plans, (position, block), n_rows, vocab_size);
                    }
                }
            }
            let bytes = (n_rows * size_of::<Drawn>()) as u64;
            encoder.copy_buffer_to_buffer(self.rows.drawn(), 0, scratch.records.buffer(), step as u64 * bytes, bytes);
            if step + 1 == n {
                let (from, bytes) = match sampling {
                    Some(_) => (scratch.records.buffer(), n_records),
                    None => (self.rows.values(), (n_rows * vocab_size * size_of::<f32>()) as u64),
                };
                let buffer = self.ring.send(&self.device, bytes + self.times.tail())?;
                encoder.copy_buffer_to_buffer(from, 0, buffer, 0, bytes);
                self.times.copy(&mut encoder, buffer, bytes);
            }
            self.device.queue.submit([encoder.finish()]);
        }
        self.ring.sent(scope);
        self.times.will_read(schedule.slots.len());
        self.times.encoded((self.now)() - started);

        let waited = (self.now)();
        let mut bytes = self.ring.take(&self.device).await?;
        let tail = bytes.split_off(bytes.len() - usize::try_from(self.times.tail()).expect("sixteen bytes"));
        self.times.read(&tail, (self.now)() - waited, self.device.queue.get_timestamp_period());
        let records = if sampling.is_some() { bytemuck::pod_collect_to_vec(&bytes) } else { Vec::new() };
        remember(&mut cache.ids, contexts, group, n, &records);
        Ok(bytes)
    }

    /// Buffers for the kernels that draw.
    fn grow_rows(&mut self, vocab_size: usize, n_rows: usize, sampling: Option<&Sampling>) -> Result<()> {
        let mut need = Need { n_rows, vocab_size, positions: 1, ..Need::default() };
        if let Some(Sampling { plans, table, fused }) = sampling {
            need.positions = table.len() / n_rows;
            need.edits = plans.edits.len();
            need.fused = *fused;
        }
        self.rows.grow(&self.device, &self.pipelines.rows_layout, need)?;
        if let Some(Sampling { plans, table, .. }) = sampling {
            let batch = |position| Batch {
                n_rows: word(n_rows),
                vocab_size: word(vocab_size),
                n_blocks: word(vocab_size.div_ceil(BLOCK)),
                position: word(position),
                zero: 0,
            };
            let batches: Vec<_> = (0..need.positions).map(batch).collect();
            self.rows.write_batches(&self.device, &batches);
            self.rows.write_plans(&self.device, table, &plans.edits);
        }
        Ok(())
    }

    /// The sizes of every pass, two blocks each, and of the head.
    fn write_works(&self, scratch: &Scratch, program: &Program, passes: &[Pass], n_rows: usize) {
        let of_passes = passes.iter().flat_map(|pass| [(pass.first, pass.n), (pass.first, pass.n_wanted)]);
        let all = of_passes.chain([(0, word(n_rows))]);
        let works: Vec<Work> = all.flat_map(|(first, n)| program.works_of(first, n)).collect();
        let mut bytes = vec![0; works.len() * UNIFORM_STEP];
        for (work, bytes) in works.iter().zip(bytes.chunks_exact_mut(UNIFORM_STEP)) {
            bytes[..size_of::<Work>()].copy_from_slice(bytemuck::bytes_of(work));
        }
        self.device.queue.write_buffer(scratch.works.buffer(), 0, &bytes);
    }
}

/// What each slot's position turns by, (slots, head_size / 2): cos and sin.
fn turns(schedule: &Schedule, frequencies: &[f32]) -> Vec<[f32; 2]> {
    let of_slot = |slot: &Slot| {
        let position = slot.position as usize;
        frequencies.iter().map(move |&frequency| network::turn(position, frequency).into())
    };
    schedule.slots.iter().flat_map(of_slot).collect()
}

/// About how many slots a step of this row has.
fn slots_of_a_step(contexts: &Contexts<'_>, row: &Context<'_>, n: u32) -> usize {
    let len = row.ids.len() + n as usize;
    if contexts.network.uses_cache() && len <= contexts.block_size { 1 } else { len.min(contexts.block_size) }
}

/// The most different sizes a program has: one for each buffer of a matrix, all blocks being alike, two for the norms, two for attention, one for turns.
fn most_works(weights: &Weights) -> usize {
    let of_block = weights.blocks.first().into_iter().flat_map(BlockWeights::matrices);
    let matrices = of_block.chain([&weights.tokens, weights.head()]).chain(&weights.positions);
    matrices.map(|matrix| matrix.parts.len()).sum::<usize>() + 5
}

/// Which tokens the rows' keys and values belong to after `n` steps.
fn remember(ids: &mut [Vec<u32>], contexts: &Contexts<'_>, group: Group, n: usize, records: &[Drawn]) {
    for (ix, row) in contexts.rows.iter().enumerate() {
        let len = row.ids.len() + n - 1;
        let window = Window::of(len, contexts.block_size);
        let drawn = records.iter().skip(ix).step_by(contexts.rows.len()).map(|drawn| drawn.token);
        let all = row.ids.iter().copied().chain(drawn);
        ids[row.row as usize - group.first_row] = all.skip(window.start).take(len - window.start).collect();
    }
}
