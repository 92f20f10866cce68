//! The merges of a byte-level BPE as a WebAssembly module of their own: with the tables of Unicode that its patterns need it is larger than all
//! the rest of the engine, and only a checkpoint with a tokenizer.json needs it.
//!
//! `src/model/gpt/tokenizer.rs` says what a tokenizer.json may hold, reads the vocabulary and asks here for ids.

use splintr::AnyTokenizer;
use wasm_bindgen::prelude::wasm_bindgen;

/// As in the engine.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Turns text into ids.
#[wasm_bindgen]
pub struct Bpe(AnyTokenizer);

#[wasm_bindgen]
impl Bpe {
    /// Reads the text of a tokenizer.json.
    ///
    /// # Errors
    /// A sentence that says why it cannot be used.
    #[wasm_bindgen(constructor)]
    pub fn new(json: &str) -> Result<Self, String> {
        splintr::from_json_bytes(json.as_bytes()).map(Self).map_err(|error| error.to_string())
    }

    /// The ids of a text; nothing is added to it.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        self.0.encode_raw(text)
    }
}
