//! A token allocates nothing once the buffers have grown: counted by the test binary's own allocator. Others ask it for the most that was
//! taken at once.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use logitlab::{
    backend::{Detail, Row},
    cpu::CpuBackend,
    history::History,
    plan::{Penalties, Plan, Stage},
    rng::{Generator, NoiseBuffer, RngKind},
    stages::{
        AdaptiveP, Constraint, Dry, EpsilonCutoff, EtaCutoff, MinP, Mirostat, NoRepeatNgram, Temperature, TopH, TopK,
        TopNSigma, TopP, TypicalP, Xtc,
    },
};

use crate::support::inputs::{Family, row};

/// The system's allocator, counting what this thread asks for.
struct Counting;

thread_local! {
    static N_ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    /// Bytes taken and not given back, and the most there ever were. Memory of another thread may be given back here.
    static TAKEN: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count() {
    // While a thread ends its counter may be gone; nobody asks any more then.
    let _ = N_ALLOCATIONS.try_with(|n| n.set(n.get() + 1));
}

fn take(n_bytes: isize) {
    let _ = TAKEN.try_with(|taken| {
        taken.set(taken.get() + n_bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(taken.get())));
    });
}

/// What a function gives, and the most bytes that it held at once.
pub(crate) fn with_peak<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = TAKEN.get();
    PEAK.set(before);
    let result = run();
    (result, usize::try_from(PEAK.get() - before).expect("a peak is no valley"))
}

/// What a function gives, and the bytes that are still held for it.
pub(crate) fn with_kept<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = TAKEN.get();
    let result = run();
    (result, usize::try_from(TAKEN.get() - before).unwrap_or(0))
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        take(layout.size() as isize);
        // SAFETY: the caller keeps alloc's contract.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        take(-(layout.size() as isize));
        // SAFETY: the caller keeps dealloc's contract.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        take(size as isize - layout.size() as isize);
        // SAFETY: the caller keeps realloc's contract.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations of `n` tokens after a hundred of warm-up.
fn allocations(kind: RngKind, stages: Vec<Stage>, family: Family, len: usize, n: u32) -> usize {
    let plan = Plan { stages, greedy: false };
    let logits = row(family, len, 1);
    let mut history = History::new(Some(64));
    let (mut backend, mut generator) = (CpuBackend::new(), Generator::new(kind, 7));
    let (mut noise, mut scratch, mut out) = (NoiseBuffer::new(), logits.clone(), Vec::new());
    let mut before = 0;
    for step in 0..n + 100 {
        if step == 100 {
            before = N_ALLOCATIONS.get();
        }
        scratch.copy_from_slice(&logits);
        out.clear();
        let draw = generator.draw(0, len, &mut noise);
        let row = Row { plan: &plan, history: &history, draw };
        backend.step_now(&mut scratch, &[row], Detail::Token, &mut out).expect("the row is valid");
        generator.next_step();
        // Eight tokens over and over: the history's table has grown to them during warm-up.
        history.push_output(step % 8);
    }
    N_ALLOCATIONS.get() - before
}

#[test]
fn a_token_allocates_nothing_after_warm_up() {
    let penalties = Stage::Penalties(Penalties { repetition: 1.2, presence: 0.1, frequency: 0.1, ..Penalties::OFF });
    let plans = [
        vec![],
        vec![Stage::TopK(TopK(50))],
        vec![Stage::TopP(TopP(0.9))],
        vec![
            penalties,
            Stage::Dry(Dry { multiplier: 1.0, ..Dry::default() }),
            Stage::NoRepeatNgram(NoRepeatNgram(20)),
            Stage::Temperature(Temperature::fixed(0.8)),
            Stage::TopK(TopK(50)),
            Stage::TopP(TopP(0.9)),
            Stage::MinP(MinP(0.01)),
        ],
        vec![
            Stage::TopNSigma(TopNSigma(3.0)),
            Stage::Temperature(Temperature { range: 0.3, ..Temperature::fixed(0.8) }),
            Stage::TopH(TopH(0.9)),
            Stage::TypicalP(TypicalP(0.9)),
            Stage::EpsilonCutoff(EpsilonCutoff(1e-6)),
            Stage::EtaCutoff(EtaCutoff(1e-6)),
            Stage::Xtc(Xtc { probability: 0.5, threshold: 0.1 }),
            Stage::Mirostat(Mirostat { tau: 5.0, eta: 0.1 }),
            Stage::AdaptiveP(AdaptiveP { target: Some(0.3), decay: 0.9 }),
        ],
        vec![Stage::Constraint(Constraint::allowing(&[1, 4, 7, 29])), Stage::TopP(TopP(0.9))],
        vec![Stage::AdaptiveP(AdaptiveP { target: Some(0.3), decay: 0.9 })],
    ];
    for plan in plans {
        for (kind, family, len) in [
            (RngKind::Philox, Family::Peaked, 30),
            (RngKind::Philox, Family::Peaked, 50_257),
            (RngKind::Philox, Family::Normal, 50_257),
            (RngKind::Torch, Family::Peaked, 30),
            (RngKind::Torch, Family::Normal, 1000),
        ] {
            let n = allocations(kind, plan.clone(), family, len, 100);
            assert_eq!(n, 0, "{kind:?}, {family:?}, V = {len}, {plan:?}: {n} allocations in 100 tokens");
        }
    }
}

#[test]
fn the_counter_counts() {
    let before = N_ALLOCATIONS.get();
    drop(std::hint::black_box(vec![1_u8]));
    assert_eq!(N_ALLOCATIONS.get() - before, 1, "one vector is one allocation");
    let (len, peak) = with_peak(|| {
        drop(std::hint::black_box(vec![0_u8; 1000]));
        std::hint::black_box(vec![0_u8; 600]).len()
    });
    assert_eq!((len, peak), (600, 1000));
}
