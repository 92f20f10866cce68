//! Weights on their way in: which bytes of a file are read, and where each goes. Whoever reads a kind of file says so once, for all tensors, and
//! everything is checked before memory is taken for a weight. A matrix comes in pieces of some rows, so that little of the file lies in memory.

use std::collections::BTreeSet;

use super::{
    Gpt, Piece,
    format::Format,
    limits::{FACTORS, expected},
    slot::{Slot, Target},
};
use crate::core::{
    error::{Error, Result},
    network::NetworkShape,
    number::shortest,
};

/// Bytes of a piece, about.
const PIECE: u64 = 4 << 20;

/// A tensor of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub name: String,
    pub slot: Slot,
    pub format: Format,
    /// Rows and columns, a vector's rows being 1.
    pub size: (usize, usize),
    /// Its first byte in the file.
    pub start: u64,
    /// Its rows are those of heads of this size, each with the pairs that are turned together side by side, and not half a head apart.
    pub pairs_of: Option<usize>,
}

/// Some rows of a tensor.
#[derive(Debug, Clone)]
struct Planned {
    piece: Piece,
    found: usize,
    first_row: usize,
}

/// A model whose weights are being read.
#[derive(Debug, Clone)]
pub struct Loading {
    gpt: Gpt,
    found: Vec<Found>,
    planned: Vec<Planned>,
    n_loaded: usize,
    /// Memory for a row.
    row: Vec<f32>,
    /// How a conversation becomes a text, as Jinja, where the file says it.
    chat_template: Option<String>,
}

impl Loading {
    /// For a model that has its shape and no weights yet, and tensors that were [`check`]ed.
    pub(super) fn new(gpt: Gpt, mut found: Vec<Found>) -> Self {
        // A row of what is tied to the embedding is read there.
        let is_tied = gpt.config().is_tied;
        found.retain(|it| !(is_tied && it.slot == Slot::Head));
        found.sort_by_key(|it| it.start);
        let planned = found.iter().enumerate().flat_map(|(ix, it)| it.pieces(ix)).collect();
        Self { gpt, found, planned, n_loaded: 0, row: Vec::new(), chat_template: None }
    }

    pub(super) fn with_template(self, chat_template: Option<String>) -> Self {
        Self { chat_template, ..self }
    }

    pub(super) fn chat_template(&self) -> Option<&str> {
        self.chat_template.as_deref()
    }

    /// What has to be read, in the file's order.
    pub(super) fn pieces(&self) -> impl ExactSizeIterator<Item = &Piece> {
        self.planned.iter().map(|planned| &planned.piece)
    }

    /// Takes up the next of the [`pieces`](Self::pieces).
    pub(super) fn load(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(Planned { piece, found, first_row }) = self.planned.get(self.n_loaded) else {
            return Err(Error::of_model("more tensors were given than it has".to_owned()));
        };
        let fault = |reason: String| Error::of_tensor(piece.name.clone(), reason);
        if bytes.len() as u64 != piece.end - piece.start {
            return Err(fault(format!("{} bytes of {} were given", bytes.len(), piece.end - piece.start)));
        }
        let found = &self.found[*found];
        let n_weights = usize::try_from(self.gpt.n_weights()).unwrap_or(usize::MAX);
        let Some(mut target) = self.gpt.target(found.slot) else {
            return Err(fault("the model has no such tensor".to_owned()));
        };
        if let Target::Matrix(matrix) = &mut target
            && matrix.make_room_for(found.format).is_none()
        {
            return Err(Error::TooLarge { name: "weights".to_owned(), found: n_weights });
        }
        found.put(target, *first_row, bytes, &mut self.row).map_err(|(row, column, value)| {
            let at = if found.slot.is_vector() { format!("[{column}]") } else { format!("[{row}][{column}]") };
            let needed = if found.slot == Slot::Divisors { expected(&FACTORS) } else { "a finite number".to_owned() };
            fault(format!("{at} is {}, not {needed}", shortest(value)))
        })?;
        self.n_loaded += 1;
        Ok(())
    }

    /// The model, once all pieces were loaded.
    pub(super) fn finish(self) -> Result<Gpt> {
        match self.planned.get(self.n_loaded) {
            None => Ok(self.gpt),
            Some(Planned { piece, .. }) => Err(Error::of_tensor(piece.name.clone(), "it was not read".to_owned())),
        }
    }
}

