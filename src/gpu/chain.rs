//! Many steps of a first-order model on the device: the CPU's table of states goes up once, tokens come back in pieces.

use bytemuck::Zeroable;

use super::{
    GpuBackend,
    device::ErrorScope,
    kernels::Kernel,
    layout::{self, Entry, Sequence, State},
    step::word,
};
use crate::{
    backend::{Chain, ChainOutput},
    core::{error::Result, number::split_u64, token::TokenId},
    cpu::ChainTable,
};

/// Steps of one dispatch: short enough for any watchdog.
const STEPS: u32 = 1024;
/// Threads of a workgroup.
const LANES: u32 = 64;
/// Words of tokens in one answer, about.
const WORDS: u32 = 1 << 22;

/// The device's copy of a chain's states, and the CPU's, which knows probabilities.
#[derive(Debug, Default)]
pub struct GpuChainTable {
    states: ChainTable,
    device: Option<Resident>,
}

/// Buffers of one model, plan and list of ends.
#[derive(Debug)]
struct Resident {
    /// The backend that made them.
    backend: u32,
    eos: Vec<TokenId>,
    buffers: [wgpu::Buffer; 2],
}

impl Drop for Resident {
    fn drop(&mut self) {
        self.buffers.iter().for_each(wgpu::Buffer::destroy);
    }
}

impl GpuBackend {
    /// Tokens of a first-order model; false, with nothing done, for a plan that the CPU refuses.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn chain(
        &mut self,
        chain: &Chain<'_>,
        table: &mut GpuChainTable,
        out: &mut [ChainOutput],
    ) -> Result<bool> {
        self.device.check()?;
        if !table.states.complete(chain, &mut self.cpu) {
            return Ok(false);
        }
        let mut tokens: Vec<Vec<TokenId>> = vec![Vec::new(); chain.rows.len()];
        let result = self.draw_chain(chain, table, &mut tokens).await;
        self.ring.clear();
        result?;
        for ((row, tokens), out) in chain.rows.iter().zip(&tokens).zip(out) {
            describe(&table.states, row.last, tokens, out);
        }
        Ok(true)
    }

    /// The tokens alone: what the device gives.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn draw_chain(
        &mut self,
        chain: &Chain<'_>,
        table: &mut GpuChainTable,
        tokens: &mut [Vec<TokenId>],
    ) -> Result<()> {
        let n_sequences = word(chain.rows.len());
        let token_bits = if chain.model.vocab_size() <= 256 { 8 } else { 16 };
        let per_word = 32 / token_bits;
        let most_words = u32::try_from(self.device.most_bound() / 4).unwrap_or(u32::MAX).min(WORDS.max(n_sequences));
        let piece = (most_words / n_sequences * per_word).clamp(per_word, STEPS);
        let n_words = u64::from(piece.div_ceil(per_word)) * u64::from(n_sequences);
        self.pipelines.need(&self.device, [Kernel::Chain]).await?;
        // The first piece answers for the buffers of all.
        let mut scope = Some(self.device.error_scope());
        let job = self.chain_job(chain, table, n_words)?;
        let pieces = || {
            let begins = (0..chain.n).step_by(piece as usize);
            begins.map(|begin| (begin, piece.min(chain.n - begin)))
        };
        let mut taken = pieces();
        for (begin, n_steps) in pieces() {
            if self.ring.is_full()
                && let Some((begin, _)) = taken.next()
            {
                self.take_piece(begin, token_bits, tokens).await?;
            }
            let uniform = layout::Chain {
                n_sequences,
                n_steps,
                first_step: chain.first_step.wrapping_add(begin),
                token_bits,
                seed: split_u64(chain.seed),
            };
            let scope = scope.take().unwrap_or_else(|| self.device.error_scope());
            self.send_piece(&job, uniform, scope)?;
        }
        for (begin, _) in taken {
            self.take_piece(begin, token_bits, tokens).await?;
        }
        Ok(())
    }

    fn send_piece(&mut self, job: &Job, uniform: layout::Chain, scope: ErrorScope) -> Result<()> {
        let started = (self.now)();
        self.device.queue.write_buffer(&job.buffers[0], 0, bytemuck::bytes_of(&uniform));
        let mut encoder = self.device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = self.times.pass(&mut encoder);
            pass.set_pipeline(self.pipelines.get(Kernel::Chain));
            pass.set_bind_group(0, &job.group, &[0]);
            pass.dispatch_workgroups(uniform.n_sequences.div_ceil(LANES), 1, 1);
        }
        let n_sequences = u64::from(uniform.n_sequences) * size_of::<Sequence>() as u64;
        let per_word = 32 / uniform.token_bits;
        let n_tokens = u64::from(uniform.n_steps.div_ceil(per_word)) * u64::from(uniform.n_sequences) * 4;
        let buffer = self.ring.send(&self.device, n_sequences + n_tokens + self.times.tail())?;
        encoder.copy_buffer_to_buffer(&job.buffers[1], 0, buffer, 0, n_sequences);
        encoder.copy_buffer_to_buffer(&job.buffers[2], 0, buffer, n_sequences, n_tokens);
        self.times.copy(&mut encoder, buffer, n_sequences + n_tokens);
        self.device.queue.submit([encoder.finish()]);
        self.ring.sent(scope);
        self.times.encoded((self.now)() - started);
        Ok(())
    }

    /// Appends the tokens of the oldest piece on its way, whose first step was number `begin`.
    async fn take_piece(&mut self, begin: u32, token_bits: u32, tokens: &mut [Vec<TokenId>]) -> Result<()> {
        let started = (self.now)();
        let (n, tail) = (tokens.len(), usize::try_from(self.times.tail()).expect("sixteen bytes"));
        let bytes = self.ring.take(&self.device).await?;
        let (sequences, rest) = bytes.split_at(n * size_of::<Sequence>());
        let (packed, stamps) = rest.split_at(rest.len() - tail);
        let sequences = bytemuck::pod_collect_to_vec::<u8, Sequence>(sequences);
        let packed = bytemuck::pod_collect_to_vec::<u8, u32>(packed);
        let (per_word, mask) = (32 / token_bits, u32::MAX >> (32 - token_bits));
        for (ix, (sequence, tokens)) in sequences.iter().zip(tokens).enumerate() {
            let fresh = sequence.n_drawn.saturating_sub(begin);
            self.times.drew(fresh as usize);
            tokens.extend((0..fresh).map(|i| {
                let word = packed[(i / per_word) as usize * n + ix];
                word >> (i % per_word * token_bits) & mask
            }));
        }
        self.times.read(stamps, (self.now)() - started, self.device.queue.get_timestamp_period());
        Ok(())
    }

    /// Buffers and bindings of one call.
    fn chain_job(&self, chain: &Chain<'_>, table: &mut GpuChainTable, n_words: u64) -> Result<Job> {
        use wgpu::BufferUsages as Usage;
        if table.device.as_ref().is_none_or(|it| it.backend != self.id || it.eos != chain.eos) {
            let (states, entries) = layout_of(&table.states, chain.eos);
            let storage = Usage::STORAGE | Usage::COPY_DST;
            let buffers = [
                self.device.make("states", storage, (states.len() * size_of::<State>()) as u64)?,
                self.device.make("entries", storage, (entries.len() * size_of::<Entry>()) as u64)?,
            ];
            self.device.queue.write_buffer(&buffers[0], 0, bytemuck::cast_slice(&states));
            self.device.queue.write_buffer(&buffers[1], 0, bytemuck::cast_slice(&entries));
            table.device = Some(Resident { backend: self.id, eos: chain.eos.to_vec(), buffers });
        }
        let Some(resident) = &table.device else { unreachable!("made above") };
        let sequences: Vec<Sequence> =
            chain.rows.iter().map(|row| Sequence { last: row.last, row: row.row, ..Sequence::zeroed() }).collect();
        let sequence_bytes = (sequences.len() * size_of::<Sequence>()) as u64;
        let buffers = [
            self.device.make("chain", Usage::UNIFORM | Usage::COPY_DST, 256)?,
            self.device.make("sequences", Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC, sequence_bytes)?,
            self.device.make("tokens", Usage::STORAGE | Usage::COPY_SRC, n_words * 4)?,
        ];
        self.device.queue.write_buffer(&buffers[1], 0, bytemuck::cast_slice(&sequences));
        let uniform = wgpu::BufferBinding {
            buffer: &buffers[0],
            offset: 0,
            size: wgpu::BufferSize::new(size_of::<layout::Chain>().next_multiple_of(16) as u64),
        };
        let resources = [
            wgpu::BindingResource::Buffer(uniform),
            resident.buffers[0].as_entire_binding(),
            resident.buffers[1].as_entire_binding(),
            buffers[1].as_entire_binding(),
            buffers[2].as_entire_binding(),
        ];
        let entries: Vec<_> =
            (0..).zip(resources).map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
        let layout = &self.pipelines.chain_layout;
        let group =
            self.device.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries });
        Ok(Job { buffers, group })
    }
}

