//! What several handles of one engine share.

use std::{cell::RefCell, rc::Rc};

use crate::auto::AutoBackend;

/// One backend, shared by everything an engine started. JavaScript calls one thing after the other, so nobody finds it borrowed.
pub(super) type SharedBackend = Rc<RefCell<AutoBackend>>;
