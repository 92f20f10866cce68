//! One row on its way through the plan: first the whole row, and from the first filter on a list of the tokens left.

mod edits;
mod in_place;
pub(crate) mod scan;
pub(crate) mod softmax;
pub(crate) mod surprise;
pub(crate) mod tally;
pub mod torch;

pub(crate) use self::edits::{EditBuffer, StepEdit};
use self::{scan::RowScan, softmax::Scale, tally::Tally};
use crate::{
    core::{
        error::{Error, Result},
        mask,
        number::shortest,
        token::TokenId,
    },
    lanes::{Lanes, Native},
};

/// Buffers that live as long as the backend, so that a token allocates nothing once they have grown to the vocabulary.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Maximum of each block of 64 logits.
    pub block_max: Vec<f32>,
    /// Σ m of each chunk of 1,024 tokens.
    pub chunk_sums: Vec<u64>,
    /// Ranks of survivors, for a selection or the nucleus.
    pub ranked: Vec<u64>,
    /// PyTorch's probabilities of the tokens left.
    pub probabilities: Vec<f32>,
    /// Their values, largest first.
    pub sorted: Vec<f32>,
    tally: Box<Tally>,
    /// What a stage changes in this step.
    pub edits: EditBuffer,
    /// A bit for each token that a stage allows in this step.
    pub allowed: Vec<u32>,
    ids: Vec<TokenId>,
    values: Vec<f32>,
    masses: Vec<u32>,
}

/// Below this a division can take ordinary logits beyond the range of f32, so the row is divided at once and looked at again.
const TINY: f32 = 1e-6;

/// A row of V logits, some of them removed.
#[derive(Debug)]
pub(crate) struct RowState<'a> {
    /// The row's number in its batch, for errors.
    pub row: usize,
    x: &'a mut [f32],
    pub(crate) scratch: &'a mut Scratch,
    /// Temperature not yet applied to `x`.
    temperature: f32,
    scanned: Option<RowScan>,
    /// Masks that are written as the lowest number have become −inf.
    masks_are_read: bool,
    /// Tokens in the list; None while the whole row is alive.
    listed: Option<usize>,
    /// The largest value of the list, while it is known.
    list_max: Option<f32>,
    masses_are_current: bool,
    /// A stage that looks at single tokens has removed one that was there. Whoever runs the stages takes note.
    pub(crate) has_lost_one: bool,
}

impl<'a> RowState<'a> {
    /// The whole row.
    pub(crate) fn new(row: usize, x: &'a mut [f32], scratch: &'a mut Scratch) -> Self {
        Self {
            row,
            x,
            scratch,
            temperature: 1.0,
            scanned: None,
            masks_are_read: false,
            listed: None,
            list_max: None,
            masses_are_current: false,
            has_lost_one: false,
        }
    }

    /// V.
    pub(crate) fn vocab_size(&self) -> usize {
        self.x.len()
    }

    /// The logits as they stand in memory: not yet divided by [`scale`](Self::scale)'s temperature.
    pub(crate) fn whole(&self) -> &[f32] {
        self.x
    }

    /// Ids (ascending) and values of the tokens left, once a filter has made a list.
    pub(crate) fn list(&self) -> Option<(&[TokenId], &[f32])> {
        self.listed.map(|n| (&self.scratch.ids[..n], &self.scratch.values[..n]))
    }

    /// Reads the row once, if not yet done: block maxima, maximum, and the check for what is not a logit.
    ///
    /// # Errors
    /// `InvalidLogits` for NaN and +inf, `NothingLeft` when every token is masked.
    pub(crate) fn scan<L: Lanes>(&mut self) -> Result<RowScan> {
        if let Some(scanned) = self.scanned {
            return Ok(scanned);
        }
        let mut scanned = scan::scan::<L>(self.x, &mut self.scratch.block_max);
        if !scanned.ordinary {
            let odd = scan::odd::<L>(self.x);
            if odd.refused {
                check_logits(self.row, self.x)?;
            }
            if odd.finite_mask && !self.masks_are_read && mask::read_all(self.x) {
                scanned = scan::scan::<L>(self.x, &mut self.scratch.block_max);
            }
            if scanned.max == f32::NEG_INFINITY {
                return Err(Error::nothing_left(self.row));
            }
        }
        self.masks_are_read = true;
        self.scanned = Some(scanned);
        Ok(scanned)
    }

