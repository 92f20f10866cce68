//! The device's memory: buffers that grow and are used again, and the ring they are read back through.

use std::collections::VecDeque;

use super::{
    device::{Device, ErrorScope, ScopedErrors},
    layout::{self, BLOCK, CAPACITY},
};
use crate::core::error::{Error, Result};

/// Where a uniform block may begin.
const UNIFORM_STEP: usize = 256;

/// A buffer that is replaced by a larger one when it has to be.
#[derive(Debug)]
pub(super) struct GrowableBuffer {
    name: &'static str,
    usage: wgpu::BufferUsages,
    buffer: wgpu::Buffer,
}

impl GrowableBuffer {
    pub(super) fn new(device: &Device, name: &'static str, usage: wgpu::BufferUsages) -> Self {
        Self { name, usage, buffer: create(device, name, usage, UNIFORM_STEP as u64) }
    }

    /// Makes space for `bytes`. True when the buffer is a new one.
    ///
    /// # Errors
    /// `LimitExceeded`.
    pub(super) fn grow(&mut self, device: &Device, bytes: u64) -> Result<bool> {
        if bytes <= self.buffer.size() {
            return Ok(false);
        }
        let bytes = bytes.next_power_of_two().min(device.most_bound()).max(bytes);
        let made = device.make(self.name, self.usage, bytes)?;
        std::mem::replace(&mut self.buffer, made).destroy();
        Ok(true)
    }
}

impl GrowableBuffer {
    /// As it is now; growing makes another one.
    pub(super) fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }
}

impl Drop for GrowableBuffer {
    fn drop(&mut self) {
        self.buffer.destroy();
    }
}

fn create(device: &Device, name: &str, usage: wgpu::BufferUsages, size: u64) -> wgpu::Buffer {
    device.device.create_buffer(&wgpu::BufferDescriptor { label: Some(name), size, usage, mapped_at_creation: false })
}

/// What the row kernels are bound to.
#[derive(Debug)]
pub(super) struct RowBuffers {
    batch: GrowableBuffer,
    /// In the order of the bindings from 1 on.
    storage: [GrowableBuffer; 7],
    /// Columns of a trace.
    columns: GrowableBuffer,
    group: wgpu::BindGroup,
}

/// Positions of [`RowBuffers::storage`].
const VALUES: usize = 0;
const PLANS: usize = 1;
const EDITS: usize = 2;
const DRAWN: usize = 3;
const NOISE: usize = 6;

/// How much of each is needed, in elements.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Need {
    pub n_rows: usize,
    pub vocab_size: usize,
    pub positions: usize,
    pub edits: usize,
    pub fused: bool,
    pub noise: bool,
    pub columns: usize,
}

impl RowBuffers {
    pub(super) fn new(device: &Device, layout: &wgpu::BindGroupLayout) -> Self {
        use wgpu::BufferUsages as Usage;
        let storage = |name| GrowableBuffer::new(device, name, Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC);
        let batch = GrowableBuffer::new(device, "batch", Usage::UNIFORM | Usage::COPY_DST);
        let storage = ["logits", "plans", "edits", "drawn", "parts", "candidates", "noise"].map(storage);
        let columns = GrowableBuffer::new(device, "columns", Usage::COPY_DST | Usage::COPY_SRC);
        let group = bind(device, layout, &batch, &storage);
        Self { batch, storage, columns, group }
    }

    /// Makes space.
    ///
    /// # Errors
    /// `LimitExceeded`.
    pub(super) fn grow(&mut self, device: &Device, layout: &wgpu::BindGroupLayout, need: Need) -> Result<()> {
        let logits = need.n_rows * need.vocab_size;
        let n_parts = if need.fused { need.n_rows * need.vocab_size.div_ceil(BLOCK) } else { 0 };
        let bytes = [
            logits * size_of::<f32>(),
            need.positions * need.n_rows * size_of::<layout::Row>(),
            need.edits * size_of::<layout::Edit>(),
            need.n_rows * size_of::<layout::Drawn>(),
            n_parts * size_of::<layout::Part>(),
            n_parts * CAPACITY * size_of::<[u32; 2]>(),
            if need.noise { logits * size_of::<f32>() } else { 0 },
        ];
        let mut is_new = self.batch.grow(device, (need.positions * UNIFORM_STEP) as u64)?;
        for (buffer, bytes) in self.storage.iter_mut().zip(bytes) {
            is_new |= buffer.grow(device, bytes as u64)?;
        }
        self.columns.grow(device, (need.columns * need.vocab_size * size_of::<f32>()) as u64)?;
        if is_new {
            self.group = bind(device, layout, &self.batch, &self.storage);
        }
        Ok(())
    }

    /// One uniform block per position.
    pub(super) fn write_batches(&self, device: &Device, batches: &[layout::Batch]) {
        let mut bytes = vec![0; batches.len() * UNIFORM_STEP];
        for (batch, bytes) in batches.iter().zip(bytes.chunks_mut(UNIFORM_STEP)) {
            bytes[..size_of::<layout::Batch>()].copy_from_slice(bytemuck::bytes_of(batch));
        }
        device.queue.write_buffer(&self.batch.buffer, 0, &bytes);
    }

    /// (B, V).
    pub(super) fn write_values(&self, device: &Device, logits: &[f32]) {
        device.queue.write_buffer(&self.storage[VALUES].buffer, 0, bytemuck::cast_slice(logits));
    }

