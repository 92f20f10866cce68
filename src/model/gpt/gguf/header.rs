//! The head of a GGUF file, version 3: what its writer says of the model, and which tensor lies where. All of it is read where it lies: no list is
//! made before its length is known to be in the file.

use std::collections::BTreeMap;

use super::{
    super::format::Format,
    cursor::{Cursor, Fault, Found, MAX_LEN, Read, wrong},
    value::Value,
};
use crate::core::error::{Error, Result, quoted};

/// Tensors, and things said of the model, at most.
const MAX_COUNT: u64 = 1 << 16;

/// What a file begins with.
pub(in super::super) const MAGIC: &[u8; 4] = b"GGUF";

/// Where tensors begin: at multiples of this.
const ALIGNMENT: &str = "general.alignment";

/// A tensor.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TensorInfo<'a> {
    pub name: &'a str,
    pub format: Format,
    /// Rows and columns, a vector's rows being 1.
    pub size: (usize, usize),
    /// First byte and behind the last, counted from the start of the file.
    pub start: u64,
    pub end: u64,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Header<'a> {
    pub said: BTreeMap<&'a str, Value<'a>>,
    /// In the order of their places.
    pub tensors: Vec<TensorInfo<'a>>,
    /// Where tensors begin: each at a multiple of `alignment` from there.
    data: u64,
    alignment: u64,
}

/// How many bytes the head of a file of `file_len` bytes takes, or at least how many it takes to tell, from as many as are there.
///
/// # Errors
/// `ModelFormat`.
pub(in super::super) fn len(bytes: &[u8], file_len: u64) -> Result<usize> {
    match walk(bytes) {
        Ok(Walked { data, .. }) => Ok(data),
        Err(Fault::Wrong(reason)) => Err(Error::of_model(reason)),
        Err(Fault::Short) if bytes.len() as u64 >= file_len => Err(truncated()),
        Err(Fault::Short) if bytes.len() as u64 >= MAX_LEN => {
            Err(Error::of_model(format!("its head is more than the {MAX_LEN} bytes that are read")))
        }
        Err(Fault::Short) => {
            let more = (2 * bytes.len() as u64).max(1 << 20).min(file_len).min(MAX_LEN);
            usize::try_from(more).map_err(|_| truncated())
        }
    }
}

fn truncated() -> Error {
    Error::of_model("the file is truncated: it ends in its head".to_owned())
}

impl<'a> Header<'a> {
    /// Reads the head of a file of `file_len` bytes, and checks that its tensors lie inside it, apart from each other.
    ///
    /// # Errors
    /// `ModelFormat`, `InvalidTensor`.
    pub(super) fn parse(bytes: &'a [u8], file_len: u64) -> Result<Self> {
        let Walked { said, found, data, alignment } = walk(bytes).map_err(|fault| match fault {
            Fault::Short => truncated(),
            Fault::Wrong(reason) => Error::of_model(reason),
        })?;
        check_whole(&said)?;
        let tensors: Result<Vec<_>> = found.iter().map(|found| found.checked(data as u64, file_len)).collect();
        let mut tensors = tensors?;
        tensors.sort_by_key(|tensor| tensor.start);
        for pair in tensors.windows(2) {
            if pair[1].start < pair[0].end {
                let reason = format!("it lies over {}", pair[0].name);
                return Err(Error::of_tensor(pair[1].name.to_owned(), reason));
            }
        }
        Ok(Self { said, tensors, data: data as u64, alignment })
    }

    /// Each tensor lies directly behind the one before it, as llama.cpp wants it. One of another type or size than the file says leaves a hole.
    ///
    /// # Errors
    /// `InvalidTensor`.
    pub(super) fn check_dense(&self) -> Result<()> {
        let mut free = self.data;
        for (i, tensor) in self.tensors.iter().enumerate() {
            let [begins, ends] = [tensor.start, free].map(|place| place - self.data);
            if begins != ends.next_multiple_of(self.alignment) {
                let blamed = self.tensors[i.saturating_sub(1)].name.to_owned();
                let reason = match i {
                    0 => format!("it begins at byte {begins} of the tensors, and nothing lies before it"),
                    _ => format!(
                        "it ends at byte {ends} by its type and dimensions, and {} begins at {begins}",
                        tensor.name
                    ),
                };
                return Err(Error::of_tensor(blamed, reason));
            }
            free = tensor.end;
        }
        Ok(())
    }
}

/// A part of a file that was split has only some of the tensors, and all but the first have no more to say.
fn check_whole(said: &BTreeMap<&str, Value<'_>>) -> Result<()> {
    let one_of = |count: &Value<'_>| {
        let no = said.get("split.no").and_then(|no| no.whole()?.checked_add(1));
        let part = no.map_or_else(|| "a part".to_owned(), |no| format!("part {no}"));
        format!("it is {part} of a GGUF file that was split into {count}: join them with llama-gguf-split --merge")
    };
    match said.get("split.count") {
        None => Ok(()),
        Some(count) => match count.whole() {
            Some(0 | 1) => Ok(()),
            Some(2..) => Err(Error::of_model(one_of(count))),
            _ => Err(Error::of_model(format!("its split.count is {count}, and a whole number is needed"))),
        },
    }
}

