//! What JavaScript sees, which is what the engine's own JavaScript calls.

use std::{
    alloc::{GlobalAlloc, Layout},
    sync::atomic::{AtomicUsize, Ordering},
};

use wasm_bindgen::prelude::wasm_bindgen;

use crate::{Date, Error, Input, render};

/// Bytes that one rendering may ask for, all together. Work that minijinja counts asks for less; what it does not count, such as comparing or
/// printing a list that holds another twice, forty times over, asks for memory all the same. A macro, because the sentence that names it must
/// not ask for any.
macro_rules! most_memory {
    () => {
        268435456
    };
}

/// Beside its bytes, an allocation takes time.
const PER_ALLOCATION: usize = 64;

/// As in the engine, with an end.
#[global_allocator]
static ALLOCATOR: Counted = Counted { inner: rlsf::SmallGlobalTlsf::new(), asked: AtomicUsize::new(0) };

struct Counted {
    inner: rlsf::SmallGlobalTlsf,
    asked: AtomicUsize,
}

impl Counted {
    /// The exception ends whatever is going on, and with it this instance: whoever calls takes a fresh one.
    fn count(&self, bytes: usize) {
        let asked = self.asked.load(Ordering::Relaxed).saturating_add(bytes).saturating_add(PER_ALLOCATION);
        self.asked.store(asked, Ordering::Relaxed);
        if asked > most_memory!() {
            wasm_bindgen::throw_str(concat!("more than ", most_memory!(), " bytes for one text"));
        }
    }
}

// SAFETY: `inner` does it all; what is counted before changes nothing of it.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count(layout.size());
        // SAFETY: the caller's promise.
        unsafe { self.inner.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.inner.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        self.count(new_size);
        // SAFETY: the caller's promise.
        unsafe { self.inner.realloc(ptr, layout, new_size) }
    }
}

/// What reads chat templates.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Chat;

#[wasm_bindgen]
impl Chat {
    /// It keeps nothing.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self
    }

    /// The text that a template makes of messages and of what else stands in the JSON. `now` is year, month, day, hour, minute and second.
    ///
    /// # Errors
    /// A `ChatProblem`.
    pub fn text(&self, template: &str, json: &str, now: &[i32]) -> Result<String, ChatProblem> {
        ALLOCATOR.asked.store(0, Ordering::Relaxed);
        let part = |i: usize| now.get(i).and_then(|part| u32::try_from(*part).ok()).unwrap_or_default();
        let date = Date {
            year: now.first().copied().unwrap_or_default(),
            month: part(1),
            day: part(2),
            hour: part(3),
            minute: part(4),
            second: part(5),
        };
        Input::from_json(json).and_then(|input| render(template, &input, date)).map_err(ChatProblem)
    }
}

/// Why there is no text.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ChatProblem(Error);

#[wasm_bindgen]
impl ChatProblem {
    /// Stable, for programs.
    #[wasm_bindgen(getter)]
    pub fn code(&self) -> String {
        self.0.code().to_owned()
    }

    /// For people.
    #[wasm_bindgen(getter)]
    pub fn message(&self) -> String {
        self.0.to_string()
    }

    /// What is at fault of what was given.
    #[wasm_bindgen(getter)]
    pub fn setting(&self) -> Option<String> {
        self.0.setting().map(ToOwned::to_owned)
    }
}
