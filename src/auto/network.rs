//! Networks in the choice between CPU and GPU. The model itself, on the CPU, shows first what a token costs there: with a short prompt, or with a
//! few tokens before a long one. Where that is enough to make up for a call of the GPU, the GPU is tried, after its logits were compared with
//! the model's. From then on the faster one goes on.

use std::sync::{Arc, Weak};

use super::{AutoBackend, Preference, boxed, words::format_ms};
use crate::{
    backend::{
        ChainOutput, Detail, LogitSource, Row,
        decode::{Context, Contexts, Decode},
    },
    core::{
        error::{Error, Result},
        history::History,
        network::Network,
        token::TokenId,
    },
    gpu::network::MOST_SLOTS,
    rng::Draw,
};

/// A token of the CPU has to take this part of a call of the GPU, or the GPU is not tried.
const CALL: f64 = 1.0 / 16.0;

/// A GPU that would take longer than this for a token, in milliseconds, is not tried, unless it was asked for: one in software would keep a
/// text waiting for minutes.
const LONGEST: f64 = 3000.0;

/// Tokens in the context that shows whether the GPU computes right: one by itself, after more than a tile of a product takes.
const PROOF: usize = 18;

/// Tokens of a prompt that is worth knowing first what one costs: a few times as many as it takes to find out.
const LONG: usize = 192;

/// How far a logit may be from the model's, beside what its own size makes.
const TOLERANCE: f32 = 1e-3;

/// What is known of the networks seen so far.
#[derive(Debug, Default)]
pub(super) struct Networks {
    known: Vec<Known>,
    /// The logits of the step that comes are a network's, and are drawn from on the CPU.
    pub are_drawn_next: bool,
    /// The model's own beside them, where the live check looks.
    reference: Vec<f32>,
}

/// One network.
#[derive(Debug)]
struct Known {
    identity: Weak<()>,
    is_proved: bool,
    /// The GPU has no memory for it.
    is_refused: bool,
    /// The GPU ran it last, so that it has nothing to catch up with.
    is_warm: bool,
    /// Where one token a row is new, and where everything is read.
    costs: [TokenCosts; 2],
}

/// Milliseconds a token read, where they were measured.
#[derive(Debug, Clone, Copy, Default)]
struct TokenCosts {
    cpu: Option<f64>,
    gpu: Option<f64>,
}

impl Known {
    /// What a token of these contexts costs on the CPU, or else one of the other kind.
    fn cpu_ms(&self, contexts: &Contexts<'_>) -> Option<f64> {
        let kind = usize::from(contexts.are_read_whole());
        self.costs[kind].cpu.or(self.costs[1 - kind].cpu)
    }
}

fn least(known: Option<f64>, ms: f64) -> Option<f64> {
    Some(known.map_or(ms, |known| known.min(ms)))
}

impl Networks {
    fn of(&mut self, network: &dyn Network) -> &mut Known {
        self.known.retain(|known| known.identity.strong_count() > 0);
        let identity = Arc::downgrade(network.identity());
        let ix = self.known.iter().position(|known| known.identity.ptr_eq(&identity)).unwrap_or_else(|| {
            let costs = [TokenCosts::default(); 2];
            self.known.push(Known { identity, is_proved: false, is_refused: false, is_warm: false, costs });
            self.known.len() - 1
        });
        &mut self.known[ix]
    }
}

/// What a call of the GPU comes to.
enum Called {
    Done,
    /// Some of the contexts was read, so many tokens of them by now; the call is to be made again.
    Read(usize),
    /// The CPU goes on.
    Refused,
}

#[allow(clippy::cast_precision_loss, reason = "an estimate")]
fn tokens(contexts: &Contexts<'_>, n: usize) -> f64 {
    (contexts.n_tokens() * n) as f64
}