/// What stands in the head, as it stands there.
struct Walked<'a> {
    said: BTreeMap<&'a str, Value<'a>>,
    found: Vec<Found<'a>>,
    /// Where the tensors begin.
    data: usize,
    alignment: u64,
}

fn walk(bytes: &[u8]) -> Read<Walked<'_>> {
    let mut cursor = Cursor::new(bytes);
    if &cursor.array::<4>()? != MAGIC {
        return wrong("it does not begin with GGUF");
    }
    let version = cursor.u32()?;
    if version.swap_bytes() == 3 {
        return wrong("it is GGUF in big-endian order, and little-endian is read");
    }
    if version != 3 {
        return wrong(&format!("it is GGUF of version {version}, and version 3 is read"));
    }
    let (n_tensors, n_said) = (cursor.u64()?, cursor.u64()?);
    if n_tensors.max(n_said) > MAX_COUNT {
        return wrong(&format!("it has {n_tensors} tensors and says {n_said} things, and {MAX_COUNT} are read"));
    }
    let mut said = BTreeMap::new();
    for _ in 0..n_said {
        let name = cursor.text()?;
        let kind = cursor.u32()?;
        if said.insert(name, Value::read(&mut cursor, kind)?).is_some() {
            return wrong(&format!("it says {} twice", quoted(name)));
        }
    }
    let mut found = Vec::new();
    for _ in 0..n_tensors {
        found.push(cursor.tensor()?);
    }
    let alignment = match said.get(ALIGNMENT) {
        None => 32,
        Some(value) => {
            let fits = |n: &usize| n.is_power_of_two() && (8..=1 << 16).contains(n);
            let n = value.whole().and_then(|n| usize::try_from(n).ok()).filter(fits);
            let fault =
                || Fault::Wrong(format!("its {ALIGNMENT} is {value}, and a power of two from 8 to 65536 is needed"));
            n.ok_or_else(fault)?
        }
    };
    let data = cursor.at().next_multiple_of(alignment);
    Ok(Walked { said, found, data, alignment: alignment as u64 })
}

impl<'a> Found<'a> {
    fn checked(&self, data: u64, file_len: u64) -> Result<TensorInfo<'a>> {
        let fault = |reason: String| Error::of_tensor(self.name.to_owned(), reason);
        let format = format_of(self.kind).map_err(&fault)?;
        let (columns, rows) = match self.dims[..] {
            [columns] => (columns, 1),
            [columns, rows] => (columns, rows),
            _ => return Err(fault(format!("its dimensions are {:?}, and one or two are read", self.dims))),
        };
        let size = usize::try_from(rows).ok().zip(usize::try_from(columns).ok());
        let size = size.filter(|(rows, columns)| *rows > 0 && *columns > 0);
        // A row begins with a block of its own.
        let n_bytes = format.n_bytes(columns).and_then(|row| row.checked_mul(rows));
        let (Some(size), Some(n_bytes)) = (size, n_bytes) else {
            return Err(fault(format!("its dimensions are {:?}, which do not make whole blocks", self.dims)));
        };
        let start = data.checked_add(self.offset);
        let range = start.and_then(|start| Some((start, start.checked_add(n_bytes)?)));
        match range.filter(|(_, end)| *end <= file_len) {
            Some((start, end)) => Ok(TensorInfo { name: self.name, format, size, start, end }),
            None => {
                let offset = self.offset;
                Err(fault(format!("its {n_bytes} bytes from {offset} on end behind the file: it is truncated")))
            }
        }
    }
}

/// By the format's numbers for types.
fn format_of(kind: u32) -> std::result::Result<Format, String> {
    Ok(match kind {
        0 => Format::F32,
        1 => Format::F16,
        2 => Format::Q4_0,
        3 => Format::Q4_1,
        8 => Format::Q8_0,
        12 => Format::Q4K,
        14 => Format::Q6K,
        30 => Format::Bf16,
        _ => {
            const NAMES: [(u32, &str); 9] = [
                (6, "Q5_0"),
                (7, "Q5_1"),
                (9, "Q8_1"),
                (10, "Q2_K"),
                (11, "Q3_K"),
                (13, "Q5_K"),
                (15, "Q8_K"),
                (20, "IQ4_NL"),
                (23, "IQ4_XS"),
            ];
            let name = NAMES.iter().find(|(other, _)| *other == kind).map(|(_, name)| format!(" ({name})"));
            let name = name.unwrap_or_default();
            return Err(format!(
                "its numbers are of type {kind}{name}, and F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q4_K and Q6_K are read"
            ));
        }
    })
}
