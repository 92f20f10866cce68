//! A checkpoint on its way in: JavaScript reads the file, wherever it lies, and hands over its tensors one by one.

#![allow(clippy::cast_possible_truncation, reason = "a file's length is a whole number below 2^53")]

use std::{cell::RefCell, rc::Rc, sync::Arc};

use js_sys::{Array, Function, Object};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use super::{convert, model::ModelHandle};
use crate::{
    core::{
        error::{Error, Result},
        network::NetworkShape,
        number::counted,
        token::{TokenId, Vocab},
    },
    model::{
        LanguageModel,
        gpt::{Activation, Bpe, Checkpoint, Gpt, Options, Reader, TokenSource, Tokenizer},
    },
};

#[wasm_bindgen]
extern "C" {
    /// `Bpe` of the module in `bpe/`.
    #[derive(Debug)]
    type JsBpe;
    #[wasm_bindgen(method, catch)]
    fn encode(this: &JsBpe, text: &str) -> std::result::Result<Vec<u32>, JsValue>;
    #[wasm_bindgen(method)]
    fn bytes(this: &JsBpe) -> Vec<u8>;
    #[wasm_bindgen(method)]
    fn ends(this: &JsBpe) -> Vec<u32>;
    #[wasm_bindgen(method)]
    fn n_trained(this: &JsBpe) -> usize;
    #[wasm_bindgen(method)]
    fn free(this: &JsBpe);

    /// `CheckpointOptions` of www/engine/host.js.
    #[derive(Debug)]
    pub type CheckpointOptions;
    #[wasm_bindgen(method, getter)]
    fn config(this: &CheckpointOptions) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn generation_config(this: &CheckpointOptions) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn tokens(this: &CheckpointOptions) -> Option<Vec<String>>;
    #[wasm_bindgen(method, getter)]
    fn tokenizer(this: &CheckpointOptions) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn n_head(this: &CheckpointOptions) -> Option<f64>;
    #[wasm_bindgen(method, getter)]
    fn activation(this: &CheckpointOptions) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn kv_cache(this: &CheckpointOptions) -> bool;
}

/// A tokenizer that lives in the other module, until it is not needed here.
#[derive(Debug)]
struct Elsewhere(JsBpe);

impl Bpe for Elsewhere {
    fn encode(&self, text: &str) -> std::result::Result<Vec<TokenId>, String> {
        self.0.encode(text).map_err(sentence)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.0.free();
    }
}

/// A safetensors or GGUF file that is being read.
#[wasm_bindgen(js_name = Checkpoint)]
#[derive(Debug)]
pub struct CheckpointHandle {
    reader: Option<Reader>,
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
        let short = || Error::of_model(format!("a file of {file_len} bytes is no safetensors file"));
        let prefix = prefix.try_into().map_err(|_| short());
        prefix.and_then(|prefix| Checkpoint::header_len(prefix, file_len as u64)).map_err(convert::error)
    }

    /// How many bytes the head of a GGUF file of `file_len` bytes takes, or at least how many it takes to tell, from its first bytes; 0 for a file
    /// of another kind.
    ///
    /// # Errors
    /// `model_format`.
    pub fn gguf_len(start: &[u8], file_len: f64) -> std::result::Result<usize, JsValue> {
        if !Reader::is_gguf(start) {
            return Ok(0);
        }
        Reader::gguf_len(start, file_len as u64).map_err(convert::error)
    }

    /// Whether there is a tokenizer.json in a header, or what means the same.
    pub fn has_tokenizer(header: &[u8]) -> bool {
        Reader::is_gguf(header) || Checkpoint::tokenizer_in(header).is_some()
    }

    /// Checks the header, the whole head of a GGUF file, and makes room. What the options do not give is looked for in the header. `bpe_of` makes a `Bpe` of the text of a
    /// tokenizer.json.
    ///
    /// # Errors
    /// `invalid_tensor`, `model_format`, `invalid_setting`.
    #[wasm_bindgen(constructor)]
    pub fn open(
        header: &[u8],
        file_len: f64,
        options: &CheckpointOptions,
        bpe_of: Option<Function>,
    ) -> std::result::Result<Self, JsValue> {
        let use_cache = options.kv_cache();
        open(header, file_len as u64, options, bpe_of.as_ref())
            .map(|reader| Self { reader: Some(reader), use_cache, config: None })
            .map_err(convert::error)
    }

    /// What has to be read, in the file's order: `[{ name, start, end }]`, bytes.
    pub fn pieces(&self) -> Array {
        let pieces = self.reader.iter().flat_map(Reader::pieces);
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
        self.reader.as_mut().map_or(Ok(()), |reader| reader.load(bytes)).map_err(convert::error)
    }

    /// The model; nothing is left here.
    ///
    /// # Errors
    /// `invalid_tensor` for a piece that was not loaded.
    pub fn finish(&mut self) -> std::result::Result<ModelHandle, JsValue> {
        self.model().map_err(convert::error)
    }

    /// The shape of the finished model: `{ block_size, n_layer, n_head, n_embd, n_inner, n_weights, kv_cache, activation, assumed,
    /// eos_token_id }`, and chat_template where the file has one.
    pub fn config(&self) -> Option<Object> {
        self.config.clone()
    }
}

