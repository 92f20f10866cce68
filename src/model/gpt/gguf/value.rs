//! What a GGUF file says of its model: a value of any of the format's types.

use std::fmt;

use super::{
    super::limits::written,
    cursor::{Cursor, Fault, Read, wrong},
};
use crate::core::{error::quoted, number::counted};

/// Something said of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Bool(bool),
    Text(&'a str),
    Texts(Texts<'a>),
    Numbers(Numbers<'a>),
}

/// A list of texts, one behind the other as in the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Texts<'a> {
    pub n: usize,
    bytes: &'a [u8],
}

/// A list of numbers of one type, one behind the other as in the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Numbers<'a> {
    kind: u32,
    n: usize,
    bytes: &'a [u8],
}

impl<'a> Value<'a> {
    /// By the format's numbers for types.
    pub(super) fn read(cursor: &mut Cursor<'a>, kind: u32) -> Read<Self> {
        match kind {
            8 => cursor.text().map(Self::Text),
            9 => Self::list(cursor),
            _ => Self::number(cursor, kind)?
                .map_or_else(|| wrong(&format!("it has a value of type {kind}, which version 3 does not know")), Ok),
        }
    }

    fn list(cursor: &mut Cursor<'a>) -> Read<Self> {
        let (kind, n) = (cursor.u32()?, cursor.u64()?);
        let size = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            10..=12 => 8,
            8 => {
                let before = *cursor;
                for _ in 0..n {
                    cursor.text()?;
                }
                let n = usize::try_from(n).map_err(|_| Fault::Short)?;
                return Ok(Self::Texts(Texts { n, bytes: before.until(cursor) }));
            }
            _ => return wrong(&format!("it has a list of type {kind}, which is not read")),
        };
        let bytes = cursor.take(n.checked_mul(size).ok_or(Fault::Short)?)?;
        let n = usize::try_from(n).map_err(|_| Fault::Short)?;
        Ok(Self::Numbers(Numbers { kind, n, bytes }))
    }

    /// A number or a truth by the format's numbers for types; none for a text, a list, or a type that there is not.
    fn number(cursor: &mut Cursor<'a>, kind: u32) -> Read<Option<Self>> {
        Ok(Some(match kind {
            0 => Self::Unsigned(cursor.array::<1>()?[0].into()),
            1 => Self::Signed(i8::from_le_bytes(cursor.array()?).into()),
            2 => Self::Unsigned(u16::from_le_bytes(cursor.array()?).into()),
            3 => Self::Signed(i16::from_le_bytes(cursor.array()?).into()),
            4 => Self::Unsigned(cursor.u32()?.into()),
            5 => Self::Signed(i32::from_le_bytes(cursor.array()?).into()),
            6 => Self::Float(f32::from_le_bytes(cursor.array()?).into()),
            7 => Self::Bool(cursor.array::<1>()?[0] != 0),
            10 => Self::Unsigned(cursor.u64()?),
            11 => Self::Signed(i64::from_le_bytes(cursor.array()?)),
            12 => Self::Float(f64::from_le_bytes(cursor.array()?)),
            _ => return Ok(None),
        }))
    }

    /// A whole number, whatever type carries it; none beyond what an i64 holds, where no count and no id is.
    #[allow(clippy::cast_possible_truncation, reason = "checked to be whole, and below an i64's largest")]
    pub(super) fn whole(self) -> Option<i64> {
        match self {
            Self::Unsigned(n) => i64::try_from(n).ok(),
            Self::Signed(n) => Some(n),
            Self::Float(x) if x.fract() == 0.0 && x.abs() < 1e18 => Some(x as i64),
            _ => None,
        }
    }

    /// A number, whatever type carries it.
    #[allow(clippy::cast_precision_loss, reason = "the nearest f64 is meant")]
    pub(super) fn real(self) -> Option<f64> {
        match self {
            Self::Unsigned(n) => Some(n as f64),
            Self::Signed(n) => Some(n as f64),
            Self::Float(x) => Some(x),
            _ => None,
        }
    }

    /// Says that something is not there: 0, false, an empty text, or a list of these.
    pub(super) fn is_nothing(self) -> bool {
        match self {
            Self::Bool(is_on) => !is_on,
            Self::Text(text) => text.is_empty(),
            Self::Texts(texts) => texts.iter().all(str::is_empty),
            Self::Numbers(numbers) => numbers.iter().all(Self::is_nothing),
            number => number.real() == Some(0.0),
        }
    }
}

impl<'a> Texts<'a> {
    /// One after the other.
    pub(super) fn iter(self) -> impl Iterator<Item = &'a str> {
        let mut cursor = Cursor::new(self.bytes);
        std::iter::from_fn(move || cursor.text().ok())
    }
}

impl<'a> Numbers<'a> {
    /// One after the other.
    pub(super) fn iter(self) -> impl Iterator<Item = Value<'a>> {
        let mut cursor = Cursor::new(self.bytes);
        std::iter::from_fn(move || Value::number(&mut cursor, self.kind).ok().flatten())
    }
}

/// As JSON writes it; of a list what it is.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(n) => write!(f, "{n}"),
            Self::Signed(n) => write!(f, "{n}"),
            Self::Float(x) => f.write_str(&written(*x)),
            Self::Bool(is_on) => write!(f, "{is_on}"),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Texts(texts) => write!(f, "a list of {}", counted(texts.n, "text")),
            Self::Numbers(numbers) => write!(f, "a list of {}", counted(numbers.n, "number")),
        }
    }
}