/// Every tensor that the model needs is there once, and has its size. So the file is as large as the model, before memory is taken for that.
/// `name_of` says what the file would call one that is missing.
///
/// # Errors
/// `InvalidTensor`: one that is missing, there twice, or of another size.
pub(super) fn check(found: &[Found], shape: &NetworkShape, name_of: impl Fn(Slot) -> String) -> Result<()> {
    let mut seen = BTreeSet::new();
    for it in found {
        let fault = |reason: String| Err(Error::of_tensor(it.name.clone(), reason));
        let (rows, columns) = it.slot.size(shape);
        // The last rows of an embedding may stand for no token.
        let is_padded = matches!(it.slot, Slot::Tokens | Slot::Head) && it.size.0 >= rows && it.size.1 == columns;
        if it.size != (rows, columns) && !is_padded {
            return fault(format!("its size is {:?}, and {:?} would fit the others", it.size, (rows, columns)));
        }
        if !seen.insert(it.slot) {
            return fault("another tensor is the same part of the model".to_owned());
        }
    }
    match Slot::needed(shape).into_iter().find(|slot| !seen.contains(slot)) {
        None => Ok(()),
        Some(slot) => Err(Error::of_tensor(name_of(slot), "it is missing".to_owned())),
    }
}

impl Found {
    /// Some rows each, of about [`PIECE`] bytes; a vector is whole.
    fn pieces(&self, found: usize) -> impl Iterator<Item = Planned> + use<> {
        let (rows, _) = self.size;
        let row_bytes = self.row_bytes();
        let step =
            if self.slot.is_vector() { 1 } else { usize::try_from(PIECE / row_bytes.max(1)).unwrap_or(1).max(1) };
        let (name, start) = (self.name.clone(), self.start);
        (0..rows).step_by(step).map(move |first_row| {
            let end = rows.min(first_row + step);
            let at = |row: usize| start + row as u64 * row_bytes;
            Planned { piece: Piece { name: name.clone(), start: at(first_row), end: at(end) }, found, first_row }
        })
    }

    fn row_bytes(&self) -> u64 {
        self.format.n_bytes(self.size.1 as u64).unwrap_or(0)
    }

    /// Puts rows where they belong; `Err` with row, column and value of the first number that is none.
    fn put(
        &self,
        target: Target<'_>,
        first_row: usize,
        bytes: &[u8],
        numbers: &mut Vec<f32>,
    ) -> std::result::Result<(), (usize, usize, f32)> {
        let row_bytes = usize::try_from(self.row_bytes()).unwrap_or(usize::MAX);
        match target {
            Target::Vector(out) => {
                self.format.read(bytes, numbers);
                check_finite(numbers).map_err(|(column, value)| (0, column, value))?;
                // Learned positions come as rows of one long vector.
                out[first_row * self.size.1..][..numbers.len()].copy_from_slice(numbers);
            }
            Target::Divided(out) => {
                self.format.read(bytes, numbers);
                let bad = numbers.iter().enumerate().find(|(_, number)| !FACTORS.contains(number));
                if let Some((column, &value)) = bad {
                    return Err((0, column, value));
                }
                out.iter_mut().zip(numbers).for_each(|(out, number)| *out /= *number);
            }
            Target::BiasOf(linear) => {
                self.format.read(bytes, numbers);
                check_finite(numbers).map_err(|(column, value)| (0, column, value))?;
                numbers.iter().enumerate().for_each(|(j, &bias)| linear.set_bias(self.place(j), bias));
            }
            Target::Matrix(linear) => {
                // Rows beyond the last token are left out.
                for (row, bytes) in (first_row..linear.n_out()).zip(bytes.chunks_exact(row_bytes)) {
                    let put = linear.put(self.place(row), self.format, bytes, numbers);
                    put.map_err(|(column, value)| (row, column, value))?;
                }
            }
        }
        Ok(())
    }

    /// The output that row `j` makes.
    fn place(&self, j: usize) -> usize {
        match self.pairs_of {
            None => j,
            Some(size) => j - j % size + j % 2 * (size / 2) + j % size / 2,
        }
    }
}

fn check_finite(numbers: &[f32]) -> std::result::Result<(), (usize, f32)> {
    match numbers.iter().enumerate().find(|(_, number)| !number.is_finite()) {
        None => Ok(()),
        Some((column, &value)) => Err((column, value)),
    }
}