/// The table as the shader reads it.
fn layout_of(table: &ChainTable, eos: &[TokenId]) -> (Vec<State>, Vec<Entry>) {
    let (mut states, mut entries) = (Vec::new(), Vec::new());
    for state in table.states() {
        let Some(state) = state else {
            states.push(State::zeroed());
            continue;
        };
        states.push(State { total: split_u64(state.total), first: word(entries.len()), n: word(state.entries.len()) });
        entries.extend(state.entries.iter().map(|entry| Entry {
            sum: split_u64(entry.sum),
            id: entry.id,
            is_end: u32::from(eos.contains(&entry.id)),
        }));
    }
    // Where nothing can follow anything: a buffer is never empty.
    if entries.is_empty() {
        entries.push(Entry::zeroed());
    }
    (states, entries)
}

/// Appends a row's tokens with their probabilities, which the table knows.
fn describe(table: &ChainTable, first: TokenId, tokens: &[TokenId], out: &mut ChainOutput) {
    let mut last = first;
    for &token in tokens {
        let Some(Some(state)) = table.states().get(last as usize) else { return };
        let Ok(ix) = state.entries.binary_search_by_key(&token, |entry| entry.id) else { return };
        out.tokens.push(token);
        out.probabilities.push(state.entries[ix].probability);
        out.kept.push(state.kept);
        last = token;
    }
}

/// Uniforms, sequences and tokens of one call.
#[derive(Debug)]
struct Job {
    buffers: [wgpu::Buffer; 3],
    group: wgpu::BindGroup,
}

impl Drop for Job {
    fn drop(&mut self) {
        self.buffers.iter().for_each(wgpu::Buffer::destroy);
    }
}