impl AutoBackend {
    /// Whether the GPU is to run a network; a change of mind is told.
    fn chooses_gpu_for(&mut self, contexts: &Contexts<'_>) -> bool {
        let Some(gpu) = &self.gpu else { return false };
        let (call_ms, gpu_token_ms) = (gpu.costs.gpu_call_ms, gpu.costs.gpu_token_ms(&contexts.network.shape()));
        let known = self.networks.of(contexts.network);
        let gpu = known.costs[usize::from(contexts.are_read_whole())].gpu;
        let (cpu, is_proved) = (known.cpu_ms(contexts), known.is_proved);
        if known.is_refused || (self.preference == Preference::WebGpu && !is_proved) {
            return false;
        }
        if self.preference == Preference::WebGpu {
            self.tell("webgpu", "WebGPU was asked for".to_owned());
            return true;
        }
        let Some(cpu) = cpu else { return false };
        let (on_gpu, reason) = match gpu {
            Some(gpu) => {
                let costs = format!("{} ms on the CPU, {} ms on the GPU", format_ms(cpu), format_ms(gpu));
                (gpu < cpu, format!("a token of the network took {costs}"))
            }
            None => {
                let on_gpu = is_proved && cpu * tokens(contexts, 1) > call_ms * CALL;
                let end = match on_gpu {
                    true => "the GPU is tried",
                    false if gpu_token_ms > LONGEST => "this GPU would take seconds",
                    false => "too little for the GPU",
                };
                (on_gpu, format!("a token of the network took {} ms on the CPU: {end}", format_ms(cpu)))
            }
        };
        // The clock's noise is no news.
        if on_gpu != (self.about.kind == "webgpu") {
            self.tell(if on_gpu { "webgpu" } else { "cpu" }, reason);
        }
        on_gpu
    }

