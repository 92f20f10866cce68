//! What JavaScript sees.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::Tokenizer;

/// As in the engine.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Turns text into ids.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Bpe(Tokenizer);

#[wasm_bindgen]
impl Bpe {
    /// Reads the text of a tokenizer.json.
    ///
    /// # Errors
    /// A sentence part that says why it cannot be used.
    #[wasm_bindgen(constructor)]
    pub fn new(json: &str) -> Result<Self, String> {
        Tokenizer::from_json(json).map(Self)
    }

    /// The bytes of all tokens, end to end.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.bytes().to_vec()
    }

    /// Where each token ends in them, in id order.
    pub fn ends(&self) -> Vec<u32> {
        self.0.ends().to_vec()
    }

    /// The largest id of the model's own vocabulary, and one.
    pub fn n_trained(&self) -> usize {
        self.0.n_trained()
    }

    /// The ids of a text; nothing is added to it.
    ///
    /// # Errors
    /// A sentence part that says why this text takes too much.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, String> {
        self.0.encode(text)
    }
}
