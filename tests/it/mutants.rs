//! Every check can fail: backends with one fault each are run through the suite. A fault that no check notices fails this test, and so
//! does a check that notices no fault. The same backend without a fault passes everything.

use crate::support::{
    Check,
    fault::{Fault, faults},
    pass,
    plain::PlainBackend,
    suite,
};

#[test]
fn without_a_fault_everything_passes() {
    for (name, check) in suite::checks() {
        pass(check(&mut PlainBackend::with(None)).map_err(|message| format!("{name}: {message}")));
    }
}

/// The first check that notices `fault`.
fn noticed_by(fault: Fault) -> Option<&'static str> {
    let notices = |(_, check): &Check<PlainBackend>| check(&mut PlainBackend::with(Some(fault))).is_err();
    suite::checks().into_iter().find(notices).map(|(name, _)| name)
}

#[test]
fn every_fault_is_noticed() {
    let survivors: Vec<Fault> = faults()
        .into_iter()
        .filter(|&fault| match noticed_by(fault) {
            Some(check) => {
                println!("{fault:?}: {check}");
                false
            }
            None => true,
        })
        .collect();
    assert!(survivors.is_empty(), "no check notices {survivors:?}");
}

#[test]
fn every_check_notices_a_fault() {
    let notices = |(_, check): &Check<PlainBackend>, fault: Fault| check(&mut PlainBackend::with(Some(fault))).is_err();
    let idle: Vec<&str> = suite::checks()
        .iter()
        .filter(|check| !faults().into_iter().any(|fault| notices(check, fault)))
        .map(|(name, _)| *name)
        .collect();
    assert!(idle.is_empty(), "these checks notice no fault: {idle:?}");
}
