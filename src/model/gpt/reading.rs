//! Contexts on their way through a GPT, a part of a block at a time. A reader may stop after any part and go on later, in the same memory, so that
//! the bits are the same as without a stop.
//!
//! A reader holds the cache of its row for as long as it is there. Who comes meanwhile works on a copy of what the two contexts begin with, and
//! keeps it: readers may take turns, and none undoes another's work.

use super::{CHUNK, Gpt, RowCache, block::Pass};
use crate::{
    core::{
        error::{Error, Result},
        token::TokenId,
    },
    model::{Place, Reading, Tokens},
};

/// Tokens whose logits are made without a stop, where those of all are wanted.
const HEADS: usize = 16;

/// Which of a pass's tokens are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// The last of the context.
    Last,
    All,
}

impl Gpt {
    /// Logits (V) for what follows `context`, reading only what no cache holds of it; false where `is_over` said so before the end. At least one part
    /// is done in each call.
    pub(super) fn read_on(
        &mut self,
        place: Place,
        context: &[TokenId],
        reading: &mut Reading,
        is_over: &mut dyn FnMut() -> bool,
        out: &mut [f32],
    ) -> Result<bool> {
        self.forget_the_gone();
        if place == Place::Aside && !reading.is_under_way() && self.use_cache && self.read_last_again(context, out)? {
            reading.note(true, context.len(), context.len());
            return Ok(true);
        }
        let (mut cache, is_copy) = self.cache_for(place, context, reading);
        let is_done = self.run_through(&mut cache, context, is_over, out)?;
        reading.note(is_done, cache.ids.len(), context.len());
        cache.reader = reading.id();
        let slot = self.slot(place);
        if is_copy && is_held(slot) {
            self.copies.push(cache);
        } else {
            *slot = cache;
        }
        Ok(is_done)
    }

    /// Appends to `out` the logits (V) after each token of `idx` (B, T), until they are all there or `is_over`; returns whether they are.
    pub(super) fn forward_all(
        &mut self,
        idx: Tokens<'_>,
        reading: &mut Reading,
        is_over: &mut dyn FnMut() -> bool,
        out: &mut Vec<f32>,
    ) -> Result<bool> {
        let (vocab_size, block_size) = (self.config.vocab_size, self.config.block_size);
        self.vocab.check(idx.ids())?;
        if idx.len() > block_size {
            let expected = format!("at most block_size = {block_size} in a row");
            return Err(Error::wrong_length("ids", idx.len(), expected));
        }
        self.forget_the_gone();
        let n = idx.ids().len();
        out.reserve_exact(n * vocab_size - out.len());
        let mut cache = self.copy_of(reading).unwrap_or_else(|| {
            // A row that was given up in the middle is read anew.
            out.truncate(out.len() / (idx.len() * vocab_size) * idx.len() * vocab_size);
            self.empty_cache()
        });
        while out.len() < n * vocab_size {
            let n_done = out.len() / vocab_size;
            if cache.pass.is_none() && n_done.is_multiple_of(idx.len()) {
                cache.ids.clear();
            }
            let row = &idx.ids()[n_done / idx.len() * idx.len()..][..idx.len()];
            let mut pass = self.next_pass(&mut cache, row, Wanted::All)?;
            if self.pass(&mut cache, &mut pass, is_over) && self.all_logits(&mut pass, is_over, out) {
                self.spare = Some(pass);
                continue;
            }
            (cache.pass, cache.reader) = (Some(pass), reading.id());
            self.copies.push(cache);
            reading.note(false, n_done, n);
            return Ok(false);
        }
        reading.note(true, n, n);
        Ok(true)
    }

    /// Appends the logits of what came out of a pass; false where `is_over` said so before the end.
    fn all_logits(&self, pass: &mut Pass, is_over: &mut dyn FnMut() -> bool, out: &mut Vec<f32>) -> bool {
        loop {
            let (first, before) = (pass.n_told, out.len());
            pass.n_told = pass.scratch.ids.len().min(first + HEADS);
            out.resize(before + (pass.n_told - first) * self.config.vocab_size, 0.0);
            self.logits(&mut pass.scratch, first, &mut out[before..]);
            if pass.n_told == pass.scratch.ids.len() {
                return true;
            }
            if is_over() {
                return false;
            }
        }
    }

    /// What nobody comes back for.
    fn forget_the_gone(&mut self) {
        self.copies.retain(is_held);
        for cache in self.caches.iter_mut().chain([&mut self.aside]).filter(|cache| !is_held(cache)) {
            self.spare = cache.pass.take().or(self.spare.take());
        }
    }

    /// Space in a cache for `n` positions. Where there is no memory for it, what nobody reads is given up, and where that is not enough, all is: to
    /// read it once more takes time, and nothing else.
    fn make_space(&mut self, cache: &mut RowCache, n: usize) -> Result<()> {
        if cache.has_space(n) || cache.make_space(n).is_ok() {
            return Ok(());
        }
        self.spare = None;
        let all = self.caches.iter_mut().chain(&mut self.copies).chain([&mut self.aside]);
        all.filter(|cache| !is_held(cache)).for_each(|it| *it = RowCache::default());
        cache.make_space(n).inspect_err(|_| {
            *cache = RowCache::default();
            self.forget();
        })
    }

    fn slot(&mut self, place: Place) -> &mut RowCache {
        match place {
            Place::Row(row) => &mut self.caches[row],
            Place::Aside => &mut self.aside,
        }
    }

