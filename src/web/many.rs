//! `engine.draw_many`: one row drawn many times, and counted.

use js_sys::{BigInt, Float32Array, Object, Uint32Array};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{convert, engine::Engine, generator::GeneratorHandle};
use crate::{
    core::{
        error::{Error, Result},
        token::TokenId,
    },
    explain::statistics::chi_square,
    generate::sample::{ManyDraws, draw_many},
    settings::{RowSettings, SampleSettings, Value, refuse_beside_generator},
};

#[wasm_bindgen]
impl Engine {
    /// One row drawn `n` times: `{ n, ids, counts, probabilities, kept, fit, seed }`, what was drawn before included, `counts` of `ids`. On the
    /// CPU, which draws the tokens that any backend draws.
    ///
    /// # Errors
    /// As [`sample`](Self::sample).
    pub fn draw_many(
        &self,
        logits: &Float32Array,
        settings: &JsValue,
        n: &JsValue,
        ids: &[u32],
        counts: &[u32],
        generator: Option<GeneratorHandle>,
    ) -> std::result::Result<JsValue, JsValue> {
        let drawn = || {
            let n = n_of(n, counts)?;
            check_before(ids, counts, logits.length() as usize)?;
            let settings = row_settings(settings, generator.is_some())?;
            let generator = generator.unwrap_or_else(|| GeneratorHandle::of(&settings.sampling, settings.row.step));
            let logits = self.load_row(logits)?;
            let generator = &mut *generator.borrow_mut();
            let mut many = draw_many(&mut logits.borrow_mut(), &settings, generator, n)?;
            ids.iter().zip(counts).for_each(|(&id, count)| many.counts[id as usize] += count);
            Ok(to_object(&many, generator.seed()).into())
        };
        drawn().map_err(convert::error)
    }
}

/// How many draws. All counts together have to be a u32.
fn n_of(n: &JsValue, counts: &[u32]) -> Result<usize> {
    let n = match convert::value(n) {
        Value::Null => return Err(Error::invalid("n", "undefined", "say how many draws")),
        other => other.count("n", 1)?,
    };
    let all = counts.iter().fold(n as u64, |sum, &count| sum.saturating_add(count.into()));
    if all > u32::MAX.into() {
        return Err(Error::invalid("n", n, "with what was drawn before, at most 4294967295 are counted"));
    }
    Ok(n)
}

fn check_before(ids: &[u32], counts: &[u32], vocab_size: usize) -> Result<()> {
    if counts.len() != ids.len() {
        let expected = format!("one for each of {} ids", ids.len());
        return Err(Error::wrong_length("counts", counts.len(), expected));
    }
    match ids.iter().position(|&id| id as usize >= vocab_size) {
        Some(position) => Err(Error::InvalidToken { id: ids[position], position, vocab_size }),
        None => Ok(()),
    }
}

/// Settings of one row of which nothing but the token is wanted.
fn row_settings(settings: &JsValue, has_generator: bool) -> Result<SampleSettings> {
    let entries = convert::entries(settings)?;
    refuse_beside_generator(has_generator, &entries)?;
    let settings = SampleSettings::from_entries(entries)?;
    let RowSettings { batch, top_n, kept_ids, .. } = settings.row;
    let others = [("batch", batch, 1), ("top_n", top_n, 0), ("kept_ids", kept_ids.into(), 0)];
    match others.iter().find(|(_, given, usual)| given != usual) {
        Some((name, given, _)) => Err(Error::invalid(name, given, "leave it out: one row is drawn, and only counted")),
        None => Ok(settings),
    }
}

fn to_object(many: &ManyDraws, seed: u64) -> Object {
    let drawn = || (0..).zip(&many.counts).filter(|(_, count)| **count > 0);
    let ids: Vec<TokenId> = drawn().map(|(id, _)| id).collect();
    let counts: Vec<u32> = drawn().map(|(_, &count)| count).collect();
    let probabilities: Vec<f32> = ids.iter().map(|&id| many.probabilities[id as usize]).collect();
    let object = Object::new();
    convert::set(&object, "n", &counts.iter().sum::<u32>().into());
    convert::set(&object, "ids", &Uint32Array::from(ids.as_slice()));
    convert::set(&object, "counts", &Uint32Array::from(counts.as_slice()));
    convert::set(&object, "probabilities", &convert::floats(&probabilities));
    convert::set(&object, "kept", &many.kept.into());
    convert::set(&object, "fit", &convert::plain(&chi_square(&many.counts, &many.probabilities)));
    convert::set(&object, "seed", &BigInt::from(seed));
    object
}
