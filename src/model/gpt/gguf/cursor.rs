//! The pieces that the head of a GGUF file is made of, read where they lie.

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

/// Something said of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Bool(bool),
    Text(&'a str),
    /// Of texts, one behind the other as in the file.
    Texts(Texts<'a>),
    /// Of i32 or u32, four bytes each.
    Words(&'a [u8]),
    /// A list of anything else, which nobody reads.
    List,
}

/// A list of texts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Texts<'a> {
    pub n: usize,
    bytes: &'a [u8],
}

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

    /// By the format's numbers for kinds.
    pub(super) fn value(&mut self, kind: u32) -> Read<Value<'a>> {
        Ok(match kind {
            0 => Value::Unsigned(self.array::<1>()?[0].into()),
            1 => Value::Signed(i8::from_le_bytes(self.array()?).into()),
            2 => Value::Unsigned(u16::from_le_bytes(self.array()?).into()),
            3 => Value::Signed(i16::from_le_bytes(self.array()?).into()),
            4 => Value::Unsigned(self.u32()?.into()),
            5 => Value::Signed(i32::from_le_bytes(self.array()?).into()),
            6 => Value::Float(f32::from_le_bytes(self.array()?).into()),
            7 => Value::Bool(self.array::<1>()?[0] != 0),
            8 => Value::Text(self.text()?),
            9 => return self.list(),
            10 => Value::Unsigned(self.u64()?),
            11 => Value::Signed(i64::from_le_bytes(self.array()?)),
            12 => Value::Float(f64::from_le_bytes(self.array()?)),
            _ => return wrong(&format!("it has a value of kind {kind}, which version 3 does not know")),
        })
    }

    fn list(&mut self) -> Read<Value<'a>> {
        let (kind, n) = (self.u32()?, self.u64()?);
        let size = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            10..=12 => 8,
            8 => {
                let start = self.at;
                for _ in 0..n {
                    self.text()?;
                }
                let n = usize::try_from(n).map_err(|_| Fault::Short)?;
                return Ok(Value::Texts(Texts { n, bytes: &self.bytes[start..self.at] }));
            }
            _ => return wrong(&format!("it has a list of kind {kind}, which is not read")),
        };
        let bytes = self.take(n.checked_mul(size).ok_or(Fault::Short)?)?;
        Ok(if matches!(kind, 4 | 5) { Value::Words(bytes) } else { Value::List })
    }

    pub(super) fn tensor(&mut self) -> Read<Found<'a>> {
        let name = self.text()?;
        let n_dims = self.u32()?;
        if n_dims > 4 {
            return wrong(&format!("its tensor {name:?} has {n_dims} dimensions"));
        }
        let mut dims = Vec::new();
        for _ in 0..n_dims {
            dims.push(self.u64()?);
        }
        Ok(Found { name, dims, kind: self.u32()?, offset: self.u64()? })
    }
}

impl<'a> Texts<'a> {
    /// One after the other.
    pub(super) fn iter(self) -> impl Iterator<Item = &'a str> {
        let mut cursor = Cursor { bytes: self.bytes, at: 0 };
        std::iter::from_fn(move || cursor.text().ok())
    }
}