    /// The copy that a reader works on, if it does.
    fn copy_of(&mut self, reading: &Reading) -> Option<RowCache> {
        let ix = self.copies.iter().position(|copy| copy.reader.ptr_eq(&reading.id()))?;
        Some(self.copies.swap_remove(ix))
    }

    /// Where a context is read on, with nothing in it that is not read for this context, and whether that is a copy.
    fn cache_for(&mut self, place: Place, context: &[TokenId], reading: &Reading) -> (RowCache, bool) {
        if let Place::Row(row) = place
            && self.caches.len() <= row
        {
            self.caches.resize_with(row + 1, RowCache::default);
        }
        let copy = self.copy_of(reading);
        let (use_cache, is_copy) = (self.use_cache, copy.is_some());
        let slot = self.slot(place);
        let is_others = is_held(slot) && !slot.reader.ptr_eq(&reading.id());
        if copy.is_none() && is_others {
            let n = if use_cache { known(slot, context) } else { 0 };
            let copy = if n > 0 { slot.beginning(n) } else { None };
            return (self.with_layers(copy.unwrap_or_default()), true);
        }
        let mut cache = copy.unwrap_or_else(|| std::mem::take(slot));
        if !reading.is_under_way() || !cache.is_begun(context) {
            cache.ids.truncate(if use_cache { known(&cache, context) } else { 0 });
            cache.pass = None;
            if use_cache && context.len() - cache.ids.len() > CHUNK {
                self.copy_into(&mut cache, context);
            }
        }
        (self.with_layers(cache), is_copy)
    }

    /// What was read of a context elsewhere need not be read again: to copy it takes less time.
    fn copy_into(&self, cache: &mut RowCache, context: &[TokenId]) {
        let others = self.caches.iter().chain(&self.copies).chain([&self.aside]);
        let longest = others.map(|other| (known(other, context), other)).max_by_key(|(n, _)| *n);
        let longer = longest.filter(|(n, _)| *n > cache.ids.len() + CHUNK);
        if let Some(copy) = longer.and_then(|(n, other)| other.beginning(n)) {
            (cache.ids, cache.layers) = (copy.ids, copy.layers);
        }
    }

    fn with_layers(&self, cache: RowCache) -> RowCache {
        if cache.layers.is_empty() { self.empty_cache() } else { cache }
    }

    /// Reads what the cache does not hold of a context, and writes the logits (V) after it; false where `is_over` said so before.
    ///
    /// # Errors
    /// `TooLarge` where there is no memory for its keys and values. They are given up.
    fn run_through(
        &mut self,
        cache: &mut RowCache,
        context: &[TokenId],
        is_over: &mut dyn FnMut() -> bool,
        out: &mut [f32],
    ) -> Result<bool> {
        loop {
            let mut pass = self.next_pass(cache, context, Wanted::Last)?;
            if !self.pass(cache, &mut pass, is_over) {
                cache.pass = Some(pass);
                return Ok(false);
            }
            let is_last = cache.ids.len() == context.len();
            if is_last {
                self.logits(&mut pass.scratch, 0, out);
            }
            self.spare = Some(pass);
            if is_last || is_over() {
                return Ok(is_last);
            }
        }
    }

    /// The pass that a cache is in, or else the next chunk of a context.
    fn next_pass(&mut self, cache: &mut RowCache, context: &[TokenId], wanted: Wanted) -> Result<Box<Pass>> {
        if let Some(pass) = cache.pass.take() {
            return Ok(pass);
        }
        let start = cache.ids.len();
        let end = context.len().min(start + CHUNK);
        let n_wanted = match wanted {
            Wanted::All => end - start,
            Wanted::Last => usize::from(end == context.len()),
        };
        self.make_space(cache, end)?;
        Ok(self.begin(start, &context[start..end], n_wanted))
    }

    /// The logits (V) after a context that was read for a row, but perhaps for its last token; false, with nothing done, where none was. The key and the
    /// value that reading this token writes are the very bits that are there, or will be.
    fn read_last_again(&mut self, context: &[TokenId], out: &mut [f32]) -> Result<bool> {
        let all = || self.caches.iter().chain(&self.copies);
        let Some(ix) = all().position(|cache| cache.has_read(context)) else { return Ok(false) };
        let mut cache = std::mem::take(self.row_or_copy(ix));
        let (waiting, ids) = (cache.pass.take(), cache.ids.clone());
        cache.ids.truncate(context.len() - 1);
        self.run_through(&mut cache, context, &mut || false, out)?;
        if waiting.is_some() || ids.len() > context.len() {
            cache.ids = ids;
        }
        cache.pass = waiting;
        *self.row_or_copy(ix) = cache;
        Ok(true)
    }

    fn row_or_copy(&mut self, ix: usize) -> &mut RowCache {
        let n = self.caches.len();
        if ix < n { &mut self.caches[ix] } else { &mut self.copies[ix - n] }
    }
}

/// Whether its reader is still there.
fn is_held(cache: &RowCache) -> bool {
    cache.reader.strong_count() > 0
}

/// How many tokens need not be read again: of a context all but the last.
fn known(cache: &RowCache, context: &[TokenId]) -> usize {
    cache.ids.iter().zip(&context[..context.len() - 1]).take_while(|(a, b)| a == b).count()
}
