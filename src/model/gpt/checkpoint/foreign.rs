//! Files of other kinds, told by their first bytes: what each is, and how to make a safetensors file of it.

use super::PREFIX;

/// For what `torch.save` wrote: weights alone, or nanoGPT's ckpt.pt with its settings.
const FROM_TORCH: &str = r#"
import json, torch
from safetensors.torch import save_file
saved = torch.load("ckpt.pt", map_location="cpu")
weights = saved.get("model", saved.get("state_dict", saved))
config = {"n_head": saved["model_args"]["n_head"]} if "model_args" in saved else {}
weights = {name: tensor.clone().contiguous() for name, tensor in weights.items()}
save_file(weights, "model.safetensors", metadata={"config": json.dumps(config)})"#;

/// Needs the packages transformers, gguf and accelerate.
const FROM_GGUF: &str = r#"
from transformers import AutoModelForCausalLM
AutoModelForCausalLM.from_pretrained(".", gguf_file="model.gguf").save_pretrained("converted")"#;

const FROM_HUB: &str = r#"
from huggingface_hub import hf_hub_download
print(hf_hub_download("owner/name", "model.safetensors"))"#;

/// First bytes, what begins with them, and lines of Python that help.
const KINDS: [(&[u8], &str, &str); 12] = [
    (b"PK\x03\x04", "a zip, as torch.save writes it (.pt, .pth, .bin)", FROM_TORCH),
    (b"\x80\x02", "a pickle, as old versions of torch.save wrote it (.pt, .pth, .bin)", FROM_TORCH),
    (b"\x80\x04", "a pickle of Python", FROM_TORCH),
    (b"\x80\x05", "a pickle of Python", FROM_TORCH),
    (b"GGUF", "a GGUF file, as llama.cpp has it", FROM_GGUF),
    (
        b"version ",
        "a pointer of Git LFS, which stands for the file: run `git lfs pull`, or download the file",
        FROM_HUB,
    ),
    (b"<", "a web page: use the address of the file itself, on the hub with /resolve/ in place of /blob/", FROM_HUB),
    (b"{", "a JSON text, with no weights in it", FROM_HUB),
    (b"\x1f\x8b", "packed by gzip: unpack it first", ""),
    (b"\x89HDF", "an HDF5 file, as Keras writes it", ""),
    (b"\x93NUMPY", "an array of NumPy", ""),
    (b"ONNX", "an ONNX file", ""),
];

/// What is wrong with a file that begins so, if its kind is known.
pub(super) fn reason(prefix: [u8; PREFIX]) -> Option<String> {
    let (_, kind, python) = KINDS.iter().find(|(start, _, _)| prefix.starts_with(start))?;
    let lines = if python.is_empty() { String::new() } else { format!(". In Python:{python}") };
    Some(format!("the file is {kind}, and weights are read from safetensors{lines}"))
}