    /// Scans the row if no filter has done so.
    ///
    /// # Errors
    /// As [`scan`](Self::scan).
    pub(crate) fn scan_if_whole<L: Lanes>(&mut self) -> Result<()> {
        if self.listed.is_none() { self.scan::<L>().map(drop) } else { Ok(()) }
    }

    /// Tokens of the whole row that are not masked.
    pub(crate) fn n_unmasked<L: Lanes>(&mut self) -> Result<u32> {
        let has_all = self.scan::<L>()?.ordinary;
        let n = if has_all { self.x.len() } else { scan::n_unmasked::<L>(self.x) };
        #[allow(clippy::cast_possible_truncation, reason = "a count of tokens is a u32")]
        Ok(n as u32)
    }

    /// Tokens that are left.
    pub(crate) fn n_left<L: Lanes>(&mut self) -> Result<u32> {
        #[allow(clippy::cast_possible_truncation, reason = "a count of tokens is a u32")]
        self.listed.map_or_else(|| self.n_unmasked::<L>(), |n| Ok(n as u32))
    }

    /// Temperature and maximum of the tokens left.
    pub(crate) fn scale<L: Lanes>(&mut self) -> Result<Scale> {
        if let Some((_, values)) = self.list() {
            let max = self.list_max.unwrap_or_else(|| values.iter().copied().fold(f32::NEG_INFINITY, f32::max));
            self.list_max = Some(max);
            return Ok(Scale { temperature: 1.0, max });
        }
        self.whole_scale::<L>()
    }

    /// Temperature and maximum of the whole row.
    pub(crate) fn whole_scale<L: Lanes>(&mut self) -> Result<Scale> {
        let max = self.scan::<L>()?.max;
        let scale = Scale { temperature: self.temperature, max: 0.0 };
        Ok(Scale { max: scale.value(max), ..scale })
    }

    /// Divides every logit by T. On the whole row the division waits until a stage needs the value.
    ///
    /// # Errors
    /// `InvalidSetting` when the largest logit would leave the range of f32, with nothing changed.
    pub(crate) fn divide<L: Lanes>(&mut self, temperature: f32) -> Result<()> {
        self.apply_temperature();
        let max = self.scale::<L>()?.max / temperature;
        if !(max.is_finite() && temperature.is_finite()) {
            let expected = "logits / temperature must stay finite: use a larger one, or 0 for greedy";
            return Err(Error::invalid("temperature", shortest(temperature), expected));
        }
        if let Some(n) = self.listed {
            for value in &mut self.scratch.values[..n] {
                *value /= temperature;
            }
            self.list_max = Some(max);
            self.masses_are_current = false;
            self.retain(f32::MIN);
        } else {
            self.temperature = temperature;
            if temperature < TINY {
                self.apply_temperature();
            }
        }
        Ok(())
    }

    /// Changes single logits: `edit(x)` for each token that is still there. Used by bias and penalties.
    ///
    /// # Errors
    /// `InvalidLogits` when a token's logit is NaN or +inf, or becomes so.
    pub(crate) fn edit<F: Fn(f32) -> f32>(&mut self, edits: impl Iterator<Item = (TokenId, F)>) -> Result<()> {
        self.apply_temperature();
        self.masses_are_current = false;
        self.list_max = None;
        self.scanned = None;
        let row = self.row;
        let has_lost_one = &mut self.has_lost_one;
        let mut change = |id: TokenId, value: &mut f32, edit: F| {
            check_logit(row, id as usize, *value)?;
            // A row whose masks are read stays as it is.
            let logit = mask::read(*value);
            *value = if logit > f32::NEG_INFINITY { mask::read(edit(logit)) } else { logit };
            *has_lost_one |= logit > *value && *value == f32::NEG_INFINITY;
            check_logit(row, id as usize, *value)
        };
        if let Some(n) = self.listed {
            let Scratch { ids, values, .. } = &mut *self.scratch;
            for (id, edit) in edits {
                if let Ok(ix) = ids[..n].binary_search(&id) {
                    change(id, &mut values[ix], edit)?;
                }
            }
        } else {
            for (id, edit) in edits {
                change(id, &mut self.x[id as usize], edit)?;
            }
        }
        self.retain(f32::MIN);
        self.check_not_empty()
    }

