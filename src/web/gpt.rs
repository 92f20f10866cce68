//! A checkpoint on its way in: JavaScript reads the file, wherever it lies, and hands over its tensors one by one.

#![allow(clippy::cast_possible_truncation, reason = "a file's length is a whole number below 2^53")]

use std::{cell::RefCell, rc::Rc, sync::Arc};

use js_sys::{Array, Function, Object};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use super::{convert, model::ModelHandle};
use crate::{
    error::{Error, Result},
    model::{
        LanguageModel,
        gpt::{Checkpoint, Gpt, Merges, Tokenizer},
    },
    network::NetworkShape,
    token::{TokenId, Vocab},
};

#[wasm_bindgen]
extern "C" {
    /// `Bpe` of the module in `bpe/`.
    #[derive(Debug)]
    type Bpe;
    #[wasm_bindgen(method)]
    fn encode(this: &Bpe, text: &str) -> Vec<u32>;
    #[wasm_bindgen(method)]
    fn free(this: &Bpe);
}

/// Merges that live in the other module, until they are not needed here.
#[derive(Debug)]
struct Elsewhere(Bpe);

impl Merges for Elsewhere {
    fn encode(&self, text: &str) -> Vec<TokenId> {
        self.0.encode(text)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.0.free();
    }
}

/// A safetensors file that is being read.
#[wasm_bindgen(js_name = Checkpoint)]
#[derive(Debug)]
pub struct CheckpointHandle {
    checkpoint: Option<Checkpoint>,
    use_cache: bool,
    /// What was made of it.
    config: Option<Object>,
}

#[wasm_bindgen(js_class = Checkpoint)]
impl CheckpointHandle {
    /// How long the header behind the first eight bytes is, in a file of `file_len` bytes.
    ///
    /// # Errors
    /// `model_format`.
    pub fn header_len(prefix: &[u8], file_len: f64) -> std::result::Result<usize, JsValue> {
        let short = || Error::ModelFormat { reason: format!("a file of {file_len} bytes is no safetensors file") };
        let prefix = prefix.try_into().map_err(|_| short());
        prefix.and_then(|prefix| Checkpoint::header_len(prefix, file_len as u64)).map_err(convert::error)
    }

    /// Whether there is a tokenizer.json in a header.
    pub fn has_tokenizer(header: &[u8]) -> bool {
        Checkpoint::tokenizer_in(header).is_some()
    }

    /// Checks the header and makes room. `config` is the text of config.json, `tokens` the vocabulary, `tokenizer` the text of tokenizer.json
    /// in place of it; what is not given is looked for in the header. `merges_of` makes a `Bpe` of such a text.
    ///
    /// # Errors
    /// `invalid_tensor`, `model_format`.
    #[wasm_bindgen(constructor)]
    pub fn open(
        header: &[u8],
        file_len: f64,
        config: Option<String>,
        tokens: Option<Vec<String>>,
        tokenizer: Option<String>,
        merges_of: Option<Function>,
        use_cache: bool,
    ) -> std::result::Result<Self, JsValue> {
        let (file_len, config) = (file_len as u64, config.as_deref());
        let in_header = || Checkpoint::tokenizer_in(header).filter(|_| tokens.is_none());
        let checkpoint = match tokenizer.or_else(in_header) {
            Some(text) => read_tokenizer(&text, merges_of.as_ref())
                .and_then(|tokenizer| Checkpoint::with_tokenizer(header, file_len, config, tokenizer)),
            None => tokens
                .map(Vocab::from_tokens)
                .transpose()
                .and_then(|vocab| Checkpoint::open(header, file_len, config, vocab)),
        };
        checkpoint
            .map(|checkpoint| Self { checkpoint: Some(checkpoint), use_cache, config: None })
            .map_err(convert::error)
    }

    /// What has to be read, in the file's order: `[{ name, start, end }]`, bytes.
    pub fn pieces(&self) -> Array {
        let pieces = self.checkpoint.iter().flat_map(Checkpoint::pieces);
        pieces
            .map(|piece| {
                let object = Object::new();
                convert::set(&object, "name", &piece.name.as_str().into());
                convert::set(&object, "start", &(piece.start as f64).into());
                convert::set(&object, "end", &(piece.end as f64).into());
                object
            })
            .collect()
    }

    /// Takes up the next piece.
    ///
    /// # Errors
    /// `invalid_tensor`.
    pub fn load(&mut self, bytes: &[u8]) -> std::result::Result<(), JsValue> {
        self.checkpoint.as_mut().map_or(Ok(()), |checkpoint| checkpoint.load(bytes)).map_err(convert::error)
    }

    /// The model; nothing is left here.
    ///
    /// # Errors
    /// `invalid_tensor` for a piece that was not loaded.
    pub fn finish(&mut self) -> std::result::Result<ModelHandle, JsValue> {
        self.model().map_err(convert::error)
    }

    /// The shape of the finished model: `{ block_size, n_layer, n_head, n_embd, n_inner, n_weights, kv_cache }`.
    pub fn config(&self) -> Option<Object> {
        self.config.clone()
    }
}

impl CheckpointHandle {
    fn model(&mut self) -> Result<ModelHandle> {
        let taken = || Error::ModelFormat { reason: "it was made of this checkpoint already".to_owned() };
        let mut gpt = self.checkpoint.take().ok_or_else(taken)?.finish()?;
        gpt.set_use_cache(self.use_cache);
        let description = describe(&gpt, self.use_cache);
        self.config = Some(config(&gpt, self.use_cache));
        Ok(ModelHandle::new(Rc::new(RefCell::new(gpt)), "gpt", description))
    }
}

fn read_tokenizer(text: &str, merges_of: Option<&Function>) -> Result<Tokenizer> {
    let Some(merges_of) = merges_of else { return Tokenizer::from_json(text) };
    Tokenizer::with_merges(text, |text| match merges_of.call1(&JsValue::NULL, &text.into()) {
        Ok(bpe) => Ok(Arc::new(Elsewhere(bpe.unchecked_into()))),
        // A sentence; anything else is that module's breakdown.
        Err(error) => Err(error.as_string().unwrap_or_else(|| wasm_bindgen::throw_val(error))),
    })
}

fn config(gpt: &Gpt, use_cache: bool) -> Object {
    let object = Object::new();
    let NetworkShape { block_size, n_layer, n_head, n_embd, n_inner, .. } = *gpt.config();
    for (name, n) in
        [("block_size", block_size), ("n_layer", n_layer), ("n_head", n_head), ("n_embd", n_embd), ("n_inner", n_inner)]
    {
        convert::set(&object, name, &n.into());
    }
    convert::set(&object, "n_weights", &(gpt.n_weights() as f64).into());
    convert::set(&object, "kv_cache", &use_cache.into());
    object
}

fn describe(gpt: &Gpt, use_cache: bool) -> String {
    let config = gpt.config();
    format!(
        "a GPT of {} blocks with {} heads, {} numbers a token and {} weights, over {} tokens; it sees the last {} of them, {}",
        config.n_layer,
        config.n_head,
        config.n_embd,
        gpt.n_weights(),
        gpt.vocab().len(),
        config.block_size,
        if use_cache { "with a KV cache" } else { "and reads them all again for each token" },
    )
}