    /// After a call of the GPU that began at `started` and read so many tokens.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    fn note_gpu(&mut self, contexts: &Contexts<'_>, n_tokens: usize, started: f64) {
        let Some(gpu) = &self.gpu else { return };
        let ms = (gpu.backend.now() - started) / n_tokens as f64;
        let known = self.networks.of(contexts.network);
        let costs = &mut known.costs[usize::from(contexts.are_read_whole())];
        if known.is_warm {
            costs.gpu = least(costs.gpu, ms);
        }
        known.is_warm = true;
    }

    /// What a failure of the GPU means for this network: the CPU goes on, or it is reported.
    fn give_up_network(&mut self, network: &dyn Network, error: Error) -> Result<()> {
        if matches!(error, Error::LimitExceeded { .. } | Error::OutOfMemory { .. }) {
            self.networks.of(network).is_refused = self.preference == Preference::Auto;
        }
        self.recover(error)
    }

    pub(super) async fn decode_by_gpu(&mut self, decode: &Decode<'_>, out: &mut [ChainOutput]) -> Result<bool> {
        let contexts = &decode.contexts;
        // The live check looks at each step.
        if self.check.is_some() || !self.chooses_gpu_for(contexts) {
            return Ok(false);
        }
        let row = Row { plan: decode.plan, history: &History::default(), draw: Draw::None };
        if !self.passes_check(&[row], false).await? {
            return Ok(false);
        }
        // What is too long for a call is read by the step's own, which others may come between.
        let Some(gpu) = &mut self.gpu else { return Ok(false) };
        let (rows, n_first) = next_slots(contexts, &gpu.backend.n_known(contexts));
        if !rows.is_empty() {
            return Ok(false);
        }
        let started = gpu.backend.now();
        match boxed(gpu.backend.decode(decode, out)).await {
            Ok(did) => {
                let n = out.iter().map(|out| out.tokens.len()).max().unwrap_or(0).max(1);
                self.note_gpu(contexts, n_first + (n - 1) * slots_of_a_step(contexts), started);
                Ok(did)
            }
            Err(error) => {
                out.iter_mut().for_each(ChainOutput::clear);
                self.give_up_network(contexts.network, error).map(|()| false)
            }
        }
    }

    /// The logits of a step, by the GPU where that pays, and else by the model itself, whose time is noted; false where the source's time is over
    /// before.
    pub(super) async fn forward_network(&mut self, source: &mut dyn LogitSource, out: &mut [f32]) -> Result<bool> {
        if !self.prove_first(source).await? {
            return Ok(false);
        }
        let mut reference = std::mem::take(&mut self.networks.reference);
        if self.check.is_some() {
            reference.resize(out.len(), 0.0);
            if !source.logits(&mut reference)? {
                self.networks.reference = reference;
                return Ok(false);
            }
        }
        let called = match source.contexts() {
            Some(contexts) => self.logits_by_gpu(&contexts, out).await?,
            None => Called::Refused,
        };
        match called {
            Called::Refused => {}
            Called::Done => {
                self.networks.reference = reference;
                return Ok(true);
            }
            Called::Read(n_tokens) => {
                self.networks.reference = reference;
                source.note_read(n_tokens);
                return Ok(false);
            }
        }
        self.networks.are_drawn_next = false;
        if self.check.is_some() {
            out.copy_from_slice(&reference);
            return Ok(true);
        }
        let started = source.now_ms();
        let is_done = source.logits(out)?;
        let ms = source.spend(source.now_ms() - started, is_done);
        if let Some(contexts) = source.contexts().filter(|_| is_done) {
            self.note_cpu(&contexts, ms);
        }
        Ok(is_done)
    }

    async fn logits_by_gpu(&mut self, contexts: &Contexts<'_>, out: &mut [f32]) -> Result<Called> {
        if !self.chooses_gpu_for(contexts) {
            return Ok(Called::Refused);
        }
        let Some(gpu) = &mut self.gpu else { return Ok(Called::Refused) };
        let known = gpu.backend.n_known(contexts);
        let (rows, n_slots) = next_slots(contexts, &known);
        let is_last = rows.is_empty();
        let part = if is_last { *contexts } else { Contexts { rows: &rows, ..*contexts } };
        let mut others = vec![0.0; rows.len() * contexts.network.shape().vocab_size];
        let started = gpu.backend.now();
        match boxed(gpu.backend.network_logits(&part, if is_last { out } else { &mut others })).await {
            Ok(()) => {
                self.note_gpu(contexts, n_slots, started);
                self.networks.are_drawn_next = is_last;
                Ok(if is_last { Called::Done } else { Called::Read(known.iter().sum::<usize>() + n_slots) })
            }
            Err(error) => self.give_up_network(contexts.network, error).map(|()| Called::Refused),
        }
    }

    /// Before the GPU runs a network for the first time: what a token costs on the CPU, and what is right. False where the source's time is over before.
    async fn prove_first(&mut self, source: &mut dyn LogitSource) -> Result<bool> {
        if source.contexts().is_some_and(|contexts| self.needs_proof(&contexts)) {
            self.try_out().await;
        }
        let Some(contexts) = source.contexts().filter(|contexts| self.needs_proof(contexts)) else { return Ok(true) };
        let shape = contexts.network.shape();
        #[allow(clippy::cast_possible_truncation, reason = "a token id is a u32")]
        let ids: Vec<TokenId> =
            (0..PROOF.min(shape.block_size)).map(|i| (i * 37 % shape.vocab_size) as TokenId).collect();
        let started = source.now_ms();
        let wanted = source.logits_of(&ids)?;
        let ms = source.spend(source.now_ms() - started, wanted.is_some());
        let Some(wanted) = wanted else { return Ok(false) };
        let Some(contexts) = source.contexts() else { return Ok(true) };
        let rows = [Context { ids: &ids, row: 0 }];
        let proof = Contexts { block_size: shape.block_size, rows: &rows, is_new: true, ..contexts };
        self.note_cpu(&proof, ms);
        // Now that it is known what a token costs, that may be too little for the GPU.
        if self.needs_proof(&contexts) {
            self.prove(&proof, &wanted).await?;
        }
        Ok(true)
    }

    /// Whether the GPU may be of use for these contexts, and was not compared with the model yet.
    fn needs_proof(&self, contexts: &Contexts<'_>) -> bool {
        let Some(gpu) = &self.gpu else { return false };
        let identity = Arc::as_ptr(contexts.network.identity());
        let known = self.networks.known.iter().find(|known| known.identity.as_ptr() == identity);
        let may_run = match known.and_then(|known| known.cpu_ms(contexts)) {
            _ if self.preference == Preference::WebGpu => true,
            _ if gpu.costs.gpu_token_ms(&contexts.network.shape()) > LONGEST => false,
            Some(cpu) => cpu * tokens(contexts, 1) > gpu.costs.gpu_call_ms * CALL,
            None => contexts.n_tokens() >= LONG,
        };
        may_run && known.is_none_or(|known| !known.is_proved && !known.is_refused)
    }

    /// Compares what the GPU makes of one context of T tokens with the logits (T, V) of the model itself.
    async fn prove(&mut self, contexts: &Contexts<'_>, wanted: &[f32]) -> Result<()> {
        let Some(context) = contexts.rows.first() else { return Ok(()) };
        let n = context.ids.len();
        let vocab_size = wanted.len() / n;
        // First many tokens at once, then one after them; and where their time decides, many again, now that everything is where it has to be.
        let timed = if self.preference == Preference::WebGpu { 0..0 } else { 1..n };
        for range in [0..n - 1, 0..n, timed].into_iter().filter(|range| !range.is_empty()) {
            let rows = [Context { ids: &context.ids[range.clone()], ..*context }];
            let run = Contexts { rows: &rows, ..*contexts };
            let mut found = vec![0.0; vocab_size];
            let Some(gpu) = &mut self.gpu else { return Ok(()) };
            let started = gpu.backend.now();
            let result = boxed(gpu.backend.network_logits(&run, &mut found)).await;
            let is_compared = range.start == 0;
            let wanted = &wanted[(range.end - 1) * vocab_size..][..vocab_size];
            if let Err(error) = result.and_then(|()| if is_compared { is_close(&found, wanted) } else { Ok(()) }) {
                return self.give_up_network(contexts.network, error);
            }
            if !is_compared {
                self.networks.of(contexts.network).is_warm = true;
                self.note_gpu(&run, range.len(), started);
            }
        }
        let known = self.networks.of(contexts.network);
        (known.is_proved, known.is_warm) = (true, false);
        Ok(())
    }

    fn note_cpu(&mut self, contexts: &Contexts<'_>, ms: f64) {
        let known = self.networks.of(contexts.network);
        let costs = &mut known.costs[usize::from(contexts.are_read_whole())];
        costs.cpu = least(costs.cpu, ms / tokens(contexts, 1));
        known.is_warm = false;
    }

    /// Both by the CPU's stages: what differs is the network.
    pub(super) fn compare_network(&mut self, logits: &[f32], rows: &[Row<'_>]) {
        let reference = &mut self.networks.reference;
        let (Some(report), true) = (&mut self.check, reference.len() == logits.len()) else { return };
        let (mut drawn, mut wanted) = (Vec::new(), Vec::new());
        let on_gpu = self.cpu.step_now(&mut logits.to_vec(), rows, Detail::Token, &mut drawn);
        let on_cpu = self.cpu.step_now(reference, rows, Detail::Token, &mut wanted);
        if on_gpu.is_ok() && on_cpu.is_ok() {
            drawn.iter().zip(&wanted).for_each(|(a, b)| report.add(a, b));
        }
    }
}

