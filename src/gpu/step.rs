//! One step of a batch: plans down, logits up, kernels, results back.

use super::{
    GpuBackend,
    buffers::Need,
    kernels::Kernel,
    layout::{BLOCK, Batch, Drawn, REFUSED, wide},
    plans::{Plans, is_common},
};
use crate::{
    backend::{Detail, Row, Step},
    core::error::{Error, Result},
    cpu::{self, DrawnToken, How, Tracer},
    rng::Draw,
    stages::{Cut, Stage, StageName},
};

/// Lanes of a workgroup.
const LANES: usize = 256;
/// The fused kernels give each block of a row to one lane.
pub(super) const MAX_VOCAB_SIZE: usize = LANES * BLOCK;
/// Workgroups in one dimension of a dispatch.
const MAX_ROWS: usize = 65_535;

/// The smallest noise a shader divides by.
const LEAST_NOISE: f32 = f32::MIN_POSITIVE;

impl GpuBackend {
    /// The stages of these rows that run as kernels of their own, not inside the fused ones.
    pub fn stages_alone(&self, rows: &[Row<'_>], want_trace: bool) -> impl Iterator<Item = StageName> {
        let fused = self.is_fused(rows) && !want_trace;
        let stages = rows.iter().flat_map(|row| &row.plan.stages).filter(|stage| !stage.is_off());
        stages.filter(move |stage| !fused || stage.fused() == Some(Cut::Edits)).map(Stage::name)
    }

    fn is_fused(&self, rows: &[Row<'_>]) -> bool {
        self.fuses && rows.iter().all(is_common)
    }

    /// Draws one token per row; see [`Backend::step`](crate::backend::Backend::step).
    pub(super) async fn step_rows(
        &mut self,
        logits: &[f32],
        rows: &[Row<'_>],
        detail: Detail,
        out: &mut Vec<Step>,
    ) -> Result<()> {
        self.device.check()?;
        if rows.is_empty() || logits.is_empty() || !logits.len().is_multiple_of(rows.len()) {
            let expected = format!("a positive multiple of the batch, {}", rows.len());
            return Err(Error::wrong_length("logits", logits.len(), expected));
        }
        let vocab_size = logits.len() / rows.len();
        if vocab_size > MAX_VOCAB_SIZE {
            let (found, limit) = (vocab_size as u64, MAX_VOCAB_SIZE as u64);
            return Err(Error::LimitExceeded { name: "vocab_size".into(), found, limit });
        }
        let n_before = out.len();
        let result = if detail.has_trace() {
            self.trace_rows(logits, rows, (vocab_size, detail), out).await
        } else {
            self.draw_rows(logits, rows, vocab_size, out).await
        };
        if result.is_err() {
            out.truncate(n_before);
            self.ring.clear();
        }
        result
    }

    /// As many rows at a time as a binding holds; the answers come back through the ring.
    async fn draw_rows(
        &mut self,
        logits: &[f32],
        rows: &[Row<'_>],
        vocab_size: usize,
        out: &mut Vec<Step>,
    ) -> Result<()> {
        let fused = self.is_fused(rows);
        let most = usize::try_from(self.device.most_bound()).unwrap_or(usize::MAX) / (vocab_size * size_of::<f32>());
        let most = most.clamp(1, MAX_ROWS);
        let chunks = || rows.chunks(most).zip(logits.chunks(most * vocab_size)).enumerate();
        let mut taken = chunks();
        for (_, (rows, logits)) in chunks() {
            if self.ring.is_full() {
                self.take_rows(&mut taken, most, out).await?;
            }
            self.send_rows(logits, rows, vocab_size, fused).await?;
        }
        while !self.ring.is_empty() {
            self.take_rows(&mut taken, most, out).await?;
        }
        Ok(())
    }

    async fn send_rows(&mut self, logits: &[f32], rows: &[Row<'_>], vocab_size: usize, fused: bool) -> Result<()> {
        // A plan that the CPU refuses is left to it: the answer is what a refused row would give.
        let plans = Plans::of(rows, vocab_size, fused);
        let n_drawn = (rows.len() * size_of::<Drawn>()) as u64;
        let Some(plans) = plans else {
            let refused = vec![Drawn { status: REFUSED, ..Drawn::default() }; rows.len()];
            let buffer = self.ring.send(&self.device, n_drawn)?;
            self.device.queue.write_buffer(buffer, 0, bytemuck::cast_slice(&refused));
            return Ok(());
        };
        self.pipelines.need(&self.device, plans.kernels()).await?;
        let started = (self.now)();
        let scope = self.device.error_scope();
        self.upload(logits, rows, vocab_size, &plans, fused, 0)?;
        let mut encoder = self.device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.rows.clear_drawn(&mut encoder);
        {
            let mut pass = self.times.pass(&mut encoder);
            for position in 0..plans.kinds.len() {
                self.encode_position(&mut pass, &plans, (position, position), rows.len(), vocab_size);
            }
        }
        let buffer = self.ring.send(&self.device, n_drawn + self.times.tail())?;
        encoder.copy_buffer_to_buffer(self.rows.drawn(), 0, buffer, 0, n_drawn);
        self.times.copy(&mut encoder, buffer, n_drawn);
        self.device.queue.submit([encoder.finish()]);
        self.ring.sent(scope);
        self.times.encoded((self.now)() - started);
        Ok(())
    }

    /// The answer for the next rows in line.
    async fn take_rows<'a>(
        &mut self,
        chunks: &mut impl Iterator<Item = (usize, (&'a [Row<'a>], &'a [f32]))>,
        most: usize,
        out: &mut Vec<Step>,
    ) -> Result<()> {
        let Some((chunk, (rows, logits))) = chunks.next() else { return Ok(()) };
        let started = (self.now)();
        let n_drawn = rows.len() * size_of::<Drawn>();
        let bytes = self.ring.take(&self.device).await?;
        let (drawn, tail) = bytes.split_at(n_drawn);
        let drawn = bytemuck::pod_collect_to_vec::<u8, Drawn>(drawn);
        self.times.read(tail, (self.now)() - started, self.device.queue.get_timestamp_period());
        self.times.drew(drawn.iter().filter(|drawn| drawn.is_drawn()).count());
        let vocab_size = logits.len() / rows.len();
        for (ix, ((row, drawn), x)) in rows.iter().zip(&drawn).zip(logits.chunks(vocab_size)).enumerate() {
            if !drawn.is_drawn() {
                return Err(self.name_error(chunk * most + ix, x, row, drawn.status));
            }
            out.push(drawn_token(row, drawn).step(None));
        }
        Ok(())
    }

    /// Rows one after the other by the stage kernels; every column is kept.
    async fn trace_rows(
        &mut self,
        logits: &[f32],
        rows: &[Row<'_>],
        (vocab_size, detail): (usize, Detail),
        out: &mut Vec<Step>,
    ) -> Result<()> {
        for (ix, (row, x)) in rows.iter().zip(logits.chunks(vocab_size)).enumerate() {
            let Some(plans) = Plans::of(&[*row], vocab_size, false) else {
                return Err(self.name_error(ix, x, row, REFUSED));
            };
            self.pipelines.need(&self.device, plans.kernels().chain([Kernel::Softmax])).await?;
            let mut tracer = Tracer::new(ix, x, detail, &mut self.last_traced)?;
            let n_columns = plans.kinds.len();
            let scope = self.device.error_scope();
            self.upload(x, &[*row], vocab_size, &plans, false, n_columns)?;
            let mut encoder = self.device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            self.rows.clear_drawn(&mut encoder);
            for position in 0..n_columns {
                {
                    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                    self.encode_position(&mut pass, &plans, (position, position), 1, vocab_size);
                    if position + 1 == n_columns {
                        pass.set_pipeline(self.pipelines.get(Kernel::Softmax));
                        pass.dispatch_workgroups(1, 1, 1);
                    }
                }
                self.rows.keep_column(&mut encoder, position, vocab_size);
            }
            let column = vocab_size * size_of::<f32>();
            let (n_drawn, n_values) = (size_of::<Drawn>() as u64, (n_columns * column) as u64);
            let buffer = self.ring.send(&self.device, n_drawn + n_values)?;
            encoder.copy_buffer_to_buffer(self.rows.drawn(), 0, buffer, 0, n_drawn);
            encoder.copy_buffer_to_buffer(self.rows.columns(), 0, buffer, n_drawn, n_values);
            self.device.queue.submit([encoder.finish()]);
            self.ring.sent(scope);
            let bytes = self.ring.take(&self.device).await?;
            let (drawn, columns) = bytes.split_at(size_of::<Drawn>());
            let drawn = bytemuck::pod_read_unaligned::<Drawn>(drawn);
            let columns = bytemuck::pod_collect_to_vec::<u8, f32>(columns);
            if !drawn.is_drawn() {
                return Err(self.name_error(ix, x, row, drawn.status));
            }
            let (values, probabilities) = columns.split_at((n_columns - 1) * vocab_size);
            for (stage, column) in row.plan.stages.iter().zip(values.chunks(vocab_size)) {
                tracer.after(stage, &row.given(), column.to_vec());
            }
            let drawn = drawn_token(row, &drawn);
            let trace = tracer.finish(drawn, Some(probabilities.to_vec()));
            out.push(drawn.step(Some(trace)));
        }
        Ok(())
    }

    /// Brings everything a batch needs to the device.
    fn upload(
        &mut self,
        logits: &[f32],
        rows: &[Row<'_>],
        vocab_size: usize,
        plans: &Plans,
        fused: bool,
        columns: usize,
    ) -> Result<()> {
        let noise = rows.iter().any(|row| matches!(row.draw, Draw::Race(_)));
        let (n_rows, positions, edits) = (rows.len(), plans.kinds.len(), plans.edits.len());
        let need = Need { n_rows, vocab_size, positions, edits, fused, noise, columns };
        self.rows.grow(&self.device, &self.pipelines.rows_layout, need)?;
        let batch = Batch {
            n_rows: word(n_rows),
            vocab_size: word(vocab_size),
            n_blocks: word(vocab_size.div_ceil(BLOCK)),
            position: 0,
            zero: 0,
        };
        let batches: Vec<_> = (0..positions).map(|position| Batch { position: word(position), ..batch }).collect();
        self.rows.write_batches(&self.device, &batches);
        self.rows.write_values(&self.device, logits);
        self.rows.write_plans(&self.device, &plans.rows, &plans.edits);
        for (ix, row) in rows.iter().enumerate() {
            if let Draw::Race(noise) = row.draw {
                let qs: Vec<f32> = (0..vocab_size).map(|id| noise.q(id).max(LEAST_NOISE)).collect();
                self.rows.write_noise(&self.device, ix, &qs);
            }
        }
        Ok(())
    }

    /// The kernels of one position of the plans, with the uniform block of that number.
    pub(super) fn encode_position(
        &self,
        pass: &mut wgpu::ComputePass<'_>,
        plans: &Plans,
        (position, block): (usize, usize),
        n_rows: usize,
        vocab_size: usize,
    ) {
        let (rows, n_blocks) = (word(n_rows), word(vocab_size.div_ceil(BLOCK)));
        let mut dispatch = |kernel: Kernel, x: u32, y: u32| {
            pass.set_pipeline(self.pipelines.get(kernel));
            self.rows.set(pass, block);
            pass.dispatch_workgroups(x, y, 1);
        };
        for kernel in plans.kernels_at(position) {
            match kernel {
                Kernel::Scan | Kernel::Sums => dispatch(kernel, n_blocks, rows),
                _ if kernel.stage().is_some_and(StageName::is_per_token) => {
                    dispatch(kernel, word(vocab_size.div_ceil(LANES)), rows);
                }
                _ => dispatch(kernel, rows, 1),
            }
        }
    }

    /// The typed error of a row that the device refused: the CPU does the row again and says what is wrong with it.
    fn name_error(&mut self, ix: usize, x: &[f32], row: &Row<'_>, status: u32) -> Error {
        match self.cpu.step_row(ix, &mut x.to_vec(), row, Detail::Token) {
            Err(error) => error,
            Ok(step) => Error::BackendFault {
                kernel: "draw".to_owned(),
                reason: format!("row {ix} was refused with status {status}, and the CPU draws {}", step.token),
            },
        }
    }
}

/// The token with the numbers that chose it.
pub(super) fn drawn_token(row: &Row<'_>, drawn: &Drawn) -> DrawnToken {
    let (total, from, token) = (wide(drawn.total), wide(drawn.start), drawn.token);
    let (probability, how) = match row.draw {
        Draw::Coin(coin) if !row.plan.greedy => {
            let to = from + u64::from(drawn.mass);
            (cpu::share_of(u64::from(drawn.mass), total), How::Coin { coin, from, to, total })
        }
        Draw::Race(noise) if !row.plan.greedy => {
            let share = |weight| share_of_weight(f32::from_bits(weight), total);
            let (p, q) = (share(drawn.mass), noise.q(token as usize));
            let runner_up_ratio = share(drawn.runner_up_weight) / noise.q(drawn.runner_up as usize);
            let how = How::Race { noise: q, ratio: p / q, runner_up: drawn.runner_up, runner_up_ratio };
            (f64::from(p), how)
        }
        _ => (1.0, How::Greedy),
    };
    DrawnToken { token, probability, kept: drawn.kept, how }
}

/// p of a weight 2^e, where the masses 2^31 · 2^e sum to `total`.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "PyTorch's race is run in f32")]
fn share_of_weight(weight: f32, total: u64) -> f32 {
    (f64::from(weight) * 2_147_483_648.0 / total as f64) as f32
}

#[allow(clippy::cast_possible_truncation, reason = "checked against the device's limits, far below 2^32")]
pub(super) fn word(n: usize) -> u32 {
    n as u32
}
