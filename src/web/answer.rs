//! Answers that may come later.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use wasm_bindgen::JsValue;

use super::convert;
use crate::core::error::Result;

/// The answer of a future: itself when it is ready, as always on the CPU, or else a promise of it.
pub(super) fn answer(future: impl Future<Output = Result<JsValue>> + 'static) -> std::result::Result<JsValue, JsValue> {
    let mut future: Pin<Box<dyn Future<Output = Result<JsValue>>>> = Box::pin(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result.map_err(convert::error),
        Poll::Pending => {
            Ok(wasm_bindgen_futures::future_to_promise(async move { future.await.map_err(convert::error) }).into())
        }
    }
}