    /// (positions, B), and the edits they name.
    pub(super) fn write_plans(&self, device: &Device, rows: &[layout::Row], edits: &[layout::Edit]) {
        device.queue.write_buffer(&self.storage[PLANS].buffer, 0, bytemuck::cast_slice(rows));
        device.queue.write_buffer(&self.storage[EDITS].buffer, 0, bytemuck::cast_slice(edits));
    }

    /// q of a row's tokens.
    pub(super) fn write_noise(&self, device: &Device, row: usize, noise: &[f32]) {
        let at = (row * noise.len() * size_of::<f32>()) as u64;
        device.queue.write_buffer(&self.storage[NOISE].buffer, at, bytemuck::cast_slice(noise));
    }

    /// The bindings with the uniform block of a position.
    pub(super) fn set(&self, pass: &mut wgpu::ComputePass<'_>, position: usize) {
        #[allow(clippy::cast_possible_truncation, reason = "a few positions")]
        pass.set_bind_group(0, &self.group, &[(position * UNIFORM_STEP) as u32]);
    }

    /// No row has drawn, none is refused.
    pub(super) fn clear_drawn(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.clear_buffer(&self.storage[DRAWN].buffer, 0, None);
    }

    /// Copies the values as they stand to column number `column` of the trace.
    pub(super) fn keep_column(&self, encoder: &mut wgpu::CommandEncoder, column: usize, vocab_size: usize) {
        let bytes = (vocab_size * size_of::<f32>()) as u64;
        encoder.copy_buffer_to_buffer(
            &self.storage[VALUES].buffer,
            0,
            &self.columns.buffer,
            column as u64 * bytes,
            bytes,
        );
    }

    /// The logits, (B, V).
    pub(super) fn values(&self) -> &wgpu::Buffer {
        &self.storage[VALUES].buffer
    }

    /// The rows' results.
    pub(super) fn drawn(&self) -> &wgpu::Buffer {
        &self.storage[DRAWN].buffer
    }

    /// The columns of a trace.
    pub(super) fn columns(&self) -> &wgpu::Buffer {
        &self.columns.buffer
    }
}

fn bind(
    device: &Device,
    layout: &wgpu::BindGroupLayout,
    batch: &GrowableBuffer,
    storage: &[GrowableBuffer],
) -> wgpu::BindGroup {
    let uniform = wgpu::BufferBinding {
        buffer: &batch.buffer,
        offset: 0,
        size: wgpu::BufferSize::new(size_of::<layout::Batch>().next_multiple_of(16) as u64),
    };
    let first = wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::Buffer(uniform) };
    let others = (1..)
        .zip(storage)
        .map(|(binding, it)| wgpu::BindGroupEntry { binding, resource: it.buffer.as_entire_binding() });
    let entries: Vec<_> = std::iter::once(first).chain(others).collect();
    device.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
}

/// How many answers may be on their way at once.
const RING: usize = 4;

/// Buffers through which results come back, used in turn: the device works on while an earlier answer is fetched.
#[derive(Default)]
pub(super) struct Ring {
    free: Vec<wgpu::Buffer>,
    /// Oldest first.
    waiting: VecDeque<Answer>,
}

/// A result on its way.
struct Answer {
    buffer: wgpu::Buffer,
    bytes: u64,
    errors: Option<ScopedErrors>,
}

impl Ring {
    /// Whether an answer must be taken before the next can be sent.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() == RING
    }

    /// Whether no answer is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// A buffer for the next answer, to be copied into.
    ///
    /// # Errors
    /// `LimitExceeded`.
    pub(super) fn send(&mut self, device: &Device, bytes: u64) -> Result<&wgpu::Buffer> {
        let fits = self.free.iter().position(|buffer| buffer.size() >= bytes);
        let buffer = match fits {
            Some(ix) => self.free.swap_remove(ix),
            None => {
                if let Some(small) = self.free.pop() {
                    small.destroy();
                }
                let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
                device.make("results", usage, bytes.next_power_of_two())?
            }
        };
        self.waiting.push_back(Answer { buffer, bytes, errors: None });
        Ok(&self.waiting[self.waiting.len() - 1].buffer)
    }

    /// What was watched on the way to the last answer sent comes with it.
    pub(super) fn sent(&mut self, scope: ErrorScope) {
        if let Some(answer) = self.waiting.back_mut() {
            answer.errors = Some(scope.close());
        }
    }

    /// Waits for the oldest answer.
    ///
    /// # Errors
    /// `BackendLost`, `BackendFault`, `OutOfMemory`.
    pub(super) async fn take(&mut self, device: &Device) -> Result<Vec<u8>> {
        let Some(Answer { buffer, bytes, errors }) = self.waiting.pop_front() else {
            return Err(Error::BackendFault { kernel: "readback".to_owned(), reason: "nothing was sent".to_owned() });
        };
        let result = device.read(&buffer, bytes).await;
        if result.is_ok() {
            self.free.push(buffer);
        } else {
            buffer.destroy();
        }
        if let Some(errors) = errors {
            device.check_scoped(errors, "step").await?;
        }
        result
    }

    /// Forgets answers that nobody will take.
    pub(super) fn clear(&mut self) {
        self.waiting.drain(..).for_each(|answer| answer.buffer.destroy());
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        self.clear();
        self.free.iter().for_each(wgpu::Buffer::destroy);
    }
}
