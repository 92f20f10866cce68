//! A network as dispatches: what happens to each pass of slots, and then to the last slot of each row.

use super::{
    super::{GpuBackend, buffers::GrowableBuffer, device::Device, kernels::Kernel, step::word},
    cache::Cache,
    layout::{ADD, GELU_ERF, GELU_TANH, OUTPUTS_OF_A_TILE, SILU, SLOTS_OF_A_TILE, Slot, TIMES, Work},
    weights::{BlockWeights, Matrix, Weights, stride},
};
use crate::core::{
    error::Result,
    network::{Activation, NetworkShape, NormKind},
};

/// Where a uniform block may begin.
pub(super) const UNIFORM_STEP: usize = 256;

/// Fewer slots than this go through a product one by one.
const FEW: u32 = 8;

/// A dispatch whose sizes depend on how many slots there are.
#[derive(Debug)]
struct Op {
    /// For few slots, and for many.
    kernels: [Kernel; 2],
    /// Of the matrix that a product reads.
    bytes: u64,
    group: wgpu::BindGroup,
    /// Its place in [`Program::works`].
    work: usize,
}

/// What is done for which slots.
#[derive(Debug, Clone, Copy)]
pub(super) enum ProgramPart {
    /// All of a pass: up to the keys and values of the last block.
    Body,
    /// Those of a pass whose logits are wanted: the rest of the last block.
    Tail,
    /// Of each row the one that is wanted: from there to logits.
    Head,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Program {
    body: Vec<Op>,
    tail: Vec<Op>,
    head: Vec<Op>,
    /// The different sizes that occur.
    pub works: Vec<Work>,
}

/// What runs through the network, and what the device is told about it.
#[derive(Debug)]
pub(super) struct Scratch {
    pub works: GrowableBuffer,
    pub slots: GrowableBuffer,
    /// (slots, head_size / 2): cos and sin of what each position turns by.
    pub turns: GrowableBuffer,
    /// What each step drew, (steps, B).
    pub records: GrowableBuffer,
    /// (T, C), and so on.
    x: GrowableBuffer,
    normed: GrowableBuffer,
    qkv: GrowableBuffer,
    attended: GrowableBuffer,
    wide: GrowableBuffer,
    /// (B, C), of the wanted slots.
    last: GrowableBuffer,
}

/// How much of it is needed.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScratchNeed {
    pub works: usize,
    pub slots: usize,
    /// Bytes.
    pub records: u64,
    /// T of the largest pass.
    pub most_slots: usize,
    pub n_rows: usize,
}

impl Scratch {
    pub(super) fn new(device: &Device) -> Self {
        use wgpu::BufferUsages as Usage;
        let buffer = |name| GrowableBuffer::new(device, name, Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC);
        Self {
            works: GrowableBuffer::new(device, "works", Usage::UNIFORM | Usage::COPY_DST),
            slots: buffer("slots"),
            turns: buffer("turns"),
            records: buffer("records"),
            x: buffer("x"),
            normed: buffer("normed"),
            qkv: buffer("qkv"),
            attended: buffer("attended"),
            wide: buffer("wide"),
            last: buffer("last"),
        }
    }

    /// # Errors
    /// `LimitExceeded`.
    pub(super) fn grow(&mut self, device: &Device, shape: &NetworkShape, need: ScratchNeed) -> Result<()> {
        let numbers = |n, columns| (n * stride(columns) * size_of::<f32>()) as u64;
        let (t, c) = (need.most_slots, shape.n_embd);
        self.works.grow(device, (need.works * UNIFORM_STEP) as u64)?;
        self.slots.grow(device, (need.slots * size_of::<Slot>()) as u64)?;
        self.turns.grow(device, (need.slots * shape.head_size * size_of::<f32>()) as u64)?;
        self.records.grow(device, need.records)?;
        for buffer in [&mut self.x, &mut self.normed] {
            buffer.grow(device, numbers(t, c))?;
        }
        let (query, key) = shape.query_key_size();
        self.attended.grow(device, numbers(t, query))?;
        self.qkv.grow(device, numbers(t, query + 2 * key))?;
        self.wide.grow(device, numbers(t, shape.n_inner))?;
        self.last.grow(device, numbers(need.n_rows, c))?;
        Ok(())
    }
}

