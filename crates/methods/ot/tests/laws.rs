//! Laws that every system of the family obeys, by way of its checks.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use thalweg_core::{Check, Class, Context};
use thalweg_match::METHODS;

fn figures(check: &Check, threads: usize) -> Vec<u64> {
    let ctx = Context::new(0, threads).unwrap();
    let figures = (check.run)(&ctx).unwrap_or_else(|e| panic!("{}: {e}", check.name));
    figures.iter().map(|f| f.value.to_bits()).collect()
}

#[test]
fn threads_do_not_change_a_bit() {
    for (method, check) in METHODS.iter().flat_map(|m| m.checks.iter().map(move |c| (m, c))) {
        assert_eq!(figures(check, 1), figures(check, 2), "{} {}", method.name, check.name);
    }
}

#[test]
fn a_call_to_stop_is_heard() {
    let ctx = Context::new(0, 1).unwrap().with_stop(Arc::new(AtomicBool::new(true)));
    for method in METHODS {
        let stops = |c: &Check| (c.run)(&ctx).is_err_and(|e| e.class() == Class::Interrupted);
        assert!(method.checks.iter().any(stops), "{} goes on", method.name);
    }
}

#[test]
fn default_settings_are_shown() {
    for method in METHODS {
        assert!((method.defaults)().as_object().is_some_and(|o| !o.is_empty()), "{} has no settings", method.name);
    }
}
