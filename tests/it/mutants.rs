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

fn notices((_, check): &Check<PlainBackend>, fault: Fault) -> bool {
    check(&mut PlainBackend::with(Some(fault))).is_err()
}

/// Whether a check is of the file that the fault is most likely noticed in: that of its stage, or the one about bad input. What is tried
/// first decides how long the search takes, not what it finds.
fn is_near((name, _): &Check<PlainBackend>, fault: Fault) -> bool {
    let file = if let Fault::Stage(fault) = fault { fault.file() } else { "bad_input" };
    name.split("::").any(|part| part == file)
}

/// A check that notices `fault`.
fn noticed_by(fault: Fault) -> Option<&'static str> {
    let mut checks = suite::checks();
    checks.sort_by_key(|check| !is_near(check, fault));
    checks.into_iter().find(|check| notices(check, fault)).map(|(name, _)| name)
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
    let noticed = |check: &Check<PlainBackend>| {
        let mut faults = faults();
        faults.sort_by_key(|&fault| !is_near(check, fault));
        faults.into_iter().any(|fault| notices(check, fault))
    };
    let idle: Vec<&str> = suite::checks().iter().filter(|check| !noticed(check)).map(|(name, _)| *name).collect();
    assert!(idle.is_empty(), "these checks notice no fault: {idle:?}");
}