impl GpuBackend {
    /// The dispatches of a network over these weights, these buffers and this cache; logits go to `logits`, (B, V).
    pub(super) fn network_program(
        &self,
        shape: &NetworkShape,
        weights: &Weights,
        scratch: &Scratch,
        cache: &Cache,
        logits: &wgpu::Buffer,
    ) -> Program {
        let c = stride(shape.n_embd);
        let maker = Maker { backend: self, shape, scratch };
        let mut program = Program::default();
        let Scratch { x, normed, qkv, attended, wide, last, .. } = scratch;
        let (x, normed, qkv, attended) = (x.buffer(), normed.buffer(), qkv.buffer(), attended.buffer());
        let (wide, last) = (wide.buffer(), last.buffer());
        let (mut body, mut tail, mut head) = (Vec::new(), Vec::new(), Vec::new());
        maker.embed(&mut body, 0, &weights.tokens, x);
        if let Some(positions) = &weights.positions {
            maker.embed(&mut body, 1, positions, x);
        }
        let (query, key) = shape.query_key_size();
        for (ix, (block, keys)) in weights.blocks.iter().zip(&cache.blocks).enumerate() {
            maker.norm(&mut body, 0, &block.norm_1, x, normed);
            maker.product(&mut body, &block.qkv[0], Some(&block.qkv[1]), 0, normed, (qkv, stride(query + 2 * key)));
            if !weights.frequencies.is_empty() {
                maker.turn(&mut body, block, qkv);
            }
            maker.keep(&mut body, cache.capacity, qkv, keys);
            // Nobody asks what the last block would make of the other slots.
            let rest = if ix + 1 == shape.n_layer { &mut tail } else { &mut body };
            maker.attend(rest, cache.capacity, qkv, keys, attended);
            maker.product(rest, &block.proj[0], Some(&block.proj[1]), ADD, attended, (x, c));
            maker.norm(rest, 0, &block.norm_2, x, normed);
            maker.mlp(rest, block, normed, wide);
            maker.product(rest, &block.mlp_proj[0], Some(&block.mlp_proj[1]), ADD, wide, (x, c));
        }
        maker.norm(&mut tail, 1, &weights.final_norm, x, last);
        maker.product(&mut head, weights.head(), None, 0, last, (logits, shape.vocab_size));
        program.body = body.into_iter().map(|made| program.op(made)).collect();
        program.tail = tail.into_iter().map(|made| program.op(made)).collect();
        program.head = head.into_iter().map(|made| program.op(made)).collect();
        program
    }
}

/// A dispatch as it is made.
type Made = ([Kernel; 2], u64, wgpu::BindGroup, Work);

impl Program {
    /// Equal sizes are written down once.
    fn op(&mut self, (kernels, bytes, group, work): Made) -> Op {
        let known = self.works.iter().position(|known| *known == work);
        let work = known.unwrap_or_else(|| {
            self.works.push(work);
            self.works.len() - 1
        });
        Op { kernels, bytes, group, work }
    }

    /// The sizes for `n_slots` slots from `first_slot` on.
    pub(super) fn works_of(&self, first_slot: u32, n_slots: u32) -> impl Iterator<Item = Work> {
        self.works.iter().map(move |work| Work { first_slot, n_slots, ..*work })
    }

    /// Dispatches for `n_slots` slots, whose sizes are block number `block` of the works.
    pub(super) fn encode(
        &self,
        backend: &mut GpuBackend,
        part: ProgramPart,
        encoder: &mut wgpu::ComputePass<'_>,
        block: usize,
        n_slots: u32,
    ) {
        let ops = match part {
            ProgramPart::Body => &self.body,
            ProgramPart::Tail => &self.tail,
            ProgramPart::Head => &self.head,
        };
        for op in ops {
            let work = &self.works[op.work];
            let tiles = work.n_out.div_ceil(OUTPUTS_OF_A_TILE);
            let [few, many] = op.kernels;
            let (kernel, x, y) = match few {
                Kernel::Attend | Kernel::Turn => (few, work.n_head, n_slots),
                _ if few == many => (few, n_slots, 1),
                _ if n_slots < FEW => (few, tiles, n_slots),
                _ => (many, tiles, n_slots.div_ceil(SLOTS_OF_A_TILE)),
            };
            encoder.set_pipeline(backend.pipelines.get(kernel));
            encoder.set_bind_group(0, &op.group, &[word((block * self.works.len() + op.work) * UNIFORM_STEP)]);
            encoder.dispatch_workgroups(x, y, 1);
            backend.times.dispatched(op.bytes * u64::from(y));
        }
    }
}

/// What all dispatches have in common.
struct Maker<'a> {
    backend: &'a GpuBackend,
    shape: &'a NetworkShape,
    scratch: &'a Scratch,
}