    /// Divides the whole row now: a stage is about to edit logits after the temperature.
    pub(crate) fn apply_temperature(&mut self) {
        if self.listed.is_none() && self.temperature != 1.0 {
            for x in self.x.iter_mut() {
                *x /= self.temperature;
            }
            self.temperature = 1.0;
            self.scanned = None;
        }
    }

    /// Keeps the tokens whose value (after temperature) is ≥ the value `holds` turns true at; `holds` is monotone and true at the maximum.
    pub(crate) fn keep_where<L: Lanes>(&mut self, holds: &dyn Fn(f32) -> bool) -> Result<()> {
        let scale = self.scale::<L>()?;
        if self.listed.is_some() {
            self.retain(scan::lowest_where(scale.max, holds));
            return Ok(());
        }
        let known = self.scan::<L>()?.max;
        let threshold = scan::lowest_where(known, &|x| holds(scale.value(x)));
        self.make_list::<L>(threshold);
        self.list_max = Some(scale.max);
        if scale.temperature != 1.0 {
            let n = self.listed.expect("a list was made above");
            for value in &mut self.scratch.values[..n] {
                *value = scale.value(*value);
            }
        }
        Ok(())
    }

    /// Lists the tokens with x ≥ `threshold`; their values stay undivided.
    pub(crate) fn make_list<L: Lanes>(&mut self, threshold: f32) {
        self.reserve_list();
        let scratch = &mut *self.scratch;
        let n = scan::gather::<L>(self.x, &scratch.block_max, threshold, &mut scratch.ids, &mut scratch.values);
        self.listed = Some(n);
        self.list_max = None;
        self.masses_are_current = false;
    }

    /// Makes space for a list of all tokens.
    fn reserve_list(&mut self) {
        let capacity = self.x.len() + 4;
        let scratch = &mut *self.scratch;
        if scratch.ids.len() < capacity {
            scratch.ids.resize(capacity, 0);
            scratch.values.resize(capacity, 0.0);
            scratch.masses.resize(capacity, 0);
        }
    }

    /// Back to the whole row: the list was a try that did not hold the answer.
    pub(crate) fn forget_list(&mut self) {
        self.listed = None;
    }

    /// Keeps the tokens whose bit is set, the lowest id in the lowest bit; those behind the last word go.
    ///
    /// # Errors
    /// As [`scan`](Self::scan), and `NothingLeft`.
    pub(crate) fn keep_bits<L: Lanes>(&mut self, bits: &[u32]) -> Result<()> {
        let is_set = |id: TokenId| bits.get(id as usize / 32).is_some_and(|word| word >> (id % 32) & 1 == 1);
        if self.listed.is_none() {
            self.apply_temperature();
            self.scan::<L>()?;
            self.list_bits(bits);
        } else {
            self.retain_by(|id, _| is_set(id), false);
        }
        self.list_max = None;
        self.masses_are_current = false;
        self.has_lost_one |= self.listed == Some(0);
        self.check_not_empty()
    }

    /// Lists the tokens of the whole row whose bit is set and that are not masked.
    #[allow(clippy::cast_possible_truncation, reason = "a token id is a u32")]
    fn list_bits(&mut self, bits: &[u32]) {
        self.reserve_list();
        let Scratch { ids, values, .. } = &mut *self.scratch;
        let mut n = 0;
        for (at, (&word, x)) in bits.iter().zip(self.x.chunks(32)).enumerate() {
            let mut left = word;
            while left != 0 {
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                let Some(&value) = x.get(bit) else { break };
                (ids[n], values[n]) = ((32 * at + bit) as TokenId, value);
                n += usize::from(value > f32::NEG_INFINITY);
            }
        }
        self.listed = Some(n);
    }

    /// Keeps the listed tokens with a value ≥ `lowest`.
    pub(crate) fn retain(&mut self, lowest: f32) {
        self.retain_to(lowest, TokenId::MAX);
    }

