//! Where a GPU step's time goes: the host's part, the device's own clock where it has one, and the way back.

use super::device::Device;

/// Sums since they were last taken, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct GpuTimes {
    /// Calls of the device that were waited for.
    pub steps: u32,
    /// Tokens that a network read, counted each time.
    pub tokens_read: usize,
    /// Tokens that kernels drew.
    pub tokens_drawn: usize,
    /// Dispatches of networks.
    pub dispatches: usize,
    /// Bytes of matrices that their products read, each read counted.
    pub weight_bytes: u64,
    /// Plans, upload, encoding and submission, on the host.
    pub encode_ms: f64,
    /// Waiting for the results, the kernels' own time included.
    pub readback_ms: f64,
    /// Between each first kernel's start and each last one's end, by the device's clock; 0 without one.
    gpu_ns: u64,
    /// Smallest difference other than 0 that this clock was seen to show.
    tick_ns: Option<u64>,
}

impl GpuTimes {
    /// The kernels' own time, by the device's clock. None when that clock is missing, or too coarse for the work done so far.
    #[allow(clippy::cast_precision_loss, reason = "nanoseconds")]
    pub fn gpu_ms(&self) -> Option<f64> {
        let tick_ns = self.tick_ns?;
        let is_resolvable = self.gpu_ns / RESOLVABLE >= tick_ns || tick_ns < FINE_NS;
        is_resolvable.then_some(self.gpu_ns as f64 * 1e-6)
    }

    /// Adds what came later.
    pub fn add(&mut self, later: &Self) {
        self.steps += later.steps;
        self.tokens_read += later.tokens_read;
        self.tokens_drawn += later.tokens_drawn;
        self.dispatches += later.dispatches;
        self.weight_bytes += later.weight_bytes;
        self.encode_ms += later.encode_ms;
        self.readback_ms += later.readback_ms;
        self.gpu_ns += later.gpu_ns;
        self.tick_ns = self.tick_ns.into_iter().chain(later.tick_ns).min();
    }
}

/// A sum has to be this many of the clock's steps to mean something.
const RESOLVABLE: u64 = 16;
/// A clock with steps like these resolves any kernel.
const FINE_NS: u64 = 1000;

/// Two timestamps a pass.
#[derive(Debug)]
pub(super) struct Times {
    clock: Option<(wgpu::QuerySet, wgpu::Buffer)>,
    sums: GpuTimes,
}

/// Bytes of two timestamps.
const STAMPS: u64 = 16;

impl Times {
    pub(super) fn new(device: &Device) -> Self {
        let make = || {
            let set = device.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: None,
                ty: wgpu::QueryType::Timestamp,
                count: 2,
            });
            let buffer = device.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("timestamps"),
                size: STAMPS,
                usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            });
            (set, buffer)
        };
        Self { clock: device.has_timestamps.then(make), sums: GpuTimes::default() }
    }

    /// A compute pass between two timestamps.
    pub(super) fn pass<'a>(&self, encoder: &'a mut wgpu::CommandEncoder) -> wgpu::ComputePass<'a> {
        let timestamp_writes = self.clock.as_ref().map(|(query_set, _)| wgpu::ComputePassTimestampWrites {
            query_set,
            beginning_of_pass_write_index: Some(0),
            end_of_pass_write_index: Some(1),
        });
        encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes })
    }

    /// One of several passes that are timed together.
    pub(super) fn pass_of<'a>(
        &self,
        encoder: &'a mut wgpu::CommandEncoder,
        is_first: bool,
        is_last: bool,
    ) -> wgpu::ComputePass<'a> {
        let timed = self.clock.as_ref().filter(|_| is_first || is_last);
        let timestamp_writes = timed.map(|(query_set, _)| wgpu::ComputePassTimestampWrites {
            query_set,
            beginning_of_pass_write_index: is_first.then_some(0),
            end_of_pass_write_index: is_last.then_some(1),
        });
        encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes })
    }

    /// Bytes that [`copy`](Self::copy) adds to an answer.
    pub(super) fn tail(&self) -> u64 {
        if self.clock.is_some() { STAMPS } else { 0 }
    }

    /// Puts the timestamps behind the results.
    pub(super) fn copy(&self, encoder: &mut wgpu::CommandEncoder, to: &wgpu::Buffer, at: u64) {
        if let Some((set, buffer)) = &self.clock {
            encoder.resolve_query_set(set, 0..2, buffer, 0);
            encoder.copy_buffer_to_buffer(buffer, 0, to, at, STAMPS);
        }
    }

    /// Adds the host's part of a call.
    pub(super) fn encoded(&mut self, ms: f64) {
        self.sums.encode_ms += ms;
    }

    /// Adds what a network is to read.
    pub(super) fn will_read(&mut self, n_tokens: usize) {
        self.sums.tokens_read += n_tokens;
    }

    /// Adds what kernels drew.
    pub(super) fn drew(&mut self, n_tokens: usize) {
        self.sums.tokens_drawn += n_tokens;
    }

    /// Adds a dispatch of a network, and the bytes of a matrix that it reads.
    pub(super) fn dispatched(&mut self, weight_bytes: u64) {
        self.sums.dispatches += 1;
        self.sums.weight_bytes += weight_bytes;
    }

    /// Adds an answer: its timestamps, and how long it was waited for.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "nanoseconds"
    )]
    pub(super) fn read(&mut self, tail: &[u8], waited_ms: f64, period_ns: f32) {
        self.sums.steps += 1;
        self.sums.readback_ms += waited_ms;
        if let [begin, end] = bytemuck::pod_collect_to_vec::<u8, u64>(tail)[..] {
            let ns = (end.saturating_sub(begin) as f64 * f64::from(period_ns)) as u64;
            self.sums.gpu_ns += ns;
            if ns > 0 {
                self.sums.tick_ns = Some(self.sums.tick_ns.map_or(ns, |tick_ns| tick_ns.min(ns)));
            }
        }
    }

    /// The sums, and from zero again; what the clock can show stays known.
    pub(super) fn take(&mut self) -> GpuTimes {
        let fresh = GpuTimes { tick_ns: self.sums.tick_ns, ..GpuTimes::default() };
        std::mem::replace(&mut self.sums, fresh)
    }
}

impl Drop for Times {
    fn drop(&mut self) {
        if let Some((set, buffer)) = &self.clock {
            set.destroy();
            buffer.destroy();
        }
    }
}