impl Maker<'_> {
    fn bind(&self, read: [&wgpu::Buffer; 3], written: &wgpu::Buffer) -> wgpu::BindGroup {
        let uniform = wgpu::BufferBinding {
            buffer: self.scratch.works.buffer(),
            offset: 0,
            size: wgpu::BufferSize::new(size_of::<Work>().next_multiple_of(16) as u64),
        };
        let buffers = read.into_iter().chain([written]).map(wgpu::Buffer::as_entire_binding);
        let resources = [wgpu::BindingResource::Buffer(uniform)].into_iter().chain(buffers);
        let entries: Vec<_> =
            (0..).zip(resources).map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
        let layout = &self.backend.pipelines.network_layout;
        let descriptor = wgpu::BindGroupDescriptor { label: None, layout, entries: &entries };
        self.backend.device.device.create_bind_group(&descriptor)
    }

    fn embed(&self, ops: &mut Vec<Made>, mode: u32, table: &Matrix, x: &wgpu::Buffer) {
        let (slots, records) = (self.scratch.slots.buffer(), self.scratch.records.buffer());
        let fours = word(table.columns.div_ceil(4));
        for rows in &table.parts {
            let work =
                Work { n_in: fours, n_out: rows.n, first: rows.first, stride_out: fours, mode, ..Work::default() };
            ops.push(([table.embed(); 2], 0, self.bind([slots, &rows.buffer, records], x), work));
        }
    }

    fn norm(&self, ops: &mut Vec<Made>, mode: u32, norm: &Matrix, x: &wgpu::Buffer, out: &wgpu::Buffer) {
        let stride = word(stride(norm.columns));
        let work = Work {
            n_in: word(norm.columns),
            stride_in: stride,
            stride_out: stride,
            mode,
            has_bias: u32::from(self.shape.norm == NormKind::Layer),
            epsilon: self.shape.epsilon,
            ..Work::default()
        };
        ops.push(([Kernel::Norm; 2], 0, self.bind([self.scratch.slots.buffer(), x, norm.whole()], out), work));
    }

    /// y = x·Wᵀ + b into `out`, whose rows are as far apart as is said there.
    fn product(
        &self,
        ops: &mut Vec<Made>,
        matrix: &Matrix,
        bias: Option<&Matrix>,
        mode: u32,
        x: &wgpu::Buffer,
        (out, stride_out): (&wgpu::Buffer, usize),
    ) {
        let n_in = word(matrix.columns.div_ceil(4));
        for rows in &matrix.parts {
            let work = Work {
                n_in,
                n_out: rows.n,
                first: rows.first,
                stride_in: n_in,
                stride_out: word(stride_out),
                mode,
                has_bias: u32::from(bias.is_some()),
                ..Work::default()
            };
            let bias = bias.map_or(self.scratch.slots.buffer(), Matrix::whole);
            ops.push((matrix.product(), rows.buffer.size(), self.bind([x, &rows.buffer, bias], out), work));
        }
    }

    /// act(fc(x)), or act(gate(x))·fc(x), into `wide`.
    fn mlp(&self, ops: &mut Vec<Made>, block: &BlockWeights, x: &wgpu::Buffer, wide: &wgpu::Buffer) {
        let activation = match self.shape.activation {
            Activation::GeluTanh => GELU_TANH,
            Activation::GeluErf => GELU_ERF,
            Activation::Silu => SILU,
        };
        let out = (wide, stride(self.shape.n_inner));
        let [fc, fc_bias] = &block.fc;
        if let Some([gate, bias]) = &block.gate {
            self.product(ops, gate, Some(bias), activation, x, out);
            self.product(ops, fc, Some(fc_bias), TIMES, x, out);
        } else {
            self.product(ops, fc, Some(fc_bias), activation, x, out);
        }
    }

    /// Queries and keys are turned where they are.
    fn turn(&self, ops: &mut Vec<Made>, block: &BlockWeights, qkv: &wgpu::Buffer) {
        let NetworkShape { n_head, n_kv_head, head_size, epsilon, .. } = *self.shape;
        let (query, key) = self.shape.query_key_size();
        let work = Work {
            n_in: word(head_size),
            first: word(n_head),
            stride_in: word(stride(query + 2 * key)),
            n_head: word(n_head + n_kv_head),
            mode: u32::from(block.head_norms.is_some()),
            epsilon,
            ..Work::default()
        };
        let (turns, slots) = (self.scratch.turns.buffer(), self.scratch.slots.buffer());
        let norms = block.head_norms.as_ref().map_or([slots; 2], |norms| [norms[0].whole(), norms[1].whole()]);
        ops.push(([Kernel::Turn; 2], 0, self.bind([turns, norms[0], norms[1]], qkv), work));
    }

    /// What both kernels of attention are told.
    fn attention(&self, n_in: usize, capacity: usize) -> Work {
        let NetworkShape { n_head, n_kv_head, .. } = *self.shape;
        let (query, key) = self.shape.query_key_size();
        Work {
            n_in: word(n_in),
            first: word(query),
            stride_in: word(stride(query + 2 * key)),
            stride_out: word(stride(query)),
            n_head: word(n_head),
            n_shared: word(n_head / n_kv_head),
            stride_cache: word(stride(key)),
            capacity: word(capacity),
            ..Work::default()
        }
    }

    /// Keys and values into the cache.
    fn keep(&self, ops: &mut Vec<Made>, capacity: usize, qkv: &wgpu::Buffer, cache: &wgpu::Buffer) {
        let slots = self.scratch.slots.buffer();
        let work = self.attention(self.shape.query_key_size().1, capacity);
        ops.push(([Kernel::Keep; 2], 0, self.bind([slots, qkv, slots], cache), work));
    }

    /// Answers out of it.
    fn attend(
        &self,
        ops: &mut Vec<Made>,
        capacity: usize,
        qkv: &wgpu::Buffer,
        cache: &wgpu::Buffer,
        out: &wgpu::Buffer,
    ) {
        let slots = self.scratch.slots.buffer();
        let head_size = self.shape.head_size;
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "rounded to f32 on purpose")]
        let scale = (1.0 / (head_size as f64).sqrt()) as f32;
        let work = Work { scale, ..self.attention(head_size, capacity) };
        ops.push(([Kernel::Attend; 2], 0, self.bind([slots, qkv, cache], out), work));
    }
}