impl CheckpointHandle {
    fn model(&mut self) -> Result<ModelHandle> {
        let taken = || Error::of_model("it was made of this checkpoint already".to_owned());
        let reader = self.reader.take().ok_or_else(taken)?;
        let chat_template = reader.chat_template().map(str::to_owned);
        let mut gpt = reader.finish()?;
        gpt.set_use_cache(self.use_cache);
        let description = describe(&gpt, self.use_cache);
        let config = config(&gpt, self.use_cache);
        if let Some(template) = chat_template {
            convert::set(&config, "chat_template", &template.into());
        }
        self.config = Some(config);
        Ok(ModelHandle::new(Rc::new(RefCell::new(gpt)), "gpt", description))
    }
}

fn open(header: &[u8], file_len: u64, given: &CheckpointOptions, bpe_of: Option<&Function>) -> Result<Reader> {
    let (config, generation_config) = (given.config(), given.generation_config());
    let listed = given.tokens().map(|tokens| TokenSource::Listed(Vocab::from_tokens(tokens)));
    let is_gguf = Reader::is_gguf(header);
    let (text, place) = match given.tokenizer() {
        None if listed.is_some() => (None, Tokenizer::FILE),
        None if is_gguf => (Some(Reader::gguf_tokenizer(header, file_len)?), Tokenizer::IN_GGUF),
        None => (Checkpoint::tokenizer_in(header), Tokenizer::FILE),
        given => (given, Tokenizer::FILE),
    };
    let read = text.map(|text| read_tokenizer(&text, place, bpe_of).map(TokenSource::Bpe)).transpose()?;
    let activation = given.activation().map(|name| {
        let expected = "use \"gelu\" (the exact one) or \"gelu_tanh\" (the tanh approximation)";
        Activation::named(&name).ok_or_else(|| Error::invalid("activation", name, expected))
    });
    let options = Options {
        config: config.as_deref(),
        generation_config: generation_config.as_deref(),
        tokens: read.or(listed),
        n_head: given.n_head().map(|n| n as u64),
        activation: activation.transpose()?,
    };
    if is_gguf { Reader::open_gguf(header, file_len, options) } else { Reader::open(header, file_len, options) }
}

fn read_tokenizer(text: &str, place: &'static str, bpe_of: Option<&Function>) -> Result<Tokenizer> {
    let bpe_of = bpe_of.ok_or_else(|| Tokenizer::fault(place, "cannot be read: what reads it was not loaded"))?;
    let bpe = bpe_of.call1(&JsValue::NULL, &text.into()).map_err(|error| Tokenizer::fault(place, &sentence(error)))?;
    let bpe: JsBpe = bpe.unchecked_into();
    let (bytes, ends, n_trained) = (bpe.bytes(), bpe.ends(), bpe.n_trained());
    Ok(Tokenizer::new(Arc::new(Elsewhere(bpe)), &bytes, &ends, n_trained).described_in(place))
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
    convert::set(&object, "activation", &gpt.config().activation.name().into());
    let assumed = gpt.assumed();
    let names = [("n_head", assumed.n_head), ("activation", assumed.activation)];
    let names = names.into_iter().filter(|(_, is_assumed)| *is_assumed).map(|(name, _)| JsValue::from(name));
    convert::set(&object, "assumed", &names.collect::<Array>());
    convert::set(&object, "eos_token_id", &Array::from_iter(gpt.end_tokens().iter().map(|&id| JsValue::from(id))));
    object
}

fn describe(gpt: &Gpt, use_cache: bool) -> String {
    let config = gpt.config();
    let mut text = format!(
        "a GPT of {} with {} and n_embd = {}: {} weights, a vocabulary of {}; it sees the last {}, {}",
        counted(config.n_layer, "block"),
        counted(config.n_head, "head"),
        config.n_embd,
        gpt.n_weights(),
        counted(gpt.vocab().len(), "token"),
        counted(config.block_size, "token"),
        if use_cache { "with a KV cache" } else { "and reads them all again for each token" },
    );
    if gpt.assumed().n_head {
        text += "; nothing says how many heads it has, and 64 numbers each were assumed: n_head sets it";
    }
    if gpt.assumed().activation {
        let which = match config.activation {
            Activation::GeluErf => "the exact one",
            Activation::GeluTanh => "the tanh approximation",
            Activation::Silu => "SiLU",
        };
        text += &format!("; nothing says which GELU it has, and {which} was assumed: activation sets it");
    }
    if !gpt.end_tokens().is_empty() {
        let tokens: Vec<_> = gpt.end_tokens().iter().map(|&id| gpt.vocab().token_text(id).into_owned()).collect();
        text += &format!("; a text ends at {}, unless eos_token_id says otherwise", tokens.join(" or "));
    }
    text
}

/// What the module says against a text; anything else is its breakdown.
fn sentence(error: JsValue) -> String {
    error.as_string().unwrap_or_else(|| wasm_bindgen::throw_val(error))
}
