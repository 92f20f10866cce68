//! A GGUF file taken apart, to be changed and put together again.

/// A value, with the format's number for its type and its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub kind: u32,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(crate) struct GgufFile {
    pub said: Vec<(String, Entry)>,
    /// Names, and what stands behind each.
    pub tensors: Vec<(String, Vec<u8>)>,
    data: Vec<u8>,
}

/// Where tensors begin.
const ALIGNMENT: usize = 32;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> &'a [u8] {
        self.at += n;
        &self.bytes[self.at - n..self.at]
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }

    fn len(&mut self) -> usize {
        u64::from_le_bytes(self.take(8).try_into().unwrap()) as usize
    }

    fn text(&mut self) -> String {
        let n = self.len();
        String::from_utf8(self.take(n).to_vec()).expect("UTF-8")
    }

    fn skip_value(&mut self, kind: u32) {
        match kind {
            8 => drop(self.text()),
            9 => {
                let (kind, n) = (self.u32(), self.len());
                (0..n).for_each(|_| self.skip_value(kind));
            }
            0 | 1 | 7 => drop(self.take(1)),
            2 | 3 => drop(self.take(2)),
            10..=12 => drop(self.take(8)),
            _ => drop(self.take(4)),
        }
    }
}

impl GgufFile {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut reader = Reader { bytes, at: 8 };
        let (n_tensors, n_said) = (reader.len(), reader.len());
        let said = (0..n_said).map(|_| {
            let (key, kind, start) = (reader.text(), reader.u32(), reader.at);
            reader.skip_value(kind);
            (key, Entry { kind, bytes: bytes[start..reader.at].to_vec() })
        });
        let said = said.collect();
        let tensors = (0..n_tensors).map(|_| {
            let (name, start) = (reader.text(), reader.at);
            let n_dims = reader.u32() as usize;
            reader.take(8 * n_dims + 4 + 8);
            (name, bytes[start..reader.at].to_vec())
        });
        let tensors = tensors.collect();
        Self { said, tensors, data: bytes[reader.at.next_multiple_of(ALIGNMENT)..].to_vec() }
    }

    /// Says something, in the place of what was said.
    pub(crate) fn say(mut self, key: &str, entry: Entry) -> Self {
        self.said.retain(|(other, _)| other != key);
        self.said.push((key.to_owned(), entry));
        self
    }

    pub(crate) fn without(mut self, key: &str) -> Self {
        let n = self.said.len();
        self.said.retain(|(other, _)| other != key);
        assert_eq!(self.said.len() + 1, n, "{key} was said");
        self
    }

    /// Puts numbers behind the others; where they begin there.
    pub(crate) fn append(&mut self, numbers: &[f32]) -> u64 {
        self.data.resize(self.data.len().next_multiple_of(ALIGNMENT), 0);
        let offset = self.data.len() as u64;
        numbers.iter().for_each(|number| self.data.extend(number.to_le_bytes()));
        offset
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF\x03\0\0\0".to_vec();
        out.extend((self.tensors.len() as u64).to_le_bytes());
        out.extend((self.said.len() as u64).to_le_bytes());
        for (key, Entry { kind, bytes }) in &self.said {
            out.extend(text(key).bytes);
            out.extend(kind.to_le_bytes());
            out.extend(bytes);
        }
        for (name, rest) in &self.tensors {
            out.extend(text(name).bytes);
            out.extend(rest);
        }
        out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
        out.extend(&self.data);
        out
    }
}

/// A number of any of the format's types.
pub(crate) fn number(kind: u32, value: f64) -> Entry {
    let bytes = match kind {
        0 => (value as u8).to_le_bytes().to_vec(),
        1 => (value as i8).to_le_bytes().to_vec(),
        2 => (value as u16).to_le_bytes().to_vec(),
        3 => (value as i16).to_le_bytes().to_vec(),
        4 => (value as u32).to_le_bytes().to_vec(),
        5 => (value as i32).to_le_bytes().to_vec(),
        6 => (value as f32).to_le_bytes().to_vec(),
        7 => vec![u8::from(value != 0.0)],
        10 => (value as u64).to_le_bytes().to_vec(),
        11 => (value as i64).to_le_bytes().to_vec(),
        12 => value.to_le_bytes().to_vec(),
        _ => panic!("no number of type {kind}"),
    };
    Entry { kind, bytes }
}

pub(crate) fn text(text: &str) -> Entry {
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend(text.as_bytes());
    Entry { kind: 8, bytes }
}

/// A list of values of one type.
pub(crate) fn list(kind: u32, entries: &[Entry]) -> Entry {
    let mut bytes = kind.to_le_bytes().to_vec();
    bytes.extend((entries.len() as u64).to_le_bytes());
    entries.iter().for_each(|entry| bytes.extend(&entry.bytes));
    Entry { kind: 9, bytes }
}
