//! The pieces that the head of a GGUF file is made of, read where they lie.

use crate::core::error::quoted;

/// The largest vocabularies take 10 MB.
pub(super) const MAX_LEN: u64 = 64 << 20;

/// Why a head cannot be read.
#[derive(Debug)]
pub(super) enum Fault {
    /// It goes on beyond the bytes that are there.
    Short,
    /// What is wrong.
    Wrong(String),
}

pub(super) type Read<T> = std::result::Result<T, Fault>;

/// A tensor as it is described.
pub(super) struct Found<'a> {
    pub name: &'a str,
    /// Columns first.
    pub dims: Vec<u64>,
    /// How its numbers are written, by the format's number.
    pub kind: u32,
    /// From where the tensors begin.
    pub offset: u64,
}

/// Something is wrong, as a sentence part.
pub(super) fn wrong<T>(reason: &str) -> Read<T> {
    Err(Fault::Wrong(reason.to_owned()))
}

/// A position in the bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes were read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn take(&mut self, n: u64) -> Read<&'a [u8]> {
        let end = usize::try_from(n).ok().and_then(|n| self.at.checked_add(n)).ok_or(Fault::Short)?;
        let bytes = self.bytes.get(self.at..end).ok_or(Fault::Short)?;
        self.at = end;
        Ok(bytes)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        self.take(N as u64)?.try_into().map_err(|_| Fault::Short)
    }

    pub(super) fn u32(&mut self) -> Read<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Read<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn text(&mut self) -> Read<&'a str> {
        let n = self.u64()?;
        if n > MAX_LEN {
            return wrong(&format!("it has a text of {n} bytes"));
        }
        std::str::from_utf8(self.take(n)?).or_else(|_| wrong("it has a text that is no UTF-8"))
    }

    /// What lies between here and there.
    pub(super) fn until(self, other: &Self) -> &'a [u8] {
        &self.bytes[self.at..other.at]
    }

    pub(super) fn tensor(&mut self) -> Read<Found<'a>> {
        let name = self.text()?;
        let n_dims = self.u32()?;
        if n_dims > 4 {
            return wrong(&format!("its tensor {} has {n_dims} dimensions", quoted(name)));
        }
        let mut dims = Vec::new();
        for _ in 0..n_dims {
            dims.push(self.u64()?);
        }
        Ok(Found { name, dims, kind: self.u32()?, offset: self.u64()? })
    }
}
