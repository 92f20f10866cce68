//! Files of other kinds, told by their first bytes: what each is, and how to make a safetensors file of it.
//!
//! A text is one, whatever it says: a server's "Entry not found", saved under the name of the weights.

use super::PREFIX;
use crate::core::error::Error;

/// For what `torch.save` wrote: weights alone, or a checkpoint with its settings as courses save it. tools/courses runs these lines.
const FROM_TORCH: &str = include_str!("foreign/from_torch.py");

const FROM_HUB: &str = include_str!("foreign/from_hub.py");

/// First bytes, what begins with them, and lines of Python that help.
const KINDS: [(&[u8], &str, &str); 12] = [
    (b"PK\x03\x04", "a zip, as torch.save writes it (.pt, .pth, .bin, .ckpt)", FROM_TORCH),
    (b"\x80\x02", "a pickle, as old versions of torch.save wrote it (.pt, .pth, .bin, .ckpt)", FROM_TORCH),
    (b"\x80\x04", "a pickle of Python", FROM_TORCH),
    (b"\x80\x05", "a pickle of Python", FROM_TORCH),
    (
        b"version ",
        "a pointer of Git LFS, which stands for the file: run `git lfs pull`, or download the file",
        FROM_HUB,
    ),
    (b"<", "a web page: use the address of the file itself, on the hub with /resolve/ in place of /blob/", FROM_HUB),
    (b"{", "a JSON text, with no weights in it", FROM_HUB),
    (b"GGUF", "a GGUF file among the parts of a safetensors file", ""),
    (b"\x1f\x8b", "packed by gzip: unpack it first", ""),
    (b"\x89HDF", "an HDF5 file, as Keras writes it", ""),
    (b"\x93NUMPY", "an array of NumPy", ""),
    (b"ONNX", "an ONNX file", ""),
];

/// What is wrong with a file that begins so, if its kind is known.
pub(super) fn fault(prefix: [u8; PREFIX]) -> Option<Error> {
    let known = KINDS.iter().find(|(start, _, _)| prefix.starts_with(start)).map(|&(_, kind, python)| (kind, python));
    let (kind, python) = known.or_else(|| is_text(prefix).then_some(("a text", FROM_HUB)))?;
    Some(Error::OtherFile { kind, python: python.trim_end() })
}

/// Whether a text begins so. Its last character may go on behind.
fn is_text(prefix: [u8; PREFIX]) -> bool {
    let is_whole = std::str::from_utf8(&prefix).map_or_else(|error| error.error_len().is_none(), |_| true);
    is_whole && prefix.iter().all(|&byte| (byte >= b' ' && byte != 0x7f) || b"\t\n\r".contains(&byte))
}