    /// Keeps the listed tokens down to this value; of those with exactly this value the ids up to `last`.
    pub(crate) fn retain_to(&mut self, lowest: f32, last: TokenId) {
        let Some(n) = self.listed else { return };
        let Scratch { ids, values, masses, .. } = &mut *self.scratch;
        let mut kept = 0;
        for i in 0..n {
            let (id, value, mass) = (ids[i], values[i], masses[i]);
            ids[kept] = id;
            values[kept] = value;
            masses[kept] = mass;
            kept += usize::from(value > lowest || (value == lowest && id <= last));
        }
        self.listed = Some(kept);
    }

    /// Keeps the listed tokens with a value that `holds`; the largest may go, too.
    pub(crate) fn retain_where(&mut self, holds: impl Fn(f32) -> bool) {
        let keeps_max = self.list_max.is_some_and(&holds);
        self.retain_by(|_, value| holds(value), keeps_max);
    }

    /// Keeps the listed tokens that `holds`. Masses are relative to the largest value, so they are anew unless `keeps_max`.
    pub(crate) fn retain_by(&mut self, holds: impl Fn(TokenId, f32) -> bool, keeps_max: bool) {
        let Some(n) = self.listed else { return };
        let Scratch { ids, values, masses, .. } = &mut *self.scratch;
        let mut kept = 0;
        for i in 0..n {
            let (id, value, mass) = (ids[i], values[i], masses[i]);
            ids[kept] = id;
            values[kept] = value;
            masses[kept] = mass;
            kept += usize::from(holds(id, value));
        }
        self.listed = Some(kept);
        if !keeps_max {
            self.list_max = None;
            self.masses_are_current = false;
        }
    }

    /// Integer masses of the listed tokens, in id order, relative to the largest of them; computed once.
    pub(crate) fn list_masses<L: Lanes>(&mut self) -> Result<&[u32]> {
        let n = self.listed.expect("masses are asked for once there is a list");
        if !self.masses_are_current {
            let scale = self.scale::<L>()?;
            softmax::masses::<L>(&self.scratch.values[..n], scale, &mut self.scratch.masses[..n]);
            self.masses_are_current = true;
        }
        Ok(&self.scratch.masses[..n])
    }

    /// Ids, values and masses of the listed tokens; masses as of [`list_masses`](Self::list_masses).
    pub(crate) fn weighted(&self) -> (&[TokenId], &[f32], &[u32]) {
        let n = self.listed.expect("masses are asked for once there is a list");
        let Scratch { ids, values, masses, .. } = &*self.scratch;
        (&ids[..n], &values[..n], &masses[..n])
    }

    /// The values as a column of V numbers: what a trace shows. Removed tokens are -inf.
    pub(crate) fn column(&self) -> Vec<f32> {
        let Some((ids, values)) = self.list() else {
            let scale = Scale { temperature: self.temperature, max: 0.0 };
            return self.x.iter().map(|&x| scale.value(x)).collect();
        };
        let mut column = vec![f32::NEG_INFINITY; self.vocab_size()];
        for (&id, &value) in ids.iter().zip(values) {
            column[id as usize] = value;
        }
        column
    }

    fn check_not_empty(&self) -> Result<()> {
        if self.listed == Some(0) { Err(Error::nothing_left(self.row)) } else { Ok(()) }
    }
}

/// NaN and +inf are no logits; -inf masks a token.
#[inline(always)]
fn check_logit(row: usize, index: usize, value: f32) -> Result<()> {
    // NaN is below nothing.
    if value < f32::INFINITY { Ok(()) } else { Err(no_logit(row, index, value)) }
}

#[cold]
fn no_logit(row: usize, index: usize, value: f32) -> Error {
    Error::InvalidLogits { row, index, value }
}

/// The first value of the row that is no logit is an error.
pub(crate) fn check_logits(row: usize, x: &[f32]) -> Result<()> {
    if !scan::odd::<Native>(x).refused {
        return Ok(());
    }
    x.iter().enumerate().try_for_each(|(index, &value)| check_logit(row, index, value))
}