/// The beginnings of contexts that are read before the call that reads the rest, and how many tokens of them are new; no rows and what is left,
/// where that is little enough for one call, or nothing is kept. How it is cut depends on what is left alone, so the passes are the same in every run,
/// whoever comes between.
fn next_slots<'a>(contexts: &Contexts<'a>, known: &[usize]) -> (Vec<Context<'a>>, usize) {
    let seen = |row: &Context<'a>| &row.ids[row.ids.len().saturating_sub(contexts.block_size)..];
    let n: usize = contexts.rows.iter().zip(known).map(|(row, known)| seen(row).len() - known).sum();
    if n <= MOST_SLOTS.max(contexts.rows.len()) || !contexts.network.uses_cache() {
        return (Vec::new(), n);
    }
    let (mut left, mut rows) = (MOST_SLOTS, Vec::new());
    for (row, known) in contexts.rows.iter().zip(known) {
        let seen = seen(row);
        // The last one's logits are wanted with those of the other rows.
        let n = (seen.len() - 1 - known).min(left);
        if n > 0 {
            rows.push(Context { ids: &seen[..known + n], ..*row });
            left -= n;
        }
    }
    (rows, MOST_SLOTS - left)
}

/// Tokens that are read for each step after the first: where positions move everything that is seen.
fn slots_of_a_step(contexts: &Contexts<'_>) -> usize {
    let moves = !contexts.network.uses_cache() || contexts.rows.iter().any(|row| row.ids.len() > contexts.block_size);
    let seen = contexts.rows.iter().map(|row| row.ids.len().min(contexts.block_size));
    if moves { seen.sum() } else { contexts.rows.len() }
}

/// Whether logits are those of the model but for rounding.
fn is_close(found: &[f32], wanted: &[f32]) -> Result<()> {
    let far = found.iter().zip(wanted).enumerate().find(|(_, (a, b))| {
        let is_near = (*a - *b).abs() <= TOLERANCE * (1.0 + b.abs());
        !is_near
    });
    match far {
        None => Ok(()),
        Some((token, (found, wanted))) => {
            let reason = format!("the model's logit of token {token} is {wanted}, and the GPU gave {found}");
            Err(Error::BackendFault { kernel: "network".to_owned(), reason })
        }
    }
}
