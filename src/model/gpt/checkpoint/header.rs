//! The header of a safetensors file: which tensor lies where.

use std::collections::BTreeMap;

use half::{bf16, f16};
use serde::Deserialize;

use super::{PREFIX, foreign};
use crate::core::{
    error::{Error, Result},
    order::sort_by_key,
};

/// GPT-2's largest has a header of 60 KiB. Reading JSON takes several times its length in memory.
const MAX_LEN: u64 = 4 << 20;

/// The header's length, from the first eight bytes.
pub(super) fn len(prefix: [u8; PREFIX], file_len: u64) -> Result<usize> {
    let len = u64::from_le_bytes(prefix);
    if let Some(fault) = foreign::fault(prefix).filter(|_| len > MAX_LEN) {
        return Err(fault);
    }
    let reason = match file_len.checked_sub(PREFIX as u64) {
        None => format!("a file of {file_len} bytes is no safetensors file"),
        Some(rest) if len > rest => {
            format!("its header would be {len} bytes in a file of {file_len}: it is truncated, or no safetensors file")
        }
        Some(_) if len > MAX_LEN => format!("its header is {len} bytes, more than the {MAX_LEN} that are read"),
        Some(_) => return usize::try_from(len).map_err(|_| unreachable_len(len)),
    };
    Err(Error::of_model(reason))
}

/// The texts that its writer left, with the tensors unread; none if it is no JSON.
pub(super) fn metadata(json: &[u8]) -> Option<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct Metadata {
        #[serde(rename = "__metadata__", default)]
        texts: BTreeMap<String, String>,
    }
    serde_json::from_slice(json).ok().map(|Metadata { texts }| texts)
}

fn unreachable_len(len: u64) -> Error {
    Error::of_model(format!("its header is {len} bytes"))
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dtype {
    F32,
    F16,
    Bf16,
    /// As masks are, which nobody reads: so many bytes each.
    Other(u64),
}

impl Dtype {
    fn n_bytes(self) -> u64 {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Other(n) => n,
        }
    }
}

/// A tensor as the header describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(in super::super) struct TensorInfo {
    dtype: String,
    /// Its dimensions.
    pub shape: Vec<u64>,
    /// First byte and behind the last, counted from behind the header.
    pub data_offsets: [u64; 2],
}

/// All tensors by name.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Header {
    /// Texts that its writer left.
    #[serde(rename = "__metadata__", default)]
    pub metadata: BTreeMap<String, String>,
    /// Which lie one behind the other and fill the file.
    #[serde(flatten)]
    pub tensors: BTreeMap<String, TensorInfo>,
}

impl Header {
    /// Reads the JSON, and checks that the tensors fill the `data_len` bytes behind it.
    pub(in super::super) fn parse(json: &[u8], data_len: u64) -> Result<Self> {
        let unread = |error| Error::of_model(format!("its header is not as safetensors has it: {error}"));
        let header: Self = serde_json::from_slice(json).map_err(unread)?;
        let mut tensors: Vec<_> = header.tensors.iter().collect();
        for place in [1, 0] {
            sort_by_key(&mut tensors, |(_, info)| info.data_offsets[place]);
        }
        let mut end_before = 0;
        for (name, info) in tensors {
            let fault = |reason: String| Error::of_tensor(name.clone(), reason);
            let [start, end] = info.data_offsets;
            if end > data_len {
                return Err(fault(format!("it would end at byte {end} of {data_len}: the file is truncated")));
            }
            if start != end_before {
                return Err(fault(format!("it begins at byte {start}, and what lies before it ends at {end_before}")));
            }
            let n_bytes = info.n_bytes().map_err(&fault)?;
            if Some(n_bytes) != end.checked_sub(start) {
                let (shape, dtype) = (&info.shape, &info.dtype);
                return Err(fault(format!(
                    "shape {shape:?} of {dtype} is {n_bytes} bytes, and {start} to {end} is not"
                )));
            }
            end_before = end;
        }
        if end_before != data_len {
            let reason = format!("its tensors end at byte {end_before} of {data_len}");
            return Err(Error::of_model(reason));
        }
        Ok(header)
    }
}

impl TensorInfo {
    /// How its numbers are written, by the format's name.
    pub(in super::super) fn dtype_name(&self) -> &str {
        &self.dtype
    }

    fn dtype(&self) -> std::result::Result<Dtype, String> {
        match self.dtype.as_str() {
            "F32" => Ok(Dtype::F32),
            "F16" => Ok(Dtype::F16),
            "BF16" => Ok(Dtype::Bf16),
            "BOOL" | "U8" | "I8" => Ok(Dtype::Other(1)),
            "U16" | "I16" => Ok(Dtype::Other(2)),
            "U32" | "I32" => Ok(Dtype::Other(4)),
            "U64" | "I64" | "F64" => Ok(Dtype::Other(8)),
            _ => Err(self.not_read()),
        }
    }

    fn not_read(&self) -> String {
        format!("its numbers are {}: save it as F32, F16 or BF16", self.dtype)
    }

    /// Whether it can be a model's weights.
    pub(super) fn check_weights(&self) -> std::result::Result<(), String> {
        match self.dtype()? {
            Dtype::Other(_) => Err(self.not_read()),
            _ => Ok(()),
        }
    }

    /// What it takes in the file.
    fn n_bytes(&self) -> std::result::Result<u64, String> {
        let size = self.dtype()?.n_bytes();
        let n = self.shape.iter().try_fold(size, |n: u64, &dim| n.checked_mul(dim));
        n.ok_or_else(|| format!("shape {:?} is too large", self.shape))
    }

    /// Numbers in it. It fits into a file, so into memory's numbers.
    #[allow(clippy::cast_possible_truncation, reason = "checked against the file's length")]
    pub(in super::super) fn len(&self) -> usize {
        self.shape.iter().product::<u64>() as usize
    }

    /// Its numbers, row by row; a vector is one row.
    #[allow(clippy::cast_possible_truncation, reason = "checked against the file's length")]
    pub(super) fn rows<'a>(
        &self,
        bytes: &'a [u8],
    ) -> impl Iterator<Item = impl Iterator<Item = f32> + use<'a>> + use<'a> {
        let dtype = self.dtype().unwrap_or(Dtype::F32);
        let size = if dtype == Dtype::F32 { 4 } else { 2 };
        let row = self.shape.last().map_or(1, |&n| n as usize).max(1) * size;
        bytes.chunks_exact(row).map(move |row| {
            row.chunks_exact(size).map(move |number| match (dtype, number) {
                (Dtype::F16, &[a, b]) => f16::from_le_bytes([a, b]).to_f32(),
                (Dtype::Bf16, &[a, b]) => bf16::from_le_bytes([a, b]).to_f32(),
                (_, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
                _ => f32::NAN,
            })
        })
    }
}
