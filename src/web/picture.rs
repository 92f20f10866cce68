//! A picture as JavaScript sees it: a typed array for each number that every band has.

use js_sys::{Array, Int32Array, Object, Uint32Array};
use wasm_bindgen::JsValue;

use super::convert::{floats, set};
use crate::explain::picture::{Band, DrawnBand, Picture, Place, Station};

/// The picture of one step.
pub(super) fn to_object(picture: &Picture) -> Object {
    let object = Object::new();
    set(&object, "vocab_size", &picture.vocab_size.into());
    set(&object, "bands", &bands(&picture.bands));
    set(&object, "stations", &picture.stations.iter().map(station).collect::<Array>());
    set(&object, "probability", &floats(&picture.probability));
    set(&object, "kept", &picture.kept.into());
    set(&object, "entropy", &picture.entropy.into());
    set(&object, "drawn", &picture.drawn.as_ref().map_or(JsValue::NULL, drawn));
    set(&object, "forced", &picture.forced.map_or(JsValue::NULL, |forced| place(forced).into()));
    object
}

fn bands(bands: &[Band]) -> JsValue {
    let of = |number: fn(&Band) -> u32| {
        let numbers: Vec<u32> = bands.iter().map(number).collect();
        JsValue::from(Uint32Array::from(numbers.as_slice()))
    };
    #[allow(clippy::cast_possible_wrap, reason = "a vocabulary has far fewer than 2^31 tokens")]
    let ids: Vec<i32> = bands.iter().map(|band| band.own.map_or(-1, |own| own.id as i32)).collect();
    let logits: Vec<f32> = bands.iter().map(|band| band.own.map_or(f32::NAN, |own| own.logit)).collect();
    let starts: Vec<f32> = bands.iter().map(|band| band.own.map_or(f32::NAN, |own| own.start)).collect();
    let object = Object::new();
    set(&object, "first", &of(|band| band.first));
    set(&object, "count", &of(|band| band.count));
    set(&object, "id", &Int32Array::from(ids.as_slice()));
    set(&object, "logit", &floats(&logits));
    set(&object, "start", &floats(&starts));
    set(&object, "model_rank", &of(|band| band.own.map_or(band.first, |own| own.model_rank)));
    object.into()
}

fn station(station: &Station) -> JsValue {
    let object = Object::new();
    set(&object, "stage", &station.stage.into());
    set(&object, "moves", &station.moves.into());
    set(&object, "share", &floats(&station.share));
    set(&object, "left", &Uint32Array::from(station.left.as_slice()));
    set(&object, "order", &station.order.as_deref().map_or(JsValue::NULL, |order| Uint32Array::from(order).into()));
    set(&object, "shown", &floats(&station.shown));
    set(&object, "mass", &station.mass.into());
    set(&object, "kept", &station.kept.into());
    set(&object, "removed", &station.removed.into());
    set(&object, "removed_mass", &station.removed_mass.into());
    set(&object, "removed_probability", &station.removed_probability.into());
    set(&object, "removed_bits", &station.removed_bits.into());
    set(&object, "entropy", &station.entropy.into());
    object.into()
}

fn drawn(drawn: &DrawnBand) -> JsValue {
    let object = place(drawn.place);
    set(&object, "probability", &drawn.probability.into());
    set(&object, "kind", &drawn.kind.into());
    set(&object, "u", &drawn.point.map_or(JsValue::NULL, |point| point.u.into()));
    set(&object, "interval", &drawn.point.map_or(JsValue::NULL, |point| interval(point.interval)));
    set(&object, "v", &drawn.point.map_or(JsValue::NULL, |point| point.v.into()));
    set(&object, "rank_interval", &interval(drawn.rank_interval));
    object.into()
}

fn place(place: Place) -> Object {
    let object = Object::new();
    set(&object, "id", &place.id.into());
    set(&object, "band", &place.band.into());
    set(&object, "rank", &place.rank.into());
    object
}

fn interval((from, to): (f64, f64)) -> JsValue {
    Array::of2(&from.into(), &to.into()).into()
}
